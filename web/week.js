// The hour-of-week heat map: a table whose cells are shaded, read by eye, by screen reader and by arrow keys.
import { rows } from './answer.js';
import { fill, h } from './dom.js';
import { count, money, plain, share } from './figure.js';
import { choice, csvLink } from './parts.js';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MEASURES = [['', 'Tokens'], ['requests', 'Requests'], ['amount', 'Metered cost']];
// Two digits are enough for an eye that compares: 7.38 M is 7.4M, 26.71 is 27.
const short = (text) => text.replace(/(\d[.,]\d)\d (\w+)$/, '$1 $2').replace(/(\d\d)[.,]\d{1,2}(?!\d)/, '$1').replace(' ', '');

// Draws into place and returns how to draw again; days become columns where there is no room for 24 hours.
export function drawWeek(place, answer, state, params) {
	const list = rows(answer), f = answer.facts, key = `mean_${state.measure || 'tokens'}`;
	const value = (i) => list[i]?.[key] ?? NaN, most = Math.max(...list.map((_, i) => value(i)).filter(Number.isFinite), 0);
	const text = (v) => (state.measure === 'amount' ? money(v) : count(v)), unit = state.measure === 'amount' ? '' : state.measure || 'tokens';
	const times = f.peak_to_mean;
	const title = most > 0 ? `${f.peak} is the busiest hour of the week: ${text(f.peak_mean)}${unit && ` ${unit}`}, ${plain(Number(times.toFixed(2)))} times the mean hour` : 'Nothing was measured in any hour of the week';
	let at = f.peak_hour_of_week ?? 0;
	const says = h('p', { class: 'say', id: 'week-says', role: 'status' });
	const tell = (i) => {
		const row = list[i], hour = i % 24;
		fill(says, h('strong', null, `${DAYS[Math.floor(i / 24)]} ${String(hour).padStart(2, '0')}:00 to ${String((hour + 1) % 24).padStart(2, '0')}:00 ${f.zone}`),
			`: ${Number.isFinite(value(i)) ? `${count(row.mean_tokens)} tokens, ${count(row.mean_requests)} requests, ${row.mean_amount === null ? 'cost unknown' : money(row.mean_amount)} in a mean hour` : 'no such hour in this range'}`,
			Number.isFinite(value(i)) ? `; ${share(value(i) / most)} of the busiest.` : '.');
	};
	const holder = h('div');
	const paint = () => {
		const tall = innerWidth < 1100, cells = [];
		const cell = (i) => {
			const v = value(i);
			const td = h('td', { tabindex: i === at ? 0 : -1, vars: { '--part': Number.isFinite(v) && most > 0 ? (v / most).toFixed(3) : 0 }, 'data-hour': i },
				Number.isFinite(v) ? short(text(v)) : '–');
			cells[i] = td;
			return td;
		};
		const hours = Array.from({ length: 24 }, (_, i) => i), days = DAYS.map((_, i) => i);
		const line = (name, scope, ids) => h('tr', null, h('th', { scope }, name), ids.map(cell));
		const grid = h('table', { class: tall ? 'week tall' : 'week', role: 'grid', 'aria-labelledby': 'week-title', 'aria-describedby': 'week-says' },
			h('thead', null, h('tr', null, h('th', { scope: 'col' }, h('span', { class: 'unseen' }, tall ? 'Hour' : 'Day')), (tall ? DAYS.map((d) => h('th', { scope: 'col' }, h('abbr', { title: d }, d.slice(0, 2)))) : hours.map((i) => h('th', { scope: 'col' }, String(i).padStart(2, '0')))))),
			h('tbody', null, tall ? hours.map((i) => line(`${String(i).padStart(2, '0')}:00`, 'row', days.map((d) => d * 24 + i))) : days.map((d) => line(DAYS[d].slice(0, 3), 'row', hours.map((i) => d * 24 + i)))));
		const go = (i) => { cells[at].tabIndex = -1; at = i; cells[at].tabIndex = 0; tell(at); };
		grid.addEventListener('keydown', (event) => {
			const [over, down] = tall ? [24, 1] : [1, 24];
			const step = { ArrowRight: over, ArrowLeft: -over, ArrowDown: down, ArrowUp: -down }[event.key];
			const next = step ? (at + step + 168) % 168 : event.key === 'Home' ? (tall ? at % 24 : at - at % 24) : event.key === 'End' ? (tall ? 144 + at % 24 : at - at % 24 + 23) : null;
			if (next === null) return;
			event.preventDefault();
			go(next);
			cells[at].focus();
		});
		for (const kind of ['mouseover', 'focusin', 'click']) grid.addEventListener(kind, (event) => { const td = event.target.closest('td'); if (td) go(Number(td.dataset.hour)); });
		fill(holder, grid);
	};
	fill(place, h('header', null, h('h2', { id: 'week-title' }, title), choice('measure', 'Shade by', MEASURES, state.measure)),
		h('p', { class: 'say' }, `What a mean hour of each hour of the week carries. Hours are those of ${f.zone}. Move through them with the arrow keys.`), holder, says,
		h('div', { class: 'under' }, csvLink('heatmap', { ...params, measure: state.measure })));
	paint();
	tell(at);
	return paint;
}

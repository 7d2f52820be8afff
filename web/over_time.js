// Tokens over time: bars by class or by any dimension, with the period before as a line.
import { rows } from './answer.js';
import { drawUsage } from './charts.js';
import { $, h, table } from './dom.js';
import { cents, count, numeric, share } from './figure.js';
import { amount, canvas, CLASSES, csvLink, cutBy, filled, lazy, pngButton, section, timeLabel, tokensOf, under } from './parts.js';

export const DIMENSIONS = [['', 'Class of token'], ['workload', 'Workload'], ['model', 'Model'], ['provider', 'Provider'], ['account', 'Account'], ['project', 'Project'], ['key', 'Key'], ['service_tier', 'Service tier'], ['status', 'Status']];
export const STEPS = [['', 'As fits'], ['hour', 'Hour'], ['day', 'Day'], ['week', 'Week'], ['month', 'Month']];
const HUES = ['class-0', 'class-1', 'class-4', 'class-2', 'class-5', 'class-3'];
export const titleOf = (list, key) => list.find(([name]) => name === key)?.[1] || key;

// The largest six by name and the rest together: [{ name, colour, of: the value at a bucket }]
function seriesOf(data, state) {
	const buckets = filled(rows(data.now), data.over), at = new Map(buckets.map((row, i) => [String(row[data.over]), i]));
	if (!data.split) {
		const present = CLASSES.filter(([name]) => numeric(data.now.facts[name]) > 0);
		return { buckets, series: present.map(([name, title, colour]) => ({ name: title, colour, values: buckets.map((row) => numeric(row[name]) || 0) })) };
	}
	const by = new Map();
	for (const row of rows(data.split)) {
		const values = by.get(row[state.by]) || by.set(row[state.by], buckets.map(() => 0)).get(row[state.by]);
		const i = at.get(String(row[data.over]));
		if (i !== undefined) values[i] += tokensOf(row);
	}
	const sum = (values) => values.reduce((a, b) => a + b, 0), list = [...by].map(([name, values]) => ({ name, values, all: sum(values) })).sort((a, b) => b.all - a.all);
	const rest = list.slice(list.length > 7 ? 6 : 7), series = list.slice(0, list.length > 7 ? 6 : 7).map((each, i) => ({ ...each, colour: HUES[i] || 'other' }));
	if (rest.length) series.push({ name: `${rest.length} others`, colour: 'other', values: buckets.map((_, i) => rest.reduce((a, each) => a + each.values[i], 0)) });
	return { buckets, series };
}

function timeFinding(data, state, series) {
	const all = numeric(data.now.facts.tokens), total = (s) => s.values.reduce((a, b) => a + b, 0);
	const first = series.slice().sort((a, b) => total(b) - total(a))[0];
	if (!first || !(all > 0)) return 'No tokens in this range';
	if (!state.by) {
		const input = CLASSES.slice(0, 4).reduce((sum, [name]) => sum + (numeric(data.now.facts[name]) || 0), 0), cached = numeric(data.now.facts.in_cache_read) || 0;
		return `${share(input / all)} of tokens are input${cached > 0 ? `, ${share(cached / input)} of it read from cache` : ''}`;
	}
	return `${first.name === '(none)' ? `No ${titleOf(DIMENSIONS, state.by).toLowerCase()}` : first.name} carries ${share(total(first) / all)} of ${count(all)} tokens${series.length > 1 ? `, more than any other ${titleOf(DIMENSIONS, state.by).toLowerCase()}` : ''}`;
}

// Tokens over time: { part, paint: draws it once it stands in the page and returns how to again }
export function timePart(data, state, id, title) {
	const made = seriesOf(data, state), part = timeSection(data, state, made, id, title);
	return { part, paint: () => drawTime(data, made, id) };
}

function timeSection(data, state, made, id, title) {
	const all = numeric(data.now.facts.tokens), total = (s) => s.values.reduce((a, b) => a + b, 0), cut = cutBy(data.now.facts, data.over, made.buckets.map((row) => row[data.over]));
	const says = [data.then && 'The line is the total of the period before, laid over this one.', cut.length && `${cut.length > 1 ? `The first and the last ${data.over} are` : `The ${cut[0] ? 'last' : 'first'} ${data.over} is`} not whole and drawn pale.`].filter(Boolean);
	return section(id, title || timeFinding(data, state, made.series),
		says.length ? h('p', { class: 'say' }, says.join(' ')) : null,
		h('div', { class: 'wide-narrow' },
			canvas(`${id}-canvas`, `Tokens by ${titleOf(DIMENSIONS, state.by || '').toLowerCase()} and ${data.over}${data.then ? ', with the total of the period before as a line' : ''}`, Boolean(title)),
			table(`Tokens by ${titleOf(DIMENSIONS, state.by || '').toLowerCase()}`, [
				{ title: titleOf(DIMENSIONS, state.by || ''), class: 'name', of: (s) => [h('span', { class: 'key', vars: { '--hue': `var(--${s.colour})` } }), ' ', s.name] },
				{ title: 'Tokens', figure: true, of: (s) => count(total(s)) },
				{ title: 'Share', figure: true, of: (s) => share(total(s) / all) },
			], made.series, { class: 'legend' })),
		under(`${id}-table`, pngButton(`${id}-canvas`), csvLink('usage', { ...data.params, by: state.by ? `${data.over},${state.by}` : data.over })));
}

// The total of the period before at each bucket: so many hours or days earlier; weeks and months from the last one back.
function beside(data, buckets) {
	const { facts: f } = data.compared, list = filled(rows(data.then), data.over), step = { hour: 36e5, day: 864e5 }[data.over];
	if (!step) return buckets.map((_, i) => { const row = list[list.length - buckets.length + i]; return row ? tokensOf(row) : null; });
	const shift = Math.round((Date.parse(f.from) - Date.parse(f.before_from)) / step) * step, at = new Map(list.map((row) => [Date.parse(row[data.over]), tokensOf(row)]));
	return buckets.map((row) => at.get(Date.parse(row[data.over]) - shift) ?? null);
}

function drawTime(data, made, id) {
	const then = data.then && beside(data, made.buckets);
	const paint = () => drawUsage($(`#${id}-canvas`), made.buckets.map((row) => timeLabel(data.over, row[data.over])), made.series,
		{ line: then && { name: 'Period before', values: then }, unit: `tokens ${data.over === 'hour' ? 'an' : 'a'} ${data.over}`, cut: cutBy(data.now.facts, data.over, made.buckets.map((row) => row[data.over])) });
	paint();
	lazy(`${id}-table`, () => table('Tokens over time', [
		{ title: titleOf(STEPS, data.over), of: (i) => String(made.buckets[i][data.over]) },
		...made.series.map((s) => ({ title: s.name, figure: true, of: (i) => count(s.values[i]) })),
		{ title: 'All', figure: true, of: (i) => count(made.series.reduce((sum, s) => sum + s.values[i], 0)) },
		...(then ? [{ title: 'Period before', figure: true, of: (i) => count(then[i] ?? NaN) }] : []),
		{ title: 'Metered', figure: true, of: (i) => amount(made.buckets[i], 'amount', 'priced_share', cents) },
	], made.buckets.map((_, i) => i)));
	return paint;
}

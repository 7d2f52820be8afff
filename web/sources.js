// Sources: what the daemon asks by itself: how each stands, what became of its rows, which days it has, and what one can do about it.
import { get, post, query, rows } from './answer.js';
import { $, copier, fill, h, table } from './dom.js';
import { count, date, numeric, plain, share } from './figure.js';
import { behind, lazy, moment, section, sentence } from './parts.js';

const DAY = 864e5, DAYS = 35;
// word: [what people read, whether it is well]
const STATES = {
	ok: ['works', true], never: ['not asked yet', true], running: ['is being asked', true], backfilling: ['fills its history', true],
	failing: ['fails', false], needs_you: ['needs you', false], off: ['switched off', true], paused: ['paused', true],
};
const CHANGES = [['taken', 'taken'], ['repeated', 'there already'], ['replaced', 'replaced'], ['removed', 'removed'], ['conflicting', 'in conflict'], ['refused', 'refused']];

const span = (seconds) => (seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`);
const since = (iso, now) => (iso ? `${span(Math.max(0, (Date.parse(now) - Date.parse(iso)) / 1000))} ago` : 'never');
const until = (iso, now) => { const s = (Date.parse(iso) - Date.parse(now)) / 1000; return !iso ? '–' : s <= 1 ? 'now' : `in ${span(s)}`; };
const wrongOf = (row) => !(STATES[row.state] || ['', true])[1];

function headline(list, now) {
	const wrong = list.filter(wrongOf), fresh = list.map((row) => row.latest).filter(Boolean).sort().at(-1);
	if (!list.length) return 'No source is asked: usage comes by files and pushes';
	const age = fresh ? `; the newest row is of ${since(fresh, now)}` : '';
	if (wrong.length === 1) return `${wrong[0].name} ${wrong[0].state === 'needs_you' ? 'needs you' : 'fails'}${list.length > 1 ? `, ${list.length - 1} ${list.length === 2 ? 'other works' : 'others work'}` : ''}${age}`;
	if (wrong.length) return `${wrong.length} of ${list.length} sources fail${age}`;
	return `${list.length === 1 ? `${list[0].name} ${STATES[list[0].state]?.[0] || list[0].state}` : `All ${list.length} sources work`}${age}`;
}

// ---- one source

const fact = (title, value, more) => h('div', null, h('dt', null, title), h('dd', null, value), more ? h('dd', { class: 'more' }, more) : null);

function standing(row, now) {
	const some = CHANGES.filter(([name]) => row[name] > 0).map(([name, text]) => `${plain(row[name])} ${text}`);
	return [
		wrongOf(row) && row.error ? h('div', { class: 'problem' }, h('p', null, h('strong', null, 'What is wrong: '), sentence(row.error), row.failures > 1 ? ` ${plain(row.failures)} times in a row.` : '')) : null,
		h('dl', { class: 'figures small' },
			fact('Last success', since(row.last_success, now), row.last_attempt && row.last_attempt !== row.last_success ? `last asked ${since(row.last_attempt, now)}` : null),
			fact('Next run', row.state === 'running' ? `now${row.pages ? `, page ${plain(row.pages)}` : ''}` : until(row.next_run, now), `every ${span(row.interval)}`),
			fact('Lag', row.lag === null ? '–' : span(row.lag), row.latest ? `newest row ${moment(row.latest)}` : 'no row yet'),
			fact('Rows in all', count(row.all_taken), row.all_replaced + row.all_removed > 0 ? `${count(row.all_replaced)} corrected, ${count(row.all_removed)} taken back since` : null)),
		row.last_success ? h('p', { class: 'say' }, `The last run that went well: ${some.length ? some.join(', ') : 'nothing new'}.${row.read_to ? ` Read from ${moment(row.read_from)} to ${moment(row.read_to)}.` : ''}`) : null,
		Math.abs(row.clock_off) > 60 ? h('p', { class: 'warned' }, `Its clock and this one are ${span(Math.abs(row.clock_off))} apart.`) : null,
		row.history_from ? h('p', { class: 'say' }, h('label', null, `History back to ${date(row.history_from)}: `, h('progress', { max: 1, value: row.history_done ?? 0 })), ` ${share(row.history_done ?? 0)}`) : null];
}

// A cell for each of the latest days: read and how much, read in part, or not at all.
function coverage(row, days, now) {
	const last = Math.floor(Date.parse(now) / DAY), its = new Map(days.filter((d) => d.day_source === row.name).map((d) => [String(d.day).slice(0, 10), d]));
	const list = Array.from({ length: DAYS }, (_, i) => { const day = new Date((last - DAYS + 1 + i) * DAY).toISOString().slice(0, 10); return { day, ...its.get(day) }; });
	const read = list.filter((d) => d.day_read), most = Math.max(1, ...read.map((d) => d.day_rows)), id = `days-${row.name}`;
	const state = (d) => (!d.day_read ? 'not read' : d.day_whole ? `${plain(d.day_rows)} rows` : `${plain(d.day_rows)} rows so far`);
	const part = h('div', { class: 'coverage' },
		h('h3', null, `${read.length} of the latest ${DAYS} days are read, ${list.filter((d) => d.day_whole).length} of them whole`),
		h('div', { class: 'days', role: 'img', 'aria-label': `Days read: ${list.map((d) => `${d.day} ${state(d)}`).join('; ')}` }, list.map((d) => h('span', { class: !d.day_read ? 'unread' : d.day_whole ? 'read' : 'read part', title: `${date(d.day)}: ${state(d)}`, vars: { '--part': d.day_read ? (0.25 + 0.75 * d.day_rows / most).toFixed(2) : 0 } }))),
		h('p', { class: 'ends' }, h('span', null, date(list[0].day)), h('span', null, 'hatched: not read'), h('span', null, date(list[DAYS - 1].day))),
		behind(id));
	return { part, fill: () => lazy(id, () => table(`Days of ${row.name}`, [{ title: 'Day', of: (d) => date(d.day) }, { title: 'Rows', figure: true, of: (d) => (d.day_read ? plain(d.day_rows) : '–') }, { title: 'State', of: (d) => (!d.day_read ? 'not read' : d.day_whole ? 'whole' : 'in part') }, { title: 'Read', of: (d) => moment(d.day_read) }], list.slice().reverse())) };
}

const reasons = (row, all) => {
	const its = all.filter((r) => r.reason_source === row.name);
	return its.length ? [h('h3', null, 'Rows that were not taken as they are'), table(`Reasons of ${row.name}`, [{ title: 'What', of: (r) => r.reason_kind }, { title: 'Rows', figure: true, of: (r) => plain(r.reason_rows) }, { title: 'Why', class: 'long', of: (r) => sentence(r.reason) }], its)] : null;
};

function verdict(answer) {
	const f = answer.facts;
	if (!f.good) return h('div', { class: 'problem', role: 'alert' }, h('p', null, h('strong', null, 'The test failed. '), sentence(f.error)), h('p', { class: 'say' }, `Asked ${f.where || 'the source'}${f.key_from ? ` with the key from ${f.key_from}` : ''}.`));
	return h('p', { class: 'good' }, h('strong', null, `${f.source} answers. `), f.rows > 0 ? `${plain(f.rows)} rows from ${moment(f.from)} to ${moment(f.to)} on ${plain(f.pages)} ${f.pages === 1 ? 'page' : 'pages'}` : `It has no rows from ${moment(f.from)} to ${moment(f.to)}`,
		f.refused > 0 ? `, ${plain(f.refused)} of them would be refused: ${f.reason}` : '', ` (${plain(f.took)} ms). Nothing was stored.`);
}

function controls(row, ask) {
	const place = h('div', { role: 'status', class: 'told' }), from = h('input', { type: 'date', required: true, id: `from-${row.name}` });
	const act = (word, run) => async (event) => {
		const button = event.submitter || event.currentTarget;
		event.preventDefault();
		button.disabled = true;
		fill(place, h('p', { class: 'say' }, word));
		try { fill(place, await run()); } catch (error) { fill(place, h('p', { class: 'warned', role: 'alert' }, sentence(error.message))); } finally { button.disabled = false; ask(); }
	};
	const path = (what) => `sources/${what}/${encodeURIComponent(row.name)}`;
	return h('div', null, h('div', { class: 'acts' },
		h('button', { type: 'button', 'aria-label': `Test ${row.name}`, onclick: act('Asking it once …', async () => verdict(await post(path('test'), {}))) }, 'Test'),
		h('button', { type: 'button', 'aria-label': `Run now: ${row.name}`, onclick: act('Asked.', async () => { await post(path('run'), {}); return h('p', { class: 'say' }, 'It is being asked now.'); }) }, 'Run now'),
		h('form', { onsubmit: act('Asked.', async () => { await post(`${path('backfill')}${query({ from: from.value })}`, {}); return h('p', { class: 'say' }, `Its history is filled back to ${date(from.value)}, newest first.`); }) },
			h('label', { for: from.id }, 'Fill history back to'), from, h('button', { type: 'submit', 'aria-label': `Fill back: ${row.name}` }, 'Fill back'))), place);
}

// ---- the page

const empty = () => h('section', { id: 'none', 'aria-label': 'How to ask a source' },
	h('p', { class: 'say' }, 'A source is a section of the configuration: a provider’s usage API, a proxy, a metrics page. The daemon asks it at its interval, takes what is new, corrects what changed, and says here how it went. Its key stays in a file or the environment and is never shown.'),
	h('pre', { tabindex: 0, 'aria-label': 'A source in a configuration file' }, '[source openai]\ncollector = openai-usage\nkey_file = ~/.config/breakeven/openai.key'),
	copier('breakeven config example > breakeven.conf'), copier('breakeven source test openai --config breakeven.conf'), copier('breakeven serve --config breakeven.conf'));

export async function show({ signal }) {
	let answer = await get(`sources${query({ days: DAYS })}`, signal), timer = null;
	const list = () => rows(answer, 'sources'), made = new Map();
	const ask = async () => {
		clearTimeout(timer);
		if (signal.aborted) return;
		try { if (!document.hidden) { answer = await get(`sources${query({ days: DAYS })}`, signal); paint(); } } catch (error) { if (error.name === 'AbortError') return; }
		const busy = list().some((row) => ['running', 'backfilling'].includes(row.state) || (row.next_run && Date.parse(row.next_run) - Date.parse(answer.facts.now) < 2000));
		timer = setTimeout(ask, busy ? 1000 : 15000);
	};
	function paint() {
		fill('#headline', headline(list(), answer.facts.now));
		for (const row of list()) {
			const its = made.get(row.name);
			if (!its) continue;
			const [word, well] = STATES[row.state] || [row.state, true], text = JSON.stringify([row, rows(answer, 'days').filter((d) => d.day_source === row.name), rows(answer, 'reasons').filter((d) => d.reason_source === row.name)]);
			fill(its.tag, h('span', { class: well ? 'tag' : 'tag exception' }, word));
			fill(its.standing, standing(row, answer.facts.now));
			if (its.text === text) continue;
			its.text = text;
			const covered = coverage(row, rows(answer, 'days'), answer.facts.now), open = its.rest.querySelector('details')?.open;
			fill(its.rest, covered.part, reasons(row, rows(answer, 'reasons')));
			if (open) its.rest.querySelector('details').open = true;
			covered.fill();
		}
	}
	fill('#content', h('p', { class: 'over' }, 'Sources'), h('h1', { class: 'list', id: 'headline' }), list().length ? list().map((row) => {
		const its = { tag: h('span', { class: 'state' }), standing: h('div', { class: 'standing' }), rest: h('div') };
		made.set(row.name, its);
		const part = section(`source-${row.name}`, [row.name, ' '], h('p', { class: 'say' }, [row.title, row.where, row.account && `account ${row.account}`].filter(Boolean).join(' · ')), its.standing, controls(row, ask), its.rest);
		part.querySelector('header').append(its.tag);
		return part;
	}) : empty());
	paint();
	timer = setTimeout(ask, 1000);
	return { repaint() {} };
}

// Pages that are one answer as a table: what was asked, its sentence, its rows, and a box to find some of them.
import { ask, columns, csvAddress, rows } from './answer.js';
import { fill, h, table } from './dom.js';
import { dropper } from './drop.js';
import { date, numeric, rate, share, withUnit } from './figure.js';
import { notes, section } from './parts.js';

const TABLES = {
	prices: { title: 'Prices', params: {}, empty: 'The price book is empty.', more: changes },
	runs: { title: 'Imports', params: { limit: 200 }, empty: 'Nothing has been imported yet.', more: async ({ again }) => h('section', { id: 'bring', 'aria-label': 'Bring in a file' }, dropper(again)) },
};
const ROWS = 300; // more at once help nobody; the box finds the rest

const words = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

function cell(value, unit) {
	if (value === null || value === undefined) return '–';
	if (Array.isArray(value) && value.join().length > 60) return h('details', null, h('summary', null, value.length === 1 ? 'One' : `${value.length}`), h('ul', null, value.map((each) => h('li', null, String(each)))));
	if (Array.isArray(value)) return value.join(', ');
	if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return value.replace('T', ' ').replace(/(:\d\d)?(\.\d+)?Z$/, ' UTC');
	if (typeof value === 'string' && /^https:\/\//.test(value)) return h('a', { href: value, rel: 'noreferrer' }, value.replace(/^https:\/\/(www\.)?/, '').replace(/\/.*$/, ''));
	if (unit === 'USD/Mtok') return rate(numeric(value));
	return unit || typeof value === 'number' ? withUnit(value, /^USD\//.test(unit) ? 'USD' : unit === 'days' || unit === 'tokens' ? '' : unit) : String(value);
}

// What the dated rows of the book say of itself: the same item, at another rate from a day on.
async function changes({ signal, status }) {
	const groups = new Map();
	for (const row of rows(await ask('prices', { all: 'yes' }, signal))) {
		const key = JSON.stringify([row.provider, row.model, row.service_tier, row.above_tokens, row.source]);
		groups.set(key, [...(groups.get(key) || []), row]);
	}
	const list = [...groups.values()].flatMap((all) => {
		const dated = all.sort((a, b) => ((a.from || '') < (b.from || '') ? -1 : 1));
		return dated.slice(1).map((row, i) => ({ row, before: dated[i] })).filter(({ row, before }) => row.from && (row.input !== before.input || row.output !== before.output));
	}).sort((a, b) => (a.row.from < b.row.from ? 1 : -1));
	if (!list.length) return null;
	const today = status.facts.now.slice(0, 10), come = list.filter((c) => c.row.from.slice(0, 10) > today), past = list.filter((c) => !come.includes(c));
	const { row, before } = past[0] || list[0], move = (was, is) => [rate(numeric(was)), ' → ', h('strong', null, rate(numeric(is))), Number(was) > 0 ? h('span', { class: 'about' }, `${Number(is) > Number(was) ? '+' : Number(is) < Number(was) ? '−' : '±'}${share(Math.abs(Number(is) / Number(was) - 1))}`) : ''];
	return section('changes', `${past.length} ${past.length === 1 ? 'price' : 'prices'} changed within the book${come.length ? `, ${come.length} more will` : ''}; the latest: ${row.model}, ${date(row.from)}, input from ${rate(numeric(before.input))} to ${rate(numeric(row.input))}`,
		table('Prices that changed', [
			{ title: 'Since', class: 'whole', of: (c) => [date(c.row.from), come.includes(c) ? h('span', { class: 'about' }, 'to come') : ''] }, { title: 'Provider', class: 'wide', of: (c) => c.row.provider }, { title: 'Model', class: 'name', of: (c) => c.row.model },
			{ title: 'Tier', class: 'wide', of: (c) => c.row.service_tier },
			{ title: ['Input ', h('span', null, 'USD/Mtok')], figure: true, of: (c) => move(c.before.input, c.row.input) }, { title: ['Output ', h('span', null, 'USD/Mtok')], figure: true, of: (c) => move(c.before.output, c.row.output) },
		], list.slice(0, 20)), list.length > 20 ? h('p', { class: 'say' }, `The latest 20 of ${list.length}.`) : null);
}

export async function show({ state: { page: name }, signal, status, again }) {
	const page = TABLES[name], [answer, more] = await Promise.all([ask(name, page.params, signal), page.more?.({ signal, status, again })]);
	// A column that is empty from top to bottom tells nothing.
	const all = columns(answer), kept = all.filter((c) => c.values.length === all[0].values.length && c.values.some((v) => v !== null && v !== ''));
	const list = (kept[0]?.values || []).map((_, i) => i);
	const head = (c) => (c.unit ? [words(c.name), ' ', h('span', null, c.unit)] : words(c.name));
	const shown = kept.map((c) => ({
		title: head(c), figure: c.values.some((v) => typeof v === 'number' || (c.unit && Number.isFinite(numeric(v)))),
		class: c.values.some((v) => typeof v === 'string' && v.length > 60 && !v.startsWith('https')) ? 'long' : null, of: (i) => cell(c.values[i], c.unit),
	}));
	const box = h('input', { type: 'search', id: 'find', autocomplete: 'off', spellcheck: 'false' }), found = h('span', { role: 'status' });
	const narrow = () => {
		const parts = box.value.toLowerCase().split(/\s+/).filter(Boolean);
		const match = list.filter((i) => { const text = kept.map((c) => c.values[i]).join(' ').toLowerCase(); return parts.every((part) => text.includes(part)); });
		fill('#rows', table(page.title, shown, match.slice(0, ROWS)));
		fill(found, match.length > ROWS ? `the first ${ROWS} of ${match.length} rows` : `${match.length} of ${list.length} rows`);
	};
	fill('#content',
		h('p', { class: 'over' }, page.title),
		h('h1', { class: 'list' }, answer.headline || `${list.length} ${page.title.toLowerCase()}`),
		notes(answer.notes), more || null,
		h('section', { class: 'page-table' }, list.length
			? [h('div', { class: 'find' }, h('label', { for: 'find' }, 'Find'), box, found, h('a', { href: csvAddress(name, page.params), download: `breakeven-${name}.csv` }, 'CSV')), h('div', { id: 'rows' })]
			: h('p', null, page.empty)));
	if (list.length) { box.addEventListener('input', narrow); narrow(); }
	return { repaint() {} };
}

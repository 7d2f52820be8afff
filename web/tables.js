// Pages that are one answer as a table: what was asked, its sentence, its rows, and a box to find some of them.
import { ask, columns, csvAddress, rows } from './answer.js';
import { fill, h, table } from './dom.js';
import { dropper } from './drop.js';
import { numeric, plain, rate, withUnit } from './figure.js';
import { notes } from './parts.js';

const TABLES = {
	prices: { title: 'Prices', params: {}, empty: 'The price book is empty.', more: async (given) => (await import('./review.js')).review(given) },
	runs: { title: 'Imports', params: { limit: 200 }, says: imports, empty: 'Nothing has been imported yet.', more: async ({ again }) => ({ above: h('section', { id: 'bring', 'aria-label': 'Bring in a file' }, dropper(again)) }) },
};
// What came in, and what did not.
function imports(list) {
	const sum = (name) => list.reduce((all, row) => all + (row[name] || 0), 0), [taken, refused, conflicting] = ['taken', 'refused', 'conflicting'].map(sum);
	return `${plain(list.length)} ${list.length === 1 ? 'import' : 'imports'} took ${plain(taken)} rows${refused ? `; ${plain(refused)} refused` : ''}${conflicting ? `; ${plain(conflicting)} in conflict` : ''}${refused || conflicting ? '' : '; none refused'}`;
}

const ROWS = 300; // more at once help nobody; the box finds the rest

const words = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

function cell(value, unit) {
	if (value === null || value === undefined) return '–';
	if (Array.isArray(value) && value.join().length > 60) return h('details', null, h('summary', null, value.length === 1 ? 'One' : `${value.length}`), h('ul', null, value.map((each) => h('li', null, String(each)))));
	if (Array.isArray(value)) return value.join(', ');
	if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return value.replace('T', ' ').replace(/(:\d\d)?(\.\d+)?Z$/, ' UTC');
	if (typeof value === 'string' && value.length > 120) return h('details', null, h('summary', null, 'Read'), h('p', { class: 'say' }, value));
	if (typeof value === 'string' && /^https:\/\//.test(value)) return h('a', { href: value, rel: 'noreferrer' }, value.replace(/^https:\/\/(www\.)?/, '').replace(/\/.*$/, ''));
	if (unit === 'USD/Mtok') return rate(numeric(value));
	return unit || typeof value === 'number' ? withUnit(value, /^USD\//.test(unit) ? 'USD' : unit === 'days' || unit === 'tokens' ? '' : unit) : String(value);
}

export async function show({ state: { page: name }, signal, status, again }) {
	const page = TABLES[name], [answer, more] = await Promise.all([ask(name, page.params, signal), page.more?.({ signal, status, again })]);
	// A column that is empty, or zero, from top to bottom tells nothing.
	const all = columns(answer), kept = all.filter((c) => c.values.length === all[0].values.length && c.values.some((v) => v !== null && v !== '' && v !== 0));
	const list = (kept[0]?.values || []).map((_, i) => i);
	const head = (c) => [words(c.name), ...(c.unit && !c.name.includes(c.unit) ? [' ', h('span', null, c.unit.replace('Mtok', 'M tokens'))] : [])];
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
		h('h1', { class: 'list' }, answer.headline || page.says?.(rows(answer)) || `${list.length} ${page.title.toLowerCase()}`),
		notes(answer.notes), more?.above || null,
		h('section', { class: 'page-table' }, list.length
			? [h('div', { class: 'find' }, h('label', { for: 'find' }, 'Find'), box, found, h('a', { href: csvAddress(name, page.params), download: `breakeven-${name}.csv` }, 'CSV')), h('div', { id: 'rows' })]
			: h('p', null, page.empty)), more?.below || null);
	if (list.length) { box.addEventListener('input', narrow); narrow(); }
	return { repaint() {} };
}

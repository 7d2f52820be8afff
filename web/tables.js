// Pages that are one answer as a table: what was asked, its sentence, its rows.
import { ask, columns, csvAddress } from './answer.js';
import { fill, h, table } from './dom.js';
import { numeric, withUnit } from './figure.js';

export const TABLES = {
	invoices: { title: 'Invoices', params: { by: 'period' }, empty: 'No invoice has come in yet: breakeven collect focus-csv invoice.csv' },
	prices: { title: 'Prices', params: {}, empty: 'The price book is empty.' },
	runs: { title: 'Imports', params: { limit: 200 }, empty: 'Nothing has been imported yet.' },
};

const words = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

function show(value, unit) {
	if (value === null || value === undefined) return '–';
	if (Array.isArray(value)) return value.join(', ');
	if (typeof value === 'string' && /^https:\/\//.test(value)) return value.replace(/^https:\/\/(www\.)?/, '').replace(/\/.*$/, '');
	return unit || typeof value === 'number' ? withUnit(value, /^USD\//.test(unit) ? 'USD' : unit) : String(value);
}

export async function showTable(name, signal) {
	const page = TABLES[name], answer = await ask(name, page.params, signal);
	// A column that is empty from top to bottom tells nothing.
	const kept = columns(answer).filter((c) => c.values.length === columns(answer)[0].values.length && c.values.some((v) => v !== null && v !== ''));
	const list = (kept[0]?.values || []).map((_, i) => i);
	fill('#content',
		h('p', { class: 'over' }, page.title),
		h('h1', { class: 'list' }, answer.headline || `${list.length} ${page.title.toLowerCase()}`),
		answer.notes?.length ? h('ul', { class: 'notes' }, answer.notes.map((note) => h('li', null, note))) : null,
		h('section', null, list.length ? table(page.title, kept.map((c) => ({
			title: `${words(c.name)}${c.unit ? ` (${c.unit})` : ''}`,
			figure: c.values.some((v) => typeof v === 'number' || (c.unit && Number.isFinite(numeric(v)))),
			of: (i) => show(c.values[i], c.unit),
		})), list) : h('p', null, page.empty),
		h('div', { class: 'under' }, h('a', { href: csvAddress(name, page.params), download: `breakeven-${name}.csv` }, 'CSV'))));
	return { repaint() {} };
}

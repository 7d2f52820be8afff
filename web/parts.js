// What several pages are made of: ranges, groups, sections, tables behind charts, sentences.
import { csvAddress } from './answer.js';
import { $, fill, h } from './dom.js';
import { date, money, numeric } from './figure.js';

export const CLASSES = [
	['in_uncached', 'Input, not cached', 'class-0'], ['in_cache_read', 'Input, read from cache', 'class-1'],
	['in_cache_write_5m', 'Input, written to cache (5 min)', 'class-2'], ['in_cache_write_1h', 'Input, written to cache (1 h)', 'class-3'],
	['out_visible', 'Output', 'class-4'], ['out_reasoning', 'Output, reasoning', 'class-5'],
];
export const tokensOf = (row) => CLASSES.reduce((sum, [name]) => sum + (numeric(row[name]) || 0), 0);

// ---- ranges and groups

const DAY = 864e5;
const instant = (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

// The range of the address as parameters of a report; last: the last instant that the ledger holds.
export function rangeParams(state, last) {
	if (state.range === 'custom') return { from: state.from, to: state.to && new Date(Date.parse(state.to) + DAY).toISOString().slice(0, 10) }; // the last day counts
	if (state.range === 'all') return { from: '1970-01-01' };
	const days = /^(\d+)d$/.exec(state.range || '');
	if (!days || !last) return {};
	return { from: instant(Date.parse(last) - days[1] * DAY) };
}

// The same with both ends and the default: up to four whole weeks, as the answer measures them. The end is not in it.
export function rangeEnds(state, { from: first, to: last }) {
	const given = rangeParams(state, last), end = instant(Date.parse(last) + 1000);
	if (state.range === 'all') return { from: first, to: end };
	if (state.range === 'custom') return { from: given.from || first, to: given.to || end };
	const weeks = Math.min(4, Math.floor((Date.parse(last) + 1000 - Date.parse(first)) / (7 * DAY)));
	return { from: given.from || (weeks >= 1 ? instant(Date.parse(last) - weeks * 7 * DAY) : first), to: end };
}

export const daysOf = ({ from, to }) => (Date.parse(to) - Date.parse(from)) / DAY;

// Bars that can be told apart: hours of up to three days, then days, weeks, months.
export function grouping(facts) {
	const days = daysOf(facts);
	return !(days > 3) ? 'hour' : days <= 130 ? 'day' : days <= 900 ? 'week' : 'month';
}

// The bars at the ends that the range cuts, by their place. The end of a range is not in it.
export function cutBy({ from, to, zone }, by, labels) {
	const begins = (iso, label) => { const day = dayIn(zone, iso), start = new Date(Date.parse(iso) - 1000); return by === 'hour' ? /:00:00/.test(iso) : day !== dayIn(zone, start) && (!label || day === String(label).slice(0, 10)); };
	if (!labels.length || !from || !to) return [];
	const end = new Date(Date.parse(to)).toISOString(), before = new Date(Date.parse(to) - 1000).toISOString(), last = String(labels.at(-1)).slice(0, 10);
	// Where the last bar ends: a day later, a week, or in another month.
	const ends = by === 'hour' ? begins(end) : begins(end) && (by === 'day' ? true : by === 'week' ? Date.parse(dayIn(zone, before)) - Date.parse(last) === 6 * DAY : dayIn(zone, end).slice(8) === (last.slice(8) || '01'));
	return [begins(from, by === 'month' && String(labels[0]).length < 10 ? `${labels[0]}-01` : labels[0]) ? null : 0, ends ? null : labels.length - 1].filter((i) => i !== null);
}

export const timeLabel = (by, text) => (by === 'hour' ? String(text).slice(0, 16).replace('T', ' ') : by === 'month' ? String(text).slice(0, 7) : date(text).replace(/ \d{4}$/, ''));

// The reporting zone's date of an instant.
export function dayIn(zone, iso) {
	try { return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(iso)); } catch { return iso.slice(0, 10); }
}

// Buckets without a line are there all the same, as nothing: a gap is to be seen.
export function filled(list, by) {
	const step = { hour: 36e5, day: DAY, week: 7 * DAY }[by], out = [];
	if (!step) return list;
	for (const row of list) {
		const before = out[out.length - 1], text = (ms) => (by === 'hour' ? instant(ms) : new Date(ms).toISOString().slice(0, 10));
		for (let at = before ? Date.parse(before[by]) + step : Infinity; at < Date.parse(row[by]) && out.length < 5000; at += step) out.push({ [by]: text(at) });
		out.push(row);
	}
	return out;
}

export const ago = (iso, now) => {
	const hours = (Date.parse(now) - Date.parse(iso)) / 36e5;
	return hours < 1 ? 'within the hour' : hours < 48 ? `${Math.floor(hours)} h ago` : `${Math.floor(hours / 24)} days ago`;
};

export const moment = (iso) => (iso ? `${date(iso)}, ${iso.slice(11, 16)} UTC` : '–');

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
// A month of a report, which is named by its first day where months do not start on the 1st.
export const monthName = (text) => { const [, y, m, d] = /^(\d{4})-(\d\d)(?:-(\d\d))?/.exec(text) || []; return !y ? text : d ? `month from ${date(text)}` : `${MONTHS[m - 1]} ${y}`; };

// "openai/gpt-4o" as [provider, model]
export function splitModel(model) {
	const at = (model || '').indexOf('/');
	return at < 0 ? [undefined, model] : [model.slice(0, at), model.slice(at + 1)];
}

// ---- words

// Names of facts and inputs are for programs; people read words.
export function sentence(text) {
	const words = text.replace(/(?<![-/\w])[a-z]+(_[a-z0-9]+)+\b/g, (name) => name.replaceAll('_', ' ').replace(/\bgpu/g, 'GPU'));
	return typeset(`${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`);
}

// The daemon writes a minus as programs do; people read the sign itself.
export const typeset = (text) => text.replace(/(^|[\s(])-(?=[$\d])/g, '$1−');

// A partly priced total is a lower bound and says so; what has no price at all is unknown.
export function amount(row, name = 'amount', share = 'priced_share', write = money) {
	const value = numeric(row[name]), priced = numeric(row[share]);
	return Number.isFinite(value) ? `${priced < 1 - 1e-12 ? '≥ ' : ''}${write(value)}` : '–';
}

export const signed = (text, value) => (text === '–' || !(value > 0) ? text : `+${text}`);

// ---- elements

export const section = (id, title, ...rest) => h('section', { id, 'aria-labelledby': `${id}-title` }, h('header', null, h('h2', { id: `${id}-title` }, title)), ...rest);
export const canvas = (id, label, low) => h('div', { class: low ? 'canvas low' : 'canvas' }, h('canvas', { id, role: 'img', 'aria-label': label }));
export const behind = (id) => h('details', { class: 'behind', id }, h('summary', null, 'Table'), h('div'));
export const pngButton = (of) => h('button', { type: 'button', class: 'quiet', 'data-png': of }, 'PNG');
export const csvLink = (name, params, text = 'CSV') => h('a', { href: csvAddress(name, params), download: `breakeven-${name}.csv` }, text);
export const under = (id, ...ways) => h('div', { class: 'under' }, behind(id), ways);

// A table is made when it is opened, and again when what it shows has changed.
export function lazy(id, make) {
	const details = $(`#${id}`), show = () => { if (details.open) fill(details.lastChild, make()); };
	details.ontoggle = show;
	show();
}

// A number that opens: the drawer of that name tells where it is from.
export const opens = (name, text, label) => h('button', { type: 'button', class: 'number', 'data-open': name, title: 'Where this number is from', 'aria-label': label && `${label}: ${text}` }, text);

export const figure = (title, value, more, hue, name) => h('div', { class: hue && `c-${hue}` },
	h('dt', null, hue && h('span', { class: 'key line' }), title), h('dd', null, name && value !== '–' ? opens(name, value, title) : value), more && h('dd', { class: 'more' }, more));

export const notes = (list) => (list?.length ? h('ul', { class: 'notes', 'aria-label': 'Caveats' }, list.map((note) => h('li', null, sentence(note)))) : null);

export const choice = (name, label, options, value) => h('label', { class: 'choice' }, `${label} `,
	h('select', { 'data-state': name }, options.map(([key, text]) => h('option', { value: key, selected: key === (value || '') }, text))));

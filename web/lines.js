// The lines of the ledger behind a number, a page at a time.
import { ask, csvAddress, rows } from './answer.js';
import { fill, h, table } from './dom.js';
import { count, numeric, plain, rate } from './figure.js';
import { CLASSES } from './parts.js';

const FILTERS = ['from', 'to', 'workload', 'provider', 'model', 'account', 'project', 'key', 'service_tier', 'status'];
const instant = (iso) => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '');

export async function show({ state, signal, link }) {
	const params = Object.fromEntries(FILTERS.map((name) => [name, state[name]])), answer = await ask('explain', { ...params, after: state.after, limit: 100 }, signal);
	const list = rows(answer), f = answer.facts, present = CLASSES.filter(([name]) => list.some((row) => row[name] > 0)), said = FILTERS.filter((name) => state[name]);
	const used = (name) => list.some((row) => row[name] && row[name] !== '(none)');
	const names = ['workload', 'account', 'project', 'key', 'service_tier'].filter(used);
	fill('#content',
		h('p', { class: 'over' }, ['Lines of the ledger', ...said.map((name) => `${name.replaceAll('_', ' ')} ${state[name]}`)].join(' · ')),
		h('h1', { class: 'list' }, answer.headline),
		h('section', { class: 'page-table lines' }, list.length ? [
			h('div', { class: 'find' }, h('span', null, `${plain(f.shown)} lines here, in order of time (UTC)`),
				state.after ? link({ ...state, after: undefined }, 'First page') : null, f.next ? link({ ...state, after: f.next }, 'Next page') : h('span', null, 'these are the last'),
				h('a', { href: csvAddress('explain', { ...params, after: state.after, limit: 1000 }), download: 'breakeven-lines.csv' }, 'CSV (1,000 lines)')),
			table('Lines of the ledger', [
				{ title: 'At', of: (row) => instant(row.at) }, { title: 'Model', of: (row) => row.model },
				{ title: 'Amount', figure: true, of: (row) => (row.amount === null ? h('span', { class: 'warned' }, row.state) : rate(numeric(row.amount))) },
				...names.map((name) => ({ title: name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' '), of: (row) => (row[name] === '(none)' ? '–' : row[name]) })),
				{ title: 'Requests', figure: true, of: (row) => count(row.requests) },
				...present.map(([name, title]) => ({ title, figure: true, of: (row) => (row[name] === null ? '–' : plain(row[name])) })),
				{ title: 'Price row', figure: true, of: (row) => (row.price === null ? '–' : h('button', { type: 'button', class: 'number', 'data-open': `price-${row.price}` }, String(row.price))) },
				{ title: 'Status', of: (row) => row.status }, { title: 'Id', of: (row) => row.id },
			], list)] : h('p', null, 'No line of the ledger is in this range.')));
	return { repaint() {}, explain: (name) => (/^price-\d+$/.test(name) ? { title: 'Price row', value: `No. ${name.slice(6)}`, formula: 'The row of the price book that made the amounts of these lines.', price: name.slice(6) } : null) };
}

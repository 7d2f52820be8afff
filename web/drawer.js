// The drawer: where a number is from, in words, with its inputs, its prices, what it covers and the lines beneath it.
import { ask, query, rows } from './answer.js';
import { $, fill, h, table } from './dom.js';
import { date, numeric, rate, rewrite, withUnit } from './figure.js';
import { sentence } from './parts.js';
import { labelOf } from './whatif.js';

const inputs = (list) => [h('h3', null, 'What it is made from'), table('Inputs of this number', [
	{ title: 'Input', of: (row) => labelOf[row.input] || row.input.replace(/^.*\./, '').replaceAll('_', ' ') },
	{ title: 'Value', figure: true, of: (row) => withUnit(row.value, row.unit || '') },
	{ title: 'Origin', of: (row) => [h('span', { class: `tag ${row.origin}` }, row.origin), row.source ? h('span', { class: 'from' }, rewrite(row.source)) : ''] },
], list)];

const parts = (list) => table('Parts of this number', [{ title: 'Part', of: ([name]) => name }, { title: 'Value', figure: true, of: ([, value]) => value }], list);

async function price(id, place) {
	try {
		const answer = await ask('price', { id }), f = answer.facts;
		fill(place, h('h3', null, 'Price row'), h('p', { class: 'say' }, `${f.provider}/${f.model}, ${f.service_tier || 'standard'} tier, from ${f.source}`, f.checked ? `, checked ${date(f.checked)}` : '', '. ',
			f.source_url ? h('a', { href: f.source_url, rel: 'noreferrer' }, 'Source') : null),
		table('Rates of the price row', [
			{ title: 'Item', of: (row) => row.item.replaceAll('_', ' ') }, { title: 'Above', figure: true, of: (row) => withUnit(row.above_tokens, 'tokens') },
			{ title: 'Rate', figure: true, of: (row) => rate(numeric(row.rate)) }, { title: 'Unit', of: (row) => row.rate_unit }], rows(answer)));
	} catch (error) { fill(place, h('p', { class: 'warned' }, sentence(error.message))); }
}

// spec: { title, value, formula, coverage, age, inputs, parts, price: id, prices, lines: parameters of the rows }
export function showDrawer(spec, { theme, close }) {
	let dialog = $('#drawer');
	if (!spec) { if (dialog?.open) dialog.close(); return; }
	if (!dialog) {
		dialog = h('dialog', { id: 'drawer', 'aria-labelledby': 'drawer-title' });
		document.body.append(dialog);
		dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
		dialog.addEventListener('close', () => dialog.told?.());
	}
	dialog.told = close;
	const place = h('div');
	fill(dialog, h('div', { class: 'inside' },
		h('header', null, h('h2', { id: 'drawer-title' }, spec.title), h('button', { type: 'button', class: 'quiet', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕')),
		h('p', { class: 'worth' }, spec.value),
		h('p', null, spec.formula),
		spec.parts?.length ? parts(spec.parts) : null,
		spec.inputs?.length ? inputs(spec.inputs) : null,
		place,
		spec.coverage || spec.age ? [h('h3', null, 'Coverage and age'), h('p', { class: 'say' }, [spec.coverage, spec.age].filter(Boolean).join(' '))] : null,
		spec.lines || spec.prices ? h('p', { class: 'ways' },
			spec.lines ? h('a', { href: query({ theme, page: 'lines', ...spec.lines }) }, 'The lines of the ledger') : null,
			spec.prices ? h('a', { href: query({ theme, page: 'prices' }) }, 'The price book') : null) : null));
	if (spec.price) price(spec.price, place);
	if (!dialog.open) dialog.showModal();
}

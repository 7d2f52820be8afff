// Invoices: what was billed, beside what the meter says of the same months, with every difference named.
import { ask, rows } from './answer.js';
import { drawPairs } from './charts.js';
import { $, copier, fill, h, table } from './dom.js';
import { cents, numeric, share } from './figure.js';
import { canvas, choice, csvLink, dayIn, figure, lazy, monthName, notes, opens, pngButton, rangeParams, section, sentence, signed, under } from './parts.js';

const SUMS = [['', 'Provider'], ['service', 'Service'], ['period', 'Month'], ['invoice', 'Invoice'], ['category', 'Category']];
const CLASSES = [['tokens', 'Tokens'], ['unmetered', 'Used, but not in tokens'], ['fees', 'Fees and commitments'], ['credits', 'Credits'], ['taxes', 'Taxes'], ['adjustments', 'Adjustments']];

export const BAR = () => [choice('basis', 'Basis', [['', 'Billed (cash)'], ['effective', 'Effective (accrual)']]), choice('sum', 'Sum by', SUMS)];

const sumOf = (list, name) => { const known = list.map((row) => numeric(row[name])).filter(Number.isFinite); return known.length ? known.reduce((a, b) => a + b, 0) : NaN; };
const shown = (value, currency) => (Number.isFinite(numeric(value)) ? cents(numeric(value), currency || 'USD') : '–');

async function load(state, signal) {
	const { facts } = await ask('usage', {}, signal), params = rangeParams(state, facts.to);
	const [tied, all, sums] = await Promise.all([
		ask('reconcile', { ...params, basis: state.basis }, signal), ask('invoices', params, signal), ask('invoices', { ...params, by: state.sum || 'provider' }, signal),
	]);
	return { params, tied, all, sums, any: facts.to || numeric(all.facts.lines) > 0 };
}

// ---- sentences

function says(row, basis) {
	const who = row.provider, billed = shown(row[basis], row.currency), metered = numeric(row.metered), difference = numeric(row.difference), why = sentence(row.says.replace('unmetered', 'charges no meter counts'));
	if (row.state === 'no invoice') return [h('strong', null, `${who}: no invoice. `), Number.isFinite(metered) ? `${cents(metered)} metered. ` : 'What was metered has no known price. ', why];
	if (row.state === 'no usage' || !Number.isFinite(difference)) return [h('strong', null, `${who}: ${billed} billed. `), why];
	const same = Math.abs(difference) < 0.005;
	return [h('strong', null, `${who}: ${billed} billed, `), same ? 'exactly what was metered.' : `${cents(Math.abs(difference))} ${difference > 0 ? 'more' : 'less'} than the ${cents(metered)} metered. `, same ? '' : why];
}

// Providers of a month that sent no invoice, in one sentence.
function unbilled(list, over) {
	const priced = list.filter((row) => Number.isFinite(numeric(row.metered))), others = list.filter((row) => !priced.includes(row));
	return [h('strong', null, over ? 'No invoice. ' : 'No invoice yet: the month is not over. '), priced.length ? `Metered: ${priced.map((row) => `${row.provider} ${cents(numeric(row.metered))}`).join(', ')}. ` : '',
		others.length ? `What ${others.map((row) => row.provider).join(', ')} metered has no known price.` : ''];
}

// Months from the latest, each named once; what only lacks an invoice stands together.
function saysList(list, basis, running) {
	let month = null;
	const line = (row, state, text) => { const again = row.month === month; month = row.month; return h('li', { class: again ? 'again' : null }, h('span', { class: 'when' }, again ? h('span', { class: 'unseen' }, monthName(row.month)) : monthName(row.month)), h('span', { class: `tag ${state.replace(' ', '-')}` }, state), h('p', null, text)); };
	const months = [...new Set(list.map((row) => row.month))].sort().reverse();
	return h('ol', { class: 'says' }, months.flatMap((at) => {
		const its = list.filter((row) => row.month === at), bare = its.filter((row) => row.state === 'no invoice' && !/another|compared/.test(row.says));
		return [...its.filter((row) => !bare.includes(row)).map((row) => line(row, row.state, says(row, basis))), ...(bare.length ? [line(bare[0], 'no invoice', unbilled(bare, !String(at).startsWith(running)))] : [])];
	}));
}

function headline(data) {
	const f = data.tied.facts, n = f.tie + f.explained + f.exceptions;
	if (!n) return ['No month has both an invoice and a metered cost to compare'];
	const difference = numeric(f.difference), open = numeric(f.unexplained);
	const verb = n === 1 ? 'The invoice' : `${n} invoices`;
	if (f.exceptions) return [`${f.exceptions} of ${n} invoices ${f.exceptions === 1 ? 'does' : 'do'} not tie with the meter: `, opens('unexplained', cents(Math.abs(open)), 'Unexplained'), ' unexplained'];
	if (Math.abs(difference) < 0.005) return [`${verb} tie${n === 1 ? 's' : ''} with the metered cost`];
	return [`${verb} ${n === 1 ? 'is' : 'are'} `, opens('difference', cents(Math.abs(difference)), 'Difference'), ` ${difference > 0 ? 'above' : 'below'} the metered cost, and all of it is explained`];
}

// ---- parts

function head(data, state, list) {
	const f = data.tied.facts, all = data.all.facts, one = all.currencies === 1, basis = f.basis;
	const sums = all.currencies > 1 ? rows(data.all).map((row) => shown(row[basis], row.currency)).join(' and ') : null;
	return [
		h('p', { class: 'over' }, [state.range && state.range !== 'all' ? 'Months that meet the range' : 'All months', basis === 'billed' ? 'cash basis: a correction stands in the month it was billed' : 'accrual basis: a correction stands in the month it corrects', f.zone].join(' · ')),
		h('h1', { id: 'headline' }, headline(data)),
		sums ? h('p', { class: 'lead' }, `${sums} were ${basis}; currencies are never summed.`) : null,
		h('dl', { class: 'figures', id: 'figures' },
			one ? figure('Billed', shown(all.billed, all.currency), `${all.lines} lines`, 'closed', 'billed') : null,
			one ? figure('Effective', shown(all.effective, all.currency), 'spread over what it is for', 'closed', 'effective') : null,
			figure('Compared', shown(f.compared), 'of it with a meter to compare', 'closed', 'compared'),
			figure('Metered', shown(f.metered), 'in the same months', null, 'metered'),
			figure('Difference', signed(shown(f.difference), numeric(f.difference)), `${shown(f.unexplained)} unexplained`, null, 'difference')),
		notes([...(data.tied.notes || []), ...(f.exceptions ? [`${f.exceptions} of ${list.length} rows need a look`] : [])])];
}

function chartSection(list, data) {
	const months = [...new Set(list.filter((row) => Number.isFinite(numeric(row.difference))).map((row) => row.month))], f = data.tied.facts;
	if (!months.length) return null;
	const of = (month, name) => sumOf(list.filter((row) => row.month === month && Number.isFinite(numeric(row.difference))), name);
	const gaps = months.map((month) => ({ month, gap: of(month, 'difference') })), widest = gaps.slice().sort((a, b) => Math.abs(b.gap) - Math.abs(a.gap))[0];
	const title = Math.abs(widest.gap) < 0.005 ? 'Invoice and meter agree in every month' : `The widest gap is ${cents(Math.abs(widest.gap))} in ${monthName(widest.month)}`;
	const series = [{ name: 'Invoice', colour: 'closed', values: months.map((m) => of(m, f.basis)) }, { name: 'Meter', colour: 'class-1', values: months.map((m) => of(m, 'metered')) }];
	return {
		part: section('gaps', title,
			h('p', { class: 'say keys c-closed' }, h('span', { class: 'key' }), ' Invoice ', h('span', { class: 'key', vars: { '--hue': 'var(--class-1)' } }), ' Meter, of the providers that have both'),
			canvas('gap-canvas', 'Invoiced and metered cost of each month', true), under('gap-table', pngButton('gap-canvas'), csvLink('reconcile', { ...data.params, basis: f.basis }))),
		paint() { drawPairs($('#gap-canvas'), months.map(monthName), series); },
		fill() {
			lazy('gap-table', () => table('Invoiced and metered cost of each month', [
				{ title: 'Month', of: (i) => monthName(months[i]) }, { title: 'Invoice', figure: true, of: (i) => cents(series[0].values[i]) },
				{ title: 'Meter', figure: true, of: (i) => cents(series[1].values[i]) }, { title: 'Difference', figure: true, of: (i) => signed(cents(gaps[i].gap), gaps[i].gap) },
			], months.map((_, i) => i)));
		},
	};
}

function tieSection(list, data, running) {
	const f = data.tied.facts, order = list.slice().sort((a, b) => (a.month < b.month ? 1 : a.month > b.month ? -1 : 0));
	const missing = list.filter((row) => row.state === 'no invoice').length;
	const title = `${f.tie} tie, ${f.explained} explained, ${f.exceptions} unexplained${missing ? `; ${missing} without an invoice` : ''}`;
	return section('ties', title,
		saysList(list, f.basis, running),
		h('details', null, h('summary', null, 'Table, with what the differences are made of'), table('Invoices against metered cost', [
			{ title: 'Month', of: (row) => row.month }, { title: 'Provider', of: (row) => row.provider }, { title: 'State', of: (row) => row.state },
			{ title: 'Billed', figure: true, of: (row) => shown(row.billed, row.currency) }, { title: 'Effective', figure: true, of: (row) => shown(row.effective, row.currency) },
			{ title: 'Metered', figure: true, of: (row) => shown(row.metered) }, { title: 'Difference', figure: true, of: (row) => signed(shown(row.difference), numeric(row.difference)) },
			...CLASSES.filter(([name]) => list.some((row) => numeric(row[name]))).map(([name, text]) => ({ title: text, figure: true, of: (row) => shown(row[name], row.currency) })),
			{ title: 'Unexplained', figure: true, of: (row) => shown(row.unexplained) },
		], order)),
		h('div', { class: 'under' }, csvLink('reconcile', { ...data.params, basis: f.basis })));
}

function sumSection(data, state) {
	const by = state.sum || 'provider', list = rows(data.sums), name = SUMS.find(([key]) => key === (state.sum || ''))[1], all = data.all.facts;
	const first = list.slice().sort((a, b) => (numeric(b.billed) || 0) - (numeric(a.billed) || 0))[0];
	const label = (row) => (by === 'period' ? monthName(String(row.period).slice(0, 7)) : row[by]);
	const title = !first ? 'Nothing was billed' : all.currencies === 1 && numeric(all.billed) > 0 && list.length > 1
		? `${label(first)} is ${share(numeric(first.billed) / numeric(all.billed))} of what was billed` : `${all.lines} lines of invoices`;
	return section('sums', title, table(`What was billed, by ${name.toLowerCase()}`, [
		{ title: name, class: 'name', of: label }, { title: 'Currency', of: (row) => row.currency, class: 'wide' }, { title: 'Lines', figure: true, class: 'wide', of: (row) => String(row.lines) },
		{ title: 'Billed', figure: true, of: (row) => shown(row.billed, row.currency) }, { title: 'Effective', figure: true, of: (row) => shown(row.effective, row.currency) },
		{ title: 'At list price', figure: true, class: 'wide', of: (row) => shown(row.list, row.currency) }, { title: 'As contracted', figure: true, class: 'wide', of: (row) => shown(row.contracted, row.currency) },
	], list), h('div', { class: 'under' }, csvLink('invoices', { ...data.params, by })));
}

const unmatched = (list) => (list.length ? section('unmatched', `${list.length === 1 ? 'One provider is' : `${list.length} providers are`} named on one side only`,
	table('Providers that only invoices or only usage name', [{ title: 'Provider', of: (row) => row.name }, { title: 'Named by', of: (row) => row.side }, { title: 'What that means', of: (row) => sentence(row.says) }], list)) : null);

function explain(data, list, name) {
	const f = data.tied.facts, all = data.all.facts, both = list.filter((row) => Number.isFinite(numeric(row.difference)));
	const classes = CLASSES.map(([key, text]) => [text, shown(sumOf(both, key))]).filter(([, value]) => value !== '–' && value !== '$0');
	const tolerance = 'Up to $1 or half a percent of the invoice, whichever is more, is let pass.';
	return {
		billed: { title: 'Billed', value: shown(all.billed, all.currency), formula: 'What the invoices ask to be paid, line by line, in the month of the bill: cash basis.', parts: rows(data.sums).map((row) => [String(Object.values(row)[0]), shown(row.billed, row.currency)]) },
		effective: { title: 'Effective', value: shown(all.effective, all.currency), formula: 'The same charges spread over what they are for, commitments and corrections included: accrual basis.', parts: rows(data.sums).map((row) => [String(Object.values(row)[0]), shown(row.effective, row.currency)]) },
		compared: { title: 'Compared', value: shown(f.compared), formula: 'The sum of the invoices of those months and providers that have a metered cost in the same currency.', parts: classes },
		metered: { title: 'Metered', value: shown(f.metered), formula: 'Tokens of the ledger in the same months, at the price that held when they were used.', lines: data.params, prices: true },
		difference: { title: 'Difference', value: signed(shown(f.difference), numeric(f.difference)), formula: `Invoices minus metered cost. What is not tokens explains it: charges no meter counts, fees, credits, taxes and adjustments. ${tolerance}`, parts: [['Invoices', shown(f.compared)], ['Metered', shown(f.metered)], ...classes, ['Unexplained', shown(f.unexplained)]] },
		unexplained: { title: 'Unexplained', value: shown(f.unexplained), formula: `What the invoices ask for tokens, minus what the meter says of them. ${tolerance}`, parts: both.filter((row) => row.state === 'exception').map((row) => [`${row.provider}, ${monthName(row.month)}`, shown(row.unexplained)]) },
	}[name];
}

export async function show({ state, signal, status }) {
	const running = dayIn(status.facts.zone, status.facts.now).slice(0, 7), data = await load(state, signal), list = rows(data.tied, 'months');
	if (signal.aborted) return {};
	if (numeric(data.all.facts.lines) === 0) {
		fill('#content', h('div', { class: 'empty' }, h('p', { class: 'over' }, 'Invoices'), h('h1', null, state.range && state.range !== 'all' ? 'No invoice is in this range.' : 'No invoice has come in yet.'),
			h('p', { class: 'say' }, 'A cost export in the FOCUS format, as providers and clouds write it, is set beside the metered cost of the same months:'), copier('breakeven collect focus-csv invoice.csv')),
		list.length ? section('ties', `${cents(sumOf(list, 'metered'))} were metered without an invoice`, saysList(list, 'billed', running)) : null);
		return { repaint() {} };
	}
	const chart = chartSection(list, data);
	fill('#content', head(data, state, list), chart?.part, tieSection(list, data, running), sumSection(data, state), unmatched(rows(data.tied, 'unmatched')));
	chart?.paint();
	chart?.fill();
	return { repaint() { chart?.paint(); }, explain: (name) => explain(data, list, name) };
}

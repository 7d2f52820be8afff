// Usage: tokens over time by class or any dimension, beside the period before, what lacks a name or a price, the week.
import { ask, rows } from './answer.js';
import { $, copier, fill, h, table } from './dom.js';
import { cents, count, date, money, numeric, share } from './figure.js';
import { DIMENSIONS, STEPS, timePart, titleOf } from './over_time.js';
import { drawWeek } from './week.js';
import { ago, amount, choice, CLASSES, csvLink, daysOf, dayIn, figure, grouping, notes, opens, rangeEnds, section, sentence, signed } from './parts.js';

export const BAR = () => [choice('by', 'Split by', DIMENSIONS), choice('over', 'Over', STEPS), choice('beside', 'Beside', [['', 'The period before'], ['nothing', 'Nothing']])];

async function load(state, signal) {
	const scope = { workload: state.workload };
	const [here, workloads] = await Promise.all([ask('usage', scope, signal), ask('usage', { by: 'workload' }, signal)]);
	const data = { workloads, empty: numeric(workloads.facts.requests) === 0, ledger: here.facts };
	if (data.empty || !here.facts.to) return data;
	const ends = rangeEnds(state, here.facts), params = { ...scope, ...ends };
	const over = state.over || grouping(ends), dimension = state.by || 'model';
	const compared = await ask('compare', { ...params, by: dimension }, signal), f = compared.facts;
	const before = state.beside !== 'nothing' && numeric(f.before_tokens) > 0;
	const [now, then, split, lacking, week, runs] = await Promise.all([
		ask('usage', { ...params, by: over }, signal),
		before ? ask('usage', { ...scope, from: f.before_from, to: f.before_to, by: over }, signal) : null,
		state.by ? ask('usage', { ...params, by: `${over},${state.by}` }, signal) : null,
		ask('unattributed', params, signal),
		ask('heatmap', { ...params, measure: state.measure }, signal), ask('runs', { limit: 1 }, signal),
	]);
	return { ...data, params, over, dimension, compared, now, then, split, lacking, week, partial: then !== null && (compared.notes || []).some((note) => /period before is not complete/.test(note)), run: rows(runs)[0] };
}

// ---- sentences

const change = (part) => (Number.isFinite(part) ? (Math.abs(part) < 0.0005 ? 'as much as' : `${share(Math.abs(part))} ${part < 0 ? 'less' : 'more'} than`) : null);
const spanOf = (ends) => { const days = daysOf(ends); return days < 3 ? `${Math.round(days * 24)} hours` : `${Math.round(days)} days`; };

function head(data, state) {
	const f = data.compared.facts, compares = data.then !== null && !data.partial, moved = change(f.tokens_change);
	const money_now = amount(f), difference = numeric(f.amount_difference), comparable = numeric(f.comparable_difference);
	const says = data.partial ? ' The ledger begins within the period before, so the two are not compared in full.' : !compares ? '' : Number.isFinite(difference)
		? ` ${money(Math.abs(difference))} ${difference < 0 ? 'less' : 'more'} than in the ${spanOf(data.params)} before.`
		: Number.isFinite(comparable) ? ` Where both periods are priced in full, that is ${money(Math.abs(comparable))} ${comparable < 0 ? 'less' : 'more'} than before.` : '';
	const beside = (name, show) => (compares ? `${show(numeric(f[`before_${name}`]))} before` : null);
	return [
		h('p', { class: 'over' }, [state.workload || 'All traffic', `${date(dayIn(f.zone, f.from))} to ${date(dayIn(f.zone, new Date(Date.parse(f.to) - 1000).toISOString()))} (${f.zone})`,
			data.then ? `beside ${date(dayIn(f.zone, f.before_from))} to ${date(dayIn(f.zone, new Date(Date.parse(f.before_to) - 1000).toISOString()))}` : 'nothing beside it'].join(' · ')),
		h('h1', { id: 'headline' }, opens('tokens', count(numeric(f.tokens)), 'Tokens'), ` tokens in ${spanOf(data.params)}${compares && moved ? `, ${moved.replace(' %', '\u00a0%')} in the ${spanOf(data.params)} before` : ''}`),
		h('p', { class: 'lead' }, money_now === '–' ? 'None of them has a known price.' : ['They cost ', h('strong', null, opens('amount', money_now, 'Metered cost')), ` as metered, ${share(numeric(f.priced_share))} of tokens priced.`], says),
		h('dl', { class: 'figures', id: 'figures' },
			figure('Tokens', count(numeric(f.tokens)), beside('tokens', count), null, 'tokens'),
			figure('Requests', count(numeric(f.requests)), beside('requests', count), null, 'requests'),
			figure('Metered', money_now, compares ? `${amount(f, 'before_amount', 'before_priced_share')} before` : null, null, 'amount'),
			figure('Per M tokens', Number.isFinite(numeric(f.amount)) && f.priced_share > 0 ? money(numeric(f.amount) / (numeric(f.tokens) * f.priced_share) * 1e6) : '–', 'of those priced', null, 'unit'),
			figure('Priced', share(numeric(f.priced_share)), compares ? `${share(numeric(f.before_priced_share))} before` : 'of tokens', null, 'priced')),
		notes(data.compared.notes?.filter((note) => !/known price/.test(note)))];
}

// ---- beside the period before

function moveFinding(data) {
	const list = rows(data.compared).filter((row) => Number.isFinite(numeric(row.amount_difference)) && numeric(row.amount_difference) !== 0), [first] = list;
	if (data.partial) return 'What the two periods hold, name by name; the period before is not complete';
	if (!first) return 'No amount moved that is known on both sides';
	const sum = list.reduce((a, row) => a + numeric(row.amount_difference), 0), moved = numeric(first.amount_difference);
	return `What is priced on both sides ${sum < 0 ? 'fell' : 'rose'} by ${money(Math.abs(sum))}; the largest move is ${first[data.dimension]} with ${signed(money(moved), moved)}`;
}

function moveSection(data) {
	const list = rows(data.compared), name = data.dimension, cell = (text, value) => signed(text, value);
	return section('moves', moveFinding(data), table(`This period beside the one before, by ${name}`, [
		{ title: titleOf(DIMENSIONS, name), class: 'name', of: (row) => [row[name], row.state === 'new' || row.state === 'gone' ? [' ', h('span', { class: 'tag' }, row.state)] : ''] },
		{ title: 'Tokens', figure: true, of: (row) => count(numeric(row.tokens)) },
		{ title: 'Before', figure: true, class: 'wide', of: (row) => count(numeric(row.before_tokens)) },
		!data.partial && { title: 'Change', figure: true, of: (row) => cell(share(row.tokens_change ?? NaN), row.tokens_change) },
		{ title: 'Metered', figure: true, class: 'wide', of: (row) => amount(row, 'amount', 'priced_share', cents) },
		{ title: 'Before', figure: true, class: 'wide', of: (row) => amount(row, 'before_amount', 'before_priced_share', cents) },
		!data.partial && { title: 'Difference', figure: true, of: (row) => cell(cents(numeric(row.amount_difference)), numeric(row.amount_difference)) },
	].filter(Boolean), list), h('div', { class: 'under' }, csvLink('compare', { ...data.params, by: name })));
}

// ---- without a name or a price

function lackSection(data) {
	const f = data.lacking.facts, unpriced = rows(data.lacking, 'unpriced'), has = (name) => rows(data.lacking, name).filter((row) => numeric(row.tokens) > 0);
	const homeless = numeric(f.unattributed_tokens) > 0, tables = ['account', 'project', 'key', 'model'].filter((name) => homeless && has(name).some((row) => row.name !== '(none)'));
	const title = !homeless && !unpriced.length ? 'All usage belongs to a workload and has a known price' : sentence(data.lacking.headline).replace(/\.$/, '');
	return section('lacking', title,
		unpriced.length ? [h('h3', null, 'Without a known price'), table('Without a known price', [
			{ title: 'Model', class: 'name', of: (row) => row.model }, { title: 'Provider', class: 'wide', of: (row) => row.provider },
			{ title: 'Tokens', figure: true, of: (row) => count(numeric(row.tokens)) },
			{ title: 'Of all', figure: true, of: (row) => share(row.share) },
			{ title: 'What to do', class: 'small long wide', of: (row) => sentence(row.do) },
		], unpriced), copier('breakeven collect prices-csv prices.csv')] : null,
		homeless ? [h('h3', null, 'Without a workload'), h('p', { class: 'say' }, 'Give a file its workload as it comes in; lines that are in the ledger keep what they came with.'), copier('breakeven collect usage-csv FILE --workload NAME'),
			h('div', { class: 'two' }, tables.map((name) => table(`Without a workload, by ${name}`, [
				{ title: titleOf(DIMENSIONS, name), class: 'name', of: (row) => row.name }, { title: 'Tokens', figure: true, of: (row) => count(numeric(row.tokens)) },
				{ title: 'Share', figure: true, of: (row) => share(row.share) }, { title: 'Metered', figure: true, of: (row) => (row.amount === null ? '–' : cents(numeric(row.amount))) },
			], has(name).slice(0, 8))))] : null,
		homeless || unpriced.length ? h('div', { class: 'under' }, csvLink('unattributed', data.params)) : null);
}

// ---- where a number is from

function explain(data, name, status) {
	const f = data.compared.facts, lines = data.params;
	const coverage = `${share(numeric(f.priced_share))} of tokens have a known price.`;
	const age = data.run ? `The last import was ${ago(data.run.started, status.facts.now)}.` : '';
	return {
		tokens: { title: 'Tokens', value: count(numeric(f.tokens)), formula: 'All tokens of all lines of this range and workload, input and output, every class as its provider reported it.', parts: CLASSES.map(([c, title]) => [title, count(numeric(data.now.facts[c]))]), age, lines },
		requests: { title: 'Requests', value: count(numeric(f.requests)), formula: 'The requests of all lines of this range; a line that does not say counts as one.', lines },
		amount: { title: 'Metered cost', value: amount(f), formula: 'Each line’s tokens, class by class, times the price that held at its time; summed exactly and rounded only here.', coverage, age, lines, prices: true },
		unit: { title: 'Cost per M tokens', value: Number.isFinite(numeric(f.amount)) ? money(numeric(f.amount) / (numeric(f.tokens) * f.priced_share) * 1e6) : '–', formula: 'Metered cost divided by the tokens that have a known price.', coverage, age, parts: [['Metered cost', amount(f)], ['Tokens with a price', count(numeric(f.tokens) * f.priced_share)]], lines },
		priced: { title: 'Priced', value: share(numeric(f.priced_share)), formula: 'Tokens of lines that found a price in the book, divided by all tokens. Lines without one are in no amount.', parts: [['Without a known price', count(numeric(data.lacking.facts.unpriced_tokens))]], lines },
	}[name];
}

export async function show({ state, signal, status }) {
	const data = await load(state, signal);
	if (data.empty || !data.ledger.to || signal.aborted) return { empty: data.empty, nothing: !data.empty && data.ledger, workloads: rows(data.workloads) };
	const time = timePart(data, state, 'time');
	if (numeric(data.compared.facts.requests) === 0) return { nothing: data.ledger, workloads: rows(data.workloads) };
	fill('#content', head(data, state), time.part, data.then ? moveSection(data) : null, h('section', { id: 'week' }), lackSection(data));
	const paint = time.paint(), week = drawWeek($('#week'), data.week, state, data.params);
	return { workloads: rows(data.workloads), repaint() { paint(); week(); }, explain: (name) => explain(data, name, status) };
}

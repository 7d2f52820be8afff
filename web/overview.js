// The overview: what the question's answer is, and what it rests on.
import { ask, rows } from './answer.js';
import { drawCurves, drawSavings } from './charts.js';
import { band, caveats, curveFinding, curveTable, curveView, hybrid, levers, saveCurves, tornado } from './curves.js';
import { $, download, fill, h, table } from './dom.js';
import { cents, count, date, money, numeric, plain, range, rewrite, share, tokens, withUnit } from './figure.js';
import { ago, amount, behind, canvas, CLASSES, csvLink, figure, grouping, lazy, notes, opens, pngButton, rangeParams, section, sentence, splitModel, tokensOf, under } from './parts.js';
import { timePart } from './over_time.js';
import { asker, blame, controls, edited, labelOf, unitOf, within } from './whatif.js';

const MONTHS = 12;
const IDLE = [
	['shape', 'Shape of the week', 'hours below the fullest one: nights, weekends', 'autoscale, or move batch work there'],
	['headroom', 'Headroom', 'kept free so that latency holds at the peak', 'a measured latency curve instead of a margin'],
	['redundancy', 'Redundancy', 'replicas that stand by for a failure', 'share the spare among workloads'],
	['rounding', 'Rounding', 'replicas come whole', 'smaller replicas, or more volume'],
];

// ---- what is asked

async function load(state, signal) {
	const [weeks, workloads, idleAll] = await Promise.all([
		ask('usage', { by: 'week', workload: state.workload }, signal),
		ask('usage', { by: 'workload' }, signal),
		ask('idle', {}, signal),
	]);
	const data = { weeks, workloads: rows(workloads).map((row) => row.workload), hasGpuHours: idleAll.facts.allocated_hours > 0 };
	if (numeric(workloads.facts.requests) === 0) return { ...data, empty: true };
	const params = { workload: state.workload, ...rangeParams(state, weeks.facts.to) };
	const [provider, model] = splitModel(state.model);
	const question = { ...params, closed_provider: provider, closed_model: model };
	const answer = await ask('breakeven', question, signal);
	const spent = { ...params, from: params.from || answer.facts.from };
	const by = grouping(answer.facts);
	const [scenario, usage, spend, idle, runs] = await Promise.all([
		ask('scenario', question, signal), ask('usage', { ...spent, by }, signal), ask('spend', spent, signal),
		ask('idle', { from: spent.from, to: spent.to, workload: state.workload }, signal), ask('runs', { limit: 1 }, signal),
	]);
	return { ...data, state, answer, scenario: scenario.facts.scenario, usage, spend, idle, runs: rows(runs), by, question, spent };
}

// ---- sentences

// The months that come, of the option that is best now; of moving everything where nothing is better than staying.
function ahead(answer, f, names) {
	const how = f.best === 'hybrid' ? 'hybrid_' : '';
	return rows(answer, 'ahead').map((row) => ({
		label: names[row.month - 1], volume: row.volume_mtok_month, closed: row.closed_month, self: row.self_month, hybrid: row.hybrid_month,
		saving: row[`${how}saving_month`] ?? NaN, low: row[`${how}saving_p10`] ?? NaN, high: row[`${how}saving_p90`] ?? NaN,
	}));
}

function savingFinding(f) {
	const hybrid = f.best === 'hybrid', sum = f.ahead && (hybrid ? f.ahead.hybrid_saving : f.ahead.saving), bands = f.ahead && (hybrid ? f.ahead.hybrid_bands : f.ahead.bands);
	if (!Number.isFinite(sum)) return 'What the months that come would save cannot be told: no fleet carries the volume they grow to';
	return `Over ${f.ahead.months} months ${hybrid ? 'a hybrid' : 'moving'} would ${sum >= 0 ? 'save' : 'cost'} ${money(Math.abs(sum))}${sum >= 0 ? '' : ' more'} (${bands ? `80 % band of the saving ${range(bands.p10, bands.p90)}` : band(f)})`;
}

function gpuCost(f, scenario) {
	const hours = scenario.self_hosted?.hours_month ?? 730;
	return f.replica_hours_month * f.replica_month / hours;
}

function idleFinding(f, all) {
	if (!f.idle || f.idle_month === null) return 'Idle cannot be told: the throughput of a replica is not known';
	const [name] = IDLE.slice().sort((a, b) => f.idle[b[0]] - f.idle[a[0]])[0];
	const causes = { shape: 'nights and weekends below the peak', headroom: 'headroom for latency', redundancy: 'spare replicas', rounding: 'whole replicas' };
	return `If all is moved, idle costs ${money(f.idle_month)} of ${money(all)} for GPUs a month, ${f.idle[name] > f.idle_month / 2 ? 'most of it' : 'the largest part'} ${causes[name]} (${money(f.idle[name])})`;
}

// How sure, in a word: of a saving by the share of cases in which there is one, of staying by the share in which there is none.
const SURE = [[0.95, 'Very sure'], [0.8, 'Fairly sure'], [0.6, 'More likely than not'], [0, 'Not sure']];
const sureness = (part) => SURE.find(([least]) => part >= least)[1];
const inCases = (part) => (part === 1 ? 'in all cases drawn' : part === 0 ? 'in none of the cases drawn' : `in ${share(part).replace('>', 'more than').replace('<', 'less than')} of cases`);

const gpusOf = (f, replicas) => `${plain(replicas)} ${replicas === 1 ? 'replica' : 'replicas'}${f.gpus > 0 && f.replicas > 0 ? ` (${plain(replicas * f.gpus / f.replicas)} GPUs)` : ''}`;

// The first five seconds: what to do, what it saves, how sure that is.
function headline(f, answer) {
	const saving = f.saving_month, what = f.workload || 'all traffic', bands = f.best_bands;
	if (saving === undefined || saving === null) return [h('h1', { id: 'headline' }, answer.headline || 'No answer yet')];
	const [title, then] = {
		hybrid: [['A hybrid would save ', opens('hybrid', money(f.best_saving_month), 'Saving of a hybrid'), ' a month'], 'it saves '],
		self_hosted: [[`Moving ${what} to own GPUs would save `, opens('saving', money(saving), 'Saving'), ' a month'], 'it saves '],
		closed: [['Stay closed: moving ', what, ' to own GPUs would cost ', opens('saving', money(Math.abs(saving)), 'Saving'), ' more a month'], 'moving would save '],
	}[f.best] || [[answer.headline || ''], ''];
	const sure = bands && sureness(f.best === 'closed' ? 1 - bands.p_positive : bands.p_positive);
	return [
		h('h1', { id: 'headline' }, title),
		h('p', { class: 'lead', id: 'sure' }, bands
			? [h('strong', null, `${sure}: `), f.best === 'closed' && bands.p90 < 0 ? `moving would cost between ${range(-bands.p90, -bands.p10).replace(' to ', ' and ')} more in 80 of 100 cases, and save ${inCases(bands.p_positive)}.`
				: [then, inCases(bands.p_positive), `, between ${range(bands.p10, bands.p90).replace(' to ', ' and ')} in 80 of 100.`]]
			: 'How sure cannot be told: no input has a range.'),
		h('p', { class: 'then', id: 'then' }, f.best === 'hybrid' ? `${gpusOf(f, f.overflow.best_replicas)} of your own ${f.overflow.best_replicas === 1 ? 'carries' : 'carry'} the base; the peaks above, ${share(f.overflow.overflow_share)} of tokens, stay with the API. Moving everything would ${saving >= 0 ? 'save' : 'cost'} ${money(Math.abs(saving))}${saving >= 0 ? '' : ' more'} a month. ` : '', crossing(f)),
	];
}

// Where moving everything pays.
function crossing(f) {
	const first = f.first_break_even_mtok_month, safe = f.safe_break_even_mtok_month, now = f.volume, all = f.best === 'closed' ? 'Moving' : 'It';
	const far = (at) => `${tokens(at)} a month${at > now ? `, ${plain(Number((at / now).toPrecision(2)))} times this volume` : ''}`;
	const island = (f.islands || []).find(([from, to]) => from <= now && now <= to);
	if (island && island[1] < f.horizon_mtok_month * (1 - 1e-9)) return `${all} pays from ${tokens(island[0])} up to ${tokens(island[1])} a month, where the next replica falls due${safe === null ? '' : `, and for good from ${far(safe)}`}.`;
	if (first === null) return `${all} pays at no volume up to ${tokens(f.horizon_mtok_month)} a month.`;
	if (safe === null) return `${all} pays first at ${far(first)}, and for good at no volume looked at.`;
	return safe > first * (1 + 1e-9) ? `${all} pays first at ${far(first)}, and for good from ${far(safe)}.` : `${all} pays from ${far(first)}.`;
}

// ---- parts

// The three things one can do, side by side, the best one marked.
function optionTable(f) {
	const gpus = (replicas) => gpusOf(f, replicas), over = f.overflow;
	const list = [{ key: 'closed', hue: 'closed', title: 'Closed', is: 'the API, paid by the token', cost: f.closed_month, takes: `${withUnit(f.closed_usd_per_mtok ?? f.blended_price, 'USD')} per M tokens` }];
	if (over?.best_replicas > 0) list.push({ key: 'hybrid', hue: 'hybrid', title: 'Hybrid', is: 'own GPUs for the base, the API for the peaks', cost: over.best_month, saving: over.saving_month, bands: over.bands, takes: `${gpus(over.best_replicas)} for the base; ${share(over.overflow_share)} of tokens stay closed` });
	list.push({ key: 'self', hue: 'self', title: 'Self-hosted', is: 'own GPUs for everything', cost: f.self_month, saving: f.saving_month, bands: f.bands, takes: `${f.replicas === null ? '–' : gpus(f.replicas)}, ${share(f.utilisation ?? NaN)} used; ${withUnit(f.self_usd_per_mtok, 'USD')} per M tokens` });
	const best = { closed: 'closed', hybrid: 'hybrid', self_hosted: 'self' }[f.best], name = (o) => (o.key === 'self' ? 'saving' : o.key);
	const drawn = (f.tornado || []).map((swing) => within(labelOf[swing.input] || swing.input));
	return [table('What each choice costs a month, what it saves and how sure that is', [
		{ title: 'Choice', of: (o) => [h('span', { class: `c-${o.hue}` }, h('span', { class: 'key line' })), ' ', o.title, o.key === best ? h('span', { class: 'tag best' }, 'best') : '', h('span', { class: 'about wide' }, o.is)] },
		{ title: 'A month', figure: true, of: (o) => opens(o.key === 'hybrid' ? 'hybrid' : o.key, money(o.cost), o.title) },
		{ title: 'Saving', figure: true, of: (o) => (o.saving === undefined ? '–' : [opens(name(o), money(o.saving), `Saving of ${o.title.toLowerCase()}`), h('span', { class: 'about' }, o.bands ? range(o.bands.p10, o.bands.p90) : 'no input has a range')]) },
		{ title: 'Saves in', figure: true, of: (o) => (o.bands ? [share(o.bands.p_positive), h('span', { class: 'about' }, 'of cases')] : '–') },
		{ title: 'What it takes', class: 'wide', of: (o) => o.takes },
	], list.map((o) => ({ ...o, class: o.key === best ? 'chosen' : null })), { id: 'options' }),
	f.bands && drawn.length ? h('p', { class: 'say', id: 'cases' }, `A case draws ${drawn.length > 1 ? `${drawn.slice(0, -1).join(', ')} and ${drawn.at(-1)}` : drawn[0]} anew within ${drawn.length > 1 ? 'their ranges' : 'its range'}; the small amounts hold 80 of 100 cases. What is not drawn is taken as it stands below.`) : null];
}

function headFigures(f, inputs) {
	const growth = inputs.find((row) => row.input === 'ahead.growth_month'), measured = growth?.origin === 'measured';
	return h('dl', { class: 'figures', id: 'figures' },
		figure('Volume', count(f.volume * 1e6), `tokens a month${measured ? `, ${Math.abs(growth.value) < 0.0005 ? 'steady' : `${growth.value > 0 ? 'growing' : 'falling'} ${share(Math.abs(growth.value))} a month`}` : ''}`),
		figure('First break-even', count((f.first_break_even_mtok_month ?? NaN) * 1e6), f.first_break_even_mtok_month === null ? 'at no volume' : 'tokens a month', null, 'first'),
		figure('Safe break-even', count((f.safe_break_even_mtok_month ?? NaN) * 1e6), f.safe_break_even_mtok_month === null ? 'at no volume' : 'tokens a month, for good', null, 'safe'),
		figure('Fleet if all is moved', f.replicas === null ? '–' : `${plain(f.gpus ?? NaN)} GPUs`, `${plain(f.replicas ?? NaN)} ${f.replicas === 1 ? 'replica' : 'replicas'}, ${share(f.utilisation ?? NaN)} used`, null, 'fleet'));
}

function over(data, status) {
	const f = data.answer.facts;
	return h('p', { class: 'over' }, [
		f.workload || 'All traffic',
		`measured ${f.measured_hours < 48 ? `${plain(Number(f.measured_hours.toFixed(2)))} hours` : `${plain(Number((f.measured_hours / 24).toFixed(1)))} days`}, ${date(f.from)} to ${date(f.to)} (${f.zone})`,
		f.price_age_days === null || f.price_age_days === undefined ? null : `price checked ${f.price_age_days} days ago`,
		data.runs[0] ? `last import ${ago(data.runs[0].started, status.facts.now)}` : null,
	].filter(Boolean).join(' · '));
}

// ---- curves, savings and idle: all follow the what-if

function monthNames(now) {
	const [year, month] = now.split('-').map(Number);
	return Array.from({ length: MONTHS }, (_, i) => {
		const m = month + i; // the month after this one first
		return `${['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][m % 12]} ${year + Math.floor(m / 12)}`;
	});
}

function idleTable(f, all) {
	const used = all - f.idle_month;
	const list = [{ key: 'used', title: 'Used', what: 'tokens served', less: '', amount: used }]
		.concat(IDLE.map(([key, title, what, less]) => ({ key, title, what, less, amount: f.idle[key] })).sort((a, b) => b.amount - a.amount));
	let sum = 0;
	for (const part of list) { part.from = sum; sum += Math.max(0, part.amount) / all; part.to = sum; }
	return h('div', { class: 'picture', 'data-name': 'idle', 'data-hue': 'self' },
		h('div', { class: 'stack', role: 'img', 'aria-label': `GPU cost a month: ${list.map((p) => `${p.title} ${money(p.amount)}`).join(', ')}` },
			list.filter((p) => p.amount > 0).map((p) => h('span', { class: `hatch-${p.key}`, vars: { '--part': p.amount / all } }))),
		table('GPU cost a month by use and cause of idling', [
			{ title: 'Part', of: (p) => (p.total ? 'All GPUs' : h('span', { class: 'part' }, h('span', { class: `swatch hatch-${p.key}`, 'data-from': p.from, 'data-to': p.to, 'data-value': `${money(p.amount)}, ${share(p.amount / all)}` }), h('span', null, p.title, h('span', { class: 'about' }, p.what)))) },
			{ title: 'A month', figure: true, of: (p) => money(p.amount) },
			{ title: 'Share', figure: true, of: (p) => share(p.amount / all) },
			{ title: 'What would lessen it', class: 'small wide', of: (p) => p.less || '' },
		], [...list, { total: true, amount: all, class: 'total' }]),
		h('div', { class: 'under' }, h('button', { type: 'button', class: 'quiet', 'data-bars': true, 'aria-label': 'PNG of the idle cost' }, 'PNG'),
			h('button', { type: 'button', class: 'quiet', 'aria-label': 'CSV of the idle cost', onclick: () => download('breakeven-idle.csv', [{ name: 'part', values: list.map((p) => p.key) }, { name: 'cost', unit: 'USD/month', values: list.map((p) => p.amount) }, { name: 'share', values: list.map((p) => p.amount / all) }]) }, 'CSV')));
}

// ---- the whole page

export async function show({ state, signal, status, change }) {
	const data = await load(state, signal);
	if (signal.aborted) return null;
	const made = { answer: data.answer, workloads: data.workloads };
	if (data.empty) return { ...made, empty: true };
	if (data.answer.facts.closed_month === undefined && !data.scenario) return { ...made, nothing: data.weeks.facts, headline: data.answer.headline };
	return { ...made, ...render(data, state, status, change) };
}

function render(data, state, status, change) {
	const { answer } = data, base = { ...answer.facts, volume: answer.facts.volume_mtok_month };
	const shared = { base, data, status, state, names: monthNames(status.facts.now), change };
	const usage = usagePart(data);
	fill('#content',
		over(data, status),
		headline(base, answer),
		base.closed_month !== undefined && base.closed_month !== null && base.self_month !== undefined ? [optionTable(base), headFigures(base, rows(answer, 'inputs'))] : null,
		notes(caveats(answer)),
		curveSection(data), savingSection(), idleSection(data), usage.part, spendSection(data), inputSection(answer));
	data.repaint = usage.paint();
	fillSpend(data);
	return { ...live(shared), explain: (name) => explain(data, base, status, name) };
}

// ---- where a number is from

const bandParts = (bands, cases) => (bands ? [['Low end of the band', money(bands.p10)], ['Middle', money(bands.p50)], ['High end of the band', money(bands.p90)], [cases, share(bands.p_positive)]] : []);

function explain(data, f, status, name) {
	const all = rows(data.answer, 'inputs'), of = (...starts) => all.filter((row) => starts.some((start) => row.input.startsWith(start)));
	const lines = { ...data.spent, to: data.spent.to, workload: data.state?.workload };
	const coverage = Number.isFinite(f.priced_share) ? `${share(f.priced_share)} of the tokens measured have a known price; ${plain(Number((f.measured_hours / 24).toFixed(1)))} days are measured.` : '';
	const age = [data.runs[0] && `The last import was ${ago(data.runs[0].started, status.facts.now)}.`, Number.isFinite(f.price_age_days) && `The price was checked ${f.price_age_days} days ago.`].filter(Boolean).join(' ');
	const rest = { coverage, age, lines, prices: true }, best = f.overflow?.best_replicas > 0 ? f.overflow : null, volume = (at) => (at === null ? 'at no volume' : `${tokens(at)} a month`);
	return {
		closed: { title: 'Closed, a month', value: money(f.closed_month), formula: f.closed_model ? `The month’s tokens times the price of ${f.closed_model} for the measured mix of input and output, from the price book.` : 'The month’s tokens times what a token cost on average: each line of the ledger at the price that held when it was used.', parts: [['Volume', `${tokens(f.volume)} a month`], ['A million tokens', withUnit(f.closed_usd_per_mtok ?? f.blended_price, 'USD')]], inputs: of('closed.', 'volume.'), price: f.price_row, ...rest },
		self: { title: 'Self-hosted, a month', value: money(f.self_month), formula: 'Whole replicas that carry the fullest hour of the week with headroom and redundancy, for the hours of a month; plus people, fixed cost and cost with each token.', parts: [['Replicas', plain(f.replicas)], ['A replica carries', `${tokens(f.replica_capacity_mtok_month)} a month`], ['A replica costs', `${money(f.replica_month)} a month`], ['A million tokens', withUnit(f.self_usd_per_mtok, 'USD')]], inputs: of('self_hosted.', 'volume.'), coverage, age, lines },
		saving: { title: f.saving_month >= 0 ? 'Saving, a month' : 'Extra cost, a month', value: money(Math.abs(f.saving_month)), formula: 'Closed minus self-hosted for the same tokens. The band holds 80 of 100 cases when every uncertain input is drawn between its low and high end.', parts: [['Closed', money(f.closed_month)], ['Self-hosted', money(f.self_month)], ...bandParts(f.bands, 'Cases in which moving saves')], inputs: all, ...rest, price: f.price_row },
		hybrid: best && { title: 'Hybrid, a month', value: money(best.best_month), formula: 'Fewer replicas for the base, and in the hours that they cannot carry, the tokens above go to the closed side at its price. The number of replicas is the cheapest; its band keeps that number while every uncertain input is drawn between its low and high end.', parts: [['Replicas', plain(best.best_replicas)], ['Tokens sent to the closed side', share(best.overflow_share)], ['Saving', money(best.saving_month)], ...bandParts(best.bands, 'Cases in which it saves')], inputs: all, ...rest, price: f.price_row },
		fleet: { title: 'Fleet', value: `${plain(f.gpus ?? NaN)} GPUs`, formula: 'Volume over what one replica carries in a month of this shape, rounded up to whole replicas, at least the least fleet, plus redundancy; times GPUs of a replica.', parts: [['Replicas', plain(f.replicas)], ['Used', share(f.utilisation ?? NaN)], ['Peak to mean', plain(Number((f.peak_to_mean ?? NaN).toPrecision(4)))]], inputs: of('self_hosted.', 'volume.'), coverage, age, lines },
		first: { title: 'First break-even', value: volume(f.first_break_even_mtok_month), formula: 'The least volume at which self-hosting is no dearer. Because replicas come whole, it may become dearer again where the next one falls due.', parts: (f.islands || []).map(([from, to]) => [`From ${tokens(from)}`, to >= f.horizon_mtok_month * (1 - 1e-9) ? 'on' : `to ${tokens(to)}`]), inputs: all, ...rest },
		safe: { title: 'Safe break-even', value: volume(f.safe_break_even_mtok_month), formula: `The volume from which self-hosting is no dearer at every volume up to ${tokens(f.horizon_mtok_month)} a month, whatever replica falls due.`, inputs: all, ...rest },
	}[name];
}

const curveSection = () => section('curves', '', h('div', { class: 'split' },
	h('div', null,
		h('p', { class: 'say' }, 'Cost a month over volume. Self-hosted climbs in steps because replicas come whole; where the ground is shaded, self-hosting is no dearer.'),
		canvas('curve-canvas', 'Closed and self-hosted cost a month over tokens a month'),
		under('curve-table', pngButton('curve-canvas'), h('button', { type: 'button', class: 'quiet', id: 'curve-csv' }, 'CSV')),
		h('div', { id: 'levers' })),
	h('div', { class: 'whatif', role: 'group', 'aria-label': 'What if' },
		h('div', { class: 'head' }, h('h3', null, 'What if'), h('button', { type: 'button', class: 'quiet', id: 'reset', disabled: true }, 'Reset')),
		h('div', { class: 'verdict', id: 'verdict', role: 'status' }),
		h('div', { class: 'controls', id: 'controls' }))));

const savingSection = () => section('savings', '',
	h('p', { class: 'say', id: 'saving-say' }),
	canvas('saving-canvas', 'Projected saving in each of the next twelve months', true),
	h('div', { class: 'under' }, behind('saving-table'), pngButton('saving-canvas'), h('button', { type: 'button', class: 'quiet', id: 'saving-csv' }, 'CSV')));

const idleSection = (data) => section('idle', '', h('div', { id: 'idle-part' }),
	data.idle.facts.allocated_hours > 0 ? h('p', { class: 'say' }, `On the GPUs that report today: ${data.idle.headline} `, csvLink('idle', { from: data.spent.from, to: data.spent.to, by: 'device' })) : null);

// The same part as on the usage page, by class of token and without the period before.
function usagePart(data) {
	const f = data.usage.facts, input = CLASSES.slice(0, 4).reduce((sum, [name]) => sum + (numeric(f[name]) || 0), 0);
	return timePart({ now: data.usage, over: data.by, params: data.spent }, {}, 'usage', `${count(numeric(f.tokens))} tokens in ${count(numeric(f.requests))} requests, ${share(input / numeric(f.tokens))} of them input`);
}

function spendSection(data) {
	const f = data.spend.facts;
	const title = Number.isFinite(numeric(f.amount)) ? `${amount(f)} metered, ${share(numeric(f.priced_share))} of tokens priced` : 'None of these tokens has a known price';
	return section('spend', title, h('div', { id: 'spend-part' }), h('div', { class: 'under' }, csvLink('spend', data.spent)));
}

function fillSpend(data) {
	const list = rows(data.spend), all = numeric(data.spend.facts.amount), most = Math.max(...list.map((row) => numeric(row.amount) || 0), 0);
	const rest = list.slice(24), shown = list.slice(0, 24);
	fill('#spend-part', table('Spend by workload and model', [
		{ title: 'Workload', of: (row) => row.workload },
		{ title: 'Model', of: (row) => row.model },
		{ title: 'Metered', figure: true, of: (row) => amount(row, 'amount', 'priced_share', cents) },
		{ title: h('span', { class: 'unseen' }, 'Bar'), class: 'bars c-closed', of: (row) => (numeric(row.amount) > 0 ? h('span', { class: 'meter', vars: { '--part': numeric(row.amount) / most } }) : '') },
		{ title: 'Share', figure: true, class: 'wide', of: (row) => share(numeric(row.amount) / all) },
		{ title: 'Tokens', figure: true, class: 'wide', of: (row) => count(tokensOf(row)) },
		{ title: 'Requests', figure: true, class: 'wide', of: (row) => count(numeric(row.requests)) },
		{ title: 'Priced', figure: true, of: (row) => h('span', { class: numeric(row.priced_share) < 1 ? 'warned' : null }, share(numeric(row.priced_share))) },
	], shown), rest.length ? h('p', { class: 'say' }, `${rest.length} smaller rows are in the CSV.`) : null);
}

function inputSection(answer) {
	const list = rows(answer, 'inputs'), counted = (origin) => list.filter((row) => row.origin === origin).length;
	const title = `The answer rests on ${list.length} inputs: ${['measured', 'assumed', 'default'].filter(counted).map((origin) => `${counted(origin)} ${origin}`).join(', ')}`;
	return section('inputs', title,
		table('Inputs of the answer', [
			{ title: 'Input', of: (row) => [labelOf[row.input] || row.input.replace(/^.*\./, '').replaceAll('_', ' '), row.unit || !unitOf[row.input] ? '' : h('span', { class: 'about' }, unitOf[row.input])] },
			{ title: 'Value', figure: true, of: (row) => (row.unit ? withUnit(row.value, row.unit) : Number.isFinite(numeric(row.value)) ? plain(Number(numeric(row.value).toPrecision(4))) : row.value) },
			{ title: 'Origin', of: (row) => h('span', { class: `tag ${row.origin}` }, row.origin) },
			{ title: 'From where', of: (row) => rewrite(row.source || '') },
		], list, { class: 'inputs' }));
}

// ---- what follows the hand

function live({ base, data, state, names, change }) {
	let facts = base, scenario = data.scenario, view = null, months = [], edits = { ...state.edits };
	const changed = () => Object.keys(edits).length;

	function paint(answer, f, used) {
		facts = f;
		scenario = used;
		view = curveView(answer, f);
		if (view.xs.length === 0) return;
		// What is painted is marked by what it was asked with, not by what the hand has done since.
		const applied = used === data.scenario ? 0 : changed();
		const tag = () => (applied ? [' ', h('span', { class: 'tag changed' }, `what-if, ${applied} changed`)] : []);
		fill('#curves-title', curveFinding(f), tag());
		drawCurves($('#curve-canvas'), view);
		lazy('curve-table', () => curveTable(view, f));
		fill('#levers', levers(f, used), tornado(f, used));
		months = ahead(answer, f, names);
		const growth = used.ahead?.growth_month ?? 0, its = rows(data.answer, 'inputs').find((row) => row.input === 'ahead.growth_month');
		const grows = used.ahead?.growth_month !== data.scenario.ahead?.growth_month ? ' (set by hand)' : its ? ` (${its.origin === 'measured' ? `${its.source}, measured` : its.source})` : '';
		fill('#savings-title', savingFinding(f), tag());
		fill('#saving-say', `${f.best === 'hybrid' ? 'A hybrid' : 'Moving everything'} at today's prices, with the volume ${growth > 0 ? 'growing' : growth < 0 ? 'falling' : 'staying as it is'}${growth ? ` by ${share(Math.abs(growth))} a month` : ''}${grows}. Each whisker is that month's own 80 % band: the uncertain inputs and the growth are drawn anew for it.`);
		drawSavings($('#saving-canvas'), months, f.best === 'hybrid' ? 'hybrid' : 'self');
		lazy('saving-table', () => table('Projected saving a month', [
			{ title: 'Month', of: (m) => m.label },
			{ title: 'Tokens', figure: true, of: (m) => count(m.volume * 1e6) },
			{ title: 'Closed', figure: true, of: (m) => money(m.closed) },
			{ title: 'Self-hosted', figure: true, of: (m) => money(m.self ?? NaN) },
			{ title: 'Hybrid', figure: true, of: (m) => money(m.hybrid ?? NaN) },
			{ title: 'Saving', figure: true, of: (m) => money(m.saving) },
			{ title: '80 % band', figure: true, of: (m) => range(m.low, m.high) },
		], months));
		const all = gpuCost(f, used);
		fill('#idle-title', idleFinding(f, all), tag());
		fill('#idle-part', f.idle && f.idle_month !== null && all > 0 ? idleTable(f, all) : null);
		verdict();
	}

	function verdict() {
		const before = base.saving_month, now = facts.saving_month;
		const say = (s) => `${s >= 0 ? 'saves' : 'costs'} ${money(Math.abs(s))}${s < 0 ? ' more' : ''}`;
		fill('#verdict', changed()
			? [h('strong', null, `${say(now)} a month`), ` (${band(facts)}); as measured it ${say(before)}: ${money(Math.abs(now - before))} ${now >= before ? 'better' : 'worse'}.`,
				hybrid(facts) ? ` A hybrid saves ${money(hybrid(facts).saving_month)}.` : null]
			: 'Move an input and the curves follow; the address keeps what you set.');
		$('#reset').disabled = changed() === 0;
	}

	const fail = (text) => {
		const [path, why] = blame(text), control = list.find((c) => c.path === path);
		if (control) control.wrong(why);
		if (!view) paint(data.answer, base, data.scenario);
		fill('#verdict', h('span', { class: 'warned' }, sentence(text)));
		$('#reset').disabled = false;
	};
	const question = asker((answer, used) => paint(answer, { ...answer.facts, volume: used.volume?.mtok_month }, used), fail);

	// While a slider is held the bands are drawn from fewer cases; when it is let go, from all.
	const recompute = (final) => (changed() ? question(edited(data.scenario, edits, final ? undefined : 500)) : paint(data.answer, base, data.scenario));

	const list = data.scenario ? controls(data.scenario, base, edits, (path, value, final) => {
		if (value === undefined) delete edits[path]; else edits[path] = value;
		recompute(final);
		if (final) change({ ...edits }, path);
	}) : [];
	fill('#controls', list.map((control) => control.row));
	const setAll = () => list.forEach((control) => control.set(edits[control.path]));
	$('#reset').onclick = () => { edits = {}; setAll(); recompute(true); change({}, ''); };
	$('#curve-csv').onclick = () => saveCurves(view);
	$('#saving-csv').onclick = () => download('breakeven-savings.csv', ['label', 'volume', 'closed', 'self', 'hybrid', 'saving', 'low', 'high'].map((name, i) => (
		{ name: ['month', 'volume', 'closed', 'self_hosted', 'hybrid', 'saving', 'saving_p10', 'saving_p90'][i], unit: i === 0 ? '' : i === 1 ? 'Mtok' : 'USD', values: months.map((m) => m[name]) })));
	// A link with changed inputs shows nothing of the measured picture first.
	const settled = Promise.resolve(recompute(true));
	return {
		settled,
		// The address has changed under us: back, forward, a pasted link.
		follow(next) { edits = { ...next }; setAll(); recompute(true); },
		repaint() { if (view?.xs.length) { drawCurves($('#curve-canvas'), view); drawSavings($('#saving-canvas'), months, facts.best === 'hybrid' ? 'hybrid' : 'self'); } data.repaint(); },
	};
}

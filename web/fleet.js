// Fleet: which GPUs would carry the measured traffic at promised times, cheapest first, and how idle those are that report.
import { ask, columns, post, rows } from './answer.js';
import { fill, h, table } from './dom.js';
import { count, date, money, numeric, plain, range, share } from './figure.js';
import { csvLink, notes, section, sentence } from './parts.js';

// [name in the address, label, unit, choices]; the parameters of the planner without their prefix.
const ASKED = [
	['serve_model', 'Model to serve', 'Llama-3.3-70B'], ['serve_gpu', 'GPU', 'any that has a price'],
	['serve_precision', 'Precision', null, [['', 'Any'], ['bf16', 'BF16'], ['fp8', 'FP8'], ['fp4', 'FP4'], ['int4', 'INT4']]],
	['serve_tp', 'GPUs a replica', null, [['', '1, 2, 4 or 8'], ['1', '1'], ['2', '2'], ['4', '4'], ['8', '8']]],
	['serve_ttft_ms', 'First token within, ms', '2000'], ['serve_tpot_ms', 'Time per token, ms', '50'], ['serve_redundancy', 'Spare replicas', 'as in Settings'], ['serve_unit_gpus', 'GPUs come in units of', '1'],
	['serve_provider', 'GPU prices of', null, [['', 'Any provider'], ['hyperscaler', 'Hyperscalers'], ['specialist', 'Specialists'], ['marketplace', 'Marketplaces']]],
	['serve_rental', 'Rental', null, [['', 'On demand'], ['spot', 'Spot'], ['reserved', 'Reserved'], ['reserved-36mo', 'Reserved, 36 months']]],
	['serve_all', 'Show', null, [['', 'What keeps the promise'], ['yes', 'Also what does not']]],
];
const ORIGINS = { 'measured here': 'measured', 'measured elsewhere': 'assumed', modelled: 'default' };
const FIRST = 12; // plans that stand open
const three = (value) => plain(Number((value ?? NaN).toPrecision(3)));
const nameOf = (row) => `${row.tp} × ${row.gpu}, ${row.precision.toUpperCase()}`;

const paramsOf = (state) => ({ workload: state.workload, ...Object.fromEntries(ASKED.map(([name]) => [name.slice(6), state[name]])) });

function asked(state, wrong) {
	const bad = wrong && ASKED.find(([name]) => new RegExp(`\\b${name.slice(6)}\\b`).test(wrong.split(':')[0]));
	return h('div', { class: 'edit plain', role: 'group', 'aria-label': 'What is to be served, and how fast' }, h('div', { class: 'fields' }, ASKED.map((each) => {
		const [name, label, otherwise, choices] = each, more = { id: name, 'data-state': name, value: state[name] };
		return h('label', null, h('span', null, label), choices ? h('select', more, choices.map(([value, text]) => h('option', { value, selected: value === (state[name] || '') }, text))) : h('input', { ...more, placeholder: otherwise, autocomplete: 'off', spellcheck: 'false' }),
			bad === each ? h('span', { class: 'wrong', role: 'alert' }, sentence(wrong)) : null);
	})), wrong && !bad ? h('p', { class: 'wrong', role: 'alert' }, sentence(wrong)) : null);
}

function traffic(f) {
	const shape = `${three(f.requests_s)} ${f.requests_s === 1 ? 'request' : 'requests'} a second in the busiest hour, ${plain(Math.round(f.isl))} tokens in and ${plain(Math.round(f.osl))} out each`;
	return `${f.traffic === 'measured' ? `Measured traffic: ${shape}, ${count(f.mtok_month * 1e6)} tokens a month.` : `Nothing is measured yet; assumed are ${shape}.`} Promised: the first token within ${plain(f.ttft_ms)} ms for 95 of 100 requests, waiting included, and ${plain(f.tpot_ms)} ms a token.`;
}

// What the overview is asked with to compare by this plan.
const edits = (row) => ({ 'self_hosted.gpus_per_replica': row.tp, 'self_hosted.gpu_hour': Number(row.usd_gpu_hour), 'self_hosted.throughput_tok_s': Number(row.total_tok_s.toPrecision(4)) });

function plans(answer, state, { address, go }) {
	const list = rows(answer, 'plans'), most = Math.max(...list.map((row) => row.usd_month_high || 0)), says = h('p', { class: 'say', role: 'status' }), f = answer.facts;
	const part = (value) => `${(100 * value / most).toFixed(2)}%`;
	const keep = (row) => async (event) => {
		const name = `${f.model} ${row.gpu} ${row.precision}`;
		event.currentTarget.disabled = true;
		try {
			await post(`fleets/${encodeURIComponent(name)}`, { gpu: row.gpu, gpus_per_replica: String(row.tp), gpu_hour: String(row.usd_gpu_hour), throughput_tok_s: row.total_tok_s.toFixed(3), price_source: `published prices, ${row.price_date}`,
				throughput_low_tok_s: row.total_tok_s_low.toFixed(3), throughput_high_tok_s: row.total_tok_s_high.toFixed(3), throughput_source: row.throughput_source, throughput_origin: row.origin === 'measured here' ? 'measured' : 'assumed' });
			fill(says, `Kept as the fleet “${name}”; Settings give it to a workload.`);
		} catch (error) { fill(says, h('span', { class: 'warned' }, sentence(error.message))); }
	};
	const link = (row) => { const to = { page: undefined, workload: state.workload, theme: state.theme, edits: edits(row) }; return h('a', { href: address(to), 'aria-label': `Curves with ${nameOf(row)}`, onclick: (event) => { if (!(event.metaKey || event.ctrlKey || event.shiftKey || event.button)) { event.preventDefault(); go(to); } } }, 'Curves'); };
	const plan = (its) => table('Plans, cheapest first', [
		{ title: 'A replica', class: 'name', of: (row) => nameOf(row) },
		{ title: 'GPUs', figure: true, of: (row) => (row.fits ? h('button', { type: 'button', class: 'number', 'data-open': `plan-${list.indexOf(row)}`, 'aria-label': `GPUs of ${nameOf(row)}: ${row.gpus}` }, plain(row.gpus ?? NaN)) : h('span', { class: 'warned' }, 'does not fit')) },
		{ title: 'A month', figure: true, of: (row) => (row.usd_month === null ? '–' : [money(row.usd_month), h('span', { class: 'about' }, range(row.usd_month_low, row.usd_month_high))]) },
		{ title: h('span', { class: 'unseen' }, 'Band'), class: 'bars wide c-self', of: (row) => (row.usd_month === null ? '' : h('span', { class: 'swing plan', vars: { '--from': part(row.usd_month_low), '--to': part(row.usd_month_high), '--zero': part(row.usd_month) } })) },
		{ title: 'Per M tokens', figure: true, class: 'wide', of: (row) => money(row.usd_mtok ?? NaN) },
		{ title: 'Output of a replica', figure: true, class: 'wide', of: (row) => (row.output_tok_s === null ? '–' : [`${three(row.output_tok_s)} tok/s`, h('span', { class: 'about' }, `${three(row.output_tok_s_low)} to ${three(row.output_tok_s_high)}`)]) },
		{ title: 'Throughput is', class: 'wide', of: (row) => (row.origin ? h('span', { class: `tag ${ORIGINS[row.origin] || 'default'}` }, row.origin) : '') },
		{ title: h('span', { class: 'unseen' }, 'Use it'), class: 'whole', of: (row) => (row.fits && row.usd_month !== null ? [link(row), ' ', h('button', { type: 'button', class: 'quiet', 'aria-label': `Keep ${nameOf(row)} as a fleet`, onclick: keep(row) }, 'Keep')] : '') },
	], its), costs = list.map((row) => row.usd_month).filter(Number.isFinite);
	return section('plans', !list.length ? 'Nothing that has a price carries this and keeps the promise' : costs.length > 1 ? `${plain(list.length)} plans, from ${money(Math.min(...costs))} to ${money(Math.max(...costs))} a month` : 'One plan',
		h('p', { class: 'say' }, traffic(f)), says,
		list.length ? plan(list.slice(0, FIRST)) : null,
		list.length > FIRST ? h('details', null, h('summary', null, `${plain(list.length - FIRST)} dearer plans`), plan(list.slice(FIRST))) : null,
		h('p', { class: 'say' }, `The line across a band is the plan’s own figure. ${plain(f.fitting)} ways fit, ${plain(f.misfits)} do not. A speed that is measured here beats all bands: run `, h('code', null, 'breakeven bench'), ', or name the ', h('code', null, 'gpu'), ' of an engine’s source.'),
		h('div', { class: 'under' }, csvLink('planner', paramsOf(state))));
}

function explain(answer, name) {
	const row = rows(answer, 'plans')[Number(name.slice(5))];
	return row && {
		title: nameOf(row), value: `${plain(row.gpus)} GPUs, ${money(row.usd_month)} a month`,
		formula: `Replicas are added until the load fits, a request waits no longer than promised and ${row.replicas_by === 'one replica' ? 'one is enough' : `the ${row.replicas_by} allows it`}; the batch of a replica is as large as the promised times allow. What limits it is the ${row.limited_by}.`,
		parts: [['Replicas', plain(row.replicas)], ['Output of a replica', `${three(row.output_tok_s)} tok/s (${three(row.output_tok_s_low)} to ${three(row.output_tok_s_high)})`], ['Input and output of a replica', `${three(row.total_tok_s)} tok/s`], ['In flight', `${plain(row.concurrency)} requests`], ['Time per token', `${three(row.tpot_ms)} ms`], ['First token, 95 of 100', `${three(row.ttft_p95_ms)} ms`], ['Of it waiting', `${three(row.wait_p95_ms)} ms`], ['Load in the busiest hour', share(row.load)], ['GPU-hour', `${money(row.usd_gpu_hour)}, published ${date(row.price_date)}`], ['Per M tokens, always full', money(row.usd_mtok_full)]],
		coverage: `The throughput is ${row.origin}${row.origin_source ? `, ${row.origin_source}` : ''}; its band is ±${share(row.band)}.`,
	};
}

// What GPUs that report said of themselves.
function idleSection(idle) {
	const list = rows(idle), f = idle.facts;
	if (!(f.allocated_hours > 0)) return null;
	const head = columns(idle).filter((c) => c.values.some((v) => v !== null && v !== ''));
	return section('idle', sentence(idle.headline).replace(/\.$/, ''), table('GPU-hours by device', head.map((c) => ({
		title: c.name.charAt(0).toUpperCase() + c.name.slice(1).replaceAll('_', ' '), figure: c.values.some((v) => Number.isFinite(numeric(v))),
		of: (row) => (c.unit === 'share' ? share(numeric(row[c.name])) : Number.isFinite(numeric(row[c.name])) ? three(numeric(row[c.name])) : row[c.name] ?? '–') })), list),
	h('div', { class: 'under' }, csvLink('idle', { by: 'device' })));
}

export async function show({ state, signal, address, go }) {
	const [workloads, idle] = await Promise.all([ask('usage', { by: 'workload' }, signal), ask('idle', { by: 'device' }, signal)]);
	let answer = null, wrong = null;
	try { answer = await ask('planner', paramsOf(state), signal); } catch (error) { if (error.name === 'AbortError' || ![400, 404].includes(error.status)) throw error; wrong = error.message; }
	if (signal.aborted) return {};
	const best = answer && rows(answer, 'plans')[0];
	fill('#content', h('p', { class: 'over' }, [state.workload || 'All traffic', answer?.facts.model].filter(Boolean).join(' · ')),
		h('h1', { class: 'list', id: 'headline' }, best ? [answer.facts.traffic === 'measured' ? '' : 'For an assumed load, ', `${answer.facts.model} needs `, h('button', { type: 'button', class: 'number', 'data-open': 'plan-0' }, `${plain(best.gpus)} × ${best.gpu}`), ` for ${money(best.usd_month)} a month (${range(best.usd_month_low, best.usd_month_high)}) at the least`] : 'Which GPUs, how many'),
		best ? h('p', { class: 'then' }, `The rent of the GPUs alone, at published prices; the curves add people and fixed cost. The throughput is ${best.origin === 'modelled' ? 'modelled, not measured' : best.origin}: in 80 of 100 cases the rent is within the band.`) : null,
		answer ? notes(answer.notes) : null, asked(state, wrong), answer ? plans(answer, state, { address, go }) : null, idleSection(idle));
	return { workloads: rows(workloads).map((row) => row.workload), repaint() {}, explain: (name) => (answer && /^plan-\d+$/.test(name) ? explain(answer, name) : null) };
}

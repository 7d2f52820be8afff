// The what-if: every input of the answer as a slider with a number field, asked again under the hand.
import { post, Refused } from './answer.js';
import { h } from './dom.js';
import { numeric, plain } from './figure.js';

export const GROUPS = [['closed', 'Closed'], ['self_hosted', 'Self-hosted'], ['volume', 'Volume'], ['invest', 'Investment'], ['uncertain', 'Uncertainty']];

// log: a slider that multiplies. needs: only where the scenario has that. otherwise: what holds where nothing is given.
// fact: what the answer computes where nothing is given. main: on the overview too.
const log = { log: true }, main = { main: true }, money = { low: 0, step: 50, otherwise: 0 };
export const CONTROLS = [
	{ path: 'volume.mtok_month', label: 'Volume', unit: 'M tokens a month', ...log, ...main },
	{ path: 'ahead.growth_month', group: 'volume', label: 'Growth of the volume', unit: 'share a month', low: -0.2, high: 0.3, step: 0.005, ...main, needs: 'ahead.growth_month' },
	{ path: 'closed.price', label: 'Closed price of the mix', unit: 'USD per M tokens', ...log, ...main },
	{ path: 'closed.input', label: 'Closed price, input', unit: 'USD per M tokens', ...log, ...main },
	{ path: 'closed.output', label: 'Closed price, output', unit: 'USD per M tokens', ...log, ...main },
	{ path: 'closed.input_per_output', label: 'Mix', unit: 'input tokens per output token', ...log, ...main, needs: 'closed.input' },
	{ path: 'closed.cached_share', label: 'Read from cache', unit: 'share of input tokens', low: 0, high: 1, step: 0.01, otherwise: 0, needs: 'closed.input' },
	{ path: 'closed.cache_read', label: 'Price of cached input', unit: 'USD per M tokens', ...log, like: 'closed.input', times: 0.1, needs: 'closed.input' },
	{ path: 'closed.discount', label: 'Contract discount', unit: 'share of the list price', low: 0, high: 0.9, step: 0.01, otherwise: 0, ...main },
	{ path: 'closed.batch_share', label: 'Sent as batch', unit: 'share of tokens, at half price', low: 0, high: 1, step: 0.01, otherwise: 0 },
	{ path: 'closed.commit_month', label: 'Least bill of the contract', unit: 'USD a month', ...money, high: 30000 },
	{ path: 'self_hosted.gpu_hour', label: 'GPU price', unit: 'USD per GPU and hour', ...log, ...main },
	{ path: 'self_hosted.reserved_gpu_hour', label: 'GPU price, reserved', unit: 'USD per GPU and hour of whole months', ...log, like: 'self_hosted.gpu_hour', times: 1 },
	{ path: 'self_hosted.gpus_per_replica', label: 'GPUs per replica', unit: '', low: 1, high: 16, step: 1, ...main },
	{ path: 'self_hosted.throughput_tok_s', label: 'Throughput of a replica', unit: 'tokens a second, in and out', ...log, ...main },
	{ path: 'self_hosted.headroom', label: 'Headroom', unit: 'share of throughput planned with', low: 0.1, high: 1, step: 0.01, ...main },
	{ path: 'self_hosted.redundancy', label: 'Redundancy', unit: 'replicas beyond the need', low: 0, high: 4, step: 1, ...main },
	{ path: 'self_hosted.min_replicas', label: 'Least replicas', unit: '', low: 0, high: 16, step: 1, otherwise: 1 },
	{ path: 'self_hosted.peak_to_mean', label: 'Peak to mean', unit: 'fullest hour over the mean hour', low: 1, high: 12, step: 0.05, fact: 'peak_to_mean', ...main },
	{ path: 'self_hosted.scaling', label: 'Scaling', unit: 'how the fleet follows the load', choices: [['always_on', 'Always on'], ['autoscale', 'Autoscale']], ...main },
	{ path: 'self_hosted.lag_hours', label: 'Lag of autoscaling', unit: 'hours until a replica serves', low: 0, high: 24, step: 0.25, otherwise: 1 },
	{ path: 'self_hosted.hours_month', label: 'Hours of a month', unit: '', low: 1, high: 745, step: 1, otherwise: 730 },
	{ path: 'self_hosted.capacity_mtok_month', label: 'Capacity of a replica', unit: 'M tokens a month, in place of throughput', ...log, fact: 'replica_capacity_mtok_month' },
	{ path: 'self_hosted.replica_month', label: 'Cost of a replica', unit: 'USD a month, in place of GPU price', ...log, fact: 'replica_month' },
	{ path: 'self_hosted.ops_month', label: 'People who run it', unit: 'USD a month', ...money, high: 30000, ...main },
	{ path: 'self_hosted.fixed_month', label: 'Other fixed cost', unit: 'USD a month', ...money, high: 30000 },
	{ path: 'self_hosted.per_mtok', label: 'Cost with each token', unit: 'USD per M tokens', low: 0, high: 5, step: 0.01, otherwise: 0 },
	{ path: 'self_hosted.upfront', label: 'Cash at the start', unit: 'USD', low: 0, high: 500000, step: 500, otherwise: 0 },
	{ path: 'horizon.mtok_month', group: 'volume', label: 'Volume looked up to', unit: 'M tokens a month', ...log, fact: 'horizon_mtok_month' },
	{ path: 'invest.months', label: 'Months looked at', unit: '', low: 1, high: 120, step: 1, otherwise: 24 },
	{ path: 'invest.annual_rate', label: 'Discount rate', unit: 'share a year', low: 0, high: 0.5, step: 0.005, otherwise: 0.1 },
	{ path: 'invest.volume_growth_month', label: 'Growth of the volume', unit: 'share a month', low: -0.2, high: 0.3, step: 0.005, otherwise: 0 },
	...['volume.mtok_month', 'closed.price', 'self_hosted.gpu_hour', 'self_hosted.throughput_tok_s', 'self_hosted.headroom', 'self_hosted.ops_month'].flatMap((of) => [
		{ path: `low.${of}`, of, end: 0, group: 'uncertain', label: 'at lowest', unit: 'share below', low: 0, high: 0.95, step: 0.01, needs: of },
		{ path: `high.${of}`, of, end: 2, group: 'uncertain', label: 'at highest', unit: 'share above', low: 0, high: 3, step: 0.01, needs: of },
	]),
	{ path: 'uncertain.draws', label: 'Random cases', unit: '', low: 1000, high: 50000, step: 1000, otherwise: 10000 },
	{ path: 'uncertain.seed', label: 'Where the random numbers begin', unit: '', low: 0, high: 100, step: 1, otherwise: 42 },
];
export const labelOf = Object.fromEntries(CONTROLS.filter((c) => !c.of).map((c) => [c.path, c.label]));
// A share is set and read in percent.
for (const control of CONTROLS) if (control.unit.startsWith('share')) Object.assign(control, { unit: control.unit.replace('share', '%'), percent: true });
// A label within a sentence: GPU stays GPU.
export const within = (label) => label.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
export const unitOf = Object.fromEntries(CONTROLS.map((c) => [c.path, c.unit]));
export const percentOf = Object.fromEntries(CONTROLS.map((c) => [c.path, c.percent]));
for (const control of CONTROLS) if (control.of) control.label = `${labelOf[control.of]}, ${control.label}`;
export const groupOf = (control) => control.group || control.path.split('.')[0];

// How the closed side is priced: what a scenario needs for each way, made of what it has.
export const WAYS = [['mix', 'One price of the mix'], ['pair', 'Input and output'], ['tiers', 'Tiers by volume']];
export const wayOf = (scenario) => (scenario.closed?.tiers ? 'tiers' : scenario.closed?.price !== undefined && scenario.closed.price !== null ? 'mix' : 'pair');

export const tiersText = (tiers) => tiers.map((tier) => `${tier.from_mtok}: ${tier.price}`).join(', ');
// "0: 6, 3000: 1.5" or null
export function tiersOf(text) {
	const tiers = String(text).split(',').map((each) => each.split(':').map((part) => numeric(part.trim())));
	return tiers.every((pair) => pair.length === 2 && pair.every(Number.isFinite)) ? tiers.map(([from_mtok, price]) => ({ from_mtok, price })) : null;
}

export function repriced(base, way, blended) {
	if (!way || way === wayOf(base)) return base;
	const scenario = structuredClone(base), closed = scenario.closed, mix = closed.input_per_output;
	const { price = blended, input, output, tiers, ...rest } = closed;
	const each = Number((price ?? (mix * input + output) / (1 + mix)).toPrecision(6));
	scenario.closed = way === 'mix' ? { ...rest, price: each } : way === 'pair' ? { ...rest, input_per_output: mix ?? 3, input: input ?? each, output: output ?? each } : { ...rest, tiers: tiers || [{ from_mtok: 0, price: each }] };
	for (const path of Object.keys(scenario.uncertain?.inputs || {})) if (/^closed\./.test(path) && at(scenario, path) === undefined) delete scenario.uncertain.inputs[path];
	return scenario;
}

const at = (scenario, path) => path.split('.').reduce((object, key) => object?.[key], scenario);
function put(scenario, path, value) {
	if (path === 'horizon.mtok_month') { scenario.horizon_mtok_month = value; return; }
	const keys = path.split('.'), last = keys.pop();
	const object = keys.reduce((o, key) => (o[key] ||= {}), scenario);
	object[last] = path === 'closed.tiers' ? tiersOf(value) ?? value : value;
}

// The base with the edits in it. What is uncertain about an input keeps its proportion to it.
export function edited(base, edits, draws) {
	const scenario = structuredClone(repriced(base, edits['closed.by']));
	for (const [path, value] of Object.entries(edits)) {
		if (path === 'closed.by' || /^(low|high)\./.test(path)) continue;
		const before = at(scenario, path), range = scenario.uncertain?.inputs?.[path];
		put(scenario, path, value);
		if (path === 'self_hosted.peak_to_mean') delete scenario.self_hosted.shape;
		if (range && before > 0 && value > 0) scenario.uncertain.inputs[path] = range.map((v, i) => (i === 1 ? value : v * value / before));
		else if (range) delete scenario.uncertain.inputs[path];
	}
	for (const [path, part] of Object.entries(edits)) {
		const [, end, of] = /^(low|high)\.(.*)$/.exec(path) || [], likely = of && at(scenario, of);
		if (!Number.isFinite(likely)) continue;
		scenario.uncertain = { draws: 10000, seed: 42, ...scenario.uncertain, inputs: { ...scenario.uncertain?.inputs } };
		const range = scenario.uncertain.inputs[of] ||= [likely, likely, likely];
		range[end === 'low' ? 0 : 2] = likely * (end === 'low' ? 1 - part : 1 + part);
		if (range[0] === range[2]) delete scenario.uncertain.inputs[of];
	}
	if (scenario.uncertain && Object.keys(scenario.uncertain.inputs || {}).length === 0) delete scenario.uncertain;
	if (scenario.uncertain && draws) scenario.uncertain.draws = Math.min(draws, scenario.uncertain.draws ?? draws);
	return scenario;
}

// One question at a time; of those that come meanwhile only the latest is asked.
export function asker(show, fail) {
	let busy = false, next = null;
	return async function question(scenario) {
		next = scenario;
		if (busy) return;
		busy = true;
		while (next) {
			const mine = next;
			next = null;
			try {
				const answer = await post('solve', mine);
				if (!next) show(answer, mine);
			} catch (error) {
				if (!(error instanceof Refused)) throw error;
				if (!next) fail(error.message);
			}
		}
		busy = false;
	};
}

// "body: self_hosted.headroom: must be …" as [path, why]; the path is the one that a control has.
export function blame(text) {
	const [, path, why] = /^body: (?:line \d+: )?([\w.[\]]+): (.*)$/.exec(text) || [];
	return [path?.replace('horizon_mtok_month', 'horizon.mtok_month').replace(/^closed\.tiers.*/, 'closed.tiers'), why];
}

const STEPS = 1000, SPAN = 20; // a logarithmic slider goes from a twentieth of its base to twenty times
const three = (value) => Number(value.toPrecision(3));

// What holds without an edit, and whether the scenario says so itself.
function originOf(control, base, facts) {
	if (control.of) {
		const likely = at(base, control.of), range = base.uncertain?.inputs?.[control.of];
		return { origin: range && likely > 0 ? Number(Math.abs(range[control.end] / likely - 1).toFixed(4)) : 0, given: Boolean(range) };
	}
	const own = at(base, control.path);
	if (own !== undefined && own !== null) return { origin: own, given: true };
	const like = control.like && at(base, control.like);
	return { origin: (control.fact && facts[control.fact]) ?? (like > 0 ? like * control.times : undefined) ?? control.otherwise, given: false };
}

// Edits are told by change(path, value or undefined, final). more: { all, origins: { path: 'measured' }, reset: one each }
export function controls(base, facts, edits, change, more = {}) {
	const rows = [];
	for (const control of CONTROLS) {
		const { origin, given } = originOf(control, base, facts);
		if ((!more.all && !control.main) || origin === undefined || (control.needs && at(base, control.needs) === undefined)) continue;
		const kind = more.origins && (more.origins[control.of || control.path] || (given && origin !== control.otherwise ? 'assumed' : control.fact ? 'computed' : 'default'));
		const made = control.choices ? choice(control, origin, edits, change) : number(control, origin, edits, change, more.reset);
		if (kind) made.row.querySelector('label').append(h('span', { class: `tag ${kind}` }, kind));
		rows.push({ ...made, group: groupOf(control) });
	}
	return rows;
}

export function choice(control, origin, edits, change) {
	const select = h('select', { id: `w-${control.path}` }, control.choices.map(([value, text]) => h('option', { value }, text)));
	const row = h('div', { class: 'control' }, h('label', { for: select.id }, h('span', null, control.label, ' ', h('span', { class: 'unit' }, control.unit))), select);
	const set = (value) => { select.value = value ?? origin; row.classList.toggle('changed', value !== undefined && value !== origin); };
	set(edits[control.path]);
	select.addEventListener('change', () => { const value = select.value === origin ? undefined : select.value; set(value); change(control.path, value, true); });
	return { path: control.path, row, set, wrong: () => {} };
}

function number(control, origin, edits, change, reset) {
	const { path } = control, times = control.percent ? 100 : 1;
	const logarithmic = control.log && origin > 0;
	const low = logarithmic ? origin / SPAN : control.low ?? 0;
	const high = logarithmic ? origin * SPAN : Math.max(control.high ?? 100, control.of || control.high <= 1 ? 0 : 2 * origin);
	const toSlider = (value) => (logarithmic ? STEPS * Math.log(value / low) / Math.log(high / low) : value);
	const fromSlider = (at) => (logarithmic ? three(low * (high / low) ** (at / STEPS)) : Number(Number(at).toFixed(6)));
	const slider = h('input', {
		type: 'range', id: `s-${path}`, min: logarithmic ? 0 : low, max: logarithmic ? STEPS : high, step: logarithmic ? 1 : control.step, 'aria-label': control.label,
	});
	const field = h('input', { type: 'number', id: `w-${path}`, step: 'any', inputmode: 'decimal' });
	const wrong = h('p', { class: 'wrong', role: 'alert', hidden: true });
	const again = reset ? h('button', { type: 'button', class: 'quiet again', hidden: true, 'aria-label': `Reset ${control.label}`, onclick: () => { set(undefined); field.focus(); change(path, undefined, true); } }, 'Reset') : null;
	const row = h('div', { class: 'control' },
		h('label', { for: field.id }, h('span', null, control.label, ' ', h('span', { class: 'unit' }, control.unit))), slider, field, again, wrong);
	const shown = (value) => String(Number((times * value).toPrecision(control.percent ? 3 : 5)));
	const mark = (value) => {
		row.classList.toggle('changed', value !== undefined);
		if (again) again.hidden = value === undefined;
		slider.setAttribute('aria-valuetext', `${shown(value ?? origin)} ${control.unit}`);
		wrong.hidden = true;
	};
	const set = (value) => { field.value = shown(value ?? origin); slider.value = toSlider(Math.max(value ?? origin, logarithmic ? low : -Infinity)); mark(value); };
	const same = (value) => (Math.abs(value - origin) <= 1e-9 * Math.abs(origin) || shown(value) === shown(origin) ? undefined : value);
	// The slider's own place of the base is not a change, however its steps fall.
	const slid = () => (Math.abs(slider.value - toSlider(origin)) < (logarithmic ? 0.5 : control.step / 2) ? undefined : same(fromSlider(slider.value)));
	set(edits[path]);
	slider.addEventListener('input', () => { const value = slid(); field.value = shown(value ?? origin); mark(value); change(path, value, false); });
	slider.addEventListener('change', () => change(path, slid(), true));
	field.addEventListener('change', () => {
		const value = Number((numeric(field.value.trim()) / times).toPrecision(12));
		if (!Number.isFinite(value)) { wrong.textContent = 'a number is needed'; wrong.hidden = false; return; }
		slider.value = toSlider(Math.max(value, logarithmic ? low : -Infinity));
		mark(same(value));
		change(path, same(value), true);
	});
	return { path, row, set, wrong: (text) => { wrong.textContent = control.percent ? text?.replace(/(?<![\w.])\d+(\.\d+)?/g, (n) => `${plain(100 * n)} %`) : text; wrong.hidden = !text; } };
}

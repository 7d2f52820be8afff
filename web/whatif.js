// The what-if: every main input of the answer as a slider with a number field, asked again under the hand.
import { post, Refused } from './answer.js';
import { h } from './dom.js';
import { numeric, plain } from './figure.js';

const log = { log: true };
export const CONTROLS = [
	{ path: 'volume.mtok_month', label: 'Volume', unit: 'M tokens a month', ...log },
	{ path: 'closed.price', label: 'Closed price of the mix', unit: 'USD per M tokens', ...log },
	{ path: 'closed.input', label: 'Closed price, input', unit: 'USD per M tokens', ...log },
	{ path: 'closed.output', label: 'Closed price, output', unit: 'USD per M tokens', ...log },
	{ path: 'closed.input_per_output', label: 'Mix', unit: 'input tokens per output token', ...log, needs: 'closed.input' },
	{ path: 'closed.discount', label: 'Contract discount', unit: 'share of the list price', low: 0, high: 0.9, step: 0.01, otherwise: 0 },
	{ path: 'self_hosted.gpu_hour', label: 'GPU price', unit: 'USD per GPU and hour', ...log },
	{ path: 'self_hosted.gpus_per_replica', label: 'GPUs per replica', unit: '', low: 1, high: 16, step: 1 },
	{ path: 'self_hosted.throughput_tok_s', label: 'Throughput of a replica', unit: 'tokens a second, in and out', ...log },
	{ path: 'self_hosted.headroom', label: 'Headroom', unit: 'share of throughput planned with', low: 0.1, high: 1, step: 0.01 },
	{ path: 'self_hosted.redundancy', label: 'Redundancy', unit: 'replicas beyond the need', low: 0, high: 4, step: 1 },
	{ path: 'self_hosted.peak_to_mean', label: 'Peak to mean', unit: 'fullest hour over the mean hour', low: 1, high: 12, step: 0.05, fact: 'peak_to_mean' },
	{ path: 'self_hosted.ops_month', label: 'People who run it', unit: 'USD a month', low: 0, high: 30000, step: 50 },
	{ path: 'self_hosted.scaling', label: 'Scaling', unit: 'how the fleet follows the load', choices: [['always_on', 'Always on'], ['autoscale', 'Autoscale']] },
];
export const labelOf = {
	...Object.fromEntries(CONTROLS.map((c) => [c.path, c.label])), 'self_hosted.min_replicas': 'Least replicas', 'self_hosted.lag_hours': 'Lag of autoscaling',
	'self_hosted.fixed_month': 'Other fixed cost', 'self_hosted.hours_month': 'Hours of a month', 'self_hosted.per_mtok': 'Cost with each token', 'self_hosted.upfront': 'Cash at the start',
};

const at = (scenario, path) => path.split('.').reduce((object, key) => object?.[key], scenario);
function put(scenario, path, value) {
	const keys = path.split('.'), last = keys.pop();
	const object = keys.reduce((o, key) => (o[key] ||= {}), scenario);
	object[last] = value;
}

// The base with the edits in it. What is uncertain about an input keeps its proportion to it.
export function edited(base, edits, draws) {
	const scenario = structuredClone(base);
	for (const [path, value] of Object.entries(edits)) {
		const before = at(base, path), range = scenario.uncertain?.inputs?.[path];
		put(scenario, path, value);
		if (path === 'self_hosted.peak_to_mean') delete scenario.self_hosted.shape;
		if (range && before > 0 && value > 0) scenario.uncertain.inputs[path] = range.map((v, i) => (i === 1 ? value : v * value / before));
		else if (range) delete scenario.uncertain.inputs[path];
	}
	if (scenario.uncertain && Object.keys(scenario.uncertain.inputs || {}).length === 0) delete scenario.uncertain;
	if (scenario.uncertain && draws) scenario.uncertain.draws = draws;
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

const STEPS = 1000, SPAN = 20; // a logarithmic slider goes from a twentieth of its base to twenty times
const three = (value) => Number(value.toPrecision(3));

// controls: element; edits are told by change(path, value or undefined, final)
export function controls(base, facts, edits, change) {
	const rows = [];
	for (const control of CONTROLS) {
		const { path } = control;
		let origin = control.fact ? facts[control.fact] : at(base, path);
		if (origin === undefined || origin === null) origin = control.otherwise;
		if (origin === undefined || (control.needs && at(base, control.needs) === undefined)) continue;
		if (control.choices) { rows.push(choice(control, origin, edits, change)); continue; }
		rows.push(number(control, origin, edits, change));
	}
	return rows;
}

function choice(control, origin, edits, change) {
	const select = h('select', { id: `w-${control.path}` }, control.choices.map(([value, text]) => h('option', { value }, text)));
	const row = h('div', { class: 'control' }, h('label', { for: select.id }, control.label, ' ', h('span', { class: 'unit' }, control.unit)), select);
	const set = (value) => { select.value = value ?? origin; row.classList.toggle('changed', value !== undefined && value !== origin); };
	set(edits[control.path]);
	select.addEventListener('change', () => { const value = select.value === origin ? undefined : select.value; set(value); change(control.path, value, true); });
	return { path: control.path, row, set, wrong: () => {} };
}

function number(control, origin, edits, change) {
	const { path } = control;
	const logarithmic = control.log && origin > 0;
	const low = logarithmic ? origin / SPAN : control.low ?? 0;
	const high = logarithmic ? origin * SPAN : Math.max(control.high ?? 100, 2 * origin);
	const toSlider = (value) => (logarithmic ? STEPS * Math.log(value / low) / Math.log(high / low) : value);
	const fromSlider = (at) => (logarithmic ? three(low * (high / low) ** (at / STEPS)) : Number(Number(at).toFixed(6)));
	const slider = h('input', {
		type: 'range', id: `s-${path}`, min: logarithmic ? 0 : low, max: logarithmic ? STEPS : high, step: logarithmic ? 1 : control.step, 'aria-label': control.label,
	});
	const field = h('input', { type: 'number', id: `w-${path}`, step: 'any', inputmode: 'decimal' });
	const wrong = h('p', { class: 'wrong', role: 'alert', hidden: true });
	const row = h('div', { class: 'control' },
		h('label', { for: field.id }, control.label, ' ', h('span', { class: 'unit' }, control.unit)), slider, field, wrong);
	const shown = (value) => String(Number(Number(value).toPrecision(5)));
	const mark = (value) => {
		row.classList.toggle('changed', value !== undefined);
		slider.setAttribute('aria-valuetext', `${plain(value ?? origin)} ${control.unit}`);
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
		const value = numeric(field.value.trim());
		if (!Number.isFinite(value)) { wrong.textContent = 'a number is needed'; wrong.hidden = false; return; }
		slider.value = toSlider(Math.max(value, logarithmic ? low : -Infinity));
		mark(same(value));
		change(path, same(value), true);
	});
	return { path, row, set, wrong: (text) => { wrong.textContent = text; wrong.hidden = !text; } };
}

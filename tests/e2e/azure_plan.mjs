// The plan for two published traces of an hour each, a chat and a code assistant, against the traces themselves: their
// bursts as counted here, and each step of each engine of the planned fleet played through with their arrivals and lengths.
import fs from 'node:fs';
import path from 'node:path';
import { answer, end, folder, run, shared, skip, test, yes } from './_say.mjs';

const data = folder('ledger');
const MODEL = 'Llama-3.3-70B';
const PROMISED = { ttft: 2, tpot: 0.05 };
const CHUNK = 8192; // tokens of prompts that a step takes at most, as the model of speed has it

function read(file) {
	const rows = fs.readFileSync(file, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','));
	const seconds = (at) => Date.parse(`${at.slice(0, 19).replace(' ', 'T')}Z`) / 1000 + Number(`0.${at.slice(20)}`);
	return rows.map(([at, isl, osl]) => ({ at: seconds(at), isl: Number(isl), osl: Number(osl) })).sort((a, b) => a.at - b.at);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rank = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(p * values.length))];

// Requests, or tokens, a second in the busiest window of so many seconds, wherever it begins.
function busiest(trace, seconds, weight = () => 1) {
	let inside = 0, most = 0, first = 0;
	for (const request of trace) {
		inside += weight(request);
		for (; request.at - trace[first].at >= seconds; first++) inside -= weight(trace[first]);
		most = Math.max(most, inside);
	}
	return most / seconds;
}

// The same of windows that begin one after the other, over the mean: how publications count it.
function peakOverMean(trace, seconds) {
	const bins = [];
	for (const { at } of trace) { const i = Math.floor((at - trace[0].at) / seconds); bins[i] = (bins[i] || 0) + 1; }
	return Math.max(...bins.filter(Boolean)) / seconds / (trace.length / (trace.at(-1).at - trace[0].at));
}

// What comes between two full hours of the clock, where most tokens come.
function busiestHour(trace) {
	const hours = new Map();
	for (const request of trace) {
		const hour = Math.floor(request.at / 3600);
		hours.set(hour, hours.get(hour) || []).get(hour).push(request);
	}
	const tokens = (list) => list.reduce((sum, { isl, osl }) => sum + isl + osl, 0);
	return [...hours.values()].reduce((most, list) => (tokens(list) > tokens(most) ? list : most));
}

function variation(trace) {
	const between = trace.slice(1).map(({ at }, i) => at - trace[i].at), middle = mean(between);
	return Math.sqrt(mean(between.map((value) => (value - middle) ** 2))) / middle;
}

// Each step of `replicas` engines that take from one line: prompts up to CHUNK tokens of those admitted, one token for each
// that decodes. step(decoding, tokens of prompts) is its time.
function play(trace, { replicas, places }, step) {
	const engines = Array.from({ length: replicas }, () => ({ at: 0, prompts: [], decoding: [] })), line = [], done = [];
	let next = 0;
	for (;;) {
		const engine = engines.reduce((first, other) => (other.at < first.at ? other : first)), busy = engines.some((each) => each.prompts.length + each.decoding.length > 0);
		if (next === trace.length && line.length === 0 && !busy) return done;
		while (next < trace.length && trace[next].at <= engine.at) line.push({ ...trace[next++] });
		while (line.length > 0 && engine.prompts.length + engine.decoding.length < places) { const request = line.shift(); engine.prompts.push({ ...request, left: request.isl }); }
		if (engine.prompts.length + engine.decoding.length === 0) {
			// Idle until somebody comes, or as long as another one works.
			const others = engines.filter((each) => each !== engine).map((each) => each.at).filter((at) => at > engine.at);
			engine.at = next < trace.length ? trace[next].at : others.length > 0 ? Math.min(...others) : engine.at + 1;
			continue;
		}
		let room = CHUNK;
		const begun = [];
		for (const request of engine.prompts) {
			const now = Math.min(room, request.left);
			request.left -= now;
			room -= now;
			if (request.left === 0) begun.push(request);
			if (room === 0) break;
		}
		const decoding = engine.decoding;
		engine.at += step(decoding.length, CHUNK - room);
		for (const request of decoding) request.got++;
		for (const request of begun) { request.ttft = engine.at - request.at; request.first = engine.at; request.got = 1; decoding.push(request); }
		engine.prompts = engine.prompts.filter((request) => request.left > 0);
		engine.decoding = decoding.filter((request) => {
			if (request.got < request.osl) return true;
			done.push({ ttft: request.ttft, tpot: request.osl > 1 ? (engine.at - request.first) / (request.osl - 1) : NaN, osl: request.osl });
			return false;
		});
	}
}

// The time of a step of the planned engine, from what `throughput` says of it: its decoding steps with one and with all
// places taken, and how fast it computes prompts; each as much slower as measurements say.
function stepOf(plan, facts) {
	const at = (concurrency) => {
		const reply = answer(['throughput', '--model', MODEL, '--gpu', plan.gpu, '--tp', String(plan.tp), '--precision', plan.precision, '--isl', String(Math.round(facts.isl)), '--osl', String(Math.round(facts.osl)), '--concurrency', String(concurrency)]);
		const parts = reply.columns.find((column) => column.table === 'step' && column.name === 'time').values;
		return { step: parts.reduce((sum, ms) => sum + ms, 0) / 1000 * reply.facts.tpot_correction, prompts: reply.facts.prefill_tok_s / reply.facts.tpot_correction };
	};
	const one = at(1), all = at(plan.concurrency), each = (all.step - one.step) / Math.max(1, plan.concurrency - 1);
	return (decoding, tokens) => one.step + each * Math.max(0, decoding - 1) + tokens / all.prompts;
}

const plansOf = (workload, ...more) => {
	const reply = answer(['report', 'planner', '--workload', workload, '--model', MODEL, '--ttft_ms', String(PROMISED.ttft * 1000), '--data', data, ...more]);
	const columns = reply.columns.filter((column) => column.table === 'plans');
	return { facts: reply.facts, plans: columns[0].values.map((_, i) => Object.fromEntries(columns.map(({ name, values }) => [name, values[i]]))) };
};

// [file, workload, published: variation of times between requests, busiest minute over the mean, busiest 10 s, tolerance]
const TRACES = [['AzureLLMInferenceTrace_conv.csv', 'chat', { cv: 1.09, minute: 1.54 }], ['AzureLLMInferenceTrace_code.csv', 'code', { cv: 13, minute: 4.2, seconds10: 12.8 }]];
const near = (got, want, tolerance, what) => yes(Math.abs(got / want - 1) <= tolerance, `${what}: ${got}, not ${want}`);

for (const [name, workload, published] of TRACES) {
	const file = path.join(shared, 'data', 'azure_llm', name);
	if (!fs.existsSync(file)) {
		skip(`the ${workload} trace is planned for`, `${name} is not here`);
		continue;
	}
	const trace = read(file), peak = busiestHour(trace);
	const imported = run(['collect', 'azure-trace', file, '--provider', 'openai', '--model', 'gpt-4o', '--workload', workload, '--data', data]);
	const { facts, plans } = imported.status === 0 ? plansOf(workload) : { facts: {}, plans: [] };

	test(`the bursts of the ${workload} trace are those that were published of it`, () => {
		yes(imported.status === 0, imported.err);
		near(variation(trace), published.cv, 0.02, 'variation');
		near(facts.arrivals_cv, variation(peak), 1e-6, 'variation in the busiest hour');
		near(peakOverMean(trace, 60), published.minute, 0.03, 'busiest minute over the mean');
		if (published.seconds10) near(peakOverMean(trace, 10), published.seconds10, 0.01, 'busiest 10 s over the mean');
		for (const seconds of [10, 30, 60]) {
			near(facts[`burst_${seconds}s_requests_s`], busiest(peak, seconds), 1e-9, `requests of ${seconds} s`);
			near(facts[`burst_${seconds}s_tok_s`], busiest(peak, seconds, ({ isl, osl }) => isl + osl), 1e-9, `tokens of ${seconds} s`);
		}
		yes(facts.burst_requests_s / facts.requests_s >= peakOverMean(trace, 60) - 0.01, 'a window that begins anywhere is no quieter than one on the minute');
		near(facts.isl, mean(trace.map(({ isl }) => isl)), 1e-6, 'input');
		near(facts.osl, mean(trace.map(({ osl }) => osl)), 1e-6, 'output');
	});

	test(`GPUs for the ${workload} trace are sorted by what they cost: their number times the published hour`, () => {
		yes(plans.length > 10, `${plans.length} plans`);
		plans.forEach((plan, i) => yes(i === 0 || plan.usd_month >= plans[i - 1].usd_month, `line ${i}`));
		plans.forEach((plan) => near(plan.usd_month, plan.gpus * plan.usd_gpu_hour * 730, 1e-9, `${plan.gpu}`));
	});

	// The program has its turn under the sanitizer above; what is played here is not its.
	if (process.env.VARIANT !== 'asan') test(`fleets planned for the ${workload} trace keep the promise when its every arrival is played through`, () => {
		for (const plan of [plans[0], plans.find(({ gpu, precision }) => gpu === 'H100 SXM' && precision === 'fp8')]) {
			const done = play(trace, { replicas: plan.replicas, places: plan.concurrency }, stepOf(plan, facts));
			const ttft = rank(done.map((each) => each.ttft), 0.95), each = done.filter(({ tpot }) => !Number.isNaN(tpot)), tpot = each.reduce((sum, { tpot: t, osl }) => sum + t * osl, 0) / each.reduce((sum, { osl }) => sum + osl, 0);
			const said = `${plan.gpus} x ${plan.gpu} ${plan.precision}, ${plan.replicas} of ${plan.concurrency} places: first token ${ttft.toFixed(3)} s for 95 of 100, planned ${plan.ttft_p95_ms} ms; ${(tpot * 1000).toFixed(1)} ms a token, planned ${plan.tpot_ms}`;
			if (process.env.TELL) console.log(`  ${said}`);
			yes(done.length === trace.length && ttft <= PROMISED.ttft && tpot <= PROMISED.tpot, said);
		}
	});
}
end();

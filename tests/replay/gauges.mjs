// Engines that count tokens, as their /metrics tell; and GPUs, clusters and landlords as theirs do.

// An engine that works, ends and begins again. What it counted so far is `counts`; `counted` is all it ever counted.
export function makeEngine(random, model = 'demo-8b') {
	const engine = { random, model, counts: null, counted: { input: 0, cached: 0, output: 0, requests: 0 }, served: null, mode: 'created' };
	engine.begin = (now) => { engine.counts = { input: 0, cached: 0, output: 0, requests: 0 }; engine.started = now; };
	engine.work = () => {
		const input = random.below(5000), more = { input, cached: random.below(input + 1), output: random.below(900), requests: random.below(9) };
		for (const name of Object.keys(more)) { engine.counts[name] += more[name]; engine.counted[name] += more[name]; }
	};
	return engine;
}

// Its page, in vLLM's words. Labels come in any order, numbers as Python prints them.
export function vllmPage(engine) {
	const { counts, model, random, started } = engine;
	const labels = (more = {}) => `{${Object.entries({ engine: '0', model_name: model, ...more }).sort(() => random() - 0.5).map(([name, value]) => `${name}="${value}"`).join(',')}}`;
	const number = (n) => (n >= 1e6 ? n.toExponential().replace('e+', 'e+0') : n.toFixed(1));
	const counter = (name, value, more) => `# HELP vllm:${name} Number.\n# TYPE vllm:${name} counter\nvllm:${name}_total${labels(more)} ${number(value)}\n`.replaceAll(` vllm:${name} `, ` vllm:${name}_total `)
		+ (engine.mode === 'created' ? `# TYPE vllm:${name}_created gauge\nvllm:${name}_created${labels(more)} ${started}\n` : '');
	return [
		counter('prompt_tokens', counts.input), counter('prompt_tokens_cached', counts.cached), counter('generation_tokens', counts.output),
		counter('request_success', counts.requests, { finished_reason: 'stop' }),
		`# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running${labels()} ${random.below(5)}\n`,
		engine.mode === 'process' ? `# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${started}\n` : '',
	].join('');
}

export const engineApi = (engine) => ({
	name: 'vllm',
	routes: [{ method: 'GET', path: /^\/metrics$/, answer: () => { engine.served = { ...engine.counts }; return { text: vllmPage(engine), type: 'text/plain; version=0.0.4; charset=utf-8' }; } }],
});

const text = (body) => () => ({ text: body(), type: 'text/plain; version=0.0.4' });

// Everything else that is asked for GPU time, out of one world: { page, opencost, runpod, vast, lambda } make the bodies.
export const gpuApis = (world) => [
	{ name: 'exporter', routes: [{ method: 'GET', path: /^\/exporter$/, answer: text(() => world.page()) }] },
	{
		name: 'opencost', routes: [{
			method: 'GET', path: /^\/allocation$/, answer: (ask) => {
				const [from, to] = (ask.query.get('window') || '').split(',').map((at) => Date.parse(at));
				if (!(to > from) || ask.query.get('step') !== '1d' || ask.query.get('accumulate') !== 'false') return { json: { code: 400, status: 'error', message: 'window: invalid' } };
				return { json: { code: 200, status: 'success', data: world.opencost(from, to) } };
			},
		}],
	},
	{
		name: 'runpod', key: { header: 'Authorization', value: 'Bearer rp' }, routes: [{
			method: 'GET', path: /^\/v1\/billing\/(pods|endpoints|networkvolumes)$/,
			answer: (ask) => ({ json: world.runpod(ask.match[1], Date.parse(ask.query.get('startTime')), Date.parse(ask.query.get('endTime'))) }),
		}],
	},
	{
		name: 'vast', key: { header: 'Authorization', value: 'Bearer va' }, routes: [{
			method: 'GET', path: /^\/api\/v0\/charges\/$/, answer: (ask) => {
				const { day } = JSON.parse(ask.query.get('select_filters')), rows = world.vast(day.gte, day.lte);
				const at = Number(ask.query.get('after_token') || 0), size = 2, end = at + size;
				return { json: { success: true, count: size, total: rows.length, next_token: end < rows.length ? String(end) : null, results: rows.slice(at, end) } };
			},
		}],
	},
	{ name: 'lambda', key: { header: 'Authorization', value: 'Bearer la' }, routes: [{ method: 'GET', path: /^\/api\/v1\/instances$/, answer: () => ({ json: { data: world.lambda() } }) }] },
];

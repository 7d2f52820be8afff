// What engines, GPU exporters, schedulers and landlords tell, imported and asked for as a person would.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { call, end, json, run, scratchPath, serve, test } from './_daemon.mjs';

const data = scratchPath('ledger');
const answer = (...args) => {
	const done = run('report', ...args, '--data', data, '--format', 'json');
	assert.equal(done.status, 0, done.stderr);
	return JSON.parse(done.stdout);
};
const column = (reply, name) => reply.columns.find((one) => one.name === name)?.values;
const collect = (name, text, ...more) => {
	const file = scratchPath('input');
	fs.writeFileSync(file, text);
	const done = run('collect', name, file, '--data', data, '--format', 'json', ...more);
	return { status: done.status, stderr: done.stderr, facts: done.status === 0 ? JSON.parse(done.stdout).facts : undefined };
};

// A page of an engine that has been up since `began`: so much of everything.
const page = (at, n, began = '') => `# scrape ${at} http://gpu1:8000/metrics
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="gpt-4o"} ${1000 * n}
# TYPE vllm:prompt_tokens_cached_total counter
vllm:prompt_tokens_cached_total{engine="0",model_name="gpt-4o"} ${400 * n}
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="gpt-4o"} ${300 * n}
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="gpt-4o"} ${2 * n}
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="gpt-4o"} 4
${began}`;

await test('usage is what happened between pages: disjoint, flat, and once however often the log comes', () => {
	const log = [page('2026-11-01T10:00:00Z', 100), page('2026-11-01T10:01:00Z', 110), page('2026-11-01T10:02:00Z', 3), page('2026-11-01T10:03:00Z', 5)].join('');
	assert.equal(collect('auto', log).facts.taken, 3);
	const again = collect('vllm-metrics', log + page('2026-11-01T10:04:00Z', 6)).facts;
	assert.deepEqual([again.taken, again.repeated, again.conflicting], [1, 3, 0]);
	const { facts } = answer('usage', '--by', 'provider');
	assert.deepEqual([facts.requests, facts.in_uncached, facts.in_cache_read, facts.out_visible], [32, 16 * 600, 16 * 400, 16 * 300]);
	assert.equal(facts.flat_tokens, 16 * 1300, 'a model that bears the name of one that is sold is not priced like it');
	assert.equal(facts.amount, '0');
	assert.equal(facts.priced_share, 1);
});

await test('the speed of a replica is told with how many requests ran at once', () => {
	const reply = answer('speed');
	assert.match(reply.headline, /gpt-4o wrote 20 tokens a second while it was busy, with 4 requests at once/);
	assert.deepEqual(column(reply, 'replica'), ['gpu1:8000']);
	assert.deepEqual(column(reply, 'output_tok_s'), [16 * 300 / 240]);
	assert.deepEqual(column(reply, 'mean_running'), [4]);
	assert.deepEqual(column(reply, 'cached_share'), [0.4]);
	assert.equal(column(answer('speed', '--model', 'other'), 'replica').length, 0);
	assert.deepEqual(column(answer('speed', '--by', 'quarter'), 'output_tokens'), [16 * 300]);
});

await test('requests without tokens are requests, and said to be without', () => {
	const nv = (at, n) => `# scrape ${at} t:8002\n# TYPE nv_inference_request_success counter\nnv_inference_request_success{model="triton-model",version="1"} ${n}\n`;
	assert.equal(collect('auto', nv('2026-11-01T10:00:00Z', 5) + nv('2026-11-01T10:01:00Z', 12)).facts.taken, 1);
	const { facts } = answer('usage', '--model', 'triton-model');
	assert.equal(facts.requests, 7);
	assert.equal(facts.in_uncached, null, 'not known, which is not none');
});

await test('a page of something else is refused whole, and says what it lacks', () => {
	const wrong = collect('sglang-metrics', page('2026-11-01T10:00:00Z', 1));
	assert.equal(wrong.status, 2);
	assert.match(wrong.stderr, /no counter of sglang on this page/);
});

const sample = (name) => fs.readFileSync(`${process.env.SHARED || '../shared'}/data/samples/${name}`, 'utf8');

await test('what hosts saw and what a scheduler allocated are told apart and never added', () => {
	const smi = 'timestamp, uuid, name, utilization.gpu [%]\n2026/11/01 00:00:00.000, GPU-a, NVIDIA H100, 40 %\n2026/11/01 01:00:00.000, GPU-a, NVIDIA H100, 40 %\n2026/11/01 02:00:00.000, GPU-a, NVIDIA H100, 40 %\n';
	assert.equal(collect('auto', smi).facts.taken, 2);
	const jobs = '1|hpc1|alice|nlp|gpu|RUNNING|1793491100|1793491200|Unknown|3600|billing=1,gres/gpu=4,gres/gpu:a100=4|n\n';
	assert.equal(collect('auto', jobs).facts.taken, 4);
	const seen = answer('idle');
	assert.deepEqual([seen.facts.basis, seen.facts.allocated_hours, seen.facts.busy_share, seen.facts.other_hours], ['seen', 2, 0.4, 4]);
	assert.match(seen.notes.join(), /4\.0 GPU-hours are what schedulers and landlords allocated/);
	const allocated = answer('idle', '--basis', 'allocated', '--by', 'gpu');
	assert.deepEqual([allocated.facts.allocated_hours, allocated.facts.devices, allocated.facts.busy_share], [4, 4, null]);
	assert.deepEqual(column(allocated, 'gpu'), ['a100']);
	// The job goes on: told again it is longer, and an older listing takes nothing back.
	assert.equal(collect('slurm-sacct', jobs.replace('|3600|', '|7200|')).facts.taken, 4);
	assert.equal(answer('idle', '--basis', 'allocated').facts.allocated_hours, 8);
	assert.equal(collect('slurm-sacct', jobs).facts.repeated, 4);
	assert.equal(answer('idle', '--basis', 'allocated').facts.allocated_hours, 8);
});

await test('the samples of schedulers and landlords go in by what they look like', () => {
	if (!fs.existsSync(process.env.SHARED || '../shared')) return;
	for (const [name, taken] of [['sacct.txt', 7], ['opencost_allocation.json', 2], ['runpod_v2_pods.json', 2], ['vast_charges.json', 3]])
		assert.equal(collect('auto', sample(name)).facts.taken, taken, name);
	const { facts } = answer('idle', '--basis', 'allocated', '--workload', 'demo-8b');
	assert.equal(facts.allocated_hours, 48 + 24, 'two GPUs of a pod for a day, and one that was rented');
	assert.equal(facts.cost, '9.336');
	assert.equal(facts.cost_hours, 24);
	const invoices = answer('invoices', '--by', 'provider');
	const billed = Object.fromEntries(column(invoices, 'provider').map((provider, i) => [provider, column(invoices, 'billed')[i]]));
	assert.deepEqual(billed, { RunPod: '57.9', 'Vast.ai': '9.612' });
});

await test('our own page is one that our own parser reads, line by line', async () => {
	const daemon = await serve(['--data', data]);
	try {
		await json(daemon.port, '/api/v1/report/speed');
		const reply = await json(daemon.port, '/api/v1/report/idle?basis=allocated');
		assert.equal(reply.json.facts.basis, 'allocated');
		const { body } = await call(daemon.port, '/metrics');
		const read = collect('vllm-metrics', body, '--dry-run');
		assert.equal(read.status, 2);
		assert.match(read.stderr, /all 1 rows were refused; line 1: there is no counter of vllm on this page/, 'no line but that one was refused');
	} finally { await daemon.stop(); }
});

end();

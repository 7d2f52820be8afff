// Engines watched in production, on GPUs that their sources name: what they were seen to do corrects predictions, plans
// and the break-even, and is told as measured here.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { end, run, scratchPath, test } from './_daemon.mjs';
import { open } from '../replay/server.mjs';

const data = scratchPath('ledger'), config = scratchPath('engines.conf');
const answer = (...args) => {
	const done = run(...args, '--data', data, '--format', 'json');
	assert.equal(done.status, 0, done.stderr);
	return JSON.parse(done.stdout);
};
const rowsOf = (reply, table) => {
	const columns = reply.columns.filter((column) => !table || column.table === table);
	return columns.length ? columns[0].values.map((_, i) => Object.fromEntries(columns.map(({ name, values }) => [name, values[i]]))) : [];
};
// The replay server is in this process: the program must not block it.
const ask = (name) => new Promise((done) => {
	const child = spawn(process.env.BREAKEVEN || 'build/release/breakeven', ['source', 'run', name, '--config', config, '--data', data, '--format', 'json'], { stdio: ['ignore', 'ignore', 'pipe'] });
	let err = '';
	child.stderr.on('data', (text) => { err += text; });
	child.on('close', (status) => { assert.equal(status, 0, err); done(); });
});

// An engine on a clock of its own, which its page tells: 16 requests at once, 15 of them decode, 45 ms a token.
const AT_ONCE = 16, TPOT = 0.045, ISL = 1000, OSL = 200, LOOK = 450, begin = Math.floor(Date.now() / 1000 / 900) * 900 - 4 * 3600;
const engine = { at: begin };
const page = () => {
	const seconds = engine.at - begin, tokens = Math.round(seconds * 15 / TPOT), requests = Math.round(tokens / (OSL - 1)), more = `{engine="0",model_name="own-8b"}`;
	const counter = (name, value) => `# TYPE vllm:${name} counter\nvllm:${name}_total${more} ${value} ${engine.at}000\n`;
	const sum = (name, value, count) => `# TYPE vllm:${name} histogram\nvllm:${name}_sum${more} ${value} ${engine.at}000\nvllm:${name}_count${more} ${count} ${engine.at}000\n`;
	return [counter('prompt_tokens', requests * ISL), counter('prompt_tokens_cached', requests * ISL / 4), counter('generation_tokens', requests * OSL), counter('request_success', requests),
		sum('inter_token_latency_seconds', requests * (OSL - 1) * TPOT, requests * (OSL - 1)), sum('time_to_first_token_seconds', seconds, requests),
		`# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running${more} ${AT_ONCE}\n`].join('');
};
const serving = () => open({ apis: [{ name: 'engine', routes: [{ method: 'GET', path: /^\/metrics$/, answer: () => ({ text: page(), type: 'text/plain; version=0.0.4' }) }] }] });
const servers = { own: await serving(), other: await serving() };
const source = (name, ...lines) => [`[source ${name}]`, 'collector = vllm-metrics', `url = ${servers[name].url}`, 'allow_local = yes', ...lines, ''].join('\n');
const own = ['workload = chat', 'gpu = L40S', 'gpus = 1', 'precision = fp8', 'engine_version = 0.11.2', 'anchor_model = Llama-3.1-8B'];
const write = (...sections) => fs.writeFileSync(config, sections.join('\n'));
const throughput = () => answer('throughput', '--model', 'Llama-3.1-8B', '--gpu', 'L40S', '--precision', 'fp8', '--engine', 'vllm', '--isl', String(ISL), '--osl', String(OSL), '--concurrency', String(AT_ONCE), '--cached', '0.25');

await test('settings of what an engine runs on are checked like all others', () => {
	for (const [line, words] of [['gpus = many', /gpus = 'many': not a whole number from 1 to 1024/], ['tp = 0', /tp = '0': not a whole number/], ['gpus_ = 2', /nearest is 'gpus'/],
		['gpu = L4OS', /:1: source own: GPU 'L4OS' is not known; the nearest are .*L40S/], ['gpu = L40S\nanchor_model = Lama-3.1-8B', /model 'Lama-3\.1-8B' is not known; the nearest are .*Llama-3\.1-8B/],
		['gpu = L40S\nprecision = fp9', /fp9/], ['gpu = L40S\ngpus = 2\ntp = 4', /tp = 4 is more than there are gpus \(2\)/]]) {
		write(source('own', line));
		const done = run('config', 'check', config);
		assert.ok([2, 3].includes(done.status), `${line}: ${done.status}`);
		assert.match(done.stderr, words);
	}
	write(source('own', ...own));
	assert.equal(run('config', 'check', config).status, 0);
	assert.match(run('source', '--kinds', '--format', 'csv').stdout, /vllm-metrics.*gpus = 1; tp = ;/);
});

let before;
await test('what has been watched for too short, or on a GPU nobody named, says why nothing leans on it', async () => {
	write(source('own', ...own), source('other', 'gpu = L4OS', 'model = unused'));
	for (let look = 0; look < 2; look++, engine.at += LOOK) { await ask('own'); await ask('other'); }
	before = throughput();
	assert.ok(!rowsOf(before, 'anchors').some(({ measured_by: by }) => by === 'you'));
	const speeds = rowsOf(answer('report', 'speed'));
	assert.deepEqual(speeds.map(({ gpu }) => gpu).sort(), ['L40S', 'L4OS']);
	assert.match(speeds.find(({ gpu }) => gpu === 'L4OS').anchor, /model 'own-8b' is not known|GPU 'L4OS' is not known; the nearest are .*L40S/);
	assert.match(speeds.find(({ gpu }) => gpu === 'L40S').anchor, /not watched long enough/);
});

await test('an hour of work in production moves the prediction to what was seen, and narrows its band', async () => {
	for (let look = 2; look < 9; look++, engine.at += LOOK) await ask('own');
	const [speed] = rowsOf(answer('report', 'speed', '--model', 'own-8b')).filter(({ gpu }) => gpu === 'L40S');
	assert.equal(speed.anchor, 'yes');
	assert.ok(Math.abs(speed.token_ms - TPOT * 1000) < 0.01, String(speed.token_ms));
	const after = throughput(), seen = rowsOf(after, 'anchors').filter(({ measured_by: by }) => by === 'you');
	const far = ({ facts }, value, name) => Math.abs(Math.log(facts[name] / value));
	assert.ok(far(after, TPOT * 1000, 'tpot_ms') < 0.25 * far(before, TPOT * 1000, 'tpot_ms'), `${before.facts.tpot_ms} became ${after.facts.tpot_ms}`);
	assert.ok(far(after, speed.output_tok_s, 'output_tok_s') < 0.25 * far(before, speed.output_tok_s, 'output_tok_s'), `${before.facts.output_tok_s} became ${after.facts.output_tok_s}, seen ${speed.output_tok_s}`);
	assert.ok(after.facts.tpot_error < before.facts.tpot_error);
	assert.equal(after.facts.origin, 'measured here');
	const day = new Date((begin + 8 * LOOK) * 1000).toISOString().slice(0, 10);
	for (const { source: from, date, engine: kind, engine_version: version, gpu, conditions } of seen) {
		assert.match(from, /^observed in production: counters of vllm at 127\.0\.0\.1:\d+, 4 quarter hours$/);
		assert.deepEqual([date, kind, version, gpu], [day, 'vLLM', '0.11.2', 'L40S']);
		assert.match(conditions, /tp 1, 1000 in, 200 out, 16 in flight/);
	}
});

await test('the plan says measured here, and the break-even by that plan has its throughput and its band', () => {
	const [plan] = rowsOf(answer('report', 'planner', '--model', 'Llama-3.1-8B', '--gpu', 'L40S', '--tp', '1', '--precision', 'fp8', '--workload', 'chat'), 'plans');
	assert.equal(plan.origin, 'measured here');
	assert.match(plan.origin_source, /^observed in production/);
	assert.match(plan.throughput_source, /^measured here \(observed in production: .*four of five between/);
	const kept = run('fleet', 'set', 'own', '--data', data, '--gpu', plan.gpu, '--gpus-per-replica', '1', '--gpu-hour', String(plan.usd_gpu_hour), '--throughput-tok-s', plan.total_tok_s.toFixed(3), '--throughput-low-tok-s', plan.total_tok_s_low.toFixed(3),
		'--throughput-high-tok-s', plan.total_tok_s_high.toFixed(3), '--throughput-source', plan.throughput_source, '--measured');
	assert.equal(kept.status, 0, kept.stderr);
	const breakeven = answer('report', 'breakeven', '--fleet', 'own', '--workload', 'chat'), input = rowsOf(breakeven, 'inputs').find(({ input: name }) => name === 'self_hosted.throughput_tok_s');
	assert.ok(Math.abs(input.value - plan.total_tok_s) < 0.01);
	assert.equal(input.origin, 'measured');
	assert.match(input.source, /fleet 'own': measured here \(observed in production/);
	const { uncertain } = answer('report', 'scenario', '--fleet', 'own', '--workload', 'chat').facts.scenario, [low, , high] = uncertain.inputs['self_hosted.throughput_tok_s'];
	assert.ok(Math.abs(low - plan.total_tok_s_low) < 0.01 && Math.abs(high - plan.total_tok_s_high) < 0.01, JSON.stringify([low, high]));
});

await test('it expires like everything that was measured', () => {
	assert.equal(throughput().facts.origin, 'measured here');
	const moved = spawnSync('sqlite3', [`${data}/ledger.db`, 'UPDATE observed_speed SET quarter_us = quarter_us - 181 * 86400000000'], { encoding: 'utf8' });
	assert.equal(moved.status, 0, moved.stderr);
	assert.notEqual(throughput().facts.origin, 'measured here');
});

for (const server of Object.values(servers)) await server.close();
end();

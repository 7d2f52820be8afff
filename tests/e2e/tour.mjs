// The configuration of README's tour, against servers that speak these APIs: every source of it is read, and the ledger
// and the page's reports have what it brought.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { end, json, run, scratchPath, serve, test } from '../api/_daemon.mjs';
import { anthropicBilling, litellm, openaiBilling } from '../replay/billing.mjs';
import { makeWorld, openaiUsage } from '../replay/openai_usage.mjs';
import { open, randomOf } from '../replay/server.mjs';

const DAY = 86400, random = randomOf(7), now = Math.floor(Date.now() / 1000), from = Math.floor(now / DAY) * DAY - 4 * DAY;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// An engine and the exporter of its GPUs: pages of counters that rise.
let served = 0;
const engine = { name: 'engine', routes: [{ method: 'GET', path: /^\/engine\/metrics$/, answer: () => {
	served += 1000;
	return { type: 'text/plain; version=0.0.4', text: ['vllm:prompt_tokens', 'vllm:generation_tokens'].map((name) => `# HELP ${name} Tokens.\n# TYPE ${name} counter\n${name}_total{engine="0",model_name="own-8b"} ${served}.0\n`).join('')
		+ `# HELP vllm:request_success Requests.\n# TYPE vllm:request_success counter\nvllm:request_success_total{engine="0",finished_reason="stop",model_name="own-8b"} ${served / 100}.0\n` };
} }] };
const labels = 'gpu="0",UUID="GPU-0000-tour",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",Hostname="node-a"';
const gpus = { name: 'gpus', routes: [{ method: 'GET', path: /^\/gpus\/metrics$/, answer: () => ({ type: 'text/plain; version=0.0.4', text: `# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).\n# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{${labels}} 41\n` }) }] };

// OpenAI's two APIs are spoken by two servers; both are one address to the tour.
const usage = openaiUsage(makeWorld(random, now, 90)), costs = openaiBilling(random, now, 6);
usage.routes.push(...costs.routes.filter((route) => !usage.routes.some((other) => String(other.path) === String(route.path))));
const replay = await open({ seed: 9, apis: [usage, anthropicBilling(random, now, 6), litellm(random, now, 6), engine, gpus], faults: { rate: 0.1 } });

const readme = fs.readFileSync('README.md', 'utf8');
const tour = readme.slice(readme.indexOf('    [source openai]'), readme.indexOf('`breakeven source --kinds` lists all there are')).split('\n').map((line) => line.replace(/^ {4}/, ''));
const keys = { openai: 'sk-admin-replay', anthropic: 'sk-ant-admin01-replay', litellm: 'sk-litellm-replay' };
const logs = scratchPath('projects');
fs.mkdirSync(path.join(logs, 'shop'), { recursive: true });
const message = (id, output) => JSON.stringify({ type: 'assistant', timestamp: new Date((now - 3600) * 1000).toISOString(), sessionId: 's1', requestId: `req_${id}`, uuid: `u${id}`,
	message: { id: `msg_${id}`, role: 'assistant', model: 'claude-sonnet-4-5', usage: { input_tokens: 10, output_tokens: output, cache_read_input_tokens: 5, cache_creation_input_tokens: 0 } } });
fs.writeFileSync(path.join(logs, 'shop', 'session.jsonl'), `${message(1, 7)}\n`);
for (const [name, key] of Object.entries(keys)) fs.writeFileSync(scratchPath(`${name}.key`), key, { mode: 0o600 });

const places = { 'chat-engine': '/engine', 'chat-gpus': '/gpus' };
let section = '';
const config = scratchPath('tour.conf');
fs.writeFileSync(config, ['[collect]', 'retry_first_ms = 5', 'retry_most_s = 1', ...tour.flatMap((line) => {
	const begins = /^\[source (.*)\]$/.exec(line);
	if (begins) section = begins[1];
	if (/^url = /.test(line)) return [];
	if (/^key_file = /.test(line)) return [line.replace(/~\/\.keys\/(\w+)/, (_, name) => scratchPath(`${name}.key`))];
	if (/^path = /.test(line)) return [`path = ${logs}`];
	if (/^start = /.test(line)) return [`start = ${new Date(from * 1000).toISOString().slice(0, 10)}`];
	if (/^collector = claude-code-logs/.test(line)) return [line, 'interval = 5'];
	return /^collector = /.test(line) ? [line, `url = ${replay.url}${places[section] ?? ''}`, 'allow_local = yes', 'interval = 1'] : [line];
})].join('\n'));

const data = scratchPath('tour');
await test('the configuration of the tour is right as it stands', () => {
	const asItStands = scratchPath('asItStands.conf');
	fs.writeFileSync(asItStands, tour.join('\n'));
	const told = run('config', 'check', asItStands);
	assert.equal(told.status, 0, told.stderr);
	assert.match(told.stdout, /8 sources/);
});
const daemon = await serve(['--config', config, '--data', data]);
const column = async (name) => (await json(daemon.port, '/api/v1/sources')).json.columns.find((each) => each.name === name).values;
await test('every source of the tour is read', async () => {
	for (const began = Date.now(); ;) {
		const names = await column('name'), success = await column('last_success'), taken = await column('all_taken'), error = await column('error');
		const late = names.filter((name, i) => success[i] === null || (taken[i] === 0 && name !== 'chat-gpus')); // GPU time is told by whole quarter hours
		if (late.length === 0) break;
		assert.ok(Date.now() - began < 30000, `not in 30 s: ${late.map((name) => `${name}: ${error[names.indexOf(name)]}`)}`);
		await sleep(100);
	}
});
await test('a log that grows is read on', async () => {
	fs.appendFileSync(path.join(logs, 'shop', 'session.jsonl'), `${message(2, 9)}\n`);
	for (const began = Date.now(); (await column('all_taken'))[(await column('name')).indexOf('agents')] < 2; await sleep(50))
		assert.ok(Date.now() - began < 20000, 'not in 20 s');
});
await test('reports count what the sources brought', async () => {
	for (const began = Date.now(); ; await sleep(100)) {
		const told = (await json(daemon.port, '/api/v1/report/usage?from=2020-01-01&by=model')).json;
		const models = told.columns.find((each) => each.name === 'model').values;
		if (models.includes('own-8b') && models.includes('claude-sonnet-4-5') && models.some((name) => name.startsWith('gpt-4o-2024'))) break;
		assert.ok(Date.now() - began < 20000, `only ${models}`);
	}
	const invoices = (await json(daemon.port, '/api/v1/report/invoices?from=2020-01-01&by=provider')).json;
	assert.ok(JSON.stringify(invoices).includes('anthropic') && JSON.stringify(invoices).includes('openai'), 'both invoices');
});
await test('the ledger of the tour is sound', async () => {
	await daemon.stop();
	assert.equal(run('check', '--data', data).status, 0);
});
await replay.close();
end();

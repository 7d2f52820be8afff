// One source of every kind that `source --kinds` lists, in one configuration: the daemon reads each, and none of them
// keeps another from being read. What a reply means is tested elsewhere; here it has to come in.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, json, run, scratchPath, serve, test } from '../api/_daemon.mjs';
import { anthropicBilling, litellm, openaiBilling, openrouter } from '../replay/billing.mjs';
import { gpuApis } from '../replay/gauges.mjs';
import { open, randomOf } from '../replay/server.mjs';

const DAY = 86400, random = randomOf(31), now = Math.floor(Date.now() / 1000), today = Math.floor(now / DAY) * DAY;
const iso = (s) => new Date(s * 1000).toISOString().slice(0, 19) + 'Z';
const fixture = (kind, name) => fs.readFileSync(`tests/fixtures/${kind}/${name}.in`, 'utf8');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// The pages of a log, one a request; the last one from then on.
function pages(kind, name) {
	const list = fixture(kind, name).split(/^# scrape .*\n/m).filter(Boolean);
	let asked = 0;
	return { name: kind, routes: [{ method: 'GET', path: new RegExp(`^/${kind}/`), answer: () => ({ type: 'text/plain', text: list[Math.min(asked++, list.length - 1)] }) }] };
}
const whole = (kind, text) => ({ name: kind, routes: [{ method: 'GET', path: new RegExp(`^/${kind}/`), answer: () => ({ text }) }] });
const scrapes = { 'vllm-metrics': 'cached_is_a_part_of_the_prompt', 'sglang-metrics': 'replicas_of_data_parallelism_add_up', 'tgi-metrics': 'tokens_are_sums_of_histograms',
	'llamacpp-metrics': 'a_minute', 'trtllm-metrics': 'a_minute', 'triton-metrics': 'requests_have_no_tokens', 'amd-exporter': 'prefix_and_partitions' };
const snapshots = {
	'prices-genai': fixture('prices-genai', 'sample'), 'prices-litellm': fixture('prices-litellm', 'sample'), 'prices-openrouter': fixture('prices-openrouter', 'sample'),
	'prices-langfuse': JSON.stringify([{ id: 'a', modelName: 'demo-1', matchPattern: '(?i)^(demo-1)$', createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z', pricingTiers: [{ id: 't', name: 'Standard', isDefault: true, priority: 0, conditions: [], prices: { input: 1e-6, output: 2e-6 } }] }]),
	'prices-portkey': JSON.stringify({ default: { pricing_config: { pay_as_you_go: { request_token: { price: 0 }, response_token: { price: 0 } }, currency: 'USD' } },
		'demo-1': { pricing_config: { pay_as_you_go: { request_token: { price: 0.0001 }, response_token: { price: 0.0002 } } } } }),
	'prices-modelsdev': JSON.stringify({ demo: { id: 'demo', name: 'Demo', models: { 'demo-1': { id: 'demo-1', name: 'Demo 1', cost: { input: 1, output: 2 } } } } }),
	statuspage: fs.readFileSync('tests/fixtures/statuspage/maintenance_is_of_its_own_kind_and_runs_as_it_was_planned.in', 'utf8'),
	'google-status': fixture('google-status', 'the_layout_as_it_was_seen').replace(/^\{.*\}\n/, ''),
};
const rented = {
	page: () => 'DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-x",modelName="NVIDIA L4"} 41\n',
	opencost: () => [{ 'llm/demo-0': { name: 'llm/demo-0', properties: { cluster: 'c1', namespace: 'llm', pod: 'demo-0' }, start: iso(today - DAY), end: iso(today), gpuHours: 24 } }],
	runpod: (what) => (what === 'pods' ? [{ amount: 57.36, timeBilledMs: 86400000, podId: 'pod_demo1', time: iso(today - DAY) }] : []),
	vast: () => [{ start: today - DAY, end: today, type: 'instance', source: 'instance-1', amount: 9.336, metadata: { label: 'demo' }, items: [{ start: today - DAY, end: today, type: 'gpu', description: '24.000 hours at $0.389/hour', amount: 9.336 }] }],
	lambda: () => [{ id: 'i-1', name: 'train', status: 'active', instance_type: { gpu_description: 'H100', price_cents_per_hour: 498, specs: { gpus: 2 } } }],
};
const files = { 'usage-jsonl': 'events', 'claude-code-logs': null, 'codex-logs': 'only_what_the_total_grew_by_counts', 'gemini-cli-logs': 'a_reply_is_written_again_as_it_grows', 'opencode-logs': 'message', 'slurm-sacct': 'sample',
	'usage-csv': 'classes', 'azure-trace': 'plain', 'nvidia-smi-csv': 'two_devices', 'focus-csv': 'sample', 'aws-cur': 'lines', 'invoice-csv': 'plain', 'openai-cost-csv': 'sample', 'anthropic-cost-csv': 'sample',
	'anthropic-usage-csv': 'sample', 'gcp-billing': 'lines', 'litellm-spend': 'lines' };
const keys = { openai: 'sk-admin-replay', anthropic: 'sk-ant-admin01-replay', litellm: 'sk-litellm-replay', openrouter: 'sk-or-management-replay', runpod: 'rp', vast: 'va', lambda: 'la' };

const replay = await open({ apis: [openaiBilling(random, now, 4), anthropicBilling(random, now, 4), litellm(random, now, 4), openrouter(random, now, 4), ...gpuApis(rented),
	...Object.entries(scrapes).map(([kind, name]) => pages(kind, name)), ...Object.entries(snapshots).map(([kind, text]) => whole(kind, text))] });

for (const [name, key] of Object.entries(keys)) fs.writeFileSync(scratchPath(`${name}.key`), key, { mode: 0o600 });
const listed = JSON.parse(run('source', '--kinds', '--format', 'json').stdout).columns, column = (name) => listed.find((one) => one.name === name).values;
const kinds = column('collector').map((kind, i) => (column('shape')[i] === 'files' ? `${kind}:files` : kind));
let text = '[collect]\nretry_first_ms = 5\n';
const named = (kind) => kind.replace(':', '-') + '-1';
for (const each of kinds) {
	const [kind, followed] = each.split(':');
	text += `[source ${named(each)}]\ncollector = ${kind}\n`;
	if (followed) {
		const file = scratchPath(`${kind}.jsonl`);
		fs.writeFileSync(file, files[kind] === null ? JSON.stringify({ type: 'assistant', timestamp: iso(now - 3600), sessionId: 's', requestId: 'r', uuid: 'u', message: { id: 'm', role: 'assistant', model: 'claude-sonnet-4-5', usage: { input_tokens: 10, output_tokens: 7 } } }) + '\n' : fixture(kind, files[kind]));
		fs.utimesSync(file, now - 600, now - 600); // an export is read once it has rested
		text += `path = ${file}\n`;
	} else if (kind !== 'nvml') {
		const key = Object.keys(keys).find((name) => kind.startsWith(`${name}-`));
		text += `url = ${replay.url}${kind in scrapes || kind in snapshots ? `/${kind}` : ''}\nallow_local = yes\ninterval = 1\n${key ? `key_file = ${scratchPath(`${key}.key`)}\n` : ''}`;
		if (kind === 'dcgm-exporter') text += 'url_path = /exporter\n';
		if (kind === 'openai-usage') text += 'usage = images, file_search_calls\n';
		if (kind === 'tgi-metrics' || kind === 'llamacpp-metrics') text += 'model = demo\n';
	}
}
const config = scratchPath('every.conf'), data = scratchPath('every');
fs.writeFileSync(config, text);

await test('the check of a configuration with a source of every kind finds nothing wrong', () => {
	const told = run('config', 'check', config);
	assert.equal(told.status, 0, told.stderr);
	assert.match(told.stdout, new RegExp(`${kinds.length} sources`));
});
const daemon = await serve(['--config', config, '--data', data]);
const told = async () => {
	const { columns } = (await json(daemon.port, '/api/v1/sources')).json;
	const of = (name) => columns.find((column) => column.name === name).values;
	return kinds.map((kind) => { const i = of('name').indexOf(named(kind)); return { kind, state: of('state')[i], error: of('error')[i], success: of('last_success')[i], rows: of('all_taken')[i] }; });
};
await test('a source of every kind is read, and brings rows where it has some', async () => {
	const late = /^(dcgm-exporter|amd-exporter|lambda-instances|nvml|prices-.*)$/; // by whole quarter hours; catalogues wait for a person
	for (const began = Date.now(); ; await sleep(100)) {
		const missing = (await told()).filter((one) => one.success === null || one.error !== null || (one.rows === 0 && !late.test(one.kind)));
		if (missing.length === 0) break;
		assert.ok(Date.now() - began < 30000, `not in 30 s: ${JSON.stringify(missing)}`);
	}
	assert.equal(replay.wrong, undefined);
});
await test('the ledger that all kinds have filled is sound', async () => {
	await daemon.stop();
	assert.equal(run('check', '--data', data).status, 0);
});
await replay.close();
end();

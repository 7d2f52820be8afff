// Every provider's API is asked over HTTP by the daemon, from a server that answers badly at times; what the ledger holds
// of each is what that provider says, line by line, also after it has changed its mind.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { end, json, run, scratchPath, serve, test } from '../api/_daemon.mjs';
import { anthropicBilling, invoicesOf, litellm, openaiBilling, openrouter, usageOf } from '../replay/billing.mjs';
import { open, randomOf } from '../replay/server.mjs';

const DAY = 86400, DAYS = 6;
const random = randomOf(11), now = Math.floor(Date.now() / 1000), from = Math.floor(now / DAY) * DAY - (DAYS - 2) * DAY;
const apis = { openai: openaiBilling(random, now, DAYS), anthropic: anthropicBilling(random, now, DAYS), proxy: litellm(random, now, DAYS), router: openrouter(random, now, DAYS) };
const replay = await open({ seed: 5, apis: Object.values(apis), faults: { rate: 0.15 } });

// name of the source: [collector, key, further settings, what the ledger must hold: [query, lines] ...]
const sources = {
	tools: ['openai-usage', 'sk-admin-replay', 'usage = images, file_search_calls', () => [[usageOf('tools'), apis.openai.usage(from)]]],
	costs: ['openai-costs', 'sk-admin-replay', '', () => [[invoicesOf('costs'), apis.openai.costs(from)]]],
	claude: ['anthropic-usage', 'sk-ant-admin01-replay', '', () => [[usageOf('claude'), apis.anthropic.usage(from)]]],
	'claude-cost': ['anthropic-cost', 'sk-ant-admin01-replay', '', () => [[invoicesOf('claude-cost'), apis.anthropic.cost(from)]]],
	analytics: ['anthropic-analytics-usage', 'sk-ant-admin01-replay', '', () => [[usageOf('analytics'), apis.anthropic.analyticsUsage(from)]]],
	'analytics-cost': ['anthropic-analytics-cost', 'sk-ant-admin01-replay', '', () => [[invoicesOf('analytics-cost'), apis.anthropic.analyticsCost(from)]]],
	code: ['anthropic-claude-code', 'sk-ant-admin01-replay', '', () => [[usageOf('code'), apis.anthropic.code(from)]]],
	proxy: ['litellm-spend', 'sk-litellm-replay', '', () => [[usageOf('proxy'), apis.proxy.usage(from)]]],
	router: ['openrouter-activity', 'sk-or-management-replay', '', () => [[usageOf('router'), apis.router.usage(from)], [invoicesOf('router'), apis.router.costs(from)]]],
};

const data = scratchPath('providers'), config = scratchPath('providers.conf');
let text = '[collect]\nretry_first_ms = 3\nretry_most_s = 1\nreply_s = 5\n';
for (const [name, [collector, key, more]] of Object.entries(sources)) {
	const file = scratchPath(`${name}.key`);
	fs.writeFileSync(file, `${key}\n`, { mode: 0o600 });
	text += `[source ${name}]\ncollector = ${collector}\nurl = ${replay.url}\nkey_file = ${file}\nallow_local = yes\ninterval = 3600\ntrailing_hours = ${24 * DAYS}\n`
		+ `start = ${new Date(from * 1000).toISOString().slice(0, 10)}\n${more}\n`;
}
fs.writeFileSync(config, text);

const daemon = await serve(['--config', config, '--data', data]);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const told = async () => {
	const { columns } = (await json(daemon.port, '/api/v1/sources')).json;
	const column = (name) => columns.find((each) => each.name === name).values;
	return Object.fromEntries(column('name').map((name, i) => [name, { state: column('state')[i], error: column('error')[i], success: column('last_success')[i] }]));
};
// Until each source has ended a run that began after now.
async function settle() {
	const began = Date.now();
	for (const name of Object.keys(sources)) await json(daemon.port, `/api/v1/sources/run/${name}`, { method: 'POST', headers: { 'Content-Type': 'application/json' } });
	for (;;) {
		const all = await told();
		const late = Object.entries(all).filter(([, source]) => source.state !== 'ok' || Date.parse(source.success) < Math.floor(began / 1000) * 1000);
		if (late.length === 0) return;
		assert.ok(Date.now() - began < 60000, `not in 60 s: ${JSON.stringify(late)}`);
		await sleep(50);
	}
}
function compare() {
	for (const [name, [, , , wanted]] of Object.entries(sources))
		for (const [query, want] of wanted()) {
			const got = spawnSync('sqlite3', ['-readonly', path.join(data, 'ledger.db'), query], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout.trim().split('\n').filter(Boolean).sort();
			const missing = want.filter((line) => !got.includes(line)), extra = got.filter((line) => !want.includes(line));
			assert.ok(want.length > 0, `${name}: the world has rows`);
			assert.equal(missing.length + extra.length, 0, `${name}: ${missing.length} missing (${missing[0]}), ${extra.length} too many (${extra[0]})`);
			assert.equal(got.length, want.length, `${name}: lines`);
		}
}

await test('the ledger holds of every provider what it says, through refusals and broken connections', async () => {
	await settle();
	compare();
	assert.ok(replay.faulted > 3, `${replay.faulted} requests met a fault`);
});

await test('what a provider revises and takes back is revised and taken back', async () => {
	replay.calm();
	for (const api of Object.values(apis)) api.revise();
	await sleep(1100); // a run is known by the second in which it ended
	await settle();
	compare();
});

await test('keys are in no answer and in no line of the log', async () => {
	const all = JSON.stringify(await told()) + daemon.said().out + daemon.said().err;
	for (const [, key] of Object.values(sources)) assert.ok(!all.includes(key), 'a key is shown');
	assert.equal(replay.wrong, undefined);
});

await daemon.stop();
await replay.close();
await test('the sums of the ledger are those of its lines', () => {
	const check = run('check', '--data', data);
	assert.equal(check.status, 0, check.stderr);
});
end();

// The official clients of OpenAI and Anthropic read the server that the tests of sources play providers with: it takes their
// requests, they walk its pages, and what they read is what the daemon's own requests brought into the ledger. Anthropic's
// sends its key as a bearer unless it is told the documented header.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { end, run, scratchPath, test } from '../api/_daemon.mjs';
import { anthropicBilling, openaiBilling } from '../replay/billing.mjs';
import { makeWorld, openaiUsage } from '../replay/openai_usage.mjs';
import { open, randomOf } from '../replay/server.mjs';

process.env.NO_PROXY = process.env.no_proxy = '127.0.0.1';
const DAY = 86400, DAYS = 5;
const random = randomOf(3), now = Math.floor(Date.now() / 1000), from = Math.floor(now / DAY) * DAY - (DAYS - 2) * DAY, to = Math.floor(now / DAY) * DAY;
const world = makeWorld(random, now, DAYS * 24);
world.pageSize = 20;
const replay = await open({ apis: [openaiUsage(world), openaiBilling(random, now, DAYS), anthropicBilling(random, now, DAYS)] });
const openai = new OpenAI({ apiKey: null, adminAPIKey: 'sk-admin-replay', baseURL: `${replay.url}/v1`, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: null, defaultHeaders: { 'x-api-key': 'sk-ant-admin01-replay' }, baseURL: replay.url, maxRetries: 0 });

const data = scratchPath('clients'), config = scratchPath('clients.conf');
const source = (name, collector, key, more = '') => {
	const file = scratchPath(`${name}.key`);
	fs.writeFileSync(file, key, { mode: 0o600 });
	return `[source ${name}]\ncollector = ${collector}\nurl = ${replay.url}\nkey_file = ${file}\nallow_local = yes\ninterval = 3600\ntrailing_hours = ${24 * DAYS}\nstart = ${new Date(from * 1000).toISOString().slice(0, 10)}\n${more}\n`;
};
fs.writeFileSync(config, source('usage', 'openai-usage', 'sk-admin-replay', 'usage = completions, images') + source('costs', 'openai-costs', 'sk-admin-replay')
	+ source('analytics', 'anthropic-analytics-usage', 'sk-ant-admin01-replay') + source('analytics-cost', 'anthropic-analytics-cost', 'sk-ant-admin01-replay')
	+ source('messages', 'anthropic-usage', 'sk-ant-admin01-replay'));
// A program of its own, beside a server that lives in this one: it must not be waited for.
const pull = (name) => new Promise((done) => {
	const child = spawn(process.env.BREAKEVEN || 'build/release/breakeven', ['source', 'run', name, '--config', config, '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (bytes) => { said += bytes; });
	child.on('exit', (code) => done({ code, said }));
});
const ledger = (sql) => spawnSync('sqlite3', ['-readonly', path.join(data, 'ledger.db'), sql], { encoding: 'utf8' }).stdout.trim();
const within = `run IN (SELECT run.id FROM run JOIN source ON source.id = run.source WHERE source.name =`;
async function pulled(name) {
	const { code, said } = await pull(name);
	assert.equal(code, 0, said);
}
async function pages(ask) {
	const all = [];
	for (let page; ;) {
		const reply = await ask(page);
		all.push(...reply.data);
		if (!reply.has_more) return all;
		page = reply.next_page;
	}
}
const sum = (rows, value) => rows.reduce((total, row) => total + BigInt(value(row) ?? 0), 0n).toString();

await test("OpenAI's client and the daemon read the same tokens of completions", async () => {
	const buckets = await pages((page) => openai.admin.organization.usage.completions({ start_time: from, end_time: to, bucket_width: '1h', limit: 168,
		group_by: ['model', 'project_id', 'api_key_id', 'service_tier', 'batch'], ...(page ? { page } : {}) }));
	const rows = buckets.flatMap((bucket) => bucket.results);
	assert.ok(rows.length > 50);
	await pulled('usage');
	const lane = `series IN (SELECT series.id FROM series JOIN lane ON lane.id = series.lane WHERE model NOT LIKE '%image%' AND model NOT LIKE 'dall%')`;
	const got = ledger(`SELECT count(*), sum(in_uncached + in_cache_read + in_cache_write_5m), sum(in_cache_read), sum(out_visible), sum(requests) FROM usage WHERE ${within} 'usage') AND at_us < ${to}000000 AND ${lane}`);
	assert.equal(got, [rows.length, sum(rows, (row) => row.input_tokens), sum(rows, (row) => row.input_cached_tokens), sum(rows, (row) => row.output_tokens), sum(rows, (row) => row.num_model_requests)].join('|'));
});

await test("OpenAI's client and the daemon read the same images", async () => {
	const buckets = await pages((page) => openai.admin.organization.usage.images({ start_time: from, end_time: to, bucket_width: '1h', limit: 168, group_by: ['model', 'size', 'source'], ...(page ? { page } : {}) }));
	const rows = buckets.flatMap((bucket) => bucket.results);
	const got = ledger(`SELECT count(*), sum(json_extract(extras, '$.images')), sum(requests) FROM usage WHERE ${within} 'usage') AND at_us < ${to}000000 AND extras LIKE '%images%'`);
	assert.equal(got, [rows.length, sum(rows, (row) => row.images), sum(rows, (row) => row.num_model_requests)].join('|'));
});

await test("OpenAI's client and the daemon read the same costs", async () => {
	const buckets = await pages((page) => openai.admin.organization.usage.costs({ start_time: from, end_time: to, bucket_width: '1d', limit: 180, group_by: ['project_id', 'line_item'], ...(page ? { page } : {}) }));
	const rows = buckets.flatMap((bucket) => bucket.results);
	await pulled('costs');
	const nano = (value) => BigInt(Math.round(Number(value) * 1e9));
	assert.equal(ledger(`SELECT count(*), sum(billed_nano) FROM invoice_line WHERE ${within} 'costs') AND charge_from_us < ${to}000000`),
		[rows.length, sum(rows, (row) => nano(row.amount.value))].join('|'));
});

await test("Anthropic's client and the daemon read the same usage of the analytics API", async () => {
	const rows = [];
	for await (const row of anthropic.beta.organization.analytics.usage.list({ starting_at: new Date(from * 1000).toISOString(), ending_at: new Date(to * 1000).toISOString(),
		time_bucket_width: '1h', limit: 1000, group_by: ['model', 'workspace_id', 'api_key_id', 'service_tier', 'context_window'] })) rows.push(row);
	assert.ok(rows.length > 50);
	await pulled('analytics');
	const got = ledger(`SELECT count(*), sum(in_uncached), sum(in_cache_read), sum(in_cache_write_5m), sum(in_cache_write_1h), sum(out_visible), sum(ifnull(json_extract(extras, '$.web_searches'), 0)) FROM usage WHERE ${within} 'analytics') AND at_us < ${to}000000`);
	const each = [(row) => row.usage.uncached_input_tokens, (row) => row.usage.cache_read_input_tokens, (row) => row.usage.cache_creation.ephemeral_5m_input_tokens,
		(row) => row.usage.cache_creation.ephemeral_1h_input_tokens, (row) => row.usage.output_tokens, (row) => row.usage.server_tool_use.web_search_requests];
	assert.equal(got, [rows.length, ...each.map((value) => sum(rows, value))].join('|'));
});

await test("Anthropic's client and the daemon read the same cost of the analytics API, in cents", async () => {
	const rows = [];
	for await (const row of anthropic.beta.organization.analytics.cost.list({ starting_at: new Date(from * 1000).toISOString(), ending_at: new Date(to * 1000).toISOString(),
		time_bucket_width: '1d', limit: 1000, group_by: ['workspace_id', 'cost_type', 'token_type'] })) rows.push(row);
	await pulled('analytics-cost');
	const [lines, billed, list] = ledger(`SELECT count(*), sum(billed_nano), sum(list_nano) FROM invoice_line WHERE ${within} 'analytics-cost') AND charge_from_us < ${to}000000`).split('|').map(Number);
	assert.equal(lines, rows.length);
	for (const [name, total] of [['amount', billed], ['list_amount', list]]) {
		const cents = rows.reduce((all, row) => all + Number(row.cost[name]), 0);
		assert.ok(Math.abs(total / 1e7 - cents) < 1e-6 * Math.max(1, cents), `${name}: ${total / 1e7} cents in the ledger, ${cents} read`);
	}
});

await test("Anthropic's client reaches the usage report that came before, and the daemon reads the same of it", async () => {
	const buckets = await pages((page) => anthropic.get('/v1/organizations/usage_report/messages', { query: { starting_at: new Date(from * 1000).toISOString().replace('.000Z', 'Z'),
		ending_at: new Date(to * 1000).toISOString().replace('.000Z', 'Z'), bucket_width: '1h', limit: 168, 'group_by[]': 'model', ...(page ? { page } : {}) } }));
	const rows = buckets.flatMap((bucket) => bucket.results);
	await pulled('messages');
	assert.equal(ledger(`SELECT sum(in_uncached), sum(out_visible) FROM usage WHERE ${within} 'messages') AND at_us < ${to}000000`),
		[sum(rows, (row) => row.uncached_input_tokens), sum(rows, (row) => row.output_tokens)].join('|'));
});

await test('both clients understand its refusals', async () => {
	const wrong = new OpenAI({ apiKey: null, adminAPIKey: 'sk-project', baseURL: `${replay.url}/v1`, maxRetries: 0 });
	await assert.rejects(wrong.admin.organization.usage.costs({ start_time: from }), (error) => error.status === 403);
	const other = new Anthropic({ apiKey: null, defaultHeaders: { 'x-api-key': 'sk-ant-api' }, baseURL: replay.url, maxRetries: 0 });
	await assert.rejects(other.get('/v1/organizations/cost_report'), (error) => error.status === 403);
	assert.equal(replay.wrong, undefined);
});

await replay.close();
await test('what they read is sound', () => assert.equal(run('check', '--data', data).status, 0));
end();

// The sample data: marked, served, and removed while others are asking.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, json, post, run, scratchPath, serve, test } from './_daemon.mjs';

const own = scratchPath('own');
const demo = await serve(['--data', own], 'demo');
const folders = () => fs.readdirSync(process.env.TMPDIR || '/tmp').filter((name) => name.startsWith('breakeven-demo-'));
const before = folders().length;

await test('the sample ledger says that it is one and holds 120 days of three workloads', async () => {
	assert.equal((await json(demo.port, '/api/v1/status')).json.facts.demo, true);
	const { json: answer } = await json(demo.port, '/api/v1/report/usage?by=workload');
	assert.equal(answer.columns[0].values.length, 3);
	const { json: days } = await json(demo.port, '/api/v1/report/usage?by=day');
	assert.ok(days.columns[0].values.length >= 119, `${days.columns[0].values.length} days`);
});

await test('removing it waits for those who are reading, and everyone gets a whole answer', async () => {
	const asking = Array.from({ length: 60 }, (_, i) => json(demo.port, `/api/v1/report/${i % 2 ? 'usage?by=day' : 'breakeven'}`));
	const removed = await post(demo.port, '/api/v1/demo/remove', {});
	assert.deepEqual([removed.status, removed.json], [200, { removed: true }]);
	for (const reply of await Promise.all(asking)) assert.equal(reply.status, 200, reply.body);
});

await test('what is served afterwards is the own ledger, and the sample is gone from the disk', async () => {
	assert.equal((await json(demo.port, '/api/v1/status')).json.facts.demo, false);
	assert.equal((await json(demo.port, '/api/v1/report/usage')).json.facts.requests, 0);
	assert.ok(fs.existsSync(`${own}/ledger.db`));
	assert.equal(folders().length, before - 1);
	assert.equal((await post(demo.port, '/api/v1/demo/remove', {})).status, 404);
});

await test('usage that is collected meanwhile is served without a new start', async () => {
	const file = scratchPath('late.csv');
	fs.writeFileSync(file, 'at,provider,model,in_uncached,out_visible\n2026-08-01T12:00:00Z,openai,gpt-4o,1000,100\n');
	const collected = run('collect', 'usage-csv', file, '--data', own);
	assert.equal(collected.status, 0, collected.stderr);
	assert.equal((await json(demo.port, '/api/v1/report/usage')).json.facts.tokens, 1100);
});

await test('it stops cleanly', async () => assert.equal((await demo.stop()).code, 0));

await test('a demo that is stopped leaves nothing behind', async () => {
	const other = await serve(['--data', own], 'demo');
	assert.equal((await other.stop('SIGINT')).code, 0);
	assert.equal(folders().length, before - 1);
});
end();

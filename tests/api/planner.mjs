// The planner: GPUs for the measured traffic, cheapest first, the same over HTTP and in the terminal.
import assert from 'node:assert/strict';
import { end, json, post, run, scratchPath, serve, test } from './_daemon.mjs';
import fs from 'node:fs';

const data = scratchPath('ledger'), usage = scratchPath('usage.csv');
const rows = ['id,at,provider,model,workload,requests,in_uncached,out_visible'];
for (let i = 0; i < 3000; i++) rows.push(`r${i},${new Date(Date.UTC(2026, 7, 3, 9) + i * 700).toISOString()},openai,gpt-4o,chat,1,900,200`);
fs.writeFileSync(usage, `${rows.join('\n')}\n`);
assert.equal(run('collect', 'usage-csv', usage, '--data', data).status, 0);
const daemon = await serve(['--data', data]);
const ask = async (query = '') => (await json(daemon.port, `/api/v1/report/planner?${query}`)).json;
const column = (answer, name) => answer.columns.find((c) => c.name === name).values;

await test('the traffic is that of the ledger', async () => {
	const { facts } = await ask();
	assert.equal(facts.traffic, 'measured');
	assert.equal(facts.isl, 900);
	assert.equal(facts.osl, 200);
	assert.ok(Math.abs(facts.requests_s - 1 / 0.7) < 0.03, String(facts.requests_s));
	assert.ok(facts.burst_requests_s >= facts.requests_s * 0.98);
});

await test('lines are sorted by what a month costs, each with its band and where it is from', async () => {
	const answer = await ask('model=Llama-3.1-8B');
	const month = column(answer, 'usd_month'), low = column(answer, 'usd_month_low'), high = column(answer, 'usd_month_high');
	assert.ok(month.length > 10);
	month.forEach((usd, i) => assert.ok((i === 0 || usd >= month[i - 1]) && low[i] < usd && usd < high[i], `line ${i}`));
	column(answer, 'origin').forEach((origin) => assert.ok(['measured here', 'measured elsewhere', 'modelled'].includes(origin)));
});

await test('tighter promises and more traffic never cost less', async () => {
	const cost = async (query) => Math.min(...column(await ask(`model=Llama-3.1-70B&gpu=H100+SXM&precision=fp8&${query}`), 'usd_month'));
	const usual = await cost('requests_s=20');
	assert.ok(await cost('requests_s=20&tpot_ms=25') >= usual);
	assert.ok(await cost('requests_s=20&ttft_ms=400') >= usual);
	assert.ok(await cost('requests_s=60') > usual);
	assert.ok(await cost('requests_s=20&redundancy=1') > usual);
	assert.equal(await cost('requests_s=20&unit_gpus=64') % (await cost('requests_s=1&unit_gpus=64')), 0);
});

await test('what does not fit is counted, and listed when it is asked for', async () => {
	const { facts } = await ask('model=Llama-3.1-405B&gpu=L40S');
	assert.equal(facts.fitting, 0);
	assert.ok(facts.misfits > 0);
	const listed = await ask('model=Llama-3.1-405B&gpu=L40S&all=yes');
	assert.ok(column(listed, 'missing_gib').some((gib) => gib > 0));
});

await test('an unknown model or GPU is a 404 with the nearest names', async () => {
	for (const query of ['model=Lama-3.3-70B', 'gpu=H200+SMX']) {
		const reply = await json(daemon.port, `/api/v1/report/planner?${query}`);
		assert.equal(reply.status, 404);
		assert.match(reply.json.error, /Llama-3\.3-70B|H200 SXM/);
	}
});

await test('a line that is picked becomes the fleet, and the break-even moves with it and says what it rests on', async () => {
	const answer = await ask('model=Llama-3.1-8B&gpu=H100+SXM&tp=1&precision=fp8');
	const of = (name) => column(answer, name)[0];
	const text = (number) => number.toFixed(3);
	const picked = await post(daemon.port, '/api/v1/fleets/picked', { throughput_high_tok_s: text(of('total_tok_s_high')), throughput_low_tok_s: text(of('total_tok_s_low')),
		throughput_source: of('throughput_source'), throughput_tok_s: text(of('total_tok_s')), gpu: of('gpu'), gpu_hour: text(of('usd_gpu_hour')), gpus_per_replica: String(of('tp')) });
	assert.equal(picked.status, 200, picked.body);
	const { json: breakeven } = await json(daemon.port, '/api/v1/report/breakeven?fleet=picked&workload=chat');
	const input = (name) => breakeven.columns.find((c) => c.table === 'inputs' && c.name === name).values;
	const at = input('input').indexOf('self_hosted.throughput_tok_s');
	assert.ok(Math.abs(input('value')[at] - of('total_tok_s')) < 0.01);
	assert.match(input('source')[at], /(modelled|measured elsewhere).*Llama-3\.1-8B fp8, 1 x H100 SXM/);
	const other = await post(daemon.port, '/api/v1/fleets/picked', { throughput_low_tok_s: '99999999' });
	assert.equal(other.status, 400);
});

await test('the terminal says the same', async () => {
	const terminal = JSON.parse(run('report', 'planner', '--data', data, '--model', 'Llama-3.1-8B', '--format', 'json').stdout);
	assert.deepEqual(terminal.columns, (await ask('model=Llama-3.1-8B')).columns);
});

end();
await daemon.stop();

// Settings, workloads and fleets over HTTP: kept in the ledger, gone by at once, refused with a reason.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { call, end, json, post, run, scratchPath, serve, test, writeUsage } from './_daemon.mjs';

const data = scratchPath('ledger'), config = scratchPath('own.conf');
fs.writeFileSync(config, '[report]\nmonth_start = 15\n');
assert.equal(run('collect', 'usage-csv', writeUsage('usage.csv', { weeks: 3 }), '--data', data).status, 0);
const daemon = await serve(['--data', data, '--config', config]), { port } = daemon;
const set = (what, name, fields) => post(port, `/api/v1/${what}/${encodeURIComponent(name)}`, fields);
const drop = (what, name) => json(port, `/api/v1/${what}/${encodeURIComponent(name)}`, { method: 'DELETE' });
const rowsOf = (answer) => answer.columns[0].values.map((_, i) => Object.fromEntries(answer.columns.map((c) => [c.name, c.values[i]])));
const settings = async () => Object.fromEntries(rowsOf((await json(port, '/api/v1/report/settings')).json).map((row) => [row.key, row]));
const terminal = (...args) => JSON.parse(run('report', ...args, '--data', data, '--config', config, '--format', 'json').stdout);

await test('a zone that is set is gone by from the next request on, in the terminal too', async () => {
	assert.equal((await set('settings', 'report.zone', { value: 'Asia/Kathmandu' })).status, 200);
	assert.equal((await json(port, '/api/v1/status')).json.facts.zone, 'Asia/Kathmandu');
	assert.deepEqual((await settings())['report.zone'].origin, 'ledger');
	const days = (answer) => answer.columns.find((c) => c.name === 'day').values;
	const here = (await json(port, '/api/v1/report/usage?by=day')).json;
	assert.deepEqual(days(here), days(terminal('usage', '--by', 'day')));
	assert.equal(here.facts.zone, 'Asia/Kathmandu');
	assert.equal(run('check', '--data', data).status, 0);
});

await test('what was forgotten is the default again', async () => {
	assert.equal((await drop('settings', 'report.zone')).json.facts.removed, true);
	assert.equal((await json(port, '/api/v1/status')).json.facts.zone, 'UTC');
	assert.equal((await drop('settings', 'report.zone')).json.facts.removed, false);
});

await test('a wrong value is refused with what is allowed, and changes nothing', async () => {
	for (const [key, value, why] of [['report.zone', 'Europe/Berlim', /nearest is 'Europe\/Berlin'/], ['self_hosted.headroom', '7', /allowed is a number from/], ['report.currency', 'EUR', /no exchange rates/], ['report.stale_price_days', '', /./]]) {
		const before = await settings(), { status, json: { error } } = await set('settings', key, { value });
		assert.equal(status, 400, key);
		assert.match(error, why);
		assert.deepEqual(await settings(), before);
	}
	assert.match((await set('settings', 'report.zoen', { value: 'UTC' })).json.error, /nearest is 'report\.zone'/);
	assert.match((await set('settings', 'report.zone', { zone: 'UTC' })).json.error, /field 'zone' is unknown/);
	assert.match((await set('settings', 'report.zone', {})).json.error, /value: is missing/);
});

await test('how the daemon is served is not kept in the ledger', async () => {
	for (const key of ['listen', 'serve.require_token', 'data', 'log.level']) assert.match((await set('settings', key, { value: '1' })).json.error, /not kept in the ledger/, key);
});

await test('what a file says stands above, and that is said', async () => {
	const { status, json: { error } } = await set('settings', 'report.month_start', { value: '3' });
	assert.equal(status, 409);
	assert.match(error, /configuration file/);
	assert.equal((await settings())['report.month_start'].value, '15');
	assert.equal((await settings())['report.month_start'].kept, false);
});

await test('nobody who asks while it begins anew is turned away', async () => {
	let asked = 0, wrong = 0, on = true;
	const ask = async () => { while (on) { asked++; try { if ((await call(port, '/healthz')).status !== 200) wrong++; } catch { wrong++; } } };
	const askers = [ask(), ask(), ask()];
	for (const value of ['61', '62', '63', '64']) assert.equal((await set('settings', 'report.stale_price_days', { value })).status, 200);
	on = false;
	await Promise.all(askers);
	assert.ok(asked > 20, String(asked));
	assert.equal(wrong, 0);
	assert.equal((await settings())['report.stale_price_days'].value, '64');
});

await test('fleets and workloads are described, changed and removed as by the commands', async () => {
	assert.match((await set('fleets', 'pair', { gpu_hour: '2.5' })).json.error, /^throughput_tok_s: a new fleet needs/);
	assert.equal((await set('fleets', 'pair', { gpu_hour: '2.5', throughput_tok_s: '3000', gpus_per_replica: '2' })).status, 200);
	assert.equal((await set('fleets', 'pair', { headroom: '0.8', scaling: 'autoscale', gpu: 'H100 SXM' })).status, 200);
	const [fleet] = rowsOf(terminal('fleets'));
	assert.deepEqual([fleet.gpu_hour, fleet.headroom, fleet.scaling, fleet.gpu, fleet.ops_month], ['2.5', '0.8', 'autoscale', 'H100 SXM', terminal('settings').columns.find((c) => c.name === 'value').values[terminal('settings').columns[0].values.indexOf('self_hosted.ops_month')]]);
	assert.match((await set('fleets', 'pair', { headroom: '7' })).json.error, /headroom: 7 is not between/);
	assert.match((await set('fleets', 'pair', { scaling: 'up' })).json.error, /scaling: 'up' is none of always_on, autoscale/);
	assert.match((await set('workloads', 'chat', { fleet: 'pear' })).json.error, /no fleet 'pear'/);
	assert.equal((await set('workloads', 'chat', { fleet: 'pair', owner: 'team' })).status, 200);
	assert.equal(terminal('breakeven', '--workload', 'chat').facts.fleet, 'pair');
	assert.match((await drop('fleets', 'pair')).json.error, /used by workload 'chat'/);
	assert.equal((await set('workloads', 'chat', { fleet: '' })).status, 200);
	assert.equal((await drop('fleets', 'pair')).status, 200);
	assert.equal((await drop('fleets', 'pair')).status, 404);
	assert.equal((await drop('workloads', 'chat')).status, 200);
});

await test('figures are written as the setting has it: sentences, text and CSV; numbers of JSON stay', async () => {
	const before = (await json(port, '/api/v1/report/breakeven')).json, csv = async (name) => (await call(port, `/api/v1/report/${name}?format=csv`)).body;
	const plain = await csv('spend');
	assert.equal((await set('settings', 'report.numbers', { value: 'comma' })).status, 200);
	const after = (await json(port, '/api/v1/report/breakeven')).json, dollars = (text) => /\$[\d.,]+\d/.exec(text)[0];
	assert.equal(dollars(after.headline), dollars(before.headline).replace(/[.,]/g, (sign) => (sign === ',' ? '.' : ',')));
	assert.equal(after.facts.closed_month, before.facts.closed_month);
	const european = await csv('spend');
	assert.ok(european.startsWith('\ufeff'));
	assert.deepEqual(european.slice(1).trim().split('\n').map((line) => line.split(';').map((cell) => (/^-?\d+,\d+$/.test(cell) ? cell.replace(',', '.') : cell))), plain.trim().split('\n').map((line) => line.split(',')));
	const text = run('report', 'breakeven', '--data', data, '--config', config, '--format', 'text').stdout;
	assert.match(text, /\$\d{1,3}\.\d{3}\b/);
	assert.doesNotMatch(text, /\$\d+,\d{3}\b/);
	await drop('settings', 'report.numbers');
});

await test('every change is in the audit', async () => {
	const audit = rowsOf((await json(port, '/api/v1/report/audit')).json);
	for (const what of ['setting', 'setting removed', 'fleet', 'fleet removed', 'workload', 'workload removed']) assert.ok(audit.some((row) => row.what === what && row.who === 'loopback'), what);
	assert.ok(!audit.some((row) => row.detail.includes('Berlim')));
});

await daemon.stop();
end();

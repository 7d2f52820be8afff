// Months are closed and opened over HTTP, and lines are repriced: seen first, confirmed by what was seen, closed months left alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { call, end, json, post, run, scratchPath, serve, test } from './_daemon.mjs';

const data = scratchPath('months');
const write = (name, text) => { fs.writeFileSync(scratchPath(name), text); return scratchPath(name); };
const take = (collector, name, text) => assert.equal(run('collect', collector, write(name, text), '--data', data).status, 0);
const header = 'id,at,provider,model,workload,project,in_uncached,out_visible\n';
const line = (id, at, model = 'zed', project = 'p1') => `${id},${at},acme,${model},,${project},1000000,0\n`;
take('usage-csv', 'first.csv', header + line('a', '2026-07-03T00:00:00Z', 'known') + line('b', '2026-08-04T00:00:00Z') + line('c', '2026-09-05T00:00:00Z'));
take('prices-csv', 'known.csv', 'provider,model,in_uncached,out_visible,source_url,checked\nacme,known,5,5,https://example.invalid,2026-10-01\n');
const { port, stop } = await serve(['--data', data]);
const values = (answer, name) => answer.columns.find((column) => column.name === name).values;
const report = async (name, query = '') => (await json(port, `/api/v1/report/${name}${query}`)).json;
const close = (month, body = {}) => post(port, `/api/v1/months/close/${month}`, body);
const reopen = (month, body = {}) => post(port, `/api/v1/months/reopen/${month}`, body);
const reprice = (body = {}) => post(port, '/api/v1/reprice', body);

await test('every month with usage is listed, and whether it is closed', async () => {
	const answer = await report('months');
	assert.deepEqual(values(answer, 'month'), ['2026-07', '2026-08', '2026-09']);
	assert.deepEqual(values(answer, 'state'), ['open', 'open', 'open']);
	assert.deepEqual(values(answer, 'amount'), [null, null, null], 'nothing had a price when it was taken');
	assert.deepEqual(JSON.parse(run('month', 'list', '--data', data, '--format', 'json').stdout), answer);
});

await test('a repricing is shown by month and model, and a look changes nothing', async () => {
	const seen = (await reprice()).json;
	assert.deepEqual([values(seen, 'month'), values(seen, 'model'), values(seen, 'newly_priced')], [['2026-07'], ['known'], [1]]);
	assert.deepEqual([seen.facts.lines, seen.facts.before, seen.facts.after, seen.facts.difference], [1, null, '5', '5']);
	assert.deepEqual(values(await report('months'), 'amount'), [null, null, null]);
	const terminal = run('reprice', '--data', data, '--format', 'json');
	assert.deepEqual(JSON.parse(terminal.stdout), seen);
	assert.equal((await reprice({ model: 'zed' })).json.facts.lines, 0);
	assert.equal((await reprice({ from: '2026-08-01' })).json.facts.lines, 0);
});

await test('what is confirmed is what was seen, and it is written down', async () => {
	const { digest } = (await reprice()).json.facts;
	const wrong = await reprice({ confirm: '0123456789abcdef' });
	assert.equal(wrong.status, 400);
	assert.match(wrong.json.error, new RegExp(digest));
	assert.equal((await reprice({ confirm: digest, model: 'zed' })).status, 400, 'of other lines it is another');
	const done = await reprice({ confirm: digest });
	assert.equal(done.status, 200, done.body);
	assert.deepEqual([done.json.facts.id, done.json.facts.done], [1, 1]);
	assert.deepEqual(values(await report('months'), 'amount'), ['5', null, null]);
	assert.equal((await reprice({ confirm: digest })).status, 400, 'it counts once');
	const audit = await report('audit');
	assert.deepEqual([values(audit, 'what')[0], values(audit, 'who')[0], JSON.parse(values(audit, 'detail')[0]).digest], ['reprice', 'loopback', digest]);
	const list = await report('repricings');
	assert.deepEqual([values(list, 'done'), list.facts.unfinished], [[1], false]);
	assert.equal((await reprice({ resume: true })).status, 404);
});

await test('months are closed in their order, or all up to one', async () => {
	assert.match((await close('2026-08')).json.error, /2026-07 is open and comes first/);
	const done = await close('2026-08', { through: true, note: 'signed' });
	assert.equal(done.status, 200, done.body);
	assert.deepEqual([done.json.facts.closed, done.json.facts.amount], [2, null]);
	assert.match(done.json.notes[0], /1000000 tokens of the month have no known price/);
	assert.deepEqual(values(await report('months'), 'state'), ['closed', 'closed', 'open']);
	assert.match((await close('2026-08')).json.error, /closed already/);
});

await test('a closed month keeps its price, and is told of as one that would change', async () => {
	take('prices-csv', 'zed.csv', 'provider,model,in_uncached,out_visible,source_url,checked\nacme,zed,7,7,https://example.invalid,2026-10-01\n');
	const seen = (await reprice()).json;
	assert.deepEqual([seen.facts.lines, seen.facts.closed_lines, seen.facts.closed_difference], [1, 1, '7']);
	assert.equal((await reprice({ confirm: seen.facts.digest })).status, 200);
	assert.deepEqual(values(await report('months'), 'amount'), ['5', null, '7']);
});

await test('whose a closed month was stays, whatever rules say later', async () => {
	const before = await report('months', '?month=2026-07');
	assert.equal((await post(port, '/api/v1/rules', { project: 'p1', workload: 'chat', team: 'ml' })).status, 200);
	const after = await report('months', '?month=2026-07');
	assert.deepEqual(after, before);
	assert.deepEqual([values(after, 'workload'), values(after, 'team')], [['(none)'], ['(none)']]);
	assert.deepEqual(values(await report('usage', '?by=workload'), 'workload'), ['chat']);
});

await test('what comes for a closed month is its adjustment, and is booked in the next one that is closed', async () => {
	take('usage-csv', 'late.csv', header + line('late', '2026-07-20T00:00:00Z', 'known'));
	const open = await report('months');
	assert.deepEqual([values(open, 'closed_amount')[0], values(open, 'late_lines')[0], values(open, 'late_amount')[0], values(open, 'amount')[0]], ['5', 1, '5', '10']);
	const done = await close('2026-09');
	assert.deepEqual([done.status, done.json.facts.amount, done.json.facts.booked_lines, done.json.facts.booked_amount], [200, '7', 1, '5']);
	const booked = await report('months');
	assert.deepEqual([values(booked, 'late_amount')[0], values(booked, 'booked_amount')], ['0', ['0', '0', '5']]);
	const all = values(booked, 'amount').reduce((sum, amount) => sum + Number(amount ?? 0), 0);
	const closed = values(booked, 'closed_amount').reduce((sum, amount) => sum + Number(amount ?? 0), 0) + 5;
	assert.equal(closed, all, 'closed figures and adjustments are what the ledger holds');
});

await test('the last month can be opened again with a reason, and is a new version when it is closed', async () => {
	assert.match((await reopen('2026-07', { note: 'x' })).json.error, /the last one is opened first/);
	assert.match((await reopen('2026-09')).json.error, /note/);
	assert.equal((await reopen('2026-09', { note: 'a credit was missing' })).status, 200);
	const open = await report('months');
	assert.deepEqual([values(open, 'state')[2], values(open, 'late_amount')[0]], ['open', '5'], 'its bookings are undone');
	assert.equal((await close('2026-09')).status, 200);
	assert.equal(values(await report('months'), 'version')[2], 2);
	assert.equal((await reopen('2026-05', { note: 'x' })).status, 404);
});

for (const [name, reply, status, words] of [
	['a month that is not over', () => close(`${new Date().getUTCFullYear() + 1}-01`), 400, ['not over']],
	['a month that is none', () => close('August'), 400, ['August', '2026-08']],
	['a day in place of a month', () => close('2026-08-01'), 400, ['2026-08-01']],
	['a misspelt field', () => close('2026-08', { throug: true }), 400, ['throug', 'through']],
	['a misspelt field of a repricing', () => reprice({ modl: 'zed' }), 400, ['modl', 'model']],
	['an end before the begin', () => reprice({ from: '2026-09-02', to: '2026-09-01' }), 400, ['2026-09-02']],
	['a resume with something else', () => reprice({ resume: true, model: 'zed' }), 400, ['resume']],
]) await test(`${name} is a ${status} that says so`, async () => {
	const answer = await reply();
	assert.equal(answer.status, status, answer.body);
	for (const word of words) assert.ok(answer.json.error.includes(word), `${word} in: ${answer.json.error}`);
});

await test('closing and repricing want the admin right', async () => {
	const routes = (await json(port, '/api/v1')).json;
	values(routes, 'path').forEach((path, i) => {
		if (/months|reprice/.test(path)) assert.equal(values(routes, 'rights')[i], 'admin', path);
	});
	assert.equal((await call(port, '/api/v1/reprice', { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' })).status, 415);
});

await test('the ledger is sound after all of this', async () => {
	await stop();
	assert.equal(run('check', '--data', data).status, 0);
});
await test('a month that begins on another day is known by both of its names, and a closed one by that it was closed under', () => {
	const own = scratchPath('fifteenth');
	process.env.BREAKEVEN_REPORT_MONTH_START = '15';
	assert.equal(run('collect', 'usage-csv', scratchPath('first.csv'), '--data', own).status, 0);
	const done = run('month', 'close', '2026-06-15', '--data', own, '--format', 'json');
	assert.equal(JSON.parse(done.stdout).facts.month, '2026-06-15', done.stderr);
	assert.equal(run('month', 'close', '2026-07-16', '--data', own).status, 2);
	assert.equal(run('month', 'close', '2026-07', '--data', own).status, 0);
	const [a, b] = ['2026-07', '2026-07-15'].map((month) => run('report', 'months', '--month', month, '--data', own, '--format', 'json').stdout);
	assert.ok(a.includes('"owners"') && a === b, a);
	delete process.env.BREAKEVEN_REPORT_MONTH_START;
	assert.equal(run('month', 'reopen', '2026-07-15', '--note', 'too early', '--data', own).status, 0);
});
end();

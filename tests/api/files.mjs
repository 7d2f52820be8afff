// Sources that are files of this machine: read as they grow, from where they were read to; what is half written waits;
// exports that are written anew are replaced.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { call, end, json, run, scratchPath, serve, test } from './_daemon.mjs';

const folder = scratchPath('logs'), config = scratchPath('files.conf');
fs.mkdirSync(path.join(folder, 'deep', 'er'), { recursive: true });
fs.writeFileSync(config, `[source events]\ncollector = usage-jsonl\npath = ${folder}\ninterval = 5\n[source agent]\ncollector = claude-code-logs\npath = ${folder}/agent\ninterval = 5
[source bill]\ncollector = openai-cost-csv\npath = ${folder}/bill
[source smi]\ncollector = nvidia-smi-csv\npath = ${folder}/smi.csv
[source team]\ncollector = gateway\npath = ${folder}/team
[mapping gateway]\nat = created\nmodel = model\nprovider = "=openai"\ninput = prompt\noutput = answer\n`);
const data = scratchPath('files');
const event = (id, tokens = 10) => `${JSON.stringify({ id, at: '2026-11-01T09:00:00Z', model: 'm', in_uncached: tokens })}\n`;
const file = (name) => path.join(folder, name);
const read = (name = 'events') => {
	const done = run('source', 'run', name, '--config', config, '--data', data, '--format', 'json');
	assert.equal(done.status, 0, done.stderr);
	return JSON.parse(done.stdout).facts;
};
const total = () => JSON.parse(run('report', 'usage', '--data', data, '--format', 'json').stdout).facts.in_uncached;

await test('all files of a folder and the folders below are read', () => {
	fs.writeFileSync(file('a.jsonl'), event('a1') + event('a2'));
	fs.writeFileSync(file('deep/er/b.jsonl'), event('b1', 100));
	fs.writeFileSync(file('notes.txt'), event('no', 5000));
	assert.equal(read().taken, 3);
	assert.equal(total(), 120);
});

await test('what did not change is not read again', () => {
	const facts = read();
	assert.deepEqual([facts.taken, facts.repeated], [0, 0]);
});

await test('a file that grew is read on from where it was read to, and half a line waits for its end', () => {
	const line = event('a4', 1000);
	fs.appendFileSync(file('a.jsonl'), event('a3') + line.slice(0, 20));
	assert.deepEqual([read().taken, total()], [1, 130]);
	assert.deepEqual([read().taken, total()], [0, 130]);
	fs.appendFileSync(file('a.jsonl'), line.slice(20));
	const facts = read();
	assert.deepEqual([facts.taken, facts.repeated, total()], [1, 0, 1130]);
});

await test('a file that was shortened is read from its begin', () => {
	fs.writeFileSync(file('a.jsonl'), event('a9', 7));
	assert.deepEqual([read().taken, total()], [1, 1137]);
});

await test('a file that was put in the place of another is read from its begin, though it is longer', () => {
	fs.writeFileSync(file('fresh'), event('n1', 1) + event('n2', 1) + event('n3', 1));
	fs.renameSync(file('fresh'), file('a.jsonl'));
	assert.deepEqual([read().taken, total()], [3, 1140]);
});

await test('a row that is not understood costs only itself, and another file nothing', () => {
	fs.appendFileSync(file('a.jsonl'), `{"id":"bad","at":"never","model":"m"}\n${event('n4', 1)}`);
	fs.writeFileSync(file('c.jsonl'), `[{"id":"broken"\n`);
	const facts = read();
	assert.equal(facts.taken, 1, JSON.stringify(facts));
	assert.equal(total(), 1141);
});

const agent = (n, output, at = '2026-11-01T10:00:00Z') => `${JSON.stringify({ type: 'assistant', uuid: `u${n}-${output}`, sessionId: 's', timestamp: at, requestId: `r${n}`, message: { id: `msg_${n}`, model: 'claude-sonnet-4-5', usage: { input_tokens: 3, output_tokens: output } } })}\n`;
const answers = () => JSON.parse(run('report', 'usage', '--by', 'workload', '--data', data, '--format', 'json').stdout);
const output = () => answers().facts.out_visible;

await test('a call that was read while it streamed grows to what it came to, in its file and in copies of it', () => {
	fs.mkdirSync(file('agent'));
	fs.writeFileSync(file('agent/s.jsonl'), agent(1, 5) + agent(2, 1));
	assert.equal(read('agent').taken, 2);
	fs.appendFileSync(file('agent/s.jsonl'), agent(2, 90, '2026-11-01T10:00:09Z') + agent(3, 4));
	read('agent');
	assert.equal(output(), 99);
	fs.writeFileSync(file('agent/t.jsonl'), agent(1, 5) + agent(2, 1)); // a copy from before
	read('agent');
	assert.equal(output(), 99);
	const checked = run('check', '--data', data);
	assert.equal(checked.status, 0, checked.stderr);
});

// A file as it lies there once it has been written for a while.
const rested = (name, bytes) => { fs.mkdirSync(path.dirname(file(name)), { recursive: true }); fs.writeFileSync(file(name), bytes); fs.utimesSync(file(name), 1793600000 + bytes.length, 1793600000 + bytes.length); };
const bill = (...rows) => `start_time,end_time,amount_value,amount_currency,line_item,project_id\n${rows.map(([day, amount, item]) => `${1793491200 + 86400 * day},${1793577600 + 86400 * day},${amount},usd,"${item}",p\n`).join('')}`;
const billed = () => { const { facts } = JSON.parse(run('report', 'invoices', '--data', data, '--format', 'json').stdout); return facts.amount ?? facts.billed; };

await test('an export that is written anew is replaced: changed, new and gone, packed or not, another month untouched', () => {
	rested('bill/october.csv', bill([-1, '7.00', 'gpt-demo, input']));
	rested('bill/november.csv', bill([0, '1.00', 'gpt-demo, input'], [0, '2.00', 'gpt-demo, output']));
	assert.equal(read('bill').taken, 3);
	assert.equal(read('bill').repeated, 0);
	rested('bill/november.csv', bill([0, '1.50', 'gpt-demo, input'], [1, '3.00', 'gpt-demo, input']));
	const facts = read('bill');
	assert.deepEqual([facts.taken, facts.replaced, facts.removed], [1, 1, 1], JSON.stringify(facts));
	assert.match(String(billed()), /^11\.50*$/);
	rested('bill/december.csv.gz', zlib.gzipSync(bill([30, '4.00', 'gpt-demo, input'])));
	assert.equal(read('bill').taken, 1);
});

await test('an export that is still being written waits, and one that is broken costs only itself and is told', () => {
	fs.writeFileSync(file('bill/november.csv'), bill([0, '9.00', 'gpt-demo, input']));
	rested('bill/january.csv.gz', zlib.gzipSync(bill([61, '5.00', 'gpt-demo, input'])).subarray(0, 60));
	rested('bill/february.csv', bill([92, '6.00', 'gpt-demo, input']));
	const facts = read('bill');
	assert.deepEqual([facts.taken, facts.replaced, facts.removed, facts.refused], [1, 0, 0, 1], JSON.stringify(facts));
	assert.equal(read('bill').refused, 0);
});

await test('a log with a header is read anew as it grows, and GPU time of it counts once', () => {
	const row = (second, busy) => `2026/11/01 10:00:0${second}.000, GPU-1, ${busy} %\n`;
	fs.writeFileSync(file('smi.csv'), `timestamp, uuid, utilization.gpu [%]\n${row(0, 50)}${row(1, 60)}${row(2, 70).slice(0, 9)}`);
	assert.equal(read('smi').taken, 1);
	fs.writeFileSync(file('smi.csv'), `timestamp, uuid, utilization.gpu [%]\n${row(0, 50)}${row(1, 60)}${row(2, 70)}${row(3, 80)}`);
	const facts = read('smi');
	assert.deepEqual([facts.taken, facts.conflicting], [2, 0], JSON.stringify(facts));
});

await test('files that nobody foresaw are followed by a mapping, and equal rows without an id keep apart', () => {
	const before = total(), row = '2026-11-02T09:00:00Z,gpt-4o,100,5\n';
	rested('team/a.csv', `created,model,prompt,answer\n${row}${row}2026-11-02T09:00:00Z,gpt-4o,30,5\n`);
	assert.equal(read('team').taken, 3);
	assert.equal(total() - before, 230);
	fs.appendFileSync(file('team/a.csv'), row);
	assert.deepEqual([read('team').taken, total() - before], [1, 330]);
	assert.match(run('source', '--kinds', '--config', config).stdout, /gateway.*files/);
	assert.match(run('collect', '--list', '--config', config).stdout, /^gateway +CSV or JSON lines, by \[mapping gateway\]/m);
});

await test('a path at which there is nothing is told', () => {
	const lost = scratchPath('lost.conf');
	fs.writeFileSync(lost, `[source lost]\ncollector = usage-jsonl\npath = ${scratchPath('nowhere')}\n`);
	const done = run('source', 'run', 'lost', '--config', lost, '--data', data);
	assert.notEqual(done.status, 0);
	assert.match(done.stderr, /nowhere/);
});

await test('the daemon reads what comes while it runs', async () => {
	const daemon = await serve(['--config', config, '--data', data]);
	fs.appendFileSync(file('a.jsonl'), event('late', 100000));
	let seen = 0;
	for (let i = 0; i < 150 && seen < 100000; i++) {
		await new Promise((done) => setTimeout(done, 200));
		seen = (await json(daemon.port, '/api/v1/report/usage')).json.facts.in_uncached;
	}
	assert.ok(seen > 100000, String(seen));
	const list = (await json(daemon.port, '/api/v1/collectors')).json.columns, of = (name) => list.find((column) => column.name === name).values, at = (name) => of('name').indexOf(name);
	assert.deepEqual(['mapping', 'replaces', 'asked', 'followed'].map((name) => of(name)[at('gateway')]), [true, false, false, true]);
	assert.deepEqual(['mapping', 'replaces', 'asked', 'followed'].map((name) => of(name)[at('aws-cur')]), [false, true, false, true]);
	const put = (query) => call(daemon.port, `/api/v1/collect?name=x.csv&${query}`, { method: 'POST', body: 'created,model,prompt,answer\n2026-11-03T09:00:00Z,gpt-4o,100,5\n', headers: { 'Content-Type': 'application/octet-stream' } });
	assert.deepEqual((({ taken, collector }) => [taken, collector])(JSON.parse((await put('collector=gateway')).body).facts), [1, 'mapped']);
	const wrong = await put('collector=gatewy');
	assert.equal(wrong.status, 400);
	assert.match(wrong.body, /did you mean the mapping 'gateway'/);
	await daemon.stop();
});

end();

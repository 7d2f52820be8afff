// Files that are dropped on the page: recognised, looked at, imported, refused; large ones, and what goes wrong.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import zlib from 'node:zlib';
import { call, end, json, run, scratchPath, serve, test, writeUsage } from './_daemon.mjs';

const data = scratchPath('ledger');
fs.writeFileSync(scratchPath('small.conf'), '[serve]\nbody_max_mib = 1\n[import]\nupload_max_mib = 24\n');
const daemon = await serve(['--data', data, '--config', scratchPath('small.conf')]);
const { port } = daemon;
const csv = fs.readFileSync(writeUsage('usage.csv', { weeks: 2 }), 'utf8');
const drop = (body, query = '', headers = {}) => json(port, `/api/v1/collect?${query}`, { method: 'POST', body, headers: { 'Content-Type': 'application/octet-stream', ...headers } });
const table = (answer, name) => Object.fromEntries(answer.columns.filter((c) => c.table === name).map((c) => [c.name, c.values]));
const tokens = async () => (await json(port, '/api/v1/report/usage')).json.facts.tokens;
const rows = csv.trim().split('\n').length - 1;

await test('a file is recognised and looked at, and nothing of it is stored', async () => {
	const { status, json: answer, body } = await drop(csv, 'dry_run=yes&name=my%20usage.csv');
	assert.equal(status, 200, body);
	const { facts } = answer;
	assert.deepEqual([facts.name, facts.collector, facts.kind, facts.dry_run, facts.taken, facts.refused, facts.run], ['my usage.csv', 'usage-csv', 'usage', true, rows, 0, null]);
	assert.equal(table(answer, 'rows').row.length, 10);
	assert.equal(JSON.parse(table(answer, 'rows').row[0]).provider, 'openai');
	assert.match(answer.headline, /^my usage\.csv: .* would be stored/);
	assert.equal(await tokens(), 0);
});

await test('the same file is stored as the terminal stores it, once', async () => {
	const first = await drop(csv, 'name=usage.csv');
	assert.equal(first.status, 200, first.body);
	assert.deepEqual([first.json.facts.taken, first.json.facts.dry_run], [rows, false]);
	const twin = scratchPath('twin');
	assert.equal(run('collect', 'usage-csv', scratchPath('usage.csv'), '--data', twin).status, 0);
	const question = ['report', 'usage', '--by', 'day,model', '--format', 'json', '--data'];
	assert.equal(run(...question, data).stdout, run(...question, twin).stdout);
	const again = await drop(zlib.gzipSync(csv), 'name=usage.csv.gz&collector=usage-csv');
	assert.deepEqual([again.json.facts.taken, again.json.facts.repeated], [0, rows]);
});

await test('rows that name no workload get the one that is said, and refused rows are told with their lines', async () => {
	const body = 'at,id,model,in_uncached,out_visible\n2026-08-01T00:00:00Z,w-1,gpt-4o,7,1\n2026-08-01T00:00:00Z,w-2,gpt-4o,seven,1\n';
	const { json: answer } = await drop(body, 'workload=dropped&provider=openai&account=acme');
	assert.deepEqual([answer.facts.taken, answer.facts.refused], [1, 1]);
	const reasons = table(answer, 'reasons');
	assert.deepEqual([reasons.kind, reasons.rows, reasons.lines], [['refused'], [1], ['3']]);
	assert.match(reasons.reason[0], /in_uncached.*seven/);
	const { json: usage } = await json(port, '/api/v1/report/usage?workload=dropped&account=acme');
	assert.equal(usage.facts.tokens, 8);
});

await test('a file of no known format is told what each near format lacks', async () => {
	const { status, json: answer } = await drop('name,colour\nfox,red\n', 'dry_run=yes&name=foxes.csv');
	assert.equal(status, 400);
	assert.match(answer.error, /^foxes\.csv: /);
	const formats = table(answer, 'formats');
	assert.ok(formats.name.includes('usage-csv') && formats.name.length >= 2, `${formats.name}`);
	formats.why_not.forEach((why) => assert.ok(why.length > 3));
});

await test('a file of which every row is refused leaves nothing behind and says why', async () => {
	const before = await tokens();
	const { status, json: answer } = await drop('at,id,model,in_uncached,out_visible\nnoon,x,gpt-4o,1,1\n');
	assert.equal(status, 400);
	assert.equal(typeof answer.error, 'string');
	assert.deepEqual([answer.facts.collector, answer.facts.refused], ['usage-csv', 1]);
	assert.match(table(answer, 'reasons').reason[0], /noon/);
	assert.equal(await tokens(), before);
});

for (const [name, query, words] of [
	['an unknown collector', 'collector=usage-cvs', ['collector', "'usage-cvs'", "'usage-csv'"]],
	['a dry run that is neither yes nor no', 'dry_run=maybe', ['dry_run', "'maybe'", 'yes', 'no']],
	['an unknown parameter', 'dryrun=yes', ["'dryrun'", 'dry_run', 'workload']],
	['a parameter given twice', 'model=a&model=b', ["'model'", 'twice']],
	['a workload that is too long', `workload=${'w'.repeat(201)}`, ['workload', '201', '200']],
]) await test(`${name} is a 400 that says what is wrong`, async () => {
	const reply = await drop(csv, query);
	assert.equal(reply.status, 400, reply.body);
	for (const word of words) assert.ok(reply.json.error.includes(word), `${word} in: ${reply.json.error}`);
});

await test('an empty body, a form and a page of another site are refused', async () => {
	assert.equal((await drop('')).status, 400);
	assert.equal((await drop(csv, '', { 'Content-Type': 'multipart/form-data; boundary=x' })).status, 415);
	assert.equal((await drop(csv, '', { 'Content-Type': 'text/plain', 'Sec-Fetch-Site': 'same-origin' })).status, 415);
	assert.equal((await drop(csv, '', { Origin: 'https://evil.example' })).status, 403);
	assert.equal((await drop(csv, '', { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
	assert.equal((await call(port, '/api/v1/collect')).status, 405);
});

// So many lines that they are larger than what may be held in memory: as long as those of writeUsage, or fewer that are
// longer where each takes a sanitizer's time.
const sanitized = (process.env.VARIANT || 'release') !== 'release';
const largeRows = sanitized ? 45000 : 180000, largeWorkload = 'large'.padEnd(sanitized ? 200 : 5, '.');
const large = () => {
	const lines = ['at,id,provider,model,workload,requests,in_uncached,in_cache_read,out_visible'];
	for (let i = 0; i < largeRows; i++) lines.push(`${new Date(Date.UTC(2026, 5, 1) + i * 1000).toISOString()},large-${i},openai,gpt-4o,${largeWorkload},1,1000,0,10`);
	return `${lines.join('\n')}\n`;
};

await test('the newest export of a month replaces what it said before, where that is asked for', async () => {
	const bill = (text, query) => drop(`date,provider,service,amount\n${text}`, `name=bill.csv&collector=invoice-csv&${query}`);
	assert.equal((await bill('2026-08-03,DemoCloud,a,1\n2026-08-03,DemoCloud,b,2\n', '')).json.facts.taken, 2);
	assert.equal((await bill('2026-08-03,DemoCloud,a,1.5\n', '')).json.facts.conflicting, 1);
	const { facts } = (await bill('2026-08-03,DemoCloud,a,1.5\n', 'replace=yes')).json;
	assert.deepEqual([facts.taken, facts.replaced, facts.removed, facts.conflicting], [0, 1, 1, 0]);
	const wrong = await drop(csv, 'name=usage.csv&replace=yes');
	assert.equal(wrong.status, 400);
	assert.match(wrong.body, /to replace is for invoices, and this is usage-csv/);
});

await test('a file larger than a body in memory may be is taken, and others are served meanwhile', async () => {
	const body = large();
	assert.ok(body.length > 10 << 20);
	const memory = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8'))[1]);
	let ended = false, peak = 0, slowest = 0, asked = 0;
	const importing = drop(body).finally(() => { ended = true; });
	while (!ended) {
		const began = performance.now();
		assert.equal((await call(port, '/healthz')).status, 200);
		slowest = Math.max(slowest, performance.now() - began);
		peak = Math.max(peak, memory());
		asked++;
		await new Promise((done) => setTimeout(done, 10));
	}
	const { status, json: answer } = await importing;
	assert.equal(status, 200);
	assert.equal(answer.facts.taken, largeRows);
	assert.ok(asked > 3, 'others were asked for meanwhile');
	assert.ok(slowest < 2000, `the slowest other answer took ${slowest} ms`);
	assert.ok(peak < 120 * 1024 || process.env.VARIANT !== 'release', `resident ${peak} kB`);
});

await test('a file that is too large is refused by its size, said or not', async () => {
	const said = await json(port, '/api/v1/collect', { method: 'POST', headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': 25 << 20 } }).catch((error) => error);
	assert.equal(said.status, 413);
	assert.match(said.json.error, /25165824/);
	const unsaid = await new Promise((resolve, reject) => {
		const request = http.request({ host: '127.0.0.1', port, path: '/api/v1/collect', method: 'POST', agent: false, headers: { 'Content-Type': 'application/octet-stream', 'Transfer-Encoding': 'chunked' } }, (response) => { response.resume(); response.on('end', () => resolve(response.statusCode)); });
		request.on('error', reject);
		const piece = Buffer.alloc(1 << 20, 120);
		for (let i = 0; i < 26; i++) request.write(piece);
		request.end();
	});
	assert.equal(unsaid, 413);
});

await test('one file at a time: the next is told to try again', async () => {
	const body = large().replaceAll('large-', 'other-');
	const both = await Promise.all([drop(body), drop(body), drop(body)]);
	const statuses = both.map((reply) => reply.status).sort();
	assert.equal(statuses[0], 200);
	for (const reply of both.filter((one) => one.status !== 200)) {
		assert.equal(reply.status, 503);
		assert.match(reply.json.error, /another file/);
		assert.ok(Number(reply.headers['retry-after']) > 0);
	}
});

await test('a daemon that stops amid an import ends, and stores nothing of it', async () => {
	const before = await tokens();
	const importing = drop(large().replaceAll('large-', 'third-')).then((reply) => reply.status, () => 'cut');
	await new Promise((done) => setTimeout(done, 250));
	const { code } = await daemon.stop();
	assert.equal(code, 0);
	const status = await importing;
	const after = JSON.parse(run('report', 'usage', '--data', data, '--format', 'json').stdout).facts.tokens;
	if (status === 200) assert.equal(after, before + largeRows * 1010);
	else assert.deepEqual([[503, 'cut'].includes(status), after], [true, before]);
	assert.deepEqual(fs.readdirSync(data).filter((name) => !name.startsWith('ledger.db')), [], 'no file is left beside the ledger');
});

await test('sample data takes no files, but looks at them', async () => {
	const demo = await serve(['--data', scratchPath('own')], 'demo');
	const ask = (query) => json(demo.port, `/api/v1/collect?${query}`, { method: 'POST', body: csv, headers: { 'Content-Type': 'application/octet-stream' } });
	assert.equal((await ask('dry_run=yes')).json.facts.taken, rows);
	const refused = await ask('');
	assert.equal(refused.status, 409);
	assert.match(refused.json.error, /sample data/);
	await demo.stop();
});

end();

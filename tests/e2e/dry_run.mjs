// What a dry run tells is what the import then does, whatever stands in the ledger already; and it holds up nobody, since
// it writes nothing: not while another has the lock, and not into a ledger that cannot be written.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { call, end, run, scratchPath, serve, test } from '../api/_daemon.mjs';

const data = scratchPath('ledger');
const facts = (...args) => {
	const done = run('collect', ...args, '--data', data, '--format', 'json');
	return done.status === 0 ? { ...JSON.parse(done.stdout).facts, dry_run: undefined, would_store: undefined } : { status: done.status, said: done.stderr };
};
const inputs = (kind) => fs.readdirSync(`tests/fixtures/${kind}`).filter((name) => name.endsWith('.in')).map((name) => `tests/fixtures/${kind}/${name}`);
const compare = (files, ...args) => {
	for (let again = 0; again < 2; again++)
		for (const file of files) assert.deepEqual(facts(...args, file, '--dry-run'), facts(...args, file), `${args} ${file}, ${again + 1}`);
};

for (const kind of ['usage-csv', 'usage-jsonl', 'azure-trace', 'slurm-sacct', 'focus-csv', 'invoice-csv', 'prices-csv', 'statuspage', 'claude-code-logs'])
	await test(`a dry run of ${kind} tells what the import does, of new lines and of old ones`, () => compare(inputs(kind).slice(0, 2), kind));

await test('what conflicts, grows, has no id or is replaced is told by a dry run as it comes', () => {
	const write = (name, text) => { fs.writeFileSync(scratchPath(name), text); return scratchPath(name); };
	const head = 'id,at,provider,model,in_uncached,out_visible\n';
	const row = (id, tokens, hour = 1) => `${id},2026-09-01T0${hour}:00:00Z,acme,m,${tokens},1\n`;
	compare([write('1.csv', head + row('a', 1) + row('', 5) + row('', 5)), write('2.csv', head + row('a', 2) + row('', 5) + row('', 5) + row('', 5) + row('b', 1, 2)), write('3.csv', head + row('a', 2) + row('b', 1, 2) + row('b', 3, 2))], 'usage-csv');
	const bill = (amount) => `date,provider,service,amount\n2026-09-03,DemoCloud,a,${amount}\n2026-09-04,DemoCloud,b,${amount}\n`;
	compare([write('bill.csv', bill(1)), write('bill.csv', bill(1))], 'invoice-csv', '--replace');
	compare([write('bill.csv', bill(2).replace(/.*,b,.*\n/, ''))], 'invoice-csv', '--replace');
});

await test('a dry run does not wait for who writes, in a terminal or over HTTP', async () => {
	const daemon = await serve(['--data', data]);
	const writer = spawn('sqlite3', [`${data}/ledger.db`], { stdio: ['pipe', 'pipe', 'inherit'] });
	writer.stdin.write("BEGIN IMMEDIATE;\n.print locked\n");
	await new Promise((done) => writer.stdout.once('data', done));
	const file = inputs('usage-csv')[0], body = fs.readFileSync(file);
	const alone = facts('usage-csv', file, '--dry-run');
	assert.equal(alone.status, undefined, alone.said);
	const reply = await call(daemon.port, '/api/v1/collect?dry_run=yes&collector=usage-csv', { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body });
	assert.equal(reply.status, 200, reply.body);
	assert.equal(JSON.parse(reply.body).facts.repeated, alone.repeated);
	writer.stdin.end('ROLLBACK;\n');
	await new Promise((done) => writer.on('exit', done));
	await daemon.stop();
});

await test('a dry run changes no byte of the ledger, and makes none', () => {
	const before = fs.readFileSync(`${data}/ledger.db`);
	facts('usage-csv', inputs('usage-csv')[0], '--dry-run');
	assert.ok(before.equals(fs.readFileSync(`${data}/ledger.db`)));
	assert.equal(run('collect', 'usage-csv', inputs('usage-csv')[0], '--dry-run', '--data', scratchPath('none')).status, 0);
	assert.ok(!fs.existsSync(scratchPath('none')));
	assert.equal(run('check', '--data', data).status, 0);
});
end();

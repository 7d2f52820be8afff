// A repricing that is killed at any moment goes on, and ends where one ends that nobody disturbed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, run, scratchPath, test } from '../api/_daemon.mjs';

const program = process.env.BREAKEVEN || 'build/release/breakeven';
const data = scratchPath('killed'), whole = scratchPath('whole');
const many = (process.env.VARIANT || 'release') === 'release' ? 150000 : 30000; // a sanitizer is as long over fewer
const rows = ['id,at,provider,model,in_uncached,out_visible'];
for (let i = 0; i < many; i++)
	rows.push(`r${i},${1785542400 + i * 17},${i % 2 ? 'acme,zed' : 'openai,gpt-4o'},${1000 + i % 977},${i % 89}`);
fs.writeFileSync(scratchPath('rows.csv'), `${rows.join('\n')}\n`);
fs.writeFileSync(scratchPath('prices.csv'), 'provider,model,in_uncached,out_visible,source_url,checked\nacme,zed,7,9,https://example.invalid,2026-10-01\nopenai,gpt-4o,1,1,https://example.invalid,2026-10-01\n');
for (const [collector, file] of [['usage-csv', 'rows.csv'], ['prices-csv', 'prices.csv']])
	assert.equal(run('collect', collector, scratchPath(file), '--data', data).status, 0);
fs.cpSync(data, whole, { recursive: true });
const facts = (...args) => JSON.parse(run(...args, '--format', 'json').stdout).facts;

// Runs and is killed after a while; true when it ended by itself.
async function killed(args, ms) {
	const child = spawn(program, args, { stdio: 'ignore' });
	const ended = new Promise((done) => child.on('exit', (code, signal) => done(signal === null)));
	await Promise.race([ended, sleep(ms)]);
	child.kill('SIGKILL');
	return ended;
}

await test('a repricing that is killed again and again ends as one that was left alone', async () => {
	const { digest, lines } = facts('reprice', '--data', data);
	assert.equal(lines, many);
	assert.equal(facts('reprice', '--data', whole).digest, digest, 'the same lines and prices have the same digest');
	assert.equal(run('reprice', '--confirm', digest, '--data', whole).status, 0);
	let done = await killed(['reprice', '--confirm', digest, '--data', data], 150), kills = 0;
	for (let i = 0; !done && i < 200; i++) {
		kills++;
		assert.equal(run('check', '--data', data).status, 0, 'what was killed is sound');
		const begun = facts('reprice', '--list', '--data', data).repricings > 0;
		done = await killed(['reprice', ...(begun ? ['--resume'] : ['--confirm', digest]), '--data', data], 40 + i * 25);
	}
	assert.ok(done && kills > 0, `ended after ${kills} kills`);
	assert.equal(facts('reprice', '--list', '--data', data).unfinished, false);
	for (const by of ['day,model', 'month'])
		assert.equal(run('report', 'usage', '--by', by, '--data', data, '--format', 'csv').stdout, run('report', 'usage', '--by', by, '--data', whole, '--format', 'csv').stdout);
	assert.equal(facts('reprice', '--data', data).lines, 0);
	assert.equal(run('check', '--data', data).status, 0);
});
end();

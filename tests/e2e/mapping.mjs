// A file that nobody foresaw, read by a mapping of the configuration.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, run, scratchPath, test } from '../api/_daemon.mjs';

const config = scratchPath('breakeven.conf'), file = scratchPath('export.csv'), data = scratchPath('ledger');
const mapping = (more = '') => fs.writeFileSync(config, `[mapping gateway]
at = created
time = "%d.%m.%Y %H:%M"
zone = Europe/Berlin
model = Model
provider = "=openai"
input = prompt_k
in_cache_read = cached_k
output = answer_k
unit = thousands
${more}`);
const collect = (name, ...more) => run('collect', name, file, '--config', config, '--data', data, '--format', 'json', ...more);

mapping();
fs.writeFileSync(file, 'Created;model;prompt_k;cached_k;answer_k\n01.11.2026 10:00;gpt-4o;12.5;0.5;0.31\n01.11.2026 10:05;gpt-4o;1;;2\nsoon;gpt-4o;1;;2\n');

await test('a dry run shows what would be stored, and stores nothing', () => {
	const { facts } = JSON.parse(collect('gateway', '--dry-run').stdout);
	assert.deepEqual([facts.taken, facts.refused], [2, 1]);
	const first = JSON.parse(facts.would_store[0]);
	assert.deepEqual([first.at, first.in_uncached, first.in_cache_read, first.out_visible, first.amount], ['2026-11-01T09:00:00Z', 12000, 500, 310, '0.033725']);
	assert.equal(fs.existsSync(data), false);
});

await test('importing by it again repeats', () => {
	assert.equal(JSON.parse(collect('gateway').stdout).facts.taken, 2);
	assert.deepEqual([0, 2], (({ taken, repeated }) => [taken, repeated])(JSON.parse(collect('gateway').stdout).facts));
});

await test('a name that is nearly a mapping is answered with it', () => {
	const done = collect('gatewy');
	assert.equal(done.status, 2);
	assert.match(done.stderr, /did you mean the mapping 'gateway'/);
});

await test('config check says line and nearest name of what is wrong in a mapping', () => {
	mapping('modl = x\n');
	const done = run('config', 'check', config);
	assert.equal(done.status, 2);
	assert.match(done.stderr, /breakeven\.conf:11: mapping gateway: 'modl' is unknown; the nearest is 'model'/);
	mapping('[mapping usage-csv]\nat = t\ninput = i\n');
	assert.match(run('config', 'check', config).stderr, /a collector has that name/);
	mapping('[mapping gateway]\n');
	assert.match(run('config', 'check', config).stderr, /there is a \[mapping gateway\] already, in line 1/);
	mapping('zone = Europe/Berln\n');
	assert.match(run('config', 'check', config).stderr, /zone/);
});

await test('without a mapping the collector says what is needed', () => {
	mapping();
	const done = collect('mapped');
	assert.equal(done.status, 2);
	assert.match(done.stderr, /\[mapping NAME\]/);
});

end();

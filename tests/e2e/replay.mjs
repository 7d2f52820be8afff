// A part of the property of tests/replay/property.mjs; `make replay` holds it for all its seeds. And a source of very
// many rows.
import { execFile } from 'node:child_process';
import { end, file, folder, program, same, scratch, test, yes } from './_say.mjs';
import { run } from '../replay/property.mjs';
import { expected, makeWorld, openaiUsage } from '../replay/openai_usage.mjs';
import { open, randomOf } from '../replay/server.mjs';

const plain = !process.env.VARIANT || process.env.VARIANT === 'release';
const seeds = plain ? 50 : 6;
const total = await run(1, seeds, scratch);

test(`${seeds} sources that misbehave, and a daemon that is killed: the ledger is what each source says`, () => yes(total.wrong.length === 0, total.wrong.join('; ')));
test('the sources did misbehave, in several ways each', () => yes(total.kinds >= 2 * seeds, `${total.kinds} kinds in all, ${total.faulted} faults in ${total.requests} requests`));

// Five days of 24,000 rows: more than one transaction should take.
const world = makeWorld(randomOf(2), Math.floor(Date.now() / 1000), 110);
const rows = [...world.completions.values()].slice(0, 60);
for (let i = 0; i < 400; i++)
	for (const row of rows) world.completions.set(`${row.start} ${i} ${JSON.stringify(row)}`, { ...row, project_id: `proj_${i}` });
const replay = await open({ apis: [openaiUsage(world)] });
const config = file('many.conf', `[source many]\ncollector = openai-usage\nurl = ${replay.url}\nallow_local = yes\nkey_variable = REPLAY_KEY\ntrailing_hours = 110\n`);
const done = await new Promise((resolve) => execFile(program, ['source', 'run', 'many', '--config', config, '--data', folder('many'), '--format', 'json'],
	{ env: { ...process.env, REPLAY_KEY: 'sk-admin-replay' } }, (error, out, err) => resolve({ status: error ? error.code : 0, out, err })));
await replay.close();
const lines = new Set(expected(world, 0, Infinity).map((line) => line.split('|').filter((_, i) => i < 6 || i === 11).join('|')));
test('a window of more rows than a transaction should take is read in shorter ones', () => {
	same(done.status, 0, done.err);
	const { facts } = JSON.parse(done.out);
	same(facts.taken, lines.size, 'taken');
	yes(facts.windows > 1, `${facts.windows} windows`);
});

end();

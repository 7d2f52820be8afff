// The program tells how it is used, and what was mistyped is answered with exit 2 and a sentence.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const breakeven = (...args) => spawnSync(process.env.BREAKEVEN, args, { encoding: 'utf8' });
const check = (title, truth, detail = '') => {
	console.log(`${truth ? 'ok' : 'not ok'} ${title}${truth ? '' : `\n  ${detail}`}`);
	if (!truth) process.exitCode = 1;
};

const list = breakeven('help');
const commands = [...list.stdout.matchAll(/^  ([a-z]+) +\S/gm)].map((match) => match[1]);
check('help lists the commands', list.status === 0 && commands.length > 0, list.stdout + list.stderr);
for (const command of commands) {
	const help = breakeven('help', command);
	check(`help ${command} shows its usage and an example of it`,
		help.status === 0 && help.stdout.includes(`usage: breakeven ${command}`) &&
			new RegExp(`example:[^]*breakeven ${command}\\b`).test(help.stdout), help.stdout + help.stderr);
	const wrong = breakeven(command, '--no-such-option');
	check(`${command} refuses an option that it does not have with a sentence of its own`,
		wrong.status === 2 && wrong.stderr.startsWith(`breakeven ${command}: `) && wrong.stdout === '',
		`exit ${wrong.status}: ${wrong.stdout}${wrong.stderr}`);
}
// Every example works as it is typed, in this order: the first ones make the ledger that the later ones read.
const order = ['collect', 'fleet', 'workload', 'rule', 'prices', 'token', 'source', 'config', 'price', 'solve', 'throughput', 'report', 'reprice', 'month', 'doctor',
	'check', 'backup', 'restore'];
const scratch = process.env.SCRATCH;
const sample = path.join(scratch, 'usage.csv');
fs.writeFileSync(sample, 'at,provider,model,workload,in_uncached,out_visible\n2026-08-01T12:00:00Z,openai,gpt-4o,chat,1520,310\n');
check('a file is imported for the examples', breakeven('collect', 'auto', sample).status === 0);
for (const command of order) {
	const example = /example:\n([^]*)$/.exec(breakeven('help', command).stdout)[1].replaceAll('/tmp/', `${scratch}/`);
	const typed = spawnSync('bash', ['-c', example], { encoding: 'utf8',
		env: { ...process.env, PATH: `${path.dirname(path.resolve(process.env.BREAKEVEN))}:${process.env.PATH}` } });
	check(`the example of help ${command} works as typed`, typed.status === 0, `exit ${typed.status}: ${typed.stdout}${typed.stderr}`);
}

const unknown = breakeven('colect');
check('a command that does not exist is exit 2 and names the nearest', unknown.status === 2 && unknown.stderr === "breakeven: there is no command 'colect'; the nearest is 'collect'\n", unknown.stderr);
// What has no report behind it answers in the form that is asked for too.
const json = (...args) => JSON.parse(breakeven(...args, '--format', 'json').stdout);
check('report --list, config check, fleet set and remove answer as JSON', json('report', '--list').columns[0].values.includes('usage') &&
	json('config', 'check', '/dev/null').facts.right === true && json('fleet', 'set', 'one', '--gpu-hour', '1', '--throughput-tok-s', '1').facts.set === true &&
	json('fleet', 'remove', 'one').facts.removed === true);
const wide = breakeven('report', '--list', 'usage');
check('report --list takes no word beside it', wide.status === 2 && wide.stderr.includes("'usage' is one word too many"), wide.stderr);
const report = breakeven('usage');
check("a report's name alone is answered with how to ask for it", report.status === 2 && report.stderr.includes('`breakeven report usage`'), report.stderr);
check('help on a report shows its own options', /--service-tier /.test(breakeven('help', 'report', 'usage').stdout) &&
	breakeven('report', 'usage', '--help').stdout === breakeven('help', 'report', 'usage').stdout);
check('options may stand before the name of a report', breakeven('report', '--format', 'csv', 'usage', '--by=model').stdout.startsWith('model,'));
check('the version is told', /^breakeven \d+\.\d+\.\d+\n$/.test(breakeven('--version').stdout));
const swapped = breakeven('collect', sample);
check('a file without a collector is answered with the one that recognises it', swapped.status === 2 && swapped.stderr.includes(`collect auto ${sample}`), swapped.stderr);
const reader = spawnSync('bash', ['-c', '"$BREAKEVEN" report prices | head -c 10'], { encoding: 'utf8' });
check('a reader that has seen enough is no mistake', reader.stdout.length === 10 && reader.stderr === '', reader.stderr);
const full = spawnSync('bash', ['-c', '"$BREAKEVEN" report usage > /dev/full'], { encoding: 'utf8' });
check('a full disk behind the output is exit 1 with a sentence', full.status === 1 && full.stderr.includes('standard output: cannot be written'), full.stderr);
check('no command at all is exit 2 and shows the list', breakeven().status === 2);

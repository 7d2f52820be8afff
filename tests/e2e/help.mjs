// The program tells how it is used, and what was mistyped is answered with exit 2 and a sentence.
import { spawnSync } from 'node:child_process';

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
const unknown = breakeven('colect');
check('a command that does not exist is exit 2 and names itself', unknown.status === 2 && unknown.stderr.includes("'colect'"), unknown.stderr);
check('no command at all is exit 2 and shows the list', breakeven().status === 2);

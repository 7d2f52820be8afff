// `make run` serves the demo and prints its address; `make run FILE=usage.csv` imports the file into the
// user's own ledger (here: of a scratch home) and serves that.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

const variant = process.env.VARIANT;
const check = (title, truth, detail = '') => {
	console.log(`${truth ? 'ok' : 'not ok'} ${title}${truth ? '' : `\n  ${detail}`}`);
	if (!truth) process.exitCode = 1;
};

// Starts make, waits for the address, hands it to `ask`, and ends what was started.
async function served(args, ask) {
	const make = spawn('make', ['-s', 'run', `VARIANT=${variant}`, 'LISTEN=127.0.0.1:0', ...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
	let said = '';
	const address = new Promise((resolve) => {
		const read = (text) => {
			said += text;
			const match = /^listening on (http:\/\/\S+)/m.exec(said);
			if (match) resolve(match[1]);
		};
		make.stdout.setEncoding('utf8').on('data', read);
		make.stderr.setEncoding('utf8').on('data', read);
		make.on('exit', () => resolve(''));
		setTimeout(() => resolve(''), 120000).unref();
	});
	const where = await address;
	try {
		await ask(where.replace(/\/$/, ''), said);
	} catch (error) {
		check(`make run ${args.join(' ')} answers`, false, `${error.message} ${error.cause ?? ''}\n${said}`);
	}
	if (make.exitCode === null) {
		process.kill(-make.pid, 'SIGINT');
		await once(make, 'exit');
	}
}

await served([], async (at, said) => {
	check('make run prints the address of the demo', at !== '', said);
	const page = await fetch(`${at}/`);
	check('the page is there', page.status === 200 && /text\/html/.test(page.headers.get('content-type')));
	const source = /src="([^"]*vendor\/chart[^"]*)"/.exec(await page.text());
	const chart = await fetch(new URL(source[1], `${at}/`));
	check('Chart.js is served with it', chart.status === 200 && (await chart.text()).length > 100000);
	const answer = await (await fetch(`${at}/api/v1/report/breakeven`)).json();
	check('the demo has a break-even to show', Number(answer.facts.closed_month) > 0 && Number(answer.facts.self_month) > 0,
		JSON.stringify(answer.facts));
});

const usage = path.join(process.env.SCRATCH, 'usage.csv');
const at = new Date(Date.now() - 86400e3).toISOString();
fs.writeFileSync(usage, `id,at,provider,model,workload,requests,in_uncached,out_visible
r1,${at},openai,gpt-4o,chat,1,1200,340
r2,${at},openai,gpt-4o,chat,1,800,60
`);
for (const time of ['first', 'second'])
	await served([`FILE=${usage}`], async (where, said) => {
		check(`make run FILE= serves the file's usage the ${time} time`, where !== '', said);
		const answer = await (await fetch(`${where}/api/v1/report/usage`)).json();
		check(`and counts it once (${time} time)`, Number(answer.facts.requests) === 2 && Number(answer.facts.in_uncached) === 2000,
			JSON.stringify(answer.facts));
	});

// The format is recognised: an Azure trace needs no word about it.
const trace = path.join(process.env.SCRATCH, 'trace.csv');
fs.writeFileSync(trace, 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n');
await served([`FILE=${trace}`], async (where, said) => {
	const answer = await (await fetch(`${where}/api/v1/report/usage`)).json();
	check('make run FILE= recognises the format by its content', Number(answer.facts.requests) === 3, said);
});

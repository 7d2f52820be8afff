// `breakeven bench endpoint` against a real engine, llama.cpp with random weights behind a small server: what it reports
// is what the engine counted and when the server wrote.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { answer, end, folder, same, skip, test, yes } from '../e2e/_say.mjs';

const ADDON = path.resolve('build/peer/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/llama-addon.node');
const PLACES = 8, ISL = 80, OSL = 40, ATTEMPTS = 3;
const quantile = (values, p) => { const sorted = [...values].sort((a, b) => a - b), at = (sorted.length - 1) * p, low = Math.floor(at); return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]); };
const NAMES = ['the counts of a real engine are those that are reported', 'the times of a real engine are those that its server wrote down'];

function served() {
	const server = spawn(process.execPath, ['tests/peers/_engine.mjs', ADDON, folder('random.gguf'), String(PLACES)], { stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';
	server.stderr.on('data', (text) => { said += text; });
	return new Promise((resolve) => {
		server.stdout.once('data', (bytes) => resolve({ server, url: `http://127.0.0.1:${Number(bytes)}` }));
		server.once('exit', () => resolve({ why: said.trim().split('\n').at(-1) || 'it ended without a word' }));
	});
}

function measure(url, concurrency, seed) {
	const log = folder(`each${concurrency}-${seed}.csv`);
	const reply = answer(['bench', 'endpoint', url, '--model', 'random', '--concurrency', String(concurrency), '--isl', String(ISL), '--osl', String(OSL), '--requests', String(4 * concurrency), '--duration', '20', '--warmup', '0', '--seed', String(seed), '--each', log]);
	const run = Object.fromEntries(reply.columns.filter(({ table }) => table === 'levels').map(({ name, values }) => [name, values[0]]));
	const truth = JSON.parse(spawnSync('curl', ['-s', `${url}/truth`], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout);
	const each = fs.readFileSync(log, 'utf8').trim().split('\n').slice(1).map((row) => row.split(',')).map(([, id, due, first, last, pieces, tokens, outcome]) => ({ id, due: Number(due), first: Number(first), last: Number(last), pieces: Number(pieces), tokens: Number(tokens), outcome, truth: truth[id] }));
	return { reply, run, each };
}

const engine = fs.existsSync(ADDON) ? await served() : { why: 'npm could not bring @node-llama-cpp/linux-x64 here' };
if (!engine.url) {
	for (const name of NAMES) skip(name, engine.why);
} else {
	test(NAMES[0], () => {
		const { reply, run, each } = measure(engine.url, 4, 1);
		same([reply.facts.partial, run.miscounted, run.shortened, run.unsent, run.good], [false, 0, 0, 0, run.requests], 'partial, miscounted, shortened, unsent, good');
		yes(each.length === run.requests && each.length >= 16, `${each.length} of ${run.requests} requests`);
		for (const one of each) {
			same([one.outcome, one.tokens, one.pieces, one.truth.written.length], ['good', OSL, OSL, OSL], one.id);
			// Each token but the last one has its place in the engine's cache.
			same(one.truth.cells, one.truth.prompt + OSL - 1, `${one.id}: cells of the cache`);
			yes(one.due < one.truth.written[0] && one.first > one.truth.written[0] && one.last > one.truth.written.at(-1), `${one.id}: heard before it was written`);
		}
		const prompts = each.reduce((sum, { truth }) => sum + truth.prompt, 0) / each.length;
		yes(Math.abs(run.prompt_tokens - prompts) < 1e-6 && Math.abs(prompts / ISL - 1) < 0.1, `tokens of a prompt: ${run.prompt_tokens}, counted ${prompts}, asked for ${ISL}`);
		same([run.output_tokens, run.tokens_per_piece], [OSL, 1], 'tokens of a reply, of a piece');
	});

	// A machine that is busy with other things keeps what was written from being heard; an error of the measure would be in
	// every request, so that the least disturbed one tells. What is reported is made of all of them.
	test(NAMES[1], () => {
		for (const concurrency of [1, 6]) {
			const off = [];
			for (let seed = 2; seed < 2 + ATTEMPTS && !(Math.min(...off) <= 0.02); seed++) {
				const { run, each } = measure(engine.url, concurrency, seed);
				const parts = (one) => [['ttft', one.first - one.due, one.truth.written[0] - one.due], ['tpot', (one.last - one.first) / (OSL - 1), (one.truth.written.at(-1) - one.truth.written[0]) / (OSL - 1)], ['e2e', one.last - one.due, one.truth.written.at(-1) - one.due]];
				off.push(...each.map((one) => Math.max(...parts(one).map(([, told, truth]) => Math.abs(told / truth - 1)))));
				parts(each[0]).forEach(([name], i) => {
					const heard = 1000 * quantile(each.map((one) => parts(one)[i][1]), 0.5), truth = 1000 * quantile(each.map((one) => parts(one)[i][2]), 0.5), told = run[`${name}_ms_p50`];
					yes(Math.abs(told / heard - 1) < 1e-3, `${name}: ${told} is reported, ${heard} was heard`);
					if (process.env.TELL) console.log(`  ${concurrency} at once: ${name} ${told.toFixed(3)} ms, written ${truth.toFixed(3)}`);
				});
			}
			yes(Math.min(...off) <= 0.02, `${concurrency} at once: the least disturbed of ${off.length} requests is off by ${(100 * Math.min(...off)).toFixed(2)} %`);
		}
	});
	engine.server.kill();
}
end();

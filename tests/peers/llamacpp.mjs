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

	// A machine that is busy with other things keeps what was written from being heard: the best of three is told.
	test(NAMES[1], () => {
		for (const concurrency of [1, 6]) {
			const off = [];
			for (let seed = 2; seed < 2 + ATTEMPTS && !(off.length > 0 && Math.min(...off.map(({ most }) => most)) <= 0.02); seed++) {
				const { run, each } = measure(engine.url, concurrency, seed);
				const told = { ttft: run.ttft_ms_p50, tpot: run.tpot_ms_p50, e2e: run.e2e_ms_p50 };
				const was = { ttft: each.map(({ due, truth: { written } }) => written[0] - due), tpot: each.map(({ truth: { written } }) => (written.at(-1) - written[0]) / (OSL - 1)), e2e: each.map(({ due, truth: { written } }) => written.at(-1) - due) };
				const parts = Object.entries(told).map(([name, ms]) => [name, ms, 1000 * quantile(was[name], 0.5)]);
				off.push({ most: Math.max(...parts.map(([, ms, truth]) => Math.abs(ms / truth - 1))), said: parts.map(([name, ms, truth]) => `${name} ${ms.toFixed(3)} ms, written ${truth.toFixed(3)}`).join('; ') });
				if (process.env.TELL) console.log(`  ${concurrency} at once: ${off.at(-1).said}`);
			}
			yes(Math.min(...off.map(({ most }) => most)) <= 0.02, `${concurrency} at once: ${off.map(({ said }) => said).join(' | ')}`);
		}
	});
	engine.server.kill();
}
end();

// `breakeven bench endpoint` against a server whose timing and faults are known.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { answer, end, file, folder, run, same, scratch, test, yes } from './_say.mjs';

const TTFT = 60;
const GAP = 12;

// The program runs while this script waits, so the server is a process of its own.
async function served(body, ...timing) {
	const server = spawn(process.execPath, [path.join(import.meta.dirname ?? 'tests/e2e', '_completions.mjs'), ...timing.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
	const port = await new Promise((resolve) => server.stdout.once('data', (bytes) => resolve(Number(bytes))));
	const url = `http://127.0.0.1:${port}`;
	try {
		body(url, () => JSON.parse(spawnSync('curl', ['-s', `${url}/truth`], { encoding: 'utf8' }).stdout));
	} finally {
		server.kill();
	}
}
const bench = (url, model, ...more) => answer(['bench', 'endpoint', url, '--model', model, '--isl', '60', '--osl', '8', '--warmup', '0', ...more]);
const columns = (reply, table) => Object.fromEntries(reply.columns.filter((column) => column.table === table).map((column) => [column.name, column.values]));
const quantile = (values, p) => { const sorted = [...values].sort((a, b) => a - b), at = (sorted.length - 1) * p, low = Math.floor(at); return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]); };
// The file of --each: an object a request.
const requests = (name) => {
	const [head, ...lines] = fs.readFileSync(name, 'utf8').trim().split('\n').map((line) => line.split(','));
	return lines.map((line) => Object.fromEntries(head.map((column, i) => [column, ['id', 'outcome'].includes(column) || line[i] === '' ? line[i] : Number(line[i])])));
};
const errors = (reply) => Object.fromEntries(columns(reply, 'errors').error.map((name, i) => [name, columns(reply, 'errors').requests[i]]));

await served((url, truth) => {
	test('times, lengths and counts are those of the server', () => {
		const log = folder('each.csv');
		const reply = bench(url, 'steady', '--concurrency', '4', '--duration', '1', '--slo-ttft', '10000', '--slo-tpot', '10000', '--gpu-hour', '3.6', '--gpus', '2', '--each', log);
		const runs = columns(reply, 'levels'), real = truth(), each = requests(log);
		same(reply.facts.partial, false, 'partial');
		same(each.length, runs.requests[0], 'a line for each request');
		// Request by request: nothing was heard before it was written, and what is told is made of what was heard.
		for (const { id, due_s: due, first_s: first, last_s: last, pieces, tokens, outcome } of each) {
			const written = real.written[id];
			same([pieces, tokens, outcome, written.length], [8, 8, 'good', 8], id);
			yes(due < written[0] && first > written[0] && last > written[7], `${id}: due ${due}, written ${written[0]}, heard ${first}`);
		}
		const told = (name, p, values) => yes(Math.abs(runs[name][0] / (1000 * quantile(values, p)) - 1) < 1e-3, `${name} ${runs[name][0]} of ${1000 * quantile(values, p)}`);
		for (const [name, p] of [['p50', 0.5], ['p90', 0.9], ['p99', 0.99]]) {
			told(`ttft_ms_${name}`, p, each.map((one) => one.first_s - one.due_s));
			told(`tpot_ms_${name}`, p, each.map((one) => (one.last_s - one.first_s) / 7));
			told(`e2e_ms_${name}`, p, each.map((one) => one.last_s - one.due_s));
		}
		// What was heard is what was written but for the way there, in the request that was least disturbed by other programs.
		const off = each.map(({ id, due_s: due, first_s: first, last_s: last }) => {
			const written = real.written[id];
			return Math.max(Math.abs((first - due) / (written[0] - due) - 1), Math.abs((last - first) / (written[7] - written[0]) - 1));
		});
		yes(Math.min(...off) < 0.05, `the least disturbed of ${off.length} requests is off by ${Math.min(...off)}`);
		yes(runs.ttft_ms_p50_low[0] <= runs.ttft_ms_p50[0] && runs.ttft_ms_p50[0] <= runs.ttft_ms_p50_high[0], 'the interval holds its value');
		same(runs.output_tokens[0], 8, 'tokens of a reply');
		yes(Math.abs(runs.prompt_tokens[0] - 60) <= 1, `tokens of a prompt: ${runs.prompt_tokens[0]}`);
		same(runs.tokens_per_piece[0], 1, 'tokens a piece');
		same(runs.requests[0], runs.good[0], 'all are good');
		yes(Math.abs(runs.in_flight[0] - 4) < 0.4, `in flight ${runs.in_flight[0]}`);
		same(runs.within_slo[0], 1, 'within the limits');
		const cost = 2 * 3.6 / (reply.facts.output_tok_s * 3600) * 1e6;
		yes(Math.abs(reply.facts.usd_per_output_mtok / cost - 1) < 1e-9, `cost ${reply.facts.usd_per_output_mtok}`);
		same(real.prompts, real.requests, 'every prompt is another');
		yes(real.bodies[0].ignore_eos === true && real.bodies[0].stream_options.include_usage === true, JSON.stringify(real.bodies[0]));
		const nowhere = run(['bench', 'endpoint', url, '--model', 'steady', '--each', folder('no/such/folder')]);
		yes(nowhere.status === 2 && /--each .*cannot be written/.test(nowhere.err), nowhere.err);
	});

	test('an open loop sends what is due, whatever is under way', () => {
		const runs = columns(bench(url, 'steady', '--rate', '50,100', '--duration', '0.6'), 'levels');
		same(runs.rate, [50, 100], 'rates');
		for (const [i, rate] of [[0, 50], [1, 100]])
			yes(Math.abs(runs.requests[i] - 0.6 * rate) < 5 * Math.sqrt(0.6 * rate), `${runs.requests[i]} requests at ${rate} a second`);
	});

	test('a trace is replayed with its own arrivals and lengths', () => {
		const rows = Array.from({ length: 12 }, (_, i) => `2023-11-16 18:15:${String(10 + i * 0.1).padEnd(4, '.0').slice(0, 4)}000000,${30 + i},${2 + i % 3}`);
		const trace = file('trace.csv', `TIMESTAMP,ContextTokens,GeneratedTokens\n${rows.join('\n')}\n`);
		const runs = columns(bench(url, 'steady', '--trace', trace, '--duration', '1.3'), 'levels');
		same(runs.requests[0], 12, 'requests');
		same(runs.output_tokens[0], 3, 'mean tokens of a reply');
		yes(Math.abs(runs.prompt_tokens[0] - 35.5) < 1, `tokens of a prompt: ${runs.prompt_tokens[0]}`);
	});

	test('servers that count otherwise are understood', () => {
		const pairs = columns(bench(url, 'pairs', '--concurrency', '2', '--requests', '4'), 'levels');
		same(pairs.tokens_per_piece[0], 2, 'tokens a piece');
		const uncounted = bench(url, 'uncounted', '--concurrency', '2', '--requests', '4');
		same(columns(uncounted, 'levels').prompt_tokens[0], null, 'prompt tokens');
		yes(uncounted.notes.some((note) => /reports no token counts/.test(note)), JSON.stringify(uncounted.notes));
		const strict = bench(url, 'strict', '--concurrency', '1', '--requests', '2');
		yes(strict.notes.some((note) => /refused max_tokens and ignore_eos/.test(note)), JSON.stringify(strict.notes));
	});

	test('faults are counted by kind, the run ends, and what is lost is said', () => {
		for (const [model, kind, words] of [['torn', 'error_in_stream', /ran out of memory/], ['closes', 'closed_early', /./], ['nonsense', 'nonsense', /no stream/], ['silent', 'timeout', /not over/],
			['empty', 'empty', /no text/], ['hangs', 'timeout', /not over/], ['failed', 'failed', /broken/], ['busy', 'busy', /the queue is full/]]) {
			const done = run(['bench', 'endpoint', url, '--model', model, '--timeout', kind === 'timeout' ? '0.5' : '10', '--silent', '0.3', '--osl', '8', '--concurrency', '2', '--duration', '1', '--warmup', '0']);
			yes(done.status === 1 && done.err.includes(`: ${kind}: `) && words.test(done.err), `${model}: exit ${done.status}: ${done.err}`);
		}
		const faded = bench(url, 'fades', '--concurrency', '2', '--duration', '0.5', '--silent', '0.3');
		yes(faded.facts.partial && errors(faded).silent >= 2 && columns(faded, 'errors').first_said[0] === 'no byte came for too long', JSON.stringify(errors(faded)));
		const reply = bench(url, 'flaky', '--concurrency', '3', '--duration', '0.8');
		const runs = columns(reply, 'levels');
		yes(reply.facts.partial && errors(reply).busy > 0 && errors(reply).busy + runs.good[0] === runs.requests[0], JSON.stringify(errors(reply)));
		same(columns(reply, 'errors').first_said[0], 'the queue is full', 'what was said');
		yes(reply.notes.some((note) => /run 1 is partial: [0-9]+ of [0-9]+ requests failed/.test(note)), JSON.stringify(reply.notes));
	});

	test('a key comes from a file, is sent, and is in no output', () => {
		const key = file('key', 'sk-very-secret\n');
		fs.chmodSync(key, 0o600);
		const done = run(['bench', 'endpoint', url, '--model', 'steady', '--osl', '3', '--concurrency', '1', '--requests', '1', '--key-file', key]);
		yes(done.status === 0 && !`${done.out}${done.err}`.includes('very-secret'), done.err);
		yes(truth().keys.includes('Bearer sk-very-secret'), 'the server had it');
		fs.chmodSync(key, 0o644);
		const open = run(['bench', 'endpoint', url, '--model', 'steady', '--key-file', key]);
		yes(open.status === 2 && /chmod 600/.test(open.err) && !open.err.includes('very-secret'), open.err);
	});

	test('what was measured can be kept as an anchor that predictions lean on', () => {
		const data = path.join(scratch, 'anchors');
		const what = ['--model', 'Llama-3.1-8B', '--precision', 'fp8'];
		const before = answer(['throughput', ...what, '--gpu', 'L40S', '--isl', '60', '--osl', '8', '--concurrency', '4']).facts;
		const reply = bench(url, 'steady', '--concurrency', '4', '--duration', '0.6', '--save', '--gpu', 'L40S', '--anchor-model', 'Llama-3.1-8B', '--precision', 'fp8', '--data', data);
		same(reply.facts.saved_runs, 1, 'saved');
		const after = answer(['throughput', ...what, '--gpu', 'L40S', '--isl', '60', '--osl', '8', '--concurrency', '4', '--data', data]).facts;
		const far = (facts) => Math.abs(Math.log(facts.tpot_ms / reply.facts.tpot_ms));
		yes(far(after) < 0.6 * far(before) && after.tpot_error < before.tpot_error, `${before.tpot_ms} became ${after.tpot_ms}; measured ${reply.facts.tpot_ms}`);
		const gpu = run(['bench', 'endpoint', url, '--model', 'steady', '--save']);
		yes(gpu.status === 2 && /say which by --gpu/.test(gpu.err), gpu.err);
	});
}, TTFT, GAP);

test('what cannot be asked is refused with what is wrong', () => {
	const refused = (args, words, status = 2) => {
		const done = run(['bench', 'endpoint', ...args]);
		yes(done.status === status && words.test(done.err) && done.out === '', `${args.join(' ')}: exit ${done.status}: ${done.err}`);
	};
	refused([], /say where the server is/);
	refused(['http://127.0.0.1:1'], /--model is missing/);
	refused(['127.0.0.1:1', '--model', 'a'], /no address of a server/);
	refused(['http://key@127.0.0.1:1', '--model', 'a'], /give keys by --key-file/);
	refused(['http://127.0.0.1:1', '--model', 'a', '--concurrency', '1,x'], /--concurrency is '1,x'/);
	refused(['http://127.0.0.1:1', '--model', 'a', '--concurrency', '1', '--rate', '2'], /exclude one another/);
	refused(['http://127.0.0.1:1', '--model', 'a', '--trace', '/nowhere.csv'], /nowhere\.csv/);
	refused(['http://127.0.0.1:1', '--model', 'a', '--duration', '0'], /--duration is '0'/);
	refused(['http://127.0.0.1:1', '--model', 'a'], /no_connection/, 1);
});

end();

// bench endpoint: what it reports of 200 concurrent streams against what the scripted server wrote down, stream by stream.
//
// The truth is when the script wrote a piece, not when it meant to: under load a server is late, and that is what its users
// see. Both clocks are the machine's monotonic one, so the way of each piece through both programs is known too. Percentiles
// are compared over the same requests: first token from when the client meant to send until the server wrote. Where other
// programs take the processors, pieces wait for both programs; the processor time of a piece is the client's own.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const STREAMS = 200, TTFT = 1000, GAP = 100, TOKENS = 40;
const [program, seconds = '15'] = process.argv.slice(2);
let missed = 0;
const figure = (name, value, limit, unit) => {
	const over = !(value <= limit);
	missed += over;
	console.log(`${name.padEnd(58)} ${value.toFixed(3).padStart(9)} ${unit}  (at most ${limit})${over ? '  MISSED' : ''}`);
};
const quantile = (values, p) => { const sorted = Float64Array.from(values).sort(), at = (sorted.length - 1) * p, low = Math.floor(at); return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]); };

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'breakeven-endpoint-')), log = path.join(folder, 'each.csv');
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
const server = spawn(process.execPath, ['tests/e2e/_completions.mjs', String(TTFT), String(GAP)], { stdio: ['ignore', 'pipe', 'inherit'] });
const port = await new Promise((resolve) => server.stdout.once('data', (bytes) => resolve(Number(bytes))));
const url = `http://127.0.0.1:${port}`;
const done = spawnSync(program, ['bench', 'endpoint', url, '--model', 'steady', '--concurrency', String(STREAMS), '--isl', '200', '--osl', String(TOKENS), '--warmup', '0', '--duration', seconds, '--each', log, '--format', 'json'], { encoding: 'utf8', maxBuffer: 1 << 26 });
const { written } = JSON.parse(spawnSync('curl', ['-s', `${url}/truth`], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout);
server.kill();
if (done.status !== 0) {
	console.log(`bench endpoint ended with ${done.status}: ${done.stderr}`);
	process.exit(1);
}
const reply = JSON.parse(done.stdout);
const run = Object.fromEntries(reply.columns.filter((column) => column.table === 'levels').map((column) => [column.name, column.values[0]]));
const each = fs.readFileSync(log, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',')).map(([, id, due, first, last]) => ({ due: Number(due), first: Number(first), last: Number(last), wrote: written[id] }));
const ttft = each.map(({ due, wrote }) => 1000 * (wrote[0] - due)), itl = each.flatMap(({ wrote }) => wrote.slice(1).map((at, i) => 1000 * (at - wrote[i])));
const tpot = each.map(({ wrote }) => 1000 * (wrote.at(-1) - wrote[0]) / (wrote.length - 1));
const way = each.flatMap(({ first, last, wrote }) => [1000 * (first - wrote[0]), 1000 * (last - wrote.at(-1))]);

const pieces = each.reduce((sum, { wrote }) => sum + wrote.length, 0), span = Math.max(...each.map(({ last }) => last)) - Math.min(...each.map(({ due }) => due));

console.log(`${STREAMS} streams, ${run.requests} requests, of which ${run.good} good; client at ${(run.client_cpu_share * 100).toFixed(0)} % of a processor; ${os.loadavg()[0].toFixed(1)} programs wanted one of ${os.cpus().length} processors`);
console.log(`meant: first token after ${TTFT} ms, ${GAP} ms between tokens; written: ${quantile(ttft, 0.5).toFixed(1)} and ${quantile(itl, 0.5).toFixed(2)} at the median, ${quantile(ttft, 0.95).toFixed(1)} and ${quantile(itl, 0.95).toFixed(2)} at the 95th percentile`);
for (const [name, truth, told] of [['first token', ttft, 'ttft_ms'], ['between tokens', itl, 'itl_ms'], ['time per token', tpot, 'tpot_ms']])
	for (const [p, which] of [[0.5, 'p50'], [0.9, 'p90'], [0.95, 'p95'], [0.99, 'p99']])
		figure(`${name}, ${which}, off what was written by`, 100 * Math.abs(run[`${told}_${which}`] / quantile(truth, p) - 1), 2, '%');
console.log(`from the server's hand to the client's: ${quantile(way, 0.5).toFixed(3)} ms at the median, ${quantile(way, 0.99).toFixed(3)} at the 99th percentile, both programs and the kernel between them${run.client_limited ? '; the client says that it was the limit' : ''}`);
figure('a piece waits for the client, 99th percentile', run.client_delay_ms_p99, 1, 'ms');
figure('processor time of the client a piece', 1000 * run.client_cpu_share * span / pieces, 0.1, 'ms');
process.exit(missed || run.good !== run.requests ? 1 : 0);

// bench endpoint: what it reports of 200 concurrent streams against what the scripted server itself wrote down.
import { spawn, spawnSync } from 'node:child_process';

const STREAMS = 200;
const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rank = (values, q) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];
let missed = 0;
const figure = (name, value, limit, unit) => {
	const over = !(value <= limit);
	missed += over;
	console.log(`${name.padEnd(50)} ${value.toFixed(3).padStart(9)} ${unit}  (at most ${limit})${over ? '  MISSED' : ''}`);
};

const server = spawn(process.execPath, ['tests/e2e/_completions.mjs', '1000', '100'], { stdio: ['ignore', 'pipe', 'inherit'] });
const port = await new Promise((resolve) => server.stdout.once('data', (bytes) => resolve(Number(bytes))));
const url = `http://127.0.0.1:${port}`;
const done = spawnSync(process.argv[2], ['bench', 'endpoint', url, '--model', 'steady', '--concurrency', String(STREAMS), '--isl', '200', '--osl', '40', '--warmup', '0',
	'--duration', '20', '--format', 'json'], { encoding: 'utf8', maxBuffer: 1 << 26 });
const truth = JSON.parse(spawnSync('curl', ['-s', `${url}/truth`], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout);
server.kill();
if (done.status !== 0) {
	console.log(`bench endpoint ended with ${done.status}: ${done.err ?? done.stderr}`);
	process.exit(1);
}
const reply = JSON.parse(done.stdout);
const run = Object.fromEntries(reply.columns.filter((column) => column.table === 'levels').map((column) => [column.name, column.values[0]]));
// The first two requests asked how the server counts.
const ttft = truth.ttft.slice(2);
const gap = truth.gap.slice(6);

console.log(`${STREAMS} streams, ${run.requests} requests, of which ${run.good} good; client at ${(run.client_cpu_share * 100).toFixed(0)} % of a processor`);
figure('first token, median, off the server\'s by', Math.abs(run.ttft_ms_p50 / middle(ttft) - 1) * 100, 2, '%');
figure('first token, 95th percentile, off by', Math.abs(run.ttft_ms_p95 / rank(ttft, 0.95) - 1) * 100, 2, '%');
figure('between tokens, median, off by', Math.abs(run.itl_ms_p50 / middle(gap) - 1) * 100, 2, '%');
figure('between tokens, 95th percentile, off by', Math.abs(run.itl_ms_p95 / rank(gap, 0.95) - 1) * 100, 2, '%');
figure('a piece waits for the client, 99th percentile', run.client_delay_ms_p99, 1, 'ms');
process.exit(missed ? 1 : 0);

// The property: whatever a source does to its reader (pages, refusals, broken connections, rows that change, come and
// go), and however often the daemon is killed meanwhile, in the end the ledger is what the source says, line by line.
//
//   node tests/replay/property.mjs FIRST COUNT     seeds FIRST to FIRST+COUNT-1, each in a ledger of its own
//
// Prints a line a seed where it does not hold, and one line in the end. BREAKEVEN names the program.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { open, randomOf } from './server.mjs';
import { change, expected, ledgerQuery, makeWorld, openaiUsage } from './openai_usage.mjs';

const program = process.env.BREAKEVEN || 'build/release/breakeven';
const DAY = 86400, FAULTS_MS = 3000;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function start(config, data) {
	return new Promise((resolve) => {
		const child = spawn(program, ['serve', '--config', config, '--data', data, '--listen', '127.0.0.1:0'],
			{ stdio: ['ignore', 'pipe', fs.openSync(`${data}.log`, 'a')], env: { ...process.env, OPENAI_ADMIN_KEY: 'sk-admin-replay' } });
		const daemon = { child, port: 0, log: `${data}.log`, ended: new Promise((done) => child.on('exit', done)) };
		child.stdout.setEncoding('utf8').on('data', (text) => {
			const line = /^listening on http:\/\/127\.0\.0\.1:(\d+)\//.exec(text);
			if (line) { daemon.port = Number(line[1]); resolve(daemon); }
		});
		child.on('exit', () => resolve(daemon));
		daemon.kill = (signal) => { child.kill(signal); return daemon.ended; };
	});
}

function get(port, target, method = 'GET') {
	return new Promise((resolve) => {
		const call = http.request({ host: '127.0.0.1', port, path: target, method, agent: false, headers: { 'Content-Type': 'application/json' } }, (reply) => {
			let body = '';
			reply.on('data', (bytes) => { body += bytes; }).on('end', () => { try { resolve(JSON.parse(body)); } catch { resolve(null); } });
			reply.on('error', () => resolve(null));
		});
		call.on('error', () => resolve(null));
		call.end();
	});
}

// One seed. null when the property holds, else what is wrong.
export async function holds(seed, folder) {
	const random = randomOf(seed);
	const now = Math.floor(Date.now() / 1000);
	const skew_s = random() < 0.3 ? random.below(7200) - 3600 : 0; // the source knows nothing of what is later than its own now
	const world = makeWorld(random, now + skew_s, 40 + random.below(160));
	world.pageSize = 8 + random.below(60);
	const replay = await open({ seed: seed + 1, apis: [openaiUsage(world)], faults: { rate: 0.2 + 0.3 * random() }, skew_s });
	const data = path.join(folder, `seed-${seed}`), config = path.join(folder, `seed-${seed}.conf`);
	const from = Math.floor(now / DAY) * DAY - (1 + random.below(8)) * DAY;
	fs.writeFileSync(config, `[collect]\nretry_first_ms = 3\nretry_most_s = 1\nreply_s = 5\n[source main]\ncollector = openai-usage\n`
		+ `url = ${replay.url}\nallow_local = yes\ninterval = 1\ntrailing_hours = ${24 * 30}\nstart = ${new Date(from * 1000).toISOString()}\n`);
	let asked = 0, daemon;
	try {
		for (let kills = random.below(5); kills > 0; kills--) {
			daemon = await start(config, data);
			const until = Date.now() + random.below(random() < 0.3 ? 20 : 250);
			while (Date.now() < until) {
				await sleep(random.below(40));
				if (random() < 0.5) change(world, 90);
				if (daemon.port && random() < 0.4) asked += (await get(daemon.port, '/api/v1/sources/run/main', 'POST')) !== null;
			}
			await daemon.kill('SIGKILL');
		}
		daemon = await start(config, data);
		if (daemon.port === 0) return `it does not start (${daemon.child.exitCode} ${daemon.child.signalCode}): ${fs.readFileSync(daemon.log, 'utf8').trim().split('\n').pop()}`;
		// On until it has met several kinds of faults; how many it can meet in time is the chance of the seed.
		for (const until = Date.now() + FAULTS_MS, kinds = 3 + random.below(4); replay.met.size < kinds && Date.now() < until; await sleep(random.below(30))) {
			if (random() < 0.2) change(world, 90);
			await get(daemon.port, '/api/v1/sources/run/main', 'POST');
		}
		replay.calm();
		const calmed = Date.now();
		// Until two whole runs have ended since: one may have begun before.
		for (let runs = 0, last = null, deadline = calmed + 20000; runs < 2;) {
			if (Date.now() > deadline) return `no end after 20 s (${daemon.child.exitCode} ${daemon.child.signalCode}, ${replay.requests} requests, ${JSON.stringify((await get(daemon.port, '/api/v1/sources'))?.columns.filter((column) => ['state', 'error', 'failures', 'next_run'].includes(column.name)).map((column) => column.values[0]))})`;
			const told = await get(daemon.port, '/api/v1/sources');
			const value = (name) => told?.columns.find((column) => column.name === name)?.values[0];
			const state = value('state'), ended = replay.requests;
			if ((state === 'ok' || state === 'failing') && ended !== last) {
				if (state === 'ok' && last !== null) runs++;
				last = ended;
				await get(daemon.port, '/api/v1/sources/run/main', 'POST');
			}
			await sleep(4);
		}
		await daemon.kill('SIGTERM');
	} finally {
		daemon?.child.kill('SIGKILL');
		await replay.close();
	}
	if (replay.wrong) return `the server: ${replay.wrong.stack}`;
	const query = (sql) => spawnSync('sqlite3', ['-readonly', path.join(data, 'ledger.db'), sql], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout.trim().split('\n').filter(Boolean);
	const want = expected(world, from, Math.ceil(Date.now() / 1000 / DAY) * DAY), got = query(ledgerQuery).sort();
	if (want.join('\n') !== got.join('\n')) {
		const missing = want.filter((line) => !got.includes(line)), extra = got.filter((line) => !want.includes(line));
		return `${missing.length} lines are missing (${missing[0]}), ${extra.length} should not be there (${extra[0]})`;
	}
	const conflicts = query('SELECT count(*) FROM conflict')[0];
	const held = query('SELECT sum(rows) FROM source_day')[0] ?? '0';
	if (Number(held || 0) !== got.length) return `the days count ${held} rows, the ledger holds ${got.length}`;
	const check = spawnSync(program, ['check', '--data', data], { encoding: 'utf8' });
	if (check.status !== 0) return `check: ${check.stderr}`;
	fs.rmSync(data, { recursive: true, force: true });
	return { lines: got.length, requests: replay.requests, faulted: replay.faulted, kinds: replay.met.size, conflicts: Number(conflicts), asked };
}

// Several seeds at once: they mostly wait.
export async function run(first, count, folder, wide = 8) {
	const total = { seeds: 0, lines: 0, requests: 0, faulted: 0, kinds: 0, conflicts: 0, wrong: [] };
	let next = first;
	await Promise.all(Array.from({ length: wide }, async () => {
		while (next < first + count) {
			const seed = next++;
			const result = await holds(seed, folder).catch((error) => String(error.stack));
			if (typeof result === 'string') total.wrong.push(`seed ${seed}: ${result}`);
			else for (const name of ['lines', 'requests', 'faulted', 'kinds', 'conflicts']) total[name] += result[name];
			total.seeds++;
		}
	}));
	return total;
}

if (process.argv[1] && import.meta.url === `file://${path.resolve(process.argv[1])}`) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'breakeven-replay-'));
	const began = Date.now();
	const total = await run(Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 200), folder);
	fs.rmSync(folder, { recursive: true, force: true });
	for (const line of total.wrong) console.log(line);
	console.log(`${total.seeds} seeds, ${total.lines} lines, ${total.requests} requests, ${total.faulted} with a fault, ${(total.kinds / total.seeds).toFixed(1)} kinds of faults a seed, ${total.wrong.length} wrong, ${((Date.now() - began) / 1000).toFixed(0)} s`);
	process.exitCode = total.wrong.length ? 1 : 0;
}

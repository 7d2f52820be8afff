// A disk that fills up while events are pushed: a 503 with a sentence, nothing half written, reading goes on, and pushing
// too once there is room. The disk is a small one in memory that only the daemon sees.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { end, folder, program, same, skip, test, yes } from './_say.mjs';

const data = folder('small');
fs.mkdirSync(data);
const mount = (size) => `mount -t tmpfs -o size=${size} none '${data}'`;
const may = spawnSync('unshare', ['-m', 'sh', '-c', mount('1m')]).status === 0;

function request(port, method, path, body) {
	return new Promise((resolve, reject) => {
		const call = http.request({ host: '127.0.0.1', port, path, method, agent: false, headers: body ? { 'Content-Type': 'application/json' } : {} }, (reply) => {
			let text = '';
			reply.on('data', (bytes) => { text += bytes; }).on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, json: JSON.parse(text) }));
		});
		call.on('error', reject);
		call.end(body);
	});
}

async function fill() {
	const child = spawn('unshare', ['-m', 'sh', '-c', `${mount('4m')} && exec '${program}' serve --data '${data}' --listen 127.0.0.1:0`], { stdio: ['ignore', 'pipe', 'pipe'] });
	let errors = '';
	child.stderr.on('data', (text) => { errors += text; });
	const port = await new Promise((resolve) => child.stdout.on('data', (text) => resolve(Number(/:(\d+)\/\n/.exec(text)?.[1]))));
	const inside = (...words) => spawnSync('nsenter', ['-t', String(child.pid), '-m', ...words], { encoding: 'utf8' });
	const event = (i) => ({ id: `event-${i}`, at: 1785585600 + i, provider: 'openai', model: 'gpt-4o', workload: `some workload ${i % 7}`, in_uncached: 1, out_visible: 1 });
	const batch = (n, size = 200) => JSON.stringify(Array.from({ length: size }, (_, i) => event(n * size + i)));
	let taken = 0, n = 0, full;
	while (!full && n < 1000) {
		const reply = await request(port, 'POST', '/api/v1/usage', batch(n));
		if (reply.status === 200) { taken += reply.json.taken; n++; } else full = reply;
	}
	const usage = async () => (await request(port, 'GET', '/api/v1/report/usage?by=workload')).json.facts.requests;

	const whileFull = { usage: await usage(), health: (await request(port, 'GET', '/healthz')).status, again: await request(port, 'POST', '/api/v1/usage', batch(n)) };
	await new Promise((resolve) => setTimeout(resolve, 1500)); // sums are tried, too
	whileFull.later = await usage();
	const check = inside(program, 'check', '--data', data);
	const grown = inside('mount', '-o', 'remount,size=40m', data);
	await new Promise((resolve) => setTimeout(resolve, 100));
	const after = await request(port, 'POST', '/api/v1/usage', batch(n));
	const end = await usage(), sound = inside(program, 'check', '--data', data);

	test('a full disk is a 503 with a sentence that says so, and when to try again', () => {
		same([full.status, whileFull.again.status], [503, 503]);
		yes(/disk is full/.test(full.json.error) && /disk is full/.test(whileFull.again.json.error), full.json.error);
		yes(Number(full.headers['retry-after']) >= 1, 'Retry-After');
	});
	test('reading goes on while the disk is full, and tells of what was acknowledged and of nothing else', () => {
		same([whileFull.health, whileFull.usage, whileFull.later], [200, taken, taken]);
	});
	test('the ledger is sound on its full disk', () => same(check.status, 0, check.stderr));
	test('with room again the same request is taken whole', () => {
		same(grown.status, 0, grown.stderr);
		same([after.status, after.json.taken, after.json.repeated, end], [200, 200, 0, taken + 200]);
		same(sound.status, 0, sound.stderr);
	});
	child.kill('SIGTERM');
	const status = await new Promise((resolve) => child.on('exit', resolve));
	test('it says once that events cannot be taken and once that they can, and stops in order', () => {
		same([status, errors.match(/events cannot be taken/g)?.length, errors.match(/events are taken again/g)?.length], [0, 1, 1], errors);
	});
}

if (may) await fill();
else skip('pushing to a full disk', 'a disk of its own cannot be mounted here (unshare -m)');
end();

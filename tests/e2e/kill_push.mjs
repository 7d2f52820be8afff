// The daemon is killed at random moments while events are pushed, 200 times: nothing that was acknowledged is lost, nothing
// is there twice, and sums are the sums of their lines.
import { spawn, spawnSync } from 'node:child_process';
import http from 'node:http';
import { end, folder, program, run, same, test, yes } from './_say.mjs';

const data = folder('killed');
const kills = process.env.VARIANT && process.env.VARIANT !== 'release' ? 15 : 200;
const clients = 8;
const at = Date.UTC(2026, 7, 1) / 1000;

// A reproducible random number in [0, 1): the moments still differ with the machine.
let state = 20260801;
const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };

let made = 0;
const sent = new Map(); // id: tokens, of everything that was ever sent
const known = new Set(); // ids that were acknowledged
const lost = []; // sentences on replies that must not be

function makeRequest() {
	const n = random() < 0.7 ? 1 : 1 + Math.floor(random() * 40);
	const events = Array.from({ length: n }, () => {
		const i = made++;
		sent.set(`e${i}`, i % 997 + 1);
		return { id: `e${i}`, at: at + i * 13 % 200000, provider: 'openai', model: 'gpt-4o', workload: `w${i % 3}`, account: `a${i % 5}`, in_uncached: i % 997 + 1, out_visible: 1 };
	});
	return { events, body: events.map((event) => JSON.stringify(event)).join('\n') };
}

function start() {
	return new Promise((resolve) => {
		const child = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
		const daemon = { child, port: 0, ended: new Promise((done) => child.on('exit', done)) };
		child.stdout.setEncoding('utf8').on('data', (text) => {
			const line = /^listening on http:\/\/127\.0\.0\.1:(\d+)\//.exec(text);
			if (line) { daemon.port = Number(line[1]); resolve(daemon); }
		});
		child.on('exit', () => resolve(daemon)); // killed before it was ready
		starting = daemon;
	});
}
let starting;

// One request; null when the daemon went away before it had answered.
function post(port, agent, request) {
	return new Promise((resolve) => {
		const call = http.request({ host: '127.0.0.1', port, agent, path: '/api/v1/usage', method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' } }, (reply) => {
			let body = '';
			reply.setEncoding('utf8').on('data', (text) => { body += text; });
			reply.on('end', () => resolve(reply.complete ? { status: reply.statusCode, body } : null));
			reply.on('error', () => resolve(null));
		});
		call.on('error', () => resolve(null));
		call.end(request.body);
	});
}

// What each client has sent and not heard of; it is sent again, as a client does.
const open = Array.from({ length: clients }, () => null);
async function client(number, daemon) {
	const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	while (daemon.child.exitCode === null && daemon.child.signalCode === null) {
		const request = open[number] ?? (open[number] = makeRequest());
		const reply = await post(daemon.port, agent, request);
		if (reply === null) break;
		const told = JSON.parse(reply.body);
		if (reply.status !== 200 || told.taken + told.repeated !== request.events.length) lost.push(`${reply.status} ${reply.body.slice(0, 200)}`);
		request.events.forEach((event) => known.add(event.id));
		open[number] = null;
	}
	agent.destroy();
}

let waited = 0, early = 0;
for (let kill = 0; kill < kills; kill++) {
	const beginning = start();
	const unready = random() < 0.1;
	if (unready) setTimeout(() => starting.child.kill('SIGKILL'), random() * 40);
	const daemon = await beginning;
	const moment = random() * (random() < 0.8 ? 60 : 350);
	if (daemon.port === 0) early++;
	const clock = setTimeout(() => daemon.child.kill('SIGKILL'), moment);
	if (daemon.port !== 0) await Promise.all(open.map((_, number) => client(number, daemon)));
	await daemon.ended;
	clearTimeout(clock);
	waited += open.filter(Boolean).length;
}

// Once more, to the end: what was not heard of is sent again, and the daemon stops in order.
const last = await start();
const agent = new http.Agent({ keepAlive: true });
for (const request of open.filter(Boolean)) {
	const reply = await post(last.port, agent, request);
	if (reply?.status !== 200) lost.push(`the last: ${reply?.status} ${reply?.body}`);
	request.events.forEach((event) => known.add(event.id));
}
const told = await new Promise((resolve) => http.get({ host: '127.0.0.1', port: last.port, agent, path: '/api/v1/report/usage?by=account' }, (reply) => {
	let body = '';
	reply.on('data', (bytes) => { body += bytes; }).on('end', () => resolve(JSON.parse(body)));
}));
agent.destroy();
last.child.kill('SIGTERM');
await last.ended;

const rows = spawnSync('sqlite3', ['-readonly', `${data}/ledger.db`, 'SELECT id, in_uncached FROM usage'], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout.trim().split('\n').map((row) => row.split('|'));
const total = [...known].reduce((sum, id) => sum + sent.get(id), 0);

test(`${kills} times killed, every request that was answered was taken or repeated`, () => same(lost, []));
test('requests were under way when it was killed', () => yes(waited >= kills && known.size > kills, `${waited} were, ${known.size} events were acknowledged, ${early} daemons were not ready`));
test('every acknowledged event is in the ledger', () => {
	const there = new Set(rows.map(([id]) => id));
	same([...known].filter((id) => !there.has(id)), []);
});
test('no event is there twice, and none that was never sent', () => {
	same(rows.length, new Set(rows.map(([id]) => id)).size, 'rows');
	same(rows.filter(([id, tokens]) => sent.get(id) !== Number(tokens)), []);
});
test('the report counts each once', () => {
	same([told.facts.requests, told.facts.in_uncached], [known.size, total]);
	same(told.columns.find((column) => column.name === 'requests').values.reduce((a, b) => a + b, 0), known.size);
});
test('the ledger is sound: its file, and every sum', () => {
	const done = run(['check', '--data', data]);
	same(done.status, 0, done.err);
});
test('no sum is left behind once it has stopped in order', () =>
	same(spawnSync('sqlite3', ['-readonly', `${data}/ledger.db`, 'SELECT count(*) FROM touched'], { encoding: 'utf8' }).stdout.trim(), '0'));

end();

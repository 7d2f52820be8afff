// What a careless or hostile client does: the daemon stays up, its memory stays bounded, and others are served.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { call, end, json, run, scratchPath, serve, skip, test, writeUsage } from './_daemon.mjs';

const data = scratchPath('hardship');
assert.equal(run('collect', 'usage-csv', writeUsage('hardship.csv', { weeks: 3 }), '--data', data).status, 0);
const daemon = await serve(['--data', data]);
const { port } = daemon;
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8'))[1]) / 1024;
const plain = (process.env.VARIANT || 'release') === 'release'; // a sanitizer's shadow is no measure of memory
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const open = (count, greet = '') => Promise.all(Array.from({ length: count }, () => new Promise((resolve) => {
	const socket = net.connect(port, '127.0.0.1', () => { if (greet) socket.write(greet); resolve(socket); });
	socket.on('error', () => resolve(socket)).on('data', () => {});
})));
// Who had to wait for those that are slow would wait until they are cut off, which is a minute.
const LIMIT = 20000;
const served = async () => {
	const began = Date.now();
	assert.equal((await json(port, '/api/v1/report/usage?by=day')).status, 200);
	assert.ok(Date.now() - began < LIMIT, `the answer took ${Date.now() - began} ms`);
};
const close = (sockets) => sockets.forEach((socket) => socket.destroy());

const descriptors = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout);
if (descriptors > 0 && descriptors < 2400) skip('a thousand silent connections do not keep others waiting', `only ${descriptors} descriptors are allowed here`);
else await test('a thousand silent connections do not keep others waiting', async () => {
	const before = resident(), sockets = await open(1000);
	await wait(200);
	await served();
	if (plain) assert.ok(resident() - before < 64, `${(resident() - before).toFixed(1)} MiB more for a thousand connections`);
	close(sockets);
});

await test('a hundred clients that send a byte now and then do not keep others waiting', async () => {
	const sockets = await open(100, 'GET /api/v1/sta');
	for (let i = 0; i < 5; i++) {
		sockets.forEach((socket) => socket.write('x'));
		await served();
		await wait(50);
	}
	close(sockets);
});

await test('clients that close their half and say no more do not keep others waiting', async () => {
	const sockets = await open(200, 'POST /api/v1/solve HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
	sockets.forEach((socket) => socket.end());
	await served();
	close(sockets);
});

await test('a body of a gigabyte that is really sent is refused, and memory stays bounded', async () => {
	const before = resident(), piece = Buffer.alloc(1 << 20, 'x');
	let sent = 0, got = '';
	await new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1', () => {
			socket.write('POST /api/v1/usage HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
			const more = () => {
				for (; sent < 1024 && !socket.destroyed; sent++)
					if (!socket.write(Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')]))) { sent++; socket.once('drain', more); return; }
				if (!socket.destroyed) socket.end('0\r\n\r\n');
			};
			more();
		});
		socket.setEncoding('latin1').on('data', (text) => { got += text; }).on('error', resolve).on('close', resolve);
		setTimeout(() => { socket.destroy(); resolve(); }, 30000);
	});
	assert.ok(/^HTTP\/1\.1 413 /.test(got) || sent < 1024, `after ${sent} MiB: ${got.slice(0, 80)}`);
	if (plain) assert.ok(resident() - before < 160, `${(resident() - before).toFixed(1)} MiB more`);
	await served();
});

await test('many slow readers of a long answer do not keep others waiting', async () => {
	const sockets = await open(50);
	for (const socket of sockets) {
		socket.pause();
		socket.write('GET /api/v1/prices?all=yes HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
	}
	await wait(200);
	await served();
	close(sockets);
});

// ---- limits that are small enough to be met

fs.writeFileSync(scratchPath('narrow.conf'), '[serve]\nbody_max_mib = 1\nbodies_max_mib = 1\nslow_s = 1\n');
const narrow = await serve(['--config', scratchPath('narrow.conf'), '--data', data]);
const talk = (text) => new Promise((resolve) => {
	const socket = net.connect(narrow.port, '127.0.0.1', () => socket.write(text));
	const told = { socket, got: '', closed: false };
	socket.setEncoding('latin1').on('data', (more) => { told.got += more; }).on('error', () => {}).on('close', () => { told.closed = true; });
	setTimeout(() => resolve(told), 100);
});
const until = async (is) => { for (let i = 0; i < 100 && !is(); i++) await wait(100); return is(); };
const usage = (length) => `POST /api/v1/solve HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

await test('bodies that are received at once have one limit together: what is over it is a 503, others are served', async () => {
	const held = await Promise.all([1, 2].map(() => talk(usage(900000) + 'x'.repeat(700000)))); // in pieces of 4 KiB, doubled: 1 MiB each
	const over = await talk(usage(1000000) + 'x'.repeat(1000000));
	assert.ok(await until(() => over.got.includes('\r\n\r\n') && over.got.endsWith('}\n')), over.got);
	assert.match(over.got, /^HTTP\/1\.1 503 /);
	assert.match(over.got, /Retry-After: 1\r\n/);
	assert.match(over.got, /too many bodies are being received at once; try again/);
	assert.equal((await json(narrow.port, '/api/v1/report/usage?by=day')).status, 200);
	close([...held, over].map((one) => one.socket));
	await wait(300);
	const later = await talk(usage(1000000) + 'x'.repeat(1000000));
	assert.ok(await until(() => later.got.length > 0));
	assert.match(later.got, /^HTTP\/1\.1 400 /); // read whole, and no scenario
	close([later.socket]);
});

await test('a client that sends a byte now and then is cut off, in the header and in the body', async () => {
	const slow = await Promise.all(['GET /api/v1/sta', usage(1000)].map(talk));
	const drip = setInterval(() => slow.forEach(({ socket }) => socket.destroyed || socket.write('x')), 100);
	assert.ok(await until(() => slow.every(({ closed }) => closed)), 'still connected after 10 s');
	clearInterval(drip);
	slow.forEach(({ got }) => assert.equal(got, ''));
});

await test('a client that is slow and steady is heard to the end', async () => {
	const steady = await talk(usage(40000));
	for (let sent = 0; sent < 40000; sent += 1000) {
		steady.socket.write('x'.repeat(1000));
		await wait(75);
	}
	assert.ok(await until(() => steady.got.length > 0));
	assert.match(steady.got, /^HTTP\/1\.1 400 /);
	close([steady.socket]);
	assert.equal((await narrow.stop()).code, 0);
});

await test('it is still the same daemon, and stops when it is told to', async () => {
	assert.equal((await call(port, '/healthz')).status, 200);
	assert.equal((await daemon.stop()).code, 0);
});

end();

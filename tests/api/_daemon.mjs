// What the tests of the API and of the page share: the real program on a free port with a scratch ledger.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

const program = process.env.BREAKEVEN || 'build/release/breakeven';
const scratch = process.env.SCRATCH || fs.mkdtempSync('/tmp/breakeven-test-');

export const scratchPath = (name) => path.join(scratch, name);
export const run = (...args) => spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
export const runOn = (input, ...args) => spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });

let failed = 0;
export async function test(name, body) {
	try {
		await body();
		console.log(`ok ${name}`);
	} catch (error) {
		failed++;
		console.log(`not ok ${name}: ${String(error.stack || error).split('\n').slice(0, 6).join(' | ')}`);
	}
}
export const skip = (name, why) => console.log(`ok ${name} # SKIP ${why}`);
export const end = () => { process.exitCode = failed ? 1 : 0; };

// Starts `breakeven COMMAND …args --listen HOST:0`; { url, port, child, stop() }.
export function serve(args, command = 'serve', host = '127.0.0.1') {
	return new Promise((resolve, reject) => {
		const child = spawn(program, [command, ...args, '--listen', `${host}:0`], { stdio: ['ignore', 'pipe', 'pipe'] });
		let out = '', err = '';
		child.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
		child.on('exit', (code) => reject(new Error(`ended with ${code} before it was ready: ${err}`)));
		child.stdout.setEncoding('utf8').on('data', (text) => {
			out += text;
			const line = /^listening on (https?:\/\/[^\/]+:(\d+)\/)\n/.exec(out);
			if (!line) return;
			child.removeAllListeners('exit');
			const ended = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
			resolve({
				url: line[1], port: Number(line[2]), child, ended, said: () => ({ out, err }),
				stop: async (signal = 'SIGTERM') => { child.kill(signal); return ended; },
			});
		});
	});
}

// One request with nothing done on its own: { status, headers, body }.
export function call(port, target, { method = 'GET', headers = {}, body, host = '127.0.0.1' } = {}) {
	return new Promise((resolve, reject) => {
		const request = http.request({ host, port, path: target, method, headers, agent: false }, (response) => {
			const pieces = [];
			response.on('data', (piece) => pieces.push(piece));
			response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(pieces), body: Buffer.concat(pieces).toString() }));
		});
		request.on('error', reject);
		request.end(body);
	});
}

export const json = async (port, target, options) => {
	const reply = await call(port, target, options);
	return { ...reply, json: JSON.parse(reply.body) };
};
export const post = (port, target, value, headers = {}) => json(port, target, {
	method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: typeof value === 'string' ? value : JSON.stringify(value),
});

// Bytes as they are, on a socket of their own; resolves with all that came back until it was closed.
export function raw(port, bytes, wait = 3000) {
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
		let got = '';
		const done = () => { socket.destroy(); resolve(got); };
		socket.setEncoding('latin1').on('data', (text) => { got += text; });
		socket.on('end', done).on('error', done);
		setTimeout(done, wait);
	});
}

// Hourly usage of two workloads over whole weeks that ends at an hour before `end`.
export function writeUsage(name, { weeks = 5, end = Date.UTC(2026, 8, 28), unpriced = true } = {}) {
	const lines = ['at,id,provider,model,workload,requests,in_uncached,in_cache_read,out_visible'];
	const hours = weeks * 168, shape = [2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 7, 6, 5, 4, 3, 2];
	for (let i = 0; i < hours; i++) {
		const at = new Date(end - (hours - i) * 36e5), weekend = [0, 6].includes(at.getUTCDay()) ? 0.4 : 1;
		const load = Math.round(shape[at.getUTCHours()] * weekend * 100);
		lines.push(`${at.toISOString()},chat-${i},openai,gpt-4o,chat,${load},${load * 1100},${load * 150},${load * 210}`);
		lines.push(`${at.toISOString()},code-${i},anthropic,claude-sonnet-4-5,code,${load},${load * 2000},0,${load * 30}`);
		if (unpriced && i % 24 === 0) lines.push(`${at.toISOString()},own-${i},in-house,tuned-7b,chat,1,40000,0,4000`);
	}
	const file = scratchPath(name);
	fs.writeFileSync(file, `${lines.join('\n')}\n`);
	return file;
}

// A server that speaks the documented APIs of providers out of a made-up world, well or badly, as its seed says.
//
//   const replay = await open({ seed: 7, apis: [openaiUsage(world)], faults: { rate: 0.2 } });
//   replay.url, replay.requests, replay.faulted, replay.met (the kinds of faults so far), replay.calm(), replay.close()
//
// An API is { name, key: { header, value }, routes: [{ method, path: RegExp, answer(ask) }] }, where ask is
// { query: URLSearchParams, match, headers, body, now } and answer gives { status?, json | text, type? } or the pages
// of pageOf(). A new API is one file beside this one and one row where a test opens a server.
//
// Faults, each with the chance `rate` a request, of the kinds in `faults.kinds` (all of them where it is not given):
//   limited, dated   429 with Retry-After in seconds, or as an HTTP date by this server's own clock
//   failing          500, 502, 503 or 529, with a page or a JSON error
//   cut              the connection breaks in the middle of a reply
//   refused          the connection breaks before one
//   slow             the reply comes in pieces with pauses
//   garbage          200 with a page of somebody else's, or half a document that claims to be whole
//   twice            a page is given out a second time under a name of its own before the next one
//   circle           the next page is one that was given out before
// skew_s: how far the server's clock (Date) is off.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

export function randomOf(seed) {
	let state = (seed * 2654435761 + 12345) >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
	next.below = (n) => Math.floor(next() * n);
	next.pick = (list) => list[next.below(list.length)];
	return next;
}

const KINDS = ['limited', 'dated', 'failing', 'cut', 'refused', 'slow', 'garbage', 'twice', 'circle'];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Pages with opaque names: what is asked for is cut into pieces of `size`, and each piece's name says where it begins.
// The piece is cut anew each time: what changed meanwhile shows.
export function pageOf(ask, items, size) {
	const name = ask.query.get('page') || ask.query.get('after_token') || '';
	const at = name === '' ? 0 : Number(Buffer.from(name.slice(5), 'base64url').toString().split(':')[0]);
	const end = Math.min(items.length, at + size);
	const made = (from, salt) => `page_${Buffer.from(`${from}:${salt}`).toString('base64url')}`;
	let next = end < items.length ? made(end, 0) : null;
	ask.met = next !== null && (ask.fault === 'twice' || ask.fault === 'circle');
	if (ask.met) next = ask.fault === 'twice' ? made(at, `${ask.serial}again`) : made(0, 0);
	return { items: items.slice(at, end), next };
}

export async function open({ seed = 1, apis, faults = {}, skew_s = 0, tls } = {}) {
	const random = randomOf(seed);
	const replay = { requests: 0, faulted: 0, rate: faults.rate ?? 0, kinds: faults.kinds ?? KINDS, skew_s, seen: [], keys: new Set(), met: new Set() };
	const clock = () => Date.now() + replay.skew_s * 1000;

	function send(response, status, body, headers = {}) {
		response.writeHead(status, { 'Content-Type': 'application/json', Date: new Date(clock()).toUTCString(), ...headers });
		response.end(body);
	}
	const error = (type, message) => JSON.stringify({ error: { type, message, param: null, code: null } });

	async function misbehave(fault, response, text, headers) {
		if (fault === 'limited') send(response, 429, error('rate_limit_error', 'slow down'), { 'Retry-After': '0' });
		else if (fault === 'dated') send(response, 429, error('rate_limit_error', 'slow down'), { 'Retry-After': new Date(clock() + 300).toUTCString() });
		else if (fault === 'failing') random() < 0.5 ? send(response, random.pick([500, 502, 503, 529]), error('api_error', 'it broke'))
			: send(response, 502, '<html><body>Bad gateway</body></html>', { 'Content-Type': 'text/html' });
		else if (fault === 'refused') response.socket.destroy();
		else if (fault === 'garbage') random() < 0.5 ? send(response, 200, '<html>sign in</html>', { 'Content-Type': 'text/html' })
			: send(response, 200, text.slice(0, random.below(text.length)));
		else if (fault === 'cut') {
			response.writeHead(200, { ...headers, 'Content-Length': Buffer.byteLength(text) });
			response.write(text.slice(0, random.below(text.length)));
			await sleep(5);
			response.socket?.destroy();
		} else {
			response.writeHead(200, headers);
			for (let at = 0; at < text.length; at += Math.ceil(text.length / 4)) {
				response.write(text.slice(at, at + Math.ceil(text.length / 4)));
				await sleep(8);
			}
			response.end();
		}
	}

	async function handle(request, response) {
		const url = new URL(request.url, 'http://replay');
		const fault = random() < replay.rate ? random.pick(replay.kinds) : null;
		let body = '';
		for await (const piece of request) body += piece;
		replay.requests++;
		replay.seen.push(`${request.method} ${url.pathname}`);
		for (const api of apis)
			for (const route of api.routes) {
				const match = route.path.exec(url.pathname);
				if (!match || route.method !== request.method) continue;
				const given = api.key ? request.headers[api.key.header.toLowerCase()] : undefined;
				if (given) replay.keys.add(given);
				if (api.key && given === undefined) return send(response, 401, error('invalid_request_error', 'you did not send a key'));
				if (api.key && given !== api.key.value)
					return send(response, 403, error('invalid_request_error', `the key ${given} may not do this`));
				const ask = { query: url.searchParams, match, headers: request.headers, body, now: clock(), fault, serial: replay.requests };
				const answer = route.answer(ask);
				const status = answer.status ?? 200;
				const text = answer.text ?? JSON.stringify(answer.json);
				const headers = { 'Content-Type': answer.type ?? 'application/json', Date: new Date(clock()).toUTCString(), ...answer.headers };
				if (status !== 200) return send(response, status, text, headers);
				const broken = fault && fault !== 'twice' && fault !== 'circle';
				if (broken || ask.met) { replay.faulted++; replay.met.add(fault); }
				if (broken) return misbehave(fault, response, text, headers);
				return send(response, 200, text, headers);
			}
		return send(response, 404, error('not_found_error', `no route ${url.pathname}`));
	}

	const listener = (request, response) => handle(request, response).catch((wrong) => { replay.wrong = wrong; response.destroy(); });
	const server = tls ? https.createServer({ key: fs.readFileSync(tls.key), cert: fs.readFileSync(tls.certificate) }, listener) : http.createServer(listener);
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	replay.port = server.address().port;
	replay.url = `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${replay.port}`;
	replay.calm = () => { replay.rate = 0; };
	replay.close = () => new Promise((done) => { server.closeAllConnections(); server.close(done); });
	return replay;
}

// Every route: what it answers when asked well, and which sentence a wrong question gets.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { call, end, json, post, raw, run, runOn, scratchPath, serve, test, writeUsage } from './_daemon.mjs';

const data = scratchPath('ledger');
const collected = run('collect', 'usage-csv', writeUsage('usage.csv'), '--data', data);
assert.equal(collected.status, 0, collected.stderr);
fs.writeFileSync(scratchPath('small.conf'), '[serve]\nbody_max_mib = 1\n');
const daemon = await serve(['--data', data, '--config', scratchPath('small.conf')]);
const { port } = daemon;
const scenario = {
	closed: { input: 3, output: 15, input_per_output: 3 },
	self_hosted: { gpus_per_replica: 2, gpu_hour: 2.5, throughput_tok_s: 3000, headroom: 0.7, peak_to_mean: 2.228 },
	volume: { mtok_month: 1500 },
};

await test('one line on standard output says where it listens', () => {
	assert.match(daemon.said().out, /^listening on http:\/\/127\.0\.0\.1:\d+\/\n$/);
});

await test('the health route answers', async () => {
	const reply = await json(port, '/healthz');
	assert.equal(reply.status, 200);
	assert.deepEqual(reply.json, { ok: true });
});

await test('the table of routes lists every route, and each is answered', async () => {
	const { json: table } = await json(port, '/api/v1');
	const column = (name) => table.columns.find((c) => c.name === name).values;
	await post(port, '/api/v1/scenarios/usage', scenario);
	await post(port, '/api/v1/fleets/usage', { gpu_hour: '1', throughput_tok_s: '1' });
	await post(port, '/api/v1/workloads/usage', { owner: 'x' });
	await post(port, '/api/v1/rules', { project: 'nobody', team: 'x' });
	for (const [i, path] of column('path').entries()) {
		const target = path.replace('{name}', path.startsWith('/api/v1/rules') ? '1' : path.startsWith('/api/v1/settings') ? 'report.month_start' : 'usage');
		const reply = await call(port, target, { method: column('method')[i], headers: { 'Content-Type': 'application/json' } });
		assert.notEqual(reply.status, 405, path);
		assert.notEqual(reply.headers['content-type'], undefined, path);
		assert.ok(reply.status === 200 || column('method')[i] === 'POST' || path === '/login', `${path}: ${reply.status}`);
	}
});

await test('every reply to a report has the one shape of answer', async () => {
	const { json: list } = await json(port, '/api/v1/report');
	const names = list.columns.find((c) => c.name === 'name').values;
	assert.ok(names.length >= 6);
	for (const name of names) {
		const reply = await json(port, `/api/v1/report/${name}${name === 'price' ? '?id=1' : ''}`);
		assert.equal(reply.status, 200, `${name}: ${reply.body}`);
		assert.equal(reply.headers['content-type'], 'application/json');
		assert.equal(typeof reply.json.facts, 'object');
		for (const column of reply.json.columns) assert.deepEqual([typeof column.name, typeof column.unit, Array.isArray(column.values)], ['string', 'string', true]);
	}
});

await test('the OpenAPI document tells of exactly the routes and parameters that are there', async () => {
	const { json: document } = await json(port, '/api/v1/openapi.json');
	const { json: list } = await json(port, '/api/v1/report');
	const { json: table } = await json(port, '/api/v1');
	assert.equal(document.openapi, '3.1.0');
	const names = list.columns.find((c) => c.name === 'name').values, params = list.columns.find((c) => c.name === 'parameters').values;
	names.forEach((name, i) => assert.deepEqual(document.paths[`/api/v1/report/${name}`].get.parameters.map((p) => p.name), [...params[i], 'format']));
	const column = (name) => table.columns.find((c) => c.name === name).values;
	const told = Object.entries(document.paths).filter(([path]) => path !== '/' && !path.startsWith('/api/v1/report/'))
		.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
	const there = column('path').map((path, i) => `${column('method')[i]} ${path}`).filter((route) => route !== 'GET /api/v1/report/{name}');
	assert.deepEqual(told.sort(), there.sort());
});

await test('the API and the terminal give the same bytes for the same question', async () => {
	const reply = await call(port, '/api/v1/report/breakeven?workload=chat');
	const terminal = run('report', 'breakeven', '--workload', 'chat', '--data', data, '--format', 'json');
	const strip = (text) => { const answer = JSON.parse(text); delete answer.facts.price_age_days; return answer; };
	assert.deepEqual(strip(reply.body), strip(terminal.stdout));
});

await test('a scenario gets the answer that solve gives in the terminal', async () => {
	const reply = await post(port, '/api/v1/solve', scenario);
	assert.equal(reply.status, 200);
	const terminal = runOn(JSON.stringify(scenario), 'solve', '-', '--format', 'json');
	assert.deepEqual(reply.json, JSON.parse(terminal.stdout));
});

await test('lines of usage are priced as in the terminal', async () => {
	const lines = ['{"id":"a","provider":"openai","model":"gpt-4o","at":"2026-08-01T12:00:00Z","usage":{"prompt_tokens":3000,"completion_tokens":6}}',
		'{"id":"b","provider":"anthropic","model":"claude-sonnet-4-5","at":"2026-08-01T12:00:00Z","usage":{"input_tokens":10,"output_tokens":-1}}',
		'', '{"id":"c","provider":"nobody","model":"nothing","at":"2026-08-01T12:00:00Z","usage":{"prompt_tokens":1,"completion_tokens":1}}'].join('\n');
	const reply = await call(port, '/api/v1/price', { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: lines });
	assert.equal(reply.status, 200);
	assert.match(reply.headers['content-type'], /ndjson/);
	const terminal = runOn(lines, 'price');
	assert.equal(terminal.status, 2);
	assert.equal(reply.body, terminal.stdout);
	assert.deepEqual(reply.body.trim().split('\n').map((line) => JSON.parse(line).state), ['priced', 'refused', 'unpriced']);
});

for (const [name, body, words] of [
	['an empty body', '', /empty/], ['only wrong lines', '\n{"model":3}\n', /line 2: model/],
	['more lines than are taken', '{"model":"m","usage":{}}\n'.repeat(10001), /10000 lines/],
]) await test(`price refuses ${name} with a sentence`, async () => {
	const reply = await call(port, '/api/v1/price', { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body });
	assert.equal(reply.status, 400);
	assert.match(JSON.parse(reply.body).error, words);
});

await test('the measured scenario, posted back, gives the measured answer', async () => {
	const { json: measured } = await json(port, '/api/v1/report/scenario?workload=chat');
	const { json: answer } = await json(port, '/api/v1/report/breakeven?workload=chat');
	const { json: solved, status } = await post(port, '/api/v1/solve', measured.facts.scenario);
	assert.equal(status, 200);
	for (const name of ['closed_month', 'self_month', 'saving_month', 'first_break_even_mtok_month', 'safe_break_even_mtok_month', 'idle_month', 'bands'])
		assert.deepEqual(solved.facts[name], answer.facts[name], name);
});

await test('a report can be had as CSV, with a name to save it under', async () => {
	const reply = await call(port, '/api/v1/report/usage?by=day&format=csv');
	assert.equal(reply.status, 200);
	assert.match(reply.headers['content-type'], /^text\/csv/);
	assert.match(reply.headers['content-disposition'], /filename="breakeven-usage\.csv"/);
	assert.ok(reply.body.split('\n').length > 30);
});

for (const [name, target, words] of [
	['an unknown parameter', '/api/v1/report/usage?bye=day', ["'bye'", 'by', 'from', 'workload']],
	['a parameter given twice', '/api/v1/report/usage?by=day&by=model', ["'by'", 'twice']],
	['a choice that is none', '/api/v1/report/idle?by=color', ['by', "'color'", 'device']],
	['a number out of bounds', '/api/v1/report/breakeven?headroom=7', ['headroom', '7', '1']],
	['a number that is none', '/api/v1/report/breakeven?gpu_hour=cheap', ['gpu_hour', 'cheap']],
	['a time that is none', '/api/v1/report/usage?from=yesterdayish', ['from', 'yesterdayish']],
	['a range that ends before it begins', '/api/v1/report/usage?from=2026-09-01&to=2026-08-01', ['from', 'to']],
	['an unknown format', '/api/v1/report/usage?format=xml', ['format', 'xml', 'csv']],
	['a parameter where none is taken', '/api/v1/status?x=1', ["'x'"]],
	['an escape that is none', '/api/v1/report/usage?by=%zz', ['escape']],
	['a NUL in a parameter', '/api/v1/report/usage?by=%00', ['escape']],
]) await test(`${name} is a 400 that says what is wrong`, async () => {
	const reply = await json(port, target);
	assert.equal(reply.status, 400, reply.body);
	for (const word of words) assert.ok(reply.json.error.includes(word), `${word} in: ${reply.json.error}`);
});

await test('an unknown workload is a 404 that names the nearest', async () => {
	const reply = await json(port, '/api/v1/report/breakeven?workload=chta');
	assert.equal(reply.status, 404);
	assert.match(reply.json.error, /'chta'.*'chat'/);
});

await test('an unknown report is a 404', async () => {
	const reply = await json(port, '/api/v1/report/usages');
	assert.equal(reply.status, 404);
	assert.match(reply.json.error, /usages/);
});

await test('an unknown path is a 404, in the API and beside it', async () => {
	for (const target of ['/api/v1/nope', '/api/v2', '/nope', '/static/', '/static/0/nope.js', '/static/0/../../../etc/passwd', '/static/0/%2e%2e/index.html']) {
		const reply = await json(port, target);
		assert.equal(reply.status, 404, target);
		assert.equal(typeof reply.json.error, 'string');
	}
});

await test('the wrong method is a 405 that allows the right ones', async () => {
	for (const [method, target, allow] of [['POST', '/api/v1/report/usage', 'GET, HEAD'], ['GET', '/api/v1/solve', 'POST'], ['PUT', '/api/v1/solve', 'POST'], ['DELETE', '/', 'GET, HEAD'], ['OPTIONS', '/api/v1/solve', 'POST']]) {
		const reply = await json(port, target, { method });
		assert.deepEqual([reply.status, reply.headers.allow], [405, allow], `${method} ${target}`);
	}
});

for (const [name, body, words] of [
	['an empty body', '', ['empty']],
	['JSON that ends too early', '{"closed":', ['body']],
	['a list where an object is needed', '[]', ['body']],
	['a misspelt key', { ...scenario, closd: {} }, ['closd', 'closed']],
	['a text where a number is needed', { ...scenario, volume: { mtok_month: '1500' } }, ['volume.mtok_month', '1500']],
	['a number out of bounds', { ...scenario, self_hosted: { ...scenario.self_hosted, headroom: 2 } }, ['self_hosted.headroom', '2']],
	['a million draws too many', { ...scenario, uncertain: { draws: 1e9, inputs: { 'volume.mtok_month': [1, 2, 3] } } }, ['uncertain.draws']],
]) await test(`a scenario with ${name} is a 400 that says where`, async () => {
	const reply = await post(port, '/api/v1/solve', body);
	assert.equal(reply.status, 400, reply.body);
	for (const word of words) assert.ok(reply.json.error.includes(word), `${word} in: ${reply.json.error}`);
});

await test('a body above the limit is a 413, told before it is sent', async () => {
	const reply = await raw(port, `POST /api/v1/solve HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n{`);
	assert.match(reply, /^HTTP\/1\.1 413 /);
	assert.match(reply, /"error":"the body is larger/);
});

await test('a chunked body above the limit is a 413 too', async () => {
	const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`;
	const reply = await raw(port, `POST /api/v1/solve HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`);
	assert.match(reply, /^HTTP\/1\.1 413 /);
});

await test('a POST without the JSON content type is refused', async () => {
	const reply = await json(port, '/api/v1/solve', { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' });
	assert.equal(reply.status, 415);
});

await test('a POST that a page of another site makes a browser send is refused', async () => {
	assert.equal((await post(port, '/api/v1/solve', scenario, { Origin: 'http://evil.example' })).status, 403);
	assert.equal((await post(port, '/api/v1/solve', scenario, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
	assert.equal((await post(port, '/api/v1/solve', scenario, { Origin: `http://127.0.0.1:${port}`, 'Sec-Fetch-Site': 'same-origin' })).status, 200);
});

await test('only names of this machine are answered, so that no foreign name can be rebound to it', async () => {
	for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1', '127.0.0.1:', '127.0.0.1:x', '[::2]', '+127.0.0.1'])
		assert.equal((await json(port, '/api/v1', { headers: { Host: host } })).status, 421, host);
	for (const host of ['localhost', `localhost:${port}`, '127.0.0.1:9', '127.1.2.3', '[::1]:80', 'LOCALHOST'])
		assert.equal((await json(port, '/api/v1', { headers: { Host: host } })).status, 200, host);
	assert.match(await raw(port, 'GET /api/v1 HTTP/1.0\r\n\r\n'), /^HTTP\/1\.[01] 400 /);
});

await test('every reply carries the security headers', async () => {
	for (const target of ['/', '/api/v1', '/nope', '/static/0/app.js', '/api/v1/report/usage?x=1']) {
		const { headers } = await call(port, target);
		assert.match(headers['content-security-policy'], /default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'/);
		assert.equal(headers['x-content-type-options'], 'nosniff');
		assert.equal(headers['referrer-policy'], 'no-referrer');
		assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
		assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
	}
});

await test('a page may be put in no frame and gets no camera, microphone or place', async () => {
	const { headers } = await call(port, '/');
	assert.equal(headers['x-frame-options'], 'DENY');
	assert.equal(headers['permissions-policy'], 'camera=(), geolocation=(), microphone=()');
});

await test('HEAD gives the headers of GET and no body', async () => {
	for (const target of ['/', '/api/v1/report/usage?by=day', '/api/v1/nope']) {
		const get = await call(port, target), head = await call(port, target, { method: 'HEAD' });
		assert.deepEqual([head.status, head.headers['content-length'], head.headers.etag, head.body], [get.status, get.headers['content-length'], get.headers.etag, ''], target);
	}
});

await test('a reply that the client has already is a 304 without a body', async () => {
	for (const target of ['/', '/api/v1/report/usage?by=day', '/static/0/app.js']) {
		const first = await call(port, target);
		assert.match(first.headers.etag, /^W\/"[0-9a-f]{16}"$/);
		const again = await call(port, target, { headers: { 'If-None-Match': `"other", ${first.headers.etag}` } });
		assert.deepEqual([again.status, again.body], [304, ''], target);
		assert.equal((await call(port, target, { headers: { 'If-None-Match': 'W/"0000000000000000"' } })).status, 200);
	}
});

await test('gzip is sent to who takes it and to nobody else, and unpacks to the same bytes', async () => {
	for (const target of ['/api/v1/report/usage?by=day', '/static/0/app.js', '/static/0/vendor/chart.umd.min.js']) {
		const plain = await call(port, target), packed = await call(port, target, { headers: { 'Accept-Encoding': 'br, gzip;q=0.8' } });
		assert.equal(plain.headers['content-encoding'], undefined);
		assert.equal(packed.headers['content-encoding'], 'gzip');
		assert.equal(packed.headers.vary, 'Accept-Encoding');
		assert.ok(packed.bytes.length < plain.bytes.length / 2);
		assert.deepEqual(zlib.gunzipSync(packed.bytes), plain.bytes);
		assert.equal((await call(port, target, { headers: { 'Accept-Encoding': 'gzip;q=0, br' } })).headers['content-encoding'], undefined);
	}
});

await test('what the page loads has an address that changes with it and may be kept for ever', async () => {
	const page = await call(port, '/');
	assert.equal(page.headers['cache-control'], 'no-cache');
	const files = [...page.body.matchAll(/(?:href|src)="(static\/[^"]+)"/g)].map((match) => match[1]);
	assert.ok(files.length >= 4);
	for (const file of files) {
		const reply = await call(port, `/${file}`);
		assert.equal(reply.status, 200, file);
		assert.match(reply.headers['cache-control'], /immutable/);
	}
	assert.equal((await call(port, '/static/0000000000000000/app.js')).headers['cache-control'], 'no-cache');
});

await test('a favicon is served', async () => {
	assert.match((await call(port, '/favicon.ico')).headers['content-type'], /^image\//);
});

await test('there is no sample data to remove from an own ledger', async () => {
	assert.equal((await json(port, '/api/v1/status')).json.facts.demo, false);
	assert.equal((await post(port, '/api/v1/demo/remove', {})).status, 404);
});

await test('bytes that are no HTTP do not stop it', async () => {
	for (const bytes of ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET /${'a'.repeat(70000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
		`GET / HTTP/1.1\r\nHost: localhost\r\n${'X-A: b\r\n'.repeat(9000)}\r\n`, 'POST /api/v1/solve HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n', '\0\0\0\0'])
		await raw(port, bytes, 300);
	assert.equal((await json(port, '/healthz')).status, 200);
});

await test('a hundred requests at once are all answered', async () => {
	const replies = await Promise.all(Array.from({ length: 100 }, () => json(port, '/api/v1/report/usage?by=model')));
	assert.ok(replies.every((reply) => reply.status === 200 && reply.body === replies[0].body));
});

await test('connections that say nothing do not keep others waiting', async () => {
	const { connect } = await import('node:net');
	const idle = Array.from({ length: 64 }, () => connect(port, '127.0.0.1').on('error', () => {}));
	await new Promise((resolve) => setTimeout(resolve, 100));
	const began = Date.now();
	assert.equal((await json(port, '/healthz')).status, 200);
	assert.ok(Date.now() - began < 1000);
	idle.forEach((socket) => socket.destroy());
});

await test('it stops when it is told to, with status 0 and nothing more on standard output', async () => {
	const { code } = await daemon.stop('SIGTERM');
	assert.equal(code, 0);
	assert.match(daemon.said().out, /^listening on [^\n]+\n$/);
});

await test('an interrupt stops it as well', async () => {
	const other = await serve(['--data', data]);
	assert.equal((await other.stop('SIGINT')).code, 0);
});

for (const [name, args, status, words] of [
	['an address that is not loopback', ['--listen', '0.0.0.0:0'], 2, ['0.0.0.0', 'loopback']],
	['an IPv6 address that is not loopback', ['--listen', '[::]:0'], 2, ['loopback']],
	['an address that is none', ['--listen', 'nowhere'], 2, ['nowhere']],
	['a port that is none', ['--listen', '127.0.0.1:99999'], 2, ['99999']],
	['a folder of pages without a page', ['--web', '/usr', '--listen', '127.0.0.1:0'], 2, ['index.html']],
	['a word too many', ['fast'], 2, ['fast']],
]) await test(`${name} is refused at start in a sentence`, () => {
	const ended = run('serve', '--data', data, ...args);
	assert.equal(ended.status, status, ended.stderr);
	assert.equal(ended.stdout, '');
	for (const word of words) assert.ok(ended.stderr.includes(word), `${word} in: ${ended.stderr}`);
});

await test('a port that is taken is told', async () => {
	const first = await serve(['--data', data]);
	const second = run('serve', '--data', data, '--listen', `127.0.0.1:${first.port}`);
	assert.equal(second.status, 1);
	assert.match(second.stderr, /in use/);
	await first.stop();
});

end();

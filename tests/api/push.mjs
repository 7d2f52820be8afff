// POST /api/v1/usage: every shape of body and of reply, and that a report tells of an event as soon as it is acknowledged.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { call, end, json, post, raw, run, scratchPath, serve, test } from './_daemon.mjs';

const data = scratchPath('pushed');
const daemon = await serve(['--data', data]);
const { port } = daemon;
const target = '/api/v1/usage';
const event = (id, more = {}) => ({ id, at: '2026-08-01T12:00:00Z', provider: 'openai', model: 'gpt-4o', workload: 'chat', in_uncached: 1000, out_visible: 100, ...more });
const lines = (rows) => rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
const push = (value) => post(port, target, value);
const pushLines = (rows, headers = {}) => json(port, target, { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson', ...headers }, body: typeof rows === 'string' || Buffer.isBuffer(rows) ? rows : lines(rows) });
const none = { repeated: 0, conflicting: [], refused: [] };
const facts = async (query = '') => (await json(port, `/api/v1/report/usage${query}`)).json.facts;
const check = () => { const done = run('check', '--data', data, '--format', 'json'); assert.equal(done.status, 0, done.stderr); return JSON.parse(done.stdout).facts; };

await test('one object is taken, and the report that comes next tells of it', async () => {
	const reply = await push(event('one'));
	assert.equal(reply.status, 200, reply.body);
	assert.deepEqual(reply.json, { taken: 1, ...none });
	assert.equal(reply.headers['cache-control'], 'no-store');
	const told = await facts();
	assert.deepEqual([told.requests, told.in_uncached, told.out_visible, told.amount], [1, 1000, 100, '0.0035']);
});

await test('all that one answer says is of one state of the ledger, whatever is pushed meanwhile', async () => {
	const alone = await serve(['--data', scratchPath('one-state')]), from = Date.UTC(2026, 7, 1);
	let pushed = 0, asking = true;
	const pushing = (async () => {
		for (; asking; pushed++)
			assert.equal((await post(alone.port, target, event(`e${pushed}`, { at: from / 1000 + pushed }))).status, 200);
	})();
	try {
		for (let asked = 0, seen = 0; asked < 200 || seen < 100; asked++) {
			const { facts: told } = (await json(alone.port, '/api/v1/report/usage?by=model&workload=chat')).json;
			if (!told.to)
				continue;
			seen = told.requests; // an event a second: the last one's time says how many there are
			assert.equal((Date.parse(told.to) - from) / 1000 + 1, seen);
		}
	} finally {
		asking = false;
	}
	await pushing;
	await alone.stop();
});

await test('the same object again is a repeat and changes nothing', async () => {
	const reply = await push(event('one'));
	assert.equal(reply.status, 200);
	assert.deepEqual(reply.json, { taken: 0, repeated: 1, conflicting: [], refused: [] });
	assert.equal((await facts()).requests, 1);
});

await test('other content under the same key is a 409 that names it; what is new beside it is taken', async () => {
	const reply = await push([event('two'), event('one', { out_visible: 101 }), event('three')]);
	assert.equal(reply.status, 409, reply.body);
	assert.deepEqual([reply.json.taken, reply.json.repeated, reply.json.conflicting, reply.json.refused], [2, 0, ['one'], []]);
	assert.equal(typeof reply.json.error, 'string');
	const told = await facts();
	assert.deepEqual([told.requests, told.out_visible], [3, 300]);
});

await test('the same key twice in one request with other content is a conflict with the first', async () => {
	const reply = await push([event('twice'), event('twice'), event('twice', { in_uncached: 7 })]);
	assert.equal(reply.status, 409);
	assert.deepEqual([reply.json.taken, reply.json.repeated, reply.json.conflicting], [1, 1, ['twice']]);
});

await test('the same id at another instant is another event', async () => {
	assert.deepEqual((await push(event('one', { at: 1785585601.25 }))).json, { taken: 1, ...none });
});

await test('an array, an empty one, and lines are told by their first letter, whatever the content type says', async () => {
	assert.deepEqual((await push([event('array-1'), event('array-2')])).json, { taken: 2, ...none });
	assert.deepEqual((await push([])).json, { taken: 0, ...none });
	assert.deepEqual((await push(`${lines([event('line-1'), event('line-2')])}\n`)).json, { taken: 2, ...none });
	assert.deepEqual((await pushLines(JSON.stringify([event('line-1')]))).json, { taken: 0, repeated: 1, conflicting: [], refused: [] });
	assert.deepEqual((await pushLines(JSON.stringify(event('spread'), null, 2))).json, { taken: 1, ...none });
});

await test('a line that is no JSON costs only itself, and is named by its row', async () => {
	const reply = await pushLines([event('before'), '{"id":"cut', event('after'), '{"id":"no time"}', '[1]']);
	assert.equal(reply.status, 200, reply.body);
	assert.equal(reply.json.taken, 2);
	assert.deepEqual(reply.json.refused.map((refused) => refused.row), [2, 4, 5]);
	assert.match(reply.json.refused[1].reason, /^at: /);
	for (const refused of reply.json.refused) assert.ok(refused.reason.length > 5);
});

await test('values that cannot be are refused with field and value', async () => {
	const reply = await push([event('ok'), event('n', { in_uncached: -1 }), event('f', { out_visible: 1.5 }), event('s', { status: 'fine' }), event('t', { at: 'yesterday' }), event('y', { at: '1999-01-01T00:00:00Z' }),
		event('l', { latency_ms: 'slow' }), event('w', { workload: {} }), event('b', { in_uncached: 2 ** 53 * 4 })]);
	assert.equal(reply.status, 200);
	assert.equal(reply.json.taken, 1);
	const reasons = Object.fromEntries(reply.json.refused.map(({ row, reason }) => [row, reason]));
	for (const [row, words] of Object.entries({ 2: ['in_uncached', '-1'], 3: ['out_visible', '1.5'], 4: ['status', 'fine'], 5: ['at', 'yesterday'], 6: ['at', '1999'], 7: ['latency_ms', 'slow'], 8: ['workload'], 9: ['in_uncached'] }))
		for (const word of words) assert.ok(reasons[row]?.includes(word), `${word} in row ${row}: ${reasons[row]}`);
});

await test('a body of which no row is understood is a 400 with a reason for each', async () => {
	const reply = await push([{ id: 'a' }, 7, null]);
	assert.equal(reply.status, 400, reply.body);
	assert.deepEqual([reply.json.taken, reply.json.repeated, reply.json.conflicting], [0, 0, []]);
	assert.deepEqual(reply.json.refused.map((refused) => refused.row), [1, 2, 3]);
	assert.equal(typeof reply.json.error, 'string');
});

await test("a provider's own usage object is brought to the classes", async () => {
	const before = await facts('?workload=objects');
	assert.equal(before.requests, 0);
	const usage = { prompt_tokens: 100, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 40 }, completion_tokens_details: { reasoning_tokens: 20 } };
	const reply = await push([{ id: 'chat', at: '2026-08-01T12:00:00Z', provider: 'openai', model: 'gpt-4o', workload: 'objects', api: 'openai-chat', usage },
		{ id: 'claude', at: '2026-08-01T12:00:00Z', provider: 'anthropic', model: 'claude-sonnet-4-5', workload: 'objects', api: 'anthropic', usage: { input_tokens: 10, cache_read_input_tokens: 5, cache_creation_input_tokens: 3, output_tokens: 2 } },
		{ id: 'odd', at: '2026-08-01T12:00:00Z', model: 'x', api: 'nobody', usage: {} }]);
	assert.equal(reply.json.taken, 2, reply.body);
	assert.deepEqual(reply.json.refused.map((refused) => refused.row), [3]);
	assert.match(reply.json.refused[0].reason, /nobody/);
	const told = await facts('?workload=objects');
	assert.deepEqual([told.in_uncached, told.in_cache_read, told.in_cache_write_5m, told.out_visible, told.out_reasoning], [70, 45, 3, 32, 20]);
});

await test('events without an id: equal ones in one request all count, and the request sent again repeats', async () => {
	const nameless = { at: '2026-08-02T00:00:00Z', model: 'm', workload: 'nameless', in_uncached: 5 };
	assert.deepEqual((await push([nameless, nameless, { ...nameless, in_uncached: 6 }])).json, { taken: 3, ...none });
	assert.deepEqual((await push([nameless, nameless, { ...nameless, in_uncached: 6 }])).json, { taken: 0, repeated: 3, conflicting: [], refused: [] });
	assert.equal((await facts('?workload=nameless')).in_uncached, 16);
});

await test('names of any letters come back as they were sent', async () => {
	const name = 'Ünï\u{1F600} "quoted" \\';
	assert.equal((await push(event('letters', { workload: name }))).status, 200);
	assert.equal((await facts(`?workload=${encodeURIComponent(name)}`)).requests, 1);
	const odd = 'id "with" \\ \u{1F600}';
	assert.equal((await push(event(odd))).status, 200);
	assert.deepEqual((await push(event(odd, { in_uncached: 1 }))).json.conflicting, [odd]);
});

const many = (n, name) => Array.from({ length: n }, (_, i) => event(`${name}-${i}`, { at: 1785600000 + i * 7 % 86400, workload: name }));
await test('10,000 events are taken in one request, as an array and as lines', async () => {
	assert.deepEqual((await push(many(10000, 'array'))).json, { taken: 10000, ...none });
	assert.deepEqual((await pushLines(many(10000, 'lines'))).json, { taken: 10000, ...none });
	assert.equal((await facts('?workload=array')).requests, 10000);
	assert.equal((await facts('?workload=lines')).in_uncached, 10000000);
});

await test('10,001 events are a 413 with a sentence, and none of them is taken', async () => {
	for (const send of [push, pushLines]) {
		const reply = await send(many(10001, 'beyond'));
		assert.equal(reply.status, 413);
		assert.match(reply.json.error, /10000/);
	}
	assert.equal((await facts('?workload=beyond')).requests, 0);
});

await test('an array of very many small values is refused before it takes memory', async () => {
	assert.equal((await push(`[${'1,'.repeat(5e6)}1]`)).status, 413);
	assert.equal((await push(`[[${'1,'.repeat(5e6)}1]]`)).status, 400);
	const resident = () => Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8'))[1]);
	if (process.env.VARIANT === 'release') assert.ok(resident() < 150e3, `${resident()} kB`);
});

await test('a body in gzip form is unpacked; one that only says so is a 400', async () => {
	const packed = zlib.gzipSync(lines(many(500, 'packed')));
	assert.deepEqual((await pushLines(packed, { 'Content-Encoding': 'gzip' })).json, { taken: 500, ...none });
	assert.equal((await pushLines(packed.subarray(0, 100), { 'Content-Encoding': 'gzip' })).status, 400);
	assert.equal((await pushLines('{}', { 'Content-Encoding': 'gzip' })).status, 400);
	assert.equal((await pushLines('{}', { 'Content-Encoding': 'br' })).status, 415);
});

await test('a small packed body that is large unpacked is a 413', async () => {
	const reply = await pushLines(zlib.gzipSync(Buffer.alloc(80 << 20, ' ')), { 'Content-Encoding': 'gzip' });
	assert.equal(reply.status, 413, reply.body);
});

for (const [name, body] of [['an empty body', ''], ['a body of blanks', ' \n \n'], ['an array that is cut off', '[{"id":"x"'], ['text that is no JSON', 'hello']])
	await test(`${name} is a 400 with a sentence`, async () => {
		const reply = await push(body);
		assert.equal(reply.status, 400, reply.body);
		assert.ok(reply.json.error.length > 10);
	});

await test('an array that is broken at its end takes nothing', async () => {
	assert.equal((await push(`[${JSON.stringify(event('broken', { workload: 'broken' }))},`)).status, 400);
	assert.equal((await facts('?workload=broken')).requests, 0);
});

await test('other methods are 405 and name POST', async () => {
	for (const method of ['GET', 'PUT', 'DELETE']) {
		const reply = await call(port, target, { method });
		assert.equal(reply.status, 405);
		assert.equal(reply.headers.allow, 'POST');
	}
});

await test('a content type that brings no events is a 415; a program may leave it out', async () => {
	const body = JSON.stringify(event('typed'));
	for (const type of ['text/html', 'multipart/form-data; boundary=x', 'image/png', 'application/jsonx'])
		assert.equal((await call(port, target, { method: 'POST', headers: { 'Content-Type': type }, body })).status, 415, type);
	for (const headers of [{}, { 'Content-Type': 'application/json; charset=utf-8' }, { 'Content-Type': 'application/x-www-form-urlencoded' }, { 'Content-Type': 'text/plain' }])
		assert.equal((await call(port, target, { method: 'POST', headers, body })).status, 200, JSON.stringify(headers));
});

await test('a page of another site can push nothing', async () => {
	const body = JSON.stringify(event('foreign', { workload: 'foreign' }));
	for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }, { Origin: 'null' }])
		assert.equal((await call(port, target, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body })).status, 403, JSON.stringify(headers));
	for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
		assert.ok((await call(port, target, { method: 'POST', headers: { 'Content-Type': type, Origin: `http://127.0.0.1:${port}` }, body })).status === 415, type);
	assert.equal((await facts('?workload=foreign')).requests, 0);
	assert.equal((await call(port, target, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: `http://127.0.0.1:${port}`, 'Sec-Fetch-Site': 'same-origin' }, body })).status, 200);
});

await test('a parameter is unknown here', async () => assert.equal((await post(port, `${target}?dry=1`, event('p'))).status, 400));

await test('figures whose sums leave 64 bits are refused when they come, not when somebody asks', async () => {
	const huge = (i) => ({ id: `huge-${i}`, at: 1785700000, model: 'unknown-to-all', workload: 'huge', in_uncached: 2 ** 53 });
	let replies = [];
	for (let i = 0; i < 3; i++) replies.push(await push(Array.from({ length: 600 }, (_, j) => huge(i * 600 + j))));
	assert.deepEqual(replies.map((reply) => reply.status), [200, 400, 400], replies[1].body.slice(0, 200));
	assert.match(replies[1].json.error, /64 bits/);
	assert.equal((await facts('?workload=huge')).requests, 600);
	assert.equal((await push(event('after-huge'))).status, 200);
});

await test('32 clients at once: every event once, each reply its own', async () => {
	const clients = Array.from({ length: 32 }, async (_, c) => {
		for (let i = 0; i < 20; i++) {
			const mine = event(`c${c}-${i}`, { workload: 'crowd', at: 1785650000 + i });
			const shared = event(`shared-${i}`, { workload: 'crowd', at: 1785650000 + i });
			const reply = await push([mine, shared, { id: `bad-${c}` }]);
			assert.equal(reply.status, 200, reply.body);
			assert.equal(reply.json.taken + reply.json.repeated, 2);
			assert.ok(reply.json.taken >= 1);
			assert.deepEqual(reply.json.refused.map((refused) => refused.row), [3]);
		}
	});
	const asking = (async () => { for (let i = 0; i < 40; i++) { const told = await facts('?workload=crowd'); assert.equal(told.in_uncached, told.requests * 1000); } })();
	await Promise.all([...clients, asking]);
	assert.equal((await facts('?workload=crowd')).requests, 32 * 20 + 20);
});

await test('while sums are behind and after they are made, every grouping adds up to the same', async () => {
	const groups = ['', '?by=day', '?by=hour', '?by=model', '?by=account', '?by=status', '?by=day,account', '?by=week,model'];
	await push(event('late', { account: 'someone', status: 'error' }));
	const told = async () => Promise.all(groups.map(async (group) => {
		const answer = (await json(port, `/api/v1/report/usage${group}`)).json;
		const column = answer.columns.find((c) => c.name === 'requests');
		if (column) assert.equal(column.values.reduce((a, b) => a + b, 0), answer.facts.requests, group);
		return [answer.facts.requests, answer.facts.amount];
	}));
	const behind = await told();
	await new Promise((resolve) => setTimeout(resolve, 2500));
	assert.deepEqual(await told(), behind);
	assert.equal(new Set(behind.map(String)).size, 1);
});

await test('a request that comes in pieces and one whose sender goes away harm nobody', async () => {
	const body = JSON.stringify(event('pieces'));
	const head = `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
	const { connect } = await import('node:net');
	const reply = await new Promise((resolve) => {
		let got = '';
		const socket = connect(port, '127.0.0.1', async () => { for (const letter of head + body) { socket.write(letter); if (letter === '}') await new Promise((done) => setTimeout(done, 20)); } });
		socket.on('data', (bytes) => { got += bytes; }).on('end', () => resolve(got));
	});
	assert.match(reply, /^HTTP\/1.1 200 /);
	for (let i = 0; i < 50; i++) await new Promise((resolve) => { const socket = connect(port, '127.0.0.1', () => socket.write(head + body, () => { socket.destroy(); resolve(); })); });
	assert.equal((await json(port, '/healthz')).status, 200);
	assert.match(await raw(port, `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`), /^HTTP\/1.1 200 /);
});

await test('requests that are sent over one connection one after the other are answered in their order', async () => {
	const requests = Array.from({ length: 20 }, (_, i) => JSON.stringify(event(`pipe-${i}`))).map((body, i) => `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${i === 19 ? 'Connection: close\r\n' : ''}\r\n${body}`);
	assert.equal((await raw(port, requests.join(''))).match(/"taken":1/g)?.length, 20);
});

await test('the route is in the table and in the OpenAPI document, with the statuses it can answer', async () => {
	const { json: document } = await json(port, '/api/v1/openapi.json');
	const { post: operation } = document.paths[target];
	assert.deepEqual(Object.keys(operation.responses).sort(), ['200', '400', '409', '413', '415', '503', 'default']);
	assert.equal(operation['x-rights'], 'ingest');
	assert.deepEqual(document.components.schemas.pushed.required, ['taken', 'repeated', 'conflicting', 'refused']);
	const known = Object.keys(document.components.schemas.usage_event.properties);
	for (const name of ['id', 'at', 'in_uncached', 'out_reasoning', 'api', 'usage', 'ttft_ms']) assert.ok(known.includes(name), name);
});

await test('what was pushed stands in the list of runs', async () => {
	const { columns } = (await json(port, '/api/v1/report/runs')).json;
	const column = (name) => columns.find((c) => c.name === name).values;
	assert.ok(column('name').every((name) => name === 'POST /api/v1/usage'));
	assert.equal(column('taken').reduce((a, b) => a + b, 0), (await facts()).requests);
});

await test('the ledger is found sound while events come in', async () => {
	let over = false;
	const coming = Promise.all(Array.from({ length: 4 }, async (_, c) => { for (let i = 0; !over; i++) await push(event(`coming-${c}-${i}`, { workload: 'coming' })); }));
	for (let i = 0; i < 5; i++) {
		const { columns } = (await json(port, '/api/v1/report/doctor?deep=yes')).json;
		const column = (name) => columns.find((c) => c.name === name).values;
		assert.equal(column('state')[column('check').indexOf('rollups')], 'ok', JSON.stringify(columns));
		check();
	}
	over = true;
	await coming;
});

await test('the ledger is sound while it runs', async () => assert.equal(check().usage_lines, (await facts()).requests));

await test('a ledger that another process keeps locked is a 503 with a sentence; reading goes on, and so does pushing afterwards', async () => {
	const locker = spawn('sqlite3', [`${data}/ledger.db`], { stdio: ['pipe', 'pipe', 'inherit'] });
	const gone = new Promise((resolve) => locker.on('exit', resolve));
	await new Promise((resolve) => { locker.stdout.once('data', resolve); locker.stdin.write('BEGIN IMMEDIATE; SELECT 1;\n'); });
	const waiting = [push(event('locked-1')), push(event('locked-2'))];
	await new Promise((resolve) => setTimeout(resolve, 200));
	const before = (await facts()).requests;
	assert.equal((await json(port, '/healthz')).status, 200);
	for (const reply of await Promise.all(waiting)) {
		assert.equal(reply.status, 503, reply.body);
		assert.match(reply.json.error, /locked/);
		assert.ok(Number(reply.headers['retry-after']) >= 1);
	}
	locker.stdin.end('ROLLBACK;\n');
	await gone;
	assert.deepEqual((await push(event('locked-1'))).json, { taken: 1, ...none });
	assert.equal((await facts()).requests, before + 1);
});

await test('prices that are imported while it runs price the next event', async () => {
	const own = (id) => ({ id, at: '2026-08-03T00:00:00Z', provider: 'in-house', model: 'own-model', workload: 'own', in_uncached: 1000000 });
	assert.equal((await push(own('own-0'))).status, 200);
	assert.equal((await facts('?workload=own')).priced_share, 0);
	fs.writeFileSync(scratchPath('own.csv'), 'provider,model,in_uncached,out_visible\nin-house,own-model,2,4\n');
	const imported = run('collect', 'prices-csv', scratchPath('own.csv'), '--data', data);
	assert.equal(imported.status, 0, imported.stderr);
	assert.equal((await push(own('own-1'))).status, 200);
	const told = await facts('?workload=own');
	assert.deepEqual([told.requests, told.priced_share, told.amount], [2, 0.5, '2']);
});

await test('a file that is imported while it runs and holds the same events repeats them, and the other way round', async () => {
	const rows = Array.from({ length: 5 }, (_, i) => ({ ...event(`both-${i}`), workload: 'both' }));
	assert.equal((await push(rows.slice(0, 3))).json.taken, 3);
	fs.writeFileSync(scratchPath('both.jsonl'), lines(rows));
	const imported = run('collect', 'usage-jsonl', scratchPath('both.jsonl'), '--data', data, '--format', 'json');
	assert.equal(imported.status, 0, imported.stderr);
	assert.deepEqual((await push(rows)).json, { taken: 0, repeated: 5, conflicting: [], refused: [] });
	assert.equal((await facts('?workload=both')).requests, 5);
	check();
});

await test('it stops with status 0 after pushes, and leaves no sum behind', async () => {
	await push(event('last'));
	assert.equal((await daemon.stop()).code, 0);
	check();
	const left = spawnSync('sqlite3', [`${data}/ledger.db`, 'SELECT count(*) FROM touched'], { encoding: 'utf8' });
	assert.equal(left.stdout.trim(), '0');
});

await test('sample data takes events too, and its own ledger afterwards', async () => {
	const own = scratchPath('own');
	const demo = await serve(['--data', own], 'demo');
	const mine = { ...event('mine'), workload: 'mine' };
	assert.deepEqual((await post(demo.port, target, mine)).json, { taken: 1, ...none });
	assert.equal((await json(demo.port, '/api/v1/report/usage?workload=mine')).json.facts.requests, 1);
	const crowd = Array.from({ length: 30 }, (_, i) => post(demo.port, target, { ...mine, id: `mine-${i}` }));
	assert.equal((await post(demo.port, '/api/v1/demo/remove', {})).status, 200);
	for (const reply of await Promise.all(crowd)) assert.deepEqual(reply.json, { taken: 1, ...none });
	assert.deepEqual((await post(demo.port, target, mine)).json, { taken: 1, ...none });
	assert.ok((await json(demo.port, '/api/v1/report/usage')).json.facts.requests <= 31);
	assert.equal((await demo.stop()).code, 0);
});

end();

// POST /v1/metrics, /v1/traces, /v1/logs: what senders of OTLP are told, in JSON and in protobuf, and who may send.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { call, end, json, run, scratchPath, serve, skip, test } from './_daemon.mjs';

const data = scratchPath('otlp');
const daemon = await serve(['--data', data]);
const { port } = daemon;
const push = (body, headers = {}, target = '/v1/metrics') => call(port, target, {
	method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
});
const text = (key, value) => ({ key, value: { stringValue: value } });
const points = (...list) => ({ resourceMetrics: [{ resource: { attributes: [text('service.name', 'agent')] }, scopeMetrics: [{ metrics: [{ name: 'claude_code.token.usage', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: list } }] }] }] });
const point = (type, value, minute = 1, more = {}) => ({
	attributes: [text('type', type), text('model', 'claude-demo-5')], startTimeUnixNano: `${1793491200 + 60 * (minute - 1)}000000000`, timeUnixNano: `${1793491200 + 60 * minute}000000000`, asInt: String(value), ...more,
});
const facts = async () => (await json(port, '/api/v1/report/usage')).json.facts;

// Protobuf by hand, as little as it takes.
const varint = (n) => { const bytes = []; for (n = BigInt(n); n > 127n; n >>= 7n) bytes.push(Number(n & 127n) | 128); return Buffer.from([...bytes, Number(n)]); };
const field = (number, bytes) => { const content = Buffer.from(bytes); return Buffer.concat([varint(number << 3 | 2), varint(content.length), content]); };
const fixed = (number, value) => { const content = Buffer.alloc(8); content.writeBigUInt64LE(BigInt(value)); return Buffer.concat([varint(number << 3 | 1), content]); };
const attribute = (key, value) => Buffer.concat([field(1, key), field(2, field(1, value))]);
const packedPoint = (type, value, minute) => Buffer.concat([field(7, attribute('type', type)), field(7, attribute('model', 'claude-demo-5')), fixed(2, `${1793491200 + 60 * (minute - 1)}000000000`), fixed(3, `${1793491200 + 60 * minute}000000000`), fixed(6, value)]);
const packed = (...list) => field(1, Buffer.concat([field(1, field(1, attribute('service.name', 'agent'))), field(2, field(2, Buffer.concat([field(1, 'claude_code.token.usage'), field(7, Buffer.concat([...list.map((each) => field(1, each)), varint(2 << 3), varint(1)]))])))]));
const protobuf = { 'Content-Type': 'application/x-protobuf' };

await test('a full success is an empty object in JSON and no bytes in protobuf', async () => {
	const plain = await push(points(point('input', 10)));
	assert.deepEqual([plain.status, plain.headers['content-type'], plain.body], [200, 'application/json', '{}']);
	const binary = await push(packed(packedPoint('output', 5, 1)), protobuf);
	assert.deepEqual([binary.status, binary.headers['content-type'], binary.bytes.length], [200, 'application/x-protobuf', 0], binary.body);
	const told = await facts();
	assert.deepEqual([told.in_uncached, told.out_visible], [10, 5]);
});

await test('what was sent in one form is a repeat in the other', async () => {
	assert.equal((await push(packed(packedPoint('input', 10, 1)), protobuf)).status, 200);
	assert.equal((await push(points(point('output', 5)))).status, 200);
	const told = await facts();
	assert.deepEqual([told.in_uncached, told.out_visible], [10, 5]);
});

await test('points that are refused are counted in a partial success, and the others are taken', async () => {
	const plain = await push(points(point('input', 1, 2), point('sausage', 1, 2), point('input', -4, 3)));
	assert.equal(plain.status, 200);
	const { partialSuccess } = JSON.parse(plain.body);
	assert.equal(partialSuccess.rejectedDataPoints, '2');
	assert.match(partialSuccess.errorMessage, /^item 2: .*'sausage'/);
	const binary = await push(packed(packedPoint('sausage', 1, 2)), protobuf);
	assert.equal(binary.status, 200);
	assert.equal(binary.bytes[0], 1 << 3 | 2);
	assert.match(binary.body, /sausage/);
	assert.equal((await facts()).in_uncached, 11);
});

await test('another value for the same series, start and time is rejected, and the first stands', async () => {
	const reply = await push(points(point('input', 99, 2)));
	assert.equal(JSON.parse(reply.body).partialSuccess.rejectedDataPoints, '1');
	assert.equal((await facts()).in_uncached, 11);
});

await test('a body that is no such message is a 400 with a status, in the form of the request', async () => {
	for (const body of ['', '{', '[]', '{"resourceSpans":[{}]}', '{"resourceMetrics":{}}']) {
		const reply = await push(body);
		assert.equal(reply.status, 400, body);
		assert.equal(JSON.parse(reply.body).code, 3);
		assert.equal(reply.headers['retry-after'], undefined);
	}
	const cut = await push(packed(packedPoint('input', 1, 9)).subarray(0, 40), protobuf);
	assert.deepEqual([cut.status, cut.headers['content-type'], cut.bytes[0], cut.bytes[1]], [400, 'application/x-protobuf', 8, 3]);
});

await test('a packed body is unpacked, up to a limit', async () => {
	const reply = await push(zlib.gzipSync(JSON.stringify(points(point('input', 2, 20)))), { 'Content-Encoding': 'gzip' });
	assert.equal(reply.status, 200, reply.body);
	assert.equal((await facts()).in_uncached, 13);
	const bomb = await push(zlib.gzipSync(Buffer.alloc(100 << 20, 32)), { 'Content-Encoding': 'gzip' });
	assert.equal(bomb.status, 413);
	assert.equal((await push(zlib.deflateSync('{}'), { 'Content-Encoding': 'deflate' })).status, 415);
	assert.equal((await push(zlib.gzipSync('{}').subarray(0, 10), { 'Content-Encoding': 'gzip' })).status, 400);
});

await test('a body that would unfold to more than it may take is refused in both forms', async () => {
	assert.equal((await push(`{"resourceMetrics":[${'{},'.repeat(900000)}{}]}`)).status, 400);
	assert.equal((await push(Buffer.alloc(8 << 20, Buffer.from([0x0a, 0x00])), protobuf)).status, 400);
	let deep = Buffer.from('x');
	for (let i = 0; i < 5000; i++) deep = field(i % 2 ? 5 : 1, deep);
	assert.ok([200, 400].includes((await push(field(1, field(1, field(1, Buffer.concat([field(1, 'k'), field(2, deep)])))), protobuf)).status));
	assert.equal((await push(points())).status, 200);
});

await test('another content type is a 415 that names those that are taken, and another method a 405', async () => {
	const reply = await push('{}', { 'Content-Type': 'text/plain' });
	assert.equal(reply.status, 415);
	assert.match(reply.body, /application\/x-protobuf or application\/json/);
	assert.equal((await call(port, '/v1/metrics')).status, 405);
});

await test('what is not about tokens is accepted and leaves no line', async () => {
	const before = await facts();
	const reply = await push({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: '1793491200000000000', body: { stringValue: 'hello' } }] }] }] }, {}, '/v1/logs');
	assert.deepEqual([reply.status, reply.body], [200, '{}']);
	assert.equal((await push({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', name: 'GET /' }] }] }] }, {}, '/v1/traces')).status, 200);
	assert.deepEqual(await facts(), before);
});

const shared = (name) => path.join(process.env.SHARED ?? '', name);
if (fs.existsSync(shared('samples/otlp_metrics.json')) || fs.existsSync(shared('data/samples/otlp_metrics.json'))) {
	const root = fs.existsSync(shared('samples')) ? '' : 'data/';
	await test('the documented sample counts its three points once, and the example of the specification none', async () => {
		const before = await facts();
		for (let i = 0; i < 2; i++) assert.equal((await push(fs.readFileSync(shared(`${root}samples/otlp_metrics.json`)))).body, '{}');
		const after = await facts();
		assert.deepEqual(['in_uncached', 'in_cache_read', 'out_visible'].map((name) => after[name] - before[name]), [812, 40960, 3810]);
		assert.equal((await push(fs.readFileSync(shared(`${root}otlp/metrics-example.json`)))).body, '{}');
		assert.deepEqual(await facts(), after);
	});
} else skip('the documented sample counts its three points once', 'the folder with shared data is not here');

await test('the API tells of the routes, and its document how to use them', async () => {
	const { json: table } = await json(port, '/api/v1');
	const paths = table.columns.find((column) => column.name === 'path').values, rights = table.columns.find((column) => column.name === 'rights').values;
	const { json: document } = await json(port, '/api/v1/openapi.json');
	for (const target of ['/v1/metrics', '/v1/traces', '/v1/logs'])
		for (const full of [target, `/api/v1/otlp${target}`]) {
			assert.equal(rights[paths.indexOf(full)], 'ingest');
			assert.ok(document.paths[full].post.requestBody.content['application/x-protobuf'], full);
			assert.equal((await push('{}', {}, full)).status, 200);
		}
	const metrics = await call(port, '/metrics');
	assert.match(metrics.body, /route="\/v1\/metrics"/);
});

await daemon.stop();

await test('where tokens are asked for, one that may push is enough, and one that may only read is not', async () => {
	const token = (scope) => run('token', 'add', `t-${scope}`, '--scope', scope, '--data', data, '--format', 'json');
	const [ingest, read] = ['ingest', 'read'].map((scope) => JSON.parse(token(scope).stdout).facts.token);
	const strict = await new Promise((resolve, reject) => {
		process.env.BREAKEVEN_SERVE_REQUIRE_TOKEN = 'yes';
		serve(['--data', data]).then(resolve, reject);
	});
	delete process.env.BREAKEVEN_SERVE_REQUIRE_TOKEN;
	const status = async (headers) => (await call(strict.port, '/v1/metrics', { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: '{}' })).status;
	assert.equal(await status({}), 401);
	assert.equal(await status({ Authorization: `Bearer ${read}` }), 403);
	assert.equal(await status({ Authorization: `Bearer ${ingest}` }), 200);
	await strict.stop();
});

await test('the ledger is sound afterwards', () => {
	const checked = run('check', '--data', data);
	assert.equal(checked.status, 0, checked.stderr);
});

end();

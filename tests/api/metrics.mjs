// GET /metrics: the text is what Prometheus reads, and the numbers are those of the ledger and of the requests made.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { call, end, json, post, run, runOn, scratchPath, serve, skip, test, writeUsage } from './_daemon.mjs';

const data = scratchPath('ledger'), hour = Math.floor(Date.now() / 36e5) * 36e5;
const collected = run('collect', 'usage-csv', writeUsage('usage.csv', { weeks: 6, end: hour }), '--data', data, '--format', 'json');
assert.equal(collected.status, 0, collected.stderr);
const daemon = await serve(['--data', data]);
const { port } = daemon;

// The exposition format, read strictly: { families: Map(name → { type, help, samples: [{ name, labels, value }] }) }.
function parse(text) {
	assert.ok(text.endsWith('\n'));
	const families = new Map(), series = new Set();
	let family = null;
	for (const line of text.slice(0, -1).split('\n')) {
		let m;
		if ((m = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line))) {
			assert.ok(!families.has(m[1]), `${m[1]} comes twice`);
			families.set(m[1], family = { name: m[1], help: m[2], samples: [] });
		} else if ((m = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line))) {
			assert.equal(m[1], family?.name, line);
			family.type = m[2];
		} else {
			m = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
			assert.ok(m, `no sample: ${line}`);
			const labels = {};
			let rest = m[2] || '';
			for (let pair; (pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/.exec(rest)); rest = rest.slice(pair[0].length)) {
				assert.ok(!(pair[1] in labels), line);
				labels[pair[1]] = pair[2];
			}
			assert.equal(rest, '', line);
			assert.ok(/^[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)$|^NaN$/.test(m[3]), line);
			const base = ['histogram', 'summary'].includes(family?.type) ? m[1].replace(/_(bucket|sum|count)$/, '') : m[1];
			assert.equal(base, family?.name, `${line} stands under ${family?.name}`);
			const key = `${m[1]} ${JSON.stringify(Object.entries(labels).sort())}`;
			assert.ok(!series.has(key), `${key} comes twice`);
			series.add(key);
			family.samples.push({ name: m[1], labels, value: Number(m[3]) });
		}
	}
	for (const { name, type, samples } of families.values()) {
		assert.ok(type, name);
		assert.equal(type === 'counter', name.endsWith('_total'), name);
		if (type === 'histogram') continue;
		assert.ok(samples.length > 0, name);
	}
	return families;
}

const scrape = async () => parse((await call(port, '/metrics')).body);
const value = (families, name, labels = {}) => families.get(name)?.samples.find((one) => Object.entries(labels).every(([k, v]) => one.labels[k] === v))?.value;

await test('what is pushed is counted by what became of it', async () => {
	const alone = await serve(['--data', scratchPath('counted')]);
	const event = (id, more = {}) => ({ id, at: '2026-08-01T12:00:00Z', model: 'm', in_uncached: 1, ...more });
	for (const events of [[event('a'), event('b')], [event('a'), event('b', { in_uncached: 2 })], [event('c'), event('d', { in_uncached: -1 })]])
		await post(alone.port, '/api/v1/usage', events);
	const told = parse((await call(alone.port, '/metrics')).body);
	const events = (result) => value(told, 'breakeven_push_events_total', { result });
	assert.deepEqual(['taken', 'repeated', 'conflicting', 'refused'].map(events), [3, 1, 1, 1]);
	assert.equal(value(told, 'breakeven_push_requests_total'), 3);
	assert.equal(value(told, 'breakeven_push_requests_failed_total'), 0);
	assert.equal(value(told, 'breakeven_push_waiting_bytes'), 0);
	const transactions = told.get('breakeven_push_transaction_seconds').samples;
	assert.ok(transactions.find(({ name }) => name.endsWith('_count')).value >= 1);
	assert.ok(transactions.find(({ name }) => name.endsWith('_sum')).value > 0);
	await alone.stop();
});

await test('the text is in the exposition format and says which', async () => {
	const reply = await call(port, '/metrics');
	assert.equal(reply.status, 200);
	assert.equal(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
	assert.equal(reply.headers['cache-control'], 'no-store');
	const families = parse(reply.body);
	for (const name of ['breakeven_build_info', 'breakeven_ledger_up', 'breakeven_ledger_rows_total', 'breakeven_ledger_last_import_timestamp_seconds', 'breakeven_ledger_last_usage_timestamp_seconds',
		'breakeven_ledger_size_bytes', 'breakeven_price_checked_timestamp_seconds', 'breakeven_unpriced_tokens_ratio', 'breakeven_http_requests_total', 'breakeven_http_request_duration_seconds',
		'breakeven_http_connections', 'process_start_time_seconds', 'process_resident_memory_bytes', 'process_cpu_seconds_total'])
		assert.ok(families.has(name), name);
});

await test('rows are counted by what became of them', async () => {
	const file = scratchPath('mixed.csv');
	fs.writeFileSync(file, 'at,id,provider,model,in_uncached,out_visible\n2026-08-01T00:00:00Z,a,openai,gpt-4o,10,1\n2026-08-01T00:00:00Z,b,openai,gpt-4o,10,1\nnever,c,openai,gpt-4o,10,1\n');
	const before = await scrape();
	run('collect', 'usage-csv', file, '--data', data);
	fs.writeFileSync(file, 'at,id,provider,model,in_uncached,out_visible\n2026-08-01T00:00:00Z,a,openai,gpt-4o,10,1\n2026-08-01T00:00:00Z,b,openai,gpt-4o,99,1\n');
	run('collect', 'usage-csv', file, '--data', data);
	assert.equal((await post(port, '/api/v1/usage', { id: 'd', at: '2026-08-01T00:00:00Z', provider: 'openai', model: 'gpt-4o', in_uncached: 1, out_visible: 1 })).status, 200);
	const after = await scrape();
	const more = (outcome) => value(after, 'breakeven_ledger_rows_total', { outcome }) - value(before, 'breakeven_ledger_rows_total', { outcome });
	assert.deepEqual([more('taken'), more('repeated'), more('conflict'), more('refused')], [3, 1, 1, 1]);
	assert.ok(Math.abs(value(after, 'breakeven_ledger_last_import_timestamp_seconds') - Date.now() / 1000) < 60);
});

await test('the gauges say what the reports say', async () => {
	const families = await scrape();
	const from = new Date(Date.now() - 29 * 864e5).toISOString().slice(0, 10);
	const { json: usage } = await json(port, `/api/v1/report/usage?from=${from}`);
	const { json: all } = await json(port, '/api/v1/report/usage');
	const unpriced = value(families, 'breakeven_unpriced_tokens_ratio');
	assert.ok(unpriced > 0 && unpriced < 0.5 && Math.abs(unpriced - (1 - usage.facts.priced_share)) < 1e-6, `${unpriced} ${usage.facts.priced_share}`);
	assert.ok(all.facts.requests > usage.facts.requests);
	assert.equal(value(families, 'breakeven_ledger_last_usage_timestamp_seconds'), hour / 1000 - 3600);
	assert.equal(value(families, 'breakeven_ledger_size_bytes'), fs.statSync(`${data}/ledger.db`).size);
	assert.ok(value(families, 'breakeven_price_checked_timestamp_seconds', { book: 'built-in' }) > 1.7e9);
	assert.equal(value(families, 'breakeven_ledger_up'), 1);
	const { json: status } = await json(port, '/api/v1/status');
	assert.equal(value(families, 'breakeven_build_info', { version: status.facts.version }), 1);
	const resident = Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8'))[1]) * 1024;
	assert.ok(Math.abs(value(families, 'process_resident_memory_bytes') - resident) < 4e6);
	assert.ok(Math.abs(value(families, 'process_start_time_seconds') - Date.now() / 1000) < 200);
});

await test('requests are counted by route and status, each once', async () => {
	const name = 'breakeven_http_requests_total', before = await scrape();
	const asked = [['/api/v1/report/usage', '/api/v1/report/{name}', '200', 3], ['/api/v1/report/usage?by=x', '/api/v1/report/{name}', '400', 2], ['/', 'page', '200', 2], ['/nope/../../etc', 'page', '404', 1], ['/api/v1/nope', 'other', '404', 4]];
	for (const [target, , , times] of asked) for (let i = 0; i < times; i++) await call(port, target);
	const { etag } = (await call(port, '/api/v1')).headers;
	await call(port, '/api/v1', { headers: { 'If-None-Match': etag } });
	const after = await scrape();
	const more = (route, status) => (value(after, name, { route, status }) || 0) - (value(before, name, { route, status }) || 0);
	for (const [, route, status, times] of asked) assert.equal(more(route, status), times, `${route} ${status}`);
	assert.deepEqual([more('/api/v1', '200'), more('/api/v1', '304')], [1, 1]);
	assert.equal(more('/metrics', '200'), 1);
});

await test('no address, parameter or name of a workload becomes a label', async () => {
	for (let i = 0; i < 50; i++) { await call(port, `/x${i}`); await call(port, `/api/v1/report/r${i}?workload=w${i}`); await call(port, '/api/v1', { method: `M${i}` }); }
	const { body } = await call(port, '/metrics');
	assert.doesNotMatch(body, /x49|r49|w49|M49|chat|gpt/);
	assert.ok(body.length < 60000, `${body.length} bytes`);
});

await test('a histogram is cumulative, ends at infinity and agrees with its count and sum', async () => {
	const families = await scrape(), { samples } = families.get('breakeven_http_request_duration_seconds');
	const routes = [...new Set(samples.map((one) => JSON.stringify([one.labels.method, one.labels.route])))];
	assert.ok(routes.length >= 5);
	for (const route of routes) {
		const mine = samples.filter((one) => JSON.stringify([one.labels.method, one.labels.route]) === route);
		const buckets = mine.filter((one) => one.name.endsWith('_bucket'));
		const ends = buckets.map((one) => (one.labels.le === '+Inf' ? Infinity : Number(one.labels.le)));
		assert.deepEqual(ends, [...ends].sort((a, b) => a - b));
		assert.equal(ends.at(-1), Infinity);
		buckets.slice(1).forEach((one, i) => assert.ok(one.value >= buckets[i].value, route));
		assert.equal(mine.find((one) => one.name.endsWith('_count')).value, buckets.at(-1).value);
		const [method, path] = JSON.parse(route);
		const requests = families.get('breakeven_http_requests_total').samples.filter((one) => one.labels.method === method && one.labels.route === path);
		assert.equal(requests.reduce((sum, one) => sum + one.value, 0), buckets.at(-1).value, route);
	}
});

await test('connections are counted while they are open', async () => {
	const open = async () => value(await scrape(), 'breakeven_http_connections');
	const becomes = async (wanted) => { for (let i = 0; i < 50 && await open() !== wanted; i++) await new Promise((resolve) => setTimeout(resolve, 100)); return open(); };
	assert.equal(await becomes(1), 1, 'that of the scrape itself');
	const sockets = await Promise.all(Array.from({ length: 10 }, () => new Promise((resolve) => { const socket = net.connect(port, '127.0.0.1', () => resolve(socket)); })));
	assert.equal(await becomes(11), 11);
	sockets.forEach((socket) => socket.destroy());
	assert.equal(await becomes(1), 1);
});

await test('a body that is too large is counted', async () => {
	const before = value(await scrape(), 'breakeven_http_requests_total', { status: '413' }) || 0;
	await new Promise((resolve) => { const socket = net.connect(port, '127.0.0.1', () => socket.write('POST /api/v1/solve HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n')); socket.on('data', () => { socket.destroy(); resolve(); }); });
	assert.equal(value(await scrape(), 'breakeven_http_requests_total', { status: '413' }), before + 1);
});

await test('an empty ledger has metrics too', async () => {
	const empty = await serve(['--data', scratchPath('new')]);
	try {
		const families = parse((await call(empty.port, '/metrics')).body);
		assert.equal(value(families, 'breakeven_ledger_up'), 1);
		assert.equal(value(families, 'breakeven_ledger_rows_total', { outcome: 'taken' }), 0);
		assert.ok(!families.has('breakeven_unpriced_tokens_ratio') && !families.has('breakeven_ledger_last_usage_timestamp_seconds'), 'unknown is left out');
	} finally { await empty.stop(); }
});

// ---- by Prometheus itself, where it is installed

const has = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

if (has('promtool')) await test('promtool finds nothing to say', async () => {
	const checked = spawnSync('promtool', ['check', 'metrics'], { input: (await call(port, '/metrics')).body, encoding: 'utf8' });
	assert.deepEqual([checked.status, checked.stdout, checked.stderr], [0, '', '']);
});
else skip('promtool finds nothing to say', 'promtool is not installed');

const free = () => new Promise((resolve) => { const server = net.createServer().listen(0, '127.0.0.1', () => { const { port: number } = server.address(); server.close(() => resolve(number)); }); });

if (has('prometheus')) await test('a Prometheus server scrapes it with a read token and answers queries from it', async () => {
	const conf = scratchPath('asking.conf'), secret = scratchPath('secret'), rules = scratchPath('prometheus.yml'), at = await free();
	fs.writeFileSync(conf, '[serve]\nrequire_token = yes\n');
	fs.writeFileSync(secret, JSON.parse(run('token', 'add', 'prometheus', '--scope', 'read', '--data', data, '--format', 'json').stdout).facts.token);
	const asking = await serve(['--data', data, '--config', conf]);
	fs.writeFileSync(rules, `global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: breakeven\n    authorization: { credentials_file: ${secret} }\n    static_configs: [{ targets: ['127.0.0.1:${asking.port}'] }]\n`);
	const server = spawn('prometheus', [`--config.file=${rules}`, `--storage.tsdb.path=${scratchPath('tsdb')}`, `--web.listen-address=127.0.0.1:${at}`], { stdio: 'ignore' });
	const query = async (text) => JSON.parse((await call(at, `/api/v1/query?query=${encodeURIComponent(text)}`)).body).data.result;
	try {
		let up = [];
		for (let i = 0; i < 120 && up[0]?.value[1] !== '1'; i++) {
			await new Promise((resolve) => setTimeout(resolve, 250));
			up = await query('up{job="breakeven"}').catch(() => []);
		}
		assert.equal(up[0]?.value[1], '1', 'it was scraped');
		const taken = value(await scrape(), 'breakeven_ledger_rows_total', { outcome: 'taken' });
		assert.equal((await query('breakeven_ledger_rows_total{outcome="taken"}'))[0].value[1], String(taken));
		assert.equal((await query('breakeven_build_info'))[0].metric.job, 'breakeven');
		let quantile = [];
		for (let i = 0; i < 40 && !(Number(quantile[0]?.value[1]) > 0); i++) {
			await new Promise((resolve) => setTimeout(resolve, 250));
			quantile = await query('histogram_quantile(0.95, sum by (le) (rate(breakeven_http_request_duration_seconds_bucket{route="/metrics"}[10s])))');
		}
		assert.ok(Number(quantile[0]?.value[1]) > 0, 'a quantile of its own scrapes');
		// The other way round: every line of Prometheus' own page is one that we can read, in both formats.
		for (const accept of ['text/plain;version=0.0.4', 'application/openmetrics-text;version=1.0.0']) {
			const { body } = await call(at, '/metrics', { headers: { Accept: accept } });
			const read = runOn(body, 'collect', 'vllm-metrics', '-', '--dry-run', '--data', data);
			assert.ok(body.length > 10000);
			assert.match(read.stderr, /all 1 rows were refused; line 1: there is no counter of vllm on this page/);
		}
	} finally {
		server.kill('SIGKILL');
		await asking.stop();
	}
});
else skip('a Prometheus server scrapes it with a read token and answers queries from it', 'prometheus is not installed');

const ended = await daemon.stop();
await test('it ends well', () => assert.deepEqual(ended, { code: 0, signal: null }));
end();

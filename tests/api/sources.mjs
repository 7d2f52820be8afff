// Sources over HTTP: what the API says of them, what it does, and what a source may not do to the daemon.
import { execFile, spawnSync } from 'node:child_process';
import dns from 'node:dns/promises';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import { call, end, json, post, run, scratchPath, serve, skip, test } from './_daemon.mjs';
import { open, randomOf } from '../replay/server.mjs';
import { change, expected, makeWorld, openaiUsage } from '../replay/openai_usage.mjs';

const SECRET = 'sk-admin-7d1f0c2b';
process.env.OPENAI_ADMIN_KEY = SECRET;
process.env.ANOTHER_KEY = 'sk-proj-5a5a5a5a';
const DAY = 86400;
const now = Math.floor(Date.now() / 1000);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const is = (got, want, what) => { if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what} is ${JSON.stringify(got)}, not ${JSON.stringify(want)}`); };
const holds = (text, part) => { if (!String(text).includes(part)) throw new Error(`'${text}' does not say '${part}'`); };

// The program, while the servers of this script go on answering.
const command = (...args) => new Promise((done) => execFile(process.env.BREAKEVEN || 'build/release/breakeven', args, { maxBuffer: 1 << 28 },
	(error, stdout, stderr) => done({ status: error ? error.code : 0, stdout, stderr })));

function certificate() {
	const key = scratchPath('source.key'), file = scratchPath('source.pem');
	const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', file, '-days', '3', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { encoding: 'utf8' });
	return made.status === 0 ? { key, certificate: file } : null;
}

// Servers that are no good: one that never answers, one that sends elsewhere, one that says too much.
const hanging = http.createServer(() => {});
const elsewhere = [];
const sending = http.createServer((request, response) => { elsewhere.push(request.headers.authorization); response.writeHead(307, { Location: `${world.url}${request.url}` }).end(); });
const endless = http.createServer((request, response) => {
	response.writeHead(200, { 'Content-Type': 'application/json' });
	const more = () => { while (!response.destroyed && response.write('[1234567890,'.repeat(8192))); };
	response.on('drain', more);
	more();
});
// A proxy: it is asked for whole addresses, and knows where they are.
const proxied = [];
const proxy = http.createServer((request, response) => {
	proxied.push(request.url);
	const to = new URL(request.url);
	http.get(`${world.url}${to.pathname}${to.search}`, { headers: { authorization: request.headers.authorization } }, (reply) => { response.writeHead(reply.statusCode, reply.headers); reply.pipe(response); });
});
const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)));

const world = { ...makeWorld(randomOf(3), now, 150), pageSize: 20 };
const replay = await open({ apis: [openaiUsage(world, SECRET)] });
world.url = replay.url;
const tls = certificate();
const secure = tls && await open({ apis: [openaiUsage(world, SECRET)], tls });
const hangingUrl = await listen(hanging), sendingUrl = await listen(sending), endlessUrl = await listen(endless), proxyUrl = await listen(proxy);
const keyFile = scratchPath('key');
fs.writeFileSync(keyFile, `${SECRET}\n`, { mode: 0o600 });
const openFile = scratchPath('open-key');
fs.writeFileSync(openFile, SECRET, { mode: 0o644 });
fs.chmodSync(openFile, 0o644);

// A name of this machine that does not look like one.
let ownName = null;
for (const name of ['ip6-localhost', os.hostname()]) {
	const found = await dns.lookup(name).catch(() => null);
	if (found && (found.address.startsWith('127.') || found.address === '::1')) ownName = name;
}
const source = (name, url, more = '') => `[source ${name}]\ncollector = openai-usage\nurl = ${url}\nallow_local = yes\n${more}`;
const config = scratchPath('sources.conf');
fs.writeFileSync(config, `[collect]\nthreads = 2\nreply_max_mib = 1\nreply_s = 60\nretry_first_ms = 50\n`
	+ Array.from({ length: 6 }, (_, i) => source(`dead${i}`, hangingUrl)).join('')
	+ source('main', replay.url, `interval = 2000\nkey_file = ${keyFile}\nstart = ${new Date((now - 5 * DAY) * 1000).toISOString().slice(0, 10)}\n`)
	+ source('hand', replay.url, 'enabled = no\n')
	+ source('wrong', replay.url, 'key_variable = ANOTHER_KEY\nenabled = no\n')
	+ source('none', replay.url, 'key_variable = NO_SUCH_VARIABLE_HERE\nenabled = no\n')
	+ source('readable', replay.url, `key_file = ${openFile}\nenabled = no\n`)
	+ source('sent', sendingUrl, 'enabled = no\n')
	+ source('endless', endlessUrl, 'enabled = no\n')
	+ source('nobody', 'http://127.0.0.1:9', 'enabled = no\n')
	+ source('nowhere', 'https://no-such-host.invalid', 'enabled = no\n')
	+ source('lost', `${replay.url}/v2`, 'enabled = no\n')
	+ '[source resolved]\ncollector = openai-usage\nurl = http://' + (ownName ?? 'x.example.com') + ':9\nallow_plain = yes\nenabled = no\n'
	+ `[source proxied]\ncollector = openai-usage\nurl = http://usage.example.com\nallow_plain = yes\nenabled = no\nproxy = ${proxyUrl}\n`
	+ '[source plain]\ncollector = openai-usage\nurl = http://192.0.2.1\nenabled = no\n'
	+ (secure ? source('secure', secure.url, `enabled = no\nca_file = ${tls.certificate}\n`) + source('untrusted', secure.url, 'enabled = no\n')
		+ source('misnamed', secure.url.replace('localhost', '127.0.0.1'), `enabled = no\nca_file = ${tls.certificate}\n`) : ''));

const data = scratchPath('sources');
const daemon = await serve(['--config', config, '--data', data]);
const port = daemon.port;
const replies = [];
async function look(name) {
	const reply = await json(port, '/api/v1/sources?days=10');
	replies.push(reply.body);
	const of = (table) => Object.fromEntries(reply.json.columns.filter((column) => column.table === table).map((column) => [column.name, column.values]));
	const rows = of('sources'), i = rows.name.indexOf(name);
	return { row: Object.fromEntries(Object.entries(rows).map(([key, values]) => [key, values[i]])), days: of('days'), facts: reply.json.facts };
}
async function until(name, wanted, what) {
	for (let i = 0; i < 1500; i++) {
		const seen = await look(name);
		if (wanted(seen.row)) return seen;
		await sleep(20);
	}
	throw new Error(`${name}: never ${what}: ${JSON.stringify((await look(name)).row)}`);
}
async function probe(name) {
	const reply = await post(port, `/api/v1/sources/test/${name}`, {});
	replies.push(reply.body);
	return reply.json.facts;
}

await test('a source is read while six others never answer', async () => {
	const seen = await until('main', (row) => row.state === 'ok', 'ok');
	const want = expected(world, Math.floor((now - 5 * DAY) / DAY) * DAY, Infinity);
	is(seen.row.all_taken, want.length, 'rows');
	is(seen.row.error, null, 'error');
	is((await look('dead0')).row.last_success, null, 'the success of a dead one');
});
await test('its history was filled back to its start, and each day says what it holds', async () => {
	const seen = await until('main', (row) => row.history_done === null && row.read_from !== null && Date.parse(row.read_from) / 1000 <= now - 4 * DAY, 'filled back');
	const held = seen.days.day_rows.filter((_, i) => seen.days.day_source[i] === 'main').reduce((a, b) => a + b, 0);
	is(held, expected(world, Math.floor((now - 5 * DAY) / DAY) * DAY, Infinity).length, 'rows of all days');
	is(seen.days.day_whole.at(-1), false, 'whether today is whole');
});
await test('a run that is asked for replaces what changed and removes what went', async () => {
	const before = (await look('main')).row;
	change(world, 40); change(world, 40); change(world, 40);
	is((await post(port, '/api/v1/sources/run/main', {})).json.facts.asked, true, 'asked');
	const after = (await until('main', (row) => row.state === 'ok' && row.last_success >= before.last_success && row.all_replaced + row.all_removed + row.all_taken > before.all_replaced + before.all_removed + before.all_taken, 'read again')).row;
	is(after.all_taken - after.all_removed, expected(world, Math.floor((now - 5 * DAY) / DAY) * DAY, Infinity).length, 'rows that are left');
});
await test('usage counts what the source has now', async () => {
	const want = expected(world, Math.floor((now - 5 * DAY) / DAY) * DAY, Infinity).reduce((sum, line) => sum + Number(line.split('|')[10]), 0);
	for (let i = 0; i < 200; i++) {
		const got = (await json(port, '/api/v1/report/usage?from=2020-01-01')).json.facts.out_visible;
		if (Number(got) === want) return;
		await sleep(20);
	}
	throw new Error(`never ${want}`);
});
await test('a test of a source says how many rows come', async () => {
	const told = await probe('main');
	is([told.good, told.error, told.key_from], [true, null, `file ${keyFile}`], 'the test');
	if (!(told.pages >= 2)) throw new Error(`${told.pages} pages`);
});
const wrongs = {
	wrong: ['a key that may not do it is said, with what it should be', 'HTTP 403, the key may not do this', 'an admin key'],
	none: ['a key that is not there is said with the variable', 'set the variable NO_SUCH_VARIABLE_HERE', 'key_file'],
	readable: ['a key that others may read is not used', 'chmod 600', '644'],
	sent: ['a redirect is not followed', 'redirects (HTTP 307) to http://127.0.0.1', 'a redirect is not followed with a key'],
	endless: ['a reply that is too large is given up', 'larger than 1 MiB', 'collect.reply_max_mib'],
	nobody: ['a port where nobody listens is said', 'nobody answers there', '127.0.0.1:9'],
	nowhere: ['a host that does not exist is said', 'there is no machine of that name', 'no-such-host.invalid'],
	lost: ['a path that does not exist is said', 'HTTP 404', 'look at the URL'],
	plain: ['a key is not sent unencrypted', 'the key would go unencrypted', 'allow_plain'],
};
for (const [name, [sentence, ...parts]] of Object.entries(wrongs))
	await test(sentence, async () => {
		const told = await probe(name);
		is(told.good, false, 'good');
		for (const part of parts) holds(told.error, part);
	});
await test('the key went to nobody that it was not for', () => {
	is([...replay.keys].sort(), [`Bearer ${SECRET}`, 'Bearer sk-proj-5a5a5a5a'].sort(), 'keys that came');
	is(elsewhere.length, 1, 'requests to the server that sends elsewhere');
});
await test('a proxy is asked in place of the source', async () => {
	const told = await probe('proxied');
	is(told.error, null, 'error');
	if (!proxied.length || !proxied.every((url) => url.startsWith('http://usage.example.com/v1/'))) throw new Error(`it was asked for ${proxied}`);
});
if (ownName) await test('a name that resolves to this machine is refused when it is connected to', async () => holds((await probe('resolved')).error, 'an address of this machine or its link'));
else skip('a name that resolves to this machine is refused when it is connected to', 'no such name here');
if (secure) {
	await test('a certificate of a CA of one\'s own is taken when the CA is named', async () => is((await probe('secure')).error, null, 'error'));
	await test('a certificate that nobody vouches for is not', async () => holds((await probe('untrusted')).error, 'its certificate is not trusted'));
	await test('a certificate of another name is said, without a word of authorities', async () => {
		const { error } = await probe('misnamed');
		holds(error, 'its certificate is not trusted: ');
		if (error.includes('ca_file')) throw new Error(error);
	});
} else skip('TLS with a CA of one\'s own', 'no openssl');
await test('a source that is not there is answered with the nearest', async () => {
	for (const verb of ['run', 'test']) {
		const reply = await post(port, `/api/v1/sources/${verb}/mian`, {});
		is(reply.status, 404, 'status');
		holds(reply.json.error, 'did you mean \'main\'');
	}
	is((await post(port, '/api/v1/sources/backfill/main?from=soon', {})).status, 400, 'status of a date that is none');
	is((await call(port, '/api/v1/sources?days=no')).status, 400, 'status of days that are none');
});
await test('the metrics say when each source was read last, and its failures', async () => {
	const text = (await call(port, '/metrics')).body;
	holds(text, 'breakeven_source_last_success_timestamp_seconds{source="main"}');
	holds(text, 'breakeven_source_failures{source="main"} 0');
	if (/breakeven_source_last_success_timestamp_seconds\{source="dead0"\}/.test(text)) throw new Error('a source that never answered has a success');
});
await test('the doctor names what a source did not bring', async () => {
	const told = (await json(port, '/api/v1/report/doctor')).json;
	const of = (name) => told.columns.find((column) => column.name === name).values;
	const nobody = of('says').findIndex((text, i) => of('check')[i] === 'source' && text.startsWith('main: '));
	is(nobody, -1, 'a fault of the source that was read');
	await post(port, '/api/v1/sources/run/lost', {});
	await until('lost', (row) => row.state === 'needs_you', 'refused');
	const again = (await json(port, '/api/v1/report/doctor')).json;
	const says = again.columns.find((column) => column.name === 'says').values.find((text) => text.startsWith('lost: '));
	holds(says, 'HTTP 404');
	holds(says, 'it was never read');
});
await test('the daemon stops at once while sources hang', async () => {
	const began = Date.now();
	const stopped = await daemon.stop();
	is([stopped.code, stopped.signal], [0, null], 'the end');
	if (Date.now() - began > 8000) throw new Error(`${Date.now() - began} ms`);
});
await test('no key is in the log, in a reply, or in the ledger', () => {
	const said = daemon.said();
	const all = [said.out, said.err, ...replies, ...fs.readdirSync(data).map((name) => fs.readFileSync(`${data}/${name}`, 'latin1'))];
	for (const key of [SECRET, 'sk-proj-5a5a5a5a'])
		if (all.some((text) => text.includes(key))) throw new Error(`${key} is`);
});
await test('the command says the same of them', async () => {
	const told = JSON.parse(run('source', 'list', '--config', config, '--data', data, '--format', 'json').stdout);
	is(told.columns.find((column) => column.name === 'name').values[6], 'main', 'the seventh');
	is((await command('source', 'test', 'wrong', '--config', config, '--data', data)).status, 1, 'exit of a test that fails');
	is((await command('source', 'test', 'mian', '--config', config, '--data', data)).status, 2, 'exit for a name that is none');
});
await test('the command reads a source and its history without the daemon', async () => {
	const own = scratchPath('by-hand');
	const done = await command('source', 'backfill', 'nobody', '--from', '2026-01-01', '--config', config, '--data', own);
	is(done.status, 1, 'the exit of a source that does not answer');
	holds(done.stderr, 'nobody answers there');
	const good = await command('source', 'backfill', 'hand', '--from', new Date((now - 6 * DAY) * 1000).toISOString().slice(0, 10), '--config', config, '--data', own, '--format', 'json');
	is(good.status, 0, `the exit (${good.stderr})`);
	is(JSON.parse(good.stdout).facts.taken, expected(world, Math.floor((now - 6 * DAY) / DAY) * DAY, Infinity).length, 'rows');
	is(run('check', '--data', own).status, 0, 'exit of the check');
});
await test('the ledger is sound', () => is(run('check', '--data', data).status, 0, 'exit'));

for (const server of [hanging, sending, endless, proxy]) { server.closeAllConnections(); server.close(); }
await replay.close();
await secure?.close();
end();

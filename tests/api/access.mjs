// Who is let in: tokens by scope and route, sign-in links, sessions, and what a daemon must have to listen to others.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import { call, end, json, post, raw, run, scratchPath, serve, skip, test, writeUsage } from './_daemon.mjs';

const data = scratchPath('ledger');
const settings = (name, text) => { const file = scratchPath(name); fs.writeFileSync(file, text); return file; };
const asking = settings('asking.conf', '[serve]\nrequire_token = yes\n');
assert.equal(run('collect', 'usage-csv', writeUsage('usage.csv', { weeks: 1 }), '--data', data).status, 0);

const token = (...args) => { const ended = run('token', ...args, '--data', data, '--format', 'json'); return { ...ended, answer: ended.status === 0 ? JSON.parse(ended.stdout) : null }; };
const add = (name, scope, ...more) => { const { answer, stderr } = token('add', name, '--scope', scope, ...more); assert.ok(answer, stderr); return answer.facts; };
const bearer = (text) => ({ Authorization: `Bearer ${text}` });
const column = (answer, name) => answer.columns.find((c) => c.name === name).values;
const list = () => { const { answer } = token('list'); return column(answer, 'id').map((id, i) => Object.fromEntries(answer.columns.map((c) => [c.name, c.values[i]]))); };
const link = (...more) => { const { answer, stderr } = token('login', '--url', 'http://localhost', ...more); assert.ok(answer, stderr); return new URL(answer.facts.link); };
const follow = async (port, { pathname, search }, headers = {}) => { const reply = await call(port, pathname + search, { headers }); return { ...reply, cookie: reply.headers['set-cookie']?.[0] }; };
const cookieOf = (reply) => reply.cookie.split(';')[0];
const secrets = [];
const known = (text) => { secrets.push(text); return text; };

const given = { read: add('reader', 'read'), ingest: add('pusher', 'ingest'), admin: add('boss', 'admin') };
for (const one of Object.values(given)) known(one.token);
const daemon = await serve(['--data', data, '--config', asking]);
const { port } = daemon;

// ---- tokens

await test('a token has a form that scanners can look for, and is nowhere in the ledger', () => {
	const bytes = ['', '-wal'].map((end) => `${data}/ledger.db${end}`).filter((file) => fs.existsSync(file)).map((file) => fs.readFileSync(file, 'latin1')).join('');
	for (const { token: text, id } of Object.values(given)) {
		assert.match(text, /^bkv_[0-9a-f]{12}_[0-9a-f]{64}$/);
		assert.ok(bytes.includes(id));
		assert.ok(!bytes.includes(text.slice(17)), 'the secret itself is stored');
	}
});

await test('each scope opens the routes of its rights and no others', async () => {
	const { json: table } = await json(port, '/api/v1', { headers: bearer(given.admin.token) });
	const paths = column(table, 'path'), methods = column(table, 'method'), rights = column(table, 'rights');
	assert.ok(['none', 'read', 'ingest', 'admin'].every((right) => rights.includes(right)));
	for (const [i, path] of paths.entries()) {
		for (const scope of [null, 'read', 'ingest', 'admin']) {
			const opens = rights[i] === 'none' || scope === 'admin' || scope === rights[i];
			const headers = { 'Content-Type': 'application/json', ...(scope ? bearer(given[scope].token) : {}) };
			const { status, body, headers: told } = await call(port, path.replace('{name}', 'usage'), { method: methods[i], headers });
			const said = `${scope} ${methods[i]} ${path}: ${status} ${body.slice(0, 200)}`;
			if (opens) {
				assert.ok(![401, 403].includes(status) || path === '/login', said);
				continue;
			}
			assert.equal(status, scope ? 403 : 401, said);
			assert.ok(JSON.parse(body).error.includes(rights[i]), said);
			assert.equal(told['www-authenticate'], scope ? undefined : 'Bearer realm="breakeven"', said);
		}
	}
});

await test('the page and the health route need nothing, and everything else does', async () => {
	for (const target of ['/', '/healthz', '/static/0/app.js', '/favicon.ico']) assert.equal((await call(port, target)).status, 200, target);
	for (const target of ['/api/v1', '/api/v1/nope', '/api/v1/report/usage', '/api/v1/openapi.json', '/api/v1/status', '/api/v1/session'])
		assert.equal((await call(port, target)).status, 401, target);
	assert.equal((await call(port, '/api/v1/solve', { method: 'PUT' })).status, 401);
	assert.equal((await call(port, '/api/v1/nope', { headers: bearer(given.read.token) })).status, 404);
});

await test('the refusal of a scope says which one the token has and which one is needed', async () => {
	const { error } = (await json(port, '/api/v1/status', { headers: bearer(given.ingest.token) })).json;
	assert.match(error, /'pusher'.*scope ingest.*read or admin/);
	assert.match((await post(port, '/api/v1/demo/remove', {}, bearer(given.read.token))).json.error, /'reader'.*scope read; admin is needed/);
});

await test('an ingest token pushes usage', async () => {
	const event = { id: 'one', at: '2026-09-20T00:00:00Z', provider: 'openai', model: 'gpt-4o', in_uncached: 10, out_visible: 1 };
	const reply = await post(port, '/api/v1/usage', event, bearer(given.ingest.token));
	assert.deepEqual([reply.status, reply.json.taken], [200, 1], reply.body);
	assert.equal((await post(port, '/api/v1/usage', event, bearer(given.read.token))).status, 403);
	assert.equal((await post(port, '/api/v1/usage', event)).status, 401);
});

await test('a token that is not exactly right is none', async () => {
	const good = given.admin.token;
	const wrong = [good.slice(0, -1), `${good}0`, good.replace('bkv_', 'bks_'), good.toUpperCase(), `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`, 'x', ''];
	for (const text of wrong) assert.equal((await call(port, '/api/v1/status', { headers: bearer(text) })).status, 401, text);
	for (const header of [good, `Basic ${Buffer.from(`boss:${good}`).toString('base64')}`, `Bearer${good}`]) assert.equal((await call(port, '/api/v1/status', { headers: { Authorization: header } })).status, 401);
	assert.equal((await call(port, '/api/v1/status', { headers: { Authorization: `bearer  ${good}` } })).status, 200);
	assert.equal((await call(port, `/api/v1/status?token=${good}`)).status, 401);
});

await test('a token that expired says so', async () => {
	const short = add('short', 'read', '--expires', new Date(Date.now() + 4000).toISOString());
	known(short.token);
	assert.equal((await call(port, '/api/v1/status', { headers: bearer(short.token) })).status, 200);
	await new Promise((resolve) => setTimeout(resolve, 4200));
	const reply = await json(port, '/api/v1/status', { headers: bearer(short.token) });
	assert.equal(reply.status, 401);
	assert.match(reply.json.error, /'short' expired at 20/);
	assert.equal(list().find((row) => row.name === 'short').state, 'expired');
});

await test('a token that is revoked while it is in use is refused from the next request on', async () => {
	const gone = add('gone', 'read');
	known(gone.token);
	assert.equal((await call(port, '/api/v1/status', { headers: bearer(gone.token) })).status, 200);
	assert.equal(token('revoke', 'gone').status, 0);
	const reply = await json(port, '/api/v1/status', { headers: bearer(gone.token) });
	assert.equal(reply.status, 401);
	assert.match(reply.json.error, /'gone' was revoked/);
	const again = token('revoke', 'gone');
	assert.equal(again.status, 2);
	assert.match(again.stderr, /no token 'gone'/);
});

await test('when a token was last used is told', async () => {
	await new Promise((resolve) => setTimeout(resolve, 1100)); // notes of several tokens are a second apart
	assert.equal((await call(port, '/api/v1/status', { headers: bearer(given.read.token) })).status, 200);
	const used = list().find((row) => row.name === 'reader').last_used;
	assert.ok(Math.abs(Date.parse(used) - Date.now()) < 6e4, used);
	assert.equal(list().find((row) => row.name === 'pusher').kind, 'token');
});

await test('a list shows no secret and no hash', () => {
	const { stdout } = token('list');
	assert.ok(!/[0-9a-f]{32}/.test(stdout), stdout);
});

for (const [name, args, words] of [
	['a scope that is none', ['add', 'x', '--scope', 'root'], ["'root'", 'ingest']],
	['no scope', ['add', 'x'], ['--scope', 'ingest']],
	['an end that has passed', ['add', 'x', '--scope', 'read', '--expires', '2020-01-01'], ['2020-01-01', 'passed']],
	['an end that is none', ['add', 'x', '--scope', 'read', '--expires', 'soon'], ['soon', '90d']],
	['a name that is taken', ['add', 'boss', '--scope', 'read'], ["'boss'"]],
	['an empty name', ['add', '', '--scope', 'read'], ['name']],
	['a link for a program', ['login', '--scope', 'ingest'], ['ingest', 'browser']],
	['no verb', [], ['token add', 'token revoke']],
]) await test(`token: ${name} is refused in a sentence`, () => {
	const ended = token(...args);
	assert.equal(ended.status, 2, ended.stderr);
	for (const word of words) assert.ok(ended.stderr.includes(word), ended.stderr);
});

// ---- browsers

await test('a link signs a browser in once', async () => {
	const url = link('office');
	known(url.searchParams.get('code'));
	const first = await follow(port, url);
	assert.equal(first.status, 303);
	assert.equal(first.headers.location, './');
	assert.equal(first.headers['cache-control'], 'no-store');
	assert.match(first.cookie, /^breakeven_session=bks_[0-9a-f]{12}_[0-9a-f]{64}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
	known(cookieOf(first).split('=')[1]);
	const second = await follow(port, url);
	assert.equal(second.status, 401);
	assert.equal(second.cookie, undefined);
	assert.match(second.body, /used before/);
	const { json: who } = await json(port, '/api/v1/session', { headers: { Cookie: cookieOf(first) } });
	assert.deepEqual([who.facts.required, who.facts.kind, who.facts.name, who.facts.scope], [true, 'session', 'office', 'read']);
	const reloaded = await follow(port, url, { Cookie: cookieOf(first) });
	assert.deepEqual([reloaded.status, reloaded.cookie], [303, undefined]);
});

await test('a link that comes twice at once signs one browser in', async () => {
	const url = link();
	const replies = await Promise.all(Array.from({ length: 8 }, () => follow(port, url)));
	assert.deepEqual(replies.map((reply) => reply.status).sort(), [303, 401, 401, 401, 401, 401, 401, 401]);
});

await test('looking at a link does not use it up', async () => {
	const url = link();
	assert.equal((await call(port, url.pathname + url.search, { method: 'HEAD' })).status, 405);
	assert.equal((await follow(port, url)).status, 303);
});

await test('a code that is none signs nobody in', async () => {
	for (const search of ['?code=', '?code=x', `?code=bkl_${'0'.repeat(12)}_${'0'.repeat(64)}`, `?code=${given.admin.token}`])
		assert.equal((await follow(port, { pathname: '/login', search })).status, 401, search);
	assert.equal((await call(port, '/login')).status, 400);
	assert.equal((await call(port, '/login?kode=1')).status, 400);
});

await test('a link that was revoked signs nobody in', async () => {
	const { answer } = token('login', '--url', 'http://localhost');
	assert.equal(token('revoke', answer.facts.id).status, 0);
	const reply = await follow(port, new URL(answer.facts.link));
	assert.equal(reply.status, 401);
	assert.match(reply.body, /revoked/);
});

const signIn = async (...more) => {
	const cookie = cookieOf(await follow(port, link(...more)));
	known(cookie.split('=')[1]);
	const { json: who } = await json(port, '/api/v1/session', { headers: { Cookie: cookie } });
	return { cookie, csrf: known(who.facts.csrf) };
};
const scenario = { closed: { input: 3, output: 15, input_per_output: 3 }, volume: { mtok_month: 10 } };

await test('a session reads with its cookie alone and writes only with its own CSRF token', async () => {
	const mine = await signIn('a'), other = await signIn('b');
	assert.match(mine.csrf, /^[0-9a-f]{64}$/);
	assert.notEqual(mine.csrf, other.csrf);
	assert.equal((await call(port, '/api/v1/status', { headers: { Cookie: `x=1; ${mine.cookie}; y=2` } })).status, 200);
	const write = (headers) => post(port, '/api/v1/solve', scenario, { Cookie: mine.cookie, ...headers });
	assert.equal((await write({ 'X-CSRF-Token': mine.csrf })).status, 200);
	for (const [headers, why] of [[{}, /missing/], [{ 'X-CSRF-Token': other.csrf }, /not that/], [{ 'X-CSRF-Token': '' }, /X-CSRF-Token/], [{ 'X-CSRF-Token': mine.csrf.slice(1) }, /not that/]]) {
		const reply = await write(headers);
		assert.equal(reply.status, 403);
		assert.match(reply.json.error, why);
	}
});

await test('a page of another site cannot write with the cookie, even with the CSRF token', async () => {
	const mine = await signIn();
	const headers = { Cookie: mine.cookie, 'X-CSRF-Token': mine.csrf };
	assert.equal((await post(port, '/api/v1/solve', scenario, { ...headers, Origin: 'https://evil.example' })).status, 403);
	assert.equal((await post(port, '/api/v1/solve', scenario, { ...headers, 'Sec-Fetch-Site': 'cross-site' })).status, 403);
	assert.equal((await post(port, '/api/v1/solve', scenario, { ...headers, 'Sec-Fetch-Site': 'same-site' })).status, 403);
});

await test('a session may do what its link said and no more', async () => {
	const reader = await signIn(), admin = await signIn('--scope', 'admin');
	const remove = ({ cookie, csrf }) => post(port, '/api/v1/demo/remove', {}, { Cookie: cookie, 'X-CSRF-Token': csrf });
	assert.equal((await remove(reader)).status, 403);
	assert.equal((await remove(admin)).status, 404);
});

await test('signing out ends the session and takes the cookie back', async () => {
	const mine = await signIn();
	const reply = await call(port, '/api/v1/session/end', { method: 'POST', headers: { Cookie: mine.cookie, 'X-CSRF-Token': mine.csrf, 'Content-Type': 'application/json' } });
	assert.equal(reply.status, 200, reply.body);
	assert.match(reply.headers['set-cookie'][0], /^breakeven_session=; Path=\/; Max-Age=0; /);
	assert.equal((await call(port, '/api/v1/status', { headers: { Cookie: mine.cookie } })).status, 401);
	assert.equal((await post(port, '/api/v1/session/end', {}, bearer(given.admin.token))).status, 404);
});

await test('a session that is revoked by its id is refused from the next request on', async () => {
	const mine = await signIn();
	assert.equal(token('revoke', mine.cookie.split('_')[2]).status, 0);
	const reply = await json(port, '/api/v1/status', { headers: { Cookie: mine.cookie } });
	assert.equal(reply.status, 401);
	assert.match(reply.json.error, /revoked/);
});

await test('a token in the header counts before a cookie, and needs no CSRF token', async () => {
	const mine = await signIn();
	assert.equal((await post(port, '/api/v1/solve', scenario, { Cookie: mine.cookie, ...bearer(given.read.token) })).status, 200);
	assert.equal((await post(port, '/api/v1/solve', scenario, { Cookie: mine.cookie, ...bearer('bkv_x') })).status, 401);
});

await test('a foreign name that is rebound to this machine is not answered, with a token or without', async () => {
	for (const Host of ['evil.example', 'breakeven.evil.example:80', '192.0.2.7'])
		assert.equal((await call(port, '/api/v1/status', { headers: { Host, ...bearer(given.admin.token) } })).status, 421, Host);
});

await test('on a loopback address without settings nothing is asked', async () => {
	const open = await serve(['--data', data]);
	try {
		const { json: who, status } = await json(open.port, '/api/v1/session');
		assert.deepEqual([status, who.facts.required, who.facts.csrf], [200, false, null]);
		assert.equal((await post(open.port, '/api/v1/solve', scenario)).status, 200);
		assert.equal((await call(open.port, '/api/v1/status', { headers: bearer('anything') })).status, 200);
	} finally { await open.stop(); }
});

// ---- listening to others

const outside = Object.values(os.networkInterfaces()).flat().find((one) => one.family === 'IPv4' && !one.internal)?.address;
const refusal = (conf, folder) => { const ended = run('serve', '--data', folder, '--listen', '0.0.0.0:0', '--config', conf); return ended; };
const plain = settings('plain.conf', ''), behind = settings('behind.conf', '[serve]\ntls_in_front = costs.example\n');

for (const [name, conf, folder, missing, there] of [
	['a token and TLS', plain, scratchPath('nobody'), [/there is missing: an access token/, /; and TLS/], null],
	['a token', behind, scratchPath('nobody'), [/there is missing: an access token \(`breakeven token add/], /tls_in_front/],
	['TLS', plain, data, [/there is missing: TLS \(serve\.tls_in_front/], /token add/],
]) await test(`without ${name} it does not listen to others, and says so`, () => {
	const ended = refusal(conf, folder);
	assert.equal(ended.status, 2, ended.stderr);
	assert.equal(ended.stdout, '');
	assert.match(ended.stderr, /'0\.0\.0\.0:0' is not a loopback address/);
	for (const pattern of missing) assert.match(ended.stderr, pattern);
	if (there) assert.doesNotMatch(ended.stderr, there);
});

await test('a token that expired or was revoked lets no daemon listen to others', () => {
	const folder = scratchPath('ended');
	assert.equal(run('token', 'add', 'x', '--scope', 'read', '--data', folder).status, 0);
	assert.equal(run('token', 'revoke', 'x', '--data', folder).status, 0);
	assert.equal(run('token', 'login', '--data', folder).status, 0);
	assert.match(refusal(behind, folder).stderr, /there is missing: an access token/);
});

await test('a backup that is restored brings no revoked token back', () => {
	const folder = scratchPath('restored'), copy = scratchPath('copy.db');
	const step = (...args) => { const ended = run(...args, '--data', folder, '--format', 'json'); assert.equal(ended.status, 0, ended.stderr); return JSON.parse(ended.stdout); };
	run('collect', 'usage-csv', writeUsage('little.csv', { weeks: 1 }), '--data', folder);
	for (const name of ['old', 'other']) step('token', 'add', name, '--scope', 'read');
	step('backup', copy);
	step('token', 'revoke', 'old');
	const told = step('restore', copy);
	assert.ok(told.notes.some((note) => /^access tokens that were revoked since .*: 1$/.test(note)), told.notes.join());
	const listed = step('token', 'list');
	assert.deepEqual(Object.fromEntries(column(listed, 'name').map((name, i) => [name, column(listed, 'state')[i]])), { old: 'revoked', other: 'valid' });
});

await test('a certificate without its key is refused, and files that are none', () => {
	const only = settings('only.conf', `[serve]\ntls_certificate = ${plain}\n`), none = settings('none.conf', `[serve]\ntls_certificate = ${plain}\ntls_key = ${plain}\n`);
	assert.match(refusal(only, data).stderr, /serve\.tls_certificate is set, and serve\.tls_key is missing/);
	assert.match(refusal(none, data).stderr, /serve\.tls_certificate: .*is no PEM file/);
});

if (outside) {
	const open = await serve(['--data', data, '--config', behind], 'serve', '0.0.0.0');
	await test('with a token and TLS in front it listens to others, and asks everybody', async () => {
		for (const host of [outside, '127.0.0.1']) {
			assert.equal((await call(open.port, '/api/v1/status', { host })).status, 401);
			assert.equal((await call(open.port, '/api/v1/status', { host, headers: bearer(given.read.token) })).status, 200);
			assert.equal((await call(open.port, '/healthz', { host })).status, 200);
		}
	});
	await test('it answers to the name in front and to bare addresses, and to no other name', async () => {
		const ask = async (Host) => (await call(open.port, '/api/v1/status', { host: outside, headers: { Host, ...bearer(given.read.token) } })).status;
		for (const Host of ['costs.example', 'COSTS.example:443', `${outside}:80`, outside, '[2001:db8::1]:8808']) assert.equal(await ask(Host), 200, Host);
		for (const Host of ['costs.example.evil', 'evil.example', 'xcosts.example', '1.2.3', `${outside}:x`, '[::1', `${outside}.evil.example`]) assert.equal(await ask(Host), 421, Host);
	});
	await test('behind TLS the cookie is for https only, and its name says so', async () => {
		const reply = await follow(open.port, link(), { Host: 'costs.example' });
		assert.match(reply.cookie, /^__Host-breakeven_session=bks_[0-9a-f_]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/);
		const cookie = cookieOf(reply), headers = { Host: outside, Cookie: cookie };
		const { json: who } = await json(open.port, '/api/v1/session', { headers });
		const write = (Origin) => post(open.port, '/api/v1/solve', scenario, { ...headers, 'X-CSRF-Token': who.facts.csrf, Origin });
		assert.equal((await write('https://costs.example')).status, 200, 'a proxy that changes Host');
		assert.equal((await write('https://evil.example')).status, 403);
	});
	await open.stop();
} else skip('with a token and TLS in front it listens to others', 'this machine has no address but loopback');

await test('behind a path prefix the cookie is for that path', async () => {
	const prefixed = settings('prefix.conf', '[serve]\ntls_in_front = costs.example\npath_prefix = /cost\nsession_hours = 2\n');
	const open = await serve(['--data', data, '--config', prefixed]);
	try {
		const { answer } = { answer: JSON.parse(run('token', 'login', '--data', data, '--config', prefixed, '--format', 'json').stdout) };
		assert.match(answer.facts.link, /^https:\/\/costs\.example\/cost\/login\?code=bkl_/);
		const reply = await follow(open.port, new URL(answer.facts.link));
		assert.match(reply.cookie, /^__Secure-breakeven_session=[^;]+; Path=\/cost; Max-Age=7200; HttpOnly; SameSite=Strict; Secure$/);
		assert.equal((await call(open.port, '/cost/api/v1/status', { headers: { Cookie: cookieOf(reply) } })).status, 200);
	} finally { await open.stop(); }
});

const pem = (name) => scratchPath(`${name}.pem`);
const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', pem('key'), '-out', pem('certificate')]);
if (made.status === 0) await test('with a certificate and its key it speaks TLS itself', async () => {
	const conf = settings('tls.conf', `[serve]\ntls_certificate = ${pem('certificate')}\ntls_key = ${pem('key')}\nrequire_token = yes\n`);
	const open = await serve(['--data', data, '--config', conf]);
	try {
		assert.match(open.url, /^https:/);
		const ask = (headers) => new Promise((resolve, reject) => https.get({ host: 'localhost', family: 4, port: open.port, path: '/api/v1/status', ca: fs.readFileSync(pem('certificate')), headers, agent: false }, (reply) => { reply.resume(); resolve(reply.statusCode); }).on('error', reject));
		assert.equal(await ask({}), 401);
		assert.equal(await ask(bearer(given.read.token)), 200);
		const pushed = await new Promise((resolve, reject) => https.request({ host: 'localhost', family: 4, port: open.port, path: '/api/v1/usage', method: 'POST', ca: fs.readFileSync(pem('certificate')), headers: { 'Content-Type': 'application/json', ...bearer(given.ingest.token) }, agent: false },
			(reply) => { reply.resume(); resolve(reply.statusCode); }).on('error', reject).end(JSON.stringify({ id: 'tls', at: '2026-09-20T00:00:00Z', provider: 'openai', model: 'gpt-4o', in_uncached: 10, out_visible: 1 })));
		assert.equal(pushed, 200);
		const old = (version) => new Promise((resolve) => https.get({ host: 'localhost', family: 4, port: open.port, path: '/healthz', ca: fs.readFileSync(pem('certificate')), minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0', agent: false }, (reply) => { reply.resume(); resolve(reply.statusCode); }).on('error', () => resolve('refused')));
		assert.deepEqual([await old('TLSv1.1'), await old('TLSv1.2'), await old('TLSv1.3')], ['refused', 200, 200]);
	} finally { await open.stop(); }
});
else skip('with a certificate and its key it speaks TLS itself', 'no openssl to make one');

// ---- what must not happen

await test('who tries tokens that do not exist is slowed down, and nobody else is', async () => {
	let last;
	for (let i = 0; i < 100 && last?.status !== 429; i++) last = await json(port, '/api/v1/status', { headers: bearer(`bkv_${String(i).padStart(12, '0')}_${'0'.repeat(64)}`) });
	assert.equal(last.status, 429);
	assert.ok(Number(last.headers['retry-after']) >= 1 && Number(last.headers['retry-after']) <= 60);
	assert.equal((await call(port, '/api/v1/status', { headers: bearer(given.read.token) })).status, 200);
});

await test('a body that is not let in is refused before it is read', async () => {
	const head = `POST /api/v1/usage HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n`;
	assert.match(await raw(port, `${head}\r\n`, 1000), /^HTTP\/1\.1 401 /);
	assert.match(await raw(port, `${head}Authorization: Bearer ${given.read.token}\r\n\r\n`, 1000), /^HTTP\/1\.1 403 /);
	assert.match(await raw(port, `${head.replace('Content-Length: 60000000', 'Transfer-Encoding: chunked')}\r\n`, 1000), /^HTTP\/1\.1 401 /);
});

const ended = await daemon.stop();
await test('it ends well', () => assert.deepEqual(ended, { code: 0, signal: null }));
await test('nothing secret is in what it logged', () => {
	const { out, err } = daemon.said();
	assert.ok(secrets.length > 15);
	for (const text of secrets) assert.ok(!out.includes(text.slice(-64)) && !err.includes(text.slice(-64)));
	assert.match(err, /token or session that does not exist/);
});
end();

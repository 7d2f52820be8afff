// An empty ledger is a state and no error; a path prefix and a ledger that is no ledger.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { call, end, json, run, scratchPath, serve, test } from './_daemon.mjs';

const daemon = await serve(['--data', scratchPath('new')]);
await test('a ledger that is not there yet is made', () => assert.ok(fs.readdirSync(scratchPath('new')).some((name) => name.endsWith('.db'))));
await test('every report of an empty ledger answers', async () => {
	const { json: list } = await json(daemon.port, '/api/v1/report');
	for (const name of list.columns.find((c) => c.name === 'name').values) {
		const reply = await json(daemon.port, `/api/v1/report/${name}${name === 'price' ? '?id=1' : ''}`);
		assert.equal(reply.status, 200, `${name}: ${reply.body}`);
	}
});
await test('the break-even of an empty ledger says what to do', async () => {
	assert.match((await json(daemon.port, '/api/v1/report/breakeven')).json.headline, /collect/);
});
await daemon.stop();

await test('behind a proxy the path prefix of the settings is taken off', async () => {
	const config = scratchPath('prefix.conf');
	fs.writeFileSync(config, '[serve]\npath_prefix = /cost\nallowed_host = numbers.example\n');
	const behind = await serve(['--data', scratchPath('new'), '--config', config]);
	try {
		for (const target of ['/cost', '/cost/', '/']) assert.match((await call(behind.port, target)).body, /<!doctype html>/);
		assert.equal((await json(behind.port, '/cost/api/v1/status')).status, 200);
		assert.equal((await call(behind.port, '/costly')).status, 404);
		assert.equal((await json(behind.port, '/api/v1/status', { headers: { Host: 'numbers.example' } })).status, 200);
		assert.equal((await json(behind.port, '/api/v1/status', { headers: { Host: 'others.example' } })).status, 421);
	} finally { await behind.stop(); }
});

await test('with --web the page comes from a folder and is not kept', async () => {
	const folder = scratchPath('pages');
	fs.mkdirSync(folder);
	fs.writeFileSync(`${folder}/index.html`, '<!doctype html><title>mine</title>');
	fs.writeFileSync(`${folder}/x.js`, '1');
	const own = await serve(['--data', scratchPath('new'), '--web', folder]);
	try {
		assert.match((await call(own.port, '/')).body, /mine/);
		fs.writeFileSync(`${folder}/x.js`, '2');
		const reply = await call(own.port, '/static/0/x.js');
		assert.deepEqual([reply.body, reply.headers['cache-control']], ['2', 'no-cache']);
		assert.equal((await call(own.port, '/static/0/../new/ledger.db')).status, 404);
	} finally { await own.stop(); }
});

await test('a file that is no ledger is said to be none at start', () => {
	fs.mkdirSync(scratchPath('bad'));
	fs.writeFileSync(scratchPath('bad/ledger.db'), 'this is a letter to a friend, and no data base at all\n'.repeat(200));
	const ended = run('serve', '--data', scratchPath('bad'), '--listen', '127.0.0.1:0');
	assert.equal(ended.status, 1);
	assert.match(ended.stderr, /ledger\.db/);
});
end();

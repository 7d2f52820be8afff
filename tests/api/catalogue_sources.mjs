// Catalogues and status pages that are asked for: a catalogue waits for a person, unless the setting says otherwise.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { end, run, scratchPath, test } from './_daemon.mjs';
import { spawn } from 'node:child_process';

const program = process.env.BREAKEVEN || 'build/release/breakeven';
const data = scratchPath('asked'), config = scratchPath('asked.conf');
const litellm = (rate) => JSON.stringify({ 'demo/alpha': { litellm_provider: 'demo', mode: 'chat', input_cost_per_token: rate, output_cost_per_token: 1e-5 } });
const replies = new Map();
const server = http.createServer((request, response) => {
	const body = replies.get(request.url);
	response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
	response.end(body ?? '{}');
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${server.address().port}`;
const configure = (apply) => fs.writeFileSync(config, `data = ${data}\n[source prices]\ncollector = prices-litellm\nurl = ${url}\nallow_local = yes\nallow_plain = yes\napply = ${apply}\n[source status]\ncollector = statuspage\nurl = ${url}\nallow_local = yes\nallow_plain = yes\nprovider = demo\n`);
// While this process answers it must not wait for the program without letting itself run.
// A reply that cannot be read is asked for again after a while: `until` ends the program when it has said so much.
const ask = (...args) => askUntil(null, ...args);
const askUntil = (until, ...args) => new Promise((done) => {
	const child = spawn(program, [...args, '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
	let out = '', err = '';
	child.stdout.on('data', (text) => { out += text; });
	child.stderr.on('data', (text) => { err += text; if (until && until.test(err)) child.kill(); });
	child.on('exit', (status) => done({ status, out, err }));
});
const report = (name, ...args) => JSON.parse(run('report', name, ...args, '--data', data, '--format', 'json').stdout);
const values = (answer, name) => answer.columns.find((column) => column.name === name).values;
const LITELLM = '/BerriAI/litellm/main/model_prices_and_context_window.json';

await test('a catalogue that a source brings waits, once, and nothing is changed by it', async () => {
	configure('review');
	replies.set(LITELLM, litellm(3e-6));
	for (let i = 0; i < 2; i++) {
		const done = await ask('source', 'run', 'prices');
		assert.equal(done.status, 0, done.err);
	}
	assert.deepEqual(values(report('catalogues'), 'state'), ['waiting']);
	assert.deepEqual(values(report('prices', '--provider', 'demo'), 'model'), []);
	assert.equal(run('prices', 'apply', '--data', data).status, 0);
	assert.deepEqual(values(report('prices', '--provider', 'demo'), 'input'), ['3']);
});

await test('one stray bracket changes nothing, is said, and the prices that are there go on', async () => {
	replies.set(LITELLM, `${litellm(4e-6)}}`);
	const done = await askUntil(/again in/, 'source', 'run', 'prices');
	assert.notEqual(done.status, 0);
	assert.match(done.err, /line 1: not JSON/);
	assert.deepEqual(values(report('prices', '--provider', 'demo'), 'input'), ['3']);
	assert.equal(report('catalogues').facts.waiting, 0);
});

await test('where the setting says so it is applied at once, and written down', async () => {
	configure('at_once');
	replies.set(LITELLM, litellm(5e-6));
	const done = await ask('source', 'run', 'prices');
	assert.equal(done.status, 0, done.err);
	assert.deepEqual(values(report('prices', '--provider', 'demo'), 'input'), ['5']);
	const audit = report('audit');
	assert.deepEqual([values(audit, 'what')[0], values(audit, 'who')[0]], ['prices apply', 'prices']);
	assert.equal(run('prices', 'undo', '--data', data).status, 0);
	assert.deepEqual(values(report('prices', '--provider', 'demo'), 'input'), ['3']);
	assert.equal((await ask('source', 'run', 'prices')).status, 0);
	assert.deepEqual(values(report('prices', '--provider', 'demo'), 'input'), ['3'], 'what somebody took back is not applied again by itself');
});

await test('a status page is asked for incidents and maintenance, and follows what it edits', async () => {
	const page = { page: { id: 'p', name: 'Demo', url: 'https://status.example.invalid' } };
	const incident = (impact, updated) => ({ ...page, incidents: [{ id: 'a', name: 'n', status: 'resolved', impact, created_at: '2026-10-01T10:00:00Z', resolved_at: '2026-10-01T11:00:00Z', updated_at: updated }] });
	replies.set('/api/v2/incidents.json', JSON.stringify(incident('minor', '2026-10-01T11:00:00Z')));
	replies.set('/api/v2/scheduled-maintenances.json', JSON.stringify({ ...page, scheduled_maintenances: [] }));
	assert.equal((await ask('source', 'run', 'status')).status, 0);
	replies.set('/api/v2/incidents.json', JSON.stringify(incident('critical', '2026-10-02T11:00:00Z')));
	assert.equal((await ask('source', 'run', 'status')).status, 0);
	const list = report('incidents');
	assert.deepEqual([values(list, 'impact'), values(list, 'provider'), values(list, 'edits')], [['critical'], ['demo'], [1]]);
});

server.close();
end();

// Price catalogues: read whole, shown as a difference, applied from a date, taken back; and one stray bracket changes nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { call, end, json, post, run, scratchPath, serve, test } from './_daemon.mjs';

const data = scratchPath('catalogues');
const usage = scratchPath('usage.csv');
fs.writeFileSync(usage, 'id,at,provider,model,in_uncached\na,2026-08-01T00:00:00Z,demo,demo/alpha,1000000\nb,2026-11-10T00:00:00Z,demo,demo/alpha,1000000\n');
assert.equal(run('collect', 'usage-csv', usage, '--data', data).status, 0);
const { port, stop } = await serve(['--data', data]);
const values = (answer, name) => answer.columns.find((column) => column.name === name).values;
const report = async (name, query = '') => (await json(port, `/api/v1/report/${name}${query}`)).json;
const litellm = (models) => JSON.stringify(Object.fromEntries(Object.entries(models).map(([name, [input, output]]) =>
	[name, { litellm_provider: 'demo', mode: 'chat', input_cost_per_token: input, output_cost_per_token: output }])));
const review = (body, query = '') => json(port, `/api/v1/catalogues?name=models.json${query}`, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body });
const decide = (what, id, body = {}) => post(port, `/api/v1/catalogues/${what}/${id}`, body);
const prices = async () => { const answer = await report('prices', '?provider=demo&all=yes'); return values(answer, 'model').map((model, i) => `${model} ${values(answer, 'input')[i]} ${values(answer, 'from')[i] ?? ''}..${values(answer, 'to')[i] ?? ''}`).sort(); };
const first = litellm({ 'demo/alpha': [3e-6, 15e-6], 'demo/beta': [1e-6, 2e-6] });
const second = litellm({ 'demo/alpha': [3.6e-6, 15e-6], 'demo/gamma': [5e-7, 5e-7] });

await test('a catalogue that is given waits, and nothing is changed by looking at it', async () => {
	const seen = await review(first);
	assert.equal(seen.status, 200, seen.body);
	assert.deepEqual([seen.json.facts.id, seen.json.facts.book, seen.json.facts.collector, seen.json.facts.new], [1, 'litellm', 'prices-litellm', 2]);
	assert.deepEqual(await prices(), []);
	assert.deepEqual(values(await report('catalogues'), 'state'), ['waiting']);
	assert.deepEqual((await decide('review', 1)).json.columns, seen.json.columns);
	const again = await review(first, '&dry_run=yes');
	assert.equal(again.json.facts.id, null, 'a look alone does not wait');
});

await test('it is applied once, and lines keep the price that they were taken with', async () => {
	const done = await decide('apply', 1);
	assert.equal(done.status, 200, done.body);
	assert.deepEqual(await prices(), ['demo/alpha 3 ..', 'demo/beta 1 ..']);
	assert.equal((await decide('apply', 1)).status, 400);
	assert.equal((await report('usage')).facts.amount, null);
	const same = await review(first);
	assert.deepEqual([same.json.facts.id, same.json.facts.unchanged], [null, 2], 'the same again changes nothing and does not wait');
});

await test('a difference is new, changed and ended rows, and by how much', async () => {
	const seen = (await review(second)).json;
	const rows = values(seen, 'model').map((model, i) => [values(seen, 'change')[i], model, values(seen, 'input_before')[i], values(seen, 'input_after')[i]]);
	assert.deepEqual(rows, [['changed', 'demo/alpha', '3', '3.6'], ['new', 'demo/gamma', null, '0.5'], ['ended', 'demo/beta', '1', null]]);
	assert.ok(Math.abs(values(seen, 'largest_change')[0] - 0.2) < 1e-12);
	assert.deepEqual(await prices(), ['demo/alpha 3 ..', 'demo/beta 1 ..']);
});

await test('what is applied holds from its date on, and before it what was', async () => {
	assert.equal((await decide('apply', 2, { from: '2026-11-01' })).status, 200);
	assert.deepEqual(await prices(), ['demo/alpha 3 ..2026-11-01', 'demo/alpha 3.6 2026-11-01..', 'demo/beta 1 ..2026-11-01', 'demo/gamma 0.5 ..']);
	const seen = (await post(port, '/api/v1/reprice', {})).json;
	assert.deepEqual([values(seen, 'month'), values(seen, 'after')], [['2026-08', '2026-11'], ['3', '3.6']]);
});

await test('what was applied can be taken back, the last first, and all stands as before', async () => {
	assert.match((await decide('undo', 1)).json.error, /changed since; take that back first/);
	assert.equal((await decide('undo', 2)).status, 200);
	assert.deepEqual(await prices(), ['demo/alpha 3 ..', 'demo/beta 1 ..']);
	assert.equal((await decide('undo', 2)).status, 400);
	assert.equal((await decide('undo', 1)).status, 200);
	assert.deepEqual(await prices(), []);
	assert.deepEqual(values(await report('catalogues'), 'state'), ['undone', 'undone']);
});

await test('after that it can be applied anew, and what has ended begins again', async () => {
	const { json: seen } = await review(first);
	assert.equal((await decide('apply', seen.facts.id)).status, 200);
	assert.equal((await decide('apply', (await review(second)).json.facts.id, { from: '2026-11-01' })).status, 200);
	const back = (await review(first)).json;
	assert.equal((await decide('apply', back.facts.id, { from: '2026-11-15' })).status, 200);
	assert.deepEqual(await prices(), ['demo/alpha 3 ..2026-11-01', 'demo/alpha 3 2026-11-15..', 'demo/alpha 3.6 2026-11-01..2026-11-15', 'demo/beta 1 ..2026-11-01', 'demo/beta 1 2026-11-15..', 'demo/gamma 0.5 ..2026-11-15']);
});

await test('what a catalogue has no more goes on where one wants it to', async () => {
	const { json: seen } = await review(litellm({ 'demo/alpha': [3e-6, 15e-6] }));
	assert.equal(seen.facts.ended, 1);
	assert.equal((await decide('apply', seen.facts.id, { keep_ended: true })).status, 200);
	assert.ok((await prices()).includes('demo/beta 1 2026-11-15..'));
});

for (const [name, body, words] of [
	['a catalogue with one bracket too few', first.slice(0, -1), ['models.json', 'line 1', "'}'"]],
	['a catalogue with one bracket too many', `${first}}`, ['models.json']],
	['a catalogue without a price', '{"sample_spec":{"input_cost_per_token":"USD","litellm_provider":"x","mode":"chat"}}', ['models.json']],
	['a file of usage', 'at,id,model,in_uncached\n2026-08-01T00:00:00Z,a,m,1\n', ['models.json', 'no price catalogue', 'usage-csv']],
	['bytes that are nothing', '\u0000\u0001', ['models.json']],
	['an empty body', '', ['empty']],
]) await test(`${name} is refused in a sentence, and the prices that are there go on`, async () => {
	const before = await prices(), waiting = (await report('catalogues')).facts.catalogues;
	const reply = await review(body);
	assert.equal(reply.status, 400, reply.body);
	for (const word of words) assert.ok(reply.json.error.includes(word), `${word} in: ${reply.json.error}`);
	assert.deepEqual(await prices(), before);
	assert.equal((await report('catalogues')).facts.catalogues, waiting);
});

await test('where a row cannot be understood nothing ends, and that is said', async () => {
	const own = (rows) => review(`provider,model,in_uncached,out_visible,source_url,checked\n${rows}`);
	assert.equal((await decide('apply', (await own('demo,own-1,1,1,https://example.invalid,2026-10-01\ndemo,own-2,1,1,https://example.invalid,2026-10-01\n')).json.facts.id)).status, 200);
	const reply = await own('demo,own-1,2,1,https://example.invalid,2026-11-01\ndemo,own-2,much,1,https://example.invalid,2026-11-01\n');
	if (reply.status === 200) {
		assert.deepEqual([reply.json.facts.refused, reply.json.facts.ended], [1, 0]);
		assert.match(reply.json.notes.join(' '), /nothing ends/);
	} else {
		assert.equal(reply.status, 400);
		assert.match(reply.json.error, /much/);
	}
});

await test('one that waits can be dismissed, and a newer one takes its place', async () => {
	const a = (await review(litellm({ 'demo/alpha': [4e-6, 4e-6] }))).json.facts.id, b = (await review(litellm({ 'demo/alpha': [5e-6, 5e-6] }))).json.facts.id;
	const states = async () => { const list = await report('catalogues'); return Object.fromEntries(values(list, 'id').map((id, i) => [id, values(list, 'state')[i]])); };
	assert.deepEqual([(await states())[a], (await states())[b]], ['replaced', 'waiting']);
	assert.equal((await decide('apply', a)).status, 400);
	assert.equal((await decide('dismiss', b)).status, 200);
	assert.equal((await states())[b], 'dismissed');
	assert.equal((await decide('apply', 999)).status, 404);
	assert.equal((await decide('apply', 'x')).status, 404);
	assert.equal((await decide('apply', b, { form: '2026-01-01' })).status, 400);
});

await test('the terminal reviews, applies, undoes and lists the same', async () => {
	const file = scratchPath('own.json');
	fs.writeFileSync(file, litellm({ 'demo/alpha': [9e-6, 9e-6], 'demo/beta': [1e-6, 2e-6] }));
	const ask = (...args) => run('prices', ...args, '--data', data, '--format', 'json');
	const seen = JSON.parse(ask('review', file).stdout);
	assert.deepEqual(JSON.parse(ask('review').stdout).columns, seen.columns);
	assert.equal(ask('apply').status, 0);
	assert.ok((await prices()).some((row) => row.startsWith('demo/alpha 9 ')));
	assert.equal(ask('undo').status, 0);
	assert.ok(!(await prices()).some((row) => row.startsWith('demo/alpha 9 ')));
	assert.deepEqual(JSON.parse(ask('history').stdout), await report('catalogues'));
	fs.writeFileSync(file, first.slice(0, -1));
	const broken = ask('review', file);
	assert.equal(broken.status, 2);
	assert.match(broken.stderr, /own\.json: line 1/);
	const audit = await report('audit');
	assert.ok(values(audit, 'what').includes('prices apply') && values(audit, 'what').includes('prices undo'));
});

await test('a catalogue wants the admin right', async () => {
	const routes = (await json(port, '/api/v1')).json;
	values(routes, 'path').forEach((path, i) => { if (path.startsWith('/api/v1/catalogues')) assert.equal(values(routes, 'rights')[i], 'admin', path); });
	assert.equal((await call(port, '/api/v1/catalogues', { method: 'POST', headers: { 'Content-Type': 'multipart/form-data' }, body: 'x' })).status, 415);
	await stop();
	assert.equal(run('check', '--data', data).status, 0);
});
end();

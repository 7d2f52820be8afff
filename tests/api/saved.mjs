// Saved what-ifs: kept, read back as they were, replaced, removed; and what is refused.
import assert from 'node:assert/strict';
import { call, end, json, post, run, scratchPath, serve, test } from './_daemon.mjs';

const data = scratchPath('ledger');
const daemon = await serve(['--data', data]);
const { port } = daemon;
const text = `{ "closed": {"input": 3, "output": 15, "input_per_output": 3},
  "self_hosted": {"gpus_per_replica": 2, "gpu_hour": 2.50, "throughput_tok_s": 3000, "headroom": 0.7, "peak_to_mean": 2.228},
  "volume": {"mtok_month": 1500.123456789012345} }`;
const at = (name) => `/api/v1/scenarios/${encodeURIComponent(name)}`;
const remove = (name, headers = {}) => json(port, at(name), { method: 'DELETE', headers });
const list = async () => (await json(port, '/api/v1/scenarios')).json.columns.find((column) => column.name === 'name').values;

await test('a scenario that is saved comes back as it was given', async () => {
	const made = await post(port, at('Zwei H100, März'), text);
	assert.equal(made.status, 200, made.body);
	assert.deepEqual([made.json.facts.name, made.json.facts.made], ['Zwei H100, März', true]);
	const read = await json(port, at('Zwei H100, März'));
	assert.deepEqual(read.json.facts.scenario, JSON.parse(text));
	assert.ok(read.body.includes('1500.123456789012345'), 'digits are as they were typed');
	assert.match(read.json.facts.changed, /^20\d\d-\d\d-\d\dT/);
});

await test('the list says what each comes to, in the API and in the terminal', async () => {
	const { json: answer } = await json(port, '/api/v1/scenarios');
	const { json: solved } = await post(port, '/api/v1/solve', text);
	const column = (name) => answer.columns.find((c) => c.name === name).values;
	assert.deepEqual(column('name'), ['Zwei H100, März']);
	for (const name of ['closed_month', 'self_month', 'saving_month', 'first_break_even_mtok_month'])
		assert.deepEqual(column(name), [solved.facts[name]], name);
	const terminal = run('report', 'scenarios', '--data', data, '--format', 'json');
	assert.deepEqual(JSON.parse(terminal.stdout), answer);
});

await test('the terminal solves a saved scenario by its name', async () => {
	const { json: solved } = await post(port, '/api/v1/solve', text);
	const terminal = run('solve', '--saved', 'Zwei H100, März', '--data', data, '--format', 'json');
	assert.deepEqual(JSON.parse(terminal.stdout), solved);
	for (const [args, words] of [[['--saved', 'Zwei H100, Marz', '--data', data], [/Zwei H100, März/]], [['--saved', 'x', 'y.json'], [/'y\.json'/]], [['--data', data, '-'], [/--saved/]]]) {
		const done = run('solve', ...args);
		assert.equal(done.status, 2);
		words.forEach((word) => assert.match(done.stderr, word));
	}
});

await test('the same name takes the new scenario, and a removed one is gone', async () => {
	const again = await post(port, at('Zwei H100, März'), text.replace('2.50', '3.25'));
	assert.deepEqual([again.status, again.json.facts.made], [200, false]);
	assert.equal((await json(port, at('Zwei H100, März'))).json.facts.scenario.self_hosted.gpu_hour, 3.25);
	await post(port, at('second'), text);
	assert.deepEqual(await list(), ['Zwei H100, März', 'second']);
	assert.deepEqual((await remove('second')).json.facts, { name: 'second', removed: true });
	assert.deepEqual(await list(), ['Zwei H100, März']);
});

for (const [name, target, body, words] of [
	['a misspelt key', 'x', text.replace('closed', 'closd'), ['closd', 'closed']],
	['a number out of bounds', 'x', text.replace('0.7', '7'), ['self_hosted.headroom', '7']],
	['something behind the scenario', 'x', `${text} {"x":1}`, ['body']],
	['an empty body', 'x', '', ['empty']],
	['a scenario that is too large', 'x', `${text}${' '.repeat(70000)}`, ['65536']],
	['a name that is too long', 'n'.repeat(81), text, ['81', '80']],
	['a name with a blank at its end', 'name ', text, ['blank']],
	['a name with a control character', 'a\tb', text, ['control']],
]) await test(`${name} is a 400 that says what is wrong, and nothing is kept`, async () => {
	const before = await list();
	const reply = await post(port, at(target), body);
	assert.equal(reply.status, 400, reply.body);
	for (const word of words) assert.ok(reply.json.error.includes(word), `${word} in: ${reply.json.error}`);
	assert.deepEqual(await list(), before);
});

await test('a name with a slash is no route', async () => {
	assert.equal((await post(port, at('a/b'), text)).status, 404);
});

await test('a name that is not there is a 404 that names the nearest', async () => {
	await post(port, at('baseline'), text);
	for (const reply of [await json(port, at('baselne')), await remove('baselne')]) {
		assert.equal(reply.status, 404);
		assert.match(reply.json.error, /'baselne'.*'baseline'/);
	}
});

await test('a page of another site can neither save nor remove', async () => {
	for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
		assert.equal((await post(port, at('evil'), text, headers)).status, 403);
		assert.equal((await remove('baseline', headers)).status, 403);
	}
	assert.equal((await post(port, at('evil'), text, { 'Content-Type': 'text/plain' })).status, 415);
	assert.ok((await list()).includes('baseline'));
});

await test('the wrong method is told all that are right', async () => {
	const reply = await call(port, at('baseline'), { method: 'PUT' });
	assert.deepEqual([reply.status, reply.headers.allow], [405, 'GET, HEAD, POST, DELETE']);
});

await test('what is saved outlives the daemon', async () => {
	await daemon.stop();
	const second = await serve(['--data', data]);
	assert.equal((await json(second.port, at('baseline'))).status, 200);
	await second.stop();
});

end();

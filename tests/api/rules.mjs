// Rules of attribution over HTTP and in the terminal: added, tried, changed, removed; every report follows at once.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { call, end, json, post, run, scratchPath, serve, test } from './_daemon.mjs';

const data = scratchPath('rules'), file = scratchPath('rules.csv');
const rows = ['at,id,provider,model,workload,account,project,key,tag,in_uncached,out_visible'];
for (let i = 0; i < 96; i++)
	rows.push(`${new Date(Date.UTC(2026, 8, 1, i)).toISOString()},r${i},openai,gpt-4o,${i % 4 === 3 ? 'code' : ''},acme,proj_${i % 3},k${i % 2},"${i % 2 ? 'prod,eu' : 'dev'}",${1000 + i},10`);
fs.writeFileSync(file, `${rows.join('\n')}\n`);
assert.equal(run('collect', 'usage-csv', file, '--data', data).status, 0);
const { port, stop } = await serve(['--data', data]);
const values = (answer, name, table) => answer.columns.find((column) => column.name === name && (!table || column.table === table)).values;
const report = async (name, query = '') => (await json(port, `/api/v1/report/${name}${query}`)).json;
const by = async (dimension, measure = 'in_uncached') => {
	const answer = await report('usage', `?by=${dimension}`);
	return Object.fromEntries(values(answer, dimension).map((name, i) => [name, Number(values(answer, measure)[i])]));
};
const remove = (id, headers = {}) => json(port, `/api/v1/rules/${id}`, { method: 'DELETE', headers });
const total = Array.from({ length: 96 }, (_, i) => 1000 + i).reduce((a, b) => a + b);

await test('a rule that is added moves usage at once, in every report, and nothing is imported again', async () => {
	const before = await by('workload');
	assert.deepEqual(Object.keys(before).sort(), ['(none)', 'code']);
	const made = await post(port, '/api/v1/rules', { project: 'proj_0', workload: 'chat', team: 'support', cost_centre: 4711, note: 'by contract' });
	assert.equal(made.status, 200, made.body);
	assert.deepEqual([made.json.facts.id, made.json.facts.position, made.json.facts.cost_centre], [1, 1, '4711']);
	const after = await by('workload');
	assert.deepEqual(Object.keys(after).sort(), ['(none)', 'chat', 'code']);
	assert.equal(Object.values(after).reduce((a, b) => a + b), total, 'the sum over workloads is the total');
	const moved = Array.from({ length: 96 }, (_, i) => i).filter((i) => i % 3 === 0).reduce((sum, i) => sum + 1000 + i, 0);
	assert.equal(after.chat, moved);
	assert.deepEqual(await by('team'), { '(none)': total - moved, support: moved });
	assert.deepEqual(await by('cost_centre'), { '(none)': total - moved, 4711: moved });
	for (const name of ['spend', 'compare', 'heatmap', 'explain', 'unattributed'])
		assert.equal((await json(port, `/api/v1/report/${name}?team=support`)).status, 200, name);
	assert.equal((await report('usage', '?workload=chat')).facts.in_uncached, moved);
	const heat = await report('heatmap', '?workload=chat');
	assert.equal(values(heat, 'tokens').reduce((a, b) => a + Number(b), 0), moved + 32 * 10);
	assert.equal((await report('unattributed')).facts.unattributed_tokens, after['(none)'] + 10 * Array.from({ length: 96 }, (_, i) => i).filter((i) => i % 3 && i % 4 !== 3).length);
	assert.deepEqual((await report('compare', '?by=team&from=2026-09-01&to=2026-09-05')).columns.find((c) => c.name === 'team').values.sort(), ['(none)', 'support']);
	assert.equal((await json(port, '/api/v1/report/breakeven?workload=chat')).status, 200);
});

await test('a line says what its source said and which rule put it where it is', async () => {
	const lines = await report('explain', '?project=proj_0&limit=4');
	assert.deepEqual(values(lines, 'workload'), ['chat', 'chat', 'chat', 'chat']);
	assert.deepEqual(values(lines, 'said_workload'), ['(none)', 'code', '(none)', '(none)']);
	assert.deepEqual(values(lines, 'workload_rule'), [1, 1, 1, 1]);
	assert.deepEqual(values(await report('explain', '?project=proj_1&limit=1'), 'workload_rule'), [null]);
});

await test('a rule behind one that takes everything is said to be shadowed, when it is added and in the list', async () => {
	const made = await post(port, '/api/v1/rules', { project: 'proj_0', key: 'k1', workload: 'other' });
	assert.match(made.json.notes[0], /rule 2: never: rule 1/);
	assert.equal((await post(port, '/api/v1/rules', { project: 'nobody', workload: 'x' })).json.notes[0], 'rule 3: nothing in the ledger matches it');
	const list = (await json(port, '/api/v1/rules')).json;
	assert.deepEqual(values(list, 'id'), [1, 2, 3]);
	assert.deepEqual(values(list, 'gives'), [2, 0, 0].map((n, i) => i === 0 ? values(list, 'gives')[0] : n));
	assert.match(values(list, 'state')[1], /^never/);
	assert.equal(values(list, 'state')[0], 'used');
	assert.equal(list.facts.idle, 2);
	assert.deepEqual(JSON.parse(run('rule', 'list', '--data', data, '--format', 'json').stdout), list);
});

await test('a rule that is moved before another takes from it; one that is changed keeps what is not named', async () => {
	const moved = await post(port, '/api/v1/rules/2', { position: 1 });
	assert.equal(moved.status, 200, moved.body);
	assert.equal(moved.json.facts.workload, 'other');
	const workloads = await by('workload');
	assert.ok(workloads.other > 0 && workloads.chat > 0);
	const changed = await post(port, '/api/v1/rules/2', { key: null, workload: '', team: 'lab', to: '2026-09-02' });
	assert.deepEqual([changed.json.facts.key, changed.json.facts.workload, changed.json.facts.team, changed.json.facts.project], [undefined, undefined, 'lab', 'proj_0']);
	const teams = await by('team');
	assert.equal(teams.lab, [0, 3, 6, 9, 12, 15, 18, 21].reduce((sum, i) => sum + 1000 + i, 0), 'only the first day');
	assert.equal(Object.values(teams).reduce((a, b) => a + b), total);
});

await test('a call can be tried before it is made, in the terminal with the same answer', async () => {
	const tried = await report('rule_test', '?project=proj_0&at=2026-09-01T12:00:00Z');
	assert.deepEqual([tried.facts.workload, tried.facts.workload_rule, tried.facts.team, tried.facts.team_rule], ['chat', 1, 'lab', 2]);
	assert.deepEqual(values(tried, 'gives'), ['team', 'workload, cost_centre', null]);
	assert.match(values(tried, 'holds')[2], /project 'proj_0' does not fit 'nobody'/);
	const terminal = run('rule', 'test', '--project', 'proj_0', '--at', '2026-09-01T12:00:00Z', '--data', data, '--format', 'json');
	assert.deepEqual(JSON.parse(terminal.stdout), tried);
	assert.equal((await report('rule_test', '?account=nobody')).facts.workload, '(none)');
});

await test('a rule that is removed is gone, and everything is as it was', async () => {
	for (const id of [3, 2, 1]) assert.equal((await remove(id)).json.facts.removed, true);
	assert.deepEqual(Object.keys(await by('workload')).sort(), ['(none)', 'code']);
	assert.equal((await remove(1)).status, 404);
	assert.equal((await post(port, '/api/v1/rules/1', { team: 'x' })).status, 404);
	const audit = await report('audit');
	assert.deepEqual(values(audit, 'what'), ['rule remove', 'rule remove', 'rule remove', 'rule set', 'rule set', 'rule add', 'rule add', 'rule add']);
	assert.ok(values(audit, 'who').every((who) => who === 'loopback'));
	assert.equal(JSON.parse(values(audit, 'detail').at(-1)).team, 'support');
});

await test('tags are grouped and filtered as they were told, and a rule asks for one of them', async () => {
	assert.deepEqual(Object.keys(await by('tag')).sort(), ['dev', 'prod,eu']);
	const made = run('rule', 'add', '--tag', 'eu', '--team', 'europe', '--data', data, '--format', 'json');
	assert.equal(made.status, 0, made.stderr);
	const lines = await report('usage', '?by=tag,team');
	assert.deepEqual(values(lines, 'team'), ['(none)', 'europe']);
	assert.equal(run('rule', 'remove', String(JSON.parse(made.stdout).facts.id), '--data', data).status, 0);
});

await test('calls that a gateway and the provider behind it tell are found, and a rule leaves one of the two out of every sum', async () => {
	const twice = scratchPath('twice'), day = (i) => new Date(Date.UTC(2026, 8, 1 + i, 12)).toISOString();
	const ask = (name, ...args) => JSON.parse(run('report', name, ...args, '--data', twice, '--format', 'json').stdout);
	const put = (collector, name, text, ...args) => { fs.writeFileSync(scratchPath(name), text); assert.equal(run('collect', collector, scratchPath(name), ...args, '--data', twice).status, 0); };
	put('usage-csv', 'provider.csv', `at,id,provider,model,in_uncached,out_visible\n${[0, 1, 2, 3].map((i) => `${day(i)},p${i},openai,gpt-4o-2024-08-06,${100000 + i},1000\n${day(i)},q${i},openai,o3,${5000 * i},10`).join('\n')}\n`);
	put('litellm-spend', 'gateway.jsonl', [0, 1, 2, 3].map((i) => JSON.stringify({ request_id: `g${i}`, startTime: day(i), model: 'openai/gpt-4o', custom_llm_provider: 'openai', prompt_tokens: 100500, completion_tokens: 1000 })).join('\n'), '--account', 'gateway');
	const doctor = () => { const answer = ask('doctor'), at = values(answer, 'check').indexOf('counted twice'); return at < 0 ? null : [values(answer, 'state')[at], values(answer, 'says')[at]]; };
	const before = ask('usage').facts, [state, says] = doctor();
	assert.equal(state, 'look');
	assert.match(says, /provider\.csv \(usage-csv\).*gateway\.jsonl \(litellm-spend\)|gateway\.jsonl \(litellm-spend\).*provider\.csv \(usage-csv\)/);
	assert.match(says, /of gpt-4o on 4 days.*rule add --account 'gateway' --counts no/);
	assert.doesNotMatch(says, /o3/);
	assert.equal(run('rule', 'add', '--account', 'gateway', '--counts', 'no', '--data', twice).status, 0);
	const after = ask('usage'), beside = ask('beside');
	assert.equal(before.tokens - after.facts.tokens, 4 * 101500);
	assert.match(after.notes.join(), /rules leave 406 k tokens out|rules leave 406,000 tokens out/i);
	assert.deepEqual([doctor()[0], beside.facts.left_out_tokens, beside.facts.counted_twice], ['ok', 406000, 0]);
	assert.deepEqual(values(beside, 'model'), ['gpt-4o']);
	assert.ok(Math.abs(values(beside, 'difference')[0] - 0.005) < 1e-4, String(values(beside, 'difference')));
	assert.deepEqual(values(ask('beside', '--by', 'day'), 'left_out_tokens').slice(0, 4), [101500, 101500, 101500, 101500]);
	assert.equal(ask('usage', '--account', 'gateway').facts.tokens, 0);
	const checked = run('check', '--data', twice);
	assert.equal(checked.status, 0, checked.stderr);
});

for (const [name, body, words] of [
	['a rule that says neither yes nor no', { project: 'x', counts: 'maybe' }, ['counts', 'maybe', 'yes']],
	['a rule that gives nothing', { project: 'x' }, ['gives nothing']],
	['a rule without a condition', { team: 'x' }, ['no condition', "'*'"]],
	['a misspelt field', { projct: 'x', team: 'y' }, ['projct', 'project']],
	['a star in a name that is given', { project: 'x', team: 'y*' }, ['team', 'y*']],
	['a time that is none', { project: 'x', team: 'y', from: 'soon' }, ['from', 'soon']],
	['an end before the begin', { project: 'x', team: 'y', from: '2026-09-02', to: '2026-09-01' }, ['never match']],
	['a place that is none', { project: 'x', team: 'y', position: 'first' }, ['position', 'first']],
	['a place behind the end', { project: 'x', team: 'y', position: 7 }, ['position', '7', '1']],
	['a list where a text should be', { project: ['x'], team: 'y' }, ['project']],
	['a fraction', { project: 'x', team: 'y', position: 1.5 }, ['position']],
	['a text that is too long', { project: 'x'.repeat(300), team: 'y' }, ['project', '300', '256']],
	['no JSON', '{"project":', ['JSON']],
	['something behind the object', '{"project":"x","team":"y"} {}', ['behind']],
	['a field that comes twice', '{"project":"x","project":"z","team":"y"}', ['project', 'twice']],
	['an array', '[1]', ['object']],
]) await test(`${name} is a 400 that says so, and no rule is made`, async () => {
	const reply = await post(port, '/api/v1/rules', body);
	assert.equal(reply.status, 400, reply.body);
	for (const word of words) assert.ok(reply.json.error.includes(word), `${word} in: ${reply.json.error}`);
	assert.deepEqual(values((await json(port, '/api/v1/rules')).json, 'id'), []);
});

await test('a rule wants the admin right and our own page', async () => {
	assert.equal((await post(port, '/api/v1/rules', { project: 'x', team: 'y' }, { Origin: 'http://elsewhere.example' })).status, 403);
	assert.equal((await call(port, '/api/v1/rules', { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' })).status, 415);
	const routes = (await json(port, '/api/v1')).json;
	values(routes, 'path').forEach((path, i) => {
		if (path.startsWith('/api/v1/rules') && values(routes, 'method')[i] !== 'GET')
			assert.equal(values(routes, 'rights')[i], 'admin');
	});
	const document = (await json(port, '/api/v1/openapi.json')).json;
	assert.deepEqual(Object.keys(document.paths['/api/v1/rules']).sort(), ['get', 'post']);
	assert.deepEqual(Object.keys(document.paths['/api/v1/rules/{name}']).sort(), ['delete', 'post']);
});

await stop();
end();

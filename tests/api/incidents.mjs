// What status pages tell: taken once, edited and dated back, and summed into downtime in which overlaps count once.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, json, run, scratchPath, serve, test } from './_daemon.mjs';

const data = scratchPath('incidents');
const incident = (id, impact, started, resolved, more = {}) => ({ id, name: `incident ${id}`, status: resolved ? 'resolved' : 'investigating', impact, created_at: started, started_at: started, updated_at: started, resolved_at: resolved, components: [{ name: 'API' }], incident_updates: [], ...more });
const feed = (incidents, name = 'OpenAI', url = 'https://status.openai.com') => JSON.stringify({ page: { id: 'p', name, url }, incidents });
const take = (body, ...args) => {
	fs.writeFileSync(scratchPath('feed.json'), body);
	const done = run('collect', 'auto', scratchPath('feed.json'), '--data', data, '--format', 'json', ...args);
	assert.equal(done.status, 0, done.stderr);
	return JSON.parse(done.stdout).facts;
};
const values = (answer, name) => answer.columns.find((column) => column.name === name).values;
const ask = (...args) => JSON.parse(run('report', ...args, '--data', data, '--format', 'json').stdout);
const month = (answer, name, at) => values(answer, name)[values(answer, 'month').indexOf(at)];

await test('a page that was read and told of no incident is no silence', () => {
	const quiet = (...args) => JSON.parse(run('report', ...args, '--data', scratchPath('quiet'), '--format', 'json').stdout);
	fs.writeFileSync(scratchPath('quiet.json'), feed([]));
	const done = run('collect', 'statuspage', scratchPath('quiet.json'), '--data', scratchPath('quiet'));
	assert.equal(done.status, 0, done.stderr);
	for (const body of [[incident('a', 'major', '2026-08-01T10:00:00Z', null)], []]) { // told once, it is no silent page any more
		fs.writeFileSync(scratchPath('told.json'), feed(body));
		assert.equal(run('collect', 'statuspage', scratchPath('told.json'), '--data', scratchPath('told')).status, 0);
	}
	assert.doesNotMatch((JSON.parse(run('report', 'uptime', '--data', scratchPath('told'), '--format', 'json').stdout).notes || []).join(), /told of no incident/);
	for (const name of ['uptime', 'incidents']) {
		const answer = quiet(name);
		assert.equal(answer.headline, 'The status pages that were read told of no incident.');
		assert.match(answer.notes.join(), /source 'quiet\.json' was read from 20\S+Z to 20\S+Z and told of no incident/);
	}
});

await test('an incident is taken once, however often its page is read', () => {
	const body = feed([incident('a', 'major', '2026-08-01T10:00:00Z', '2026-08-01T12:00:00Z'), incident('b', 'minor', '2026-08-02T10:00:00Z', '2026-08-02T10:30:00Z')]);
	assert.equal(take(body).taken, 2);
	const again = take(body);
	assert.deepEqual([again.taken, again.repeated], [0, 2]);
	assert.deepEqual(values(ask('incidents'), 'id'), ['b', 'a']);
	assert.deepEqual(values(ask('incidents'), 'provider'), ['openai', 'openai']);
});

await test('what a page edits or dates back stands in the place of what it told, and what is older does not', () => {
	take(feed([incident('a', 'critical', '2026-08-01T09:00:00Z', '2026-08-01T12:00:00Z', { updated_at: '2026-08-03T00:00:00Z' })]));
	let list = ask('incidents');
	assert.deepEqual([values(list, 'impact')[1], values(list, 'minutes')[1], values(list, 'edits')[1]], ['critical', 180, 1]);
	take(feed([incident('a', 'none', '2026-08-01T11:00:00Z', '2026-08-01T12:00:00Z')])); // a copy from before
	list = ask('incidents');
	assert.deepEqual([values(list, 'impact')[1], values(list, 'edits')[1]], ['critical', 1]);
});

await test('minutes in which several incidents went on count once, and each class is told', () => {
	take(feed([
		incident('c', 'major', '2026-09-01T10:00:00Z', '2026-09-01T12:00:00Z'), incident('d', 'critical', '2026-09-01T11:00:00Z', '2026-09-01T13:00:00Z'),
		incident('e', 'minor', '2026-09-01T12:30:00Z', '2026-09-01T14:00:00Z'), incident('f', 'none', '2026-09-05T00:00:00Z', '2026-09-06T00:00:00Z'),
		incident('g', 'odd', '2026-09-07T00:00:00Z', '2026-09-07T00:10:00Z'),
	]));
	const up = ask('uptime');
	assert.deepEqual([month(up, 'down_minutes', '2026-09'), month(up, 'degraded_minutes', '2026-09')], [180, 250]);
	assert.deepEqual(['none', 'minor', 'major', 'critical'].map((name) => month(up, name, '2026-09')), [1, 2, 1, 1]);
	assert.equal(month(up, 'known_share', '2026-09'), 1);
	assert.ok(Math.abs(month(up, 'uptime', '2026-09') - (1 - 180 / (30 * 1440))) < 1e-12);
});

await test('an incident over the end of a month is in both, and before the first nothing is known', () => {
	take(feed([incident('h', 'major', '2026-09-30T23:00:00Z', '2026-10-01T02:00:00Z')]));
	const up = ask('uptime');
	assert.deepEqual([month(up, 'down_minutes', '2026-09'), month(up, 'down_minutes', '2026-10')], [240, 120]);
	assert.ok(month(up, 'known_share', '2026-08') > 0.9 && month(up, 'known_share', '2026-08') < 1, 'the first is of the 1st at 9');
	assert.equal(values(up, 'month')[0], '2026-08');
});

await test('where an end is not told the length is not known, and is no zero', () => {
	take(feed([incident('i', 'major', '2026-10-10T00:00:00Z', null, { status: 'resolved' })]));
	const up = ask('uptime');
	assert.deepEqual([month(up, 'end_unknown', '2026-10'), month(up, 'down_minutes', '2026-10')], [1, 120]);
	const list = ask('incidents', '--impact', 'major');
	assert.equal(values(list, 'minutes')[values(list, 'id').indexOf('i')], null);
});

await test('one that goes on lasts until its page was read last', () => {
	const started = new Date(Date.now() - 3 * 3600e3).toISOString();
	take(feed([incident('j', 'major', started, null)], 'Demo', 'https://status.example.invalid'));
	const up = ask('uptime', '--provider', 'Demo');
	const minutes = values(up, 'down_minutes').reduce((a, b) => a + b);
	assert.ok(minutes > 179 && minutes < 182, `${minutes} minutes`);
	assert.equal(ask('incidents', '--provider', 'Demo').facts.open, 1);
});

await test('components are told apart, and those that are not told are one of their own', () => {
	take(feed([incident('k', 'major', '2026-10-20T00:00:00Z', '2026-10-20T01:00:00Z', { components: [] }), incident('l', 'major', '2026-10-20T00:30:00Z', '2026-10-20T02:00:00Z', { components: [{ name: 'API' }, { name: 'Chat' }] })]));
	const up = ask('uptime', '--by', 'component', '--from', '2026-10-01', '--provider', 'openai');
	const of = (name) => values(up, 'down_minutes')[values(up, 'component').findIndex((c, i) => c === name && values(up, 'month')[i] === '2026-10')];
	assert.deepEqual([of('Chat'), of('(none)'), of('API')], [90, 60, 210]);
	assert.equal(ask('incidents', '--component', '(none)').facts.incidents, 1);
});

await test('the person who imports may say whose page it is', () => {
	take(feed([incident('m', 'minor', '2026-10-01T00:00:00Z', '2026-10-01T01:00:00Z')], 'Status', 'https://example.invalid'), '--provider', 'in-house');
	assert.equal(ask('incidents', '--provider', 'in-house').facts.incidents, 1);
});

await test('the API tells the same, and a page that is broken changes nothing', async () => {
	const before = ask('incidents');
	fs.writeFileSync(scratchPath('feed.json'), feed([incident('z', 'major', '2026-10-01T00:00:00Z', null)]).slice(0, -2));
	const broken = run('collect', 'statuspage', scratchPath('feed.json'), '--data', data);
	assert.equal(broken.status, 2);
	assert.match(broken.stderr, /feed\.json/);
	const { port, stop } = await serve(['--data', data]);
	assert.deepEqual((await json(port, '/api/v1/report/incidents')).json, before);
	assert.equal((await json(port, '/api/v1/report/uptime?by=nothing')).status, 400);
	await stop();
});
end();

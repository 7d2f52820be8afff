// The lines behind a number while events are pushed: seen at once, and no page repeats or leaves out a line.
import assert from 'node:assert/strict';
import { end, json, post, scratchPath, serve, test } from './_daemon.mjs';

const daemon = await serve(['--data', scratchPath('ledger')]);
const { port } = daemon;
const event = (id, at, model = 'gpt-4o') => ({ id, at, provider: 'openai', model, workload: 'live', in_uncached: 100, out_visible: 10 });
const page = async (query) => {
	const { json: answer } = await json(port, `/api/v1/report/explain?${query}`);
	return { ids: answer.columns.find((column) => column.name === 'id').values, facts: answer.facts };
};

await test('an event that was just pushed is among the lines, before its sums are', async () => {
	for (let i = 0; i < 5; i++) {
		const reply = await post(port, '/api/v1/usage', event(`now-${i}`, `2026-08-0${i + 1}T10:00:00Z`));
		assert.equal(reply.status, 200, reply.body);
		const { ids, facts } = await page('workload=live');
		assert.deepEqual([ids.at(-1), facts.lines, facts.tokens], [`now-${i}`, i + 1, 110 * (i + 1)]);
	}
});

await test('what is pushed between two pages repeats nothing and leaves out nothing that stood before', async () => {
	const events = Array.from({ length: 40 }, (_, i) => event(`old-${String(i).padStart(2, '0')}`, '2026-09-01T00:00:00Z', 'gpt-5'));
	assert.equal((await post(port, '/api/v1/usage', events)).status, 200);
	const seen = [];
	for (let next = '', n = 0; next !== null && n < 20; n++) {
		const { ids, facts } = await page(`model=gpt-5&limit=7${next && `&after=${next}`}`);
		seen.push(...ids);
		next = facts.next;
		await post(port, '/api/v1/usage', [event(`new-${n}`, '2026-09-01T00:00:00Z', 'gpt-5'), event(`abc-${n}`, '2026-08-31T23:59:59Z', 'gpt-5')]);
	}
	assert.equal(new Set(seen).size, seen.length, 'no line comes twice');
	assert.deepEqual(seen.filter((id) => id.startsWith('old-')), events.map((one) => one.id));
});

await test('a model without lines has none, and the pages end', async () => {
	const { ids, facts } = await page('model=no-such-model');
	assert.deepEqual([ids, facts.lines, facts.next], [[], 0, null]);
});

await daemon.stop();
end();

// OpenAI's organization usage: buckets of hours or days by model, project, key, tier and batch, as a world has them.
import { pageOf } from './server.mjs';

const HOUR = 3600;
const MODELS = ['gpt-4o-2024-08-06', 'gpt-4o-mini-2024-07-18', 'o3-2025-04-16'];

// One row of the world: what one combination of dimensions used in one hour.
function makeRow(random, start) {
	const input = 1 + random.below(500000), cached = random.below(input), write = random.below(2) ? 0 : random.below(input - cached + 1);
	return {
		start, model: random.pick(MODELS), project_id: random.pick(['proj_a', 'proj_b', null]), api_key_id: random.pick(['key_1', null]),
		service_tier: random.pick(['default', 'flex', null]), batch: random() < 0.2,
		input_tokens: input, input_cached_tokens: cached, input_cache_write_tokens: write, output_tokens: random.below(20000),
		num_model_requests: 1 + random.below(400),
	};
}

const keyOf = (row) => JSON.stringify([row.start, row.model, row.project_id, row.api_key_id, row.service_tier, row.batch]);

// Hours before `now` (seconds) with a few rows each.
export function makeWorld(random, now, hours) {
	const world = { completions: new Map(), embeddings: new Map(), now, hours, random };
	const last = Math.floor(now / HOUR) * HOUR;
	for (let i = 0; i < hours; i++)
		for (let n = random.below(4); n > 0; n--) put(world, makeRow(random, last - i * HOUR));
	return world;
}

function put(world, row) {
	world.completions.set(keyOf(row), row);
	if (row.model === MODELS[1])
		world.embeddings.set(keyOf({ ...row, service_tier: null, batch: false }), { ...row, service_tier: null, batch: null });
}

// Something of the last `hours` hours changes, comes, or is taken back.
export function change(world, hours) {
	const { random } = world;
	const last = Math.floor(world.now / HOUR) * HOUR;
	const recent = [...world.completions.entries()].filter(([, row]) => row.start > last - hours * HOUR);
	for (let n = 1 + random.below(6); n > 0; n--) {
		const [key, row] = recent.length ? random.pick(recent) : [];
		const what = random();
		if (what < 0.35 && key) world.completions.delete(key);
		else if (what < 0.7 && key) world.completions.set(key, { ...row, output_tokens: row.output_tokens + 1 + random.below(99) });
		else put(world, makeRow(random, last - random.below(hours) * HOUR));
	}
}

function buckets(ask, rows, type, groups) {
	const width = ask.query.get('bucket_width') === '1d' ? 24 * HOUR : HOUR;
	const from = Number(ask.query.get('start_time'));
	const to = ask.query.has('end_time') ? Number(ask.query.get('end_time')) : Math.floor(ask.now / 1000);
	const asked = ask.query.getAll('group_by[]');
	const list = [];
	for (let start = from; start < to; start += width) {
		const results = [...rows.values()].filter((row) => row.start >= start && row.start < start + width).map((row) => ({
			object: `organization.usage.${type}.result`,
			...Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'start' && !groups.includes(name))),
			...Object.fromEntries(groups.map((name) => [name, asked.includes(name) ? row[name] : null])),
			user_id: null,
		}));
		list.push({ object: 'bucket', start_time: start, end_time: start + width, results });
	}
	return list;
}

export function openaiUsage(world, key = 'sk-admin-replay', limit = 168) {
	const groups = ['model', 'project_id', 'api_key_id', 'service_tier', 'batch'];
	const answer = (type, rows, known) => (ask) => {
		const wrong = ask.query.getAll('group_by[]').filter((name) => !known.includes(name));
		if (!ask.query.has('start_time') || wrong.length || Number(ask.query.get('limit')) > limit)
			return { status: 400, json: { error: { message: `wrong parameter ${wrong}`, type: 'invalid_request_error', param: null, code: null } } };
		const page = pageOf(ask, buckets(ask, rows(), type, groups), world.pageSize ?? Number(ask.query.get('limit')));
		return { json: { object: 'page', data: page.items, has_more: page.next !== null, next_page: page.next } };
	};
	return {
		name: 'openai-usage', key: { header: 'Authorization', value: `Bearer ${key}` },
		routes: [
			{ method: 'GET', path: /^\/v1\/organization\/usage\/completions$/, answer: answer('completions', () => world.completions, groups) },
			{ method: 'GET', path: /^\/v1\/organization\/usage\/embeddings$/, answer: answer('embeddings', () => world.embeddings, groups.slice(0, 3)) },
		],
	};
}

// The lines that the ledger must hold, as text, sorted; only hours in [from, to).
export function expected(world, from, to) {
	const line = (kind) => (row) => {
		const uncached = row.input_tokens - row.input_cached_tokens - row.input_cache_write_tokens;
		return [row.start, 'openai', row.model, row.project_id ?? '', row.api_key_id ?? '', row.batch ? 'batch' : row.service_tier ?? '',
			row.num_model_requests, uncached, row.input_cached_tokens, row.input_cache_write_tokens, row.output_tokens, kind].join('|');
	};
	const inside = (row) => row.start >= from && row.start < to;
	return [...[...world.completions.values()].filter(inside).map(line('completions')), ...[...world.embeddings.values()].filter(inside).map(line('embeddings'))].sort();
}

// The same out of a ledger.
export const ledgerQuery = `SELECT usage.at_us/1000000, provider, model, project, series.key, service_tier, requests, in_uncached, in_cache_read,
	in_cache_write_5m, out_visible, pulled.part FROM usage JOIN series ON series.id = usage.series JOIN lane ON lane.id = series.lane
	LEFT JOIN pulled ON pulled.at_us = usage.at_us AND pulled.key = usage.id AND pulled.kind = 0`;

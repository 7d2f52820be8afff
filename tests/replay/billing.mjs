// Providers' reports of usage and cost beside openai_usage.mjs, as a world has them: OpenAI's other usage paths and costs,
// Anthropic's reports in both generations, a LiteLLM proxy's spend logs, OpenRouter's activity. Each is strict about
// what its documentation says of a request, and knows the lines that a ledger must hold of it.
import { pageOf } from './server.mjs';

const HOUR = 3600, DAY = 86400;
const iso = (s) => new Date(s * 1000).toISOString().replace('.000Z', 'Z');
const date = (s) => iso(s).slice(0, 10);
const seconds = (text) => Date.parse(text) / 1000;
const bad = (message) => ({ status: 400, json: { error: { message, type: 'invalid_request_error', param: null, code: null } } });
const nano = (text) => { // an exact amount as whole billionths
	const [whole, fraction = ''] = String(text).replace('-', '').split('.');
	return (String(text).startsWith('-') ? -1n : 1n) * (BigInt(whole) * 1000000000n + BigInt(fraction.padEnd(9, '0')));
};
const sorted = (lines) => lines.map((line) => line.join('|')).sort();

// What the ledger holds of a source, a line each.
export const usageOf = (source) => `SELECT at_us/1000000, provider, model, project, series.key, service_tier, ifnull(requests, '-'),
	ifnull(in_uncached, '-'), in_cache_read, in_cache_write_5m, in_cache_write_1h, out_visible, out_reasoning, ifnull(extras, '')
	FROM usage JOIN series ON series.id = usage.series JOIN lane ON lane.id = series.lane JOIN run ON run.id = usage.run
	JOIN source ON source.id = run.source WHERE source.name = '${source}'`;
export const invoicesOf = (source) => `SELECT charge_from_us/1000000, provider, service, sku, resource, description, category, currency,
	ifnull(billed_nano, '-'), ifnull(effective_nano, '-'), ifnull(list_nano, '-')
	FROM invoice_line JOIN run ON run.id = invoice_line.run JOIN source ON source.id = run.source WHERE source.name = '${source}'`;

// Rows of a world: for each bucket some of the combinations, no combination twice. make(bucket) gives a row.
function rowsOf(random, now, width, buckets, combinations, make) {
	const rows = [];
	for (let i = 0; i < buckets; i++) {
		const start = Math.floor(now / width) * width - i * width;
		for (const combination of combinations)
			if (random() < 0.5) rows.push({ start, ...combination, ...make(start) });
	}
	return rows;
}
const cross = (lists) => Object.entries(lists).reduce((all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))), [{}]);

// Changes, takes away, and leaves: what a source does to what it said.
export function revise(random, rows, change) {
	for (let n = 1 + random.below(8); n > 0 && rows.length > 2; n--) {
		const at = random.below(rows.length);
		if (random() < 0.4) rows.splice(at, 1);
		else Object.assign(rows[at], change(rows[at]));
	}
}

function buckets(rows, from, to, width, make) {
	const list = [];
	for (let start = from; start < to; start += width) list.push(make(start, start + width, rows.filter((row) => row.start >= start && row.start < start + width)));
	return list;
}

/* ---- OpenAI */

export function openaiBilling(random, now, days, key = 'sk-admin-replay') {
	const world = {
		images: rowsOf(random, now, HOUR, days * 24, cross({ model: ['gpt-image-1', 'dall-e-3'], size: ['1024x1024', null], source: ['image.generation', 'image.edit'] }),
			() => ({ images: 1 + random.below(9), num_model_requests: 1 + random.below(9) })),
		file_searches: rowsOf(random, now, HOUR, days * 24, cross({ vector_store_id: ['vs_1', 'vs_2'], api_key_id: ['key_1', null] }), () => ({ num_requests: 1 + random.below(9) })),
		costs: rowsOf(random, now, DAY, days, cross({ line_item: ['gpt-4o-2024-08-06, input', 'gpt-4o-2024-08-06, cached input', 'web search tool calls', null], project_id: ['proj_a', null] }),
			() => ({ amount: random() < 0.5 ? `0.${String(random.below(1e9)).padStart(9, '0')}${'0'.repeat(21)}` : random.below(1e6) / 1000 })),
	};
	const answer = (kind, path, groups, width) => (ask) => {
		const asked = ask.query.getAll('group_by[]');
		if (!ask.query.has('start_time') || asked.some((name) => !groups.includes(name)) || Number(ask.query.get('limit')) > (kind === 'costs' ? 180 : 168))
			return bad(`wrong parameter for ${path}`);
		const from = Number(ask.query.get('start_time')), to = ask.query.has('end_time') ? Number(ask.query.get('end_time')) : Math.floor(ask.now / 1000);
		if (kind === 'costs' && (from % DAY !== 0 || ask.query.get('bucket_width') !== '1d')) return bad('costs come in whole days');
		const list = buckets(world[kind], from, to, width, (start, end, rows) => ({ object: 'bucket', start_time: start, end_time: end,
			results: rows.map(({ start: _, amount, ...row }) => ({ object: kind === 'costs' ? 'organization.costs.result' : `organization.usage.${kind}.result`,
				...Object.fromEntries(groups.map((name) => [name, null])), ...row, ...(amount === undefined ? {} : { amount: { value: amount, currency: 'usd' }, quantity: null, quantity_unit: null }) })) }));
		const page = pageOf(ask, list, 3);
		return { json: { object: 'page', data: page.items, has_more: page.next !== null, next_page: page.next } };
	};
	const usage = (path) => new RegExp(`^/v1/organization/usage/${path}$`);
	return {
		name: 'openai', key: { header: 'Authorization', value: `Bearer ${key}` }, world,
		routes: [
			{ method: 'GET', path: usage('images'), answer: answer('images', 'images', ['project_id', 'user_id', 'api_key_id', 'model', 'size', 'source'], HOUR) },
			{ method: 'GET', path: usage('file_search_calls'), answer: answer('file_searches', 'file_search_calls', ['project_id', 'user_id', 'api_key_id', 'vector_store_id'], HOUR) },
			{ method: 'GET', path: /^\/v1\/organization\/costs$/, answer: answer('costs', 'costs', ['project_id', 'line_item', 'api_key_id'], DAY) },
		],
		usage: (from) => sorted([
			...world.images.filter((row) => row.start >= from).map((row) => [row.start, 'openai', row.model, '', '', '', row.num_model_requests, '-', 0, 0, 0, 0, 0, `{"images":${row.images}}`]),
			...world.file_searches.filter((row) => row.start >= from).map((row) => [row.start, 'openai', 'file_searches', '', row.api_key_id ?? '', '', row.num_requests, '-', 0, 0, 0, 0, 0, `{"file_searches":${row.num_requests}}`]),
		]),
		costs: (from) => sorted(world.costs.filter((row) => row.start >= from).map((row) => {
			const [model, kind] = /^(.*), ((?:cached )?input)$/.exec(row.line_item ?? '')?.slice(1) ?? [row.line_item ?? '', ''];
			return [row.start, 'openai', model, kind, row.project_id ?? '', row.line_item ?? '', 'Usage', 'USD', nano(String(row.amount).slice(0, 11)), nano(String(row.amount).slice(0, 11)), '-'];
		})),
		revise: () => {
			revise(random, world.images, (row) => ({ images: row.images + 1 }));
			revise(random, world.costs, () => ({ amount: random.below(1e6) / 100 }));
		},
	};
}

/* ---- Anthropic */

export function anthropicBilling(random, now, days, key = 'sk-ant-admin01-replay') {
	const counts = () => ({ uncached_input_tokens: random.below(1e6), cache_read_input_tokens: random.below(1e6), output_tokens: random.below(1e5),
		cache_creation: { ephemeral_5m_input_tokens: random.below(1e4), ephemeral_1h_input_tokens: random.below(1e4) },
		server_tool_use: { web_search_requests: random.below(3) } });
	const cents = () => random.pick([`${random.below(99999)}.${random.below(9999999)}1`, String(random.below(9999)), '0']);
	const world = {
		usage: rowsOf(random, now, HOUR, days * 24, cross({ model: ['claude-sonnet-4-5'], workspace_id: ['wrkspc_1', null], service_tier: ['standard', 'batch', 'priority'], context_window: ['0-200k', '200k-1M'] }), counts),
		cost: rowsOf(random, now, DAY, days, cross({ workspace_id: ['wrkspc_1', null], token_type: ['uncached_input_tokens', 'output_tokens', null] }), () => ({ amount: cents(), list_amount: cents() })),
		code: rowsOf(random, now, DAY, days, cross({ actor: ['a@example.invalid', 'ci'], terminal_type: ['vscode', 'tmux'], customer_type: ['api', 'subscription'] }),
			() => ({ tokens: { input: random.below(1e5), output: random.below(1e4), cache_read: random.below(1e5), cache_creation: random.below(1e4) } })),
	};
	const documented = (ask, headers, names) => {
		for (const [name, values] of Object.entries({ 'anthropic-version': ['2023-06-01', '2026-10-21'], ...headers }))
			if (!values.includes(ask.headers[name])) return bad(`header ${name} is ${ask.headers[name]}`);
		const wrong = [...ask.query.keys()].filter((name) => !names.includes(name));
		return wrong.length || !ask.query.has('starting_at') ? bad(`wrong parameter ${wrong}`) : null;
	};
	const range = (ask) => [seconds(ask.query.get('starting_at')), ask.query.has('ending_at') ? seconds(ask.query.get('ending_at')) : Math.floor(ask.now / 1000)];
	const reply = (ask, list, size, more = {}) => {
		const page = pageOf(ask, list, size);
		return { json: { data: page.items, has_more: page.next !== null, next_page: page.next, ...more } };
	};
	const nothing = (names) => Object.fromEntries(names.map((name) => [name, null]));
	const USAGE = ['account_id', 'api_key_id', 'service_account_id', 'workspace_id', 'model', 'service_tier', 'context_window', 'inference_geo'];
	const COST = ['cost_type', 'token_type', 'model', 'service_tier', 'context_window', 'inference_geo', 'description', 'workspace_id'];
	const described = (row) => ({ cost_type: row.token_type ? 'tokens' : 'web_search', token_type: row.token_type, description: row.token_type ? `Usage - ${row.token_type}` : 'Web Search Usage' });

	const messages = (ask) => {
		const wrong = documented(ask, {}, ['starting_at', 'ending_at', 'bucket_width', 'limit', 'page', 'group_by[]']);
		if (wrong || Number(ask.query.get('limit')) > 168) return wrong ?? bad('limit');
		return reply(ask, buckets(world.usage, ...range(ask), HOUR, (start, end, rows) => ({ starting_at: iso(start), ending_at: iso(end),
			results: rows.map(({ start: _, ...row }) => ({ ...nothing(USAGE), ...row })) })), 7);
	};
	const cost = (ask) => {
		const wrong = documented(ask, {}, ['starting_at', 'ending_at', 'bucket_width', 'limit', 'page', 'group_by[]']);
		if (wrong || Number(ask.query.get('limit')) > 31) return wrong ?? bad('limit');
		return reply(ask, buckets(world.cost, ...range(ask), DAY, (start, end, rows) => ({ starting_at: iso(start), ending_at: iso(end),
			results: rows.map((row) => ({ ...nothing(COST), amount: row.amount, currency: 'USD', workspace_id: row.workspace_id, ...described(row) })) })), 3);
	};
	const BETA = { 'anthropic-beta': ['analytics-usage-cost-2026-08-24'] };
	const analytics = (rows, width, make) => (ask) => {
		const wrong = documented(ask, BETA, ['starting_at', 'ending_at', 'time_bucket_width', 'limit', 'page', 'group_by[]', 'beta']);
		const [from, to] = range(ask), free = ['cost_type', 'token_type'];
		if (wrong || to - from > 31 * DAY || Number(ask.query.get('limit')) > 1000 || ask.query.getAll('group_by[]').filter((name) => !free.includes(name)).length > 5)
			return wrong ?? bad('a range of 31 days, 1000 rows and five dimensions are allowed');
		return reply(ask, rows.filter((row) => row.start >= from && row.start < to).map((row) => ({ starting_at: iso(row.start), ending_at: iso(row.start + width), ...make(row) })), 50,
			{ data_refreshed_at: iso(Math.floor(ask.now / 1000)) });
	};
	const real = (workspace) => workspace ?? 'wrkspc_default'; // here the default workspace has an id
	const claudeCode = (ask) => {
		const wrong = documented(ask, {}, ['starting_at', 'limit', 'page']);
		if (wrong || !/^\d{4}-\d\d-\d\d$/.test(ask.query.get('starting_at'))) return wrong ?? bad('starting_at is a date');
		return reply(ask, world.code.filter((row) => date(row.start) === ask.query.get('starting_at')).map((row) => ({ date: iso(row.start),
			actor: row.actor.includes('@') ? { type: 'user_actor', email_address: row.actor } : { type: 'api_actor', api_key_name: row.actor },
			organization_id: 'org-1', customer_type: row.customer_type, terminal_type: row.terminal_type, core_metrics: {}, tool_actions: {},
			model_breakdown: [{ model: 'claude-sonnet-4-5', tokens: row.tokens, estimated_cost: { currency: 'USD', amount: 7 } }] })), 2);
	};
	const usageLine = (workspace) => (row) => [row.start, 'anthropic', row.model, workspace(row.workspace_id), '', row.service_tier, row.requests ?? '-', row.uncached_input_tokens,
		row.cache_read_input_tokens, row.cache_creation.ephemeral_5m_input_tokens, row.cache_creation.ephemeral_1h_input_tokens, row.output_tokens, 0,
		JSON.stringify({ ...(row.server_tool_use.web_search_requests ? { web_searches: row.server_tool_use.web_search_requests } : {}), context_tokens: row.context_window === '0-200k' ? 200000 : 200001 })];
	// Cents are a hundredth; what is behind the ninth place of a dollar is rounded half to even.
	const dollars = (text) => {
		const [whole, fraction = ''] = text.split('.');
		const exact = BigInt(whole + fraction.padEnd(9, '0')); // of 1e-11 dollars
		const floor = exact / 100n, rest = exact % 100n;
		return floor + (rest > 50n || (rest === 50n && floor % 2n === 1n) ? 1n : 0n);
	};
	const get = (path, answer) => ({ method: 'GET', path: new RegExp(`^/v1/organizations/${path}$`), answer });
	return {
		name: 'anthropic', key: { header: 'x-api-key', value: key }, world,
		routes: [
			get('usage_report/messages', messages), get('cost_report', cost), get('usage_report/claude_code', claudeCode),
			get('analytics/usage', analytics(world.usage, HOUR, ({ start, model, workspace_id, service_tier, context_window, requests, ...usage }) => ({
				group: { model, workspace_id: real(workspace_id), service_tier, context_window, api_key_id: null, actor: null, product: null },
				usage: { ...usage, total_tokens: 0, requests: requests ?? null } }))),
			get('analytics/cost', analytics(world.cost, DAY, (row) => ({ group: { workspace_id: real(row.workspace_id), api_key_id: null, actor: null, ...described(row), description: undefined },
				cost: { amount: row.amount, list_amount: row.list_amount, currency: 'USD', requests: null } }))),
		],
		usage: (from) => sorted(world.usage.filter((row) => row.start >= from).map(usageLine((workspace) => workspace ?? ''))),
		analyticsUsage: (from) => sorted(world.usage.filter((row) => row.start >= from).map(usageLine(real))),
		cost: (from) => sorted(world.cost.filter((row) => row.start >= from).map((row) => [row.start, 'anthropic', described(row).cost_type, row.token_type ?? '', row.workspace_id ?? '', described(row).description,
			'Usage', 'USD', dollars(row.amount), dollars(row.amount), '-'])),
		analyticsCost: (from) => sorted(world.cost.filter((row) => row.start >= from).map((row) => [row.start, 'anthropic', described(row).cost_type, row.token_type ?? '', real(row.workspace_id), '',
			'Usage', 'USD', dollars(row.amount), dollars(row.amount), dollars(row.list_amount)])),
		code: (from) => sorted(world.code.filter((row) => row.start >= from).map((row) => [row.start, 'anthropic', 'claude-sonnet-4-5', '', row.actor, row.customer_type === 'subscription' ? 'subscription' : '', '-',
			row.tokens.input, row.tokens.cache_read, row.tokens.cache_creation, 0, row.tokens.output, 0, ''])),
		revise: () => {
			revise(random, world.usage, counts);
			revise(random, world.cost, () => ({ amount: cents() }));
			revise(random, world.code, (row) => ({ tokens: { ...row.tokens, output: row.tokens.output + 1 } }));
		},
	};
}

/* ---- LiteLLM */

export function litellm(random, now, days, key = 'sk-litellm-replay') {
	const rows = Array.from({ length: 150 * days }, (_, i) => {
		const start = Math.floor(now) - random.below(days * DAY - HOUR) - 1, prompt = random.below(9000), cached = random.below(prompt + 1), failed = random() < 0.1;
		return { id: `req-${i}`, start, model: random.pick(['gpt-4o', 'claude-sonnet-4-5']), prompt: failed ? 0 : prompt, cached: failed ? 0 : cached,
			completion: failed ? 0 : 1 + random.below(500), team: random.pick(['team-a', null]), failed, hit: !failed && random() < 0.1 };
	});
	const plain = (row) => ({ request_id: row.id, call_type: 'acompletion', api_key: '88dc', spend: 0.1, total_tokens: row.prompt + row.completion, prompt_tokens: row.prompt, completion_tokens: row.completion,
		startTime: iso(row.start), endTime: iso(row.start + 2), completionStartTime: iso(row.start + 1), model: row.model, custom_llm_provider: row.model.startsWith('gpt') ? 'openai' : 'anthropic',
		team_id: row.team, cache_hit: row.hit ? 'True' : 'False', request_tags: [], status: row.failed ? 'failure' : 'success',
		metadata: { usage_object: { prompt_tokens: row.prompt, prompt_tokens_details: { cached_tokens: row.cached } } } });
	const answer = (ask) => {
		const page = Number(ask.query.get('page')), size = Number(ask.query.get('page_size'));
		const when = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
		if (!(page >= 1) || !(size >= 1 && size <= 100) || !when.test(ask.query.get('start_date')) || !when.test(ask.query.get('end_date'))) return bad('wrong parameter');
		const [from, to] = ['start_date', 'end_date'].map((name) => seconds(`${ask.query.get(name).replace(' ', 'T')}Z`));
		const list = rows.filter((row) => row.start >= from && row.start < to).sort((a, b) => b.start - a.start || (a.id < b.id ? 1 : -1));
		return { json: { data: list.slice((page - 1) * size, page * size).map(plain), total: list.length, page, page_size: size, total_pages: Math.ceil(list.length / size) } };
	};
	return {
		name: 'litellm', key: { header: 'Authorization', value: `Bearer ${key}` }, world: { rows },
		routes: [{ method: 'GET', path: /^\/spend\/logs\/v2$/, answer }],
		usage: (from) => sorted(rows.filter((row) => row.start >= from).map((row) => [row.start, row.model.startsWith('gpt') ? 'openai' : 'anthropic', row.model, row.team ?? '', '88dc', '', 1,
			row.failed ? '-' : row.hit ? 0 : row.prompt - row.cached, row.hit ? 0 : row.cached, 0, 0, row.hit ? 0 : row.completion, 0, ''])),
		revise: () => rows.push({ id: `late-${rows.length}`, start: Math.floor(now) - 60, model: 'gpt-4o', prompt: 5, cached: 0, completion: 1, team: null, failed: false, hit: false }),
	};
}

/* ---- OpenRouter */

export function openrouter(random, now, days, key = 'sk-or-management-replay') {
	const world = { rows: rowsOf(random, now, DAY, days, cross({ model: ['openai/gpt-4o', 'anthropic/claude-sonnet-4.5'], endpoint_id: ['e1', 'e2'] }),
		() => ({ usage: random.below(1e6) / 1e5, requests: 1 + random.below(50), prompt_tokens: random.below(1e6), completion_tokens: 100 + random.below(1e5), reasoning_tokens: random.below(100) })) };
	const answer = (ask) => {
		const asked = ask.query.get('date'), today = date(Math.floor(ask.now / 1000));
		if (!/^\d{4}-\d\d-\d\d$/.test(asked) || asked >= today) return bad('date must be one of the last 30 completed days');
		return { json: { data: world.rows.filter((row) => date(row.start) === asked).map(({ start, ...row }) => ({ date: asked, model_permaslug: `${row.model}-1`, provider_name: 'Demo', byok_usage_inference: 0, ...row })) } };
	};
	const whole = (from) => world.rows.filter((row) => row.start >= from && row.start < Math.floor(Date.now() / 1000 / DAY) * DAY); // days that are over
	return {
		name: 'openrouter', key: { header: 'Authorization', value: `Bearer ${key}` }, world,
		routes: [{ method: 'GET', path: /^\/api\/v1\/activity$/, answer }],
		usage: (from) => sorted(whole(from).map((row) => [row.start, 'openrouter', row.model, '', '', '', row.requests, row.prompt_tokens, 0, 0, 0, row.completion_tokens - row.reasoning_tokens, row.reasoning_tokens, ''])),
		costs: (from) => sorted(whole(from).map((row) => [row.start, 'openrouter', row.model, '', row.endpoint_id, `${row.model}-1`, 'Usage', 'USD', nano(row.usage), nano(row.usage), '-'])),
		revise: () => revise(random, world.rows, (row) => ({ usage: row.usage + 1 })),
	};
}

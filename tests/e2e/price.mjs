// `breakeven price` from outside: worked requests, every catalogue format, what bad lines get.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const program = process.env.BREAKEVEN || 'build/release/breakeven';
const shared = process.env.SHARED || '../shared';
const scratch = process.env.SCRATCH || fs.mkdtempSync('/tmp/price-');
const data = (name) => path.join(shared, 'data', name);

function check(title, truth, detail = '') {
	console.log(`${truth ? 'ok' : 'not ok'} ${title}${truth ? '' : `\n  ${String(detail).replaceAll('\n', '\n  ')}`}`);
	if (!truth) process.exitCode = 1;
}

function price(lines, ...options) {
	const input = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n') + '\n';
	const run = spawnSync(program, ['price', ...options], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
	const answers = run.stdout.trim() === '' ? [] : run.stdout.trim().split('\n').map((line) => JSON.parse(line));
	return { ...run, answers, first: answers[0] || {} };
}

function file(name, value) {
	const where = path.join(scratch, name);
	fs.writeFileSync(where, typeof value === 'string' ? value : JSON.stringify(value));
	return where;
}

// Decimal text ("2.5e-06" too) as a whole number of 1e-30.
function exact(text) {
	const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(String(text));
	return BigInt(sign + whole + fraction) * 10n ** BigInt(30 - fraction.length + Number(exponent));
}

const chat = (prompt, completion, more = {}) => ({ prompt_tokens: prompt, completion_tokens: completion, ...more });
const event = (more) => ({ id: 'a', provider: 'demo', model: 'm', at: '2026-08-01T12:00:00Z', usage: chat(1000, 500), ...more });

// ---- the promised shape
{
	const { first, status } = price([event({ provider: 'openai', model: 'gpt-4o', api: 'openai-chat', service_tier: null })]);
	const names = ['id', 'state', 'in_uncached', 'in_cache_read', 'in_cache_write_5m', 'in_cache_write_1h', 'out_visible',
		'out_reasoning', 'input_amount', 'output_amount', 'amount', 'currency', 'tier', 'price', 'reason'];
	check('an answer has every promised name', status === 0 && names.every((name) => name in first), JSON.stringify(first));
	check('amounts are exact decimal strings', first.input_amount === '0.0025' && first.amount === '0.0075', JSON.stringify(first));
}

// ---- the worked request of AS-17 through our own table
const own = file('own.csv', `# a remark
provider,model,match,service_tier,from,to,above_tokens,in_uncached,in_cache_read,in_cache_write_5m,out_visible,source_url,checked
demo,m,,,,,,3,0.30,3.75,15,https://example.invalid,2026-08-01
demo,m,,,,,200000,6,0.60,7.50,22.50,,
demo,dated,dated*,,,2026-01-01,,10,,,40,https://example.invalid,2026-08-01
demo,dated,dated*,,2026-01-01,,,2,,,8,https://example.invalid,2026-08-01
`);
{
	const usage = { input_tokens: 150000, cache_read_input_tokens: 60000, cache_creation_input_tokens: 10000, output_tokens: 4000,
		output_tokens_details: { thinking_tokens: 2500 } };
	const { answers } = price([
		event({ api: 'anthropic', usage }), event({ api: 'anthropic', usage, service_tier: 'batch' }),
		event({ usage: chat(200000, 1000) }), event({ usage: chat(200001, 1000) }),
	], '--catalog', own);
	check('a long request takes the price of its tier whole, batch half of it',
		answers.map((answer) => answer.amount).join() === '1.101,0.5505,0.615,1.222506' &&
		answers.map((answer) => answer.tier).join() === '200000,200000,0,200000', JSON.stringify(answers));
	check('reasoning is a part of the output', answers[0].out_visible === 1500 && answers[0].out_reasoning === 2500);
	const dated = price([event({ model: 'dated-x', at: '2025-12-31T23:59:59.999999Z' }), event({ model: 'DATED', at: 1767225600 })],
		'--catalog', own).answers;
	check('a price holds from its day on', dated[0].input_amount === '0.01' && dated[1].input_amount === '0.002' &&
		dated[1].price === 'demo/dated@2026-01-01', JSON.stringify(dated));
}

// ---- bad lines
{
	const good = event({ id: 'good' });
	const cases = [
		['{broken', 'not JSON'],
		['[1]', 'not an object'],
		[event({ model: undefined }), 'model is missing'],
		[event({ model: 7 }), 'model is a number 7'],
		[event({ usage: undefined }), 'usage is missing'],
		[event({ usage: [] }), 'usage is an array'],
		[event({ at: 'yesterday' }), 'yesterday'],
		[event({ api: 'openai' }), "api is 'openai'"],
		[event({ usage: chat(-5, 1) }), 'usage.prompt_tokens is negative: -5'],
		[event({ usage: chat(1.5, 1) }), 'usage.prompt_tokens is not a whole number: 1.5'],
		[event({ usage: chat('9', 1) }), "usage.prompt_tokens is a string '9'"],
		[event({ api: 'openai-chat', usage: { prompt_tokens: 5 } }), 'usage.completion_tokens is missing'],
		['{"id":"big","provider":"demo","model":"m","usage":{"prompt_tokens":9007199254740993,"completion_tokens":1}}',
			'usage.prompt_tokens is above 2^53: 9007199254740993'],
		[event({ usage: chat(10, 1, { prompt_tokens_details: { cached_tokens: 11 } }) }),
			'usage.prompt_tokens_details.cached_tokens is 11, more than its total usage.prompt_tokens: 10'],
		[event({ usage: chat(10, 1, { completion_tokens_details: { reasoning_tokens: 2 } }) }), 'reasoning_tokens is 2'],
		['{"model":"m","usage":{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens":2}}', 'usage.prompt_tokens is given twice'],
		['{"model":"m","usage":{},"model":"n"}', 'model is given twice'],
		[event({ id: [1] }), 'id is an array, not a text or a number'],
	];
	for (const [line, reason] of cases) {
		const run = price([good, line, good], '--catalog', own);
		check(`a line with "${reason}" is refused by name and the others are answered`,
			run.status === 2 && run.answers.length === 3 && run.answers[1].state === 'refused' && run.answers[1].amount === null &&
			run.answers[0].amount === '0.0105' && run.answers[2].amount === '0.0105' &&
			run.stderr.includes('line 2: ') && run.stderr.includes(reason), run.stderr + run.stdout);
	}
	check('the largest count is taken', price(['{"provider":"demo","model":"m","usage":{"prompt_tokens":9007199254740991,' +
		'"completion_tokens":1}}'], '--catalog', own).first.in_uncached === 9007199254740991);
	const zero = price([event({ usage: chat(0, 0) }), event({ usage: chat(5, 0, { prompt_tokens_details: null }) })], '--catalog', own);
	check('zero usage costs zero and null is not reported', zero.status === 0 && zero.answers[0].amount === '0' &&
		zero.answers[1].in_uncached === 5, zero.stdout);
	const none = price([], '--catalog', own);
	check('no line is no answer', none.status === 0 && none.stdout === '');
	const long = price([], '--catalog', own, file('long.jsonl', `${JSON.stringify(event({}))}\n${'a'.repeat(2 << 20)}\n`));
	check('a line that is too long is exit 2 and told once with its file', long.status === 2 && /price: [^:]*long\.jsonl: line 2: the line is longer/.test(long.stderr), long.stderr);
	const packed = spawnSync('bash', ['-c', 'gzip -c "$1" | "$0" price --catalog "$2" -', program, file('p.jsonl', `${JSON.stringify(event({}))}\n`), own], { encoding: 'utf8' });
	check('lines may come packed', packed.status === 0 && JSON.parse(packed.stdout).state === 'priced', packed.stderr);
	const missing = price([], '--catalog', own, '/no/such/file');
	check('a file that is not there is exit 2 and named', missing.status === 2 && missing.stderr.includes('/no/such/file'));
}

{
	const long = price([event({ api: 'ä€😀'.repeat(9) })], '--catalog', own);
	check('a value that is cut short leaves the answer readable', long.status === 2 && long.first.state === 'refused', long.stdout);
	const bytes = spawnSync(program, ['price', '--catalog', own],
		{ input: Buffer.from('{"id":"\xff","provider":"demo","model":"m","usage":{"prompt_tokens":1,"completion_tokens":1}}\n', 'latin1') });
	check('bytes that are no UTF-8 do not get into the answer', (() => {
		try { return new TextDecoder('utf-8', { fatal: true }).decode(bytes.stdout) !== '' && JSON.parse(bytes.stdout) !== null; } catch { return false; }
	})(), bytes.stdout);
}

// ---- states
{
	const { answers, status } = price([
		event({ provider: 'openai', model: 'never-heard-of' }), event({ provider: 'openai', model: 'gpt-4o', service_tier: 'scale' }),
		event({ provider: 'openai', model: 'moderation' }), event({ provider: 'openai', model: 'gpt-4', service_tier: 'priority' }),
		event({ provider: undefined, model: 'openai/gpt-4o' }), event({ provider: 'OpenAI', model: 'GPT-4o', at: undefined }),
	]);
	check('unpriced, flat and free are states and no zeros',
		status === 0 && answers.map((answer) => answer.state).join() === 'unpriced,flat,free,unpriced,priced,priced' &&
		answers[0].amount === null && answers[0].reason && answers[3].amount === null && answers[2].amount === '0',
		JSON.stringify(answers));
	const near = price([event({ provider: 'openai', model: 'gpt-4oo' }), event({ provider: 'opnai', model: 'gpt-4o' })]).answers;
	check('an unknown model or provider comes with the nearest', near[0].reason === "the model is not in the price book; the nearest is 'gpt-4o'" &&
		near[1].reason === "the provider is not in the price book; the nearest is 'openai'", JSON.stringify(near));
	check('a line without a time says which prices it took', /now/.test(answers[5].reason));
}

// ---- catalogues that are wrong
{
	const model = (prices) => [{ id: 'demo', name: 'Demo', pricing_urls: [], models: [{ id: 'm', match: { equals: 'm' }, prices }] }];
	const cases = [
		[file('unit.json', model({ input_tokn: 3 })), "unit 'input_tokn' is unknown"],
		[file('negative.json', model({ input_mtok: -3 })), 'input_mtok is a negative price: -3'],
		[file('text.json', model({ input_mtok: 'cheap' })), 'input_mtok is not a price: cheap'],
		[file('twice.json', model([{ prices: { input_mtok: 1 } }, { constraint: { start_date: '2026-01-01' }, prices: { input_mtok: 2 } },
			{ constraint: { start_date: '2026-01-01' }, prices: { input_mtok: 3 } }])), 'overlap'],
		[file('overlap.csv', 'provider,model,from,to,in_uncached,checked\ndemo,m,2026-01-01,2026-06-01,1,\ndemo,m,2026-05-01,,2,\n'),
			"'demo/m@2026-01-01' and 'demo/m@2026-05-01' overlap"],
		[file('column.csv', 'provider,model,match,in_uncached,in_uncashed\ndemo,m,,1,2\n'), "column 'in_uncashed' is unknown"],
		[file('other.txt', 'hello\n'), 'other.txt'],
	];
	for (const [name, reason] of cases) {
		const run = price([event({})], '--catalog', name);
		check(`a catalogue with "${reason}" is refused whole`,
			run.status === 2 && run.stdout === '' && run.stderr.includes(path.basename(name)) && run.stderr.includes(reason), run.stderr);
	}
}

// ---- formats by their samples
const demo = { provider: 'demo', model: 'demo/alpha-large', at: '2026-08-01T12:00:00Z' };
if (!fs.existsSync(data('samples'))) {
	console.log('skip catalogue samples: the data is not here');
} else {
	const samples = [
		['prices-genai', 'genai_prices_provider.json', { ...demo, model: 'demo-large-x', usage: chat(200001, 100) }, '0.5012525'],
		['prices-genai before its date', 'genai_prices_provider.json',
			{ ...demo, model: 'demo-large', at: '2026-05-31T23:59:59Z', usage: chat(200001, 100) }, '1.202256'],
		['prices-litellm', 'litellm_prices.json', { ...demo, usage: chat(200000, 100) }, '0.6015'],
		['prices-litellm above its threshold', 'litellm_prices.json', { ...demo, usage: chat(200001, 100) }, '1.202256'],
		['prices-litellm in batch', 'litellm_prices.json', { ...demo, service_tier: 'batch', usage: chat(1000, 100) }, '0.00225'],
		['prices-litellm in priority', 'litellm_prices.json', { ...demo, service_tier: 'priority', usage: chat(1000, 100) }, '0.0075'],
		['prices-openrouter', 'openrouter_models.json', { ...demo, provider: 'openrouter', usage: chat(200001, 100) }, '1.202256'],
	];
	for (const [title, name, line, amount] of samples) {
		const { first } = price([line], '--catalog', data(`samples/${name}`));
		check(`${title} prices by its sample`, first.amount === amount, JSON.stringify(first));
	}
	const auto = price([{ provider: 'openrouter', model: 'openrouter/auto', usage: chat(1, 1) }], '--catalog', data('samples/openrouter_models.json'));
	check('a price below zero is unknown', auto.first.state === 'unpriced' && auto.first.amount === null, auto.stdout);
	const classes = { 'usage_openai_chat.json': ['openai', [1416, 3584, 0, 0, 260, 640]],
		'usage_anthropic.json': ['anthropic', [320, 41000, 4000, 1200, 260, 500]], 'usage_gemini.json': ['google', [620, 1500, 0, 0, 300, 450]] };
	for (const [name, [provider, expected]] of Object.entries(classes)) {
		const { first } = price([{ provider, model: 'm', usage: JSON.parse(fs.readFileSync(data(`samples/${name}`))) }]);
		const is = [first.in_uncached, first.in_cache_read, first.in_cache_write_5m, first.in_cache_write_1h, first.out_visible, first.out_reasoning];
		check(`${name} has its six classes`, is.join() === expected.join(), is.join());
	}
}
{
	const catalogue = file('modelsdev.json', { demo: { id: 'demo', env: [], doc: 'https://example.invalid', models: {
		m: { id: 'm', limit: { context: 1 }, cost: { input: 3, output: 15, cache_read: 0.3, context_over_200k: { input: 6, output: 22.5 } } },
		zero: { id: 'zero', cost: { input: 0, output: 0 } }, none: { id: 'none' } } } });
	const { answers } = price([event({ usage: chat(200000, 1000) }), event({ usage: chat(200001, 1000) }), event({ model: 'zero' }),
		event({ model: 'none' })], '--catalog', catalogue);
	check('prices-modelsdev prices by its tiers and takes neither zero nor nothing for a price',
		answers.map((answer) => answer.amount).join() === '0.615,1.222506,,' && answers[2].state === 'unpriced' && answers[3].state === 'unpriced',
		JSON.stringify(answers));
}

// ---- all of LiteLLM's snapshot against a second computation
const litellm = data('litellm/model_prices_via_tokencost_2025-09-01.json');
if (!fs.existsSync(litellm)) {
	console.log('skip the LiteLLM snapshot: the data is not here');
} else {
	const lines = [], expected = [];
	for (const [model, entry] of Object.entries(JSON.parse(fs.readFileSync(litellm, 'utf8')))) {
		const rate = (name, more) => { const value = entry[name + more] ?? entry[name]; return value === undefined ? undefined : exact(value); };
		if (entry.input_cost_per_token === undefined || entry.output_cost_per_token === undefined ||
			entry.input_cost_per_request || entry.input_cost_per_query) continue;
		for (const prompt of [1000, 128000, 128001, 200001]) {
			const above = prompt > 200000 && entry.input_cost_per_token_above_200k_tokens !== undefined ? '_above_200k_tokens' :
				prompt > 128000 && entry.input_cost_per_token_above_128k_tokens !== undefined ? '_above_128k_tokens' : '';
			const [input, output] = [rate('input_cost_per_token', above), rate('output_cost_per_token', above)];
			const cached = rate('cache_read_input_token_cost', above) ?? (entry.input_cost_per_token_cache_hit === undefined ? undefined :
				exact(entry.input_cost_per_token_cache_hit)) ?? input;
			const reasoning = entry.output_cost_per_reasoning_token === undefined ? output : exact(entry.output_cost_per_reasoning_token);
			lines.push({ id: `${model} ${prompt}`, provider: entry.litellm_provider, model, api: 'openai-responses',
				usage: { input_tokens: prompt, input_tokens_details: { cached_tokens: 600 }, output_tokens: 70, output_tokens_details: { reasoning_tokens: 20 } } });
			expected.push([input * BigInt(prompt - 600) + cached * 600n, output * 50n + reasoning * 20n]);
		}
	}
	const { answers, stderr } = price(lines, '--catalog', litellm);
	const wrong = lines.filter((line, i) => {
		const answer = answers[i] || {};
		const free = expected[i][0] === 0n && expected[i][1] === 0n;
		return answer.state !== (free ? 'free' : 'priced') || answer.price !== line.model ||
			exact(answer.input_amount) !== expected[i][0] || exact(answer.output_amount) !== expected[i][1];
	});
	check(`LiteLLM's snapshot priced ${lines.length} times like a second computation`, wrong.length === 0 && lines.length > 5000,
		`${wrong.length} differ\n${wrong.slice(0, 12).map((line) => JSON.stringify([line, answers[lines.indexOf(line)], expected[lines.indexOf(line)].map(String)])).join('\n')}${stderr}`);
}

// ---- memory and other forms of output
{
	const many = file('many.jsonl', `${JSON.stringify(event({}))}\n`.repeat(20000));
	const run = spawnSync(program, ['price', '--catalog', own, many], { encoding: 'utf8', maxBuffer: 1 << 28 });
	check('every line of a longer file is answered', run.status === 0 && run.stdout.split('\n').length === 20001);
	const csv = spawnSync(program, ['price', '--catalog', own, '--format', 'csv'], { input: `${JSON.stringify(event({}))}\n`, encoding: 'utf8' });
	check('--format csv has a header and the same figures', csv.stdout.startsWith('id,state,in_uncached,') && csv.stdout.includes(',0.0105,USD,'), csv.stdout);
}

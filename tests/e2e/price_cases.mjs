// The published cases of genai-prices, each for every provider and interface it names, through the real
// program: the normalised usage and both amounts must be those of the case, to the last digit.
//
// The expected prices belong to the catalogue of the same moment: 2026-08-21, at a time of day that is inside
// no off-peak window. Extractors without an expected price name a model that the catalogue does not know there.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const shared = process.env.SHARED || '../shared';
const folder = path.join(shared, 'data/genai-prices');
const catalogue = path.join(folder, 'v2-data.json');
const program = process.env.BREAKEVEN || 'build/release/breakeven';
const AT = '2026-08-21T12:00:00Z';

if (!fs.existsSync(path.join(folder, 'usage_cases.json'))) {
	console.log('skip the published cases of genai-prices: the data is not here');
	process.exit(0);
}

// The catalogue's extractor to the value of `api`.
const likeOpenai = ['groq', 'mistral', 'perplexity', 'x-ai', 'cohere'];
function apiOf(provider, flavor) {
	if (flavor === 'chat') return 'openai-chat';
	if (flavor === 'responses') return 'openai-responses';
	if (flavor === 'embeddings') return 'openai-embeddings';
	if (flavor === 'anthropic') return 'anthropic';
	if (flavor !== 'default' && flavor !== 'tokens') return null;
	if (provider === 'google') return 'gemini';
	if (provider === 'aws') return 'bedrock';
	return likeOpenai.includes(provider) ? 'openai-chat' : 'anthropic';
}

const cases = JSON.parse(fs.readFileSync(path.join(folder, 'usage_cases.json'), 'utf8'));
const asked = [];
for (const [index, one] of cases.entries())
	for (const group of one.extracted)
		for (const extractor of group.extractors) {
			if (extractor.input_price === undefined && extractor.output_price === undefined) continue;
			const api = apiOf(extractor.provider_id, extractor.api_flavor);
			const id = `${index} ${one.model} ${extractor.provider_id} ${extractor.api_flavor}`;
			asked.push({ id, api, one, usage: group.usage, extractor });
		}

function ask(list, ...options) {
	const input = list.map(({ id, api, one, extractor }) => JSON.stringify({
		id, provider: extractor.provider_id, model: one.model, at: AT, api, service_tier: null,
		usage: one.body.usageMetadata || one.body.usage,
	})).join('\n') + '\n';
	const run = spawnSync(program, ['price', ...options, '-'], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
	return { status: run.status, answers: run.stdout.trim().split('\n').map((line) => JSON.parse(line)) };
}

// Decimal strings ("0.50", "1E-7") as whole numbers of 1e-30, so that nothing is rounded.
function exact(text) {
	const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text);
	return BigInt(sign + whole + fraction) * 10n ** BigInt(30 - fraction.length + Number(exponent));
}
const same = (a, b) => a !== null && a !== undefined && exact(a) === exact(b);

function faults({ usage, extractor }, answer) {
	const found = [];
	if (answer.state !== 'priced' && answer.state !== 'free') found.push(`state ${answer.state}: ${answer.reason}`);
	for (const side of ['input', 'output'])
		if (extractor[`${side}_price`] !== undefined && !same(answer[`${side}_amount`], extractor[`${side}_price`]))
			found.push(`${side}_amount ${answer[`${side}_amount`]}, not ${extractor[`${side}_price`]}`);
	if (extractor.total_price !== undefined && !same(answer.amount, extractor.total_price))
		found.push(`amount ${answer.amount}, not ${extractor.total_price}`);
	const read = usage.cache_read_tokens || 0;
	const written = usage.cache_write_tokens || 0;
	const input_total = answer.in_uncached + answer.in_cache_read + answer.in_cache_write_5m + answer.in_cache_write_1h;
	const expected = [
		['the input', input_total, usage.input_tokens || 0],
		['in_cache_read', answer.in_cache_read, read],
		['cache writes', answer.in_cache_write_5m + answer.in_cache_write_1h, written],
		['in_cache_write_1h', answer.in_cache_write_1h, usage.cache_write_1h_tokens || 0],
		['the output', answer.out_visible + answer.out_reasoning, usage.output_tokens || 0],
	];
	for (const [what, is, should] of expected) if (is !== should) found.push(`${what} ${is}, not ${should}`);
	return found;
}

function compare(title, list, { status, answers }) {
	const wrong = [];
	list.forEach((one, i) => {
		const answer = answers[i];
		const found = answer === undefined || answer.id !== one.id ? ['no answer in its place'] : faults(one, answer);
		if (found.length > 0) wrong.push(`${one.id}: ${found.join('; ')}`);
	});
	const truth = wrong.length === 0 && list.length > 0 && status === 0;
	console.log(`${truth ? 'ok' : 'not ok'} ${title}: ${list.length - wrong.length} of ${list.length}`);
	for (const line of wrong.slice(0, 40)) console.log(`  ${line}`);
	if (!truth) process.exitCode = 1;
}

compare('the published cases of genai-prices agree to the last digit', asked, ask(asked, '--catalog', catalogue));

// The built-in book holds the same figures for the providers it covers.
const book = fs.readFileSync('models/price/prices.csv', 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
const providers = new Set(book.slice(1).map((line) => line.split(',')[0]));
const covered = asked.filter(({ extractor }) => providers.has(extractor.provider_id));
compare('the built-in price book agrees with the cases of its providers', covered, ask(covered));

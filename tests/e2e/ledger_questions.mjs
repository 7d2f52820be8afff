// What is asked of a ledger from the terminal: reports, fleets, workloads and the doctor.
import { answer, columns, end, file, folder, near, run, same, test, yes } from './_say.mjs';

const data = folder('questions');
const start = 1785542400; // 2026-08-01T00:00:00Z
const rows = [];
for (let hour = 0; hour < 72; hour++) {
	rows.push(`a${hour},${start + hour * 3600},openai,gpt-4o,chat,1000,200`);
	rows.push(`b${hour},${start + hour * 3600 + 60},acme,house-8b,search,500,50`);
}
const usage = file('questions.csv', `id,at,provider,model,workload,in_uncached,out_visible\n${rows.join('\n')}\n`);

test('the ledger takes the rows', () => {
	same(answer(['collect', 'usage-csv', usage, '--data', data]).facts.taken, rows.length, 'taken');
});

test('a partly priced total says which share of its tokens is priced', () => {
	const { facts } = answer(['report', 'usage', '--data', data]);
	near(facts.priced_share, 72 * 1200 / (72 * 1750), 1e-12, 'priced share');
	same(facts.unpriced_tokens, 72 * 550, 'unpriced tokens');
	// 2.50 and 10 USD a Mtok.
	same(facts.amount, '0.324', 'amount');
});

test('a group that nobody can price has no amount instead of zero', () => {
	const table = columns(answer(['report', 'usage', '--by', 'model', '--data', data]));
	same(table.amount[table.model.indexOf('house-8b')], null, 'amount');
});

test('the days of any zone add to the range', () => {
	for (const zone of ['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Auckland']) {
		const config = file('zone.conf', `[report]\nzone = ${zone}\n`);
		const reply = answer(['report', 'usage', '--by', 'day', '--data', data, '--config', config]);
		const table = columns(reply);
		same(table.in_uncached.reduce((sum, tokens) => sum + tokens, 0), reply.facts.in_uncached, `sum of the days in ${zone}`);
	}
});

test('a range is half open and in the words of the reporting zone', () => {
	const { facts } = answer(['report', 'usage', '--from', '2026-08-02', '--to', '2026-08-03', '--data', data]);
	same(facts.requests, 48, 'requests of one day');
});

for (const [args, word] of [
	[['--by', 'modle'], 'model'], [['--from', 'yesterday'], 'yesterday'], [['--status', 'bad'], 'bad'],
	[['--from', '2026-08-03', '--to', '2026-08-02'], '2026-08-03'], [['--form', 'x'], '--from'], [['--by', 'day,hour'], 'two'],
]) {
	test(`report usage ${args.join(' ')} is answered with a sentence and exit 2`, () => {
		const done = run(['report', 'usage', ...args, '--data', data]);
		same(done.status, 2, 'exit');
		yes(done.err.includes(word) && done.err.trim().split('\n').length === 1, `the sentence: ${done.err}`);
	});
}

test('a fleet keeps what is not named again and comes back to the digit', () => {
	same(run(['fleet', 'set', 'pair', '--gpu-hour', '2.123456789', '--throughput-tok-s', '3000.5', '--data', data]).status, 0, 'exit');
	same(run(['fleet', 'set', 'pair', '--redundancy', '1', '--data', data]).status, 0, 'exit');
	const table = columns(answer(['fleet', 'list', '--data', data]));
	same([table.gpu_hour, table.throughput_tok_s, table.redundancy], [['2.123456789'], ['3000.5'], ['1']], 'the fleet');
});

test('a fleet without people is not taken for free of people', () => {
	same(columns(answer(['fleet', 'list', '--data', data])).ops_month, ['3750'], 'ops a month');
});

test('a fleet that a workload names cannot be removed', () => {
	same(run(['workload', 'set', 'chat', '--fleet', 'pair', '--data', data]).status, 0, 'exit');
	const done = run(['fleet', 'remove', 'pair', '--data', data]);
	same(done.status, 2, 'exit');
	yes(done.err.includes('chat'), `the sentence names the workload: ${done.err}`);
});

test('a workload that names no fleet there is, is refused', () => {
	same(run(['workload', 'set', 'chat', '--fleet', 'nowhere', '--data', data]).status, 2, 'exit');
});

test('a closed model that nobody prices is refused by its name', () => {
	const done = run(['report', 'breakeven', '--closed_model', 'no-such-model', '--data', data]);
	same(done.status, 2, 'exit');
	yes(done.err.includes('no-such-model'), `the sentence: ${done.err}`);
});

test('the published price of a GPU comes with its date and its quartiles', () => {
	const table = columns(answer(['report', 'breakeven', '--gpu', 'H100 SXM', '--data', data]));
	const source = table.source[table.input.indexOf('self_hosted.gpu_hour')];
	yes(/median .* offers up to 20\d\d-\d\d-\d\d.* quartiles \$\d/.test(source), `the source: ${source}`);
	same(run(['report', 'breakeven', '--gpu', 'H1000', '--data', data]).status, 2, 'exit for an unknown GPU');
});

test('published GPU prices are told with quartiles, dates and age', () => {
	const table = columns(answer(['report', 'gpu_prices', '--gpu', 'h100 sxm', '--rental', 'on-demand', '--data', data]));
	same([...new Set(table.gpu)], ['H100 SXM'], 'the accelerator');
	table.median.forEach((median, i) => yes(+table.low[i] <= +median && +median <= +table.high[i] && table.age_days[i] >= 0, `row ${i}`));
	same(run(['report', 'gpu_prices', '--rental', 'weekly', '--data', data]).status, 2, 'exit for an unknown rental');
});

test('the doctor names the model without a price and the age of the book', () => {
	const table = columns(answer(['doctor', '--data', data]));
	const says = (check) => table.says[table.check.indexOf(check)];
	yes(says('prices').includes('acme/house-8b'), says('prices'));
	yes(/last checked \d+ days ago/.test(says('price book')), says('price book'));
	same(table.state[table.check.indexOf('rollups')], 'ok', 'rollups');
});

test('a closed model that was named without its provider is told with the provider that lists it', () => {
	const { facts, notes } = answer(['report', 'breakeven', '--closed-model', 'claude-sonnet-4-5', '--data', data]);
	same(facts.closed_provider, 'anthropic', 'provider');
	yes(!JSON.stringify(notes).includes('null'), `notes: ${notes}`);
});

for (const [args, word] of [
	[['--closed-model', 'gpt4o'], 'the nearest is gpt-4o'],
	[['--closed-provider', 'opnai', '--closed-model', 'gpt-4o'], 'the nearest is openai'],
	[['--gpu', 'h100'], 'H100 SXM, H100 PCIe'], [['--gpu', 'abacus'], 'there are prices for H100 SXM'],
])
	test(`report breakeven ${args.join(' ')} is answered with what may be meant`, () => {
		const done = run(['report', 'breakeven', ...args, '--data', data]);
		same(done.status, 2, 'exit');
		yes(done.err.includes(word), `the sentence: ${done.err}`);
	});

test('solve reads the report of what was measured as it is', () => {
	const scenario = run(['report', 'scenario', '--data', data, '--format', 'json']).out;
	const solved = run(['solve', '-', '--format', 'json'], scenario);
	same(solved.status, 0, 'exit');
	near(JSON.parse(solved.out).facts.closed_month, answer(['report', 'breakeven', '--data', data]).facts.closed_month, 1e-9, 'closed a month');
});

test('calls that reported no tokens are a hole and not a zero', () => {
	const failed = folder('failed');
	const silent = file('failed.csv', 'at,provider,model,status,in_uncached\n2026-08-01T00:00:00Z,openai,gpt-4o,error,\n2026-08-02T00:00:00Z,openai,gpt-4o,error,\n');
	same(answer(['collect', 'usage-csv', silent, '--data', failed]).facts.taken, 2, 'taken');
	const usage = answer(['report', 'usage', '--data', failed]);
	same([usage.facts.requests, usage.facts.tokens, usage.facts.in_uncached, usage.facts.amount], [2, null, null, null], 'facts');
	yes(usage.headline.includes('none reports its tokens'), usage.headline);
	yes(!/import some/.test(answer(['report', 'breakeven', '--data', failed]).headline), 'the ledger is not said to be empty');
	const doctor = columns(answer(['doctor', '--data', failed]));
	same(doctor.state[doctor.check.indexOf('silent calls')], 'look', 'doctor');
});

test('a fleet out of bounds is refused in the units that were typed', () => {
	const done = run(['fleet', 'set', 'off', '--gpu-hour', '-2', '--throughput-tok-s', '1', '--data', data]);
	same([done.status, done.err], [2, "breakeven fleet: fleet 'off': gpu_hour: -2 is not between 0 and 1000000\n"], 'the refusal');
	const misspelt = run(['fleet', 'set', 'off', '--gpu-huor', '2', '--data', data]);
	yes(misspelt.err.includes("the nearest is '--gpu-hour'"), misspelt.err);
});

test('a workload may name a model before it has a price, and is told so', () => {
	const done = run(['workload', 'set', 'search', '--closed-model', 'not-yet-1', '--data', data]);
	same(done.status, 0, 'exit');
	yes(done.err.includes("'not-yet-1'"), done.err);
});

test('files before a failed one are in, and are told in JSON as well', () => {
	const done = run(['collect', 'usage-csv', usage, 'nowhere.csv', '--data', data, '--format', 'json']);
	same([done.status, JSON.parse(done.out).facts.repeated], [2, rows.length], 'exit and repeated');
});

test('invoices of one currency are money, and a sum that some lines have no part in says so', () => {
	const billed = folder('billed');
	const period = '2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,2026-08-01T00:00:00Z,2026-08-02T00:00:00Z';
	const focus = file('focus.csv', 'BilledCost,EffectiveCost,ListCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ServiceName,ProviderName,ChargeCategory,ChargeDescription\n' +
		`8.50,8.50,10,USD,${period},API,Acme,Usage,a\n1.25,1.25,,USD,${period},API,Acme,Usage,b\n`);
	same(answer(['collect', 'focus-csv', focus, '--data', billed]).facts.taken, 2, 'taken');
	const reply = answer(['report', 'invoices', '--data', billed]);
	same([reply.facts.billed, reply.headline], ['9.75', '$9.75 billed and $9.75 effective on 2 invoice lines.'], 'answer');
	same(reply.columns.find((column) => column.name === 'billed').unit, 'USD', 'unit');
	same(reply.notes, ['1 of 2 lines say nothing of list: that sum is of the others'], 'notes');
});

test('a currency that nothing can be converted to is refused', () => {
	const config = file('currency.conf', '[report]\ncurrency = EUR\n');
	const done = run(['report', 'usage', '--data', data, '--config', config]);
	same(done.status, 2, 'exit');
	yes(done.err.includes('exchange rates'), done.err);
});

test('a dry run makes no ledger where there is none', () => {
	const nowhere = `${folder('dry')}/none`;
	same(answer(['collect', 'usage-csv', usage, '--data', nowhere, '--dry-run']).facts.taken, rows.length, 'would be taken');
	const done = run(['report', 'usage', '--data', nowhere]);
	same(done.status, 2, 'exit');
	yes(done.err.includes('No such file'), done.err);
});

test('a month that was carried on from hours is called that in the headline', () => {
	const short = folder('short');
	const hours = file('short.csv', 'at,provider,model,in_uncached,out_visible\n2026-08-01T00:00:00Z,openai,gpt-4o,1000,100\n2026-08-01T03:00:00Z,openai,gpt-4o,1000,100\n');
	same(answer(['collect', 'usage-csv', hours, '--data', short]).facts.taken, 2, 'taken');
	yes(answer(['report', 'breakeven', '--data', short]).headline.includes('tokens a month (carried on from 3 hours) cost'), 'short');
	yes(!answer(['report', 'breakeven', '--data', data]).headline.includes('carried on'), 'three days');
});

end();

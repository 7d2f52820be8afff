// The reports behind the pages: heat map, periods, reconciliation, drawers, what lacks a name or a price.
import { answer, columns, end, file, folder, near, run, same, test, yes } from './_say.mjs';

const data = folder('ledger');
const report = (name, ...args) => answer(['report', name, ...args, '--data', data]);
// The columns of one table by name.
const table = (reply, name) => columns({ columns: reply.columns.filter((column) => column.table === name) });
const refused = (args, ...words) => {
	const done = run(['report', ...args, '--data', data]);
	same(done.status, 2, `exit of ${args.join(' ')}`);
	for (const word of words) yes(done.err.includes(word), `${word} in: ${done.err}`);
};

// Four whole weeks of August and September 2026 by hour: twice as much at 10:00 as at any other hour; in the
// second half there is a model that nobody prices, and one model ends.
const lines = ['at,id,provider,model,workload,account,project,key,requests,in_uncached,out_visible'];
const begin = Date.UTC(2026, 7, 3);
for (let hour = 0; hour < 28 * 24; hour++) {
	const at = new Date(begin + hour * 36e5).toISOString(), load = hour % 24 === 10 ? 2 : 1;
	lines.push(`${at},a-${hour},openai,gpt-4o,chat,acme,web,main,${load},${load * 1000},${load * 100}`);
	if (hour % 12 === 0 && hour < 14 * 24) lines.push(`${at},b-${hour},anthropic,claude-sonnet-4-5,,acme,batch,job,1,5000,0`);
	if (hour % 24 === 0 && hour >= 14 * 24) lines.push(`${at},c-${hour},in-house,tuned-7b,,lab,,,1,300,30`);
}
same(run(['collect', 'usage-csv', file('usage.csv', `${lines.join('\n')}\n`), '--data', data]).status, 0, 'exit of the import');

test('an hour of the week is told per hour of the range, and the peak over the mean hour', () => {
	const reply = report('heatmap'), week = columns(reply);
	same(week.hour_of_week.length, 168, 'hours of the week');
	near(week.hours.reduce((sum, hours) => sum + hours, 0), 28 * 24, 1e-12, 'hours');
	same([week.weekday[34], week.hour[34], week.mean_tokens[34], week.tokens[34]], ['Tuesday', '10:00', 2200, 8800], 'Tuesday at 10');
	same([week.mean_requests[33], week.mean_tokens[33]], [1, 1100], 'Tuesday at 9');
	const usage = report('usage').facts;
	same(week.tokens.reduce((sum, tokens) => sum + tokens, 0), usage.tokens, 'all tokens');
	near(week.amount.reduce((sum, amount) => sum + Number(amount), 0), Number(usage.amount), 1e-12, 'all amounts');
	// Monday 00:00 also holds the two models that come once or twice a day: (4 * 1100 + 2 * 5000 + 2 * 330) / 4.
	near(reply.facts.peak_to_mean, week.mean_tokens[0] / (usage.tokens / 672), 1e-12, 'peak to mean');
	same([reply.facts.peak, week.mean_tokens[0]], ['Monday 00:00', 3765], 'the peak');
});

test('the heat map is of the reporting zone, and of what is asked for', () => {
	const config = file('kolkata.conf', '[report]\nzone = Asia/Kolkata\n');
	const week = columns(answer(['report', 'heatmap', '--model', 'gpt-4o', '--data', data, '--config', config]));
	same([week.weekday[15], week.hour[15], week.tokens[15] > week.tokens[14]], ['Monday', '15:00', true], '10:00 UTC is 15:30 in Kolkata');
	same(report('heatmap', '--workload', 'chat', '--measure', 'requests').facts.peak_mean, 2, 'requests of the peak');
	same(report('heatmap', '--measure', 'amount').facts.measure, 'amount', 'the measure');
});

test('a heat map of nothing has no peak', () => {
	const { facts, headline } = report('heatmap', '--model', 'no-such');
	same([facts.peak, facts.peak_to_mean, facts.busiest_hour], [null, null, null], 'the peak');
	yes(/holds no tokens/.test(headline), headline);
});

test('a range is set beside as many days before it, with what is new and what is gone', () => {
	const reply = report('compare', '--from', '2026-08-17', '--to', '2026-08-31'), rows = columns(reply);
	same([reply.facts.before_from, reply.facts.before_to, reply.facts.before_counted_in], ['2026-08-03T00:00:00Z', '2026-08-17T00:00:00Z', 'days'], 'the period before');
	same([rows.model, rows.state], [['claude-sonnet-4-5', 'tuned-7b', 'gpt-4o'], ['gone', 'new', 'both']], 'states, the largest move first');
	same([reply.facts.new, reply.facts.gone], [1, 1], 'new and gone');
	same([reply.facts.tokens, reply.facts.before_tokens, reply.facts.tokens_difference], [385000 + 4620, 385000 + 140000, 4620 - 140000], 'tokens');
	const gone = rows.model.indexOf('claude-sonnet-4-5');
	same([rows.tokens[gone], rows.tokens_difference[gone], rows.tokens_change[gone], rows.amount_difference[gone]], [0, -140000, -1, '-0.42'], 'what is gone');
});

test('the difference of an amount that is partly unpriced is unknown, and what can be compared is told', () => {
	const reply = report('compare', '--from', '2026-08-17', '--to', '2026-08-31'), rows = columns(reply);
	same([reply.facts.amount_difference, reply.facts.amount_change, reply.facts.comparable_difference], [null, null, '-0.42'], 'the amounts');
	const fresh = rows.model.indexOf('tuned-7b');
	same([rows.amount[fresh], rows.before_amount[fresh], rows.amount_difference[fresh], rows.tokens_change[fresh]], [null, '0', null, null], 'what is new');
	same(rows.amount_difference[rows.model.indexOf('gpt-4o')], '0', 'what stayed');
	yes(reply.notes.some((note) => note.startsWith('4620 tokens')), `a note: ${reply.notes}`);
});

test('whole months are set beside whole months, and other periods where they are named', () => {
	same(report('compare', '--from', '2026-08-01', '--to', '2026-09-01').facts.before_from, '2026-07-01T00:00:00Z', 'the month before');
	same(report('compare', '--from', '2026-08-17T12:00:00Z', '--to', '2026-08-17T18:00:00Z').facts.before_from, '2026-08-17T06:00:00Z', 'six hours before');
	const given = report('compare', '--from', '2026-08-17', '--to', '2026-08-18', '--before-from', '2026-08-03').facts;
	same([given.before_to, given.before_counted_in], ['2026-08-04T00:00:00Z', 'given'], 'the same length');
	refused(['compare', '--before-from', '2026-08-09', '--before-to', '2026-08-03'], 'before_from', '2026-08-09', '2026-08-03');
	refused(['compare', '--by', 'colour'], 'by', "'colour'", 'workload');
});

test('a period before the ledger begins is unknown and not zero', () => {
	const reply = report('compare', '--from', '2026-08-03', '--to', '2026-08-10');
	same([reply.facts.before_tokens, reply.facts.before_amount, reply.facts.new], [null, null, null], 'the period before');
	yes(/nothing of the period before/.test(reply.headline), reply.headline);
});

test('what has no workload and what has no price are told by their names, with what to do', () => {
	const reply = report('unattributed'), { facts } = reply;
	same([facts.unattributed_tokens, facts.unattributed_requests, facts.unpriced_tokens], [140000 + 4620, 42, 4620], 'the sums');
	near(facts.unattributed_share, 144620 / facts.tokens, 1e-12, 'share');
	same([table(reply, 'project').name, table(reply, 'project').tokens], [['batch', '(none)'], [140000, 4620]], 'by project');
	same(table(reply, 'model').amount, ['0.42', null], 'amounts by model');
	const unpriced = table(reply, 'unpriced');
	same([unpriced.provider, unpriced.model, unpriced.lines, unpriced.tokens], [['in-house'], ['tuned-7b'], [14], [4620]], 'unpriced');
	yes(unpriced.do[0].includes("'tuned-7b'") && unpriced.do[0].includes('collect prices-csv'), unpriced.do[0]);
	same(report('usage', '--workload', '(none)').facts.tokens, 144620, 'asked for as it is shown');
});

test('a number opens to its lines, page by page, each line once', () => {
	const all = [];
	let after, pages = 0;
	do {
		const reply = report('explain', '--workload', 'chat', '--from', '2026-08-10', '--to', '2026-08-12', '--limit', '7', ...(after ? ['--after', after] : []));
		same([reply.facts.lines, reply.facts.tokens], [48, 48 * 1100 + 2 * 1100], 'the total on every page');
		all.push(...columns(reply).id);
		after = reply.facts.next;
	} while (after && ++pages < 20);
	same(all, Array.from({ length: 48 }, (_, i) => `a-${168 + i}`), 'the lines');
});

test('lines of one instant part between pages as they stand', () => {
	const twins = folder('twins'), rows = ['at,id,provider,model,in_uncached,out_visible'];
	for (let i = 0; i < 25; i++) rows.push(`2026-08-01T00:00:00Z,same-${i},openai,gpt-4o,${i},1`);
	same(run(['collect', 'usage-csv', file('twins.csv', `${rows.join('\n')}\n`), '--data', twins]).status, 0, 'exit');
	const seen = new Set();
	for (let after = null, pages = 0; pages < 9; pages++) {
		const reply = answer(['report', 'explain', '--limit', '4', '--data', twins, ...(after ? ['--after', after] : [])]);
		for (const id of columns(reply).id) yes(!seen.has(id) && seen.add(id), `${id} came twice`);
		after = reply.facts.next;
		if (!after) break;
	}
	same(seen.size, 25, 'lines seen');
});

test('a line names the price row that made its amount, and the row says from where', () => {
	const line = columns(report('explain', '--model', 'gpt-4o', '--limit', '1'));
	same([line.id[0], line.state[0], line.in_uncached[0], line.out_visible[0], line.status[0]], ['a-0', 'priced', 1000, 100, 'ok'], 'the line');
	const row = report('price', '--id', String(line.price[0])), rates = columns(row);
	const book = columns(report('prices', '--model', 'gpt-4o'));
	same(book.model[book.id.indexOf(line.price[0])], 'gpt-4o', 'the row in the list of prices');
	same([row.facts.provider, row.facts.model, row.facts.state, row.facts.service_tier], ['openai', 'gpt-4o', 'priced', 'standard'], 'the row');
	yes(/^https:\/\//.test(row.facts.source_url) && /^built-in /.test(row.facts.source), 'its source');
	const rate = (item) => Number(rates.rate[rates.item.indexOf(item)]);
	near(Number(line.amount[0]), (1000 * rate('in_uncached') + 100 * rate('out_visible')) / 1e6, 1e-12, 'the amount by hand');
	const none = columns(report('explain', '--model', 'tuned-7b', '--limit', '1'));
	same([none.state[0], none.amount[0], none.price[0]], ['unpriced', null, null], 'a line without a price');
});

test('a page of lines and a price row that cannot be are refused by name and value', () => {
	refused(['explain', '--limit', '0'], 'limit', '0', '1000');
	refused(['explain', '--limit', '2.5'], 'limit', '2.5', 'whole');
	refused(['explain', '--after', 'yesterday'], 'after', "'yesterday'", 'next');
	refused(['explain', '--status', 'fine'], 'status', "'fine'", 'timeout');
	refused(['price'], 'id');
	refused(['price', '--id', '12.5'], 'id', '12.5');
	const gone = run(['report', 'price', '--id', '99999999', '--data', data]);
	yes(gone.status === 2 && gone.err.includes('99999999'), `no such row: ${gone.status} ${gone.err}`);
});

// ---- invoices

const books = folder('books');
{
	const usage = ['at,id,provider,model,in_uncached,out_visible'];
	// 400 USD a month of gpt-4o (2.50 and 10 USD a million), for OpenAI in July and August; Claude in August only.
	for (const month of ['07', '08']) for (let day = 1; day <= 20; day++)
		usage.push(`2026-${month}-${String(day).padStart(2, '0')}T12:00:00Z,o-${month}-${day},openai,gpt-4o,4000000,1000000`);
	usage.push('2026-08-05T12:00:00Z,c-1,anthropic,claude-sonnet-4-5,10000000,0', '2026-08-06T12:00:00Z,x-1,mistral,no-such-model,5000,10');
	same(run(['collect', 'usage-csv', file('metered.csv', `${usage.join('\n')}\n`), '--data', books]).status, 0, 'exit of the usage');
	const focus = ['BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargeClass,ChargeDescription,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,InvoiceId,ProviderName,ServiceName,ConsumedQuantity,ConsumedUnit'];
	const charge = (provider, month, amount, { category = 'Usage', description = 'Tokens', unit = '', currency = 'USD', kind = '', billed = month, effective = amount } = {}) => {
		const next = (m) => String(Number(m) + 1).padStart(2, '0');
		focus.push(`${amount},${currency},2026-${billed}-01T00:00:00Z,2026-${next(billed)}-01T00:00:00Z,${category},${kind},${description},2026-${month}-01T00:00:00Z,2026-${next(month)}-01T00:00:00Z,${effective},INV-${provider.slice(0, 3)}-${billed},${provider},API,${unit ? 1 : ''},${unit}`);
	};
	charge('"OpenAI, LLC"', '07', 401.5);
	charge('"OpenAI, LLC"', '08', 400, { unit: 'Tokens' });
	charge('"OpenAI, LLC"', '08', -50, { category: 'Credit', description: 'Promotion' });
	charge('"OpenAI, LLC"', '08', 76, { category: 'Tax', description: 'VAT' });
	charge('"OpenAI, LLC"', '08', 12, { description: 'Web search', unit: 'Requests' });
	charge('"OpenAI, LLC"', '07', -3, { kind: 'Correction', billed: '08', description: 'Correction of July' });
	charge('Anthropic', '08', 75);
	charge('Cohere', '08', 5);
	charge('Mistral AI', '08', 9, { currency: 'EUR' });
	const done = run(['collect', 'focus-csv', file('focus.csv', `${focus.join('\n')}\n`), '--data', books]);
	same(done.status, 0, `exit of the invoices: ${done.err}`);
}
const tied = (...args) => {
	const reply = answer(['report', 'reconcile', ...args, '--data', books]), rows = table(reply, 'months');
	const row = (month, provider) => {
		const i = rows.month.findIndex((m, k) => m === month && rows.provider[k] === provider);
		yes(i >= 0, `${month} ${provider} among ${rows.month.map((m, k) => `${m} ${rows.provider[k]}`)}`);
		return Object.fromEntries(Object.entries(rows).map(([name, values]) => [name, values[i]]));
	};
	return { reply, row, rows };
};

test('an invoice within half a percent of the metered cost ties, whatever its provider is called', () => {
	const july = tied().row('2026-07', 'OpenAI, LLC');
	same([july.state, july.billed, july.metered, july.difference, july.tolerance, july.usage_provider], ['tie', '401.5', '400', '1.5', '2.0075', 'openai'], 'July');
});

test('a difference is named by credits, taxes, charges that no meter sees and adjustments', () => {
	const august = tied().row('2026-08', 'OpenAI, LLC');
	same([august.state, august.billed, august.difference, august.unexplained], ['explained', '435', '35', '0'], 'August');
	same([august.tokens, august.credits, august.taxes, august.unmetered, august.adjustments], ['400', '-50', '76', '12', '-3'], 'its parts');
	for (const word of ['credits', 'taxes', 'unmetered', 'adjustments']) yes(august.says.includes(word), august.says);
});

test('a correction belongs to the month of its bill, and on accrual to the month it corrects', () => {
	const accrual = tied('--basis', 'effective');
	same([accrual.row('2026-07', 'OpenAI, LLC').adjustments, accrual.row('2026-08', 'OpenAI, LLC').adjustments], ['-3', '0'], 'adjustments');
	same(accrual.reply.facts.basis, 'effective', 'the basis');
});

test('what no line of the invoice accounts for is an exception with its amount', () => {
	const claude = tied().row('2026-08', 'Anthropic');
	same([claude.state, claude.metered, claude.unexplained, claude.tolerance], ['exception', '60', '15', '1'], 'Anthropic');
	yes(claude.says.includes('$15.00') && claude.says.includes('$14.00'), claude.says);
});

test('credits that hide a difference do not make it tie', () => {
	// Accrued 18,240.55; billed 18,301.12 of which -50 is a credit: 110.57 more than metered, which is 0.60 %.
	const accrued = folder('accrued');
	same(run(['collect', 'usage-csv', file('accrued.csv', 'at,id,provider,model,in_uncached\n' + Array.from({ length: 100 }, (_, i) => `2026-08-02T00:00:00Z,u-${i},openai,gpt-4o,72962200\n`).join('')), '--data', accrued]).status, 0, 'exit');
	const head = 'BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,ProviderName,ServiceName';
	const line = (amount, category) => `${amount},USD,2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,${category},2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,${amount},OpenAI,API`;
	same(run(['collect', 'focus-csv', file('bill.csv', `${[head, line('18351.12', 'Usage'), line('-50', 'Credit')].join('\n')}\n`), '--data', accrued]).status, 0, 'exit');
	const rows = table(answer(['report', 'reconcile', '--data', accrued]), 'months');
	same([rows.state[0], rows.billed[0], rows.metered[0], rows.difference[0], rows.unexplained[0], rows.credits[0]], ['exception', '18301.12', '18240.55', '60.57', '110.57', '-50'], 'August');
});

test('an invoice without usage, usage without an invoice and another currency are said and not compared', () => {
	const { reply, row, rows } = tied();
	same([row('2026-08', 'Cohere').state, row('2026-08', 'Cohere').difference], ['no usage', null], 'Cohere');
	const mistral = rows.state.filter((_, i) => rows.provider[i] === 'Mistral AI').sort();
	same(mistral, ['no invoice', 'other currency'], 'Mistral');
	const unmatched = table(reply, 'unmatched');
	same([unmatched.name, unmatched.side], [['Cohere'], ['invoices']], 'unmatched');
	same([reply.facts.tie, reply.facts.explained, reply.facts.exceptions, reply.facts.no_usage, reply.facts.no_invoice, reply.facts.other_currency], [1, 1, 1, 1, 1, 1], 'counts');
	same(reply.facts.unexplained, '16.5', 'all that is unexplained');
});

test('a bill is of the month of its dates wherever it is read, and a range takes whole months', () => {
	const west = file('west.conf', '[report]\nzone = America/New_York\n');
	const moved = answer(['report', 'reconcile', '--data', books, '--config', west]);
	same(table(moved, 'months').month, tied().rows.month, 'months');
	same([moved.facts.tie, moved.facts.explained, moved.facts.exceptions], [1, 1, 1], 'what ties');
	yes(moved.notes[0].includes('days of UTC') && moved.notes[0].includes('America/New_York'), moved.notes[0]);
	same(tied().reply.notes ?? [], [], 'notes in UTC');
	const periods = table(answer(['report', 'invoices', '--by', 'period', '--from', '2026-08-01', '--to', '2026-09-01', '--data', books, '--config', west]));
	same([[...new Set(periods.period)], periods.lines.reduce((a, b) => a + b, 0)], [['2026-08-01'], 7], 'invoices of August');
	const late = file('late-month.conf', '[report]\nmonth_start = 15\n');
	yes(answer(['report', 'reconcile', '--data', books, '--config', late]).notes[0].includes('end in a later month than they begin in: '), 'what covers two months is told');
	same([...new Set(tied('--from', '2026-08-10', '--to', '2026-08-11').rows.month)], ['2026-08'], 'months');
	same([...new Set(tied('--provider', 'OPENAI').rows.provider)], ['OpenAI, LLC'], 'one provider');
	const done = run(['report', 'reconcile', '--basis', 'accrual', '--data', books]);
	same(done.status, 2, 'exit');
	for (const word of ['basis', "'accrual'", 'effective']) yes(done.err.includes(word), done.err);
});

// ---- settings, workloads, fleets

test('every setting is there with its value, its origin and what is allowed', () => {
	const config = file('own.conf', '[report]\nmonth_start = 15\n');
	const reply = answer(['report', 'settings', '--data', data, '--config', config]), rows = columns(reply);
	const at = rows.key.indexOf('report.month_start');
	same([rows.value[at], rows.default[at], rows.origin[at], rows.section[at]], ['15', '1', 'file', 'report'], 'the month start');
	yes(rows.allowed[at].includes('28') && rows.text[at].length > 10 && rows.variable[at] === 'BREAKEVEN_REPORT_MONTH_START', 'its help');
	same([rows.origin[rows.key.indexOf('data')], reply.facts.changed], ['given', 2], 'what was changed');
});

test('workloads and fleets are reports and lists of one content', () => {
	same(run(['fleet', 'set', 'pair', '--gpu-hour', '2.5', '--throughput-tok-s', '3000', '--data', data]).status, 0, 'exit');
	same(run(['workload', 'set', 'chat', '--fleet', 'pair', '--owner', 'team', '--data', data]).status, 0, 'exit');
	same(run(['workload', 'set', 'planned', '--owner', 'team', '--data', data]).status, 0, 'exit');
	same(report('workloads'), answer(['workload', 'list', '--data', data]), 'workloads');
	same(report('fleets'), answer(['fleet', 'list', '--data', data]), 'fleets');
	const rows = columns(report('workloads'));
	same([rows.name, rows.in_ledger], [['chat', '(none)', 'planned'], [true, true, false]], 'names');
	same(columns(report('fleets')).name, ['pair'], 'fleets');
});

end();

// Invoices of several providers beside each other: what was billed and what it was for, commitments used and not, credits,
// taxes and corrections, and what of it the meter explains.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, run, scratchPath, test } from '../api/_daemon.mjs';

const data = scratchPath('invoices');
const report = (...args) => JSON.parse(run('report', ...args, '--data', data, '--format', 'json').stdout);
const rows = (answer, table) => {
	const columns = answer.columns.filter((column) => !table || column.table === table);
	return columns[0].values.map((_, i) => Object.fromEntries(columns.map((column) => [column.name, column.values[i]])));
};
const by = (name, ...more) => Object.fromEntries(rows(report('invoices', '--by', name, ...more)).map((row) => [row[name], row]));
const collect = (...args) => { const done = run('collect', ...args, '--data', data); assert.equal(done.status, 0, done.stderr); return done.stdout; };
const write = (name, text) => { const file = scratchPath(name); fs.writeFileSync(file, text); return file; };

await test('of a report of AWS, commitments used and not used are told apart, and what was paid for is counted once', () => {
	collect('aws-cur', 'tests/fixtures/aws-cur/lines.in');
	const aws = by('commitment', '--provider', 'AWS');
	assert.equal(aws.Used.effective, '31.1');
	assert.equal(aws.Unused.effective, '40');
	assert.equal(aws.Unused.billed, '0');
	const category = by('category', '--provider', 'AWS');
	assert.equal(category.Tax.billed, '10.25');
	assert.equal(category.Credit.billed, '-100');
	assert.equal(category.Purchase.billed, '2001');
	assert.equal(by('class', '--provider', 'AWS').Correction.billed, '-3');
});

await test('of an export of Google Cloud, cost and credits together are what is due, each currency by itself', () => {
	collect('gcp-billing', 'tests/fixtures/gcp-billing/lines.in');
	const answer = rows(report('invoices', '--by', 'category', '--provider', 'Google Cloud'));
	const find = (category, currency) => answer.find((row) => row.category === category && row.currency === currency);
	assert.equal(find('Usage', 'USD').billed, '3.25');
	assert.equal(find('Credit', 'USD').billed, '-0.75');
	assert.equal(find('Tax', 'EUR').billed, '0.09625');
	assert.equal(find('Adjustment', 'USD').billed, '-2.996');
});

await test("Anthropic's cents are dollars, and its console's dollars are dollars", () => {
	collect('anthropic-cost', 'tests/fixtures/anthropic-cost/sample.in', '--account', 'api');
	collect('anthropic-cost-csv', 'tests/fixtures/anthropic-cost-csv/sample.in', '--account', 'console');
	const service = by('service', '--provider', 'anthropic');
	assert.equal(service.tokens.billed, '4.120625');
	assert.equal(service.web_search.billed, '0.06');
	assert.equal(service.token.billed, '4.23');
});

await test('what is billed beside tokens is named, and explains why it is not what the meter says', () => {
	collect('usage-csv', write('usage.csv', 'id,at,provider,model,requests,in_uncached\nu1,2026-09-02T12:00:00Z,openai,gpt-4o-2024-08-06,1000,100000000\n'));
	const metered = Number(report('usage', '--from', '2026-09-01', '--to', '2026-10-01').facts.amount);
	assert.ok(metered > 100, `${metered} USD are metered`);
	const from = Date.UTC(2026, 8, 2) / 1000, amount = (value) => ({ value, currency: 'usd' });
	collect('openai-costs', write('costs.json', JSON.stringify({ object: 'page', data: [{ object: 'bucket', start_time: from, end_time: from + 86400, results: [
		{ object: 'organization.costs.result', amount: amount(String(metered)), line_item: 'gpt-4o-2024-08-06, input', quantity: 100000000, quantity_unit: 'tokens' },
		{ object: 'organization.costs.result', amount: amount(25), line_item: 'web search tool calls' },
		{ object: 'organization.costs.result', amount: amount(-40), line_item: 'service credit' }] }], has_more: false, next_page: null })));
	const [month] = rows(report('reconcile', '--provider', 'openai'), 'months').filter((row) => row.month === '2026-09');
	assert.equal(month.state, 'explained');
	assert.equal(Number(month.unexplained), 0);
	assert.equal(month.unmetered, '25');
	assert.equal(month.credits, '-40');
	assert.equal(Number(month.difference), -15);
});

await test('the newest export of a month replaces the one before it', () => {
	const bill = (text) => write('bill.csv', `date,provider,service,amount\n${text}`);
	collect('invoice-csv', bill('2026-09-03,DemoCloud,a,1\n2026-09-03,DemoCloud,b,2\n'));
	assert.match(collect('invoice-csv', bill('2026-09-03,DemoCloud,a,1.5\n'), '--replace', '--format', 'text'), /0 taken, 1 replaced, 1 removed/);
	const again = JSON.parse(collect('invoice-csv', bill('2026-09-03,DemoCloud,a,1.5\n'), '--replace', '--format', 'json')).facts;
	assert.deepEqual([again.taken, again.repeated, again.replaced, again.removed], [0, 1, 0, 0]);
	assert.equal(by('provider', '--provider', 'DemoCloud').DemoCloud.billed, '1.5');
	const wrong = run('collect', 'usage-csv', scratchPath('usage.csv'), '--replace', '--data', data);
	assert.equal(wrong.status, 2);
	assert.match(wrong.stderr, /to replace is for invoices, and this is usage-csv/);
});

await test('charges that came by two ways for the same days are told, and how the newer of two exports is taken', () => {
	collect('openai-cost-csv', 'tests/fixtures/openai-cost-csv/sample.in', '--account', 'a');
	collect('openai-costs', 'tests/fixtures/openai-costs/sample.in', '--account', 'b');
	const twice = rows(report('doctor')).filter((row) => row.check === 'invoices twice').map((row) => row.says);
	assert.ok(twice.some((says) => /charges of openai came by openai-cost-csv and by openai-costs for the same day/.test(says)), twice.join());
	const newer = run('collect', 'invoice-csv', write('bill.csv', 'date,provider,service,amount\n2026-09-03,DemoCloud,a,9\n'), '--data', data, '--format', 'text');
	assert.match(newer.stdout, /1 conflicting(.|\n)*replace/);
});

await test('where months begin after those of UTC, the bill of the open month is not that of the closed one', () => {
	const own = ['--data', scratchPath('west'), '--config', write('west.conf', '[report]\nzone = America/New_York\n')];
	const go = (...args) => { const done = run(...args, ...own, '--format', 'json'); assert.equal(done.status, 0, done.stderr); return JSON.parse(done.stdout); };
	const bills = (amount) => write('west.csv', `date,provider,service,amount\n2026-08-01,DemoCloud,a,${amount}\n2026-09-01,DemoCloud,a,${amount}\n`);
	go('collect', 'usage-csv', write('west-usage.csv', 'id,at,provider,model,in_uncached\nu1,2026-08-02T12:00:00Z,democloud,m,1\nu2,2026-09-02T12:00:00Z,democloud,m,1\n'));
	go('collect', 'invoice-csv', bills(1));
	go('month', 'close', '2026-08');
	go('collect', 'invoice-csv', bills(3), '--replace');
	const months = rows(go('report', 'reconcile'), 'months');
	assert.deepEqual(months.map((row) => [row.month, row.tokens, row.adjustments]), [['2026-08', '1', '0'], ['2026-09', '3', '2']]);
});
end();

// The invoices page: a sentence for each provider and month, sums on both bases, and what the terminal says.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, run, scratchPath, serve, test } from '../api/_daemon.mjs';
import { launch, open, shut, violations } from './_browser.mjs';

const books = scratchPath('books');
const usage = ['at,id,provider,model,in_uncached,out_visible'];
for (const month of ['07', '08']) for (let day = 1; day <= 20; day++)
	usage.push(`2026-${month}-${String(day).padStart(2, '0')}T12:00:00Z,o-${month}-${day},openai,gpt-4o,4000000,1000000`);
usage.push('2026-08-05T12:00:00Z,c-1,anthropic,claude-sonnet-4-5,10000000,0');
const focus = ['BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargeDescription,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,InvoiceId,ProviderName,ServiceName'];
const charge = (provider, month, amount, category = 'Usage') => focus.push(`${amount},USD,2026-${month}-01T00:00:00Z,2026-0${Number(month) + 1}-01T00:00:00Z,${category},Charge,2026-${month}-01T00:00:00Z,2026-0${Number(month) + 1}-01T00:00:00Z,${amount},INV-${provider.slice(0, 3)}-${month},${provider},API`);
charge('OpenAI', '07', 400);
charge('OpenAI', '08', 400);
charge('OpenAI', '08', 76, 'Tax');
charge('Anthropic', '08', 75);
const write = (name, lines) => { fs.writeFileSync(scratchPath(name), `${lines.join('\n')}\n`); return scratchPath(name); };
assert.equal(run('collect', 'usage-csv', write('usage.csv', usage), '--data', books).status, 0);

const daemon = await serve(['--data', books]), base = daemon.url, browser = await launch();
const text = (page, selector) => page.locator(selector).innerText();

await test('without an invoice the page says what to bring and what was metered', async () => {
	const page = await open(browser, base, '?page=invoices');
	assert.match(await text(page, '#content'), /breakeven collect focus-csv/);
	assert.match(await text(page, '#ties-title'), /\$860\.00 were metered without an invoice/);
	assert.deepEqual(await violations(page), []);
	await shut(page);
});

const came = run('collect', 'focus-csv', write('focus.csv', focus), '--data', books);
assert.equal(came.status, 0, came.stderr);

for (const [theme, width] of [['light', 1440], ['dark', 360]]) await test(`invoices: axe, width, complaints, ${theme}, ${width} px`, async () => {
	const page = await open(browser, base, '?page=invoices', { width, height: 800, theme, reducedMotion: 'reduce' });
	for (const summary of await page.locator('summary').all()) await summary.click();
	assert.deepEqual(await violations(page), []);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('each provider and month has its sentence with the difference named', async () => {
	const page = await open(browser, base, '?page=invoices'), said = await page.locator('.says li').allInnerTexts();
	const of = (...words) => said.find((line) => words.every((word) => line.includes(word))) || assert.fail(`${words} in ${said.join(' | ')}`);
	assert.match(of('OpenAI', 'July 2026'), /exactly what was metered/);
	assert.match(of('OpenAI', 'August 2026'), /\$76\.00 more than the \$400\.00 metered.*taxes \$76\.00/s);
	assert.match(of('Anthropic', 'August 2026'), /\$15\.00 more than the \$60\.00 metered.*unexplained/s);
	assert.equal(await page.locator('.tag.exception').count(), 1);
	assert.match(await text(page, '#headline'), /^1 of 3 invoices does not tie with the meter: \$15\.00 unexplained$/);
	await shut(page);
});

await test('its sums are those of the terminal, on either basis, and open to their parts', async () => {
	const page = await open(browser, base, '?page=invoices&basis=effective&sum=invoice');
	const { facts } = JSON.parse(run('report', 'reconcile', '--basis', 'effective', '--data', books, '--format', 'json').stdout);
	const shown = await page.locator('#figures dd:not(.more)').allInnerTexts();
	assert.deepEqual(shown.slice(2).map((each) => Number(each.replace(/[+$,]/g, ''))), [facts.compared, facts.metered, facts.difference].map(Number));
	assert.equal(await page.locator('#sums tbody tr').count(), 3);
	await page.locator('#figures [data-open=difference]').click();
	assert.match(await text(page, '#drawer'), /Taxes\s+\$76\.00/);
	await page.keyboard.press('Escape');
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await browser.close();
await daemon.stop();
end();

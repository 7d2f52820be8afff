// The usage page: its numbers are the terminal's, its tables are behind its charts, its address is its state.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { launch, open, ready, shut, violations } from './_browser.mjs';

const data = scratchPath('ledger');
const file = writeUsage('usage.csv', { weeks: 9 });
// What belongs to no workload, and a day on which nothing came.
fs.appendFileSync(file, '2026-09-20T10:00:00Z,lone-1,openai,gpt-4o,,1,5000,0,500\n');
fs.writeFileSync(file, fs.readFileSync(file, 'utf8').split('\n').filter((line) => !line.startsWith('2026-09-09')).join('\n'));
assert.equal(run('collect', 'usage-csv', file, '--data', data).status, 0);
const daemon = await serve(['--data', data]), base = daemon.url, browser = await launch();
const report = (...args) => JSON.parse(run('report', ...args, '--data', data, '--format', 'json').stdout);
const said = (...args) => run('report', ...args, '--data', data, '--format', 'text').stdout;
const text = (page, selector) => page.locator(selector).innerText();
const range = ['--from', '2026-08-30T23:00:00Z', '--to', '2026-09-27T23:00:01Z'];

for (const [theme, width] of [['light', 1440], ['dark', 360]]) await test(`usage, opened and split by model: axe, width, complaints, ${theme}, ${width} px`, async () => {
	const page = await open(browser, base, '?page=usage&by=model', { width, height: 800, theme, reducedMotion: 'reduce' });
	await page.locator('#time-table summary').click();
	await page.locator('#time-table tbody tr').nth(4).waitFor();
	assert.deepEqual(await violations(page), []);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('its sums, its period before and its moves are those of the terminal', async () => {
	const page = await open(browser, base, '?page=usage');
	const { facts, columns } = report('compare', ...range), line = said('usage', ...range);
	const [, tokens, requests] = /([\d.]+ \w+) tokens in ([\d.]+ \w+) requests/.exec(line);
	const shown = await page.locator('#figures dd:not(.more)').allInnerTexts();
	assert.equal(shown[0], tokens);
	assert.equal(shown[1], requests);
	assert.ok(line.includes(shown[2]), `${shown[2]} in ${line}`);
	assert.ok(facts.before_tokens > 0);
	assert.ok((await text(page, '#figures > div:first-child')).includes('before'));
	assert.equal(await page.locator('#moves tbody tr').count(), columns[0].values.length);
	assert.equal(await page.locator('#moves tbody th').first().innerText(), columns[0].values[0]);
	await shut(page);
});

await test('a period before that the ledger holds only in part is said to be, and nothing is claimed from it', async () => {
	const page = await open(browser, base, '?page=usage&range=custom&from=2026-08-05&to=2026-09-14&over=day');
	assert.match(await text(page, '#content'), /period before is not complete/i);
	assert.doesNotMatch(await text(page, '#headline'), /than/);
	await page.locator('#time-table summary').click();
	// 41 days earlier: before the ledger begins, and a day within it.
	await page.locator('#time-table tbody tr').nth(30).waitFor();
	const before = async (day) => (await page.locator('#time-table tbody tr', { hasText: day }).locator('td').allInnerTexts()).at(-2);
	assert.equal(await before('2026-08-26'), '–');
	const [, tokens] = /([\d.]+ \w+) tokens in/.exec(said('usage', '--from', '2026-07-31', '--to', '2026-08-01'));
	assert.equal(await before('2026-09-10'), tokens);
	await shut(page);
});

await test('what has no price and what has no workload is told with what to do', async () => {
	const page = await open(browser, base, '?page=usage'), lacking = await text(page, '#lacking');
	assert.match(lacking, /tuned-7b/);
	assert.match(lacking, /breakeven collect prices-csv/);
	assert.match(lacking, /--workload/);
	assert.match(await text(page, '#lacking-title'), /belong to no workload/);
	await shut(page);
});

await test('a day without a line stays a day, with nothing in it', async () => {
	const page = await open(browser, base, '?page=usage&over=day');
	await page.locator('#time-table summary').click();
	const row = page.locator('#time-table tr', { hasText: '2026-09-09' });
	assert.match(await row.innerText(), /2026-09-09\s+0/);
	await shut(page);
});

await test('the week is a table of 168 hours in its zone, walked by arrow keys, equal to the terminal\'s', async () => {
	const page = await open(browser, base, '?page=usage'), { facts } = report('heatmap', ...range);
	assert.equal(await page.locator('.week td').count(), 168);
	assert.match(await text(page, '#week-title'), new RegExp(`^${facts.peak} .* ${facts.peak_to_mean.toFixed(2)} times`));
	assert.match(await text(page, '#week'), /Hours are those of UTC/);
	await page.locator('.week td[tabindex="0"]').focus();
	const at = facts.peak_hour_of_week;
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowDown');
	assert.equal(await page.evaluate(() => Number(document.activeElement.dataset.hour)), (at + 25) % 168);
	assert.match(await text(page, '#week-says'), /UTC: .* tokens, .* requests, \$/);
	assert.equal(await page.locator('.week td[tabindex="0"]').count(), 1);
	await shut(page);
});

await test('its choices are in the address: split, step, beside; back undoes them', async () => {
	const page = await open(browser, base, '?page=usage');
	const before = await text(page, '#time-title');
	await page.locator('#more [data-state=by]').selectOption('workload');
	await page.waitForFunction((old) => document.querySelector('#time-title').innerText !== old, before);
	assert.match(await text(page, '#time-title'), /^code carries \d/);
	await page.locator('#more [data-state=beside]').selectOption('nothing');
	await page.waitForFunction(() => !document.querySelector('#moves'));
	assert.match(page.url(), /by=workload&beside=nothing/);
	await page.goBack();
	await page.locator('#moves').waitFor();
	await page.goBack();
	await page.waitForFunction((old) => document.querySelector('#time-title').innerText === old, before);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('a number opens by Enter, leads to its lines, and Escape gives the focus back', async () => {
	const page = await open(browser, base, '?page=usage&workload=chat');
	const number = page.locator('#figures [data-open=amount]');
	await number.focus();
	await page.keyboard.press('Enter');
	await page.locator('#drawer[open]').waitFor();
	assert.match(page.url(), /open=amount/);
	assert.equal(await text(page, '#drawer .worth'), await number.innerText());
	assert.deepEqual(await violations(page), []);
	await page.keyboard.press('Escape');
	await page.waitForFunction(() => !location.search.includes('open='));
	assert.equal(await page.evaluate(() => document.activeElement.dataset.open), 'amount');
	await page.goto(`${base}?page=usage&workload=chat&open=amount`);
	await ready(page);
	assert.equal(await page.locator('#drawer[open]').count(), 1);
	await page.locator('#drawer .ways a').first().click();
	await ready(page);
	await page.locator('h1.list').waitFor();
	const { facts } = report('explain', '--workload', 'chat', ...range);
	assert.ok((await text(page, 'h1.list')).startsWith(facts.lines.toLocaleString('en-US')), await text(page, 'h1.list'));
	const first = await text(page, '#content tbody tr:first-child');
	await page.getByRole('link', { name: 'Next page' }).click();
	await page.waitForFunction((old) => document.querySelector('#content tbody tr').innerText !== old, first);
	await page.locator('[data-open^=price-]').first().click();
	await page.locator('#drawer h3').first().waitFor();
	assert.match(await text(page, '#drawer'), /openai\/gpt-4o/);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('on paper every number stands, dark on light, whatever the theme', async () => {
	const page = await open(browser, base, '?page=usage', { width: 720, theme: 'dark' });
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	assert.ok(await page.locator('#figures [data-open=amount]').isVisible());
	assert.equal(await page.locator('#more').isVisible(), false);
	assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
	await page.evaluate(() => dispatchEvent(new Event('afterprint')));
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), undefined);
	const pdf = await page.pdf({ format: 'A4' }), sheets = pdf.toString('latin1').match(/\/Type *\/Page\b/g).length;
	assert.ok(sheets >= 2 && sheets <= 5, `${sheets} sheets`);
	await shut(page);
});

await test('a chart is taken away as a picture with its finding on it', async () => {
	const page = await open(browser, base, '?page=usage');
	const [got] = await Promise.all([page.waitForEvent('download'), page.locator('[data-png=time-canvas]').click()]);
	const bytes = fs.readFileSync(await got.path());
	assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
	assert.ok(bytes.readUInt32BE(16) > 600 && bytes.readUInt32BE(20) > 400);
	assert.equal(got.suggestedFilename(), 'breakeven-time.png');
	await shut(page);
});

await test('a range that holds nothing says what the ledger holds', async () => {
	const page = await open(browser, base, '?page=usage&range=custom&from=2020-01-01&to=2020-02-01');
	await page.getByRole('button', { name: 'Show all data' }).click();
	await page.locator('#figures').waitFor();
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await browser.close();
await daemon.stop();
end();

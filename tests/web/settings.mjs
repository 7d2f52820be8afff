// Settings, prices and imports: what the program goes by, read and never changed here.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { launch, open, violations } from './_browser.mjs';

const data = scratchPath('ledger'), config = scratchPath('own.conf');
fs.writeFileSync(config, '[report]\nzone = Europe/Berlin\nmonth_start = 15\n');
assert.equal(run('collect', 'usage-csv', writeUsage('usage.csv', { weeks: 3 }), '--data', data).status, 0);
assert.equal(run('fleet', 'set', 'pair', '--gpu-hour', '2.5', '--throughput-tok-s', '3000', '--data', data).status, 0);
assert.equal(run('workload', 'set', 'chat', '--fleet', 'pair', '--owner', 'team', '--data', data).status, 0);
const daemon = await serve(['--data', data, '--config', config]), base = daemon.url, browser = await launch();
const text = (page, selector) => page.locator(selector).innerText();
const report = (...args) => JSON.parse(run('report', ...args, '--data', data, '--config', config, '--format', 'json').stdout);

for (const [theme, width] of [['light', 1440], ['dark', 360]]) for (const query of ['?page=settings', '?page=lines']) await test(`${query}: axe, width, complaints, ${theme}, ${width} px`, async () => {
	const page = await open(browser, base, query, { width, height: 800, theme, reducedMotion: 'reduce' });
	assert.deepEqual(await violations(page), []);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

await test('every setting is there once with its value, its origin and where to change it', async () => {
	const page = await open(browser, base, '?page=settings'), { columns } = report('settings'), of = (name) => columns.find((c) => c.name === name).values;
	assert.equal(await page.locator('.settings tbody tr').count(), of('key').length);
	assert.match(await text(page, 'h1'), /Europe\/Berlin, months begin on day 15/);
	const row = page.locator('.settings tr', { hasText: 'BREAKEVEN_REPORT_MONTH_START' });
	assert.match(await row.innerText(), /15\s+file\s+1\s+\[report\] month_start/);
	assert.equal(await page.locator('#content button:not([aria-label^="Copy"])').count(), 0);
	await page.context().close();
});

await test('workloads and fleets are told with the command that changes them', async () => {
	const page = await open(browser, base, '?page=settings');
	assert.match(await text(page, '#workloads'), /chat\s+team\s+what was used\s+pair/);
	assert.match(await text(page, '#workloads-title'), /^1 of 2 workloads have no fleet/);
	assert.match(await text(page, '#fleets'), /\$2\.50/);
	for (const command of ['breakeven workload set', 'breakeven fleet set', 'breakeven config check']) assert.ok((await text(page, '#content')).includes(command), command);
	await page.context().close();
});

await test('prices that changed are those of the dated rows, and old ones are said to be', async () => {
	const page = await open(browser, base, '?page=prices'), { columns } = report('prices', '--all', 'yes');
	const of = Object.fromEntries(columns.map((c) => [c.name, c.values])), i = of.model.findIndex((model, k) => model === 'o3' && of.from[k] && of.provider[k] === 'openai');
	const row = await page.locator('#changes tr:has(td.name:text-is("o3"))').innerText();
	assert.ok(row.includes(`$${Number(of.input[i]).toFixed(2)}`) && row.includes(`$${Number(of.output[i]).toFixed(2)}`), `${row}: ${of.input[i]} ${of.output[i]}`);
	for (const note of report('prices').notes || []) assert.ok((await text(page, '.notes')).toLowerCase().includes(note.toLowerCase()));
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

await test('the imports page takes another file', async () => {
	const page = await open(browser, base, '?page=runs'), more = scratchPath('more.csv');
	const before = await page.locator('#rows tbody tr').count();
	fs.writeFileSync(more, 'at,id,provider,model,in_uncached,out_visible\n2026-09-20T10:00:00Z,new-1,openai,gpt-4o,1000,100\n');
	await page.locator('#file').setInputFiles(more);
	await page.locator('#file-workload').fill('by-hand');
	await page.locator('#store').click();
	await page.locator('#stored').click();
	await page.waitForFunction((n) => document.querySelectorAll('#rows tbody tr').length === n + 1, before);
	assert.equal(report('usage', '--workload', 'by-hand').facts.requests, 1);
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

await browser.close();
await daemon.stop();
end();

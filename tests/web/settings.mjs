// Settings, prices and imports: what the program goes by, and what can be changed of it in its place.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { launch, open, shut, violations } from './_browser.mjs';

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
	await shut(page);
});

await test('every setting is there once with its value, its origin and where to change it', async () => {
	const page = await open(browser, base, '?page=settings'), { columns } = report('settings'), of = (name) => columns.find((c) => c.name === name).values;
	assert.equal(await page.locator('.settings tbody tr').count(), of('key').length);
	assert.match(await text(page, 'h1'), /Europe\/Berlin, months begin on day 15/);
	const row = page.locator('.settings tr', { hasText: 'BREAKEVEN_REPORT_MONTH_START' });
	assert.match(await row.innerText(), /15\s+file\s+default 1\s+\[report\] month_start/);
	// What a file says is not changed here, nor how the daemon is served.
	assert.equal(await page.locator('[id="set-report.month_start"], [id="set-report.zone"], [id^="set-serve."], [id="set-report.currency"]').count(), 0);
	assert.equal(await page.locator('[id="set-report.stale_price_days"]').count(), 1);
	await shut(page);
});

await test('a setting is changed in its place, gone by in the terminal too, and put back', async () => {
	const page = await open(browser, base, '?page=settings'), value = (key) => { const { columns } = report('settings'), of = (name) => columns.find((c) => c.name === name).values; return of('value')[of('key').indexOf(key)]; };
	const box = page.locator('[id="set-self_hosted.headroom"]');
	await box.fill('0.6');
	await box.press('Enter');
	await page.waitForFunction(() => /is kept/.test(document.querySelector('#settings-says').textContent));
	assert.equal(value('self_hosted.headroom'), '0.6');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'set-self_hosted.headroom');
	const row = page.locator('.settings tr', { hasText: 'BREAKEVEN_SELF_HOSTED_HEADROOM' });
	assert.match(await row.innerText(), /set here/);
	assert.deepEqual(await violations(page), []);
	await row.locator('button').click();
	await page.waitForFunction(() => document.querySelector('[id="set-self_hosted.headroom"]').value === '0.7');
	assert.equal(value('self_hosted.headroom'), '0.7');
	await page.locator('[id="set-self_hosted.scaling"]').selectOption('autoscale');
	await page.waitForFunction(() => /Scaling is kept/.test(document.querySelector('#settings-says').textContent));
	assert.equal(value('self_hosted.scaling'), 'autoscale');
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('a wrong value is refused beside its field, and nothing changes', async () => {
	const page = await open(browser, base, '?page=settings'), box = page.locator('[id="set-report.stale_price_days"]');
	await box.fill('-3');
	await box.press('Enter');
	await page.locator('.settings .wrong:visible').waitFor();
	assert.match(await text(page, '.settings .wrong:visible'), /allowed is a whole number/);
	assert.ok(await page.locator('.settings tr', { hasText: 'STALE_PRICE_DAYS' }).locator('.wrong').isVisible());
	assert.deepEqual(await violations(page), []);
	assert.ok(JSON.stringify(report('settings')).includes('stale_price_days'));
	await shut(page);
});

await test('a fleet is described and a workload given to it, in forms that say what is wrong where', async () => {
	const page = await open(browser, base, '?page=settings');
	await page.locator('#new-fleet').click();
	assert.equal(await page.evaluate(() => document.activeElement.id), 'edit-fleet-name');
	await page.locator('#edit-fleet-name').fill('trio');
	await page.locator('#edit-fleet-gpu_hour').fill('2.1');
	await page.locator('#edit-fleet button[type=submit]').click();
	await page.locator('.edit .wrong:visible').waitFor();
	assert.match(await page.locator('label', { has: page.locator('#edit-fleet-throughput_tok_s') }).innerText(), /needs/);
	await page.locator('#edit-fleet-throughput_tok_s').fill('4500');
	assert.deepEqual(await violations(page), []);
	await page.locator('#edit-fleet button[type=submit]').click();
	await page.waitForFunction(() => /2 fleets/.test(document.querySelector('#fleets-title').textContent));
	await page.locator('[aria-label="Change code"]').click();
	await page.locator('#edit-workload-fleet').selectOption('trio');
	await page.locator('#edit-workload button[type=submit]').click();
	await page.waitForFunction(() => /each with its fleet/.test(document.querySelector('#workloads-title').textContent));
	const { columns } = report('workloads'), of = (name) => columns.find((c) => c.name === name).values;
	assert.equal(of('fleet')[of('name').indexOf('code')], 'trio');
	await page.locator('[aria-label="Change trio"]').click();
	await page.getByRole('button', { name: 'Remove this fleet' }).click();
	await page.locator('.edit .wrong:visible').waitFor();
	assert.match(await text(page, '.edit .wrong:visible'), /used by workload 'code'/);
	assert.equal(run('workload', 'set', 'code', '--fleet', '', '--data', data).status, 0);
	await page.getByRole('button', { name: 'Remove this fleet' }).click();
	await page.waitForFunction(() => /^One fleet/.test(document.querySelector('#fleets-title').textContent));
	await shut(page);
});

await test('a rule that is added, changed and removed moves usage at once', async () => {
	const page = await open(browser, base, '?page=settings'), teams = () => { const { columns } = report('usage', '--by', 'team'); return columns.find((c) => c.name === 'team').values; };
	await page.locator('#new-rule').click();
	await page.locator('#edit-rule-model').fill('gpt-*');
	await page.locator('#edit-rule-team').fill('support');
	await page.locator('#edit-rule button[type=submit]').click();
	await page.waitForFunction(() => /^One rule says/.test(document.querySelector('#rules-title').textContent));
	assert.ok(teams().includes('support'));
	assert.match(await text(page, '#rules tbody'), /model gpt-\*\s+team support/);
	await page.locator('[aria-label^="Change rule"]').click();
	await page.locator('#edit-rule-team').fill('core');
	assert.deepEqual(await violations(page), []);
	await page.locator('#edit-rule button[type=submit]').click();
	await page.waitForFunction(() => /team core/.test(document.querySelector('#rules').innerText));
	assert.ok(teams().includes('core') && !teams().includes('support'));
	await page.locator('[aria-label^="Change rule"]').click();
	await page.getByRole('button', { name: 'Remove this rule' }).click();
	await page.waitForFunction(() => /^No rule says/.test(document.querySelector('#rules-title').textContent));
	assert.ok(!teams().includes('core'));
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('workloads and fleets are told', async () => {
	const page = await open(browser, base, '?page=settings');
	assert.match(await text(page, '#workloads'), /chat\s+team\s+what was used\s+pair/);
	assert.match(await text(page, '#workloads-title'), /^1 of 2 workloads have no fleet/);
	assert.match(await text(page, '#fleets'), /\$2\.50/);
	for (const command of ['breakeven config check']) assert.ok((await text(page, '#content')).includes(command), command);
	await shut(page);
});

await test('another way to write figures holds on every page and in what is taken away', async () => {
	const page = await open(browser, base, '?page=settings');
	await page.locator('[id="set-report.numbers"]').selectOption('comma');
	await page.waitForFunction(() => /Numbers is kept/.test(document.querySelector('#settings-says').textContent));
	for (const query of ['', '?page=usage', '?page=invoices', '?page=compare', '?page=fleet']) {
		await page.goto(base + query);
		await page.waitForFunction(() => document.documentElement.dataset.ready && !document.querySelector('#main').hasAttribute('aria-busy'));
		const said = (await text(page, '#content')).replaceAll('\u2060', '');
		assert.deepEqual(said.match(/\$\d{1,3},\d{3}\b|\$\d+\.\d{1,2}(?!\d)|\d\.\d %|\d\.\d+ (bn|M|k)\b/g), null, query);
		if (query === '' || query === '?page=usage') assert.match(said, /\d,\d %/, query);
	}
	await page.goto(base);
	await page.locator('#curve-csv').waitFor();
	const [file] = await Promise.all([page.waitForEvent('download'), page.locator('#curve-csv').click()]);
	const lines = fs.readFileSync(await file.path(), 'utf8').split('\r\n');
	assert.equal(lines[0], '\ufeffvolume (Mtok/month);closed (USD/month);self_hosted (USD/month)');
	assert.ok(lines.slice(1).some((line) => /^\d+,\d+;/.test(line)) && lines.slice(1, -1).every((line) => line.split(';').length === 3));
	assert.equal(run('config', 'check', config).status, 0);
	await page.goto(`${base}?page=settings`);
	await page.locator('[id="set-report.numbers"]').selectOption('point');
	await page.waitForFunction(() => /Numbers is kept/.test(document.querySelector('#settings-says').textContent));
	await shut(page);
});

await test('prices that changed are those of the dated rows, and old ones are said to be', async () => {
	const page = await open(browser, base, '?page=prices'), { columns } = report('prices', '--all', 'yes');
	const of = Object.fromEntries(columns.map((c) => [c.name, c.values])), i = of.model.findIndex((model, k) => model === 'o3' && of.from[k] && of.provider[k] === 'openai');
	const row = await page.locator('#changes tr:has(td.name:text-is("o3"))').innerText();
	assert.ok(row.includes(`$${Number(of.input[i]).toFixed(2)}`) && row.includes(`$${Number(of.output[i]).toFixed(2)}`), `${row}: ${of.input[i]} ${of.output[i]}`);
	for (const note of report('prices').notes || []) assert.ok((await text(page, '.notes')).toLowerCase().includes(note.toLowerCase()));
	assert.deepEqual(page.complaints, []);
	await shut(page);
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

	const bill = scratchPath('bill.csv'), bring = async (text) => { fs.writeFileSync(bill, `date,provider,service,amount\n${text}`); await page.locator('#file').setInputFiles(bill); };
	await bring('2026-09-03,DemoCloud,a,1\n2026-09-03,DemoCloud,b,2\n');
	assert.equal(await page.locator('#file-format option[value="aws-cur"]').count(), 1);
	await page.locator('#store').click();
	await page.locator('#stored').waitFor();
	await bring('2026-09-03,DemoCloud,a,1.5\n');
	await page.locator('#dropped', { hasText: '1 in conflict' }).waitFor();
	await page.locator('#file-format').selectOption('invoice-csv');
	await page.locator('#file-replace').click();
	await page.locator('#dropped', { hasText: '1 replaced, 1 removed' }).waitFor();
	await page.locator('#store').click();
	await page.locator('#dropped', { hasText: 'bill.csv: charges of any provider' }).locator('#stored').waitFor();
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await browser.close();
await daemon.stop();
end();

// The Fleet page: plans for the measured traffic, cheapest first, as the terminal has them; one is picked, and the curves go by it.
import assert from 'node:assert/strict';
import { end, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { SCREENS, launch, open, ready, shut, sound, violations } from './_browser.mjs';

const data = scratchPath('ledger');
assert.equal(run('collect', 'usage-csv', writeUsage('usage.csv', { weeks: 3 }), '--data', data).status, 0);
const daemon = await serve(['--data', data]), base = daemon.url, browser = await launch();
const report = (...args) => JSON.parse(run('report', ...args, '--data', data, '--format', 'json').stdout);
const band = (...ends) => ends.map((end) => (ends.some((each) => each >= 999.995) ? `$${Math.round(end).toLocaleString('en-US')}` : money(end))).join(' to ');
const money = (value) => `$${value >= 999.995 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)}`;

for (const screen of SCREENS) await test(`axe, width, complaints: both themes, ${screen.width} px`, async () => {
	const page = await open(browser, base, '?page=fleet', screen);
	await sound(page);
	await shut(page);
});

await test('plans and their bands are those of the terminal, in its order', async () => {
	const page = await open(browser, base, '?page=fleet&serve_model=Llama-3.1-8B'), { columns } = report('planner', '--model', 'Llama-3.1-8B'), of = (name) => columns.find((c) => c.name === name).values;
	await page.locator('#plans summary').click();
	const shown = await page.locator('#plans tbody tr').evaluateAll((list) => list.map((tr) => [...tr.cells].map((c) => c.innerText)));
	assert.equal(shown.length, of('gpu').length);
	shown.forEach((cells, i) => {
		assert.equal(cells[0], `${of('tp')[i]} × ${of('gpu')[i]}, ${of('precision')[i].toUpperCase()}`);
		assert.equal(cells[1], String(of('gpus')[i]));
		assert.equal(cells[2].replace(/\s+/g, ' '), `${money(of('usd_month')[i])} ${band(of('usd_month_low')[i], of('usd_month_high')[i])}`);
	});
	await page.locator('#plans [data-open=plan-0]').first().click();
	assert.match(await page.locator('#drawer').innerText(), /What limits it/);
	assert.deepEqual(await violations(page), []);
	await shut(page);
});

await test('a tighter promise is asked again and stands in the address', async () => {
	const page = await open(browser, base, '?page=fleet'), before = await page.locator('#plans tbody tr').count();
	await page.locator('#serve_tp').selectOption('1');
	await page.waitForFunction(() => [...document.querySelectorAll('#plans tbody th')].every((th) => th.textContent.startsWith('1 ×')));
	await page.locator('#serve_ttft_ms').fill('400');
	await page.locator('#serve_ttft_ms').press('Enter');
	await page.waitForFunction(() => /within 400 ms/.test(document.querySelector('#plans').innerText));
	assert.match(page.url(), /serve_ttft_ms=400/);
	assert.ok(before > 0);
	await shut(page);
});

await test('a model or a time that is not understood is told beside its field', async () => {
	const page = await open(browser, base, '?page=fleet');
	page.complaints.length = 0;
	await page.locator('#serve_model').fill('Lama-3.3-70B');
	await page.locator('#serve_model').press('Enter');
	await page.locator('label:has(#serve_model) .wrong').waitFor();
	assert.match(await page.locator('label:has(#serve_model) .wrong').innerText(), /Llama-3\.3-70B/);
	assert.deepEqual(await violations(page), []);
	await shut(page);
});

await test('a plan that is picked is what the curves are drawn with, and can be kept as a fleet', async () => {
	const page = await open(browser, base, '?page=fleet&serve_model=Llama-3.1-8B'), { columns } = report('planner', '--model', 'Llama-3.1-8B'), of = (name) => columns.find((c) => c.name === name).values;
	await page.locator('#plans .whole button').first().click();
	await page.waitForFunction(() => /Kept as the fleet/.test(document.querySelector('#plans').innerText));
	const fleets = report('fleets').columns;
	assert.equal(fleets.find((c) => c.name === 'name').values[0], `Llama-3.1-8B ${of('gpu')[0]} ${of('precision')[0]}`);
	assert.equal(Number(fleets.find((c) => c.name === 'gpu_hour').values[0]), of('usd_gpu_hour')[0]);
	const kept = (name) => fleets.find((c) => c.name === name).values[0];
	for (const [name, planned] of [['throughput_tok_s', 'total_tok_s'], ['throughput_low_tok_s', 'total_tok_s_low'], ['throughput_high_tok_s', 'total_tok_s_high']]) assert.ok(Math.abs(Number(kept(name)) / of(planned)[0] - 1) < 1e-5, name);
	assert.equal(kept('throughput_source'), of('throughput_source')[0]);
	assert.equal(kept('throughput_origin'), of('origin')[0] === 'measured here' ? 'measured' : 'assumed');
	await page.locator('#plans .whole a').first().click();
	await page.waitForFunction(() => document.querySelector('[id="w-self_hosted.gpu_hour"]'));
	await ready(page);
	assert.equal(Number(await page.locator('[id="w-self_hosted.gpu_hour"]').inputValue()), of('usd_gpu_hour')[0]);
	assert.equal(Number(await page.locator('[id="w-self_hosted.gpus_per_replica"]').inputValue()), of('tp')[0]);
	assert.ok(Math.abs(Number(await page.locator('[id="w-self_hosted.throughput_tok_s"]').inputValue()) / of('total_tok_s')[0] - 1) < 0.001);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await browser.close();
await daemon.stop();
end();

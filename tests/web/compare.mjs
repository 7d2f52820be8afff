// Compare: every input under the hand, what the engine says of it, and what-ifs that are kept.
import assert from 'node:assert/strict';
import { end, post, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { launch, open, ready, shut, violations } from './_browser.mjs';

const data = scratchPath('ledger');
assert.equal(run('collect', 'usage-csv', writeUsage('usage.csv'), '--data', data).status, 0);
const daemon = await serve(['--data', data]), base = daemon.url, browser = await launch();
const text = (page, selector) => page.locator(selector).innerText();
const scenario = { ...JSON.parse(run('report', 'scenario', '--data', data, '--format', 'json').stdout).facts.scenario, invest: { months: 24, annual_rate: 0.1, volume_growth_month: 0 } };
const whole = (value) => `$${Math.round(Math.abs(value)).toLocaleString('en-US')}`;
const cells = async (page, column) => (await page.locator(`#beside tbody tr td:nth-child(${column})`).allInnerTexts()).map((cell) => cell.replaceAll('\u2060', ''));
const quiet = { reducedMotion: 'reduce' };

for (const [theme, width, query] of [['light', 1440, ''], ['dark', 360, '&closed.by=tiers&self_hosted.gpu_hour=1.4']]) await test(`compare: axe, width, complaints, ${theme}, ${width} px`, async () => {
	const page = await open(browser, base, `?page=compare${query}`, { width, height: 800, theme, ...quiet });
	await page.locator('#g-uncertain summary').click();
	assert.deepEqual(await violations(page), []);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('every input of solve has its field, and says whether it is measured, assumed, computed or a default', async () => {
	const page = await open(browser, base, '?page=compare');
	for (const path of ['closed.price', 'closed.discount', 'closed.batch_share', 'closed.commit_month', ...['gpus_per_replica', 'gpu_hour', 'reserved_gpu_hour', 'hours_month', 'throughput_tok_s', 'headroom', 'peak_to_mean', 'capacity_mtok_month', 'replica_month',
		'scaling', 'lag_hours', 'min_replicas', 'redundancy', 'fixed_month', 'ops_month', 'per_mtok', 'upfront'].map((name) => `self_hosted.${name}`), 'volume.mtok_month', 'horizon.mtok_month', 'invest.months', 'invest.annual_rate', 'invest.volume_growth_month',
	'low.self_hosted.gpu_hour', 'high.self_hosted.gpu_hour', 'uncertain.draws', 'uncertain.seed']) assert.equal(await page.locator(`[id="w-${path}"]`).count(), 1, path);
	await page.locator('[id="w-closed.by"]').selectOption('pair');
	for (const path of ['input', 'output', 'input_per_output', 'cached_share', 'cache_read']) await page.locator(`[id="w-closed.${path}"]`).waitFor();
	await page.locator('[id="w-closed.by"]').selectOption('tiers');
	for (const path of ['tiers', 'tier_mode']) await page.locator(`[id="w-closed.${path}"]`).waitFor();
	const rows = await page.locator('#controls .control:has(input[type=number])').count();
	assert.equal(await page.locator('#controls .control:has(input[type=number]) .tag').count(), rows);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('what is measured and what is set stand side by side, as the engine has them', async () => {
	const page = await open(browser, base, '?page=compare&self_hosted.gpu_hour=1.25&low.self_hosted.gpu_hour=0.5&invest.months=36');
	const asked = structuredClone(scenario);
	asked.self_hosted.gpu_hour = 1.25;
	asked.invest.months = 36;
	const [low, likely, high] = scenario.uncertain.inputs['self_hosted.gpu_hour'];
	assert.ok(low < likely);
	asked.uncertain.inputs['self_hosted.gpu_hour'] = [0.625, 1.25, high * 1.25 / likely];
	const [{ json: { facts } }, { json: { facts: now } }] = [await post(daemon.port, '/api/v1/solve', asked), await post(daemon.port, '/api/v1/solve', scenario)];
	const before = await cells(page, 2), after = await cells(page, 3);
	assert.equal(before[1], whole(now.self_month));
	assert.equal(after[0], whole(facts.closed_month));
	assert.equal(after[1], whole(facts.self_month));
	assert.equal(after[3], `${facts.saving_month < 0 ? '−' : ''}${whole(facts.saving_month)}`);
	assert.equal(after[10], `${facts.npv < 0 ? '−' : ''}${whole(facts.npv)}`);
	const ends = after[4].split(' to ').map((end) => Number(end.replace('−', '-').replace(/[$,]/g, '')));
	assert.ok(Math.abs(ends[0] - facts.bands.p10) <= 0.51 && Math.abs(ends[1] - facts.bands.p90) <= 0.51, `${after[4]}: ${JSON.stringify(facts.bands)}`);
	await shut(page);
});

await test('curves and words follow a slider that is still held, and the address only when it is let go', async () => {
	const page = await open(browser, base, '?page=compare'), before = await text(page, '#headline');
	const move = (kind) => page.locator('[id="s-self_hosted.gpu_hour"]').evaluate((slider, name) => { slider.value = 600; slider.dispatchEvent(new Event(name)); }, kind);
	await move('input');
	await page.waitForFunction((was) => document.querySelector('#headline').innerText !== was && /^With these inputs/.test(document.querySelector('#headline').innerText), before);
	assert.ok(!page.url().includes('gpu_hour'));
	await move('change');
	await page.waitForFunction(() => location.search.includes('gpu_hour'));
	await shut(page);
});

await test('one input is reset by itself, all by one button, and back undoes either', async () => {
	const page = await open(browser, base, '?page=compare&self_hosted.gpu_hour=1.5&self_hosted.headroom=0.9');
	await page.getByRole('button', { name: 'Reset GPU price', exact: true }).click();
	await page.waitForFunction(() => !location.search.includes('gpu_hour'));
	assert.match(page.url(), /headroom=0.9/);
	await page.locator('#reset').click();
	await page.waitForFunction(() => !location.search.includes('headroom'));
	await page.goBack();
	await page.waitForFunction(() => document.getElementById('w-self_hosted.headroom').value === '90');
	await page.waitForFunction(() => /1 changed/.test(document.querySelector('#compare-over').innerText));
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('what is not allowed is told beside its field', async () => {
	const page = await open(browser, base, '?page=compare');
	await page.locator('[id="w-self_hosted.headroom"]').fill('170');
	await page.keyboard.press('Enter');
	const wrong = page.locator('.control:has([id="w-self_hosted.headroom"]) .wrong');
	await wrong.waitFor();
	assert.match(await wrong.innerText(), /must be.*170 %/);
	await page.locator('[id="w-closed.by"]').selectOption('tiers');
	await page.locator('[id="w-closed.tiers"]').fill('cheap');
	await page.keyboard.press('Enter');
	assert.match(await page.locator('.control:has([id="w-closed.tiers"]) .wrong').innerText(), /such as/);
	await shut(page);
});

await test('a what-if is kept under a name, stands beside the others, opens again and is removed', async () => {
	const page = await open(browser, base, '?page=compare&self_hosted.gpu_hour=1.5');
	await page.locator('#keep-name').fill('Cheaper GPUs');
	await page.keyboard.press('Enter');
	await page.locator('#beside th a').waitFor();
	assert.deepEqual((await cells(page, 4)).slice(0, 4), (await cells(page, 3)).slice(0, 4));
	await page.goto(`${base}?page=compare`);
	await ready(page);
	await page.locator('#beside th a', { hasText: 'Cheaper GPUs' }).click();
	await ready(page);
	await page.waitForFunction(() => document.getElementById('w-self_hosted.gpu_hour')?.value === '1.5');
	await page.getByRole('button', { name: 'Remove Cheaper GPUs' }).click();
	await page.waitForFunction(() => !document.querySelector('#beside th a'));
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('of many saved what-ifs every one comes to stand beside the others', async () => {
	const scenario = JSON.parse(run('report', 'scenario', '--data', data, '--format', 'json').stdout).facts.scenario;
	for (let i = 1; i <= 9; i++) assert.equal((await post(daemon.port, `/api/v1/scenarios/kept-${i}`, { ...scenario, volume: { mtok_month: 500 * i } })).status, 200);
	const page = await open(browser, base, '?page=compare');
	await page.waitForFunction(() => document.querySelectorAll('#beside thead th').length === 11);
	assert.deepEqual(await violations(page), []);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await browser.close();
await daemon.stop();
end();

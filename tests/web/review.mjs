// Prices that wait and lines that are repriced: seen first as the terminal has it, then really done, and taken back.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, post, run, scratchPath, serve, test } from '../api/_daemon.mjs';
import { SCREENS, launch, open, ready, shut, sound } from './_browser.mjs';

const data = scratchPath('ledger'), write = (name, text) => { fs.writeFileSync(scratchPath(name), text); return scratchPath(name); };
const usage = (...lines) => write('usage.csv', `id,at,provider,model,in_uncached,out_visible\n${lines.map((line) => `${line}\n`).join('')}`);
assert.equal(run('collect', 'usage-csv', usage('a,2026-07-03T00:00:00Z,demo,demo/alpha,1000000,0', 'b,2026-08-04T00:00:00Z,demo,demo/alpha,2000000,0', 'c,2026-09-05T00:00:00Z,demo,demo/beta,1000000,1000000'), '--data', data).status, 0);
const daemon = await serve(['--data', data]), base = daemon.url, browser = await launch();
const litellm = (models) => JSON.stringify(Object.fromEntries(Object.entries(models).map(([name, [input, output, cache]]) => [name, { litellm_provider: 'demo', mode: 'chat', input_cost_per_token: input, output_cost_per_token: output, cache_read_input_token_cost: cache }])));
const first = write('first.json', litellm({ 'demo/alpha': [3e-6, 15e-6, 3e-7], 'demo/beta': [1e-6, 2e-6] })), second = write('second.json', litellm({ 'demo/alpha': [3.6e-6, 15e-6, 2.7e-7], 'demo/gamma': [5e-7, 5e-7] }));
const asked = (...args) => JSON.parse(run(...args, '--data', data, '--format', 'json').stdout);
const values = (answer, name) => answer.columns.find((column) => column.name === name).values;
const states = () => values(asked('prices', 'history'), 'state');
const prices = () => { const answer = asked('report', 'prices', '--provider', 'demo', '--all', 'yes'); return values(answer, 'model').map((model, i) => `${model} ${values(answer, 'input')[i]} ${values(answer, 'from')[i] ?? ''}..${values(answer, 'to')[i] ?? ''}`).sort(); };
const text = (page, selector) => page.locator(selector).innerText(), here = '?page=prices';
const said = (page, pattern) => page.waitForFunction(([source]) => new RegExp(source).test(document.querySelector('#prices-says')?.textContent) && !document.querySelector('#main').hasAttribute('aria-busy'), [pattern.source]);
const cells = (page, selector) => page.locator(`${selector} tbody tr`).evaluateAll((list) => list.map((tr) => [...tr.cells].map((cell) => cell.innerText.replace(/\s+/g, ' ').trim())));
const money = (value) => (value === null ? '–' : `$${Number(value).toFixed(2)}`);

async function looks(name, act = async () => {}) {
	for (const screen of SCREENS) await test(`axe, width, complaints, ${name}: both themes, ${screen.width} px`, async () => {
		const page = await open(browser, base, here, screen);
		await act(page);
		await sound(page);
		if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name.replaceAll(' ', '-')}-${screen.width}.png`, fullPage: true });
		await shut(page);
	});
}

await looks('nothing waits');
await test('where nothing waits it says so, and how to bring one', async () => {
	const page = await open(browser, base, here);
	assert.match(await text(page, '#nothing-waits'), /No price catalogue waits/);
	assert.match(await text(page, '#catalogues'), /breakeven prices review/);
	await page.locator('#catalogue-file').setInputFiles(write('broken.json', fs.readFileSync(first, 'utf8').slice(0, -1)));
	await page.locator('#catalogues .told .warned').waitFor();
	assert.match(await text(page, '#catalogues .told .warned'), /Broken\.json: line 1/);
	assert.deepEqual(states(), []);
	await page.locator('#catalogue-file').setInputFiles(first);
	await said(page, /first\.json was read and waits/);
	assert.deepEqual(states(), ['waiting']);
	assert.deepEqual(prices(), []);
	await shut(page);
});

await test('a catalogue is applied by its button, and lines keep what they cost', async () => {
	const page = await open(browser, base, here);
	assert.match(await text(page, '#catalogue-1-title'), /^Prices of litellm wait: 2 new$/);
	await page.locator('[aria-label="Apply catalogue 1"]').click();
	await said(page, /is applied/);
	assert.deepEqual(prices(), ['demo/alpha 3 ..', 'demo/beta 1 ..']);
	assert.deepEqual(values(asked('month', 'list'), 'amount'), [null, null, null]);
	assert.deepEqual(page.complaints, []);
	assert.equal(await page.evaluate(() => document.activeElement.id), 'prices-says');
	await shut(page);
});

assert.equal(run('prices', 'review', second, '--data', data).status, 0);
await looks('one waits', async (page) => { for (const each of await page.locator('#catalogue-2 summary').all()) await each.click(); });
await test('what a catalogue would change is what the terminal says, and by how much', async () => {
	const page = await open(browser, base, here), answer = asked('prices', 'review'), row = (model) => Object.fromEntries(answer.columns.map((c) => [c.name, c.values[values(answer, 'model').indexOf(model)]]));
	const alpha = row('demo/alpha'), gamma = row('demo/gamma'), beta = row('demo/beta');
	assert.match(await text(page, '#catalogue-2-title'), /: 1 changed, 1 new, 1 ended; the largest change is \+20\.0 %$/);
	const changed = (await cells(page, '[aria-label="Prices of catalogue 2: changed"]'))[0];
	assert.equal(changed[0], 'demo/alpha demo');
	assert.equal(changed[1], `${money(alpha.input_before)} → ${money(alpha.input_after)} +20.0 %`);
	assert.equal(changed[2], `${money(alpha.output_after)} cache read $${alpha.cache_read_before}0 → $${alpha.cache_read_after} cache write ${money(alpha.cache_write_5m_before)} → ${money(alpha.cache_write_5m_after)}`);
	for (const each of await page.locator('#catalogue-2 summary').all()) await each.click();
	assert.equal((await cells(page, '[aria-label="Prices of catalogue 2: new"]'))[0].join(), `demo/gamma demo,${money(gamma.input_after)},${money(gamma.output_after)}`);
	assert.equal((await cells(page, '[aria-label="Prices of catalogue 2: ended"]'))[0].join(), `demo/beta demo,${money(beta.input_before)},${money(beta.output_before)}`);
	assert.deepEqual(prices(), ['demo/alpha 3 ..', 'demo/beta 1 ..']);
	await shut(page);
});

await test('it holds from the day that is given, and is taken back by its button', async () => {
	const page = await open(browser, base, here);
	await page.locator('#catalogue-2-from').fill('2026-08-01');
	await page.locator('[aria-label="Apply catalogue 2"]').click();
	await said(page, /holds from 1 Aug 2026/);
	assert.deepEqual(prices(), ['demo/alpha 3 ..2026-08-01', 'demo/alpha 3.6 2026-08-01..', 'demo/beta 1 ..2026-08-01', 'demo/gamma 0.5 ..']);
	await page.locator('[aria-label="Undo catalogue 1"]').click();
	await page.locator('#catalogues td .warned').waitFor();
	assert.match(await text(page, '#catalogues td .warned'), /take that back first/);
	await page.locator('[aria-label="Undo catalogue 2"]').click();
	await said(page, /undone/);
	assert.deepEqual(prices(), ['demo/alpha 3 ..', 'demo/beta 1 ..']);
	assert.deepEqual((await cells(page, '[aria-label="Price catalogues"]')).map((row) => row[3]), ['taken back', 'applied']);
	await shut(page);
});

await test('what it has no more goes on where that is ticked, and another is dismissed', async () => {
	assert.equal(run('prices', 'review', second, '--data', data).status, 0);
	const page = await open(browser, base, here);
	await page.locator('#catalogue-3-keep').check();
	await page.locator('#catalogue-3-from').fill('2026-08-01');
	await page.locator('[aria-label="Apply catalogue 3"]').click();
	await said(page, /is applied/);
	assert.ok(prices().includes('demo/beta 1 ..'), prices().join());
	assert.equal(run('prices', 'review', first, '--data', data).status, 0);
	await page.reload();
	await ready(page);
	await page.locator('[aria-label="Dismiss catalogue 4"]').click();
	await said(page, /dismissed/);
	assert.equal(states()[0], 'dismissed');
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

const look = async (page) => { await page.locator('#reprice-form button').click(); await page.locator('#reprice-seen > *').first().waitFor(); };
await looks('a repricing', look);
await test('a repricing is shown by month and model as the terminal has it, and changes nothing', async () => {
	const page = await open(browser, base, here), answer = asked('reprice'), of = (name) => values(answer, name);
	await look(page);
	assert.deepEqual(await cells(page, '#reprice-seen'), of('month').map((month, i) => [month, `${of('model')[i]} ${of('provider')[i]}`, String(of('lines')[i]), String(of('newly_priced')[i]), String(of('no_longer_priced')[i]), money(of('before')[i]), money(of('after')[i]), `+${money(of('difference')[i])}`]));
	assert.ok(of('month').length === 3);
	assert.ok((await text(page, '#reprice-confirm')).includes(`+${money(answer.facts.difference)}`));
	assert.match(await text(page, '#reprice-seen'), /No month is closed/);
	assert.deepEqual(values(asked('month', 'list'), 'amount'), [null, null, null]);
	await shut(page);
});

await test('closed months are named and stay; what is confirmed is what was seen', async () => {
	assert.equal((await post(daemon.port, '/api/v1/months/close/2026-07', {})).status, 200);
	const page = await open(browser, base, here);
	await look(page);
	assert.match(await text(page, '#reprice-seen'), /2026-07 is closed and stays as it is: 1 line there would come to \+\$3\.00 otherwise/);
	await page.locator('#reprice-model').fill('demo/alpha');
	assert.equal(await text(page, '#reprice-seen'), '', 'another question empties the answer');
	await look(page);
	assert.equal(run('collect', 'usage-csv', usage('d,2026-08-05T00:00:00Z,demo,demo/alpha,1000000,0'), '--data', data).status, 0);
	assert.equal((await post(daemon.port, '/api/v1/reprice', { model: 'demo/alpha', confirm: asked('reprice', '--model', 'demo/alpha').facts.digest })).status, 200);
	await page.locator('#reprice-confirm').click();
	await page.locator('#reprice-seen .told .warned').waitFor();
	assert.equal(values(asked('report', 'repricings'), 'id').length, 1, 'what has changed since is refused');
	await page.locator('#reprice-model').fill('');
	await look(page);
	await page.locator('#reprice-confirm').click();
	await said(page, /changed from/);
	const list = asked('report', 'repricings');
	assert.equal(list.facts.repricings, 2);
	assert.deepEqual(values(asked('month', 'list'), 'amount').slice(0, 1).concat(values(asked('month', 'list'), 'amount').slice(2)), [null, '3']);
	await look(page);
	assert.match(await text(page, '#reprice-seen .good'), /Nothing would change/);
	await page.locator('#reprice details summary').click();
	assert.deepEqual((await cells(page, '[aria-label="Repricings"]')).map((row) => row[5]), values(list, 'after').map(money));
	await shut(page);
});

await test('who may only look is told so, and the buttons rest', async () => {
	const config = scratchPath('asking.conf');
	assert.equal(run('prices', 'review', first, '--data', data).status, 0);
	fs.writeFileSync(config, '[serve]\nrequire_token = yes\n');
	const other = await serve(['--data', data, '--config', config]), link = (...more) => asked('token', 'login', '--url', other.url, ...more).facts.link;
	const page = await open(browser, other.url);
	await page.goto(link('--scope', 'read'));
	await ready(page);
	await page.goto(other.url + here);
	await ready(page);
	assert.match(await text(page, '#may-not'), /admin right/);
	for (const button of await page.locator('#content .acts button, #reprice-form button').all()) assert.equal(await button.isDisabled(), true);
	await page.goto(link('--scope', 'admin'));
	await ready(page);
	await page.goto(other.url + here);
	await ready(page);
	assert.equal(await page.locator('#may-not').count(), 0);
	const waits = states().filter((state) => state === 'waiting').length;
	assert.equal(waits, 1);
	await page.locator('[aria-label^="Dismiss catalogue"]').click();
	await said(page, /dismissed/);
	assert.ok(!states().includes('waiting'));
	await shut(page);
	await other.stop();
});

await browser.close();
await daemon.stop();
assert.equal(run('check', '--data', data).status, 0);
end();

// The Sources page against a server that speaks a provider's API: what works, what does not and why, and what one can do.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, json, run, scratchPath, serve, test } from '../api/_daemon.mjs';
import * as replays from '../replay/server.mjs';
import { expected, makeWorld, openaiUsage } from '../replay/openai_usage.mjs';
import { SCREENS, launch, open, shut, sound, violations } from './_browser.mjs';

const data = scratchPath('ledger'), config = scratchPath('own.conf'), now = Math.floor(Date.now() / 1000), key = (name, text) => { const file = scratchPath(name); fs.writeFileSync(file, text, { mode: 0o600 }); return file; };
const world = makeWorld(replays.randomOf(5), now, 24 * 20), replay = await replays.open({ seed: 5, apis: [openaiUsage(world)] });
const section = (name, more) => `[source ${name}]\ncollector = openai-usage\nurl = ${replay.url}\nallow_local = yes\nallow_plain = yes\ntrailing_hours = 144\n${more}\n`;
fs.writeFileSync(config, [section('good', `key_file = ${key('good.key', 'sk-admin-replay')}`), section('bad', `key_file = ${key('bad.key', 'sk-wrong')}\ninterval = 86400`), section('off', `key_file = ${key('off.key', 'sk-admin-replay')}\nenabled = no`)].join('\n'));
const daemon = await serve(['--data', data, '--config', config]), browser = await launch(), base = daemon.url;
const text = (page, selector) => page.locator(selector).innerText();
const sources = async () => { const { json: answer } = await json(daemon.port, '/api/v1/sources'), of = answer.columns.filter((c) => c.table === 'sources'); return Object.fromEntries(of[0].values.map((name, i) => [name, Object.fromEntries(of.map((c) => [c.name, c.values[i]]))])); };
for (let i = 0; i < 200 && !((await sources()).good.state === 'ok' && (await sources()).bad.error); i++) await new Promise((done) => { setTimeout(done, 50); });

for (const screen of SCREENS) await test(`axe, width, complaints: both themes, ${screen.width} px`, async () => {
	const page = await open(browser, base, '?page=sources', screen);
	await sound(page);
	await shut(page);
});

await test('each source says how it stands, as the daemon does', async () => {
	const page = await open(browser, base, '?page=sources'), said = await sources();
	assert.match(await text(page, '#headline'), /^bad (needs you|fails), 2 others work/);
	assert.match(await text(page, '#source-good'), /works/);
	assert.ok((await text(page, '#source-good')).includes(`${said.good.taken.toLocaleString('en-US')} taken`));
	assert.match(await text(page, '#source-bad .problem'), /What is wrong/);
	assert.match(await text(page, '#source-off'), /switched off/);
	for (const secret of ['sk-wrong', 'sk-admin-replay']) assert.ok(!(await page.content()).includes(secret));
	await shut(page);
});

await test('the days that were read are drawn, with a table behind', async () => {
	const page = await open(browser, base, '?page=sources');
	assert.equal(await page.locator('#source-good .days span').count(), 35);
	const read = await page.locator('#source-good .days .read').count();
	assert.ok(read >= 6 && read <= 8, String(read));
	await page.locator('#days-good summary').click();
	await page.locator('#days-good tbody tr').nth(34).waitFor();
	const rows = await page.locator('#days-good tbody tr td:nth-child(2)').allInnerTexts();
	assert.equal(rows.filter((cell) => cell !== '–').length, read);
	await shut(page);
});

await test('a test says exactly what is wrong with a key, and stores nothing', async () => {
	const page = await open(browser, base, '?page=sources'), before = (await sources()).good.all_taken;
	await page.locator('[aria-label="Test bad"]').click();
	await page.locator('#source-bad .told .problem').waitFor();
	const told = await text(page, '#source-bad .told');
	assert.match(told, /403/);
	assert.ok(told.includes('bad.key') && !told.includes('sk-wrong'), told);
	await page.locator('[aria-label="Test good"]').click();
	await page.locator('#source-good .good').waitFor();
	assert.match(await text(page, '#source-good .good'), /good answers\. [\d,]+ rows from/);
	assert.equal((await sources()).good.all_taken, before);
	assert.deepEqual(await violations(page), []);
	await shut(page);
});

await test('run now asks at once, and what came shows without a reload', async () => {
	const page = await open(browser, base, '?page=sources'), asked = replay.requests, before = (await sources()).good.last_success;
	await page.locator('[aria-label="Run now: good"]').click();
	await page.waitForFunction(() => /Last success\s+[0-2]?\d s ago/.test(document.querySelector('#source-good').innerText));
	for (let i = 0; i < 100 && (await sources()).good.last_success === before; i++) await page.waitForTimeout(50);
	assert.ok(replay.requests > asked);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('history is filled back to a date, and the ledger is then what the source has', async () => {
	const page = await open(browser, base, '?page=sources'), day = new Date((now - 15 * 86400) * 1000).toISOString().slice(0, 10);
	await page.locator('#from-good').fill(day);
	await page.locator('[aria-label="Fill back: good"]').click();
	await page.waitForFunction(() => document.querySelectorAll('#source-good .days .read').length >= 15, null, { timeout: 20000 });
	for (let i = 0; i < 100 && (await sources()).good.history_from; i++) await page.waitForTimeout(50);
	const { facts } = JSON.parse(run('report', 'usage', '--data', data, '--format', 'json').stdout), from = Date.parse(day) / 1000;
	const lines = expected(world, from, now + 3600), tokens = lines.reduce((sum, line) => sum + line.split('|').slice(7, 11).reduce((a, b) => a + Number(b), 0), 0);
	assert.equal(Number(facts.tokens), tokens);
	await shut(page);
});

await test('without a source it says how to have one', async () => {
	const other = await serve(['--data', scratchPath('none')]), page = await open(browser, other.url, '?page=sources');
	assert.match(await text(page, '#none'), /collector = openai-usage/);
	assert.deepEqual(await violations(page), []);
	assert.deepEqual(page.complaints, []);
	await shut(page);
	await other.stop();
});

await browser.close();
await daemon.stop();
await replay.close();
end();

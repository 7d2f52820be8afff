// A browser that must sign in: what it sees before, the link, what it may do after, and what a stranger gets.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { SCREENS, launch, open, ready, shut, sound } from './_browser.mjs';

const data = scratchPath('ledger'), config = scratchPath('asking.conf');
fs.writeFileSync(config, '[serve]\nrequire_token = yes\n');
assert.equal(run('collect', 'usage-csv', writeUsage('usage.csv'), '--data', data).status, 0);
const daemon = await serve(['--data', data, '--config', config]);
const browser = await launch();
const link = () => JSON.parse(run('token', 'login', '--url', daemon.url, '--data', data, '--format', 'json').stdout).facts.link;

for (const screen of SCREENS) await test(`who is not signed in is told how to: both themes, ${screen.width} px`, async () => {
	const page = await open(browser, daemon.url, '', screen);
	assert.equal(await page.locator('#sign-in code').first().innerText(), 'breakeven token login');
	assert.equal(await page.locator('#bar').isVisible(), false);
	await sound(page, { but: /401/ });
	await shut(page);
});

await test('the link signs a browser in, which then reads, computes and keeps no secret in its address', async () => {
	const page = await open(browser, daemon.url, '', { own: true });
	page.complaints.length = 0;
	await page.goto(link());
	await ready(page);
	assert.equal(page.url(), daemon.url);
	assert.match(await page.locator('#headline').innerText(), /\$/);
	const { facts } = await page.evaluate(async () => (await import('./static/0/answer.js')).post('solve', { closed: { input: 3, output: 15, input_per_output: 3 }, volume: { mtok_month: 10 } }));
	assert.equal(typeof facts.closed_month, 'number');
	assert.equal(await page.evaluate(() => document.cookie), '');
	const [cookie] = await page.context().cookies();
	assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite, cookie.path], ['breakeven_session', true, 'Strict', '/']);
	assert.deepEqual(page.complaints, []);
	await page.reload();
	await ready(page);
	assert.match(await page.locator('#headline').innerText(), /\$/);
	await shut(page);
});

await test('a link that was used shows another browser a sentence and nothing else', async () => {
	const once = link(), first = await open(browser, daemon.url, '', { own: true }), second = await open(browser, daemon.url, '', { own: true });
	await first.goto(once);
	await ready(first);
	await second.goto(once);
	assert.match(await second.locator('body').innerText(), /used before/);
	assert.deepEqual(await second.context().cookies(), []);
	await shut(first);
	await shut(second);
});

await test('who has signed in can sign out, and the session is over', async () => {
	const page = await open(browser, daemon.url, '', { own: true });
	assert.equal(await page.locator('#sign-out').isVisible(), false);
	await page.goto(link());
	await ready(page);
	await page.locator('#sign-out').click();
	await page.locator('#sign-in').waitFor();
	assert.deepEqual(await page.context().cookies(), []);
	assert.equal(await page.locator('#sign-out').isVisible(), false);
	await shut(page);
});

await test('a session that is revoked while the page is open leads to the sign-in sentence', async () => {
	const page = await open(browser, daemon.url, '', { own: true });
	await page.goto(link());
	await ready(page);
	const [cookie] = await page.context().cookies();
	assert.equal(run('token', 'revoke', cookie.value.split('_')[1], '--data', data).status, 0);
	await page.reload();
	await page.locator('#sign-in').waitFor();
	await shut(page);
});

await test('a page of another origin reads and writes nothing with the cookie of a signed-in browser', async () => {
	const page = await open(browser, daemon.url, '', { own: true });
	await page.goto(link());
	await ready(page);
	const stranger = await page.context().newPage();
	await stranger.route('http://evil.example/', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>evil</title>' }));
	await stranger.goto('http://evil.example/');
	const got = await stranger.evaluate(async (base) => {
		const attempt = async (options) => { try { const r = await fetch(`${base}api/v1/solve`, options); return `${r.type} ${r.status}`; } catch (error) { return 'failed'; } };
		return [await attempt({ credentials: 'include' }), await attempt({ method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'Content-Type': 'text/plain' }, body: '{}' }),
			await attempt({ method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '{}' })];
	}, daemon.url);
	assert.deepEqual(got, ['failed', 'failed', 'failed']);
	await shut(page);
});

await browser.close();
await daemon.stop();
end();

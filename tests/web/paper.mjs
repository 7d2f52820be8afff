// Every page on paper: light, whole, and without what only a hand can use.
import assert from 'node:assert/strict';
import { test } from '../api/_daemon.mjs';
import { browser, done, PAGES, visit } from './_everywhere.mjs';

const paper = await browser.newContext({ viewport: { width: 1440, height: 1000 }, colorScheme: 'dark', reducedMotion: 'reduce' });
for (const name of PAGES) await test(`${name || 'overview'} prints on light paper, without what only a hand can use`, async () => {
	const page = await visit(paper, name);
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
	assert.equal(await page.locator('nav:visible, .bar:visible, #theme:visible, #share:visible, .acts:visible, .keep:visible').count(), 0);
	// On A4 less the margins nothing is cut off at the right.
	await page.setViewportSize({ width: 672, height: 1000 });
	const cut = await page.evaluate(() => [...document.querySelectorAll('#content h1, #content h2, #content p, #content table, #content dl')].filter((e) => e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 1).map((e) => `${e.tagName} ${e.innerText.slice(0, 40)} ${Math.round(e.getBoundingClientRect().right)}`));
	assert.deepEqual(cut, []);
	await page.close();
});

await done();

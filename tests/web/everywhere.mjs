// Every page of the demo: from a phone to a wide screen, in both themes, and on paper.
import assert from 'node:assert/strict';
import { end, scratchPath, serve, test } from '../api/_daemon.mjs';
import { launch, open, ready, shut, sound } from './_browser.mjs';

const demo = await serve(['--data', scratchPath('own')], 'demo'), browser = await launch();
const PAGES = ['', 'usage', 'invoices', 'compare', 'fleet', 'prices', 'sources', 'uptime', 'runs', 'settings', 'lines'];

for (const name of PAGES) {
	const page = await open(browser, demo.url, name && `?page=${name}`, { height: 1000, reducedMotion: 'reduce' }), called = name || 'overview';

	// Each width is loaded anew; one theme is what it is loaded in, the other is switched to.
	for (const [width, theme] of [[360, 'dark'], [768, 'dark'], [2560, 'light'], [1440, 'light']]) await test(`${called}: axe, width, complaints, both themes, ${width} px`, async () => {
		await page.emulateMedia({ colorScheme: theme });
		await page.setViewportSize({ width, height: width < 500 ? 780 : 1000 });
		await page.reload();
		await ready(page);
		assert.equal(await page.locator('h1').count(), 1);
		await sound(page, { axe: width === 360 || width === 1440 });
	});

	await test(`${called} prints on light paper, without what only a hand can use`, async () => {
		await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
		assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
		assert.equal(await page.locator('nav:visible, .bar:visible, #theme:visible, #share:visible, .acts:visible, .keep:visible').count(), 0);
		// On A4 less the margins nothing is cut off at the right.
		await page.setViewportSize({ width: 672, height: 1000 });
		const cut = await page.evaluate(() => [...document.querySelectorAll('#content h1, #content h2, #content p, #content table, #content dl')].filter((e) => e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 1).map((e) => `${e.tagName} ${e.innerText.slice(0, 40)} ${Math.round(e.getBoundingClientRect().right)}`));
		assert.deepEqual(cut, []);
	});
	await shut(page);
}

await browser.close();
await demo.stop();
end();

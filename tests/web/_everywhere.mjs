// Every page of the demo, as the tests of themes and of paper go through them.
import assert from 'node:assert/strict';
import { end, scratchPath, serve, test } from '../api/_daemon.mjs';
import { launch, ready, violations } from './_browser.mjs';

export const demo = await serve(['--data', scratchPath('own')], 'demo'), browser = await launch();
export const PAGES = ['', 'usage', 'invoices', 'compare', 'fleet', 'prices', 'sources', 'uptime', 'runs', 'settings', 'lines'];

export async function visit(context, name) {
	const page = await context.newPage();
	page.complaints = [];
	page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text()); });
	page.on('pageerror', (error) => page.complaints.push(error.stack));
	page.on('request', (request) => { if (!request.url().startsWith(demo.url) && !/^(data|blob):/.test(request.url())) page.complaints.push(`asks ${request.url()}`); });
	await page.goto(`${demo.url}${name && `?page=${name}`}`);
	await ready(page);
	return page;
}

// In one theme from a phone to a wide screen: nothing for axe, no sideways scrolling, no complaint.
export async function inTheme(theme) {
	for (const width of [360, 768, 1440, 2560]) {
		const context = await browser.newContext({ viewport: { width, height: width < 500 ? 780 : 1000 }, colorScheme: theme, reducedMotion: 'reduce' });
		for (const name of PAGES) await test(`${name || 'overview'}, ${theme}, ${width} px`, async () => {
			const page = await visit(context, name);
			assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
			if (width === 360 || width === 1440) assert.deepEqual(await violations(page), []);
			assert.deepEqual(page.complaints, []);
			assert.equal(await page.locator('h1').count(), 1);
			await page.close();
		});
		await context.close();
	}
}

export async function done() {
	await browser.close();
	await demo.stop();
	end();
}

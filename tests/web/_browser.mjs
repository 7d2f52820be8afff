// What the tests of the page share: a real browser that tells of every console message and outside request.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wanted = process.env.CHROMIUM || 'chromium';
const executable = path.isAbsolute(wanted) ? wanted : spawnSync('sh', ['-c', `command -v ${wanted}`], { encoding: 'utf8' }).stdout.trim();

export const launch = () => chromium.launch({
	executablePath: executable,
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--process-per-site'],
});

// A new page of a profile that has seen nothing but the program's files; what it complained of is in page.complaints. A
// profile costs more than a page, so that those who open with the same options share one, one after the other: shut()
// takes away what a page has kept. Where cookies are tested, or a page stands beside another, `own` gives one of its own.
const profiles = new WeakMap();
export async function open(browser, base, query = '', { width = 1440, height = 900, theme = 'light', own = false, ...more } = {}) {
	const options = { viewport: { width, height }, colorScheme: theme, ...more }, key = JSON.stringify(options);
	const shared = profiles.get(browser) ?? profiles.set(browser, new Map()).get(browser);
	const context = (!own && shared.get(key)) || await browser.newContext(options);
	if (!own && shared.get(key) !== context) { shared.set(key, context); context.on('close', () => shared.delete(key)); }
	const page = await context.newPage();
	page.own = own;
	page.complaints = [];
	page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) page.complaints.push(`${message.type()}: ${message.text()}`); });
	page.on('pageerror', (error) => page.complaints.push(error.stack));
	page.on('request', (request) => { if (!request.url().startsWith(base) && !/^(data|blob):/.test(request.url())) page.complaints.push(`asks ${request.url()}`); });
	page.on('response', (response) => { if (response.status() >= 400) page.complaints.push(`${response.status()} ${response.url()}`); });
	await page.goto(base + query);
	await ready(page);
	return page;
}

export async function shut(page) {
	if (page.own) return page.context().close();
	await page.evaluate(() => { localStorage.clear(); sessionStorage.clear(); });
	await page.context().clearCookies();
	return page.close();
}

export const ready = (page) => page.waitForFunction(() => document.documentElement.dataset.ready && !document.querySelector('#main').hasAttribute('aria-busy'));

export async function violations(page, rules) {
	// The page's own policy allows no script that is put in; what the test brings goes in beside it.
	await page.evaluate(axe);
	const { violations: found } = await page.evaluate((runOnly) => globalThis.axe.run(document, { resultTypes: ['violations'], ...runOnly && { runOnly } }), rules);
	return found.map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary?.split('\n')[1] || ''}`).join('; ')}`);
}

const drawn = (page) => page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));

// In the theme that it was opened in and then in the other: nothing for axe to find, no sideways scrolling, no complaint.
// What axe asks of a theme is contrast; all its other rules judge what is the same in both.
export async function sound(page, { axe: asked = true, but = /^$/ } = {}) {
	const { width } = page.viewportSize(), dark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
	for (const theme of dark ? ['dark', 'light'] : ['light', 'dark']) {
		const first = (theme === 'dark') === dark;
		if (!first) { await page.emulateMedia({ colorScheme: theme }); await drawn(page); }
		if (asked) assert.deepEqual(await violations(page, first ? undefined : ['color-contrast']), [], theme);
		assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, theme);
		assert.deepEqual(page.complaints.filter((text) => !but.test(text)), [], theme);
	}
}

// A desk's screen that is opened in the light theme, and a phone's in the dark one.
export const SCREENS = [{ theme: 'light', width: 1440, height: 900, reducedMotion: 'reduce' }, { theme: 'dark', width: 360, height: 740, reducedMotion: 'reduce' }];

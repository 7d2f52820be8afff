// What the tests of the page share: a real browser that tells of every console message and outside request.
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
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// A page of its own profile; what it complained of is in page.complaints.
export async function open(browser, base, query = '', { width = 1440, height = 900, theme = 'light', ...more } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, ...more });
	const page = await context.newPage();
	page.complaints = [];
	page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) page.complaints.push(`${message.type()}: ${message.text()}`); });
	page.on('pageerror', (error) => page.complaints.push(error.stack));
	page.on('request', (request) => { if (!request.url().startsWith(base) && !/^(data|blob):/.test(request.url())) page.complaints.push(`asks ${request.url()}`); });
	page.on('response', (response) => { if (response.status() >= 400) page.complaints.push(`${response.status()} ${response.url()}`); });
	await page.goto(base + query);
	await ready(page);
	return page;
}

export const ready = (page) => page.waitForFunction(() => document.documentElement.dataset.ready && !document.querySelector('#main').hasAttribute('aria-busy'));

export async function violations(page) {
	// The page's own policy allows no script that is put in; what the test brings goes in beside it.
	await page.evaluate(axe);
	const { violations: found } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
	return found.map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary?.split('\n')[1] || ''}`).join('; ')}`);
}

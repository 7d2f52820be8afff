// The page in a real browser on loopback: first paint, a slider of Compare until its curve is on the screen, and the script that is served.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const VISITS = 15, MOVES = 25;
const wanted = process.env.CHROMIUM || 'chromium';
const executable = path.isAbsolute(wanted) ? wanted : spawnSync('sh', ['-c', `command -v ${wanted}`], { encoding: 'utf8' }).stdout.trim();
const { chromium } = await import('../web/node_modules/playwright-core/index.mjs').catch(() => ({}));
if (!chromium || !executable) {
	console.log(`skipped: ${chromium ? `no browser named ${wanted}` : 'what the tests of tests/web need is not fetched yet'}`);
	process.exit(0);
}

const middle = (values) => values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];
let missed = 0;
const figure = (name, value, limit, unit, more = '') => {
	const over = !(value <= limit);
	missed += over;
	console.log(`${name.padEnd(58)} ${value.toFixed(unit === 'ms' ? 1 : 0).padStart(8)} ${unit}  (at most ${limit}${more})${over ? '  MISSED' : ''}`);
};
const spread = (values) => `; ${values.length} times, ${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'breakeven-page-'));
const daemon = spawn(process.argv[2], ['demo', '--data', path.join(scratch, 'data'), '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const base = await new Promise((resolve) => { let said = ''; daemon.stdout.on('data', (bytes) => { said += bytes; const at = /listening on (\S+)\n/.exec(said); if (at) resolve(at[1]); }); });
const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'] });
const ready = (page) => page.waitForFunction(() => document.documentElement.dataset.ready && !document.querySelector('#main').hasAttribute('aria-busy'));

// Each visit with a profile of its own: nothing is in a cache.
async function paints(query) {
	const frame = [], answer = [];
	for (let i = 0; i < VISITS; i++) {
		const context = await browser.newContext({ viewport: { width: 1440, height: 900 } }), page = await context.newPage();
		await page.addInitScript(() => { new MutationObserver((_, seen) => { if (!document.documentElement.dataset.ready) return; seen.disconnect(); requestAnimationFrame(() => requestAnimationFrame(() => { globalThis.answered = performance.now(); })); }).observe(document, { subtree: true, childList: true, attributes: true }); });
		await page.goto(base + query);
		await page.waitForFunction(() => globalThis.answered);
		const [first, all] = await page.evaluate(() => [performance.getEntriesByName('first-contentful-paint')[0]?.startTime, globalThis.answered]);
		frame.push(first);
		answer.push(all);
		await context.close();
	}
	return { frame, answer };
}

const overview = await paints(''), usage = await paints('?page=usage');
console.log(`${VISITS} first visits each, sample data of 120 days`);
figure('Overview: first paint, median', middle(overview.frame), 300, 'ms', spread(overview.frame));
figure('Usage: first paint, median', middle(usage.frame), 300, 'ms', spread(usage.frame));
console.log(`${'Overview: the whole answer painted, median'.padEnd(58)} ${middle(overview.answer).toFixed(1).padStart(8)} ms  (no limit${spread(overview.answer)})`);

// A hand on a slider: from its event to the frame after the curve and the words have changed.
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(`${base}?page=compare`);
await ready(page);
const moves = await page.evaluate(async (count) => {
	const slider = document.getElementById('s-self_hosted.gpu_hour'), title = document.querySelector('#headline'), times = [];
	for (let i = 0; i < count; i++) {
		const from = performance.now(), drawn = new Promise((done) => { new MutationObserver((_, seen) => { seen.disconnect(); requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => done(); channel.port2.postMessage(0); }); }).observe(title, { childList: true }); });
		slider.value = 400 + 8 * (i + 1);
		slider.dispatchEvent(new Event('input'));
		await drawn;
		times.push(performance.now() - from);
	}
	return times;
}, MOVES);
figure('Compare: from a slider to the curve, median', middle(moves), 50, 'ms', spread(moves));
await browser.close();

// As it is served: without comments, compressed file by file. Chart.js is not the page's own.
const scripts = fs.readdirSync('web').filter((name) => name.endsWith('.js'));
const bytes = Object.fromEntries(await Promise.all(scripts.map(async (name) => [name, gzipSync(Buffer.from(await (await fetch(`${base}static/0/${name}`)).arrayBuffer()), { level: 9 }).length])));
const imports = (name, seen = new Set()) => { if (seen.has(name)) return seen; seen.add(name); for (const [, other] of fs.readFileSync(`web/${name}`, 'utf8').matchAll(/^import .* from '\.\/(\w+\.js)'/gm)) imports(other, seen); return seen; };
const visit = (name) => [...imports('app.js', imports(name)), 'theme.js'].reduce((sum, each) => sum + bytes[each], 0);
const heaviest = scripts.filter((name) => fs.readFileSync(`web/${name}`, 'utf8').includes('export async function show(')).map((name) => [name, visit(name)]).sort((a, b) => b[1] - a[1])[0];
figure(`script of the heaviest page, ${heaviest[0]}, compressed`, heaviest[1], 60000, 'bytes');
figure('script of all pages together, compressed', Object.values(bytes).reduce((a, b) => a + b, 0), 80000, 'bytes');

daemon.kill('SIGTERM');
await new Promise((done) => { daemon.on('exit', done); });
fs.rmSync(scratch, { recursive: true, force: true });
process.exit(missed ? 1 : 0);

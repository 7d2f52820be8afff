// The page's own scripts: what the program serves of them means what the sources mean, and how much of them a visit takes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'acorn';
import { call, end, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { launch, open, shut } from './_browser.mjs';

const data = scratchPath('ledger');
assert.equal(run('collect', 'usage-csv', writeUsage('usage.csv', { weeks: 2 }), '--data', data).status, 0);
const daemon = await serve(['--data', data]), browser = await launch();
const scripts = fs.readdirSync('web').filter((name) => name.endsWith('.js'));
const served = async (port, name) => (await call(port, `/static/0/${name}`)).body;
const places = (key, value) => (key === 'start' || key === 'end' ? undefined : value);
const tree = (name, text) => JSON.parse(JSON.stringify(parse(text, { ecmaVersion: 'latest', sourceType: name === 'theme.js' ? 'script' : 'module' }), places));

await test('each script without its comments is the same program', async () => {
	for (const name of scripts) {
		const source = fs.readFileSync(`web/${name}`, 'utf8'), text = await served(daemon.port, name), comments = [];
		assert.deepEqual(tree(name, text), tree(name, source), name);
		assert.ok(text.length < source.length, name);
		parse(text, { ecmaVersion: 'latest', sourceType: 'module', onComment: comments });
		assert.deepEqual(comments, [], name);
	}
});

await test('the style sheet without its comments has the same rules', async () => {
	const page = await open(browser, daemon.url), source = fs.readFileSync('web/style.css', 'utf8'), text = await served(daemon.port, 'style.css');
	const rules = (css) => page.evaluate((given) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(given); return [...sheet.cssRules].map((rule) => rule.cssText); }, css);
	assert.deepEqual(await rules(text), await rules(source));
	assert.ok(!text.includes('/*'));
	await shut(page);
});

await test('a folder given by --web is served as it is', async () => {
	const other = await serve(['--data', data, '--web', 'web']);
	for (const name of ['app.js', 'style.css']) assert.equal(await served(other.port, name), fs.readFileSync(`web/${name}`, 'utf8'));
	await other.stop();
});

for (const query of ['', 'usage', 'invoices', 'compare', 'fleet', 'prices', 'sources', 'runs', 'settings', 'lines']) await test(`${query || 'overview'}: less than 40 kB of script of its own, and only what it shows`, async () => {
	const context = await browser.newContext(), page = await context.newPage(), asked = [];
	page.on('request', (request) => { const name = /\/static\/[0-9a-f]+\/(\w+\.js)$/.exec(request.url())?.[1]; if (name) asked.push(name); });
	await page.goto(`${daemon.url}${query && `?page=${query}`}`);
	await page.waitForFunction(() => document.documentElement.dataset.ready);
	let size = 0;
	for (const name of new Set(asked)) {
		const { bytes, headers } = await call(daemon.port, `/static/0/${name}`, { headers: { 'Accept-Encoding': 'gzip' } });
		assert.equal(headers['content-encoding'], 'gzip', name);
		assert.ok(gunzipSync(bytes).length > bytes.length);
		size += bytes.length;
	}
	assert.ok(size > 5000 && size < 40000, `${size} bytes of ${asked}`);
	console.log(`# ${size} bytes of script`);
	for (const other of ['invoices.js', 'settings.js', 'compare.js']) assert.equal(asked.includes(other), other === `${query}.js`, `${other}: ${asked}`);
	await context.close();
});

// Who opens every page of the frame, one after the other, has loaded all of it.
await test('all scripts together are under 80 kB compressed', async () => {
	let size = 0;
	for (const name of scripts) size += (await call(daemon.port, `/static/0/${name}`, { headers: { 'Accept-Encoding': 'gzip' } })).bytes.length;
	assert.ok(size < 80000, `${size} bytes`);
	console.log(`# all scripts: ${size} bytes compressed`);
});

await browser.close();
await daemon.stop();
end();

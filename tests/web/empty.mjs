// The page without data, and the sample data that one click removes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, json, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { SCREENS, launch, open, shut, sound, violations } from './_browser.mjs';

const browser = await launch();
const empty = await serve(['--data', scratchPath('new')]);

for (const screen of SCREENS) await test(`an empty ledger says what to do next: both themes, ${screen.width} px`, async () => {
	const page = await open(browser, empty.url, '', screen);
	const commands = await page.locator('#empty code').allInnerTexts();
	assert.ok(commands.some((c) => c.startsWith('breakeven collect usage-csv')) && commands.includes('breakeven demo'), commands.join());
	assert.equal(await page.locator('#empty .command button').count(), 3);
	await sound(page);
	await shut(page);
});

await test('a dropped file is shown before it is stored, and one that is not understood says what it nearly was', async () => {
	const page = await open(browser, empty.url, '', { width: 360, height: 740 });
	const strange = scratchPath('strange.txt');
	fs.writeFileSync(strange, 'colour,shape\nred,round\n');
	await page.locator('#file').setInputFiles(strange);
	await page.locator('#dropped .problem').waitFor();
	assert.ok(await page.locator('#dropped tbody tr').count() > 0, await page.locator('#dropped').innerText());
	assert.deepEqual(page.complaints.filter((text) => !/400|422|Failed to load/.test(text)), []);
	page.complaints.length = 0;
	const text = fs.readFileSync(writeUsage('usage.csv', { weeks: 3 }), 'utf8');
	await page.evaluate((body) => {
		const data = new DataTransfer();
		data.items.add(new File([body], 'mine.csv', { type: 'text/csv' }));
		document.querySelector('#drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
	}, text);
	await page.locator('#store').waitFor();
	assert.match(await page.locator('#dropped').innerText(), /mine\.csv is .*rows would be stored/s);
	assert.deepEqual(await violations(page), []);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
	assert.equal((await json(empty.port, '/api/v1/report/usage')).json.facts.requests, 0);
	await page.locator('#store').click();
	await page.locator('#stored').click();
	await page.locator('#headline').waitFor();
	assert.ok((await json(empty.port, '/api/v1/report/usage')).json.facts.requests > 0);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});
await empty.stop();

await test('the sample data is marked, answers, and is removed by one click for the own ledger', async () => {
	const own = scratchPath('own');
	const demo = await serve(['--data', own], 'demo');
	try {
		const page = await open(browser, demo.url);
		assert.match(await page.locator('#demo').innerText(), /Sample data/);
		assert.match(await page.locator('#headline').innerText(), /\$/);
		assert.deepEqual(await violations(page), []);
		assert.equal((await json(demo.port, '/api/v1/status')).json.facts.demo, true);
		for (const workload of ['', 'chat-assistant', 'code-assistant', 'document-extraction']) {
			const small = await open(browser, demo.url, `?workload=${workload}`, { width: 360, height: 740, theme: 'dark', reducedMotion: 'reduce' });
			assert.deepEqual(await violations(small), [], workload);
			assert.equal(await small.evaluate(() => document.documentElement.scrollWidth), 360, workload);
			assert.deepEqual(small.complaints, []);
			await shut(small);
		}
		await page.locator('#remove-demo').click();
		await page.locator('#empty').waitFor();
		assert.equal(await page.locator('#demo').isVisible(), false);
		assert.equal((await json(demo.port, '/api/v1/status')).json.facts.demo, false);
		assert.equal((await json(demo.port, '/api/v1/report/usage')).json.facts.requests, 0);
		assert.ok(fs.readdirSync(own).some((name) => name.endsWith('.db')));
		assert.deepEqual(page.complaints, []);
		await shut(page);
	} finally { await demo.stop(); }
});

await browser.close();
end();

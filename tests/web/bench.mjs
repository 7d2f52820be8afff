// The Benchmark page: nothing measured, then runs that were kept, as the terminal has them.
import assert from 'node:assert/strict';
import { end, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { SCREENS, launch, open, shut, sound, violations } from './_browser.mjs';

const data = scratchPath('ledger');
assert.equal(run('collect', 'usage-csv', writeUsage('usage.csv', { weeks: 1 }), '--data', data).status, 0);
const daemon = await serve(['--data', data]), base = daemon.url, browser = await launch();

await test('a ledger without a run says how to make one', async () => {
	const page = await open(browser, base, '?page=benchmark');
	assert.match(await page.locator('#headline').innerText(), /No speed was measured yet/);
	assert.match(await page.locator('#measure').innerText(), /breakeven bench cpu --save/);
	assert.deepEqual(await violations(page), []);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

for (let i = 0; i < 2; i++)
	assert.equal(run('bench', 'cpu', '--model', 'Qwen2.5-0.5B', '--precision', 'q4_0', '--prompt', '8', '--tokens', '4', '--repeats', '2', '--save', '--data', data).status, 0);

for (const screen of SCREENS) await test(`axe, width, complaints: both themes, ${screen.width} px`, async () => {
	const page = await open(browser, base, '?page=benchmark', screen);
	await sound(page);
	await shut(page);
});

await test('figures, their state and their history are those of the terminal', async () => {
	const page = await open(browser, base, '?page=benchmark'), { columns } = JSON.parse(run('report', 'benchmarks', '--data', data, '--format', 'json').stdout);
	const of = (table, name) => columns.find((c) => c.table === table && c.name === name).values, at = of('latest', 'figure').indexOf('decode_tok_s');
	const cells = await page.locator('#run-0 tbody tr').first().evaluate((tr) => [...tr.cells].map((c) => c.innerText));
	assert.equal(cells[0], 'Decode, one stream');
	assert.ok(cells[1].startsWith(`${Number(of('latest', 'value')[at].toPrecision(3)).toLocaleString('en-US')} tok/s`), cells[1]);
	assert.equal(cells[4], { first: 'first run', steady: 'as before', drifts: 'drifts', disturbed: 'disturbed' }[of('latest', 'state')[at]]);
	await page.locator('#history-0 summary').click();
	await page.locator('#history-0 tbody tr').first().waitFor(); // filled when it has opened
	assert.equal(await page.locator('#history-0 tbody tr').count(), of('history', 'figure').length);
	assert.deepEqual(await violations(page), []);
	await shut(page);
});

await browser.close();
await daemon.stop();
end();

// The page on a measured ledger, in a real browser: its numbers, its reach, and what happens under the hand.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, post, run, scratchPath, serve, test, writeUsage } from '../api/_daemon.mjs';
import { SCREENS, launch, open, ready, shut, sound, violations } from './_browser.mjs';

const data = scratchPath('ledger');
const collected = run('collect', 'usage-csv', writeUsage('usage.csv'), '--data', data);
assert.equal(collected.status, 0, collected.stderr);
const daemon = await serve(['--data', data]);
const base = daemon.url, browser = await launch();
const report = (...args) => run('report', ...args, '--data', data);
const facts = JSON.parse(report('breakeven', '--format', 'json').stdout).facts;
const text = (page, selector) => page.locator(selector).innerText();

await test('the page opens without a complaint and asks nobody but its daemon', async () => {
	const page = await open(browser, base);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('the numbers on the page are those of the terminal', async () => {
	const page = await open(browser, base);
	const of = (name) => text(page, `#options [data-open=${name}] >> nth=0`);
	const terminal = report('breakeven', '--format', 'text').stdout;
	// "  closed_month   $10,721 /month"
	const fact = (name) => new RegExp(`^ *${name} +(-?\\$?[\\d,.]+)`, 'm').exec(terminal)?.[1];
	assert.equal(await of('closed'), fact('closed_month'));
	assert.equal(await of('self'), fact('self_month'));
	assert.equal((await of('saving')).replace('−', '-'), fact('saving_month'));
	assert.equal(await text(page, '#figures [data-open=fleet]'), `${fact('gpus')} GPUs`);
	const idle = await text(page, '#idle');
	assert.ok(idle.includes(fact('idle_month')), `${fact('idle_month')} in ${idle}`);
	const usage = /([\d.]+ (?:bn|M|k)) tokens in ([\d.]+ (?:bn|M|k)) requests/.exec(report('usage', '--from', facts.from, '--format', 'text').stdout);
	assert.ok((await text(page, '#usage-title')).startsWith(`${usage[1]} tokens in ${usage[2]} requests`), await text(page, '#usage-title'));
	const spend = JSON.parse(report('spend', '--from', facts.from, '--format', 'json').stdout).facts;
	assert.match(await text(page, '#spend-title'), /^≥ \$[\d,]+ metered, \d+\.\d % of tokens priced/);
	assert.ok((await text(page, '#spend-title')).includes(`$${Math.round(Number(spend.amount)).toLocaleString('en-US')}`));
	await shut(page);
});

await test('break-evens and bands on the page are those of the terminal', async () => {
	const page = await open(browser, base), terminal = report('breakeven', '--format', 'text').stdout;
	const [first, safe] = [await text(page, '#figures [data-open=first]'), await text(page, '#figures [data-open=safe]')];
	const fact = (name) => new RegExp(`^ *${name} +(.+?) *$`, 'm').exec(terminal)?.[1] ?? assert.fail(`${name} in ${terminal}`);
	const count = (text) => { const [, number, step] = /^([\d.,]+) ?(tn|bn|M|k)?(?![a-z])/.exec(text); return Number(number.replaceAll(',', '')) * ({ tn: 1e12, bn: 1e9, M: 1e6, k: 1e3 }[step] || 1); };
	for (const [shown, name] of [[first, 'first_break_even_mtok_month'], [safe, 'safe_break_even_mtok_month']]) {
		const said = count(fact(name)) * (/Mtok/.test(fact(name)) ? 1e6 : 1);
		assert.ok(Math.abs(count(shown) - said) <= 0.006 * said, `${shown} on the page, ${fact(name)} in the terminal`);
		assert.ok(Math.abs(count(shown) - facts[name] * 1e6) <= 0.006 * facts[name] * 1e6, `${shown}, ${facts[name]}`);
	}
	const band = (await text(page, '#options tbody tr:last-child')).replaceAll('\u2060', '');
	const money = (value) => `${value < 0 ? '−' : ''}$${Math.round(Math.abs(value)).toLocaleString('en-US')}`;
	assert.ok(Math.abs(facts.bands.p10) > 1000 && Math.abs(facts.bands.p90) > 1000);
	assert.ok(band.includes(`${money(facts.bands.p10)} to ${money(facts.bands.p90)}`), `${band}: ${JSON.stringify(facts.bands)}`);
	assert.ok(band.includes(`${(100 * facts.bands.p_positive).toFixed(1)} %`), band);
	await shut(page);
});

await test('the first sentence is the cheapest of three choices, what it saves and how sure that is, as the terminal says it', async () => {
	const page = await open(browser, base), said = report('breakeven', '--format', 'text').stdout;
	const dollars = (value) => `$${(Math.abs(value) >= 999.995 ? Math.round(Math.abs(value)) : Math.abs(value).toFixed(2)).toLocaleString('en-US')}`;
	const costs = { closed: facts.closed_month, hybrid: facts.overflow.best_replicas > 0 ? facts.overflow.best_month : Infinity, self_hosted: facts.self_month };
	const [best] = Object.entries(costs).sort((a, b) => a[1] - b[1])[0], saving = best === 'closed' ? facts.saving_month : facts.closed_month - costs[best];
	assert.equal(facts.best, best);
	const headline = await text(page, '#headline');
	assert.match(headline, { closed: /^Stay closed/, hybrid: /^A hybrid would save/, self_hosted: /^Moving all traffic/ }[best]);
	assert.ok(headline.includes(dollars(saving)) && said.includes(dollars(saving)), `${dollars(saving)}: ${headline}: ${said}`);
	const sure = best === 'closed' ? 1 - facts.best_bands.p_positive : facts.best_bands.p_positive;
	assert.match(await text(page, '#sure'), sure >= 0.95 ? /^Very sure/ : sure >= 0.8 ? /^Fairly sure/ : sure >= 0.6 ? /^More likely/ : /^Not sure/);
	assert.match(await text(page, '#options tr.chosen'), { closed: /^\s*Closed/, hybrid: /^\s*Hybrid/, self_hosted: /^\s*Self-hosted/ }[best]);
	for (const bands of [facts.best_bands, facts.bands]) assert.ok(said.includes(`${(100 * bands.p_positive).toFixed(1)} %`), said);
	await shut(page);
});

await test('the months that come are the daemon\'s, each with a band of its own', async () => {
	const page = await open(browser, base), answer = JSON.parse(report('breakeven', '--format', 'json').stdout), of = (name) => answer.columns.find((c) => c.table === 'ahead' && c.name === name).values;
	const how = facts.best === 'hybrid' ? 'hybrid_' : '', money = (value) => `${value < 0 ? '−' : ''}$${(Math.abs(value) >= 999.995 ? Math.round(Math.abs(value)) : Math.abs(value).toFixed(2)).toLocaleString('en-US')}`;
	await page.locator('#saving-table summary').click();
	const cells = await page.locator('#saving-table tbody tr').evaluateAll((trs) => trs.map((tr) => [...tr.cells].map((c) => c.innerText.replaceAll('\u2060', ''))));
	assert.equal(cells.length, 12);
	cells.forEach((row, i) => {
		assert.equal(row[5], money(of(`${how}saving_month`)[i]));
		const ends = ['p10', 'p90'].map((end) => of(`${how}saving_${end}`)[i]), whole = ends.some((value) => Math.abs(value) >= 999.995);
		assert.equal(row[6], ends.map((value) => (whole ? `${value < 0 ? '−' : ''}$${Math.round(Math.abs(value)).toLocaleString('en-US')}` : money(value))).join(' to '));
	});
	assert.ok((await text(page, '#savings-title')).replaceAll('\u2060', '').includes(money(facts.ahead[`${how}bands`].p10)));
	await shut(page);
});

await test('every headline number opens to its formula, inputs with their origin, coverage and lines', async () => {
	const page = await open(browser, base), names = await page.locator('[data-open]').evaluateAll((list) => [...new Set(list.map((e) => e.dataset.open))]);
	for (const name of ['closed', 'self', 'saving', 'fleet', 'first', 'safe']) {
		assert.ok(names.includes(name), name);
		await page.locator(`#options [data-open=${name}], #figures [data-open=${name}]`).first().click();
		assert.ok((await text(page, '#drawer')).length > 200, name);
		assert.ok(await page.locator('#drawer .tag').count() > 0, name);
		assert.match(await text(page, '#drawer'), /Coverage and age/);
		assert.equal(await page.locator('#drawer .ways a').first().innerText(), 'The lines of the ledger');
		if (name === 'saving') assert.deepEqual(await violations(page), []);
		await page.keyboard.press('Escape');
		await page.waitForFunction(() => !document.querySelector('#drawer[open]'));
	}
	await page.goBack();
	await page.waitForFunction(() => document.querySelector('#drawer[open]'));
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('the idle parts shown add up to the idle cost', async () => {
	const page = await open(browser, base);
	const cells = await page.locator('#idle-part tbody tr td:nth-child(2)').allInnerTexts();
	const amounts = cells.map((cell) => Number(cell.replace(/[$,]/g, '')));
	assert.ok(Math.abs(amounts.slice(0, 5).reduce((a, b) => a + b) - amounts[5]) < 3, cells.join(' '));
	await shut(page);
});

await test('every input says whether it was measured, assumed or is a default', async () => {
	const page = await open(browser, base);
	const rows = await page.locator('#inputs tbody tr').count();
	assert.ok(rows >= 8);
	assert.equal(await page.locator('#inputs tbody .tag.measured, #inputs tbody .tag.assumed, #inputs tbody .tag.default').count(), rows);
	await shut(page);
});

for (const screen of SCREENS) for (const query of ['', '?page=prices', '?page=runs'])
	await test(`nothing for axe to find, no sideways scrolling: ${query || 'overview'}, both themes, ${screen.width} px`, async () => {
		const page = await open(browser, base, query, screen);
		await sound(page);
		await shut(page);
	});

await test('a slider moved by keys recomputes, and the sentence is what the engine says', async () => {
	const page = await open(browser, base);
	const before = await text(page, '#curves-title');
	await page.locator('[id="s-self_hosted.gpu_hour"]').focus();
	for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
	await page.waitForFunction((old) => document.querySelector('#curves-title').innerText !== old, before);
	await page.waitForTimeout(200);
	const price = Number(new URL(page.url()).searchParams.get('self_hosted.gpu_hour'));
	assert.ok(price > 0 && price !== facts.gpu_hour);
	assert.equal(Number(await page.locator('[id="w-self_hosted.gpu_hour"]').inputValue()), price);
	const scenario = JSON.parse(report('scenario', '--format', 'json').stdout).facts.scenario;
	scenario.self_hosted.gpu_hour = price;
	const solved = (await post(daemon.port, '/api/v1/solve', scenario)).json.facts;
	const verdict = await text(page, '#verdict');
	const money = `$${(Math.abs(solved.saving_month) >= 999.995 ? Math.round(Math.abs(solved.saving_month)) : Math.abs(solved.saving_month).toFixed(2)).toLocaleString('en-US')}`;
	assert.ok(verdict.includes(`${solved.saving_month >= 0 ? 'saves' : 'costs'} ${money}`), `${money} in ${verdict}`);
	assert.equal(await page.locator('.tag.changed').count(), 3);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('one step back undoes a slider, one forward does it again, reset forgets all', async () => {
	const page = await open(browser, base);
	const before = await text(page, '#curves-title'), field = page.locator('[id="w-self_hosted.throughput_tok_s"]');
	const base_value = await field.inputValue();
	await field.fill('900');
	await field.press('Enter');
	await page.waitForFunction((old) => document.querySelector('#curves-title').innerText !== old, before);
	const after = await text(page, '#curves-title');
	await page.goBack();
	await page.waitForFunction((old) => document.querySelector('#curves-title').innerText === old, before);
	assert.equal(await field.inputValue(), base_value);
	await page.goForward();
	await page.waitForFunction((old) => document.querySelector('#curves-title').innerText === old, after);
	assert.equal(await field.inputValue(), '900');
	await page.locator('#reset').click();
	await page.waitForFunction((old) => document.querySelector('#curves-title').innerText === old, before);
	assert.ok(!page.url().includes('throughput'));
	await shut(page);
});

await test('a link that is pasted shows the same picture', async () => {
	const query = '?workload=chat&theme=dark&self_hosted.redundancy=2&volume.mtok_month=4000';
	const one = await open(browser, base, query, { own: true }), two = await open(browser, base, query, { own: true });
	assert.equal(await text(one, '#curves-title'), await text(two, '#curves-title'));
	assert.match(await text(one, '#curves-title'), /4\.00 bn tokens/);
	assert.equal(await one.locator('#workload').inputValue(), 'chat');
	assert.equal(await one.evaluate(() => document.documentElement.dataset.theme), 'dark');
	assert.equal(await one.locator('[id="w-self_hosted.redundancy"]').inputValue(), '2');
	await shut(one);
	await shut(two);
});

await test('a value that is not allowed is told beside its field in the daemon\'s words', async () => {
	const page = await open(browser, base);
	const field = page.locator('[id="w-self_hosted.headroom"]');
	await field.fill('700');
	await field.press('Enter');
	await page.locator('.control .wrong:visible').waitFor();
	assert.match(await text(page, '.control .wrong:visible'), /must be.*100 %/);
	await shut(page);
});

await test('behind each chart is a table', async () => {
	const page = await open(browser, base);
	assert.equal(await page.locator('canvas').count(), await page.locator('details.behind').count());
	for (const id of ['curve-table', 'saving-table', 'usage-table']) {
		await page.locator(`#${id} summary`).click();
		await page.locator(`#${id} tbody tr`).nth(4).waitFor();
	}
	for (const canvas of await page.locator('canvas').all()) {
		assert.equal(await canvas.getAttribute('role'), 'img');
		assert.ok((await canvas.getAttribute('aria-label')).length > 10);
	}
	assert.deepEqual(await violations(page), []);
	await shut(page);
});

await test('the charts are drawn: closed, self-hosted and ground in their colours', async () => {
	const page = await open(browser, base);
	const colours = await page.evaluate(() => {
		const canvas = document.querySelector('#curve-canvas'), { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height), seen = {};
		for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) { const c = `${data[i]},${data[i + 1]},${data[i + 2]}`; seen[c] = (seen[c] || 0) + 1; }
		return seen;
	});
	assert.ok(colours['10,94,168'] > 200, 'closed');
	assert.ok(colours['184,74,0'] > 200, 'self-hosted');
	await shut(page);
});

await test('another workload is another answer, kept in the address', async () => {
	const page = await open(browser, base);
	const before = await text(page, '#headline');
	await page.locator('#workload').selectOption('code');
	await page.waitForFunction((old) => document.querySelector('#headline')?.innerText !== old, before);
	assert.match(await text(page, '#headline'), /code/);
	assert.match(page.url(), /workload=code/);
	await page.goBack();
	await page.waitForFunction((old) => document.querySelector('#headline')?.innerText === old, before);
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('ranges: seven days, all, from and to, and one that holds nothing', async () => {
	const page = await open(browser, base, '?range=7d');
	assert.match(await text(page, '#content > .over'), /measured 7 days/);
	await page.locator('#range').selectOption('all');
	await page.waitForFunction(() => /measured 35 days/.test(document.querySelector('#content > .over')?.innerText));
	await page.locator('#range').selectOption('custom');
	await page.locator('#from').fill('2026-09-01');
	await page.locator('#to').fill('2026-09-10');
	await page.waitForFunction(() => /measured 10 days/.test(document.querySelector('#content > .over')?.innerText));
	const nothing = await open(browser, base, '?range=custom&from=2020-01-01&to=2020-02-01');
	await nothing.getByRole('button', { name: 'Show all data' }).click();
	await nothing.locator('#figures').waitFor();
	await shut(page);
	await shut(nothing);
});

await test('the theme is kept over a visit', async () => {
	const page = await open(browser, base);
	await page.locator('#theme').click();
	await page.locator('#theme').click();
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
	await page.goto(base);
	await ready(page);
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
	await shut(page);
});

await test('everything can be reached by keyboard, and where one is can be seen', async () => {
	const page = await open(browser, base);
	const seen = new Set();
	for (let i = 0; i < 120; i++) {
		await page.keyboard.press('Tab');
		const at = await page.evaluate(() => {
			const e = document.activeElement, style = getComputedStyle(e);
			return { name: e.id || e.className || e.textContent.trim().slice(0, 20), outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0, body: e === document.body };
		});
		if (at.body) break;
		assert.ok(at.outlined, `${at.name} has no visible focus`);
		seen.add(at.name);
	}
	for (const id of ['theme', 'workload', 'range', 's-self_hosted.gpu_hour', 'w-volume.mtok_month', 'curve-csv']) assert.ok(seen.has(id), id);
	await shut(page);
});

await test('what is drawn can be taken away as CSV that no spreadsheet runs', async () => {
	const page = await open(browser, base);
	const [file] = await Promise.all([page.waitForEvent('download'), page.locator('#curve-csv').click()]);
	const lines = fs.readFileSync(await file.path(), 'utf8').split('\r\n');
	assert.equal(lines[0], 'volume (Mtok/month),closed (USD/month),self_hosted (USD/month)');
	assert.ok(lines.length > 10);
	await shut(page);
});

await test('the idle bar and what the saving hangs on can be taken away as CSV and as a picture', async () => {
	const page = await open(browser, base);
	for (const [place, name, head] of [['#idle-part', 'idle', 'part,cost (USD/month),share'], ['#levers', 'swings', 'input,from,to,saving_at_from (USD/month),saving_at_to (USD/month)']]) {
		const take = async (text) => (await Promise.all([page.waitForEvent('download'), page.locator(`${place} .picture button`, { hasText: text }).click()]))[0];
		const csv = await take('CSV'), png = await take('PNG');
		assert.equal(csv.suggestedFilename(), `breakeven-${name}.csv`);
		assert.equal(fs.readFileSync(await csv.path(), 'utf8').split('\r\n')[0], head);
		assert.equal(png.suggestedFilename(), `breakeven-${name}.png`);
		const bytes = fs.readFileSync(await png.path());
		assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
		assert.ok(bytes.readUInt32BE(16) > 1900 && bytes.readUInt32BE(20) > 200, `${bytes.readUInt32BE(16)} x ${bytes.readUInt32BE(20)}`);
	}
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('it prints', async () => {
	const page = await open(browser, base);
	const pdf = await page.pdf({ format: 'A4', printBackground: false });
	assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
	const sheets = pdf.toString('latin1').match(/\/Type *\/Page\b/g).length;
	assert.ok(sheets >= 2 && sheets <= 6, `${sheets} sheets`);
	await shut(page);
});

await test('text that looks like markup stays text', async () => {
	const page = await open(browser, base, `?workload=${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
	assert.match(await text(page, '#state'), /<img src=x/i);
	assert.equal(await page.locator('#state img').count(), 0);
	await shut(page);
});

await test('a daemon that is gone is told in a sentence over the old picture, and asking again mends it', async () => {
	const other = await serve(['--data', data]);
	const page = await open(browser, other.url);
	await other.stop();
	await page.locator('#workload').selectOption('code');
	await page.locator('.problem').waitFor();
	assert.match(await text(page, '.problem'), /does not answer/);
	assert.ok(await page.locator('#figures').isVisible());
	assert.ok(await page.locator('#content.old').count() === 1);
	await shut(page);
});

await browser.close();
await daemon.stop();
end();

// The uptime page: how long providers were down by month, what is not known of it, each incident, and what the terminal says.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { end, run, scratchPath, serve, test } from '../api/_daemon.mjs';
import { SCREENS, launch, open, shut, sound, violations } from './_browser.mjs';

const books = scratchPath('books'), DAY = 864e5;
const daemon = await serve(['--data', books]), base = daemon.url, browser = await launch();
const text = (page, selector) => page.locator(selector).innerText();
const take = (name, incidents) => {
	fs.writeFileSync(scratchPath('feed.json'), JSON.stringify({ page: { id: 'p', name, url: 'https://status.example.invalid' }, incidents }));
	const done = run('collect', 'statuspage', scratchPath('feed.json'), '--data', books);
	assert.equal(done.status, 0, done.stderr);
};
const incident = (id, impact, from, to, more = {}) => ({ id, name: `Trouble ${id}`, status: 'resolved', impact, created_at: from, started_at: from, updated_at: from, resolved_at: to, components: [{ name: 'API' }], incident_updates: [], ...more });
const ask = (...args) => { const { columns } = JSON.parse(run('report', ...args, '--data', books, '--format', 'json').stdout); return columns[0].values.map((_, i) => Object.fromEntries(columns.map((c) => [c.name, c.values[i]]))); };
// The figures of a table by the titles of its columns.
const cells = (page, id) => page.locator(`#${id} table`).evaluate((element) => { const titles = [...element.tHead.rows[0].cells].map((c) => c.innerText); return [...element.tBodies[0].rows].map((tr) => Object.fromEntries([...tr.cells].map((c, i) => [titles[i], c.innerText.trim()]))); });
const minutes = (shown) => { const [, h = 0, m = 0] = /^(?:≥ )?(?:([\d,]+) h)? ?(?:(\d+) min)?$/.exec(shown) || assert.fail(shown); return 60 * Number(String(h).replace(',', '')) + Number(m); };

await test('before a status page was read it says how to bring one, and claims no uptime', async () => {
	for (const [theme, width] of [['light', 1440], ['dark', 360]]) {
		const page = await open(browser, base, '?page=uptime', { theme, width, height: 800 });
		assert.match(await text(page, '#headline'), /Nothing is known/);
		assert.match(await text(page, '#content'), /breakeven collect statuspage incidents\.json[\s\S]*collector = statuspage/);
		assert.equal(await page.locator('#content table').count(), 0);
		assert.deepEqual(await violations(page), []);
		assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
		assert.deepEqual(page.complaints, []);
		await shut(page);
	}
});

await test('the configuration that it shows is one that the program takes', async () => {
	const page = await open(browser, base, '?page=uptime'), file = scratchPath('status.conf');
	fs.writeFileSync(file, `${await text(page, '#content pre')}\n`);
	const checked = run('config', 'check', file);
	assert.equal(checked.status, 0, checked.stdout + checked.stderr);
	await shut(page);
});

take('Acme AI', [
	incident('a', 'major', '2026-08-03T10:00:00Z', '2026-08-03T12:30:00Z', { shortlink: 'https://stspg.io/a' }), incident('b', 'critical', '2026-08-03T12:00:00Z', '2026-08-04T14:00:00Z', { components: [{ name: 'API' }, { name: 'Chat' }] }),
	incident('c', 'minor', '2026-09-05T00:00:00Z', '2026-09-05T00:45:00Z', { components: [] }), incident('d', 'maintenance', '2026-09-09T00:00:00Z', '2026-09-09T03:00:00Z', { shortlink: 'javascript:alert(1)' }),
	incident('e', 'major', '2026-09-20T00:00:00Z', null),
]);
take('Beta AI', [incident('f', 'major', new Date(Date.now() - 90 * 60e3).toISOString(), null, { status: 'investigating' }), incident('g', 'none', new Date(Date.now() - 70 * DAY).toISOString(), new Date(Date.now() - 70 * DAY + 36e5).toISOString())]);

for (const screen of SCREENS) await test(`uptime: axe, width, complaints, both themes, ${screen.width} px`, async () => {
	for (const query of ['?page=uptime', '?page=uptime&by=component&impact=major']) {
		const page = await open(browser, base, query, screen);
		await sound(page);
		await shut(page);
	}
});

await test('its minutes, shares and counts are those of the terminal, by provider and by component', async () => {
	for (const by of ['provider', 'component']) {
		const page = await open(browser, base, `?page=uptime${by === 'component' ? '&by=component' : ''}`);
		const list = ask('uptime', '--by', by).sort((a, b) => (a.month < b.month ? 1 : a.month > b.month ? -1 : 0)), shown = await cells(page, 'downtime');
		assert.equal(shown.length, list.length);
		for (const [i, row] of list.entries()) {
			assert.equal(shown[i].Provider, row.provider);
			if (by === 'component') assert.equal(shown[i].Component.replace('not told', '(none)'), row.component);
			for (const [title, name] of [['Down', 'down_minutes'], ['Down or degraded', 'degraded_minutes'], ['Maintenance', 'maintenance_minutes']])
				if (row.end_unknown > 0 && !row[name]) assert.equal(shown[i][title], '–');
				else if (row.known_share > 0) assert.ok(Math.abs(minutes(shown[i][title]) - row[name]) <= 0.5 + (row.open ? 2 : 0), `${title} ${shown[i][title]}, ${row[name]}`);
			assert.ok(Math.abs(parseFloat(shown[i].Known) - 100 * row.known_share) < 0.1, shown[i].Known);
			if (row.end_unknown > 0 && row.uptime === 1) assert.equal(shown[i].Up, '–');
			else if (row.known_share > 0) assert.ok(Math.abs(parseFloat(shown[i].Up.replace('≤ ', '')) - 100 * row.uptime) < 0.01, shown[i].Up);
			assert.equal(Number(shown[i].Begun), row.none + row.minor + row.major + row.critical + row.maintenance);
		}
		await shut(page);
	}
});

await test('overlaps count once, and an end that is not told makes a lower bound of minutes and a dash of none', async () => {
	const page = await open(browser, base, '?page=uptime&provider=Acme%20AI'), list = await cells(page, 'downtime');
	const of = (month) => list.find((row) => row.Month === month) || assert.fail(JSON.stringify(list));
	assert.equal(of('August 2026').Down, '28 h');
	assert.deepEqual([of('September 2026').Down, of('September 2026').Up], ['–', '–']);
	assert.equal(of('September 2026')['Down or degraded'], '≥ 45 min');
	assert.equal(of('September 2026').Maintenance, '≥ 3 h');
	assert.ok(list.every((row) => row.Provider === 'Acme AI'));
	await shut(page);
});

await test('a month of which nothing is told is a dash, and never a zero', async () => {
	const page = await open(browser, base, '?page=uptime');
	await page.route('**/api/v1/report/uptime*', async (route) => {
		const response = await route.fetch(), body = await response.json(), at = (name) => body.columns.find((c) => c.name === name).values;
		for (const name of ['known_share', 'down_minutes', 'degraded_minutes', 'maintenance_minutes', 'none', 'minor', 'major', 'critical', 'maintenance', 'end_unknown']) at(name).fill(0);
		at('uptime').fill(null);
		await route.fulfill({ response, json: body });
	});
	await page.reload();
	await page.locator('#downtime table').waitFor();
	for (const row of await cells(page, 'downtime')) assert.deepEqual([row.Down, row['Down or degraded'], row.Maintenance, row.Begun, row.Up], ['–', '–', '–', '–', '–']);
	assert.match(await text(page, '#headline'), /^Of no month is it known/);
	await shut(page);
});

await test('the sentence names who was down in the latest month that is known, and what goes on', async () => {
	const page = await open(browser, base, '?page=uptime');
	const list = ask('uptime').filter((row) => row.known_share > 0), latest = list.map((row) => row.month).sort().at(-1);
	const said = await text(page, '#headline'), names = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
	assert.match(said, /^Beta AI was down for (1 h 3\d min|[\d hmin]+) in /);
	assert.ok(said.includes(`${names[Number(latest.slice(5)) - 1]} ${latest.slice(0, 4)}`), said);
	assert.match(await text(page, '.lead'), /1 incident is not over/);
	await shut(page);
});

await test('incidents stand newest first with their times, and only an address of the web is a link', async () => {
	const page = await open(browser, base, '?page=uptime'), list = ask('incidents'), shown = await cells(page, 'incidents');
	assert.deepEqual(shown.map((row) => row.What.split('\n')[0]), list.map((row) => row.name));
	assert.deepEqual(shown.map((row) => row.Impact), list.map((row) => row.impact));
	const of = (id) => shown[list.findIndex((row) => row.id === id)];
	assert.deepEqual([of('a').From, of('a').To, of('a').Lasted], ['3 Aug 2026, 10:00 UTC', '3 Aug 2026, 12:30 UTC', '2 h 30 min']);
	assert.deepEqual([of('e').To, of('e').Lasted, of('e').Status], ['–', '–', 'resolved']);
	assert.deepEqual([of('f').To, of('f').Status], ['–', 'investigating']);
	assert.deepEqual(await page.locator('#incidents table a').evaluateAll((links) => links.map((a) => [a.getAttribute('href'), a.rel])), [['https://stspg.io/a', 'noopener noreferrer']]);
	await shut(page);
});

await test('impact and provider are chosen by keys, stand in the address, and the CSV is of what is shown', async () => {
	const page = await open(browser, base, '?page=uptime');
	await page.locator('[data-state=impact]').focus();
	await page.locator('[data-state=impact]').selectOption('major');
	await page.waitForFunction(() => document.querySelector('#incidents-title').innerText.includes('major'));
	assert.equal(await page.evaluate(() => document.activeElement.dataset.state), 'impact');
	await page.locator('[data-state=provider]').selectOption('Acme AI');
	await page.waitForFunction(() => document.querySelector('#incidents-title').innerText.includes('Acme AI'));
	assert.deepEqual((await cells(page, 'incidents')).map((row) => row.What.split('\n')[0]), ask('incidents', '--impact', 'major', '--provider', 'Acme AI').map((row) => row.name));
	assert.match(page.url(), /impact=major/);
	const csv = await page.evaluate(async () => (await fetch(document.querySelector('#incidents .under a').href)).text());
	assert.equal(csv.trim().split('\n').length, 3);
	await page.locator('[data-state=impact]').selectOption('critical');
	await page.waitForFunction(() => document.querySelector('#incidents-title').innerText.includes('critical'));
	await page.goBack();
	await page.waitForFunction(() => document.querySelector('#incidents-title').innerText.includes('major'));
	assert.equal(await page.locator('[data-state=impact]').inputValue(), 'major');
	assert.deepEqual(page.complaints, []);
	await shut(page);
});

await test('the bar holds all pages in one row, and two more, signed in or not; those beneath Sources stand in a second', async () => {
	for (const width of [1440, 768]) {
		const page = await open(browser, base, '?page=uptime', { width });
		await page.evaluate(() => { document.querySelector('#sign-out').hidden = false; for (const name of ['Decide', 'Review']) { const more = document.querySelector('#pages a').cloneNode(); more.textContent = name; document.querySelector('#pages').append(more); } });
		const [bar, tops] = await page.locator('#pages').evaluate((nav) => [[nav.scrollWidth, nav.clientWidth], [...nav.children].map((a) => a.getBoundingClientRect().top)]);
		assert.ok(bar[0] <= bar[1] && tops.every((top) => top === tops[0]), `${width} px: ${bar} ${tops}`);
		assert.deepEqual(await page.locator('#beneath a').allInnerTexts(), ['Sources', 'Imports', 'Uptime']);
		assert.deepEqual(await page.locator('nav [aria-current]').evaluateAll((links) => links.map((a) => [a.textContent, a.getAttribute('aria-current')])), [['Sources', 'true'], ['Uptime', 'page']]);
		await page.locator('#pages a', { hasText: 'Prices' }).press('Enter');
		await page.waitForFunction(() => document.querySelector('#beneath').hidden && document.activeElement.textContent === 'Prices');
		await shut(page);
	}
});

await browser.close();
await daemon.stop();
end();

// The frame: pages, the bar, the address that holds all state, and what is shown when there is nothing to show.
import { session, signIn } from './access.js';
import { ask, post, query, Refused, rows, status as askStatus } from './answer.js';
import { $, copier, fill, h } from './dom.js';
import { writeNumbers } from './figure.js';
import { rangeParams, sentence } from './parts.js';

const BAR = ['workload', 'range', 'from', 'to', 'model'];
// What changes under a page without a new question.
const QUIET = ['theme', 'open'];
// The script of a page comes when the page is first opened: what it shows, and what it adds to the bar.
// A page with a parent stands in a second row beneath it.
const PAGES = {
	'': { title: 'Overview', bar: ['workload', 'range', 'model'], from: () => import('./overview.js') },
	usage: { title: 'Usage', bar: ['workload', 'range'], from: () => import('./usage.js') },
	invoices: { title: 'Invoices', bar: ['range'], whole: 'All months', from: () => import('./invoices.js') },
	compare: { title: 'Compare', bar: ['workload', 'range', 'model'], from: () => import('./compare.js') },
	fleet: { title: 'Fleet', bar: ['workload'], from: () => import('./fleet.js') },
	prices: { title: 'Prices', bar: [], from: () => import('./tables.js') },
	benchmark: { title: 'Benchmark', bar: [], from: () => import('./bench.js') },
	sources: { title: 'Sources', bar: [], from: () => import('./sources.js') },
	runs: { title: 'Imports', parent: 'sources', bar: [], from: () => import('./tables.js') },
	uptime: { title: 'Uptime', parent: 'sources', bar: [], from: () => import('./uptime.js') },
	settings: { title: 'Settings', bar: [], from: () => import('./settings.js') },
	lines: { title: 'Lines of the ledger', bar: [], aside: true, from: () => import('./lines.js') },
};
let status = null, shown = null, view = null, asking = null;

// ---- the address

function readAddress() {
	const params = new URLSearchParams(location.search), state = { edits: {} };
	for (const [name, value] of params) {
		if (name.includes('.')) state.edits[name] = Number.isFinite(Number(value)) && value !== '' ? Number(value) : value;
		else state[name] = value;
	}
	return state;
}

function address(state) {
	const { edits, ...plain } = state;
	return query({ ...plain, ...edits }) || '.';
}

let pushed = { path: null, at: 0 };
// A slider moved by keys is one step back, not twenty.
function remember(state, path) {
	const again = path && path === pushed.path && Date.now() - pushed.at < 2000;
	history[again ? 'replaceState' : 'pushState'](null, '', address(state));
	pushed = { path, at: Date.now() };
}

// ---- the frame

const plainClick = (event) => !(event.metaKey || event.ctrlKey || event.shiftKey || event.button);
// A link that changes the address and nothing else of the window.
const link = (state, text, more = {}) => h('a', { href: address(state), ...more, onclick: (event) => { if (plainClick(event)) { event.preventDefault(); go(state); } } }, text);

function showFrame(state, more) {
	const here = PAGES[state.page] ? state.page : '', page = PAGES[here];
	const kept = { edits: {} };
	for (const name of [...BAR, 'theme']) if (!PAGES[here].aside) kept[name] = state[name]; else kept.theme = state.theme;
	const held = document.activeElement?.closest?.('nav'), top = page.parent ?? here, all = Object.entries(PAGES).filter(([, each]) => !each.aside);
	const row = (place, its) => fill(place, its.map(([name, each]) => link({ ...kept, page: name || undefined }, each.title, { 'aria-current': name === here ? 'page' : name === top && place === '#pages' ? 'true' : null })));
	row('#pages', all.filter(([, each]) => !each.parent));
	const beneath = all.filter(([name, each]) => each.parent === top || (name === top && all.some(([, other]) => other.parent === top)));
	$('#beneath').hidden = !beneath.length;
	row('#beneath', beneath);
	if (held) (held.querySelector('[aria-current]') || $('#pages [aria-current]'))?.focus(); // the link that was followed stays under the hand
	$('#pages [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
	$('#bar').hidden = !page.bar.length && !more;
	for (const name of ['workload', 'range', 'model']) $(`#${name}`).closest('label').hidden = !page.bar.includes(name);
	fill('#more', more ? more() : []);
	for (const select of document.querySelectorAll('#more select')) setField(select, state[select.dataset.state] || '');
	document.title = here ? `${page.title} – breakeven` : 'breakeven';
	for (const name of BAR) if ($(`#${name}`)) setField($(`#${name}`), state[name] || '');
	$('#range').options[0].textContent = page.whole || 'Up to four latest weeks';
	$('#custom').hidden = state.range !== 'custom' || !page.bar.includes('range');
}

// A choice that the address names and the list does not have is shown all the same.
function setField(field, value) {
	if (field.tagName === 'SELECT' && ![...field.options].some((o) => o.value === value)) field.append(h('option', { value }, value));
	field.value = value;
}

function fillChoices(workloads) {
	const select = $('#workload'), value = select.value;
	fill(select, h('option', { value: '' }, 'All traffic'), workloads.filter((name) => name && name !== '(none)').map((name) => h('option', { value: name }, name)));
	setField(select, value);
}

// What stands for the closed side when nobody chose: what was paid, or the model that the answer took.
function nameClosed(answer) {
	const { closed_provider: provider, closed_model: model } = answer?.facts || {};
	if (readAddress().model) return;
	closed = model ? `${provider ? `${provider}/` : ''}${model}, by the price book` : 'What was used, at what it cost';
	$('#model').options[0].textContent = closed;
}
let closed = 'What was used, at what it cost';

let booked = false; // the book is asked for once
async function fillModels() {
	if (booked) return;
	booked = true;
	const select = $('#model'), value = select.value;
	const book = rows(await ask('prices')).filter((row) => row.state === 'priced' && row.service_tier === 'standard' && !Number(row.above_tokens));
	const providers = [...new Set(book.map((row) => row.provider))];
	fill(select, h('option', { value: '' }, closed), providers.map((provider) => h('optgroup', { label: provider },
		[...new Set(book.filter((row) => row.provider === provider).map((row) => row.model))].map((model) => h('option', { value: `${provider}/${model}` }, model)))));
	setField(select, value);
}

function showDemo() {
	const place = $('#demo');
	place.hidden = !status.facts.demo;
	if (place.hidden) { fill(place); return; }
	const button = h('button', { type: 'button', id: 'remove-demo' }, 'Remove the sample data');
	button.addEventListener('click', async () => {
		button.disabled = true;
		try {
			await post('demo/remove', {});
			status = await askStatus();
			showDemo();
			go({ theme: readAddress().theme, edits: {} });
		} catch (error) {
			button.disabled = false;
			problem(error, () => button.click());
		}
	});
	fill(place, h('div', { class: 'banner', role: 'region', 'aria-label': 'Sample data' }, h('div', { class: 'page' },
		h('p', null, h('strong', null, 'Sample data. '), 'Generated and brought in by the ordinary importers: 120 days, three workloads. Nothing here is yours.'), button)));
}

// ---- theme

const THEMES = ['auto', 'light', 'dark'];
function showTheme() {
	const theme = document.documentElement.dataset.theme || 'auto';
	fill('#theme', `Theme: ${theme}`);
}
$('#theme').addEventListener('click', () => {
	const root = document.documentElement, next = THEMES[(THEMES.indexOf(root.dataset.theme || 'auto') + 1) % 3];
	if (next === 'auto') delete root.dataset.theme; else root.dataset.theme = next;
	try { if (next === 'auto') localStorage.removeItem('theme'); else localStorage.setItem('theme', next); } catch { /* then only the address keeps it */ }
	const state = readAddress();
	history.replaceState(null, '', address({ ...state, theme: next === 'auto' ? undefined : next }));
	showTheme();
	view?.repaint?.();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view?.repaint?.());

// ---- states

function problem(error, again) {
	if (error.status === 401) {
		$('#bar').hidden = true;
		$('#content').classList.remove('old');
		fill('#state');
		fill('#content', signIn());
		$('#main').removeAttribute('aria-busy');
		return;
	}
	fill('#state', h('div', { class: 'problem', role: 'alert' }, h('p', null, sentence(error.message)),
		h('button', { type: 'button', onclick: again }, 'Try again')));
	$('#content').classList.add('old');
	$('#main').removeAttribute('aria-busy');
}

async function showEmpty() {
	const { dropper } = await import('./drop.js');
	$('#bar').hidden = true;
	fill('#content', h('div', { class: 'empty', id: 'empty' },
		h('p', { class: 'over' }, 'The ledger is empty'),
		h('h1', null, 'Bring in some usage, and the answer stands here.'),
		h('p', { class: 'say' }, 'Everything stays on this machine. Drop a file, or run one of these in a terminal.'),
		dropper(() => show(readAddress())),
		h('ul', null,
			h('li', null, 'Usage of your own, as CSV with the columns that you have:', copier('breakeven collect usage-csv usage.csv --workload my-service'),
				h('p', { class: 'say' }, 'A first line such as ', h('code', null, 'at,provider,model,workload,in_uncached,out_visible'), '; see first what would be stored with --dry-run.')),
			h('li', null, 'All formats that are understood:', copier('breakeven collect --list')),
			h('li', null, 'Or look at it with sample data, apart from your ledger:', copier('breakeven demo')))));
}

function showNothingHere(facts, headline) {
	fill('#content', h('div', { class: 'empty' }, h('h1', null, headline || 'No usage in this range.'),
		facts?.from ? h('p', { class: 'say' }, `The ledger holds usage from ${facts.from} to ${facts.to}.`) : null,
		h('p', null, h('button', { type: 'button', onclick: () => go({ ...readAddress(), range: 'all', from: undefined, to: undefined }) }, 'Show all data'))));
}

// The drawer that the address names, if the page knows the number.
async function showOpen(state) {
	const spec = state.open ? view?.explain?.(state.open) : null;
	if (!spec && !$('#drawer')) return;
	const { showDrawer } = await import('./drawer.js');
	showDrawer(spec, { theme: state.theme, close: () => { const now = readAddress(); if (now.open) remember({ ...now, open: undefined }); shown = readAddress(); } });
}

async function show(state) {
	asking?.abort();
	const mine = asking = new AbortController();
	const page = PAGES[state.page] || PAGES[''], script = page.from(), first = status ? null : askStatus();
	first?.catch(() => {}); // it is waited for below
	$('#main').setAttribute('aria-busy', 'true');
	const late = setTimeout(() => $('#content').classList.add('old'), 150);
	try {
		const its = await script.catch(() => { showFrame(state); throw Object.assign(new Refused('the script of this page did not come; does the daemon still run?'), { reload: true }); });
		if (mine.signal.aborted) return;
		showFrame(state, its.BAR);
		status ||= await first;
		writeNumbers(status.facts.numbers);
		showDemo();
		const made = await its.show({ state, signal: mine.signal, status, go, link, address, rangeOf: rangeParams, again: () => { status = null; return show(readAddress()); }, change: (edits, path) => { shown = { ...readAddress(), edits }; remember(shown, path); } });
		if (mine.signal.aborted) return;
		view = made;
		if (made.workloads) fillChoices(made.workloads.map((row) => row.workload ?? row));
		if (made.empty) await showEmpty(); else if (made.nothing) showNothingHere(made.nothing, made.headline);
		await made.settled;
		if (page.bar.includes('model')) nameClosed(made.answer);
		if (page.bar.includes('model') && !made.empty) fillModels().catch(() => {});
		showOpen(state);
		fill('#state');
		fill('#foot', h('span', null, `breakeven ${status.facts.version}`), h('span', null, `Days are those of ${status.facts.zone}`), h('span', null, h('a', { href: 'api/v1' }, 'API')), h('span', null, 'Nothing leaves this machine.'));
		shown = state;
		if ($('#sign-out').hidden) session().then((secret) => { $('#sign-out').hidden = !secret; }, () => {});
	} catch (error) {
		if (error.name === 'AbortError') return;
		problem(error, () => (error.reload ? location.reload() : show(readAddress())));
		if (!(error instanceof Refused)) throw error;
	} finally {
		clearTimeout(late);
		if (asking === mine) {
			if (!$('#state').firstChild) $('#content').classList.remove('old');
			$('#main').removeAttribute('aria-busy');
			document.documentElement.dataset.ready = 'yes';
		}
	}
}

// Another question, as the bar, a link or a button asks it.
function go(state) {
	remember(state);
	show(state);
}

addEventListener('popstate', () => {
	const state = readAddress(), plain = (s) => JSON.stringify(Object.entries(s || {}).filter(([name, value]) => value && name !== 'edits' && !QUIET.includes(name)).sort());
	const edited = JSON.stringify(state.edits) !== JSON.stringify(shown?.edits || {});
	if (plain(state) !== plain(shown) || (edited && !view?.follow)) { show(state); return; }
	shown = state;
	if (edited) view.follow(state.edits);
	showOpen(state);
});

// Choices of a page's own, wherever they stand.
document.addEventListener('change', (event) => {
	const name = event.target.dataset?.state;
	if (name) go({ ...readAddress(), [name]: event.target.value || undefined });
});
document.addEventListener('click', (event) => {
	const open = event.target.closest?.('[data-open]')?.dataset.open, png = event.target.closest?.('[data-png]')?.dataset.png;
	if (open) {
		shown = { ...readAddress(), open };
		remember(shown);
		showOpen(shown);
	}
	if (png) savePicture($(`#${png}`), png);
	const bars = event.target.closest?.('[data-bars]');
	if (bars) saveBars(bars.closest('.picture'));
});

async function savePicture(canvas, name, title = canvas.closest('section').querySelector('h2').innerText) {
	const { picture } = await import('./charts.js'), blob = await picture(canvas, title, `breakeven, ${status.facts.now.slice(0, 10)}, days are those of ${status.facts.zone}`);
	const url = URL.createObjectURL(blob);
	h('a', { href: url, download: `breakeven-${name.replace('-canvas', '')}.png` }).click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// Bars that are a table on the page: each row's label, its bar and its figure.
async function saveBars(place) {
	const { paintBars } = await import('./charts.js'), { name, hue } = place.dataset;
	const list = [...place.querySelectorAll('tbody [data-from]')].map((bar) => { const tr = bar.closest('tr'); return { label: tr.cells[0].innerText.trim().split('\n')[0], value: bar.dataset.value, from: Number(bar.dataset.from), to: Number(bar.dataset.to), zero: bar.dataset.zero && Number(bar.dataset.zero) }; });
	savePicture(paintBars(list, hue), name, place.dataset.title || place.closest('section').querySelector('h2').innerText);
}

$('#sign-out').addEventListener('click', async () => {
	try { await post('session/end', {}); location.reload(); } catch (error) { problem(error, () => $('#sign-out').click()); }
});

$('#share').addEventListener('click', async () => {
	try { await navigator.clipboard.writeText(location.href); fill('#share', 'Link copied'); } catch { fill('#share', 'Copy the address'); }
	setTimeout(() => fill('#share', 'Copy link'), 2000);
});

$('#bar').addEventListener('submit', (event) => event.preventDefault());
$('#bar').addEventListener('change', (event) => {
	if (event.target.dataset.state) return;
	const { edits, ...state } = readAddress();
	for (const name of BAR) state[name] = $(`#${name}`)?.value || undefined;
	$('#custom').hidden = state.range !== 'custom';
	if (state.range !== 'custom') state.from = state.to = undefined;
	else if (!state.from && !state.to) return; // wait for a date
	// What was set by hand stays only where it means the same: not for another workload or model.
	go({ ...state, edits: state.workload === (shown?.workload || undefined) && state.model === (shown?.model || undefined) ? edits : {} });
});

let size = 0;
addEventListener('resize', () => { if (innerWidth !== size) { size = innerWidth; view?.repaint?.(); } });
// Paper is light: charts are painted for it, and back again after.
let before;
addEventListener('beforeprint', () => { before = document.documentElement.dataset.theme; document.documentElement.dataset.theme = 'light'; view?.repaint?.(); });
addEventListener('afterprint', () => { if (before) document.documentElement.dataset.theme = before; else delete document.documentElement.dataset.theme; view?.repaint?.(); });

showTheme();
await show(readAddress());

// The frame: pages, the bar, the address that holds all state, and what is shown when there is nothing to show.
import { signIn } from './access.js';
import { ask, post, query, Refused, rows, status as askStatus } from './answer.js';
import { $, copier, fill, h } from './dom.js';
import { load, render } from './overview.js';
import { showTable, TABLES } from './tables.js';

const BAR = ['workload', 'range', 'from', 'to', 'model'];
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

function showFrame(state) {
	const here = state.page || '';
	const pages = [['', 'Overview'], ...Object.entries(TABLES).map(([name, page]) => [name, page.title])];
	const { edits, page, ...kept } = state;
	fill('#pages', pages.map(([name, title]) => h('a', {
		href: address({ ...kept, page: name || undefined, edits: {} }), 'aria-current': name === here ? 'page' : null,
		onclick: (event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) return; event.preventDefault(); go({ ...kept, page: name || undefined, edits: {} }); },
	}, title)));
	$('#bar').hidden = here !== '' && !TABLES[here]?.bar;
	document.title = here ? `${TABLES[here]?.title} – breakeven` : 'breakeven';
	for (const name of BAR) if ($(`#${name}`)) setField($(`#${name}`), state[name] || '');
	$('#custom').hidden = state.range !== 'custom';
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

async function fillModels() {
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
	fill('#state', h('div', { class: 'problem', role: 'alert' }, h('p', null, `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`),
		h('button', { type: 'button', onclick: again }, 'Try again')));
	$('#content').classList.add('old');
	$('#main').removeAttribute('aria-busy');
}

function showEmpty() {
	$('#bar').hidden = true;
	fill('#content', h('div', { class: 'empty', id: 'empty' },
		h('p', { class: 'over' }, 'The ledger is empty'),
		h('h1', null, 'Bring in some usage, and the answer stands here.'),
		h('p', { class: 'say' }, 'Everything stays on this machine. Run one of these in a terminal, then load this page again.'),
		h('ul', null,
			h('li', null, 'Usage of your own, as CSV with the columns that you have:', copier('breakeven collect usage-csv usage.csv --workload my-service'),
				h('p', { class: 'say' }, 'A first line such as ', h('code', null, 'at,provider,model,workload,in_uncached,out_visible'), '; see first what would be stored with --dry-run.')),
			h('li', null, 'All formats that are understood:', copier('breakeven collect --list')),
			h('li', null, 'Or look at it with sample data, apart from your ledger:', copier('breakeven demo')))));
}

function showNothingHere(data) {
	const f = data.weeks.facts;
	fill('#content', h('div', { class: 'empty' }, h('h1', null, data.answer.headline || 'No usage in this range.'),
		f.from ? h('p', { class: 'say' }, `The ledger holds usage from ${f.from} to ${f.to}.`) : null,
		h('p', null, h('button', { type: 'button', onclick: () => go({ ...readAddress(), range: 'all', from: undefined, to: undefined }) }, 'Show all data'))));
}

async function show(state) {
	asking?.abort();
	const mine = asking = new AbortController();
	showFrame(state);
	$('#main').setAttribute('aria-busy', 'true');
	const late = setTimeout(() => $('#content').classList.add('old'), 150);
	try {
		status ||= await askStatus();
		showDemo();
		if (state.page && TABLES[state.page]) {
			view = await showTable(state.page, mine.signal);
		} else {
			const data = await load(state, mine.signal);
			if (mine.signal.aborted) return;
			fillChoices(data.workloads);
			nameClosed(data.answer);
			if (data.empty) { view = null; showEmpty(); } else if (data.answer.facts.closed_month === undefined && !data.scenario) { view = null; showNothingHere(data); } else {
				view = render(data, state, status, (edits, path) => { shown = { ...readAddress(), edits }; remember(shown, path); });
				await view.settled;
			}
		}
		fill('#state');
		fill('#foot', h('span', null, `breakeven ${status.facts.version}`), h('span', null, `Days are those of ${status.facts.zone}`), h('span', null, h('a', { href: 'api/v1' }, 'API')), h('span', null, 'Nothing leaves this machine.'));
		shown = state;
	} catch (error) {
		if (error.name === 'AbortError') return;
		problem(error, () => show(readAddress()));
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
	const state = readAddress(), same = (a, b) => [...BAR, 'page'].every((name) => (a?.[name] || '') === (b?.[name] || ''));
	if (view?.follow && same(state, shown)) { shown = state; view.follow(state.edits); } else show(state);
});

$('#bar').addEventListener('submit', (event) => event.preventDefault());
$('#bar').addEventListener('change', () => {
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
addEventListener('beforeprint', () => view?.repaint?.());

showTheme();
await show(readAddress());
if (!document.querySelector('#empty, #sign-in')) fillModels().catch(() => {});

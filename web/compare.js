// Compare: every input under the hand, both curves following, and saved what-ifs beside what is measured.
import { ask, get, post, remove, rows } from './answer.js';
import { drawCurves } from './charts.js';
import { caveats, curveFinding, curveTable, curveView, hybrid, levers, saveCurves, tornado } from './curves.js';
import { $, fill, h, table } from './dom.js';
import { count, date, money, plain, range, share } from './figure.js';
import { behind, canvas, lazy, notes, opens, pngButton, section, sentence, splitModel } from './parts.js';
import { asker, blame, choice, controls, edited, GROUPS, repriced, tiersOf, tiersText, WAYS, wayOf, within } from './whatif.js';

const INVEST = { months: 24, annual_rate: 0.1 };
const FIRST = 4; // saved what-ifs that are worked out at once; the others follow one by one

async function load(state, signal, rangeOf) {
	const workloads = await ask('usage', { by: 'workload' }, signal), made = { workloads: rows(workloads) };
	if (Number(workloads.facts.requests) === 0) return { ...made, empty: true };
	const { facts } = state.workload ? await ask('usage', { workload: state.workload }, signal) : workloads;
	const [provider, model] = splitModel(state.model), question = { workload: state.workload, ...rangeOf(state, facts.to), closed_provider: provider, closed_model: model };
	const answer = await ask('breakeven', question, signal);
	if (answer.facts.closed_month === undefined) return { ...made, nothing: facts, headline: answer.headline };
	const [scenario, saved] = await Promise.all([ask('scenario', question, signal), ask('scenarios', {}, signal)]);
	// The months that come are the overview's; here growth belongs to the investment.
	const { ahead, ...rest } = scenario.facts.scenario, base = { ...rest, invest: { ...INVEST, volume_growth_month: ahead?.growth_month ?? 0 } };
	return { ...made, answer, base, saved: rows(saved), measured: await post('solve', base) };
}

const saves = (value) => `${value >= 0 ? 'save' : 'cost'} ${money(Math.abs(value))}${value < 0 ? ' more' : ''}`;
const volume = (mtok) => (mtok === null || mtok === undefined ? 'none' : count(mtok * 1e6));
const months = (value) => (value === null || value === undefined ? '–' : value === 0 ? 'at once' : `${plain(Number(value.toPrecision(3)))} months`);

const MEASURES = [
	['Closed', (f) => money(f.closed_month), 'a month', 'c-closed'], ['Self-hosted', (f) => money(f.self_month), 'a month', 'c-self'],
	['Hybrid', (f) => (hybrid(f) ? money(hybrid(f).best_month) : '–'), 'a month', 'c-hybrid'],
	['Saving', (f) => money(f.saving_month), 'a month'], ['80 % band', (f) => (f.bands ? range(f.bands.p10, f.bands.p90) : 'no input has a range')],
	['Saves in', (f) => (f.bands ? `${share(f.bands.p_positive)} of cases` : '–')], ['Fleet', (f) => `${plain(f.replicas)} ${f.replicas === 1 ? 'replica' : 'replicas'}, ${share(f.utilisation ?? NaN)} used`],
	['First break-even', (f) => volume(f.first_break_even_mtok_month), 'tokens a month'], ['Safe break-even', (f) => volume(f.safe_break_even_mtok_month), 'tokens a month'],
	['Pays back', (f) => months(f.payback_months), 'undiscounted'], ['Net present value', (f) => money(f.npv ?? NaN), 'over the months looked at'],
];

export async function show({ state, signal, change, rangeOf, address }) {
	const data = await load(state, signal, rangeOf);
	if (signal.aborted || data.empty || data.nothing) return data;
	const origins = Object.fromEntries(rows(data.answer, 'inputs').map((row) => [row.input.replace('ahead.growth_month', 'invest.volume_growth_month'), row.origin]));
	const measured = { ...data.measured.facts, volume: data.base.volume.mtok_month };
	let edits = { ...state.edits }, now = measured, used = data.base, view = null, list = [];
	const saved = new Map(); // name: { scenario, facts } or { wrong }

	fill('#content',
		h('p', { class: 'over', id: 'compare-over' }), h('h1', { id: 'headline' }), h('p', { class: 'lead', id: 'compare-lead' }),
		notes(caveats(data.answer)),
		h('div', { class: 'split levers' },
			h('div', null,
				section('curves', '', canvas('compare-canvas', 'Closed and self-hosted cost a month over tokens a month'),
					h('div', { class: 'under' }, behind('compare-table'), pngButton('compare-canvas'), h('button', { type: 'button', class: 'quiet', id: 'compare-csv' }, 'CSV'))),
				section('beside', '', h('div', { id: 'beside-part' }), h('form', { id: 'keep', class: 'keep' },
					h('label', null, 'Keep this what-if as ', h('input', { id: 'keep-name', name: 'name', maxlength: 60, required: true, autocomplete: 'off' })), h('button', { type: 'submit' }, 'Save'), h('span', { id: 'keep-says', role: 'status' }))),
				section('swings', '', h('div', { id: 'swings-part' }))),
			h('div', { class: 'whatif', role: 'group', 'aria-label': 'Inputs' },
				h('div', { class: 'head' }, h('h2', null, 'Inputs'), h('button', { type: 'button', class: 'quiet', id: 'reset' }, 'Reset all')),
				h('p', { class: 'verdict', id: 'verdict', role: 'status' }), h('div', { id: 'controls' }))));

	const changed = () => Object.keys(edits).length;

	function paintHead() {
		const better = now.saving_month - measured.saving_month, what = data.answer.facts.workload || 'all traffic';
		fill('#compare-over', [data.answer.facts.workload || 'All traffic', `measured ${date(data.answer.facts.from)} to ${date(data.answer.facts.to)} (${data.answer.facts.zone})`, changed() ? `${changed()} changed` : 'nothing changed'].join(' · '));
		fill('#headline', changed() ? 'With these inputs, ' : 'As measured, ', `moving ${what} would ${now.saving_month >= 0 ? 'save' : 'cost'} `, opens('saving', money(Math.abs(now.saving_month)), 'Saving'), `${now.saving_month < 0 ? ' more' : ''} a month`);
		fill('#compare-lead', now.bands ? `It saves in ${share(now.bands.p_positive)} of cases, between ${range(now.bands.p10, now.bands.p90).replace(' to ', ' and ')} in 80 of 100. ` : 'How sure cannot be told: no input has a range. ',
			hybrid(now) ? [h('strong', null, `A hybrid would save ${money(hybrid(now).saving_month)}`), ': own GPUs for the base, the API for the peaks. '] : '',
			changed() ? `As measured, moving would ${saves(measured.saving_month)}: ${money(Math.abs(better))} ${better >= 0 ? 'better' : 'worse'} now.` : 'Move an input and everything follows; the address keeps what you set.');
	}

	function paintBeside() {
		const columns = [['As measured', measured]];
		if (changed()) columns.push(['This what-if', now]);
		for (const row of data.saved) { const its = saved.get(row.name); if (its?.facts) columns.push([row.name, its.facts, its]); }
		const best = columns.reduce((a, b) => (b[1].saving_month > a[1].saving_month ? b : a));
		fill('#beside-title', columns.length > 1 ? `${best[0]} saves most: ${money(best[1].saving_month)} a month` : 'Save a what-if and it stands here beside what is measured');
		fill('#beside-part', table('What-ifs side by side', [
			{ title: h('span', { class: 'unseen' }, 'Result'), of: ([name, , unit, hue]) => [hue ? h('span', { class: hue }, h('span', { class: 'key line' }), ' ') : '', name, unit ? h('span', { class: 'small' }, ` ${unit}`) : ''] },
			...columns.map(([name, f, its]) => ({ title: its ? keptHead(name, its) : name, figure: true, class: name === 'This what-if' ? 'mine' : null, of: ([, of]) => of(f) })),
		], MEASURES));
	}

	function keptHead(name, its) {
		const note = its.scenario.note;
		return [typeof note === 'string' && note.startsWith('?') ? h('a', { href: address({ ...state, open: undefined, edits: {} }).replace(/^\?/, `${note}&`).replace(/&page=compare(?=&|$)/, '') + (/page=/.test(note) ? '' : '&page=compare') }, name) : name, ' ',
			h('button', { type: 'button', class: 'quiet forget', 'aria-label': `Remove ${name}`, onclick: () => forget(name) }, '✕')];
	}

	function paint(answer, scenario) {
		now = { ...answer.facts, volume: scenario.volume?.mtok_month };
		used = scenario;
		view = curveView(answer, now);
		paintHead();
		fill('#curves-title', curveFinding(now));
		if (view.xs.length) drawCurves($('#compare-canvas'), view);
		lazy('compare-table', () => curveTable(view, now));
		paintBeside();
		const swings = tornado(now, used), first = (now.tornado || []).filter((s) => s.swing > 0)[0];
		fill('#swings-title', first ? `The saving hangs most on ${within(controlName(first.input) || first.input)}: ${range(Math.min(first.low, first.high), Math.max(first.low, first.high))}` : 'No input has a range, so nothing can be said of how sure the saving is');
		fill('#swings-part', levers(now, used), swings);
		fill('#verdict', changed() ? `Closed ${money(now.closed_month)}, self-hosted ${money(now.self_month)} a month.` : 'Nothing is changed.');
		$('#reset').disabled = !changed();
	}
	const controlName = (path) => list.find((c) => c.path === path)?.label;

	const fail = (text) => {
		const [path, why] = blame(text), control = list.find((c) => c.path === path);
		if (control) { control.wrong(why); control.row.closest('details').open = true; }
		if (!view) paint(data.measured, data.base);
		fill('#verdict', h('span', { class: 'warned' }, sentence(text.replace(/^body: /, ''))));
		$('#reset').disabled = false;
	};
	const question = asker(paint, fail);
	const recompute = (final) => (changed() ? question(edited(data.base, edits, final ? undefined : 500)) : paint(data.measured, data.base));

	function edit(path, value, final) {
		if (value === undefined) delete edits[path]; else edits[path] = value;
		if (path === 'closed.by') {
			for (const other of Object.keys(edits)) if (/^(closed\.(price|input|output|tiers|cached_share|cache_read)|(low|high)\.closed\.price)$/.test(other)) delete edits[other];
			paintControls();
			$('[id="w-closed.by"]').focus();
		}
		recompute(final);
		if (final) change({ ...edits }, path);
	}

	function tiersControl(base) {
		const origin = tiersText(base.closed.tiers), field = h('input', { id: 'w-closed.tiers', spellcheck: 'false', autocomplete: 'off' }), wrong = h('p', { class: 'wrong', role: 'alert', hidden: true });
		const row = h('div', { class: 'control' }, h('label', { for: field.id }, h('span', null, 'Tiers ', h('span', { class: 'unit' }, 'from M tokens: USD per M tokens, …'))), field, wrong);
		const set = (value) => { field.value = value ?? origin; row.classList.toggle('changed', value !== undefined); wrong.hidden = true; };
		const tell = (text) => { wrong.textContent = text; wrong.hidden = !text; };
		set(edits['closed.tiers']);
		field.addEventListener('change', () => {
			if (!tiersOf(field.value)) { tell('such as 0: 6, 3000: 1.5'); return; }
			const value = field.value.trim() === origin ? undefined : field.value.trim();
			set(value);
			edit('closed.tiers', value, true);
		});
		return { path: 'closed.tiers', group: 'closed', row, set, wrong: tell };
	}

	function paintControls() {
		const base = repriced(data.base, edits['closed.by']), way = { path: 'closed.by', label: 'Priced by', unit: '', choices: WAYS };
		const held = Object.fromEntries([...document.querySelectorAll('#controls details')].map((d) => [d.id, d.open]));
		list = [{ ...choice(way, wayOf(data.base), edits, edit), group: 'closed' }];
		if (base.closed.tiers) list.push(tiersControl(base), { ...choice({ path: 'closed.tier_mode', label: 'Tiers are', unit: '', choices: [['graduated', 'Each for its own tokens'], ['all_units', 'The last one for all tokens']] }, base.closed.tier_mode || 'graduated', edits, edit), group: 'closed' });
		list.push(...controls(base, measured, edits, edit, { all: true, origins, reset: true }));
		for (const control of list) control.label = control.row.querySelector('label').firstChild.firstChild?.textContent.trim() || '';
		fill('#controls', GROUPS.map(([group, title]) => {
			const its = list.filter((control) => control.group === group), count = () => its.filter((control) => edits[control.path] !== undefined).length;
			return its.length ? h('details', { id: `g-${group}`, open: held[`g-${group}`] ?? (group !== 'uncertain' || count() > 0) }, h('summary', null, h('h3', null, title)), its.map((control) => control.row)) : null;
		}));
	}

	async function solveSaved({ name, changed: when }) {
		if (saved.get(name)?.when === when) return false;
		try {
			const { facts: { scenario } } = await get(`scenarios/${encodeURIComponent(name)}`);
			if (scenario.uncertain?.draws > 5000) scenario.uncertain.draws = 5000;
			saved.set(name, { scenario, when, facts: (await post('solve', scenario)).facts });
		} catch (error) { saved.set(name, { wrong: error.message, when }); }
		return true;
	}

	async function readSaved() {
		data.saved = rows(await ask('scenarios'));
		await Promise.all(data.saved.slice(0, FIRST).map(solveSaved));
		paintBeside();
		const late = data.saved;
		(async () => {
			for (const row of late.slice(FIRST)) {
				if (signal.aborted || data.saved !== late) return;
				if (await solveSaved(row)) paintBeside();
			}
		})();
	}

	const tell = (text, warned) => fill('#keep-says', h('span', { class: warned ? 'warned' : null }, text));
	$('#keep').addEventListener('submit', async (event) => {
		event.preventDefault();
		const name = $('#keep-name').value.trim();
		try {
			await post(`scenarios/${encodeURIComponent(name)}`, { ...edited(data.base, edits), note: address({ workload: state.workload, range: state.range, from: state.from, to: state.to, model: state.model, edits }) });
			$('#keep-name').value = '';
			tell(`Kept as ${name}.`);
			await readSaved();
		} catch (error) { tell(sentence(error.message), true); }
	});
	async function forget(name) {
		try { await remove(`scenarios/${encodeURIComponent(name)}`); tell(`${name} is removed.`); await readSaved(); $('#keep-name').focus(); } catch (error) { tell(sentence(error.message), true); }
	}

	const setAll = () => { paintControls(); };
	$('#reset').onclick = () => { edits = {}; setAll(); recompute(true); change({}, ''); };
	$('#compare-csv').onclick = () => saveCurves(view);
	paintControls();
	const settled = Promise.resolve(recompute(true)).then(readSaved);
	return {
		...data, settled, follow(next) { edits = { ...next }; setAll(); recompute(true); },
		repaint() { if (view?.xs.length) drawCurves($('#compare-canvas'), view); },
		explain: (name) => (name !== 'saving' ? null : {
			title: 'Saving', value: `${money(now.saving_month)} a month`, formula: 'What the closed side costs a month minus what the self-hosted side costs for the same tokens: whole replicas for the fullest hour, people, fixed cost.',
			parts: [['Closed', money(now.closed_month)], ['Self-hosted', money(now.self_month)], ['80 % band', now.bands ? range(now.bands.p10, now.bands.p90) : 'no input has a range'], ...(changed() ? [['As measured', money(measured.saving_month)]] : [])],
			inputs: rows(data.answer, 'inputs').map((row) => (edits[row.input] === undefined ? row : { ...row, value: edits[row.input], origin: 'assumed', source: 'set on this page' })),
		}),
	};
}

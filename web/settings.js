// Settings: what the program goes by, where each value is from, and, where nothing stands above the ledger, a field to change it.
import { ask, post, remove, rows } from './answer.js';
import { $, copier, fill, h, table } from './dom.js';
import { date, numeric, withUnit } from './figure.js';
import { csvLink, section, sentence } from './parts.js';
import { labelOf } from './whatif.js';

const SECTIONS = [['report', 'How it counts'], ['compare', 'What closed and self-hosted are compared by'], ['self_hosted', 'Self-hosted, where no fleet is described'], ['collect', 'Sources'], ['import', 'Imports'], ['serve', 'Serving and access'], ['log', 'Log'], [null, 'The program']];
const ORIGINS = { default: 'default', ledger: 'set here', file: 'file', environment: 'environment', given: 'command line' };
const named = (key) => { const words = key.replace(/^.*\./, '').replaceAll('_', ' '); return labelOf[key] || (words.charAt(0).toUpperCase() + words.slice(1)).replace(/^Gpu/, 'GPU').replace(/^Tls/, 'TLS').replace(/ mib$/, ' MiB').replace(/ s$/, ''); };

// ---- one setting under the hand

// The daemon begins anew with what was changed; until it has, an open connection may still answer as before.
async function until(key, before) {
	for (let i = 0; i < 40; i++) {
		const row = rows(await ask('settings')).find((each) => each.key === key);
		if (row.value !== before.value || row.origin !== before.origin) return;
		await new Promise((done) => { setTimeout(done, 50); });
	}
}

// The field of a setting: changed, it is kept and gone by from the next answer on; refused, the reason stands beside it.
function field(row, again) {
	const id = `set-${row.key}`, wrong = h('span', { class: 'wrong', role: 'alert', hidden: true, id: `${id}-wrong` });
	const more = { id, 'aria-label': named(row.key), 'aria-describedby': `${id}-wrong`, value: row.value };
	const box = row.choices ? h('select', more, row.choices.map((c) => h('option', { value: c, selected: c === row.value }, c.replaceAll('_', ' ')))) : h('input', { ...more, type: 'text', autocomplete: 'off', spellcheck: 'false', list: row.key === 'report.zone' ? 'zones' : null, size: Math.max(6, Math.min(24, String(row.value).length + 2)) });
	async function change(act) {
		box.disabled = true;
		try {
			await act();
			await until(row.key, row);
			await again();
			$(`[id="${id}"]`)?.focus();
			fill('#settings-says', `${named(row.key)} is kept.`);
		} catch (error) {
			box.disabled = false;
			wrong.textContent = sentence(error.message.replace(`${row.key} = `, ''));
			wrong.hidden = false;
			box.focus();
		}
	}
	box.addEventListener('change', () => change(() => post(`settings/${row.key}`, { value: box.value.trim() })));
	return [box, row.unit ? ` ${row.unit}` : '', row.origin === 'ledger' ? h('button', { type: 'button', class: 'quiet', 'aria-label': `Default of ${named(row.key)}: ${row.default || 'none'}`, onclick: () => change(() => remove(`settings/${row.key}`)) }, 'Default') : '', wrong];
}

const settingTable = (title, list, again) => table(title, [
	{ title: 'Setting', of: (row) => [named(row.key), h('span', { class: 'about' }, row.text)] },
	{ title: 'Value', class: 'name', of: (row) => (row.kept && row.key !== 'report.currency' ? field(row, again) : row.value ? h('code', null, row.value, row.unit ? ` ${row.unit}` : '') : '–') },
	{ title: 'From', of: (row) => [h('span', { class: row.origin === 'default' ? 'tag default' : 'tag measured' }, ORIGINS[row.origin] || row.origin), row.default === row.value ? '' : h('span', { class: 'about' }, row.default ? `default ${row.default}` : 'no default')] },
	{ title: 'In a file', class: 'path wide', of: (row) => [h('code', null, row.section ? `[${row.section}] ${row.key.replace(/^.*\./, '')} =` : `${row.key} =`), h('br'), h('code', null, row.variable)] },
], list, { class: 'settings' });

// ---- a form for what has a name: a workload, a fleet

// fields: [{ name, label, unit, value, choices, list }]. The daemon's sentence stands under the field that it names.
// unnamed: the daemon numbers what is new.
function form({ id, title, what, name, fields, gone, again, unnamed }) {
	const says = h('p', { class: 'wrong', role: 'alert', hidden: true }), own = name === undefined && !unnamed;
	const inputs = [...(own ? [{ name: '', label: 'Name', value: '' }] : []), ...fields].map((f) => {
		const more = { id: `${id}-${f.name || 'name'}`, required: f.name === '' };
		const box = f.choices ? h('select', more, f.choices.map(([value, text]) => h('option', { value, selected: value === (f.value ?? '') }, text))) : h('input', { ...more, value: f.value ?? '', autocomplete: 'off', spellcheck: 'false', list: f.list, inputmode: f.unit ? 'decimal' : null });
		const wrong = h('span', { class: 'wrong', role: 'alert', hidden: true });
		return { ...f, box, wrong, row: h('label', null, h('span', null, f.label, f.unit ? h('span', { class: 'unit' }, ` ${f.unit}`) : ''), box, wrong) };
	});
	const fail = (error) => {
		const text = sentence(error.message.replace(/^(fleet|workload) '[^']*': /, '')), its = inputs.find((f) => f.name && new RegExp(`(^|: )${f.name}:`).test(error.message)) || inputs.find((f) => f.name && new RegExp(`\\b${f.name}\\b`).test(error.message));
		for (const f of inputs) f.wrong.hidden = true;
		const place = its ? its.wrong : says;
		place.textContent = text;
		place.hidden = false;
		its?.box.focus();
	};
	const act = async (run) => { says.hidden = true; try { await run(); await again(); } catch (error) { fail(error); } };
	return h('form', {
		class: 'edit', id, 'aria-label': title, onsubmit: (event) => {
			event.preventDefault();
			const given = Object.fromEntries(inputs.filter((f) => f.name && f.box.value.trim() !== (f.value ?? '')).map((f) => [f.name, f.box.value.trim()]));
			act(() => post(own ? `${what}/${encodeURIComponent(inputs[0].box.value.trim())}` : name === undefined ? what : `${what}/${encodeURIComponent(name)}`, given));
		},
	}, h('h3', null, title), h('div', { class: 'fields' }, inputs.map((f) => f.row)), says,
	h('p', null, h('button', { type: 'submit' }, 'Save'), gone ? h('button', { type: 'button', class: 'quiet', onclick: () => act(() => remove(`${what}/${encodeURIComponent(name)}`)) }, gone) : '', h('button', { type: 'button', class: 'quiet', onclick: (event) => { event.target.closest('form').replaceWith(); } }, 'Cancel')));
}

function editor(place, spec) {
	const made = form(spec);
	fill(place, made);
	made.querySelector('input, select').focus();
}

// ---- workloads

function workloadSection(answer, fleets, again) {
	const list = rows(answer), without = list.filter((row) => !row.fleet).length, names = rows(fleets).map((row) => row.name);
	const fields = (row) => [
		{ name: 'fleet', label: 'Fleet that would carry it', value: row?.fleet || '', choices: [['', 'none: the defaults below'], ...names.map((n) => [n, n])] },
		{ name: 'closed_provider', label: 'Closed side: provider', value: row?.closed_provider || '' }, { name: 'closed_model', label: 'Closed side: model', value: row?.closed_model || '' },
		{ name: 'owner', label: 'Who answers for it', value: row?.owner || '' }];
	const edit = (row) => editor('#workload-edit', { id: 'edit-workload', title: row ? `What ${row.name} is compared with` : 'A workload', what: 'workloads', name: row?.name, fields: fields(row), gone: row && (row.owner || row.closed_model || row.fleet) ? 'Forget all of it' : null, again });
	return section('workloads', !list.length ? 'No workload is known yet' : without ? `${without} of ${list.length} workloads have no fleet to be compared with: the defaults stand for it` : `${list.length === 1 ? 'One workload' : `${list.length} workloads`}, each with its fleet`,
		list.length ? table('Workloads', [
			{ title: 'Workload', class: 'name', of: (row) => row.name }, { title: 'Owner', class: 'wide', of: (row) => row.owner || '–' },
			{ title: 'Closed side', of: (row) => (row.closed_model ? `${row.closed_provider ? `${row.closed_provider}/` : ''}${row.closed_model}` : 'what was used') },
			{ title: 'Fleet', of: (row) => row.fleet || '–' }, { title: 'Usage', class: 'wide', of: (row) => (row.in_ledger ? 'in the ledger' : 'none yet') },
			{ title: h('span', { class: 'unseen' }, 'Change'), of: (row) => (row.name === '(none)' ? '' : h('button', { type: 'button', class: 'quiet', 'aria-label': `Change ${row.name}`, onclick: () => edit(row) }, 'Change')) }], list) : null,
		h('p', { class: 'ways' }, h('button', { type: 'button', class: 'quiet', id: 'new-workload', onclick: () => edit(null) }, 'Set up another')), h('div', { id: 'workload-edit' }));
}

// ---- fleets

const FLEET = ['gpu', 'gpus_per_replica', 'gpu_hour', 'throughput_tok_s', 'headroom', 'scaling', 'lag_hours', 'redundancy', 'min_replicas', 'ops_month', 'fixed_month', 'per_mtok', 'upfront', 'hours_month', 'throughput_origin', 'price_source', 'throughput_source'];
const COLUMNS = { price_source: 'gpu_hour_source' };
const CHOICES = { scaling: [['always_on', 'Always on'], ['autoscale', 'Autoscale']], throughput_origin: [['assumed', 'Assumed'], ['measured', 'Measured']] };

function fleetSection(answer, settings, again) {
	const list = rows(answer), fields = answer.columns.filter((c) => !['name', 'changed'].includes(c.name) && c.values.some((v) => v !== null && v !== ''));
	const title = (name) => (name === 'price_source' ? 'Where the price is from' : name === 'throughput_source' ? 'Where the throughput is from' : name === 'throughput_origin' ? 'The throughput is' : name === 'gpu' ? 'GPU' : named(`self_hosted.${name}`));
	const unit = (name) => answer.columns.find((c) => c.name === (COLUMNS[name] || name))?.unit, otherwise = (name) => settings.find((row) => row.key === `self_hosted.${name}`)?.value;
	const edit = (row) => editor('#fleet-edit', {
		id: 'edit-fleet', title: row ? `Fleet ${row.name}` : 'A fleet', what: 'fleets', name: row?.name, gone: row ? 'Remove this fleet' : null, again,
		fields: FLEET.map((name) => ({ name, label: title(name), unit: unit(name), choices: CHOICES[name], value: row ? String(row[COLUMNS[name] || name] ?? '') : CHOICES[name]?.[0][0] ?? '', placeholder: otherwise(name) })).filter((f) => row || !['hours_month', 'upfront', 'per_mtok', 'lag_hours'].includes(f.name)),
	});
	return section('fleets', !list.length ? 'No fleet is described: the self-hosted side is made of defaults' : list.length === 1 ? `One fleet: ${list[0].name}${list[0].gpu ? `, ${list[0].gpus_per_replica} × ${list[0].gpu} a replica` : ''}` : `${list.length} fleets to choose from`,
		list.length ? table('Fleets', [
			{ title: 'What', of: (c) => (c.change ? h('span', { class: 'unseen' }, 'Change') : title(c.name)) },
			...list.map((row, i) => ({ title: [row.name, h('span', { class: 'about' }, `set ${date(row.changed)}`)], of: (c) => (c.change ? h('button', { type: 'button', class: 'quiet', 'aria-label': `Change ${row.name}`, onclick: () => edit(row) }, 'Change') : c.unit && Number.isFinite(numeric(c.values[i])) ? withUnit(c.values[i], c.unit) : c.values[i] ?? '–') })),
		], [...fields, { change: true }]) : null,
		h('p', { class: 'ways' }, h('button', { type: 'button', class: 'quiet', id: 'new-fleet', onclick: () => edit(null) }, 'Describe another fleet')), h('div', { id: 'fleet-edit' }));
}

// ---- rules: whose usage is whose

const IFS = [['account', 'Account'], ['project', 'Project'], ['key', 'Key'], ['provider', 'Provider'], ['model', 'Model'], ['service_tier', 'Service tier'], ['tag', 'Tag'], ['said_workload', 'Workload that the source says']];
const GIFTS = [['workload', 'Workload'], ['team', 'Team'], ['cost_centre', 'Cost centre'], ['counts', 'Counts (yes or no)']];

function ruleSection(answer, again) {
	const list = rows(answer), f = answer.facts, words = (row, names) => names.filter(([name]) => row[name] !== null && row[name] !== '').map(([name, label]) => `${label.toLowerCase()} ${row[name]}`).join(', ');
	const edit = (row) => editor('#rule-edit', {
		id: 'edit-rule', title: row ? `Rule ${row.id}` : 'A rule: calls that fit all that is named', what: 'rules', name: row ? String(row.id) : undefined, unnamed: true, gone: row ? 'Remove this rule' : null, again,
		fields: [...IFS.map(([name, label]) => ({ name, label: `If ${label.toLowerCase()} is`, value: row?.[name] ?? '' })), ...GIFTS.map(([name, label]) => ({ name, label: `Then ${label.toLowerCase()}`, value: row?.[name] ?? '' })), { name: 'position', label: 'Place in the order', value: row ? String(row.position) : '' }, { name: 'note', label: 'Why', value: row?.note ?? '' }],
	});
	return section('rules', !list.length ? 'No rule says whose usage is whose: it belongs to the workload that its source names' : `${list.length === 1 ? 'One rule says' : `${list.length} rules say`} whose usage is whose${f.idle > 0 ? `, ${f.idle === list.length ? 'none of them gives' : f.idle === 1 ? 'one of them gives nothing' : `${f.idle} of them give nothing`}${f.idle === list.length ? ' anything' : ''}` : ''}`,
		h('p', { class: 'say' }, 'Asked in this order whenever usage is read: a change needs no new import, and moves history. * stands for anything.'),
		list.length ? table('Rules', [
			{ title: 'No.', figure: true, of: (row) => String(row.id) }, { title: 'If', class: 'name', of: (row) => words(row, IFS) || 'any call' }, { title: 'Then', class: 'name', of: (row) => words(row, GIFTS) || '–' },
			{ title: 'Does', class: 'wide', of: (row) => row.state || '–' }, { title: 'Why', class: 'wide', of: (row) => row.note || '–' },
			{ title: h('span', { class: 'unseen' }, 'Change'), of: (row) => h('button', { type: 'button', class: 'quiet', 'aria-label': `Change rule ${row.id}`, onclick: () => edit(row) }, 'Change') }], list) : null,
		h('p', { class: 'ways' }, h('button', { type: 'button', class: 'quiet', id: 'new-rule', onclick: () => edit(null) }, 'Add a rule')), h('div', { id: 'rule-edit' }));
}

export async function show({ signal, again }) {
	const [settings, workloads, fleets, rules] = await Promise.all(['settings', 'workloads', 'fleets', 'rules'].map((name) => ask(name, {}, signal)));
	const list = rows(settings), of = (key) => list.find((row) => row.key === key)?.value, start = of('report.month_start');
	const zones = typeof Intl.supportedValuesOf === 'function' ? ['UTC', ...Intl.supportedValuesOf('timeZone')] : [];
	fill('#content',
		h('p', { class: 'over' }, 'Settings'),
		h('h1', { class: 'list' }, `Days are those of ${of('report.zone')}, months begin on day ${start}, money is in ${of('report.currency')}`),
		h('p', { class: 'say' }, `${settings.facts.changed} of ${settings.facts.settings} settings differ from their defaults. A change made here is kept in the ledger and holds at once, in the terminal too; a file, the environment and the command line go before it. How the daemon is served is set only there. Amounts are in USD: there are no exchange rates yet to convert them with.`),
		h('p', { role: 'status', class: 'say', id: 'settings-says' }),
		h('datalist', { id: 'zones' }, zones.map((zone) => h('option', { value: zone }))),
		SECTIONS.slice(0, 1).map(([name, title]) => section(`set-${name}`, title, settingTable(`Settings: ${title}`, list.filter((row) => row.section === name), again))),
		workloadSection(workloads, fleets, again), fleetSection(fleets, list, again), ruleSection(rules, again),
		[...SECTIONS.slice(1), ...[...new Set(list.map((row) => row.section))].filter((name) => name && !SECTIONS.some(([known]) => known === name)).map((name) => [name, named(name)])].map(([name, title]) => { const its = list.filter((row) => (row.section || null) === name); return its.length ? section(`set-${name || 'program'}`, title, settingTable(`Settings: ${title}`, its, again)) : null; }),
		h('section', { id: 'change', 'aria-label': 'A configuration file' }, h('h3', null, 'To set the others'), h('p', { class: 'say' }, 'Write a file with every setting and its meaning, change what should be another, have it checked, and start the daemon with it.'),
			copier('breakeven config example > breakeven.conf'), copier('breakeven config check breakeven.conf'), copier('breakeven serve --config breakeven.conf'),
			h('div', { class: 'under' }, csvLink('settings', {}, 'Settings as CSV'), csvLink('workloads', {}, 'Workloads as CSV'), csvLink('fleets', {}, 'Fleets as CSV'), csvLink('audit', {}, 'Who changed what, as CSV'))));
	return { repaint() {} };
}

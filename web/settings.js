// Settings: what the program goes by, where each value is from and where it is changed. Nothing is changed here.
import { ask, rows } from './answer.js';
import { copier, fill, h, table } from './dom.js';
import { date, numeric, withUnit } from './figure.js';
import { csvLink, section } from './parts.js';
import { labelOf } from './whatif.js';

const SECTIONS = [['report', 'How it counts'], ['compare', 'What closed and self-hosted are compared by'], ['self_hosted', 'Self-hosted, where no fleet is described'], ['import', 'Imports'], ['serve', 'Serving and access'], ['log', 'Log'], [null, 'The program']];
const ORIGINS = { default: 'default', file: 'file', environment: 'environment', given: 'command line' };
const named = (key) => { const words = key.replace(/^.*\./, '').replaceAll('_', ' '); return labelOf[key] || (words.charAt(0).toUpperCase() + words.slice(1)).replace(/^Gpu/, 'GPU').replace(/^Tls/, 'TLS').replace(/ mib$/, ' MiB').replace(/ s$/, ''); };

const settingTable = (title, list) => table(title, [
	{ title: 'Setting', of: (row) => [named(row.key), h('span', { class: 'about' }, row.text)] },
	{ title: 'Value', class: 'name', of: (row) => (row.value ? h('code', null, row.value, row.unit ? ` ${row.unit}` : '') : '–') },
	{ title: 'From', of: (row) => h('span', { class: row.origin === 'default' ? 'tag default' : 'tag measured' }, ORIGINS[row.origin] || row.origin) },
	{ title: 'Default', class: 'small wide', of: (row) => (row.default === row.value ? 'the same' : row.default || 'none') },
	{ title: 'Change it by', class: 'path wide', of: (row) => [h('code', null, row.section ? `[${row.section}] ${row.key.replace(/^.*\./, '')} =` : `${row.key} =`), h('br'), h('code', null, row.variable)] },
], list, { class: 'settings' });

function workloadSection(answer) {
	const list = rows(answer), without = list.filter((row) => !row.fleet).length;
	return section('workloads', !list.length ? 'No workload is known yet' : without ? `${without} of ${list.length} workloads have no fleet to be compared with: the defaults stand for it` : `${list.length === 1 ? 'One workload' : `${list.length} workloads`}, each with its fleet`,
		list.length ? table('Workloads', [
			{ title: 'Workload', class: 'name', of: (row) => row.name }, { title: 'Owner', of: (row) => row.owner || '–' },
			{ title: 'Closed side', of: (row) => (row.closed_model ? `${row.closed_provider ? `${row.closed_provider}/` : ''}${row.closed_model}` : 'what was used') },
			{ title: 'Fleet', of: (row) => row.fleet || '–' }, { title: 'Usage', class: 'wide', of: (row) => (row.in_ledger ? 'in the ledger' : 'none yet') }], list) : null,
		copier('breakeven workload set NAME --fleet FLEET --closed-provider openai --closed-model gpt-4o'));
}

function fleetSection(answer) {
	const list = rows(answer), fields = answer.columns.filter((c) => !['name', 'changed'].includes(c.name) && c.values.some((v) => v !== null && v !== ''));
	const title = (c) => named(`self_hosted.${c.name}`);
	return section('fleets', !list.length ? 'No fleet is described: the self-hosted side is made of defaults' : list.length === 1 ? `One fleet: ${list[0].name}${list[0].gpu ? `, ${list[0].gpus_per_replica} × ${list[0].gpu} a replica` : ''}` : `${list.length} fleets to choose from`,
		list.length ? table('Fleets', [
			{ title: 'What', of: (c) => title(c) },
			...list.map((row, i) => ({ title: [row.name, h('span', { class: 'about' }, `set ${date(row.changed)}`)], of: (c) => (c.unit && Number.isFinite(numeric(c.values[i])) ? withUnit(c.values[i], c.unit) : c.values[i] ?? '–') })),
		], fields) : null,
		copier('breakeven fleet set NAME --gpus-per-replica 2 --gpu-hour 2.50 --throughput-tok-s 3000'));
}

export async function show({ signal }) {
	const [settings, workloads, fleets] = await Promise.all(['settings', 'workloads', 'fleets'].map((name) => ask(name, {}, signal)));
	const list = rows(settings), of = (key) => list.find((row) => row.key === key)?.value, start = of('report.month_start');
	fill('#content',
		h('p', { class: 'over' }, 'Settings'),
		h('h1', { class: 'list' }, `Days are those of ${of('report.zone')}, months begin on day ${start}, money is in ${of('report.currency')}`),
		h('p', { class: 'say' }, `${settings.facts.changed} of ${settings.facts.settings} settings are not as the program has them. They are read when the daemon starts: from its command line, then the environment, then the configuration file, then the defaults. This page only shows them.`),
		workloadSection(workloads), fleetSection(fleets),
		SECTIONS.map(([name, title]) => { const its = list.filter((row) => (row.section || null) === name); return its.length ? section(`set-${name || 'program'}`, title, settingTable(`Settings: ${title}`, its)) : null; }),
		h('section', { id: 'change', 'aria-label': 'How to change a setting' }, h('h3', null, 'To change one'), h('p', { class: 'say' }, 'Write a file with every setting and its meaning, change what should be another, have it checked, and start the daemon with it.'),
			copier('breakeven config example > breakeven.conf'), copier('breakeven config check breakeven.conf'), copier('breakeven serve --config breakeven.conf'),
			h('div', { class: 'under' }, csvLink('settings', {}, 'Settings as CSV'), csvLink('workloads', {}, 'Workloads as CSV'), csvLink('fleets', {}, 'Fleets as CSV'))));
	return { repaint() {} };
}

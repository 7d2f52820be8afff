// Uptime: what went wrong at providers by their own word: how long by month, how much of a month is known, and each incident.
import { ask, rows } from './answer.js';
import { $, copier, fill, h, table } from './dom.js';
import { plain, share } from './figure.js';
import { choice, csvLink, moment, monthName, notes, section } from './parts.js';

const IMPACTS = [['', 'Any'], ['critical', 'Critical'], ['major', 'Major'], ['minor', 'Minor'], ['none', 'None'], ['maintenance', 'Maintenance']];
const DOWN = ['major', 'critical'];
const KINDS = ['none', 'minor', 'major', 'critical', 'maintenance'];
const NAMED = 3; // providers in the headline

const several = (n, word) => `${plain(n)} ${word}${n === 1 ? '' : 's'}`;

function lasting(minutes) {
	if (minutes === null || !Number.isFinite(minutes)) return '–';
	const whole = Math.round(minutes), hours = Math.floor(whole / 60);
	if (whole === 0) return minutes > 0 ? '< 1 min' : '0 min';
	return [hours ? `${plain(hours)} h` : null, whole % 60 || !hours ? `${whole % 60} min` : null].filter(Boolean).join(' ');
}

// Where a month or an end is not told there is no zero, and what is there is the least.
const silent = (row) => !(row.known_share > 0);
const vague = (row) => silent(row) || row.end_unknown > 0;
const minutesOf = (row, name) => (!vague(row) ? lasting(row[name]) : row[name] > 0 ? `≥ ${lasting(row[name])}` : '–');
const begun = (row) => KINDS.reduce((sum, kind) => sum + row[kind], 0);
// Cut, not rounded: who was down is never told to have been up for all of it.
const upOf = (row) => (row.uptime === null || (row.end_unknown > 0 && row.uptime === 1) ? '–' : `${row.end_unknown > 0 ? '≤ ' : ''}${plain(Math.floor(1e5 * row.uptime + 1e-6) / 1e3)} %`);
const componentOf = (name) => (name === '(none)' ? 'not told' : name);

// ---- the sentence

function headline(months) {
	const told = months.filter((row) => !silent(row)), latest = told.map((row) => row.month).sort().at(-1);
	if (!latest) return 'Of no month is it known whether a provider was down';
	const list = told.filter((row) => row.month === latest).sort((a, b) => b.down_minutes - a.down_minutes), when = monthName(latest);
	const down = list.filter((row) => row.down_minutes > 0);
	if (down.length) {
		const rest = down.length > NAMED ? `, and ${several(down.length - NAMED, 'other')} less` : '';
		return `${down.slice(0, NAMED).map((row, i) => `${row.provider} ${i ? '' : 'was down for '}${minutesOf(row, 'down_minutes')}${i ? '' : ` in ${when}`}`).join(', ')}${rest}`;
	}
	const open = list.filter((row) => row.end_unknown > 0);
	if (open.length) return `How long ${open[0].provider} was down in ${when} is not known: of ${several(open[0].end_unknown, 'incident')} the end is not told`;
	return `${list.length === 1 ? list[0].provider : `None of ${several(list.length, 'provider')}`} ${list.length === 1 ? 'tells of no outage' : 'tells of an outage'} in ${when}`;
}

// What the sentence leaves out: how much of its month is known, and what goes on.
function lead(months, open) {
	const told = months.filter((row) => !silent(row)), latest = told.map((row) => row.month).sort().at(-1), now = months.map((row) => row.month).sort().at(-1);
	const parts = told.filter((row) => row.month === latest).map((row) => row.known_share), low = Math.min(...parts), high = Math.max(...parts);
	return h('p', { class: 'lead' }, [
		latest ? `${share(low) === share(high) ? share(low) : `Between ${share(low)} and ${share(high)}`} of that month is known. ` : '',
		latest && latest !== now ? `Of ${monthName(now)} nothing is: the pages have not been read since. ` : '',
		open ? h('strong', null, `${several(open, 'incident')} ${open === 1 ? 'is' : 'are'} not over.`) : 'No incident that is known goes on.'].filter(Boolean));
}

// ---- by month

function downtime(answer, state, providers) {
	const each = state.by === 'component', list = rows(answer).sort((a, b) => (a.month < b.month ? 1 : a.month > b.month ? -1 : 0)), most = Math.max(...list.map((row) => row.down_minutes));
	const known = list.filter((row) => !silent(row)).length, down = list.filter((row) => row.down_minutes > 0).length;
	const title = !list.length ? 'Nothing is known of this provider' : `Downtime is known in ${plain(down)} of ${several(known, `${each ? 'component' : 'provider'} month`)}`;
	const bar = (row) => (silent(row) && !(row.down_minutes > 0) ? h('span', { class: 'about' }, 'nothing is known') : row.down_minutes > 0 ? h('span', { class: 'meter', vars: { '--part': row.down_minutes / most } }) : '');
	return section('downtime', title,
		h('div', { class: 'find' }, choice('by', 'Sum by', [['', 'Provider'], ['component', 'Component']], state.by), choice('provider', 'Of', [['', 'All providers'], ...providers.map((name) => [name, name])], state.provider)),
		list.length ? table(`Downtime by month and ${each ? 'component' : 'provider'}`, [
			{ title: 'Month', class: 'whole', of: (row) => monthName(row.month) }, { title: 'Provider', class: 'name', of: (row) => row.provider },
			...(each ? [{ title: 'Component', class: 'name', of: (row) => componentOf(row.component) }] : []),
			{ title: 'Down', figure: true, of: (row) => minutesOf(row, 'down_minutes') },
			{ title: h('span', { class: 'unseen' }, 'Bar'), class: 'bars c-closed', of: bar },
			{ title: 'Down or degraded', figure: true, class: 'wide', of: (row) => minutesOf(row, 'degraded_minutes') },
			{ title: 'Maintenance', figure: true, class: 'wide', of: (row) => minutesOf(row, 'maintenance_minutes') },
			{ title: 'Begun', figure: true, class: 'wide', of: (row) => (silent(row) && !begun(row) ? '–' : plain(begun(row))) },
			{ title: 'Up', figure: true, of: upOf }, { title: 'Known', figure: true, of: (row) => share(row.known_share ?? NaN) },
		], list) : null,
		h('p', { class: 'say' }, 'Known is the share of the month of which the page has told anything, and Up counts within it. A dash is not known, ≥ says that an end was not told, Begun counts incidents and maintenance of any impact.'),
		notes(answer.notes), h('div', { class: 'under' }, csvLink('uptime', { by: state.by, provider: state.provider })));
}

// ---- one by one

// Only what a browser opens as a page is a link: the address is somebody else's text.
const nameOf = (row) => (/^https?:\/\//i.test(row.url || '') ? h('a', { href: row.url, rel: 'noopener noreferrer', target: '_blank' }, row.name) : row.name);

function incidents(answer, state) {
	const list = rows(answer), kind = [state.impact, state.provider && `of ${state.provider}`].filter(Boolean);
	const title = list.length ? `${several(list.length, 'incident')}${kind.length ? `: ${kind.join(', ')}` : ''}` : `No incident${kind.length ? ` is ${kind.join(', ')}` : ''}`;
	return section('incidents', title,
		h('div', { class: 'find' }, choice('impact', 'Impact', IMPACTS, state.impact)),
		list.length ? table('Incidents, newest first', [
			{ title: 'From', class: 'whole', of: (row) => moment(row.started) }, { title: 'To', class: 'whole wide', of: (row) => moment(row.ended) }, { title: 'Lasted', figure: true, of: (row) => lasting(row.minutes) },
			{ title: 'Provider', class: 'name', of: (row) => row.provider }, { title: 'Impact', of: (row) => h('span', { class: DOWN.includes(row.impact) ? 'tag exception' : 'tag' }, row.impact) },
			{ title: 'What', class: 'long', of: (row) => [nameOf(row), row.components.length ? h('span', { class: 'about' }, row.components.join(', ')) : null] },
			{ title: 'Status', class: 'whole', of: (row) => row.status },
		], list) : null,
		h('div', { class: 'under' }, csvLink('incidents', { impact: state.impact, provider: state.provider })));
}

// ---- the page

const empty = () => h('div', { class: 'empty' }, h('p', { class: 'over' }, 'Uptime'), h('h1', { id: 'headline' }, 'Nothing is known of providers’ outages.'),
	h('p', { class: 'say' }, 'What providers tell of themselves on their status pages is summed here by month. A saved page comes in like any file:'),
	copier('breakeven collect statuspage incidents.json'),
	h('p', { class: 'say' }, 'Or the daemon asks the page by itself, and follows what is edited and dated back:'),
	h('pre', { tabindex: 0, 'aria-label': 'A status page as a source in a configuration file' }, '[source status]\ncollector = statuspage\nurl = https://status.example.com'),
	copier('breakeven source test status --config breakeven.conf'), copier('breakeven serve --config breakeven.conf'));

export async function show({ state, signal }) {
	const { by, provider, impact } = state, focused = document.activeElement?.dataset.state;
	const [all, open, list] = await Promise.all([ask('uptime', {}, signal), ask('incidents', {}, signal), ask('incidents', { impact, provider }, signal)]);
	const shown = by || provider ? await ask('uptime', { by, provider }, signal) : all;
	if (signal.aborted) return {};
	const months = rows(all);
	if (!open.facts.incidents) { fill('#content', empty()); return { repaint() {} }; }
	fill('#content', h('p', { class: 'over' }, 'Outages, as providers tell of them'), h('h1', { class: 'list', id: 'headline' }, headline(months)), lead(months, open.facts.open),
		downtime(shown, state, [...new Set(months.map((row) => row.provider))].sort()), incidents(list, state));
	if (focused) $(`#content [data-state="${focused}"]`)?.focus(); // a choice made by keys stays under the hand
	return { repaint() {} };
}

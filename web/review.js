// What is done at the prices: catalogues that wait, with what each would change; and lines that the prices known now would make another amount.
import { ask, get, post, query, rows, send } from './answer.js';
import { $, copier, fill, h, table } from './dom.js';
import { date, money, numeric, plain, rate, share } from './figure.js';
import { csvLink, dayIn, section, sentence, signed } from './parts.js';

const MOST = 100; // rows of a difference, the largest first
const KINDS = [['changed', 'changed'], ['corrected', 'corrected'], ['new', 'new'], ['ended', 'ended']];
const RATES = [['cache_read', 'cache read'], ['cache_write_5m', 'cache write']];
const STATES = { waiting: 'waits', applied: 'applied', undone: 'taken back', dismissed: 'dismissed', replaced: 'a newer one came' };

const by = (part) => `${part > 0 ? '+' : part < 0 ? '−' : '±'}${share(Math.abs(part))}`;
const known = (value) => value !== null && value !== undefined;
// A rate before and after, and by how much.
const move = (was, is) => (was === is ? rate(numeric(is)) : [rate(numeric(was)), ' → ', h('strong', null, rate(numeric(is))), Number(was) > 0 && known(is) ? h('span', { class: 'about' }, by(Number(is) / Number(was) - 1)) : '']);
const usd = (text) => money(numeric(text)), difference = (text) => signed(usd(text), numeric(text));

// What a button does. What is refused stands beside it.
const act = (place, run) => async (event) => {
	const button = event.submitter || event.currentTarget;
	event.preventDefault();
	button.disabled = true;
	fill(place);
	try { await run(); } catch (error) { fill(place, h('p', { class: 'warned', role: 'alert' }, sentence(error.message))); } finally { button.disabled = false; }
};
const told = () => h('div', { class: 'told' });
// The page shows what is so now; above it stands what was done.
const done = async (again, text) => {
	await again();
	fill('#prices-says', text);
	$('#prices-says').focus();
};

// ---- the book

// What the dated rows of the book say of itself: the same item, at another rate from a day on.
async function changes({ signal, status }) {
	const groups = new Map();
	for (const row of rows(await ask('prices', { all: 'yes' }, signal))) {
		const key = JSON.stringify([row.provider, row.model, row.service_tier, row.above_tokens, row.source]);
		groups.set(key, [...(groups.get(key) || []), row]);
	}
	const list = [...groups.values()].flatMap((all) => {
		const dated = all.sort((a, b) => ((a.from || '') < (b.from || '') ? -1 : 1));
		return dated.slice(1).map((row, i) => ({ row, before: dated[i] })).filter(({ row, before }) => row.from && (row.input !== before.input || row.output !== before.output));
	}).sort((a, b) => (a.row.from < b.row.from ? 1 : -1));
	if (!list.length) return null;
	const today = status.facts.now.slice(0, 10), come = list.filter((c) => c.row.from.slice(0, 10) > today), past = list.filter((c) => !come.includes(c));
	const { row, before } = past[0] || list[0];
	return section('changes', `${past.length} ${past.length === 1 ? 'price' : 'prices'} changed within the book${come.length ? `, ${come.length} more will` : ''}; the latest: ${row.model}, ${date(row.from)}, input from ${rate(numeric(before.input))} to ${rate(numeric(row.input))}`,
		table('Prices that changed', [
			{ title: 'Since', class: 'whole', of: (c) => [date(c.row.from), come.includes(c) ? h('span', { class: 'about' }, 'to come') : ''] }, { title: 'Provider', class: 'wide', of: (c) => c.row.provider }, { title: 'Model', class: 'name', of: (c) => c.row.model },
			{ title: 'Tier', class: 'wide', of: (c) => c.row.service_tier },
			{ title: ['Input ', h('span', null, 'USD/Mtok')], figure: true, of: (c) => move(c.before.input, c.row.input) }, { title: ['Output ', h('span', null, 'USD/Mtok')], figure: true, of: (c) => move(c.before.output, c.row.output) },
		], list.slice(0, 20)), list.length > 20 ? h('p', { class: 'say' }, `The latest 20 of ${list.length}.`) : null);
}

// ---- catalogues

function rowsOf(kind, list, id) {
	const its = list.filter((row) => row.change === kind).sort((a, b) => Math.abs(b.largest_change ?? 0) - Math.abs(a.largest_change ?? 0)), both = kind === 'changed' || kind === 'corrected';
	if (!its.length) return null;
	const others = (row) => RATES.filter(([name]) => both && row[`${name}_before`] !== row[`${name}_after`]).map(([name, text]) => h('span', { class: 'about' }, `${text} ${rate(numeric(row[`${name}_before`]))} → ${rate(numeric(row[`${name}_after`]))}`));
	const cost = (row, name) => (both ? move(row[`${name}_before`], row[`${name}_after`]) : rate(numeric(row[`${name}_${kind === 'new' ? 'after' : 'before'}`])));
	const made = [table(`Prices of catalogue ${id}: ${kind}`, [
		{ title: 'Model', class: 'name', of: (row) => [row.model, h('span', { class: 'about' }, [row.provider, row.service_tier !== 'standard' && row.service_tier, row.state !== 'priced' && row.state].filter(Boolean).join(', '))] },
		{ title: ['Input ', h('span', null, 'USD/Mtok')], figure: true, of: (row) => cost(row, 'input') }, { title: ['Output ', h('span', null, 'USD/Mtok')], figure: true, of: (row) => [cost(row, 'output'), others(row)] },
		...(both ? [{ title: 'Largest change', figure: true, of: (row) => (known(row.largest_change) ? by(row.largest_change) : '–') }] : [])], its.slice(0, MOST), { class: 'difference' }),
	its.length > MOST ? h('p', { class: 'say' }, `${both ? 'The largest' : 'The first'} ${MOST} of ${plain(its.length)}; `, h('code', null, `breakeven prices review ${id}`), ' lists all.') : null];
	return both ? [h('h3', null, `${kind === 'changed' ? 'Changed' : 'Corrected'}, the largest first`), made] : h('details', null, h('summary', null, kind === 'new' ? `${plain(its.length)} new` : `${plain(its.length)} that it has no more`), made);
}

async function waiting(row, { status, again }, may) {
	const place = told(), id = `catalogue-${row.id}`, from = h('input', { type: 'date', id: `${id}-from`, required: true, value: dayIn(status.facts.zone, status.facts.now) }), keep = h('input', { type: 'checkbox', id: `${id}-keep` });
	let seen = null, wrong = null;
	try { if (may) seen = await post(`catalogues/review/${row.id}`, {}); } catch (error) { wrong = sentence(error.message); }
	const f = seen?.facts || row, list = seen ? rows(seen) : [], most = list.reduce((best, each) => (Math.abs(each.largest_change ?? 0) > Math.abs(best) ? each.largest_change : best), 0);
	const counts = KINDS.filter(([name]) => f[name] > 0).map(([name, text]) => `${plain(f[name])} ${text}`).join(', ') || 'nothing differs any more';
	return section(id, `Prices of ${row.book} wait: ${counts}${most ? `; the largest change is ${by(most)}` : ''}`,
		h('p', { class: 'say' }, `Catalogue ${row.id}, ${row.name}, came ${date(row.came)}.${seen ? ` ${plain(f.unchanged)} as before.` : ''} Nothing is changed yet.`),
		wrong ? h('p', { class: 'warned' }, wrong) : null, (seen?.notes || []).map((note) => h('p', { class: 'warned' }, sentence(note))),
		KINDS.map(([name]) => rowsOf(name, list, row.id)),
		h('div', { class: 'acts review' },
			h('form', { onsubmit: act(place, async () => { const answer = await post(`catalogues/apply/${row.id}`, { from: from.value, ...(keep.checked ? { keep_ended: 'yes' } : {}) }); await done(again, `${sentence(answer.headline)} It holds from ${date(answer.facts.from)}. Lines that are in the ledger keep their price: below you can see what repricing would change.`); }) },
				h('label', { for: from.id }, 'Changes hold from'), from, f.ended > 0 ? h('label', null, keep, ' What it has no more goes on') : null, h('button', { type: 'submit', disabled: !may, 'aria-label': `Apply catalogue ${row.id}` }, 'Apply')),
			h('button', { type: 'button', class: 'quiet', disabled: !may, 'aria-label': `Dismiss catalogue ${row.id}`, onclick: act(place, async () => { const answer = await post(`catalogues/dismiss/${row.id}`, {}); await done(again, sentence(answer.headline)); }) }, 'Dismiss')), place);
}

function came(list, again, may) {
	const place = told(), file = h('input', { type: 'file', id: 'catalogue-file', disabled: !may }), open = list.filter((row) => row.state === 'waiting').length;
	file.addEventListener('change', act(place, async () => {
		if (!file.files[0]) return;
		const { name } = file.files[0], answer = await send(`catalogues${query({ name })}`, file.files[0], 'application/octet-stream');
		file.value = '';
		await done(again, known(answer.facts.id) ? `${name} was read and waits: see what it would change, then apply or dismiss it.` : sentence(answer.headline));
	}));
	const undo = (row) => { const its = told(); return [h('button', { type: 'button', class: 'quiet', disabled: !may, 'aria-label': `Undo catalogue ${row.id}`, onclick: act(its, async () => { const answer = await post(`catalogues/undo/${row.id}`, {}); await done(again, sentence(answer.headline)); }) }, 'Undo'), its]; };
	return section('catalogues', !list.length ? 'No price catalogue came to be reviewed yet' : `${list.length === 1 ? 'One price catalogue' : `${list.length} price catalogues`} came; ${open ? `${open} ${open === 1 ? 'waits' : 'wait'}` : 'nothing waits'}`,
		h('p', { class: 'say' }, 'A catalogue is read whole and waits here with what it would change. Give a file in any format of prices that is understood, or let a source with a catalogue bring it.'),
		h('div', { class: 'acts review' }, h('label', { for: file.id }, 'Read a catalogue'), file), place, copier('breakeven prices review model_prices_and_context_window.json'),
		list.length ? [table('Price catalogues', [
			{ title: 'No.', of: (row) => String(row.id) }, { title: 'Book', class: 'name', of: (row) => [row.book, h('span', { class: 'about' }, row.name)] }, { title: 'Came', class: 'whole', of: (row) => date(row.came) },
			{ title: 'State', of: (row) => h('span', { class: 'tag' }, STATES[row.state] || row.state) }, { title: 'New', figure: true, of: (row) => plain(row.new) }, { title: 'Changed', figure: true, of: (row) => plain(row.changed) }, { title: 'Ended', figure: true, of: (row) => plain(row.ended) },
			{ title: 'Holds from', class: 'whole', of: (row) => date(row.from) }, { title: 'By', class: 'wide', of: (row) => row.who || '–' },
			{ title: h('span', { class: 'unseen' }, 'Take back'), of: (row) => (row.state === 'applied' ? undo(row) : '') }], list), h('div', { class: 'under' }, csvLink('catalogues', {}))] : null);
}

// ---- repricing

function sayClosed(f, months) {
	const closed = rows(months).filter((row) => row.state === 'closed').map((row) => row.month);
	if (!closed.length) return h('p', { class: 'say' }, 'No month is closed.');
	return h('p', { class: 'say' }, `${closed.length === 1 ? `${closed[0]} is` : closed.length < 7 ? `${closed.slice(0, -1).join(', ')} and ${closed.at(-1)} are` : `${closed.length} months up to ${closed.at(-1)} are`} closed and ${closed.length === 1 ? 'stays' : 'stay'} as ${closed.length === 1 ? 'it is' : 'they are'}`,
		f.closed_lines > 0 ? `: ${plain(f.closed_lines)} ${f.closed_lines === 1 ? 'line' : 'lines'} there would come to ${difference(f.closed_difference)} otherwise.` : '.');
}

const fact = (title, value, more) => h('div', null, h('dt', null, title), h('dd', null, value), more ? h('dd', { class: 'more' }, more) : null);

async function preview(wish, again) {
	const [seen, months] = await Promise.all([post('reprice', wish), ask('months')]), f = seen.facts, list = rows(seen), place = told();
	if (!(f.lines > 0)) return [h('p', { class: 'good' }, sentence(seen.headline)), sayClosed(f, months)];
	return [h('dl', { class: 'figures small' },
		fact('Lines that change', plain(f.lines), [f.newly_priced_lines > 0 && `${plain(f.newly_priced_lines)} had no price`, f.no_longer_priced_lines > 0 && `${plain(f.no_longer_priced_lines)} will have none`].filter(Boolean).join(', ')),
		fact('They come to', usd(f.before)), fact('They would come to', usd(f.after)), fact('Difference', difference(f.difference))),
	sayClosed(f, months),
	table('What repricing would change', [
		{ title: 'Month', class: 'whole', of: (row) => row.month }, { title: 'Model', class: 'name', of: (row) => [row.model, h('span', { class: 'about' }, row.provider)] }, { title: 'Lines', figure: true, of: (row) => plain(row.lines) },
		{ title: 'Had no price', figure: true, of: (row) => plain(row.newly_priced) }, { title: 'Will have none', figure: true, of: (row) => plain(row.no_longer_priced) },
		{ title: 'Now', figure: true, of: (row) => usd(row.before) }, { title: 'Then', figure: true, of: (row) => usd(row.after) }, { title: 'Difference', figure: true, of: (row) => difference(row.difference) }], list.slice(0, MOST)),
	list.length > MOST ? h('p', { class: 'say' }, `The first ${MOST} of ${plain(list.length)}; `, h('code', null, 'breakeven reprice'), ' lists all.') : null,
	h('div', { class: 'acts review' }, h('button', { type: 'button', id: 'reprice-confirm', onclick: act(place, async () => { const answer = await post('reprice', { ...wish, confirm: f.digest }); await done(again, sentence(answer.headline)); }) }, `Change ${plain(f.lines)} ${f.lines === 1 ? 'line' : 'lines'}: ${difference(f.difference)}`), h('span', { class: 'say' }, 'Counts only if it is still what is shown here. It is written down with who did it.')), place];
}

function repricing(answer, again, may) {
	const list = rows(answer), place = h('div', { class: 'told', id: 'reprice-seen' }), stuck = told(), resume = answer.facts.unfinished;
	const inputs = [['from', 'From', 'date'], ['to', 'To, not included', 'date'], ['provider', 'Provider', 'text'], ['model', 'Model', 'text']].map(([name, label, type]) => ({ name, label, box: h('input', { type, id: `reprice-${name}`, autocomplete: 'off', spellcheck: 'false' }) }));
	return section('reprice', 'Lines keep the price that they were taken with, until you reprice them',
		h('p', { class: 'say' }, 'See first what the prices known now would change, by month and model; nothing named means all lines of open months.'),
		resume ? [h('p', { class: 'warned' }, `Repricing ${list[0].id} was cut off: ${plain(list[0].done)} of ${plain(list[0].lines)} lines are changed.`), h('div', { class: 'acts review' }, h('button', { type: 'button', disabled: !may, onclick: act(stuck, async () => { const it = await post('reprice', { resume: 'yes' }); await done(again, sentence(it.headline)); }) }, 'Go on with it')), stuck] : null,
		h('form', { class: 'edit plain', id: 'reprice-form', 'aria-label': 'Which lines', oninput: () => fill(place), onsubmit: act(place, async () => { const made = await preview(Object.fromEntries(inputs.filter((f) => f.box.value.trim()).map((f) => [f.name, f.box.value.trim()])), again); fill(place, made); }) },
			h('div', { class: 'fields' }, inputs.map((f) => h('label', null, h('span', null, f.label), f.box))), h('button', { type: 'submit', disabled: !may }, 'See what would change')), place,
		list.length ? h('details', null, h('summary', null, `${plain(list.length)} ${list.length === 1 ? 'repricing was' : 'repricings were'} confirmed`), table('Repricings', [
			{ title: 'No.', of: (row) => String(row.id) }, { title: 'Begun', class: 'whole', of: (row) => date(row.started) }, { title: 'Which', of: (row) => [row.from && `from ${date(row.from)}`, row.to && `to ${date(row.to)}`, row.provider, row.model].filter(Boolean).join(', ') || 'all' },
			{ title: 'Lines', figure: true, of: (row) => (row.finished ? plain(row.lines) : `${plain(row.done)} of ${plain(row.lines)}`) }, { title: 'Before', figure: true, of: (row) => usd(row.before) }, { title: 'After', figure: true, of: (row) => usd(row.after) }, { title: 'By', of: (row) => row.who || '–' }], list), h('div', { class: 'under' }, csvLink('repricings', {}))) : null);
}

// ---- what stands above the book and below it

export async function review(given) {
	const { signal, again } = given, [catalogues, repricings, who] = await Promise.all([ask('catalogues', {}, signal), ask('repricings', {}, signal), get('session', signal)]);
	const may = !who.facts.scope || who.facts.scope === 'admin', list = rows(catalogues), open = list.filter((row) => row.state === 'waiting');
	const [changed, ...sections] = await Promise.all([changes(given), ...open.map((row) => waiting(row, given, may))]);
	return {
		above: [h('p', { role: 'status', class: 'say', id: 'prices-says', tabindex: -1 }),
			may ? null : h('p', { class: 'say', id: 'may-not' }, 'This browser may look and change nothing: applying a catalogue and repricing want the admin right, a link of ', h('code', null, 'breakeven token login --scope admin'), '.'),
			open.length ? null : h('p', { class: 'say', id: 'nothing-waits' }, 'No price catalogue waits to be reviewed; below the book stands how to bring one.'), sections, changed],
		below: [came(list, again, may), repricing(repricings, again, may)],
	};
}

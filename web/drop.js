// A file that is dropped or chosen: first what would be stored, and only then, asked for, stored.
import { get, query, rows, send } from './answer.js';
import { fill, h, table } from './dom.js';
import { count, date, plain } from './figure.js';
import { sentence } from './parts.js';

const gone = (answer) => {
	const list = answer ? rows(answer, 'reasons') : [];
	return list.length ? [h('h3', null, 'Rows that are not taken as they are'), table('Rows that are not taken as they are', [
		{ title: 'What', of: (row) => row.kind }, { title: 'Rows', figure: true, of: (row) => plain(row.rows) }, { title: 'Why', class: 'long', of: (row) => sentence(row.reason) }, { title: 'Lines', of: (row) => row.lines || '–' }], list)] : null;
};

function formats(body) {
	const list = body?.columns ? rows(body, 'formats').filter((row) => row.why_not).slice(0, 6) : [];
	return list.length ? [h('h3', null, 'The nearest formats, and why each did not fit'), table('Formats that the file is not', [
		{ title: 'Format', of: (row) => [h('code', null, row.name), h('span', { class: 'about' }, row.title), h('span', { class: 'warned' }, sentence(row.why_not))] }], list)] : null;
}

// after: called when something was stored
export function dropper(after) {
	const input = h('input', { type: 'file', id: 'file', class: 'unseen' }), workload = h('input', { id: 'file-workload', maxlength: 100, autocomplete: 'off' });
	const place = h('div', { id: 'dropped', role: 'status' });
	const format = h('select', { id: 'file-format' }, h('option', { value: 'auto' }, 'recognised by its content')), replace = h('input', { type: 'checkbox', id: 'file-replace' });
	// Without the list a file is recognised as ever.
	get('collectors').then((answer) => format.append(...rows(answer).map((row) => h('option', { value: row.name, title: row.title }, row.name)))).catch(() => {});
	const area = h('div', { class: 'drop', id: 'drop' }, h('p', null, h('strong', null, 'Drop a file here'), ' or ', h('label', { for: 'file', class: 'choose' }, 'choose one'), input, '.'),
		h('p', { class: 'say' }, 'Usage, invoices, GPU readings or prices, in any format that is understood, plain or gzip. Nothing is stored before you have seen what would be.'),
		h('p', null, h('label', null, 'Read it as ', format)));
	let file = null, looks = 0;

	const ask = (dry) => send(`collect${query({ name: file.name, dry_run: dry ? 'yes' : 'no', collector: format.value, replace: replace.checked ? 'yes' : 'no', workload: workload.value.trim() })}`, file, 'application/octet-stream');
	const problem = (error) => fill(place, h('div', { class: 'problem', role: 'alert' }, h('p', null, `${error.message}.`)), formats(error.body), gone(error.body?.columns ? error.body : null));

	// Of two looks that are under way the later one counts.
	async function look() {
		const turn = ++looks, asked = document.activeElement === replace;
		if (!file) return;
		if (!asked) fill(place, h('p', { class: 'say' }, `Reading ${file.name}: ${count(file.size)} bytes …`));
		area.classList.add('busy');
		try {
			const answer = await ask(true);
			if (turn !== looks) return;
			const f = answer.facts, shown = rows(answer, 'rows').map((row) => row.row), some = f.taken + f.replaced, changes = some + f.removed > 0;
			const button = h('button', { type: 'button', id: 'store', disabled: !changes, onclick: store }, !changes ? 'Nothing to store' : some > 0 ? `Store ${plain(some)} rows` : `Remove ${plain(f.removed)} rows`);
			fill(place, h('h2', null, `${f.name} is ${f.title}`),
				h('p', null, h('strong', null, `${plain(f.taken)} rows would be stored`), replace.checked ? `, ${plain(f.replaced)} replaced, ${plain(f.removed)} removed` : '', `, ${plain(f.repeated)} there already, ${plain(f.conflicting)} in conflict, ${plain(f.refused)} refused`, f.first ? `; from ${date(f.first)} to ${date(f.last)}` : '', '.'),
				/^usage/.test(f.kind || '') ? h('p', null, h('label', null, 'Workload of rows that name none ', workload), ' ', h('button', { type: 'button', class: 'quiet', onclick: look }, 'Look again')) : null,
				f.kind === 'invoices' ? h('p', null, h('label', null, replace, ` It is the newest export of its billing periods: what an earlier ${f.name} said of them and this one says otherwise is replaced, and what it no longer has is removed. A closed month stays; the difference is booked in the open one.`)) : null,
				h('p', null, button), gone(answer),
				shown.length ? [h('h3', null, 'The first rows, as they would be stored'), h('pre', { tabindex: 0, 'aria-label': 'The first rows' }, shown.join('\n'))] : null);
			if (asked) replace.focus();
		} catch (error) { if (turn === looks) problem(error); } finally { area.classList.remove('busy'); }
	}

	async function store(event) {
		const button = event.currentTarget;
		button.disabled = true;
		try {
			const answer = await ask(false);
			fill(place, h('p', null, h('strong', null, sentence(answer.headline))), h('p', null, h('button', { type: 'button', id: 'stored', onclick: after }, 'Show the answer')), gone(answer));
			place.querySelector('#stored').focus();
		} catch (error) { button.disabled = false; problem(error); }
	}

	const take = (chosen) => { file = chosen; replace.checked = false; look(); };
	format.addEventListener('change', () => { replace.checked = false; look(); });
	replace.addEventListener('change', look);
	// The same file may be chosen again once it was changed.
	input.addEventListener('change', () => { const [chosen] = input.files; input.value = ''; if (chosen) take(chosen); });
	for (const kind of ['dragenter', 'dragover']) area.addEventListener(kind, (event) => { event.preventDefault(); area.classList.add('over-it'); });
	for (const kind of ['dragleave', 'drop']) area.addEventListener(kind, () => area.classList.remove('over-it'));
	area.addEventListener('drop', (event) => { event.preventDefault(); if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]); });
	return [area, place];
}

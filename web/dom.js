// Elements made of text, never of markup.
import { decimalPoint } from './figure.js';

// h('p', { class: 'note', onclick }, 'text', child, [children])
export function h(name, attributes, ...children) {
	const element = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (value === undefined || value === null || value === false) continue;
		if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
		else if (key === 'vars') for (const [name, v] of Object.entries(value)) element.style.setProperty(name, v);
		else if (key === 'value') element.value = value;
		else element.setAttribute(key, value === true ? '' : value);
	}
	element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
	return element;
}

export const $ = (selector) => document.querySelector(selector);

export function fill(place, ...children) {
	const element = typeof place === 'string' ? $(place) : place;
	element.replaceChildren(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
	return element;
}

const kind = (column) => [column.figure && 'figure', column.class].filter(Boolean).join(' ') || null;

// columns: [{ title, figure: true where it is a number, of: row => text or element }]
export function table(caption, columns, rows, more = {}) {
	return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
		h('table', more,
			h('caption', { class: 'unseen' }, caption),
			h('thead', null, h('tr', null, columns.map((c) => h('th', { scope: 'col', class: kind(c) }, c.title)))),
			h('tbody', null, rows.map((row) => h('tr', { class: row.class }, columns.map((c, i) => h(i === 0 ? 'th' : 'td',
				{ scope: i === 0 ? 'row' : null, class: kind(c) }, c.of(row))))))));
}

// A spreadsheet runs a cell that begins like a formula; a quote before it makes it text again.
function cell(value) {
	let text = value === null || value === undefined ? '' : String(value);
	if (/^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text))) text = `'${text}`;
	if (decimalPoint() === ',' && typeof value === 'number') text = text.replace('.', ',');
	return /[",;\r\n]/.test(text) && !(decimalPoint() === ',' && typeof value === 'number') ? `"${text.replaceAll('"', '""')}"` : text;
}

export function download(name, columns) {
	// As the daemon's own CSV: where a comma is the decimal sign, cells are parted by semicolons.
	const european = decimalPoint() === ',', between = european ? ';' : ',', lines = [columns.map((c) => cell(c.unit ? `${c.name} (${c.unit})` : c.name)).join(between)];
	for (let i = 0; i < Math.max(0, ...columns.map((c) => c.values.length)); i++) lines.push(columns.map((c) => cell(c.values[i])).join(between));
	const url = URL.createObjectURL(new Blob([(european ? '\ufeff' : '') + lines.join('\r\n') + '\r\n'], { type: 'text/csv' }));
	h('a', { href: url, download: name }).click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function copier(text) {
	return h('div', { class: 'command' }, h('code', null, text), h('button', {
		type: 'button', class: 'quiet', 'aria-label': `Copy: ${text}`,
		onclick: async (event) => {
			const button = event.currentTarget;
			try { await navigator.clipboard.writeText(text); button.textContent = 'Copied'; } catch { button.textContent = 'Select it'; }
			setTimeout(() => { button.textContent = 'Copy'; }, 1500);
		},
	}, 'Copy'));
}

// The answer as curves and words: what both sides cost over volume, where they cross, what the saving hangs on.
import { columns } from './answer.js';
import { valueAt } from './charts.js';
import { download, h, table } from './dom.js';
import { count, money, plain, range, share, tokens } from './figure.js';
import { labelOf, percentOf, unitOf } from './whatif.js';

export function curveFinding(f) {
	const first = f.first_break_even_mtok_month, safe = f.safe_break_even_mtok_month, now = f.volume ?? null;
	const today = now === null ? '' : `; volume here is ${tokens(now)}`;
	if (first === null || first === undefined) return `Self-hosting pays at no volume up to ${tokens(f.horizon_mtok_month)} a month${today}`;
	if (safe === null || safe === undefined) return `Self-hosting pays first at ${tokens(first)} a month, and for good at no volume up to ${tokens(f.horizon_mtok_month)}${today}`;
	if (safe <= first * (1 + 1e-9)) return `Self-hosting pays from ${tokens(first)} a month on${today}`;
	return `Self-hosting pays first at ${tokens(first)} a month and for good from ${tokens(safe)}${today}`;
}

export const band = (f) => (f.bands ? `80 % band ${range(f.bands.p10, f.bands.p90)}` : 'no band: no input has a range');

// Fewer replicas with the peaks sent to the closed side, where that is cheaper than either side alone.
export function hybrid(f) {
	const best = f.overflow;
	return best && best.best_replicas > 0 && best.best_month < Math.min(f.closed_month, f.self_month) - 0.005 ? best : null;
}

// Up to the next 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten: an axis that ends where a tick is.
function roundUp(value) {
	const power = 10 ** Math.floor(Math.log10(value));
	return power * [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * (1 - 1e-9));
}

export function curveView(answer, f) {
	const column = (name) => columns(answer, 'curves').find((c) => c.name === name)?.values || [];
	const xs = column('volume_mtok_month'), first = f.first_break_even_mtok_month, safe = f.safe_break_even_mtok_month;
	const wanted = 1.5 * Math.max(f.volume || 0, safe ?? 0, Math.min(first ?? 0, 4 * (f.volume || Infinity)), 0);
	const max = Math.min(xs[xs.length - 1] ?? 1, wanted > 0 ? roundUp(wanted) : Infinity);
	const lines = [];
	if (f.volume > 0) lines.push({ at: f.volume, text: `now ${count(f.volume * 1e6)}${Number.isFinite(f.saving_month) ? `: moving all ${f.saving_month >= 0 ? `saves ${money(f.saving_month)}` : `costs ${money(-f.saving_month)} more`}` : ''}`, colour: 'ink', dash: [4, 4] });
	if (first > 0) lines.push({ at: first, text: safe <= first * (1 + 1e-9) ? `break-even ${count(first * 1e6)}` : `first ${count(first * 1e6)}`, colour: 'soft' });
	if (safe > 0 && safe > first * (1 + 1e-9)) lines.push({ at: safe, text: `safe ${count(safe * 1e6)}`, colour: 'soft' });
	return {
		xs, closed: column('closed_month'), self: column('self_month'), max, islands: f.islands || [], lines: lines.sort((a, b) => a.at - b.at),
		gap: f.volume > 0 && f.saving_month !== undefined && f.saving_month !== null
			? { at: f.volume, closed: f.closed_month, self: f.self_month, hybrid: hybrid(f)?.best_month } : null,
	};
}

export function curveTable(view, f) {
	const at = (name, volume) => ({ name, volume, closed: valueAt(view.xs, view.closed, volume), self: valueAt(view.xs, view.self, volume) });
	const marked = [f.volume > 0 && at('volume here', f.volume), f.first_break_even_mtok_month && at('first break-even', f.first_break_even_mtok_month), f.safe_break_even_mtok_month && at('safe break-even', f.safe_break_even_mtok_month)].filter(Boolean);
	const every = Math.max(1, Math.ceil(view.xs.length / 120));
	const list = marked.concat(view.xs.map((x, i) => (i % every ? null : { name: '', volume: x, closed: view.closed[i], self: view.self[i] })).filter(Boolean)).sort((a, b) => a.volume - b.volume);
	return table('Cost a month by volume', [
		{ title: 'Tokens a month', figure: true, of: (r) => count(r.volume * 1e6) },
		{ title: 'Closed', figure: true, of: (r) => money(r.closed) },
		{ title: 'Self-hosted', figure: true, of: (r) => money(r.self) },
		{ title: 'Saving', figure: true, of: (r) => money(r.closed - r.self) },
		{ title: 'What is there', of: (r) => r.name },
	], list);
}

// At this volume, the value of one input alone at which both sides cost the same.
export function levers(f, used) {
	const closed = used.closed || {}, self = used.self_hosted || {};
	const list = [
		['Closed price of the mix', 'USD/Mtok', f.blended_price, f.break_even_closed_price, 'at least'],
		['GPU price', 'USD/hour', self.gpu_hour, f.break_even_gpu_hour, 'at most'],
		['Input tokens per output token', '', closed.input_per_output, f.break_even_mix, 'at most'],
	].filter(([, , now, then]) => Number.isFinite(now) && Number.isFinite(then));
	if (!list.length) return null;
	const short = (value, unit) => (unit ? money(value) : plain(Number(value.toPrecision(4))));
	return [h('h3', null, 'What one input alone would have to be to break even here'), table('Break-even values of single inputs', [
		{ title: 'Input', of: ([name, unit]) => [name, unit ? h('span', { class: 'small' }, ` ${unit.replace('USD/Mtok', 'per M tokens').replace('USD/hour', 'per hour')}`) : ''] },
		{ title: 'Now', figure: true, of: ([, unit, now]) => short(now, unit) },
		{ title: 'Break-even', figure: true, of: ([, unit, , then, word]) => (then < 0 ? 'not even for nothing' : `${word} ${short(then, unit)}`) },
		{ title: 'Change', figure: true, of: ([, , now, then]) => (then < 0 || !(now > 0) ? '–' : then > 10 * now ? `${plain(Number((then / now).toPrecision(2)))} times` : `${then >= now ? '+' : '−'}${share(Math.abs(then / now - 1))}`) },
	], list)];
}

// What the saving hangs on: each uncertain input from its low to its high end, the others as they are.
export function tornado(f, used) {
	const list = (f.tornado || []).filter((swing) => swing.swing > 0), ranges = used.uncertain?.inputs || {};
	if (!list.length) return null;
	const ends = list.flatMap((swing) => [swing.low, swing.high]), least = Math.min(0, ...ends), most = Math.max(0, ...ends);
	const part = (value) => `${(100 * (value - least) / (most - least)).toFixed(2)}%`;
	const unit = (value) => ((value - least) / (most - least)).toFixed(4), end = (swing, i) => ranges[swing.input]?.[i] ?? null;
	return [h('h3', null, 'What the saving of moving all hangs on most'), h('p', { class: 'say' }, 'One input at a time goes from its lowest to its highest; the thin line is where nothing is saved.'), h('div', { class: 'picture', 'data-name': 'swings', 'data-hue': 'class-1', 'data-title': 'What the saving hangs on most' }, table('The saving at both ends of each uncertain input', [
		{ title: 'Input', of: (swing) => [labelOf[swing.input] || swing.input, unitOf[swing.input] ? h('span', { class: 'about wide' }, unitOf[swing.input]) : ''] },
		{ title: 'From, to', figure: true, of: (swing) => (ranges[swing.input] ? [0, 2].map((i) => plain(three(ranges[swing.input][i] * (percentOf[swing.input] ? 100 : 1)))).join(' to ') : '–') },
		{ title: 'Saving there', figure: true, of: (swing) => range(swing.low, swing.high) },
		{ title: h('span', { class: 'unseen' }, 'Bar'), class: 'bars wide', of: (swing) => h('span', { class: 'swing', 'data-from': unit(Math.min(swing.low, swing.high)), 'data-to': unit(Math.max(swing.low, swing.high)), 'data-zero': unit(0), 'data-value': range(swing.low, swing.high), vars: { '--from': part(Math.min(swing.low, swing.high)), '--to': part(Math.max(swing.low, swing.high)), '--zero': part(0) } }) },
	], list), h('div', { class: 'under' }, h('button', { type: 'button', class: 'quiet', 'data-bars': true, 'aria-label': 'PNG of what the saving hangs on' }, 'PNG'),
		h('button', { type: 'button', class: 'quiet', 'aria-label': 'CSV of what the saving hangs on', onclick: () => download('breakeven-swings.csv', [
			{ name: 'input', values: list.map((s) => s.input) }, { name: 'from', values: list.map((s) => end(s, 0)) }, { name: 'to', values: list.map((s) => end(s, 2)) },
			{ name: 'saving_at_from', unit: 'USD/month', values: list.map((s) => s.low) }, { name: 'saving_at_to', unit: 'USD/month', values: list.map((s) => s.high) }]) }, 'CSV')))];
}
const three = (value) => Number(value.toPrecision(3));

export const saveCurves = (view) => download('breakeven-curves.csv', [
	{ name: 'volume', unit: 'Mtok/month', values: view.xs }, { name: 'closed', unit: 'USD/month', values: view.closed }, { name: 'self_hosted', unit: 'USD/month', values: view.self }]);

// Bands, horizon and break-even values stand in the page itself.
export const caveats = (answer) => (answer.notes || []).filter((note) => !/^(horizon_mtok_month|bands|break_even_mix)\b/.test(note));

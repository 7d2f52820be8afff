// Each chart is made once and then given new data. Colours come from the style sheet.
import { axisMoney, count, money, range } from './figure.js';

export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const veil = (hex, part) => hex + Math.round(part * 255).toString(16).padStart(2, '0');
// On an axis 6.00 bn is 6 bn.
const tick = (number) => count(number).replace(/[.,]0+(?= |$)/, '');
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const font = (size = 12, weight = '') => `${weight} ${size}px ${FONT}`;

// Each label stands in the lowest row where it covers no other label and no line that climbs past it.
function placeLabels(context, labels, left, right) {
	const placed = [];
	for (const label of labels.sort((a, b) => b.x - a.x)) {
		const width = context.measureText(label.text).width;
		const at = label.x + 6 + width <= right ? label.x + 6 : Math.max(left, label.x - 6 - width);
		const free = (row) => placed.every((other) => (other.row !== row || at > other.at + other.width + 12 || at + width < other.at - 12)
			&& (other.row <= row || other.x < at - 4 || other.x > at + width + 4) && (other.row >= row || label.x < other.at - 4 || label.x > other.at + other.width + 4));
		// Where none is free, above all others: there a line may cross a label, but no two labels do.
		const rows = placed.length + 1;
		let row = 0;
		while (row < rows && !free(row)) row++;
		if (row === rows) row = 1 + Math.max(...placed.map((other) => other.row));
		placed.push(Object.assign(label, { at, width, row }));
	}
	return placed;
}

// Shaded stretches, upright lines with labels above the plot, and the gap between both curves at one volume.
const marks = {
	id: 'marks',
	beforeDatasetsDraw(chart, _, options) {
		const { ctx, chartArea: area, scales: { x, y } } = chart;
		const inside = (value) => Math.min(area.right, Math.max(area.left, x.getPixelForValue(value)));
		ctx.save();
		for (const band of options.bands || []) {
			ctx.fillStyle = veil(colour('self'), 0.1);
			ctx.fillRect(inside(band[0]), area.top, inside(band[1]) - inside(band[0]), area.height);
		}
		ctx.restore();
	},
	afterDatasetsDraw(chart, _, options) {
		const { ctx, chartArea: area, scales: { x, y } } = chart;
		ctx.save();
		ctx.font = font(12, '600');
		// Words that a line may cross stand on the ground's colour.
		const over = (text, left, middle) => { ctx.strokeStyle = colour('paper'); ctx.lineWidth = 4; ctx.strokeText(text, left, middle); ctx.fillText(text, left, middle); };
		const labels = (options.lines || []).filter((line) => line.at >= x.min && line.at <= x.max)
			.map((line) => ({ ...line, x: x.getPixelForValue(line.at) }));
		for (const label of placeLabels(ctx, labels, area.left, chart.width - 4)) {
			const top = area.top - 12 - 18 * label.row;
			ctx.strokeStyle = ctx.fillStyle = colour(label.colour || 'ink');
			ctx.setLineDash(label.dash || []);
			ctx.lineWidth = 1;
			ctx.beginPath();
			ctx.moveTo(label.x, area.bottom);
			ctx.lineTo(label.x, top - 4);
			ctx.stroke();
			ctx.setLineDash([]);
			ctx.textBaseline = 'middle';
			ctx.font = font(12, label.colour === 'ink' ? '600' : '');
			ctx.fillText(label.text, label.at, top + 1);
		}
		if (options.gap && options.gap.at <= x.max) {
			const at = x.getPixelForValue(options.gap.at), from = y.getPixelForValue(options.gap.closed), to = y.getPixelForValue(options.gap.self);
			ctx.strokeStyle = colour('ink');
			ctx.lineWidth = 2;
			ctx.beginPath();
			ctx.moveTo(at, from);
			ctx.lineTo(at, to);
			ctx.stroke();
			const points = [[from, 'closed'], [to, 'self']];
			if (options.gap.hybrid) points.push([y.getPixelForValue(options.gap.hybrid), 'hybrid']);
			for (const [point, name] of points) {
				ctx.beginPath();
				ctx.arc(at, point, 5, 0, 7);
				ctx.fillStyle = colour(name);
				ctx.fill();
				ctx.lineWidth = 2;
				ctx.strokeStyle = colour('paper');
				ctx.stroke();
			}
		}
		if (options.gap?.hybrid && options.gap.at <= x.max) {
			const at = x.getPixelForValue(options.gap.at), width = ctx.measureText('Hybrid').width;
			ctx.fillStyle = colour('hybrid');
			ctx.font = font(12, '600');
			over('Hybrid', at + 10 + width < area.right ? at + 10 : at - 10 - width, y.getPixelForValue(options.gap.hybrid) + 13);
		}
		ctx.font = font(12, '600');
		const ends = (options.ends || []).map((end) => ({ ...end, y: Math.max(area.top + 8, Math.min(area.bottom - 8, y.getPixelForValue(end.value))) })).sort((a, b) => a.y - b.y);
		for (let i = 1; i < ends.length; i++) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + 18);
		for (const end of ends) {
			const width = ctx.measureText(end.text).width, room = chart.width - area.right - 8;
			ctx.fillStyle = colour(end.colour);
			ctx.textBaseline = 'middle';
			if (width <= room) ctx.fillText(end.text, area.right + 8, end.y);
			else over(end.text, area.right - width - 4, end.y - 12);
		}
		ctx.strokeStyle = ctx.fillStyle = colour('ink');
		for (const { index, low, high } of options.whiskers || []) {
			const at = x.getPixelForValue(index), bottom = y.getPixelForValue(low), top = y.getPixelForValue(high);
			ctx.lineWidth = 1.5;
			ctx.beginPath();
			ctx.moveTo(at, bottom);
			ctx.lineTo(at, top);
			for (const end of [bottom, top]) { ctx.moveTo(at - 4, end); ctx.lineTo(at + 4, end); }
			ctx.stroke();
		}
		ctx.restore();
	},
};

const charts = new Map();

// The chart of a canvas, with new data and options; made on first use.
function draw(canvas, config) {
	let chart = charts.get(canvas);
	if (chart && !canvas.isConnected) { chart.destroy(); chart = undefined; }
	if (!chart) {
		for (const [old, its] of charts) if (!old.isConnected) { its.destroy(); charts.delete(old); }
		chart = new globalThis.Chart(canvas, { ...config, plugins: [marks] });
		charts.set(canvas, chart);
		return chart;
	}
	chart.data = config.data;
	chart.options = config.options;
	chart.update('none');
	return chart;
}

function scale(title, ticks, more = {}) {
	return {
		grid: { color: colour('rule'), tickLength: 4, ...more.grid }, border: { color: colour('strong-rule') },
		ticks: { color: colour('soft'), font: { size: 12, family: FONT }, maxRotation: 0, callback: ticks, ...more.ticks },
		title: { display: Boolean(title), text: title, color: colour('soft'), font: { size: 12, family: FONT } },
		...more.scale,
	};
}

const common = (more) => ({
	animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
	events: ['mousemove', 'mouseout', 'touchstart', 'touchmove'],
	...more,
	plugins: {
		legend: { display: false },
		...more.plugins,
		tooltip: {
			backgroundColor: colour('ink'), titleColor: colour('paper'), bodyColor: colour('paper'), footerColor: colour('paper'), cornerRadius: 2,
			displayColors: false, titleFont: { family: FONT, size: 12 }, bodyFont: { family: FONT, size: 12 }, ...more.plugins?.tooltip,
		},
	},
});

// Value of a curve of rising [x, y] rows at a volume; at a step the lower volume's side holds.
export function valueAt(xs, ys, at) {
	let low = 0, high = xs.length - 1;
	if (high < 0) return NaN;
	while (low < high) { const middle = (low + high) >> 1; if (xs[middle] < at) low = middle + 1; else high = middle; }
	if (low === 0 || xs[low] === at) return ys[low];
	const part = (at - xs[low - 1]) / (xs[low] - xs[low - 1]);
	return ys[low - 1] + part * (ys[low] - ys[low - 1]);
}

// Both cost curves. view: { xs, closed, self, max, islands, lines, gap }
export function drawCurves(canvas, view) {
	const narrow = canvas.parentElement.clientWidth < 560;
	const points = (ys) => {
		const out = [];
		for (let i = 0; i < view.xs.length && view.xs[i] <= view.max; i++) out.push({ x: view.xs[i], y: ys[i] });
		if (out.length < view.xs.length) out.push({ x: view.max, y: valueAt(view.xs, ys, view.max) });
		return out;
	};
	const line = (name, ys) => ({ label: name === 'closed' ? 'Closed' : 'Self-hosted', data: points(ys), borderColor: colour(name), borderWidth: 2.5, pointRadius: 0, pointHitRadius: 0, tension: 0 });
	const rows = 1 + Math.min(2, (view.lines || []).length);
	return draw(canvas, {
		type: 'line',
		data: { datasets: [line('closed', view.closed), line('self', view.self)] },
		options: common({
			layout: { padding: { top: 18 * rows, right: narrow ? 8 : 88 } },
			interaction: { mode: 'nearest', axis: 'x', intersect: false },
			scales: {
				x: scale('tokens a month', (v) => (v === 0 ? '0' : tick(v * 1e6)), { scale: { type: 'linear', min: 0, max: view.max }, grid: { display: false }, ticks: { maxTicksLimit: narrow ? 5 : 9, includeBounds: false } }),
				y: scale('USD a month', (v) => axisMoney(v), { scale: { beginAtZero: true }, ticks: { maxTicksLimit: 6 } }),
			},
			plugins: {
				marks: {
					bands: view.islands, lines: narrow ? view.lines.map((each) => ({ ...each, text: each.text.replace(/:.*/, '') })) : view.lines, gap: view.gap,
					ends: [{ text: 'Closed', colour: 'closed', value: valueAt(view.xs, view.closed, view.max) }, { text: 'Self-hosted', colour: 'self', value: valueAt(view.xs, view.self, view.max) }],
				},
				tooltip: {
					filter: (item, index) => index === 0,
					callbacks: {
						title: ([item]) => `${count(item.parsed.x * 1e6)} tokens a month`,
						label: (item) => {
							const closed = valueAt(view.xs, view.closed, item.parsed.x), self = valueAt(view.xs, view.self, item.parsed.x);
							return [`Closed ${money(closed)}`, `Self-hosted ${money(self)}`, closed >= self ? `saves ${money(closed - self)}` : `costs ${money(self - closed)} more`];
						},
					},
				},
			},
		}),
	});
}

// Bars of the next months with their bands. months: [{ label, saving, low, high }]
export function drawSavings(canvas, months, hue) {
	const narrow = canvas.parentElement.clientWidth < 560;
	return draw(canvas, {
		type: 'bar',
		data: {
			labels: months.map((m) => m.label),
			datasets: [{ data: months.map((m) => m.saving), backgroundColor: veil(colour(hue), 0.45), barPercentage: 0.7, maxBarThickness: 56 }],
		},
		options: common({
			parsing: true, normalized: false,
			scales: {
				x: scale('', function label(v) { return this.getLabelForValue(v); }, { grid: { display: false }, ticks: { maxTicksLimit: narrow ? 5 : 12 } }),
				y: scale('USD a month', (v) => axisMoney(v), { scale: { beginAtZero: true, suggestedMax: Math.max(0, ...months.map((m) => m.high || 0)), suggestedMin: Math.min(0, ...months.map((m) => m.low || 0)) }, ticks: { maxTicksLimit: 6 } }),
			},
			plugins: {
				marks: { whiskers: months.map((m, index) => ({ index, low: m.low, high: m.high })).filter((m) => Number.isFinite(m.low)) },
				tooltip: { callbacks: { label: (item) => { const m = months[item.dataIndex]; return [`${m.saving >= 0 ? 'saves' : 'costs'} ${money(Math.abs(m.saving))}`, `80 % band ${range(m.low, m.high)}`]; } } },
			},
		}),
	});
}

// Tokens over time, stacked, under a line where there is one. series: [{ name, colour, values }], line: { name, values },
// cut: the bars that the range cuts, which are drawn pale.
export function drawUsage(canvas, labels, series, { line = null, unit = 'tokens', cut = [] } = {}) {
	const narrow = canvas.parentElement.clientWidth < 560;
	return draw(canvas, {
		type: 'bar',
		data: { labels, datasets: [
			...(line ? [{ type: 'line', label: line.name, data: line.values, borderColor: colour('ink'), borderWidth: 1.5, borderDash: [4, 3], pointRadius: 0, pointHitRadius: 0, stack: 'line' }] : []),
			...series.map((s) => ({ label: s.name, data: s.values, backgroundColor: s.values.map((_, i) => (cut.includes(i) ? veil(colour(s.colour), 0.4) : colour(s.colour))), stack: 'bars', maxBarThickness: 56, barPercentage: 1, categoryPercentage: labels.length > 60 ? 0.9 : 0.8 }))] },
		options: common({
			parsing: true, normalized: false,
			interaction: { mode: 'index', intersect: false },
			scales: {
				x: scale('', function label(v) { return this.getLabelForValue(v); }, { scale: { stacked: true }, grid: { display: false }, ticks: { maxTicksLimit: narrow ? 4 : 9, autoSkip: true } }),
				y: scale(unit, (v) => (v === 0 ? '0' : tick(v)), { scale: { stacked: true, beginAtZero: true }, ticks: { maxTicksLimit: 5 } }),
			},
			plugins: {
				marks: {},
				tooltip: { callbacks: { label: (item) => (item.raw ? `${item.dataset.label} ${count(item.raw)}` : null), footer: (items) => `All ${count(items.reduce((sum, item) => sum + (item.dataset.type === 'line' ? 0 : item.raw || 0), 0))}` } },
			},
		}),
	});
}

// Bars side by side. series: [{ name, colour, values }]; what is not known is null.
export function drawPairs(canvas, labels, series) {
	const narrow = canvas.parentElement.clientWidth < 560;
	return draw(canvas, {
		type: 'bar',
		data: { labels, datasets: series.map((s) => ({ label: s.name, data: s.values, backgroundColor: colour(s.colour), maxBarThickness: 56, barPercentage: 0.95, categoryPercentage: labels.length < 6 ? 0.06 * labels.length + 0.06 : 0.6 })) },
		options: common({
			parsing: true, normalized: false,
			interaction: { mode: 'index', intersect: false },
			scales: {
				x: scale('', function label(v) { return this.getLabelForValue(v); }, { grid: { display: false }, ticks: { maxTicksLimit: narrow ? 4 : 12 } }),
				y: scale('USD', (v) => axisMoney(v), { scale: { beginAtZero: true }, ticks: { maxTicksLimit: 5 } }),
			},
			plugins: { marks: {}, tooltip: { callbacks: { label: (item) => `${item.dataset.label} ${money(item.raw ?? NaN)}` } } },
		}),
	});
}

// Bars of a table as a canvas that is not on the page. list: [{ label, value, from, to, zero }], places in 0..1
export function paintBars(list, hue) {
	const scale = 2, line = 32, left = 240, right = 200, width = 960, out = document.createElement('canvas'), ctx = out.getContext('2d');
	out.width = width * scale;
	out.height = line * list.length * scale;
	ctx.scale(scale, scale);
	ctx.textBaseline = 'middle';
	ctx.font = font(13);
	list.forEach((row, i) => {
		const at = (part) => left + part * (width - left - right), y = line * i;
		ctx.fillStyle = colour(hue);
		ctx.fillRect(at(row.from), y + 8, Math.max(2, at(row.to) - at(row.from)), line - 16);
		if (row.zero !== undefined) { ctx.fillStyle = colour('strong-rule'); ctx.fillRect(at(row.zero), y, 1, line); }
		ctx.fillStyle = colour('ink');
		ctx.textAlign = 'left';
		ctx.fillText(row.label, 0, y + line / 2, left - 16);
		ctx.textAlign = 'right';
		ctx.fillText(row.value, width, y + line / 2, right - 16);
	});
	return out;
}

// A chart as a picture to be taken away: on its ground, with its finding above and where it is from below.
export function picture(canvas, title, foot) {
	const scale = canvas.isConnected ? canvas.width / canvas.clientWidth : 2, pad = 24 * scale, out = document.createElement('canvas'), ctx = out.getContext('2d');
	const write = (size, weight) => { ctx.font = font(size * scale, weight); };
	write(17, '600');
	const lines = [], room = canvas.width;
	for (const word of title.split(/\s+/)) {
		const last = lines[lines.length - 1];
		if (last !== undefined && ctx.measureText(`${last} ${word}`).width <= room) lines[lines.length - 1] = `${last} ${word}`; else lines.push(word);
	}
	const head = pad + lines.length * 24 * scale + 8 * scale;
	out.width = canvas.width + 2 * pad;
	out.height = canvas.height + head + 32 * scale + pad / 2;
	ctx.fillStyle = colour('paper');
	ctx.fillRect(0, 0, out.width, out.height);
	ctx.fillStyle = colour('ink');
	ctx.textBaseline = 'top';
	write(17, '600');
	lines.forEach((line, i) => ctx.fillText(line, pad, pad + i * 24 * scale));
	ctx.drawImage(canvas, pad, head);
	ctx.fillStyle = colour('soft');
	write(12, '');
	ctx.fillText(foot, pad, head + canvas.height + 12 * scale);
	return new Promise((done) => out.toBlob(done, 'image/png'));
}

#!/usr/bin/env node
// gpu_hour_prices: models/supply/gpu_hour_prices.csv from a table of single dated quotes.
//
//   node tests/data/gpu_hour_prices.mjs ../shared/data/gpu_prices.csv > models/supply/gpu_hour_prices.csv
//
// The head of the output says what is kept and how the figures are made. The columns of the input are
// provider,provider_class,gpu,form,vram_gb,gpus,rental,term,usd_per_gpu_hour,region,sku,date,source,notes.
import fs from 'node:fs';

const DAYS = 180;
const KINDS = { hyperscaler: 'hyperscaler', neocloud: 'specialist', marketplace: 'marketplace' };
const RENTALS = ['on-demand', 'reserved', 'reserved-36mo', 'spot'];

// The accelerators kept, in the order they are listed, and what tells them: `is` must all be found in the
// words of the quote (gpu, form, sku, memory), none of `not` may be.
const ACCELERATORS = [
	{ gpu: 'H100 SXM', is: [/\bH100\b/, /SXM|HGX|80GB HBM3|p5\.|ND96isr_H100/], not: [/PCIe/, /\bNVL\b/, /GH100|GH200/] },
	{ gpu: 'H100 PCIe', is: [/\bH100\b/, /PCIe/], not: [/PCIe NVLink|\bNVL\b/, /80GB HBM3/] },
	{ gpu: 'H100 NVL', is: [/\bH100\b/, /\bNVL\b/], not: [/PCIe/, /80GB HBM3/] },
	{ gpu: 'H200 SXM', is: [/\bH200\b/], not: [/\bNVL\b/, /GH200/] },
	{ gpu: 'GH200 96GB', is: [/\bGH200\b/], not: [/144/] },
	{ gpu: 'B200 SXM', is: [/\bB200\b/], not: [/GB200/, /\bNVL\b/] },
	{ gpu: 'B300 SXM', is: [/\bB300\b/], not: [/GB300/] },
	{ gpu: 'A100 SXM 80GB', is: [/\bA100\b/, /80 ?GB?\b|ND96amsr|a2-ultragpu|p4de/, /SXM|ND96amsr|a2-ultragpu|p4de/], not: [/PCIe/, /40 ?GB/] },
	{ gpu: 'A100 PCIe 80GB', is: [/\bA100\b/, /80 ?GB?\b|NC\d+ads_A100/, /PCIe|NC\d+ads_A100/], not: [/SXM/, /40 ?GB/] },
	{ gpu: 'A100 SXM 40GB', is: [/\bA100\b/, /40 ?GB?\b|ND96asr|a2-highgpu|p4d\./, /SXM|ND96asr|a2-highgpu|p4d\./], not: [/PCIe/, /80 ?GB/] },
	{ gpu: 'L40S', is: [/\bL40S\b/], not: [] },
	{ gpu: 'L40', is: [/\bL40\b/], not: [] },
	{ gpu: 'L4', is: [/\bL4\b/], not: [] },
	{ gpu: 'A40', is: [/\bA40\b/], not: [] },
	{ gpu: 'A6000', is: [/\bA6000\b/], not: [/PRO/i] },
	{ gpu: 'RTX PRO 6000 Blackwell SE', is: [/\bRTX PRO 6000\b/i], not: [/ CC\b/, / WE\b/] },
	{ gpu: 'RTX 4090', is: [/\bRTX 4090\b/], not: [/48 GB/] },
	{ gpu: 'RTX 5090', is: [/\bRTX 5090\b/], not: [] },
	{ gpu: 'MI300X', is: [/\bMI300X\b/], not: [] },
];

function* records(text) {
	let fields = [], field = '', quoted = false;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			if (c !== '"') field += c;
			else if (text[i + 1] === '"') field += text[++i];
			else quoted = false;
		} else if (c === '"') quoted = true;
		else if (c === ',') { fields.push(field); field = ''; }
		else if (c === '\n') { fields.push(field); yield fields; fields = []; field = ''; }
		else if (c !== '\r') field += c;
	}
	if (field !== '' || fields.length > 0) { fields.push(field); yield fields; }
}

function rows(text) {
	const [header, ...rest] = records(text);
	return rest.map((fields) => Object.fromEntries(header.map((name, i) => [name, fields[i] ?? ''])));
}

const acceleratorOf = (quote) => {
	const words = `${quote.gpu} ${quote.form} ${quote.sku}${quote.vram_gb === '' ? '' : ` ${quote.vram_gb}GB`}`;
	const fits = ACCELERATORS.filter((a) => a.is.every((re) => re.test(words)) && !a.not.some((re) => re.test(words)));
	return fits.length === 1 ? fits[0].gpu : null;
};

const rentalOf = ({ rental, term }) =>
	rental === 'on-demand' || rental === 'spot' ? rental : rental === 'reserved' && term === '12mo' ? 'reserved' :
	rental === 'reserved' && term === '36mo' ? 'reserved-36mo' : null;

const providerOf = (name) => name.toLowerCase().replace(/\s+ec2$/, '').replace(/[^a-z0-9]/g, '').replace(/ai$/, '');

// Prices as whole numbers of 1e-9 USD, so that the same input gives the same bytes everywhere.
const nano = (text) => {
	const m = /^(\d+)(?:\.(\d+))?$/.exec(text);
	return m ? BigInt(m[1]) * 1000000000n + BigInt((m[2] ?? '').padEnd(9, '0').slice(0, 9)) : null;
};

// Type 7: h = (n - 1) p. p = quarters / 4 keeps it in whole numbers.
function quantile(sorted, quarters) {
	const h = (sorted.length - 1) * quarters, low = Math.floor(h / 4), part = BigInt(h % 4);
	const above = sorted[Math.min(low + 1, sorted.length - 1)];
	return (sorted[low] * 4n + part * (above - sorted[low]) + 2n) / 4n;
}

const sort = (values) => [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const dollars = (value) => {
	const cents = (value + 50000n) / 100000n; // four digits after the point
	return `${cents / 10000n}.${String(cents % 10000n).padStart(4, '0')}`;
};
const group = (list, key) => {
	const map = new Map();
	for (const item of list) map.set(key(item), [...(map.get(key(item)) ?? []), item]);
	return map;
};

const all = rows(fs.readFileSync(process.argv[2], 'utf8'));
const dated = all.filter((q) => /^\d{4}-\d\d-\d\d$/.test(q.date));
const newest = dated.reduce((latest, q) => (q.date > latest ? q.date : latest), '');
const oldest = new Date(Date.parse(`${newest}T00:00:00Z`) - DAYS * 86400000).toISOString().slice(0, 10);

const quotes = dated
	.filter((q) => q.date >= oldest && KINDS[q.provider_class] && !/estimate/i.test(q.notes) && !/sagemaker/i.test(q.provider))
	.map((q) => ({ gpu: acceleratorOf(q), kind: KINDS[q.provider_class], rental: rentalOf(q), who: providerOf(q.provider),
		region: q.region, gpus: q.gpus, usd: nano(q.usd_per_gpu_hour), date: q.date, source: q.source.split(' ').slice(0, 2).join(' ') }))
	.filter((q) => q.gpu && q.rental && q.usd !== null && q.usd > 0n);

// An offer that was seen on several days counts once, as it stood last.
const offers = [...group(quotes, (q) => [q.gpu, q.kind, q.rental, q.who, q.region, q.gpus].join('|')).values()].flatMap((seen) => {
	const last = seen.reduce((latest, q) => (q.date > latest ? q.date : latest), '');
	return seen.filter((q) => q.date === last);
});

console.log(`# What a GPU-hour is asked for: USD per hour of one GPU, median and quartiles over providers.
# Quotes of ${oldest} to ${newest}, published price lists and price interfaces as collected by the projects under "source".
# Kept: dated quotes of clouds (no estimates, no cost models, no managed notebooks) for the accelerators below where the
# form and memory are told. An offer seen on several days counts once, as last seen. A provider's offers are
# brought to their median first, so that one who lists thirty regions does not outweigh the rest; low, median and
# high are the quartiles (type 7) over the providers. Rows with fewer than three quotes are left out.
# "reserved" is a term of 12 months, "reserved-36mo" of 36. "any" is over all kinds of provider.
# To correct a figure, change its row here and put the date and where it was read beside it.
gpu,provider,rental,usd_low,usd_median,usd_high,providers,quotes,from,to,source`);
for (const { gpu } of ACCELERATORS) {
	for (const rental of RENTALS) {
		for (const kind of ['any', 'hyperscaler', 'specialist', 'marketplace']) {
			const list = offers.filter((o) => o.gpu === gpu && o.rental === rental && (kind === 'any' || o.kind === kind));
			if (list.length < 3) continue;
			const dates = list.map((o) => o.date).sort();
			const medians = sort([...group(list, (o) => o.who).values()].map((own) => quantile(sort(own.map((o) => o.usd)), 2)));
			const [low, median, high] = [1, 2, 3].map((q) => dollars(quantile(medians, q)));
			const sources = [...new Set(list.map((o) => o.source))].sort().join('; ');
			console.log([gpu, kind, rental, low, median, high, medians.length, list.length, dates[0], dates.at(-1), sources].join(','));
		}
	}
}

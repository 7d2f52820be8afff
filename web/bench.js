// Benchmark: the speeds that `bench --save` kept, whether they still are what they were, and their history.
import { ask, rows } from './answer.js';
import { copier, fill, h, table } from './dom.js';
import { plain, share } from './figure.js';
import { behind, csvLink, lazy, moment, section, sentence } from './parts.js';

const NAMES = {
	decode_tok_s: 'Decode, one stream', prefill_tok_s: 'Prefill', read_bandwidth: 'Read bandwidth', decode_share: 'Decode’s share of it', prefill_share: 'Prefill’s share of peak arithmetic',
	bf16_decode_tok_s: 'Decode in BF16, one stream, at most', bf16_decode_tok_s_64: '64 streams', bf16_prefill_tok_s: 'Prefill in BF16, at most', fp8_decode_tok_s: 'Decode in FP8, one stream, at most', fp8_decode_tok_s_64: '64 streams in FP8', fp8_prefill_tok_s: 'Prefill in FP8, at most',
	bf16_arithmetic: 'Matrix products in BF16', bf16_arithmetic_share: 'Their share of the peak', fp8_arithmetic: 'Matrix products in FP8', fp8_arithmetic_share: 'Their share of the FP8 peak', copy_bandwidth: 'Copies in memory', copy_share: 'Their share of the bandwidth', host_to_device: 'Copies to the GPU',
	output_tok_s: 'Output', ttft_ms: 'First token', tpot_ms: 'Time per token',
};
const ORDER = Object.keys(NAMES);
const KINDS = { cpu: 'This machine’s processors', gpu: 'This machine’s GPU', endpoint: 'A live server' };
const STATES = { first: ['first run', 'default'], steady: ['as before', 'measured'], drifts: ['drifts', 'assumed'], disturbed: ['disturbed', 'default'] };
const COMMANDS = ['breakeven bench cpu --save', 'breakeven bench gpu --save', 'breakeven bench endpoint http://127.0.0.1:8000/v1 --model NAME --save --gpu "H100 SXM"'];

const three = (value) => plain(Number((value ?? NaN).toPrecision(3)));
const told = (row, value) => (row.unit.startsWith('of ') ? share(value) : `${three(value)} ${row.unit}`);
const change = (part) => (Math.abs(part) < 0.0005 ? '0 %' : `${part > 0 ? '+' : ''}${share(part)}`);
const groupsOf = (list) => [...new Map(list.map((row) => [`${row.kind} ${row.subject}`, null])).keys()].map((key) => list.filter((row) => `${row.kind} ${row.subject}` === key));

// The band of earlier runs as a bar, the latest run as a line across it.
function against(row) {
	if (row.band_low === null) return '';
	const most = 1.15 * Math.max(row.band_high, row.value), part = (value) => `${(100 * Math.max(0, value) / most).toFixed(2)}%`;
	return h('span', { class: 'swing plan latest', title: `Before: ${told(row, row.band_low)} to ${told(row, row.band_high)}`, vars: { '--from': part(row.band_low), '--to': part(row.band_high), '--zero': part(row.value) } });
}

function subject(list, index) {
	const [first] = list, id = `history-${index}`, ordered = list.slice().sort((a, b) => ORDER.indexOf(a.figure) - ORDER.indexOf(b.figure));
	return section(`run-${index}`, first.subject,
		h('p', { class: 'say' }, `${KINDS[first.kind] || first.kind}, measured ${moment(first.measured)}; ${first.runs_before ? `held against ${plain(first.runs_before)} earlier ${first.runs_before === 1 ? 'run' : 'runs'}` : 'no undisturbed run before it'}.${first.state === 'disturbed' ? ' Other work disturbed it, so that it says nothing about drift.' : ''}`),
		table(`Figures of ${first.subject}`, [
			{ title: 'Figure', class: 'name', of: (row) => NAMES[row.figure] || sentence(row.figure).replace(/\.$/, '') },
			{ title: 'Latest', figure: true, of: (row) => [told(row, row.value), row.low === null ? null : h('span', { class: 'about' }, row.unit.startsWith('of ') ? `${told(row, row.low)} to ${told(row, row.high)}` : `${three(row.low)} to ${three(row.high)}`)] },
			{ title: h('span', { class: 'unseen' }, 'Against the band of earlier runs'), class: 'bars wide c-self', of: against },
			{ title: 'Change', figure: true, of: (row) => (row.change === null ? '–' : change(row.change)) },
			{ title: 'State', of: (row) => h('span', { class: `tag ${(STATES[row.state] || STATES.first)[1]}` }, (STATES[row.state] || [row.state])[0]) },
		], ordered),
		behind(id));
}

const history = (all, [first]) => () => table(`History of ${first.subject}`, [
	{ title: 'Measured', of: (row) => moment(row.measured) }, { title: 'Figure', of: (row) => NAMES[row.figure] || row.figure },
	{ title: 'Value', figure: true, of: (row) => told(row, row.value) }, { title: 'Low', figure: true, of: (row) => (row.low === null ? '–' : told(row, row.low)) }, { title: 'High', figure: true, of: (row) => (row.high === null ? '–' : told(row, row.high)) },
	{ title: 'Note', class: 'long', of: (row) => (row.note ? sentence(row.note) : '') },
], all.filter((row) => row.kind === first.kind && row.subject === first.subject));

export async function show({ signal }) {
	const answer = await ask('benchmarks', {}, signal);
	if (signal.aborted) return {};
	const groups = groupsOf(rows(answer, 'latest')), all = rows(answer, 'history');
	fill('#content', h('p', { class: 'over' }, 'Speed of inference, measured here'),
		h('h1', { class: 'list', id: 'headline' }, groups.length ? sentence(answer.headline) : 'No speed was measured yet'),
		groups.length ? null : h('p', { class: 'say' }, 'A run that is kept becomes the first of its history. That of a server also becomes an anchor, which the throughput model and the plans lean on until it expires.'),
		groups.map(subject),
		section('measure', groups.length ? 'Measure again' : 'Measure', h('p', { class: 'say' }, 'With ', h('code', null, 'bench.every_hours'), ' among the settings the daemon measures its processors by itself.'), COMMANDS.map(copier), groups.length ? h('div', { class: 'under' }, csvLink('benchmarks', {})) : null));
	groups.forEach((list, i) => lazy(`history-${i}`, history(all, list)));
	return { repaint() {}, explain: () => null };
}

// `breakeven throughput` from outside: one case, tables of cases, anchors, what bad input gets.
import { answer, columns, end, file, near, run, same, test, yes } from './_say.mjs';

const one = ['throughput', '--model', 'Llama-3.3-70B', '--gpu', 'H100 SXM', '--tp', '2', '--precision', 'fp8', '--isl', '1000', '--osl', '1000'];
const header = 'source,date,engine,engine_version,model,precision,gpu,n_gpus,tp,pp,isl,osl,concurrency_or_batch,metric,value,unit,notes';
const row = (metric, unit, more = {}) => {
	const fields = { source: 'own', date: '2026-09', engine: 'vllm', engine_version: '0.19', model: 'Llama-3.1-8B', precision: 'fp8', gpu: 'L40S', n_gpus: 1, tp: 1, pp: 1,
		isl: 1024, osl: 256, concurrency_or_batch: 16, metric, value: '', unit, notes: '', ...more };
	return header.split(',').map((name) => fields[name]).join(',');
};
const cases = (rows, ...options) => {
	const done = run(['throughput', '--cases', file('cases.csv', `${[header, ...rows].join('\n')}\n`), ...options]);
	yes(done.status === 0, `exit ${done.status}: ${done.err}`);
	const [first, ...lines] = done.out.trimEnd().split('\n');
	same(first, `${header},predicted,error_band,refused`, 'header');
	return lines.map((line) => {
		const fields = line.split(',');
		return { line, predicted: Number(fields[17]), band: Number(fields[18]), refused: fields.slice(19).join(',') };
	});
};

test('one case answers with speeds, what fits, the error of each and what they lean on', () => {
	const { facts, columns: all } = answer(one);
	for (const name of ['tpot_ms', 'ttft_ms', 'output_tok_s', 'max_concurrency', 'kv_gib_free'])
		yes(facts[name] > 0, `${name} is ${facts[name]}`);
	for (const name of ['tpot_error', 'ttft_error', 'output_error', 'max_concurrency_error'])
		yes(facts[name] > 0 && facts[name] < 2, `${name} is ${facts[name]}`);
	yes(facts.fits === true && facts.tpot_ms_low < facts.tpot_ms && facts.tpot_ms < facts.tpot_ms_high, 'bands hold their values');
	yes(all.some((column) => column.table === 'anchors' && column.name === 'source' && column.values.length > 0), 'anchors are told');
});

test('throughput of one request at a time is what its two times make of it', () => {
	const { facts } = answer(['throughput', '--model', 'Llama-3.3-70B', '--gpu', 'H100 SXM', '--tp', '1', '--precision', 'fp8', '--isl', '1155', '--osl', '211', '--concurrency', '1']);
	near(facts.output_tok_s, 211 / ((facts.ttft_ms + 210 * facts.tpot_ms) / 1000), 1e-6, 'output_tok_s');
	yes(facts.output_tok_s_low < facts.output_tok_s && facts.output_tok_s < facts.output_tok_s_high, 'the band holds its value');
});

test('what does not fit says how much is missing and what would fit', () => {
	const reply = answer(['throughput', '--model', 'Llama-3.1-405B', '--gpu', 'H100', '--tp', '4', '--precision', 'bf16']);
	same(reply.facts.fits, false, 'fits');
	yes(reply.facts.missing_gib > 100, `missing ${reply.facts.missing_gib}`);
	same(reply.facts.tpot_ms, null, 'tpot_ms');
	yes(columns(reply).gpus.length > 3, 'alternatives');
});

test('an unknown model or GPU is answered with the nearest names and how to add one', () => {
	const model = run(['throughput', '--model', 'Lama-3.3-70B', '--gpu', 'H100']);
	yes(model.status === 2 && /Llama-3\.3-70B/.test(model.err) && /throughput\.transformers/.test(model.err), model.err);
	const gpu = run(['throughput', '--model', 'Llama-3.3-70B', '--gpu', 'H900']);
	yes(gpu.status === 2 && /H800/.test(gpu.err) && /throughput\.accelerators/.test(gpu.err), gpu.err);
});

test('a table comes back untouched with three columns more, and what cannot be predicted says why', () => {
	const rows = [row('tpot', 'ms'), row('ttft', 'ms'), row('output_throughput', 'tok/s', { concurrency_or_batch: 'max' }),
		row('tpot', 'ms', { model: 'Nonsense-9B' }), row('power', 'W'), row('tpot', 'ms', { isl: 'many' }), row('output_throughput', 'tok/s', { model: 'Llama-3.1-405B' }),
		row('tpot', 'ms', { model: '' }), row('tpot', 'ms', { gpu: '' })];
	const got = cases(rows);
	got.forEach((one, i) => yes(one.line.startsWith(`${rows[i]},`), `row ${i} is changed: ${one.line}`));
	for (const i of [0, 1, 2]) yes(got[i].predicted > 0 && got[i].band > 0 && got[i].refused === '', got[i].line);
	for (const [i, words] of [[3, /Nonsense-9B/], [4, /power/], [5, /isl 'many'/], [6, /does not fit/], [7, /^model is not said$/], [8, /^gpu is not said$/]])
		yes(got[i].predicted === 0 && words.test(got[i].refused), got[i].line);
});

test('a table comes as JSON too, and a row longer than the header or words beside the table are refused', () => {
	const path = file('forms.csv', `${header}\n${row('tpot', 'ms')},\n${row('power', 'W')}\n`);
	const reply = answer(['throughput', '--cases', path]), all = columns(reply);
	same([reply.facts.predicted, reply.facts.refused], [1, 1], 'counts');
	same(Object.keys(all).join(), `${header},predicted,error_band,refused`, 'columns');
	yes(all.predicted[0] > 0 && all.predicted[1] === null && all.refused[0] === null && /power/.test(all.refused[1]), JSON.stringify(all));
	const long = run(['throughput', '--cases', file('long.csv', `${header}\n${row('tpot', 'ms')},more\n`)]);
	yes(long.status === 2 && /long\.csv: line 2: has 18 fields, the header names 17/.test(long.err), long.err);
	const words = run(['throughput', '--cases', path, '--tp', '2']);
	yes(words.status === 2 && /tp: '2' does not go with --cases/.test(words.err), words.err);
});

test('units are those of the row: per GPU, per second, in seconds', () => {
	const two = { n_gpus: 2, tp: 2 };
	const [ms, s, whole, each, rate] = cases([row('tpot', 'ms', two), row('tpot', 's', two), row('output_throughput', 'tok/s', two),
		row('output_throughput_per_gpu', 'tok/s/GPU', two), row('request_throughput', 'req/s', two)]);
	near(s.predicted * 1000, ms.predicted, 1e-4);
	near(each.predicted * 2, whole.predicted, 1e-4);
	near(rate.predicted * 256, whole.predicted, 1e-4);
});

test('a measured anchor moves the prediction towards it and narrows the band', () => {
	const [before] = cases([row('tpot', 'ms')]);
	const measured = before.predicted * 1.5;
	const anchors = file('anchors.csv', `${header}\n${row('tpot', 'ms', { value: measured, concurrency_or_batch: 12 })}\n${row('tpot', 'ms', { value: measured * 1.05, concurrency_or_batch: 24 })}\n`);
	const [after] = cases([row('tpot', 'ms')], '--anchors', anchors);
	yes(after.predicted > before.predicted * 1.2 && after.predicted < measured * 1.1, `${before.predicted} -> ${after.predicted}, measured ${measured}`);
	yes(after.band < before.band, `band ${before.band} -> ${after.band}`);
});

test('an accelerator and a model of the configuration are known', () => {
	const gpus = file('gpus.csv', 'gpu,memory_gb,memory_gb_s,fp16_tflops\nOurs 9000,96,4000,1000\n');
	const models = file('models.csv', 'model,layers,hidden,heads,kv_heads,head_dim,intermediate,vocab\nHouse-3B,28,3072,24,8,128,8192,128256\n');
	const config = file('t.conf', `[throughput]\naccelerators = ${gpus}\ntransformers = ${models}\n`);
	const { facts } = answer(['throughput', '--config', config, '--model', 'house-3b', '--gpu', 'Ours 9000']);
	same([facts.model, facts.gpu, facts.fits], ['House-3B', 'Ours 9000', true]);
});

test('a table without its columns, a missing file and a wrong number are said', () => {
	for (const [args, words] of [[['--cases', file('no.csv', 'a,b\n1,2\n')], /no column 'model'/], [['--cases', '/nowhere.csv'], /nowhere/],
		[['--model', 'Llama-3.1-8B', '--gpu', 'H100', '--tp', '0'], /tp/], [['--model', 'Llama-3.1-8B', '--gpu', 'H100', '--precision', 'fp3'], /fp3/],
		[['--gpu', 'H100'], /model/]]) {
		const done = run(['throughput', ...args]);
		yes(done.status === 2 && words.test(done.err), `${args.join(' ')}: ${done.status} ${done.err}`);
	}
});

end();

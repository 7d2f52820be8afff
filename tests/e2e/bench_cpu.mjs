// `breakeven bench cpu` from outside: every figure with its spread, and what cannot be run.
import fs from 'node:fs';
import path from 'node:path';
import { answer, end, run, same, scratch, test, yes } from './_say.mjs';

const quick = ['bench', 'cpu', '--model', 'Qwen2.5-0.5B', '--precision', 'q4_0', '--prompt', '16', '--tokens', '4', '--repeats', '3'];

test('a run tells speed, its spread, the limits of the same run and the share of them', () => {
	const { facts } = answer(quick);
	same(facts.model, 'Qwen2.5-0.5B', 'model');
	same(facts.repeats, 3, 'repeats');
	for (const name of ['decode_tok_s', 'prefill_tok_s', 'decode_share', 'prefill_share', 'cpu_share', 'read_bandwidth', 'peak_arithmetic'])
		yes(facts[`${name}_low`] > 0 && facts[`${name}_low`] <= facts[name] && facts[name] <= facts[`${name}_high`], `${name}: ${facts[name]}`);
	yes(facts.error > 0 && facts.error < facts.error_limit, `error ${facts.error}`);
	// 494 million weights less what is only looked up, of 4.5 bits each
	yes(facts.weights > 0.27 && facts.weights < 0.29, `weights of ${facts.weights} GB`);
	const read = facts.decode_tok_s * (facts.weights + facts.cache_read);
	yes(facts.decode_share > 0.3 * read / facts.read_bandwidth && facts.decode_share < 3 * read / facts.read_bandwidth, `share ${facts.decode_share}`);
});

test('as many threads as are asked for', () => {
	same(answer([...quick, '--threads', '1']).facts.threads, 1, 'threads');
	const many = answer([...quick, '--threads', '64']);
	yes(many.facts.threads_bound === false && many.notes.some((note) => /more threads than processors/.test(note)), JSON.stringify(many.notes));
});

test('a model of no table is known by its config.json, and its folder names it', () => {
	const folder = path.join(scratch, 'My-Small-Model');
	fs.mkdirSync(folder);
	const shape = { hidden_size: 256, num_hidden_layers: 2, num_attention_heads: 8, num_key_value_heads: 4, intermediate_size: 512, vocab_size: 1000 };
	const config = (more) => { fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...shape, ...more })); return ['bench', 'cpu', '--model', path.join(folder, 'config.json'), '--prompt', '4', '--tokens', '2', '--repeats', '1']; };
	const { facts } = answer([...config({}), '--precision', 'F32']);
	same(facts.model, 'My-Small-Model', 'model');
	// Queries, keys, values, output, three matrices of the MLP; the output head in groups of sixteen rows.
	const weights = 2 * ((256 + 2 * 128) * 256 + 256 * 256 + 3 * 512 * 256) + 1008 * 256;
	yes(Math.abs(facts.weights / (4e-9 * weights) - 1) < 1e-9, `weights of ${facts.weights} GB`);
	const refused = (args, words) => { const done = run(args); yes(done.status !== 0 && words.test(done.err) && done.out === '', `exit ${done.status}: ${done.err}`); };
	refused(config({ num_local_experts: 8, num_experts_per_tok: 2 }), /My-Small-Model is a mixture of experts/);
	refused(config({ model_type: 'opt' }), /My-Small-Model has 0\.00\d+ billion weights a token, and 0\.00\d+ with the gated MLP/);
	refused(config({ hidden_size: 'wide' }), /config\.json: line 1: hidden_size is no count/);
	refused(['bench', 'cpu', '--model', path.join(folder, 'nothing.json')], /nothing\.json: cannot be opened: No such file/);
});

test('without a model the machine alone is measured', () => {
	const { facts } = answer(['bench', 'cpu', '--bytes', '20000000', '--repeats', '3']);
	same(facts.bytes, 20000000, 'bytes');
	yes(facts.read_bandwidth > 0 && facts.peak_arithmetic > 0 && facts.cpu_share > 0 && facts.cpu_share < 1.05 && facts.model === undefined, JSON.stringify(facts));
});

test('kept runs have a history, and the latest is held against those before', () => {
	const data = ['--data', path.join(scratch, 'kept')];
	for (let i = 0; i < 2; i++) same(answer([...quick, '--save', ...data]).facts.saved, true, 'saved');
	const reply = answer(['report', 'benchmarks', ...data]);
	same(reply.facts.runs, 2, 'runs');
	const latest = Object.fromEntries(reply.columns.filter((column) => column.table === 'latest').map((column) => [column.name, column.values]));
	same(latest.figure, ['decode_share', 'decode_tok_s', 'prefill_share', 'prefill_tok_s', 'read_bandwidth'], 'figures');
	yes(latest.state.every((state) => ['first', 'steady', 'drifts', 'disturbed'].includes(state)), latest.state.join());
	same(reply.columns.find((column) => column.table === 'history' && column.name === 'value').values.length, 10, 'figures in the history');
});

test('what cannot be run is refused with what is wrong', () => {
	const refused = (args, words, status = 2) => {
		const done = run(['bench', ...args]);
		yes(done.status === status && words.test(done.err) && done.out === '', `${args.join(' ')}: exit ${done.status}: ${done.err}`);
	};
	refused([], /bench cpu/);
	refused(['cpus'], /did you mean 'cpu'/);
	refused(['cpu', '--model', 'Qwen2.5-0.6B'], /Qwen2\.5-0\.5B/);
	refused(['cpu', '--model', 'Mixtral-8x7B'], /Mixtral-8x7B is a mixture of experts/);
	refused(['cpu', '--model', 'DeepSeek-V3'], /DeepSeek-V3 is/);
	refused(['cpu', '--model', 'Phi-2'], /Phi-2 has 2\.6\d+ billion weights a token, and 3\.\d+ with the gated MLP/);
	refused(['cpu', '--model', 'Llama-3.1-405B', '--precision', 'f32'], /memory are free; [0-9.]+ GB are missing/);
	refused(['cpu', '--precision', 'fp8'], /--precision is 'fp8'; bench cpu knows f32, bf16, q8_0 and q4_0/);
	refused(['cpu', '--threads', '0'], /--threads is '0'; it is a whole number from 1/);
	refused(['cpu', '--kernels', 'sse'], /--kernels is 'sse'; this processor runs .*portable/);
	refused(['cpu', 'Qwen2.5-0.5B'], /'Qwen2\.5-0\.5B' is one word too many/);
	refused(['cpu', '--bytes', '12'], /--bytes is '12'/);
	refused(['cpu', '--bytes', '--save'], /--bytes measures the machine without a model, and --save belongs to one/);
	refused(['cpu', '--bytes', '--precision', 'q4_0'], /--precision belongs to one/);
});

end();

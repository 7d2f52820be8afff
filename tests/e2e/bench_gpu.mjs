// `breakeven bench gpu` without a GPU, and on libraries that stand in for one and take the time that they are told to.
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { build, read } from './_fake_gpu.mjs';
import { answer, end, near, program, same, scratch, skip, test, yes } from './_say.mjs';

const libraries = path.join(scratch, 'gpu');
const log = path.join(scratch, 'gpu.log');
const why = build(libraries);

// Which libraries are seen: all, or all but some, of which a file that is none is found instead.
function seen(...missing) {
	const folder = path.join(scratch, `without-${missing.join('-') || 'none'}`);
	fs.mkdirSync(folder, { recursive: true });
	for (const file of fs.readdirSync(libraries)) if (!missing.some((word) => file.startsWith(word))) fs.copyFileSync(path.join(libraries, file), path.join(folder, file));
	for (const word of missing) for (const version of [1, 11, 12, 13]) fs.writeFileSync(path.join(folder, `${word}.so.${version}`), 'this is no library');
	return folder;
}
function bench(args = [], told = {}, folder = libraries) {
	fs.writeFileSync(log, '');
	const env = { ...process.env, LD_LIBRARY_PATH: folder, FAKE_LOG: log, ...told };
	const done = spawnSync(program, ['bench', 'gpu', '--format', 'json', ...args], { encoding: 'utf8', env });
	return { status: done.status, out: done.stdout, err: done.stderr, log: read(log), reply: done.status === 0 ? JSON.parse(done.stdout) : undefined };
}
const table = (reply, name) => Object.fromEntries(reply.columns.filter((column) => column.table === name).map((column) => [column.name, column.values]));
const refused = (words, args, told, folder, status = 1) => {
	const done = bench(args, told, folder);
	yes(done.status === status && words.test(done.err) && done.out === '' && done.err.trim().split('\n').length === 1, `exit ${done.status}: ${done.err}${done.out}`);
	return done;
};
const nothing = (held, what) => yes(Object.values(held).every((n) => n === 0), `${what}: ${JSON.stringify(held)}`);

test('a machine without a GPU says so in a sentence that names the library', () => {
	refused(/there is no NVIDIA driver on this machine: libcuda\.so\.1 cannot be loaded/, [], {}, seen('libcuda'));
});

const tried = (name, body) => why === '' ? test(name, body) : skip(name, why.trim().split('\n')[0]);

const REPEATS = 5;
const shapes = { qkv: [6144, 4096], out: [4096, 4096], gate_up: [28672, 4096], down: [4096, 14336], head: [128256, 4096] };
// Seconds of a call in each repetition, by what the libraries wrote down; rows of calls that only warmed up are left out.
const took = (run, key, each = 1) => {
	const parts = run.log.parts[key];
	yes(parts !== undefined && parts.length === REPEATS + 2, `${key}: ${parts?.length} rows of calls`);
	return parts.slice(2).map(({ calls, ms }) => ms / 1e3 / (calls / each));
};
const spread = (values) => { const v = [...values].sort((a, b) => a - b); return [v[2], v[0], v[4]]; };
const close = (got, want, what) => near(got / want, 1, 1e-6, what);
const is = (facts, name, values) => { const [median, low, high] = spread(values); close(facts[name], median, name); close(facts[`${name}_low`], low, `${name}_low`); close(facts[`${name}_high`], high, `${name}_high`); };

const whole = why === '' ? bench(['--repeats', String(REPEATS)]) : undefined;

tried('every time, rate and share is what the GPU took', () => {
	same(whole.status, 0, `status (${whole.err})`);
	same(whole.log.wrong, [], 'what a GPU would refuse, or a cache would hold');
	nothing(whole.log.held, 'held');
	const { facts } = whole.reply, products = table(whole.reply, 'products'), caches = table(whole.reply, 'cache');
	const peak = { bf16: 989, fp8: 1979 };
	same([facts.gpu, facts.chip, facts.compute_capability, facts.multiprocessors, facts.memory, facts.read_peak, facts.bf16_peak, facts.fp8_peak], ['NVIDIA H100 80GB HBM3', 'H100 SXM', '9.0', 132, 80, 3350, 989, 1979], 'the GPU');
	same(products.product.length, 4 * 4 * 2 + 3, 'products');
	for (let i = 0; i < products.product.length; i++) {
		const [precision, product, tokens] = [products.precision[i], products.product[i], products.tokens[i]];
		const [rows, columns] = shapes[product];
		same([products.rows[i], products.columns[i]], [rows, columns], product);
		const [median, low, high] = spread(took(whole, `${precision} ${rows} ${tokens} ${columns}`));
		const work = 2 * rows * columns * tokens, bytes = rows * columns * (precision === 'fp8' ? 1 : 2);
		const rates = { time: median * 1e6, time_low: low * 1e6, time_high: high * 1e6, arithmetic: work / median / 1e12, arithmetic_low: work / high / 1e12, arithmetic_high: work / low / 1e12, arithmetic_share: work / median / 1e12 / peak[precision], read: bytes / median / 1e9, read_low: bytes / high / 1e9, read_high: bytes / low / 1e9, read_share: bytes / median / 3350e9 };
		for (const [name, value] of Object.entries(rates)) close(products[name][i], value, `${precision} ${product} ${tokens} ${name}`);
	}
	for (const precision of ['bf16', 'fp8']) {
		const best = Math.max(...products.arithmetic.filter((_, i) => products.precision[i] === precision && products.tokens[i] === 2048));
		same(facts[`${precision}_arithmetic`], best, `${precision}_arithmetic`);
		close(facts[`${precision}_arithmetic_share`], best / peak[precision], 'share');
	}
	caches.sequences.forEach((sequences, i) => {
		const bytes = 2 * 2 * 4096 * 128 * 8 * sequences, [median, low, high] = spread(took(whole, `values 128 4 4096 ${8 * sequences}`, 2));
		for (const [name, value] of Object.entries({ size: bytes / 1e6, time: median * 1e6, read: bytes / median / 1e9, read_low: bytes / high / 1e9, read_high: bytes / low / 1e9, read_share: bytes / median / 3350e9 })) close(caches[name][i], value, `cache of ${sequences}: ${name}`);
	});
	const copied = Number(Object.keys(whole.log.parts).find((key) => key.startsWith('copy')).split(' ')[1]);
	yes(copied >= 8 * 52428800, `copies of ${copied} bytes go past a cache of 50 MiB`);
	is(facts, 'copy_bandwidth', took(whole, `copy ${copied}`).map((s) => copied / s / 1e9));
	close(facts.copy_share, facts.copy_bandwidth / 3350, 'copy_share');
	is(facts, 'host_to_device', took(whole, 'upload 33554432').map((s) => 33554432 / s / 1e9));
});

tried('decode and prefill are put together from the parts of one repetition', () => {
	const { facts } = whole.reply, layer = ['qkv', 'out', 'gate_up', 'down'];
	const product = (precision, name, tokens) => took(whole, `${precision} ${shapes[name][0]} ${tokens} ${shapes[name][1]}`);
	const layers = (precision, tokens, r) => 32 * layer.reduce((sum, name) => sum + product(precision, name, tokens)[r], 0);
	const copy = Object.keys(whole.log.parts).find((key) => key.startsWith('copy'));
	const copied = Number(copy.split(' ')[1]);
	for (const precision of ['bf16', 'fp8']) {
		for (const [tokens, suffix] of [[1, ''], [8, '_8'], [64, '_64']]) {
			const bytes = 2 * 2 * 4096 * 128 * 8 * tokens;
			is(facts, `${precision}_decode_tok_s${suffix}`, [0, 1, 2, 3, 4].map((r) => tokens / (layers(precision, tokens, r) + product('bf16', 'head', tokens)[r] +
				32 * Math.min(took(whole, `values 128 4 4096 ${8 * tokens}`, 2)[r], bytes * took(whole, copy)[r] / copied))));
		}
		is(facts, `${precision}_prefill_tok_s`, [0, 1, 2, 3, 4].map((r) => 2048 / layers(precision, 2048, r)));
	}
	yes(whole.reply.notes.some((note) => /estimates from the measured parts/.test(note)), JSON.stringify(whole.reply.notes));
});

tried('power, clock and temperature are means, and what held the clock down is told', () => {
	const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
	const { facts, notes } = whole.reply, { power, clock, temperature } = whole.log.told;
	yes(power.length >= 40 * REPEATS, `${power.length} samples`);
	close(facts.power, mean(power) / 1e3, 'power');
	close(facts.sm_clock, mean(clock), 'sm_clock');
	close(facts.temperature, mean(temperature), 'temperature');
	same(facts.slowed_by, '', 'slowed_by');
	yes(!notes.some((note) => /held/.test(note)), JSON.stringify(notes));
	const hot = bench(['--repeats', '1'], { FAKE_REASONS: String(0x4 | 0x40), FAKE_OTHERS_MB: '20000' }).reply;
	same(hot.facts.slowed_by, 'the power limit, heat, by the hardware', 'slowed_by');
	yes(hot.notes.some((note) => /clock was held down by the power limit, heat/.test(note)) && hot.notes.some((note) => /20\.0 GB of the GPU's memory were held/.test(note)), JSON.stringify(hot.notes));
	const dumb = bench(['--repeats', '1'], { FAKE_FAIL: 'nvmlDeviceGetPowerUsage:1:3' }).reply;
	yes(dumb.notes.some((note) => /nvmlDeviceGetPowerUsage failed: Not Supported/.test(note)), JSON.stringify(dumb.notes));
});

tried("a GPU's part of a divided layer has its shapes", () => {
	const { reply, log: { wrong } } = bench(['--repeats', '1', '--model', 'Llama-3.3-70B', '--tp', '16', '--context', '1000']);
	same(wrong, [], 'what a GPU would refuse');
	const products = table(reply, 'products'), at = (name) => products.product.indexOf(name), of = (name) => [products.rows[at(name)], products.columns[at(name)]];
	// 4 of 64 heads, and one of 8 heads of keys and values, which two GPUs hold.
	same([of('qkv'), of('out'), of('gate_up'), of('down'), of('head')], [[(4 + 2) * 128, 8192], [8192, 512], [3584, 8192], [8192, 1792], [8016, 8192]], 'shapes');
	same(table(reply, 'cache').size, [1, 8, 64].map((n) => n * 2 * 2 * 1000 * 128 / 1e6), 'cache');
	yes(reply.notes.some((note) => /calls as short as [0-9.]+ us may be bound by how fast they are handed/.test(note)), JSON.stringify(reply.notes));
	same([reply.facts.tp, reply.facts.context], [16, 1000], 'as asked');
});

tried('a GPU that is in no table has speeds and no shares', () => {
	const { reply } = bench(['--repeats', '1'], { FAKE_NAME: 'NVIDIA Somewhat 9' });
	same([reply.facts.chip, reply.facts.read_peak, reply.facts.copy_share, reply.facts.bf16_arithmetic_share], [null, null, null, null], 'what is not known');
	yes(reply.facts.bf16_decode_tok_s > 0 && reply.notes.some((note) => /'NVIDIA Somewhat 9' is in no table/.test(note)), JSON.stringify(reply.notes));
	const older = bench(['--repeats', '1'], { FAKE_NAME: 'NVIDIA A100-SXM4-80GB', FAKE_MAJOR: '8' }).reply;
	same([older.facts.chip, older.facts.fp8_decode_tok_s, older.facts.bf16_peak], ['A100 SXM 80GB', null, 312], 'an A100');
	yes(older.notes.some((note) => /FP8 begins with 8\.9/.test(note)), JSON.stringify(older.notes));
});

tried('a call that fails is told by its name, and all that was held is given back', () => {
	const once = bench(['--repeats', '1']);
	const silent = /Destroy|Free|Release|Shutdown/, without = /^nvml|cublasLtCreate|cuDeviceGetPCIBusId/;
	const later = ['cuMemAlloc', 'cuMemcpyHtoDAsync', 'cuEventElapsedTime', 'cublasGemmEx', 'cublasGemmStridedBatchedEx', 'cublasLtMatrixLayoutCreate', 'cublasLtMatmul'];
	for (const [name, calls] of Object.entries(once.log.calls)) {
		if (silent.test(name)) continue; // nobody is left who could do anything about it
		for (const nth of later.includes(name) ? [1, Math.ceil(calls / 2)] : [1]) {
			const code = name.startsWith('cublas') ? 13 : name.startsWith('nvml') ? 3 : 719;
			const done = bench(['--repeats', '1'], { FAKE_FAIL: `${name}:${nth}:${code}` }), what = `${name}, call ${nth}`;
			nothing(done.log.held, what);
			const text = { 13: 'the function failed to launch on the GPU', 3: 'Not Supported', 719: 'CUDA_ERROR_LAUNCH_FAILED, unspecified launch failure' }[code];
			if (without.test(name)) {
				same(done.status, 0, `${what}: ${done.err}`);
				if (name !== 'nvmlDeviceGetMigMode') yes(done.reply.notes.some((note) => note.includes(`${name} failed`)), `${what}: ${JSON.stringify(done.reply.notes)}`);
			} else yes(done.status === 1 && done.err.includes(`${name} failed: ${text} (${code})`) && done.out === '', `${what}: exit ${done.status}: ${done.err}`);
		}
	}
});

tried('a library that is missing is named; what can do without does', () => {
	refused(/cuBLAS of CUDA 11, 12 or 13 is missing: libcublas\.so\.13 cannot be loaded .*LD_LIBRARY_PATH/, [], {}, seen('libcublas', 'libcublasLt'));
	const plain = bench(['--repeats', '1'], {}, seen('libcublasLt', 'libnvidia-ml'));
	same(plain.status, 0, plain.err);
	same([plain.reply.facts.power, plain.reply.facts.slowed_by, plain.reply.facts.fp8_prefill_tok_s], [null, null, null], 'what is not told');
	yes(plain.reply.facts.bf16_prefill_tok_s > 0, 'speed');
	yes(plain.reply.notes.some((note) => /FP8 was not measured.*libcublasLt\.so\.13 cannot be loaded/.test(note)) && plain.reply.notes.some((note) => /libnvidia-ml\.so\.1 cannot be loaded/.test(note)), JSON.stringify(plain.reply.notes));
});

tried('what cannot be measured is refused in a sentence', () => {
	refused(/the NVIDIA driver of this machine finds no GPU: cuInit failed: CUDA_ERROR_NO_DEVICE, no CUDA-capable device is detected/, [], { FAKE_COUNT: '0' });
	refused(/--gpu-index is 1; this machine has 1 GPU, counted from 0/, ['--gpu-index', '1'], {}, libraries, 2);
	nothing(refused(/GPU 0, NVIDIA H100 80GB HBM3, is divided by MIG/, [], { FAKE_MIG: '1' }).log.held, 'held');
	refused(/MIG 1g\.10gb, is divided by MIG/, [], { FAKE_NAME: 'NVIDIA H100 80GB HBM3 MIG 1g.10gb' });
	refused(/compute capability 7\.0; bench gpu measures BF16, which begins with 8\.0/, [], { FAKE_MAJOR: '7' });
	nothing(refused(/cache of 4096 tokens for 64 sequences take [0-9.]+ GB of this GPU's memory and 2\.4 GB are free; [0-9.]+ GB are missing/, [], { FAKE_MB: '3000' }).log.held, 'held');
	refused(/--tp is 3; 32 heads, 8 key-value heads and an MLP of 14336 cannot be divided so/, ['--tp', '3'], {}, libraries, 2);
	refused(/Mixtral-8x7B is a mixture of experts/, ['--model', 'Mixtral-8x7B'], {}, libraries, 2);
	refused(/--repeats is '0'; it is a whole number from 1 to 100/, ['--repeats', '0'], {}, libraries, 2);
	refused(/'H100' is one word too many/, ['H100'], {}, libraries, 2);
});

tried('a kept run has its figures', () => {
	const data = ['--data', path.join(scratch, 'gpu-kept')];
	const first = bench(['--repeats', '2', '--save', ...data]).reply;
	same(first.facts.saved, true, 'saved');
	same(bench(['--repeats', '2', '--save', ...data], { FAKE_REASONS: '32' }).reply.facts.saved, true, 'saved');
	const reply = answer(['report', 'benchmarks', ...data]), latest = table(reply, 'latest');
	same(reply.facts.runs, 2, 'runs');
	same([...latest.figure].sort(), ['bf16_arithmetic', 'bf16_arithmetic_share', 'bf16_decode_tok_s', 'bf16_decode_tok_s_64', 'bf16_prefill_tok_s', 'copy_bandwidth', 'copy_share', 'fp8_arithmetic', 'fp8_arithmetic_share', 'fp8_decode_tok_s', 'fp8_decode_tok_s_64', 'fp8_prefill_tok_s', 'host_to_device'], 'figures');
	yes(latest.kind.every((kind) => kind === 'gpu') && latest.state.every((state) => state === 'disturbed'), `${latest.kind} ${latest.state}`);
	yes(table(reply, 'history').value.includes(first.facts.bf16_decode_tok_s), 'the first speed is in the history');
});

tried('a product that FP8 lacks leaves the others', () => {
	const { reply, log: { held } } = bench(['--repeats', '1'], { FAKE_LT_LACKS: '8' });
	const products = table(reply, 'products');
	products.precision.forEach((precision, i) => same(products.time[i] === null, precision === 'fp8' && products.tokens[i] === 8, `${precision} ${products.tokens[i]}`));
	yes(reply.facts.fp8_decode_tok_s > 0 && reply.facts.fp8_decode_tok_s_8 === null && reply.facts.fp8_prefill_tok_s > 0, 'estimates');
	yes(reply.notes.some((note) => /not all of it: cuBLASLt has no such product for weights of 6144 by 4096 and 8 tokens/.test(note)), JSON.stringify(reply.notes));
	nothing(held, 'held');
});

tried('an algorithm that its own state calls unfit is not run, and a library from before FP8 leaves BF16', () => {
	const unfit = bench(['--repeats', '1'], { FAKE_LT_STATE: '64' });
	same([unfit.status, unfit.log.wrong], [0, []], unfit.err);
	yes(unfit.reply.facts.fp8_decode_tok_s > 0 && unfit.reply.facts.fp8_decode_tok_s_64 === null, 'estimates');
	const old = bench(['--repeats', '1'], { FAKE_LT_OLD: '1' });
	same([old.status, old.log.wrong, old.reply?.facts.fp8_prefill_tok_s], [0, [], null], old.err);
	yes(old.reply.facts.bf16_prefill_tok_s > 0 && old.reply.notes.some((note) => /this cuBLASLt is older than FP8, which came with CUDA 11\.8/.test(note)), JSON.stringify(old.reply.notes));
	nothing({ ...unfit.log.held, ...old.log.held }, 'held');
});

end();

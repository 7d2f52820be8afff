// The main job: traffic comes in through an importer, and the terminal says where closed and self-hosted cross.
import fs from 'node:fs';
import path from 'node:path';
import { answer, columns, end, file, folder, near, run, same, shared, skip, test, yes } from './_say.mjs';

const traces = [
	{ name: 'conv', requests: 19366, input: 22361870, output: 4088665 },
	{ name: 'code', requests: 8819, input: 18059974, output: 245896 },
];

for (const trace of traces) {
	const source = path.join(shared, 'data/azure_llm', `AzureLLMInferenceTrace_${trace.name}.csv`);
	if (!fs.existsSync(source)) {
		skip(`the ${trace.name} trace gives a break-even`, 'the shared data is not here');
		continue;
	}
	const data = folder(`trace-${trace.name}`);

	test(`every request of the ${trace.name} trace is taken`, () => {
		const reply = answer(['collect', 'azure-trace', source, '--workload', trace.name, '--data', data]);
		same(reply.facts.taken, trace.requests, 'taken');
		same(reply.facts.refused, 0, 'refused');
	});
	test(`the same ${trace.name} trace again repeats and adds nothing`, () => {
		const reply = answer(['collect', 'azure-trace', source, '--workload', trace.name, '--data', data]);
		same([reply.facts.taken, reply.facts.repeated], [0, trace.requests], 'taken and repeated');
	});
	test(`the ledger of the ${trace.name} trace sums to the published totals`, () => {
		const { facts } = answer(['report', 'usage', '--data', data]);
		same([facts.requests, facts.in_uncached, facts.out_visible], [trace.requests, trace.input, trace.output], 'totals');
		same(facts.amount, null, 'the amount of tokens without a model');
		same(facts.priced_share, 0, 'priced share');
	});
	test(`the break-even of the ${trace.name} trace rests on its measured mix`, () => {
		const reply = answer(['report', 'breakeven', '--workload', trace.name, '--data', data,
			'--closed_provider', 'anthropic', '--closed_model', 'claude-sonnet-4-5']);
		const inputs = columns(reply);
		const at = inputs.input.indexOf('closed.input_per_output');
		near(inputs.value[at], trace.input / trace.output, 1e-12, 'mix');
		same(inputs.origin[at], 'measured', 'origin of the mix');
		// 3 and 15 USD a Mtok at the measured mix.
		near(reply.facts.blended_price, (3 * trace.input + 15 * trace.output) / (trace.input + trace.output), 1e-9, 'blended price');
		yes(reply.facts.first_break_even_mtok_month > 0, 'there is a first break-even');
		near(reply.facts.saving_month, reply.facts.closed_month - reply.facts.self_month, 1e-9, 'saving');
		const idle = reply.facts.idle;
		yes(['redundancy', 'headroom', 'shape', 'rounding'].every((cause) => Number.isFinite(idle[cause])), 'idle has four causes');
	});
	test(`the break-even of the ${trace.name} trace is what solve says of the same inputs`, () => {
		const reply = answer(['report', 'breakeven', '--workload', trace.name, '--data', data]);
		const inputs = columns(reply);
		const value = (name) => inputs.value[inputs.input.indexOf(name)];
		const scenario = {
			closed: { input: value('closed.input'), output: value('closed.output'), input_per_output: value('closed.input_per_output') },
			self_hosted: {
				gpus_per_replica: value('self_hosted.gpus_per_replica'), gpu_hour: value('self_hosted.gpu_hour'),
				throughput_tok_s: value('self_hosted.throughput_tok_s'), headroom: value('self_hosted.headroom'),
				peak_to_mean: value('self_hosted.peak_to_mean'), redundancy: value('self_hosted.redundancy'),
				min_replicas: value('self_hosted.min_replicas'), ops_month: value('self_hosted.ops_month'),
				fixed_month: value('self_hosted.fixed_month'),
			},
			volume: { mtok_month: value('volume.mtok_month') },
		};
		const solved = answer(['solve', '-'], JSON.stringify(scenario));
		for (const name of ['blended_price', 'closed_month', 'self_month', 'saving_month', 'replicas', 'first_break_even_mtok_month'])
			near(reply.facts[name], solved.facts[name], 1e-9, name);
	});
}

test('the collectors are listed a line each, piped or not', () => {
	const lines = run(['collect', '--list']).out.trim().split('\n');
	for (const name of ['azure-trace', 'usage-csv', 'usage-jsonl', 'focus-csv', 'nvidia-smi-csv', 'prices-genai', 'prices-litellm'])
		same(lines.filter((line) => line.startsWith(`${name} `)).length, 1, `lines of ${name}`);
});

test('an unknown workload is answered with the nearest name', () => {
	const data = folder('nearest');
	const usage = file('nearest.csv', 'id,at,provider,model,workload,in_uncached,out_visible\na,2026-08-01T00:00:00Z,openai,gpt-4o,chat,10,2\n');
	answer(['collect', 'usage-csv', usage, '--data', data]);
	const done = run(['report', 'breakeven', '--workload', 'chta', '--data', data]);
	same(done.status, 2, 'exit');
	yes(/chat/.test(done.err), `the sentence names the nearest: ${done.err}`);
});

test('a report of an empty place says that there is no ledger', () => {
	const done = run(['report', 'usage', '--data', folder('nowhere')]);
	yes(done.status !== 0 && done.err.length > 10, `a sentence and a status: ${done.status} ${done.err}`);
});

test('a fleet of the fleet table is what the break-even is asked for', () => {
	const data = folder('fleet');
	const usage = file('fleet.csv', 'id,at,provider,model,workload,in_uncached,out_visible\n' +
		Array.from({ length: 48 }, (_, hour) => `r${hour},${1785542400 + hour * 3600},openai,gpt-4o,chat,900000,100000`).join('\n') + '\n');
	answer(['collect', 'usage-csv', usage, '--data', data]);
	same(run(['fleet', 'set', 'pair', '--gpu-hour', '1.75', '--gpus-per-replica', '4', '--throughput-tok-s', '5000', '--measured', '--data', data]).status, 0, 'exit of fleet set');
	const inputs = columns(answer(['report', 'breakeven', '--data', data]));
	const row = (name) => [inputs.value[inputs.input.indexOf(name)], inputs.origin[inputs.input.indexOf(name)]];
	same(row('self_hosted.gpu_hour'), [1.75, 'assumed'], 'price');
	same(row('self_hosted.throughput_tok_s'), [5000, 'measured'], 'throughput');
	same(row('self_hosted.gpus_per_replica'), [4, 'assumed'], 'GPUs');
	same(row('closed.price')[1], 'measured', 'the closed price is what the calls cost');
});

end();

// OpenTelemetry's own SDK and exporters push into the running daemon; what they counted is what the ledger holds.
import assert from 'node:assert/strict';
import { OTLPMetricExporter as MetricsJson, AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as MetricsProtobuf } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as TracesJson } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as TracesProtobuf } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { context, trace } from '@opentelemetry/api';
import { end, json, run, scratchPath, serve, test } from '../api/_daemon.mjs';

process.env.NO_PROXY = process.env.no_proxy = '127.0.0.1';
const data = scratchPath('sdk');
const daemon = await serve(['--data', data]);
const base = `${daemon.url}`;
const usage = async (workload) => {
	const { json: answer } = await json(daemon.port, '/api/v1/report/usage?by=workload');
	const column = (name) => answer.columns.find((each) => each.name === name).values;
	const at = column('workload').indexOf(workload);
	return at < 0 ? null : Object.fromEntries(['requests', 'in_uncached', 'in_cache_read', 'in_cache_write_5m', 'out_visible', 'out_reasoning'].map((name) => [name, column(name)[at]]));
};

// A counter and a histogram through one exporter, several collections, each exported again as a sender would whose reply was lost.
async function pushMetrics(Exporter, name, preference, options = {}) {
	const exporter = new Exporter({ url: `${base}v1/metrics`, temporalityPreference: preference, ...options });
	const sent = [];
	const twice = {
		selectAggregationTemporality: (kind) => exporter.selectAggregationTemporality(kind),
		selectAggregation: (kind) => exporter.selectAggregation?.(kind),
		export: (metrics, done) => exporter.export(metrics, (first) => exporter.export(metrics, (second) => {
			sent.push(first, second);
			done(second);
		})),
		forceFlush: () => exporter.forceFlush(), shutdown: () => exporter.shutdown(),
	};
	const reader = new PeriodicExportingMetricReader({ exporter: twice, exportIntervalMillis: 3600e3 });
	const provider = new MeterProvider({ resource: resourceFromAttributes({ 'service.name': name }), readers: [reader] });
	const meter = provider.getMeter('test');
	const tokens = meter.createHistogram('gen_ai.client.token.usage', { unit: '{token}' });
	const wait = meter.createHistogram('gen_ai.client.operation.duration', { unit: 's' });
	const about = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o' };
	for (let round = 1; round <= 3; round++) {
		for (let call = 0; call < 5; call++) {
			tokens.record(1000 * round + call, { ...about, 'gen_ai.token.type': 'input' });
			tokens.record(10 * round, { 'gen_ai.token.type': 'output', ...about });
			wait.record(0.5, about);
		}
		await new Promise((done) => setTimeout(done, 5)); // a total that ends in the instant it began has no stretch
		await reader.forceFlush();
	}
	await provider.shutdown();
	for (const each of sent) assert.equal(each.code, 0, String(each.error));
	return { requests: 15, in_uncached: 5 * 6000 + 3 * 10, in_cache_read: 0, in_cache_write_5m: 0, out_visible: 300, out_reasoning: 0 };
}

for (const [form, Exporter] of [['JSON', MetricsJson], ['protobuf', MetricsProtobuf]])
	for (const [word, preference] of [['delta', AggregationTemporalityPreference.DELTA], ['cumulative', AggregationTemporalityPreference.CUMULATIVE]])
		await test(`metrics of the SDK as ${form}, ${word}, each export sent twice, count once`, async () => {
			const name = `${form}-${word}`;
			assert.deepEqual(await usage(name), null);
			const told = await pushMetrics(Exporter, name, preference);
			assert.deepEqual(await usage(name), told);
		});

await test('a packed export counts as a plain one', async () => {
	const told = await pushMetrics(MetricsProtobuf, 'packed', AggregationTemporalityPreference.DELTA, { compression: 'gzip' });
	assert.deepEqual(await usage('packed'), told);
});

await test("exports to the API's prefix are taken as well", async () => {
	const told = await pushMetrics(MetricsJson, 'prefix', AggregationTemporalityPreference.DELTA, { url: `${base}api/v1/otlp/v1/metrics` });
	assert.deepEqual(await usage('prefix'), told);
});

for (const [form, Exporter] of [['JSON', TracesJson], ['protobuf', TracesProtobuf]])
	await test(`spans of the SDK as ${form}: of an agent and what it calls, the calls count`, async () => {
		const name = `spans-${form}`;
		const provider = new BasicTracerProvider({
			resource: resourceFromAttributes({ 'service.name': name }),
			spanProcessors: [new BatchSpanProcessor(new Exporter({ url: `${base}v1/traces` }))],
		});
		const tracer = provider.getTracer('test');
		const tokens = (input, output) => ({ 'gen_ai.usage.input_tokens': input, 'gen_ai.usage.output_tokens': output, 'gen_ai.usage.cache_read.input_tokens': 50, 'gen_ai.usage.reasoning.output_tokens': 5 });
		for (let round = 0; round < 4; round++) {
			const agent = tracer.startSpan('agent', { attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.request.model': 'gpt-4o', ...tokens(300, 60) } });
			const inside = trace.setSpan(context.active(), agent);
			const chain = tracer.startSpan('chain', { attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', ...tokens(300, 60) } }, inside);
			for (let call = 0; call < 3; call++)
				tracer.startSpan('call', { attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o', ...tokens(100, 20) } }, trace.setSpan(inside, chain)).end();
			chain.end();
			agent.end();
			await provider.forceFlush();
		}
		await provider.shutdown();
		assert.deepEqual(await usage(name), { requests: 12, in_uncached: 600, in_cache_read: 600, in_cache_write_5m: 0, out_visible: 180, out_reasoning: 60 });
	});

await test('the ledger is sound afterwards', async () => {
	await daemon.stop();
	const checked = run('check', '--data', data);
	assert.equal(checked.status, 0, checked.stderr);
});

end();

// A small OpenAI-compatible server on a real engine: llama.cpp, by the binding that the npm package of node-llama-cpp brings,
// with random weights that are written here. Continuous batching: each step computes what there is of new prompts and one
// token of every reply under way, and writes each token at once. Prints its port.
// GET /truth: of each reply its counts as the engine has them, and when each token was written, in seconds of the
// machine's monotonic clock.
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';

const [addonPath, modelPath, places] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const SHAPE = { layers: 4, hidden: 512, heads: 8, ff: 1024 }, CONTEXT = 1024;

// ---- weights: GGUF, version 3, with a vocabulary of bytes, letters and pairs of letters

function vocabulary() {
	const tokens = [['<unk>', 0, 2], ['<s>', 0, 3], ['</s>', 0, 3]];
	for (let i = 0; i < 256; i++) tokens.push([`<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`, 0, 6]);
	const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
	for (const letter of ['\u2581', ...letters]) tokens.push([letter, -1000, 1]);
	for (const first of 'aeiou') for (const second of letters) tokens.push([first + second, -tokens.length, 1]);
	return tokens;
}

function writeModel(path) {
	const TYPES = { u32: 4, f32: 6, text: 8, array: 9, i32: 5 }, F32 = 0, Q8_0 = 8, ALIGN = 32;
	const head = [], u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); head.push(b); }, u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(n)); head.push(b); };
	const text = (s) => { const b = Buffer.from(s); u64(b.length); head.push(b); }, f32 = (x) => { const b = Buffer.alloc(4); b.writeFloatLE(x); head.push(b); };
	const put = { u32, f32, text, i32: u32 };
	const key = (name, type, value) => { text(name); u32(TYPES[type]); put[type](value); };
	const list = (name, type, values) => { text(name); u32(TYPES.array); u32(TYPES[type]); u64(values.length); values.forEach(put[type]); };
	const { layers, hidden, heads, ff } = SHAPE, tokens = vocabulary(), matrices = [], tensor = (name, columns, rows) => matrices.push({ name, columns, rows, type: rows ? Q8_0 : F32 });
	tensor('token_embd.weight', hidden, tokens.length);
	tensor('output_norm.weight', hidden);
	tensor('output.weight', hidden, tokens.length);
	for (let i = 0; i < layers; i++)
		for (const [name, columns, rows] of [['attn_norm', hidden], ['attn_q', hidden, hidden], ['attn_k', hidden, hidden], ['attn_v', hidden, hidden], ['attn_output', hidden, hidden], ['ffn_norm', hidden], ['ffn_gate', hidden, ff], ['ffn_up', hidden, ff], ['ffn_down', ff, hidden]])
			tensor(`blk.${i}.${name}.weight`, columns, rows);
	const keys = [['general.architecture', 'text', 'llama'], ['llama.block_count', 'u32', layers], ['llama.context_length', 'u32', CONTEXT], ['llama.embedding_length', 'u32', hidden], ['llama.feed_forward_length', 'u32', ff], ['llama.attention.head_count', 'u32', heads],
		['llama.attention.layer_norm_rms_epsilon', 'f32', 1e-5], ['llama.rope.dimension_count', 'u32', hidden / heads], ['tokenizer.ggml.model', 'text', 'llama'], ['tokenizer.ggml.bos_token_id', 'u32', 1], ['tokenizer.ggml.eos_token_id', 'u32', 2]];
	const lists = [['tokenizer.ggml.tokens', 'text', tokens.map(([token]) => token)], ['tokenizer.ggml.scores', 'f32', tokens.map(([, score]) => score)], ['tokenizer.ggml.token_type', 'i32', tokens.map(([, , type]) => type)]];
	head.push(Buffer.from('GGUF'));
	u32(3);
	u64(matrices.length);
	u64(keys.length + lists.length);
	for (const each of keys) key(...each);
	for (const each of lists) list(...each);
	const bytes = ({ columns, rows, type }) => (type === F32 ? columns * 4 : columns / 32 * rows * 34), padded = (n) => Math.ceil(n / ALIGN) * ALIGN;
	let offset = 0;
	for (const each of matrices) {
		text(each.name);
		u32(each.rows ? 2 : 1);
		u64(each.columns);
		if (each.rows) u64(each.rows);
		u32(each.type);
		u64(offset);
		offset += padded(bytes(each));
	}
	const front = Buffer.concat(head), file = fs.openSync(path, 'w');
	fs.writeSync(file, Buffer.concat([front], padded(front.length)));
	let state = 1;
	for (const each of matrices) {
		const data = Buffer.alloc(padded(bytes(each)));
		if (each.type === F32) for (let i = 0; i < each.columns; i++) data.writeFloatLE(1, 4 * i);
		else for (let at = 0; at < bytes(each); at += 34) {
			data.writeUInt16LE(0x1000, at); // 2^-11: products of random weights keep their size
			for (let i = 2; i < 34; i += 4) { state = (Math.imul(state, 1664525) + 1013904223) | 0; data.writeInt32LE(state, Math.min(at + i, at + 30)); }
		}
		fs.writeSync(file, data);
	}
	fs.closeSync(file);
}

// ---- the engine

writeModel(modelPath);
const llama = createRequire(import.meta.url)(addonPath);
llama.markLoaded();
llama.setLogger(() => {});
llama.loadBackends(addonPath.replace(/[^/]*$/, ''));
await llama.init();
const model = new llama.AddonModel(modelPath, { gpuLayers: 0, useMmap: true });
if (!await model.init()) throw new Error('the engine does not take the model');
const context = new llama.AddonContext(model, { contextSize: CONTEXT * places, batchSize: CONTEXT, sequences: places, threads: 1 });
if (!await context.init()) throw new Error('the engine makes no context');
const sampler = new llama.AddonSampler(model);
sampler.applyConfig({ temperature: 0 });

const now = () => Number(process.hrtime.bigint()) / 1e9;
const truth = {}, line = [], free = Array.from({ length: places }, (_, i) => i);
let active = [], working = false, count = 0;

function write(reply, token) {
	reply.written.push(now());
	reply.send({ choices: [{ index: 0, delta: { content: model.getTokenString(token) || '?' }, finish_reason: null }] });
	if (reply.written.length < reply.most) return true;
	reply.send({ choices: [{ index: 0, delta: {}, finish_reason: 'length' }] });
	reply.send({ choices: [], usage: { prompt_tokens: reply.prompt, completion_tokens: reply.written.length, total_tokens: reply.prompt + reply.written.length } });
	reply.response.end('data: [DONE]\n\n');
	truth[reply.id] = { prompt: reply.prompt, cells: context.getSequenceKvCacheMaxPosition(reply.place) + 1, written: reply.written };
	context.disposeSequence(reply.place);
	free.push(reply.place);
	return false;
}

async function work() {
	if (working) return;
	working = true;
	while (active.length + line.length > 0) {
		let room = CONTEXT - active.length;
		while (line.length > 0 && free.length > 0 && line[0].next.length < room) { const reply = line.shift(); reply.place = free.pop(); room -= reply.next.length; active.push(reply); }
		context.initBatch(active.reduce((sum, { next }) => sum + next.length, 0));
		for (const reply of active) {
			[reply.logit] = context.addToBatch(reply.place, reply.at, Uint32Array.from(reply.next), Uint32Array.of(reply.next.length - 1));
			reply.at += reply.next.length;
		}
		await context.decodeBatch();
		const going = [];
		for (const reply of active) {
			const token = await context.sampleToken(reply.logit, sampler);
			reply.next = [token];
			if (write(reply, token)) going.push(reply);
		}
		active = going;
		await new Promise((resolve) => setImmediate(resolve)); // whoever asked meanwhile is heard
	}
	working = false;
}

const server = http.createServer((request, response) => {
	let body = '';
	if (request.url === '/truth') return response.end(JSON.stringify(truth));
	request.on('data', (bytes) => { body += bytes; });
	request.on('end', () => {
		const ask = JSON.parse(body), id = `chatcmpl-${++count}`, prompt = [...model.tokenize(ask.messages.map(({ content }) => content).join('\n'), false)];
		if (prompt.length + ask.max_tokens > CONTEXT) {
			response.writeHead(400, { 'content-type': 'application/json' });
			return response.end(JSON.stringify({ error: { message: `${prompt.length} tokens of prompt and ${ask.max_tokens} of reply are more than ${CONTEXT}`, type: 'invalid_request_error' } }));
		}
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		line.push({ id, response, prompt: prompt.length, next: prompt, at: 0, most: ask.max_tokens, written: [], send: (object) => response.write(`data: ${JSON.stringify({ id, object: 'chat.completion.chunk', model: ask.model, ...object })}\n\n`) });
		return work();
	});
});
server.keepAliveTimeout = 60000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

// A server of chat completions whose timing and faults are known: what `bench endpoint` is tried on. Prints its port.
// GET /truth says what it did; the instants of each reply, by its id, are when it wrote its pieces and not when it meant to,
// in seconds of the machine's monotonic clock. The model's name is the script:
//   steady             max_tokens pieces, each from its own moment on the clock
//   pairs              two tokens a piece      uncounted   no usage     strict   refuses ignore_eos, then max_tokens
//   busy refused failed closes silent nonsense torn empty hangs   each its own fault; torn: an error in the stream
//   flaky              every third request is answered 429      fades    silent from its third request on
import http from 'node:http';

const [ttft, gap] = process.argv.slice(2).map(Number);
const truth = { requests: 0, fading: 0, flaky: 0, written: {}, keys: new Set(), prompts: new Set(), bodies: [] };
const clock = () => Number(process.hrtime.bigint()) / 1e6;

function stream(response, ask, begun) {
	const tokens = ask.max_tokens ?? ask.max_completion_tokens;
	const pieces = ask.model === 'pairs' ? Math.ceil(tokens / 2) : tokens;
	const id = `chatcmpl-${truth.requests}`;
	const send = (object) => response.write(`data: ${JSON.stringify({ id, ...object })}\n\n`);
	const written = [];
	let sent = 0;

	response.writeHead(200, { 'content-type': 'text/event-stream' });
	send({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] });
	const next = () => {
		if (response.destroyed) return;
		if (sent === 3 && ask.model === 'closes') return response.destroy();
		if (sent === 3 && (ask.model === 'silent' || (ask.model === 'fades' && truth.fading > 2))) return;
		if (sent === 3 && ask.model === 'torn') {
			send({ error: { message: 'the engine ran out of memory', type: 'server_error' } });
			response.end('data: [DONE]\n\n');
			return;
		}
		if (ask.model === 'nonsense') return response.end('data: <html>\n\n');
		if (sent < pieces && ask.model !== 'empty') {
			sent++;
			written.push(clock() / 1e3);
			send({ choices: [{ index: 0, delta: { content: 'rivers ' }, finish_reason: null }], usage: null });
			// Each piece has its own moment, so that lateness does not add up.
			setTimeout(next, Math.max(0, begun + ttft + gap * sent - clock()));
			return;
		}
		send({ choices: [{ index: 0, delta: {}, finish_reason: 'length' }] });
		const words = ask.messages[0].content.split(' ').length;
		if (ask.model !== 'uncounted')
			send({ choices: [], usage: { prompt_tokens: 11 + 2 * words, completion_tokens: tokens, total_tokens: 11 + 2 * words + tokens } });
		truth.written[id] = written;
		response.end('data: [DONE]\n\n');
	};
	setTimeout(next, ttft);
}

const refuse = (response, status, error) => {
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(JSON.stringify(error));
};

const server = http.createServer((request, response) => {
	const begun = clock();
	let text = '';

	if (request.url === '/truth')
		return response.end(JSON.stringify({ ...truth, keys: [...truth.keys], prompts: truth.prompts.size }));
	request.on('data', (bytes) => { text += bytes; });
	request.on('end', () => {
		const ask = JSON.parse(text);
		truth.requests++;
		truth.keys.add(request.headers.authorization ?? '');
		truth.prompts.add(ask.messages[0].content);
		if (truth.bodies.length < 5) truth.bodies.push({ ...ask, messages: undefined });
		truth.fading += ask.model === 'fades';
		if (ask.model === 'busy' || (ask.model === 'flaky' && ++truth.flaky % 3 === 0))
			return refuse(response, 429, { error: 'the queue is full', error_type: 'overloaded' });
		if (ask.model === 'refused' || (ask.model === 'strict' && ('ignore_eos' in ask || 'max_tokens' in ask)))
			return refuse(response, 400, { object: 'error', message: `no model '${ask.model}' takes these fields`, code: 400 });
		if (ask.model === 'failed') return refuse(response, 500, { detail: 'broken' });
		if (ask.model === 'hangs') return undefined;
		return stream(response, ask, begun);
	});
});
server.keepAliveTimeout = 60000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => console.log(server.address().port));

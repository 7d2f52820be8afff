// Writes session logs of coding agents as the agents do, and says how many tokens they were.
import fs from 'node:fs';
import path from 'node:path';

export function random(seed) {
	let state = seed >>> 0 || 1;
	return (n) => { state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0; return state % n; };
}
const write = (file, rows) => {
	fs.mkdirSync(path.dirname(file), { recursive: true });
	fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
};
const iso = (at) => new Date(at).toISOString();
const classes = () => ({ in_uncached: 0, in_cache_read: 0, in_cache_write_5m: 0, in_cache_write_1h: 0, out_visible: 0, out_reasoning: 0 });
const addTo = (days, at, counts) => {
	const day = days[iso(at).slice(0, 10)] ??= classes();
	for (const [name, n] of Object.entries(counts)) day[name] += n;
};

// A file per session with blocks, snapshots and user lines between, a subagent's file beside it, and a copy of the beginning in a session that goes on from it.
export function claudeCode(folder, { seed = 1, sessions = 6, calls = 20, start = Date.UTC(2026, 9, 30, 20) } = {}) {
	const dice = random(seed), days = {};
	let n = 0;
	for (let s = 0; s < sessions; s++) {
		let at = start + s * 7 * 3600e3;
		const main = [], side = [], session = `sess-${seed}-${s}`, common = { sessionId: session, version: '2.1.63', cwd: '/srv/code/shop', userType: 'external' };
		for (let c = 0; c < calls; c++) {
			at += 60e3 + dice(600e3);
			const rows = c % 5 === 4 ? side : main;
			const creation = { ephemeral_5m_input_tokens: dice(3000), ephemeral_1h_input_tokens: dice(3) ? 0 : dice(2000) };
			const usage = { input_tokens: 1 + dice(40), cache_creation_input_tokens: creation.ephemeral_5m_input_tokens + creation.ephemeral_1h_input_tokens, cache_read_input_tokens: dice(90000), cache_creation: creation, output_tokens: 5 + dice(900), service_tier: 'standard' };
			const message = { id: `msg_${seed}${String(++n).padStart(6, '0')}`, type: 'message', role: 'assistant', model: c % 3 ? 'claude-sonnet-4-5-20250929' : 'claude-haiku-4-5-20251001', content: [{ type: 'text', text: 'x'.repeat(dice(200)) }], stop_reason: null, usage };
			const line = (when, more = {}) => ({ parentUuid: null, isSidechain: rows === side, ...common, type: 'assistant', uuid: `u-${seed}-${n}-${when}`, timestamp: iso(when), requestId: `req_${seed}${n}`, message, ...more });
			rows.push({ ...common, type: 'user', uuid: `q-${n}`, timestamp: iso(at - 5e3), isSidechain: rows === side, message: { role: 'user', content: 'y'.repeat(dice(500)) } });
			if (dice(3) === 0) rows.push(line(at, { message: { ...message, usage: { ...usage, output_tokens: 1 } } }));
			for (let block = 0; block <= dice(3); block++) rows.push(line(at + block));
			addTo(days, at, { in_uncached: usage.input_tokens, in_cache_read: usage.cache_read_input_tokens, in_cache_write_5m: creation.ephemeral_5m_input_tokens, in_cache_write_1h: creation.ephemeral_1h_input_tokens, out_visible: usage.output_tokens });
		}
		main.push({ ...common, type: 'assistant', uuid: `e-${s}`, timestamp: iso(at), isApiErrorMessage: true, message: { id: `err-${s}`, model: '<synthetic>', role: 'assistant', content: [], usage: { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 } } });
		main.push({ type: 'summary', summary: 'what was done', leafUuid: 'u' });
		const project = path.join(folder, 'projects', '-srv-code-shop');
		write(path.join(project, `${session}.jsonl`), main);
		write(path.join(project, session, 'subagents', `agent-${s}.jsonl`), side);
		if (s % 3 === 0) write(path.join(project, `${session}-resumed.jsonl`), main.slice(0, main.length >> 1));
	}
	return days;
}

// Rollouts with repeated totals, and a fork that begins with its parent's events stamped anew.
export function codex(folder, { seed = 1, sessions = 4, calls = 15, start = Date.UTC(2026, 9, 30, 20) } = {}) {
	const dice = random(seed + 77), days = {};
	for (let s = 0; s < sessions; s++) {
		let at = start + s * 9 * 3600e3;
		const id = `0197${seed}-${s}`, total = { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_output_tokens: 0, total_tokens: 0 };
		const event = (when, last) => ({ timestamp: iso(when), type: 'event_msg', payload: { type: 'token_count', info: { total_token_usage: { ...total }, last_token_usage: last, model_context_window: 272000 }, rate_limits: {} } });
		const meta = (name, when, more = {}) => ({ timestamp: iso(when), type: 'session_meta', payload: { id: name, timestamp: iso(when), cwd: '/srv/code/shop', originator: 'codex_cli_rs', cli_version: '0.145.0', ...more } });
		const turn = (when) => ({ timestamp: iso(when), type: 'turn_context', payload: { cwd: '/srv/code/shop', model: 'gpt-5-codex' } });
		const rows = [meta(id, at), turn(at), { timestamp: iso(at), type: 'event_msg', payload: { type: 'token_count', info: null, rate_limits: {} } }];
		const events = [];
		const call = (to) => {
			at += 60e3 + dice(300e3);
			const cached = dice(20000), last = { input_tokens: cached + dice(4000), cached_input_tokens: cached, output_tokens: 20 + dice(900), reasoning_output_tokens: dice(20) };
			last.total_tokens = last.input_tokens + last.output_tokens;
			for (const name of Object.keys(total)) total[name] += last[name];
			const made = event(at, last);
			to.push(made);
			if (dice(2)) to.push({ ...event(at + 4e3, last) }); // shown again
			addTo(days, at, { in_uncached: last.input_tokens - cached, in_cache_read: cached, out_visible: last.output_tokens - last.reasoning_output_tokens, out_reasoning: last.reasoning_output_tokens });
			return made;
		};
		for (let c = 0; c < calls; c++) events.push(call(rows));
		const file = (name) => path.join(folder, 'sessions', '2026', '10', '30', `rollout-2026-10-30T20-00-00-${name}.jsonl`);
		write(file(id), rows);
		if (s % 2 === 0) {
			const forked = at += 600e3;
			const fork = [meta(`${id}-fork`, forked, { forked_from_id: id }), meta(id, forked), turn(forked), ...events.map((each, i) => ({ ...each, timestamp: iso(forked + i) }))];
			at += 5e3;
			call(fork);
			call(fork);
			write(file(`${id}-fork`), fork);
		}
	}
	return days;
}

export function gemini(folder, { seed = 1, sessions = 4, calls = 12, start = Date.UTC(2026, 9, 30, 20) } = {}) {
	const dice = random(seed + 99), days = {};
	for (let s = 0; s < sessions; s++) {
		let at = start + s * 8 * 3600e3;
		const messages = [];
		for (let c = 0; c < calls; c++) {
			at += 60e3 + dice(400e3);
			messages.push({ id: `u-${seed}-${s}-${c}`, timestamp: iso(at - 1000), type: 'user', content: 'ask' });
			const cached = dice(9000), tokens = { input: cached + dice(3000), output: 10 + dice(400), cached, thoughts: dice(200), tool: 0 };
			tokens.total = tokens.input + tokens.output + tokens.thoughts;
			messages.push({ id: `g-${seed}-${s}-${c}`, timestamp: iso(at), type: 'gemini', content: 'reply', thoughts: [], tokens, model: 'gemini-2.5-pro' });
			addTo(days, at, { in_uncached: tokens.input - cached, in_cache_read: cached, out_visible: tokens.output, out_reasoning: tokens.thoughts });
		}
		const head = { sessionId: `s-${seed}-${s}`, projectHash: '5eb97eaf', startTime: iso(start), lastUpdated: iso(at) };
		const chats = path.join(folder, 'tmp', '5eb97eaf', 'chats');
		if (s % 2 === 0) {
			fs.mkdirSync(chats, { recursive: true });
			fs.writeFileSync(path.join(chats, `session-2026-10-30T20-00-${s}.json`), JSON.stringify({ ...head, messages }, null, 2));
		} else { // lines; a reply is written again as it grows
			write(path.join(chats, `session-2026-10-30T20-00-${s}.jsonl`), [head, ...messages.flatMap((each) => (each.type === 'gemini' ? [{ ...each, content: '' }, each] : [each]))]);
		}
	}
	return days;
}

export function opencode(folder, { seed = 1, sessions = 3, calls = 10, start = Date.UTC(2026, 9, 30, 20) } = {}) {
	const dice = random(seed + 55), days = {};
	for (let s = 0; s < sessions; s++) {
		let at = start + s * 8 * 3600e3;
		for (let c = 0; c < calls; c++) {
			at += 60e3 + dice(400e3);
			const tokens = { input: dice(3000), output: 10 + dice(400), reasoning: 0, cache: { read: dice(50000), write: dice(900) } };
			const id = `msg_${seed}${s}${String(c).padStart(4, '0')}`, file = path.join(folder, 'storage', 'message', `ses_${seed}${s}`, `${id}.json`);
			fs.mkdirSync(path.dirname(file), { recursive: true });
			fs.writeFileSync(file, JSON.stringify({ id, sessionID: `ses_${seed}${s}`, role: 'assistant', time: { created: at, completed: at + 3000 }, modelID: 'claude-sonnet-4-5', providerID: 'anthropic', mode: 'build', path: { cwd: '/srv/code/shop', root: '/srv/code/shop' }, cost: 0, tokens }));
			addTo(days, at, { in_uncached: tokens.input, in_cache_read: tokens.cache.read, in_cache_write_5m: tokens.cache.write, out_visible: tokens.output, out_reasoning: tokens.reasoning });
		}
	}
	return days;
}

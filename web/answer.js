// Asking the daemon, and reading its one shape of answer.

import { writeHeaders } from './access.js';

export class Refused extends Error {
	constructor(sentence, status, body) { super(sentence); this.status = status; this.body = body; }
}

async function read(response) {
	let body;
	try { body = await response.json(); } catch { throw new Refused(`the daemon answered ${response.status} without a sentence`); }
	if (!response.ok) throw new Refused(body.error || `the daemon answered ${response.status}`, response.status, body);
	return body;
}

async function reach(path, options) {
	try { return await fetch(`api/v1/${path}`, options); } catch (error) {
		if (error.name === 'AbortError') throw error;
		throw new Refused('the daemon does not answer; is it still running?');
	}
}

export function query(params) {
	const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== '');
	return given.length ? `?${new URLSearchParams(given)}` : '';
}

export const ask = async (name, params = {}, signal = undefined) => read(await reach(`report/${name}${query(params)}`, { signal }));
export const status = async () => read(await reach('status'));

async function write(path, body, { method, type }, again = false) {
	const more = await writeHeaders(again);
	return reach(path, { method, headers: { 'Content-Type': type, ...more }, body });
}
// Another tab may have signed in since: then the token of this page is an old one.
export async function send(path, body, type = 'application/json', method = 'POST') {
	let response = await write(path, body, { method, type });
	if (response.status === 403) response = await write(path, body, { method, type }, true);
	return read(response);
}
export const post = (path, body) => send(path, JSON.stringify(body));
export const remove = (path) => send(path, undefined, 'application/json', 'DELETE');
export const get = async (path, signal = undefined) => read(await reach(path, { signal }));

export const csvAddress = (name, params = {}) => `api/v1/report/${name}${query({ ...params, format: 'csv' })}`;

// The columns of one table of an answer by name, and its rows as objects.
export const columns = (answer, table) => answer.columns.filter((c) => !table || c.table === table);
export function rows(answer, table) {
	const all = columns(answer, table);
	return (all[0]?.values || []).map((_, i) => Object.fromEntries(all.map((c) => [c.name, c.values[i]])));
}

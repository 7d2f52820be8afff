// What the scripts of this folder share: run the program, say what passed.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const program = process.env.BREAKEVEN;
export const shared = process.env.SHARED || '../shared';
export const scratch = process.env.SCRATCH || fs.mkdtempSync('/tmp/breakeven-e2e-');

let failed = 0;

// A test is a sentence that is true of the program, and a function that throws where it is not.
export function test(name, body) {
	try {
		body();
		console.log(`ok ${name}`);
	} catch (error) {
		failed++;
		console.log(`not ok ${name}: ${String(error.message).split('\n').join(' | ')}`);
	}
}

export function skip(name, why) {
	console.log(`skip ${name}: ${why}`);
}

export function end() {
	process.exitCode = failed ? 1 : 0;
}

export function run(args, input) {
	const done = spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
	if (done.error) throw done.error;
	return { status: done.status, out: done.stdout, err: done.stderr };
}

export function answer(args, input) {
	const done = run([...args, '--format', 'json'], input);
	if (done.status !== 0) throw new Error(`${args.join(' ')}: exit ${done.status}: ${done.err}`);
	return JSON.parse(done.out);
}

// The columns of an answer by name: { name: [values] }.
export function columns(reply) {
	return Object.fromEntries(reply.columns.map((column) => [column.name, column.values]));
}

export function same(got, want, what = 'value') {
	const a = JSON.stringify(got), b = JSON.stringify(want);
	if (a !== b) throw new Error(`${what} is ${a}, not ${b}`);
}

export function near(got, want, tolerance, what = 'value') {
	if (!(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want))))
		throw new Error(`${what} is ${got}, not ${want} within ${tolerance}`);
}

export function yes(truth, what) {
	if (!truth) throw new Error(what);
}

export function folder(name) {
	return path.join(scratch, name);
}

export function file(name, text) {
	const full = folder(name);
	fs.writeFileSync(full, text);
	return full;
}

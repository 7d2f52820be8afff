// ccusage, a reader of agents' session logs, and we read the same generated logs: the tokens of each day are equal.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { end, run, scratchPath, skip, test } from '../api/_daemon.mjs';
import * as logs from './_agent_logs.mjs';

const home = scratchPath('home');
const agents = [
	{ name: 'claude', collector: 'claude-code-logs', folder: `${home}/.claude`, write: logs.claudeCode },
	{ name: 'codex', collector: 'codex-logs', folder: `${home}/.codex`, write: logs.codex },
	{ name: 'gemini', collector: 'gemini-cli-logs', folder: `${home}/.gemini`, write: logs.gemini },
	{ name: 'opencode', collector: 'opencode-logs', folder: `${home}/.local/share/opencode`, write: logs.opencode },
];
const names = ['in_uncached', 'in_cache_read', 'in_cache_write_5m', 'in_cache_write_1h', 'out_visible', 'out_reasoning'];

// What npm has of it is a program for one kind of machine, which comes without the right to be run.
function program() {
	try {
		const found = createRequire(import.meta.url).resolve('@ccusage/ccusage-linux-x64/bin/ccusage');
		const copy = scratchPath('ccusage');
		fs.copyFileSync(found, copy);
		fs.chmodSync(copy, 0o755);
		return spawnSync(copy, ['--version']).status === 0 ? copy : null;
	} catch {
		return null;
	}
}

function ours(agent, data) {
	const taken = run('collect', agent.collector, agent.folder, '--data', data);
	assert.equal(taken.status, 0, taken.stderr);
	const { columns } = JSON.parse(run('report', 'usage', '--by', 'day', '--data', data, '--format', 'json').stdout);
	const column = (name) => columns.find((each) => each.name === name).values;
	return Object.fromEntries(column('day').map((day, i) => [day, Object.fromEntries(names.map((name) => [name, column(name)[i]]))]));
}

const ccusage = program();
for (const agent of agents)
	for (const seed of [1, 20261101]) {
		fs.rmSync(home, { recursive: true, force: true });
		const truth = agent.write(agent.folder, { seed });
		const data = scratchPath(`${agent.name}-${seed}`);
		await test(`generated logs of ${agent.name} (${seed}) become the tokens that were generated, and again change nothing`, () => {
			assert.deepEqual(ours(agent, data), truth);
			assert.deepEqual(ours(agent, data), truth);
		});
		const title = `ccusage finds the same tokens a day in the logs of ${agent.name} (${seed})`;
		if (!ccusage) {
			skip(title, 'ccusage cannot be had for this machine');
			continue;
		}
		await test(title, () => {
			const told = spawnSync(ccusage, [agent.name, 'daily', '--json', '--offline', '--timezone', 'UTC'], { encoding: 'utf8', env: { PATH: process.env.PATH, TZ: 'UTC', HOME: home } });
			assert.equal(told.status, 0, told.stderr);
			const theirs = Object.fromEntries(JSON.parse(told.stdout).daily.map((day) => [day.date, [day.inputTokens, day.cacheReadTokens, day.cacheCreationTokens, day.totalTokens]]));
			const expected = Object.fromEntries(Object.entries(truth).map(([day, n]) => [day, [n.in_uncached, n.in_cache_read, n.in_cache_write_5m + n.in_cache_write_1h, names.reduce((sum, name) => sum + n[name], 0)]]));
			assert.deepEqual(theirs, expected);
		});
	}

end();

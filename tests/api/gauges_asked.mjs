// Engines, exporters, clusters and landlords asked over HTTP by the real program, well and badly.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { end, json, run, scratchPath, serve, skip, test } from './_daemon.mjs';
import { engineApi, gpuApis, makeEngine } from '../replay/gauges.mjs';
import { open, randomOf } from '../replay/server.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const facts = (data, name, ...args) => {
	const done = run('report', name, ...args, '--data', data, '--format', 'json');
	assert.equal(done.status, 0, done.stderr);
	return JSON.parse(done.stdout).facts;
};
const sums = (data) => {
	const of = facts(data, 'usage');
	return { input: of.in_uncached + of.in_cache_read, cached: of.in_cache_read, output: of.out_visible, requests: of.requests };
};
const quick = '[collect]\nretry_first_ms = 5\nretry_most_s = 1\n';
const settings = (name, ...lines) => {
	const file = scratchPath(`${name}.conf`);
	fs.writeFileSync(file, `${quick}[source ${name}]\n${lines.join('\n')}\nallow_local = yes\nallow_plain = yes\n`);
	return file;
};
const ask = async (name, config, data) => {
	// The replay server is in this process: the program must not block it.
	const { spawn } = await import('node:child_process');
	return new Promise((done) => {
		const child = spawn(process.env.BREAKEVEN || 'build/release/breakeven', ['source', 'run', name, '--config', config, '--data', data, '--format', 'json'], { stdio: ['ignore', 'pipe', 'pipe'] });
		let out = '', err = '';
		child.stdout.on('data', (text) => { out += text; });
		child.stderr.on('data', (text) => { err += text; });
		child.on('close', (status) => done({ status, err, out }));
	});
};

// What must be counted: all that was, but for what came before the first look, and what nobody saw before a restart.
async function schedule(seed) {
	const random = randomOf(seed), engine = makeEngine(random), data = scratchPath(`engine${seed}`);
	engine.mode = random.pick(['created', 'process', 'plain']);
	engine.begin(Date.now() / 1000 - 3600);
	for (let i = random.below(3); i > 0; i--) engine.work();
	const replay = await open({ seed, apis: [engineApi(engine)], faults: { rate: 0.3, kinds: ['failing', 'cut', 'refused', 'slow', 'garbage'] } });
	const config = settings(`engine${seed}`, 'collector = vllm-metrics', `url = ${replay.url}`);
	const names = ['input', 'cached', 'output', 'requests'], zero = { input: 0, cached: 0, output: 0, requests: 0 };
	let seen = null, uncounted = { ...zero };
	try {
		for (let step = 0; step < 9; step++) {
			if (step === 8) replay.calm();
			const done = await ask(`engine${seed}`, config, data);
			assert.ok([0, 1, 2].includes(done.status), done.err);
			if (done.status === 0) {
				// The first look is where counting begins.
				if (seen === null) for (const name of names) uncounted[name] = engine.counted[name];
				seen = { ...engine.counts };
			}
			if (step === 8) { assert.equal(done.status, 0, done.err); break; }
			for (let i = random.below(3); i > 0; i--) engine.work();
			if (seen !== null && random() < 0.3) {
				for (const name of names) uncounted[name] += engine.counts[name] - seen[name];
				seen = { ...zero };
				engine.begin(Date.now() / 1000);
				// One that only falls is seen to fall: it must not have overtaken what it had.
				if (engine.mode !== 'plain') engine.work();
			}
		}
		const want = Object.fromEntries(names.map((name) => [name, engine.counted[name] - uncounted[name]]));
		return { want, got: sums(data), data, config, replay, engine };
	} finally { await replay.close(); }
}

await test('after restarts and every kind of broken reply the ledger holds what engines counted, to the token', async () => {
	let counted = 0;
	for (let seed = 1; seed <= Number(process.env.SEEDS || 12); seed++) {
		const { want, got } = await schedule(seed);
		// What the cache told before its prompt waits for the next page: of the last one some may wait still.
		assert.deepEqual({ ...got, cached: 0 }, { ...want, cached: 0 }, `seed ${seed}`);
		assert.equal(got.cached, want.cached, `seed ${seed}`);
		counted += got.input;
	}
	assert.ok(counted > 10000);
});

await test('a daemon that is killed while it looks loses nothing and counts nothing twice', async () => {
	const random = randomOf(77), engine = makeEngine(random), data = scratchPath('killed');
	engine.begin(Date.now() / 1000 - 100);
	const replay = await open({ seed: 5, apis: [engineApi(engine)], faults: { rate: 0.15, kinds: ['cut', 'slow', 'failing'] } });
	const config = settings('killed', 'collector = vllm-metrics', `url = ${replay.url}`, 'interval = 1', 'model = unused');
	try {
		replay.calm();
		assert.equal((await ask('killed', config, data)).status, 0);
		replay.rate = 0.15;
		for (let life = 0; life < 4; life++) {
			const daemon = await serve(['--data', data, '--config', config]);
			const before = replay.requests;
			for (let i = 0; i < 60 && replay.requests < before + 2; i++) { engine.work(); await sleep(50); }
			assert.ok(replay.requests > before, 'it asks by itself');
			await sleep(random.below(30));
			daemon.child.kill('SIGKILL');
			await daemon.ended;
			engine.work();
		}
		replay.calm();
		assert.equal((await ask('killed', config, data)).status, 0);
		assert.deepEqual(sums(data), engine.counted);
		assert.equal(run('check', '--data', data).status, 0);
	} finally { await replay.close(); }
});

await test('a second replica behind the address is said, and the first one counted on', async () => {
	const engine = makeEngine(randomOf(3)), data = scratchPath('two');
	engine.mode = 'process';
	engine.begin(Date.now() / 1000 - 5000);
	engine.work();
	const replay = await open({ apis: [engineApi(engine)] }), config = settings('two', 'collector = vllm-metrics', `url = ${replay.url}`);
	try {
		await ask('two', config, data);
		const first = { counts: engine.counts, started: engine.started };
		engine.counts = { input: 900000, cached: 0, output: 90000, requests: 99 };
		engine.started -= 1000;
		const other = await ask('two', config, data);
		assert.notEqual(other.status, 0);
		assert.match(other.err, /another process answers than before/);
		Object.assign(engine, first);
		engine.counts = { ...engine.counts, output: engine.counts.output + 7 };
		assert.equal((await ask('two', config, data)).status, 0);
		assert.equal(sums(data).output, 7);
	} finally { await replay.close(); }
});

const DAY = 86400, today = Math.floor(Date.now() / 1000 / DAY) * DAY, iso = (s) => new Date(s * 1000).toISOString().slice(0, 19) + 'Z';
const inside = (start, from, to) => start * 1000 >= from && start * 1000 < to;

await test('clusters and landlords are asked day by day; what they change is changed, and what they take back goes', async () => {
	const world = {
		hours: 48, amount: 9.336, gone: false,
		opencost: (from, to) => [today - DAY].filter((start) => inside(start, from, to)).map((start) => (world.gone ? {} : {
			'llm/demo-8b-0': { name: 'llm/demo-8b-0', properties: { cluster: 'c1', namespace: 'llm', pod: 'demo-8b-0' }, start: iso(start), end: iso(start + DAY), gpuHours: world.hours },
		})),
		runpod: (what, from, to) => (what !== 'pods' ? [] : [today - DAY].filter((start) => inside(start, from, to)).map((start) => ({ amount: 57.36, timeBilledMs: 86400000, podId: 'pod_demo1', time: iso(start) }))),
		vast: (from, to) => [1, 2, 3].filter(() => today - DAY >= from && today - DAY <= to).map((i) => ({
			start: today - DAY, end: today, type: 'instance', source: `instance-${i}`, amount: world.amount, metadata: { label: 'demo' },
			items: [{ start: today - DAY, end: today, type: 'gpu', description: '24.000 hours at $0.389/hour', amount: world.amount }],
		})),
	};
	const replay = await open({ apis: gpuApis(world) }), data = scratchPath('rented');
	const config = scratchPath('rented.conf'), more = `url = ${replay.url}\nallow_local = yes\nallow_plain = yes\n`;
	const keys = { rp: 'RP_KEY', va: 'VA_KEY' };
	for (const [value, name] of Object.entries(keys)) process.env[name] = value;
	fs.writeFileSync(config, `[source cluster]\ncollector = opencost\n${more}[source pods]\ncollector = runpod-billing\nkey_variable = RP_KEY\n${more}[source vast]\ncollector = vast-charges\nkey_variable = VA_KEY\n${more}`);
	const everything = async () => { for (const name of ['cluster', 'pods', 'vast']) { const done = await ask(name, config, data); assert.equal(done.status, 0, `${name}: ${done.err}`); } };
	try {
		await everything();
		let idle = facts(data, 'idle', '--basis', 'allocated');
		assert.equal(idle.allocated_hours, 48 + 24 + 3 * 24);
		assert.equal(idle.cost, String(57.36 + 3 * 24 * 0.389));
		await everything();
		assert.deepEqual(facts(data, 'idle', '--basis', 'allocated'), idle, 'asked again nothing is new');
		world.hours = 30;
		world.amount = 10;
		await everything();
		idle = facts(data, 'idle', '--basis', 'allocated');
		assert.equal(idle.allocated_hours, 30 + 24 + 3 * 24, 'less than before is what the source says now');
		const billed = JSON.parse(run('report', 'invoices', '--by', 'provider', '--data', data, '--format', 'json').stdout);
		const by = (name) => billed.columns.find((one) => one.name === name).values;
		assert.deepEqual(Object.fromEntries(by('provider').map((one, i) => [one, by('billed')[i]])), { RunPod: '57.36', 'Vast.ai': '30' });
		world.gone = true;
		await everything();
		assert.equal(facts(data, 'idle', '--basis', 'allocated').allocated_hours, 24 + 3 * 24);
	} finally { await replay.close(); }
});

await test('GPUs that are looked at become quarter hours, and those of Lambda have their price', async () => {
	const world = {
		busy: 50,
		page: () => `# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-x",modelName="NVIDIA L4",namespace="llm",pod="demo-8b-0"} ${world.busy}\n`,
		lambda: () => [{ id: 'i-1', name: 'train', status: 'active', instance_type: { gpu_description: 'H100', price_cents_per_hour: 498, specs: { gpus: 2 } } }],
	};
	const replay = await open({ apis: gpuApis(world) }), data = scratchPath('looked');
	process.env.LA_KEY = 'la';
	const config = scratchPath('looked.conf'), more = `url = ${replay.url}\nallow_local = yes\nallow_plain = yes\n`;
	fs.writeFileSync(config, `[source dcgm]\ncollector = dcgm-exporter\nurl_path = /exporter\n${more}[source lambda]\ncollector = lambda-instances\nkey_variable = LA_KEY\n${more}`);
	try {
		for (let i = 0; i < 2; i++)
			for (const name of ['dcgm', 'lambda']) {
				const done = await ask(name, config, data);
				assert.equal(done.status, 0, `${name}: ${done.err}`);
			}
		const { json: view } = await (async () => {
			const daemon = await serve(['--data', data, '--config', config]);
			try { return await json(daemon.port, '/api/v1/sources'); } finally { await daemon.stop(); }
		})();
		assert.match(JSON.stringify(view), /dcgm-exporter/);
	} finally { await replay.close(); }
});

// ---- this machine's GPUs, by a library that stands in for the driver's

const library = scratchPath('lib');
fs.mkdirSync(library);
fs.writeFileSync(`${library}/nvml.c`, `
#include <stdlib.h>
#include <string.h>
typedef void *device;
int nvmlInit_v2(void) { return getenv("NVML_FAILS") ? 9 : 0; }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) { return code == 9 ? "Driver Not Loaded" : code == 15 ? "GPU is lost" : "Unknown"; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 3; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, device *d) { *d = (char *)0 + i + 1; return i == 2 ? 15 : 0; }
int nvmlDeviceGetUUID(device d, char *s, unsigned n) { strncpy(s, d == (device)1 ? "GPU-one" : "GPU-two", n); return 0; }
int nvmlDeviceGetName(device d, char *s, unsigned n) { strncpy(s, "NVIDIA \\"Test\\" 80GB", n); return 0; }
int nvmlDeviceGetUtilizationRates(device d, unsigned *u) { u[0] = 87; u[1] = 41; return 0; }
int nvmlDeviceGetMemoryInfo(device d, unsigned long long *m) { m[0] = 80ull << 30; m[2] = 10ull << 30; m[1] = m[0] - m[2]; return 0; }
int nvmlDeviceGetPowerUsage(device d, unsigned *mw) { *mw = 512350; return d == (device)2 ? 3 : 0; }
int nvmlDeviceGetMigMode(device d, unsigned *now, unsigned *next) { *now = *next = d == (device)2; return 0; }
int nvmlDeviceGetComputeRunningProcesses_v3(device d, unsigned *n, void *p) { *n = 0; return 0; }
`);
const compiler = process.env.CC || 'cc';
const built = spawnSync(compiler, ['-w', '-shared', '-fPIC', '-o', `${library}/libnvidia-ml.so.1`, `${library}/nvml.c`], { encoding: 'utf8' });
const machine = settings('gpus', 'collector = nvml');
fs.writeFileSync(machine, '[source gpus]\ncollector = nvml\n');
const state = (data) => spawnSync('sqlite3', [`${data}/ledger.db`, "SELECT kept FROM source_state"], { encoding: 'utf8' }).stdout;

await test('a machine without a driver has a sentence and no error', async () => {
	const data = scratchPath('bare'), done = await ask('gpus', machine, data);
	if (done.status === 0 && /GPU-/.test(state(data))) return; // it has one
	assert.equal(done.status, 0, done.err);
	const runs = JSON.parse(run('report', 'runs', '--data', data, '--format', 'json').stdout);
	assert.match(JSON.stringify(runs), /there is no NVIDIA driver on this machine/);
});

if (built.status !== 0) skip("this machine's GPUs are read by the driver's library", `${compiler}: ${built.stderr}`);
else await test("this machine's GPUs are read by the driver's library, and what it does not tell is not known", async () => {
	const data = scratchPath('gpus');
	process.env.LD_LIBRARY_PATH = library;
	try {
		const done = await ask('gpus', machine, data);
		assert.equal(done.status, 0, done.err);
		const kept = state(data);
		if (kept !== '') {
			assert.match(kept, /^\d+ 870000 10240 512350 -1 .*\tGPU-one\tNVIDIA Test 80GB/m);
			assert.match(kept, /^\d+ -1 10240 -1 -1 .*\tGPU-two\t/m, 'cut into instances: busy is not known, which is not idle');
		}
		const runs = run('report', 'runs', '--data', data, '--format', 'json').stdout;
		assert.match(runs, /GPU 2 of this machine does not answer: GPU is lost/);
		process.env.NVML_FAILS = '1';
		const failing = scratchPath('failing');
		assert.equal((await ask('gpus', machine, failing)).status, 0);
		assert.match(run('report', 'runs', '--data', failing, '--format', 'json').stdout, /does not answer: Driver Not Loaded/);
	} finally {
		delete process.env.LD_LIBRARY_PATH;
		delete process.env.NVML_FAILS;
	}
});

end();

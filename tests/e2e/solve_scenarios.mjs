// `breakeven solve` as a script meets it: published scenarios through the real binary, forms, mistakes.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const check = (title, truth, detail = '') => {
	console.log(`${truth ? 'ok' : 'not ok'} ${title}${truth ? '' : `\n  ${detail}`}`);
	if (!truth) process.exitCode = 1;
};
const run = (scenario, ...args) => spawnSync(process.env.BREAKEVEN, ['solve', '-', ...args],
	{ encoding: 'utf8', input: typeof scenario === 'string' ? scenario : JSON.stringify(scenario) });
const solve = (scenario, ...goals) => {
	const done = run(scenario, '--format', 'json', ...goals.flatMap((goal) => ['--goal', goal]));
	if (done.status !== 0) throw new Error(done.stderr);
	return JSON.parse(done.stdout);
};
const facts = (...args) => solve(...args).facts;
const close = (got, want, tolerance) => got === want ||
	(typeof got === 'number' && typeof want === 'number' && Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)));
const same = (title, got, want, tolerance = 1e-9) => {
	const wrong = Object.keys(want).filter((key) => !close(got[key], want[key], tolerance));
	check(title, wrong.length === 0, wrong.map((key) => `${key}: ${got[key]} is not ${want[key]}`).join('; '));
};

const day = [2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 7, 6, 5, 4, 3, 2];
const reference = { gpus_per_replica: 2, gpu_hour: 2.5, throughput_tok_s: 3000, headroom: 0.7, shape: { hours: day, weekend: 0.4 } };
const staircase = { replica_month: 1200, capacity_mtok_month: 600 };
const flat = (price) => ({ tiers: [{ from_mtok: 0, price }] });
const list = (input, output, input_per_output) => ({ input, output, input_per_output });

// ---- the published scenarios, read from where they are kept
const kinds = {
	break_even_volume: ({ inputs: i, expect: e, tolerance }) => {
		const got = facts({ closed: list(i.closed_in, i.closed_out, i.in_per_out),
			self_hosted: { gpus_per_replica: i.gpus, gpu_hour: i.gpu_price_h, hours_month: i.hours_month, ops_month: i.ops_month,
				throughput_tok_s: 3000, headroom: 0.7, min_replicas: i.replicas_needed } });
		return [{ blended: got.blended_price, fixed_month: got.replica_month, break_even_mtok_month: got.first_break_even_mtok_month,
			break_even_mtok_day: got.first_break_even_mtok_month * 12 / 365 }, e, tolerance];
	},
	compare_at_volume: ({ inputs: i, expect: e, tolerance }) => [facts({ closed: list(3, 15, i.in_per_out), self_hosted: reference,
		volume: { mtok_month: i.mtok_day * 365 / 12 } }), e, tolerance],
	volume_for_unit_cost: ({ inputs: i, expect: e, tolerance }) => {
		const fleet = { gpus_per_replica: i.gpus, gpu_hour: i.gpu_price_h };
		const got = { usd_per_mtok_at_5M_day: facts({ self_hosted: fleet, volume: { mtok_day: 5 } }).self_usd_per_mtok };
		for (const cost of ['0.10', '0.25', '0.40'])
			got[`mtok_day_at_${cost}`] = facts({ self_hosted: fleet }, `unit_cost=${cost}`).solutions[0].mtok_day;
		return [got, e, tolerance];
	},
	volume_for_saving: ({ inputs: i, expect: e, tolerance }) => {
		const got = facts({ closed: flat(i.closed_blended), self_hosted: { replica_month: i.replica_month, throughput_tok_s: i.theta_tok_s,
			headroom: i.rho, peak_to_mean: i.peak_to_mean, redundancy: i.redundancy } }, `saving=${i.saving}`);
		const want = { n: e.solutions.length, capacity: e.capacity_mtok_month_per_replica }, has = { n: got.solutions.length,
			capacity: got.replica_capacity_mtok_month };
		e.solutions.forEach((one, k) => {
			for (const [key, name] of [['replicas', 'replicas'], ['mtok_month', 'mtok_month'], ['mtok_day', 'mtok_day'], ['self_usd_mtok', 'self_usd_per_mtok']]) {
				want[`${key} ${k}`] = one[key];
				has[`${key} ${k}`] = got.solutions[k]?.[name];
			}
		});
		return [has, want, tolerance];
	},
	consistency: ({ inputs: i, expect: e, tolerance }) => {
		const one = facts({ closed: { input: 3, output: 15 }, self_hosted: { gpus_per_replica: i.gpus, gpu_hour: i.gpu_price_h } },
			`unit_cost=${i.unit_cost}`, `saving=${i.saving}`).solutions[0];
		return [{ ...one, closed_blended: one.required_closed_price, in_per_out: one.input_per_output }, e, tolerance];
	},
	infeasible: ({ expect: e, tolerance }) => {
		const ask = (gpus, cost) => solve({ closed: { input: 3, output: 15 }, self_hosted: { gpus_per_replica: gpus, gpu_hour: 2.5 } },
			`unit_cost=${cost},saving=14000`);
		const two = ask(2, 0.25), four = ask(4, 0.4), one = two.facts.solutions[0];
		check('AS-09 says in words that no mix reaches it', two.headline.startsWith('no mix reaches this') &&
			four.headline.startsWith('no mix reaches this') && two.facts.goal_reached === false, two.headline);
		return [{ required_blended_2x: one.required_closed_price, minimum_blended_3_15: one.nearest_closed_price,
			required_blended_4x: four.facts.solutions[0].required_closed_price }, e, tolerance];
	},
	own_vs_rent_hours: ({ inputs: i, expect: e, tolerance }) => {
		const got = {}, want = {};
		i.cloud_h.forEach((rent, k) => {
			want[rent] = e.hours[k];
			got[rent] = facts({ closed: { price: 0, commit_month: rent * 730 },
				self_hosted: { replica_month: i.opex_h * 730, upfront: i.capex }, volume: { mtok_month: 1 }, invest: { months: 60 } }).payback_hours;
		});
		return [got, want, tolerance];
	},
	crossings: ({ inputs: i, expect: e, tolerance }) => {
		const got = facts({ closed: flat(i.p), self_hosted: { replica_month: i.rep_cost, capacity_mtok_month: i.delta,
			redundancy: i.red ?? 0, fixed_month: i.F0, per_mtok: i.v } });
		return [{ first: got.first_break_even_mtok_month, safe: got.safe_break_even_mtok_month, n_up: got.up_crossings,
			n_down: got.down_crossings }, e, tolerance];
	},
	commitment: ({ inputs: i, expect: e, tolerance }) => {
		const got = facts({ closed: { ...flat(1), discount: i.discount, commit_month: i.commit }, volume: { mtok_month: i.list_usage } });
		return [{ bill: got.closed_month, shortfall: got.commit_shortfall_month, effective_discount: got.effective_discount }, e, tolerance];
	},
	investment: ({ inputs: i, expect: e, tolerance }) => {
		const got = facts({ closed: flat(i.saving0 / 1000), self_hosted: { replica_month: 0, upfront: i.upfront }, volume: { mtok_month: 1000 },
			invest: { months: i.months, annual_rate: i.annual_rate, volume_growth_month: i.growth } });
		return [{ payback: got.payback_months, discounted_payback: got.discounted_payback_months, npv: got.npv, irr_month: got.irr_month }, e, tolerance];
	},
	monte_carlo: ({ expect: e, tolerance }) => [facts({ closed: flat(5), self_hosted: { ...reference, redundancy: 1, ops_month: 3750 },
		volume: { mtok_month: 4000 }, uncertain: { draws: 10000, seed: 42, inputs: { 'volume.mtok_month': [2000, 4000, 7000],
			'closed.tiers[0].price': [4, 5, 7], 'self_hosted.gpu_hour': [1.7, 2.5, 3.5],
			'self_hosted.throughput_tok_s': [2000, 3000, 4200], 'self_hosted.ops_month': [1500, 3750, 7500] } } }).bands, e, tolerance],
	overflow: ({ inputs: i, expect: e, tolerance }) => {
		const got = facts({ closed: flat(i.p), self_hosted: { replica_month: i.replica_month, throughput_tok_s: i.theta, headroom: i.rho,
			shape: { hours: i.shape, weekend: i.weekend } }, volume: { mtok_month: i.V } }).overflow;
		return [{ ...got.cost_by_replicas, best: got.best_replicas }, { ...e.cost_by_replicas, best: e.best }, tolerance];
	},
	reserved_block: ({ inputs: i, expect: e, tolerance }) => {
		const got = facts({ self_hosted: { ...reference, gpus_per_replica: 1, gpu_hour: i.on_demand, reserved_gpu_hour: i.reserved,
			scaling: 'autoscale' }, volume: { mtok_month: i.V } }).reserved;
		return [{ best_k: got.best_replicas, cost: got.best_month }, e, tolerance];
	},
};
const published = join(process.env.SHARED ?? '', 'data/acceptance_scenarios.json');
if (existsSync(published)) {
	for (const scenario of JSON.parse(readFileSync(published, 'utf8')))
		if (kinds[scenario.kind]) same(`${scenario.id} comes out as published`, ...kinds[scenario.kind](scenario));
} else {
	console.log('skip published scenarios: the folder with public data is absent');
}

// ---- worked numbers that need no file
const both = { closed: list(3, 15, 3), self_hosted: { ...reference, redundancy: 1 }, volume: { mtok_month: 1500 } };
const answer = solve(both), got = answer.facts;
same('break-even price and GPU price at 1,500 Mtok with a spare', got, { break_even_closed_price: 7300 / 1500,
	break_even_gpu_hour: 9000 / 2920, blended_price: 6, closed_month: 9000, self_month: 7300, saving_month: 1700, replicas: 2 });
same('break-even mix is where the blended price is that of the fleet', got, { break_even_mix: (15 - 7300 / 1500) / (7300 / 1500 - 3) });
same('idle parts add up to what idle costs', { sum: Object.values(got.idle).reduce((a, b) => a + b) }, { sum: 7300 * (1 - got.utilisation) });
check('idle has its four parts', Object.keys(got.idle).join() === 'redundancy,headroom,shape,rounding', JSON.stringify(got.idle));
const [volume, closed, self] = ['volume_mtok_month', 'closed_month', 'self_month'].map((name) => answer.columns.find((column) => column.name === name).values);
check('both curves have a value at every volume', volume.length > 4 && closed.length === volume.length && self.length === volume.length);
check('a step of the fleet is drawn with both its sides', volume.some((at, k) => k > 0 && at === volume[k - 1] && self[k] > self[k - 1]));
check('the curves reach from nothing to the horizon', volume[0] === 0 && volume.at(-1) === got.horizon_mtok_month);
const touching = facts({ closed: flat(2), self_hosted: staircase, horizon_mtok_month: 6000 });
check('at the marginal price each full fleet is a touch and none is safe', touching.first_break_even_mtok_month === 600 &&
	touching.safe_break_even_mtok_month === null && touching.touches === 10 && touching.islands.every(([from, to]) => from === to), JSON.stringify(touching.islands));
const nothing = facts({ ...both, volume: { mtok_month: 0 } });
check('at volume 0 a unit cost is unknown and not infinite', nothing.self_usd_per_mtok === null && nothing.self_month === 3650, JSON.stringify(nothing));
const undecided = facts({ closed: list(0.3, 1.7, 3.3), self_hosted: reference, volume: { mtok_month: 137.3 },
	uncertain: { draws: 200, inputs: { 'volume.mtok_month': [100, 137.3, 200] } } }).overflow;
check('a hybrid of no replicas saves nothing in any draw, and all of the load is bought', undecided.best_replicas === 0 &&
	undecided.overflow_share === 1 && undecided.cost_by_replicas[0] === undecided.best_month && Object.values(undecided.bands).every((x) => x === 0),
	JSON.stringify(undecided));
const dead = solve({ ...both, self_hosted: { ...reference, throughput_tok_s: 0 } });
check('a fleet without throughput has no break-even and says so', dead.facts.first_break_even_mtok_month === null && dead.facts.self_month === null && /throughput is 0/.test(dead.headline), dead.headline);
const none = solve({ closed: flat(1.9), self_hosted: staircase }, 'saving=10');
check('a goal out of reach is answered with the nearest', /no volume reaches this/.test(none.headline) && none.facts.solutions.length === 0 && none.facts.nearest.mtok_month === 600, none.headline);
check('the same scenario gives the same bytes', run(both, '--format', 'json').stdout === run(both, '--format', 'json').stdout);
check('what is assumed is said', solve({ closed: { input: 3, output: 15 }, self_hosted: { gpu_hour: 2, throughput_tok_s: 1000 } })
	.notes.filter((note) => /input_per_output|headroom|flat|horizon/.test(note)).length === 4);
check('a currency is kept through', /EUR/.test(run({ ...both, currency: 'EUR' }, '--format', 'text').stdout));

// ---- forms and doors
const text = run(both, '--format', 'text').stdout;
check('text begins with the sentence a person needs', /^Self-hosting pays from [\d,]+ Mtok\/month/.test(text), text.slice(0, 200));
check('csv is the table of both curves', run(both, '--format', 'csv').stdout.startsWith('volume_mtok_month,closed_month,self_month\n0,'));
check('away from a terminal the form is JSON', run(both).stdout.startsWith('{'));
const file = join(process.env.SCRATCH, 'scenario.json');
writeFileSync(file, '{\n  "closed": {"input": 3, "output": 15},\n  "self_hosted": {"gpu_huor": 2.5}\n}\n');
const wrong = spawnSync(process.env.BREAKEVEN, ['solve', file], { encoding: 'utf8' });
check('a mistake is exit 2 with file, line, field and the nearest name', wrong.status === 2 && wrong.stdout === '' &&
	wrong.stderr === `breakeven solve: ${file}: line 3: self_hosted.gpu_huor: is unknown; the nearest is 'gpu_hour'\n`, wrong.stderr);
const steps = run({ closed: flat(2), self_hosted: { replica_month: 1, capacity_mtok_month: 1e-6 }, horizon_mtok_month: 1e6 });
check('a horizon of too many steps is exit 2 with its size', steps.status === 2 && /standard input: line 1: horizon_mtok_month: 1000000 spans/.test(steps.stderr), steps.stderr);
const absent = spawnSync(process.env.BREAKEVEN, ['solve', join(process.env.SCRATCH, 'no.json')], { encoding: 'utf8' });
check('a file that is not there is exit 2 and named', absent.status === 2 && /no\.json: cannot be opened/.test(absent.stderr), absent.stderr);
check('a goal that is no goal is exit 2', run(both, '--goal', 'savings=3').status === 2 && run(both, '--goal', 'saving=x').status === 2);

// `breakeven solve` against a second, slow working of the same definitions: cost added up hour by hour over the week,
// break-evens from the costs themselves at every step, idle by removing one cause after another, a month of cash at a
// time. The scenarios are random from fixed seeds, so that a difference can be looked at again.
import { answer, columns, end, near, same, test, yes } from './_say.mjs';

// A sanitizer looks at how, not at what is computed.
const SCENARIOS = (process.env.VARIANT || 'release') === 'release' ? 200 : 40;
const HOURS = 168;

// ---- chance that is the same on every run: splitmix64, as the program draws too
function drawn(seed) {
	const mask = (1n << 64n) - 1n;
	let state = BigInt(seed);
	return () => {
		state = (state + 0x9e3779b97f4a7c15n) & mask;
		let z = state;
		z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
		z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
		return Number((z ^ (z >> 31n)) >> 11n) * 2 ** -53;
	};
}

// Numbers have many digits on purpose: what happens at exact ties is for tests of worked numbers.
function makeScenario(seed) {
	const next = drawn(seed);
	const from = (low, high) => low + (high - low) * next();
	const one = (...of) => of[Math.floor(next() * of.length)];
	const often = (share) => next() < share;
	const closed = {}, fleet = {}, scenario = { closed, self_hosted: fleet };

	if (often(0.5)) {
		Object.assign(closed, { input: from(0.1, 5), output: from(5, 20), input_per_output: from(0, 20) });
		if (often(0.4)) closed.cached_share = next();
		if (closed.cached_share !== undefined && often(0.5)) closed.cache_read = from(0, 0.1);
	} else {
		closed.tiers = [];
		for (let edge = 0, price = from(1, 6), tiers = one(1, 2, 3, 4); tiers > 0; tiers--) {
			closed.tiers.push({ from_mtok: edge, price });
			edge += from(100, 4000);
			price *= one(0.5, 0.8, 0.9, 1.1);
		}
		if (often(0.4)) closed.tier_mode = 'all_units';
	}
	if (often(0.3)) closed.discount = from(0, 0.6);
	if (often(0.3)) closed.batch_share = next();
	if (often(0.3)) closed.commit_month = from(0, 20000);

	fleet.hours_month = one(730, 720, 176, 744);
	if (often(0.6)) Object.assign(fleet, { gpus_per_replica: one(1, 2, 4, 8), gpu_hour: from(0.5, 6) });
	else fleet.replica_month = from(100, 8000);
	if (often(0.6)) Object.assign(fleet, { throughput_tok_s: from(600, 10000), headroom: from(0.3, 1) });
	else fleet.capacity_mtok_month = from(200, 3000);
	if (often(0.5)) {
		fleet.shape = { hours: Array.from({ length: 24 }, () => Math.floor(next() * 13)), weekend: one(0, 0.4, 1, 1.3) };
		fleet.shape.hours[3] = 5;
		if (often(0.6)) Object.assign(fleet, { scaling: 'autoscale', lag_hours: one(0, 1, 2, 5, 30) });
	} else if (often(0.5)) fleet.peak_to_mean = from(1, 4);
	for (const [key, value] of [['min_replicas', one(1, 2, 3)], ['redundancy', one(1, 2)], ['fixed_month', from(0, 5000)],
		['ops_month', from(0, 5000)], ['per_mtok', from(0, 2)], ['upfront', from(0, 60000)]])
		if (often(0.4)) fleet[key] = value;

	scenario.volume = { mtok_month: from(10, 9000) };
	scenario.horizon_mtok_month = one(3000, 6000, 12000);
	scenario.invest = { months: one(1, 12, 24, 60), annual_rate: one(0, 0.1, 0.3), volume_growth_month: one(0, 0.02, -0.01, 0.05) };
	const likely = scenario.volume.mtok_month;
	scenario.uncertain = { draws: 20, seed: Math.floor(next() * 1e9), inputs: {
		'volume.mtok_month': [likely * from(0.5, 1), likely, likely * from(1, 2)],
		'self_hosted.ops_month': [0, from(100, 2000), from(2000, 4000)] } };
	return scenario;
}

// ---- both sides at a volume
function costs(scenario) {
	const c = scenario.closed, s = scenario.self_hosted;
	const multiplier = 1 - (c.batch_share ?? 0) / 2, kept = 1 - (c.discount ?? 0);
	const cached = c.cached_share ?? 0;
	const input = c.input * (1 - cached) + (c.cache_read ?? c.input / 10) * cached;
	const blended = (c.input_per_output * input + c.output) / (c.input_per_output + 1);
	const listed = (volume) => {
		if (!c.tiers) return blended * volume;
		if (c.tier_mode === 'all_units') return volume * c.tiers.findLast((tier, k) => k === 0 || volume > tier.from_mtok).price;
		return c.tiers.reduce((sum, tier, k) => sum + tier.price *
			Math.max(0, Math.min(volume, c.tiers[k + 1]?.from_mtok ?? Infinity) - tier.from_mtok), 0);
	};
	const closedMonth = (volume) => Math.max(c.commit_month ?? 0, kept * multiplier * listed(volume));

	const week = [];
	for (let hour = 0; hour < HOURS; hour++)
		week.push(s.shape ? s.shape.hours[hour % 24] * (hour < 120 ? 1 : s.shape.weekend) : 1);
	const mean = week.reduce((a, b) => a + b) / HOURS;
	const peak = s.shape ? Math.max(...week) / mean : s.peak_to_mean ?? 1;
	const headroom = s.headroom ?? 1;
	const capacity = s.capacity_mtok_month ?? s.throughput_tok_s * s.headroom * 3600 * s.hours_month / 1e6 / peak;
	const saturated = capacity * peak / headroom;
	// Part of the mean load that the fleet of each hour must be able to carry.
	const needs = week.map((_, hour) => {
		if (s.scaling !== 'autoscale') return peak;
		let most = 0;
		for (let k = 0; k <= s.lag_hours; k++) most = Math.max(most, week[(hour + k) % HOURS] / mean);
		return most;
	});
	const least = s.min_replicas ?? 1, spare = s.redundancy ?? 0;
	// `full` is what a replica is let carry in a month of steady load.
	const replicaHours = (volume, full, redundancy, parts = needs) => parts.reduce((sum, part) =>
		sum + Math.max(least, Math.ceil(volume * part / full - 1e-12) + redundancy), 0) * s.hours_month / HOURS;
	const replicaHour = s.replica_month !== undefined ? s.replica_month / s.hours_month : s.gpus_per_replica * s.gpu_hour;
	const fixed = (s.fixed_month ?? 0) + (s.ops_month ?? 0), perMtok = s.per_mtok ?? 0;
	const hours = (volume) => replicaHours(volume, saturated * headroom, spare);
	const selfMonth = (volume) => hours(volume) * replicaHour + fixed + perMtok * volume;
	const idle = (volume) => {
		const left = [hours(volume), replicaHours(volume, saturated * headroom, 0), replicaHours(volume, saturated, 0),
			replicaHours(volume, saturated, 0, needs.map(() => 1)), volume / saturated * s.hours_month];
		return Object.fromEntries(['redundancy', 'headroom', 'shape', 'rounding'].map((cause, k) => [cause, (left[k] - left[k + 1]) * replicaHour]));
	};
	return { closedMonth, selfMonth, idle, hours, capacity, saturated, needs, fixed, perMtok, replicaHour,
		blended: multiplier * blended, input: kept * multiplier * input, output: kept * multiplier * c.output,
		saving: (volume) => closedMonth(volume) - selfMonth(volume) };
}

// ---- where the saving changes its sign: every step of either side, and the straight line between two of them
function breakEvens(scenario, side) {
	const horizon = scenario.horizon_mtok_month, edges = new Set([0, horizon]);
	for (const tier of scenario.closed.tiers ?? []) edges.add(tier.from_mtok);
	for (const part of new Set(side.needs))
		for (let k = 1; part > 0; k++) {
			const edge = k * side.saturated * (scenario.self_hosted.headroom ?? 1) / part;
			if (edge >= horizon) break;
			edges.add(edge);
		}
	const sorted = [...edges].filter((edge) => edge <= horizon).sort((a, b) => a - b);
	const events = []; // [volume, does the saving begin to be 0 or more there]
	let pays = null;
	const arrive = (volume, now) => {
		if (pays === null ? now : now !== pays) events.push([volume, now, pays !== null]);
		pays = now;
	};
	// A commitment bends the closed line between two steps: look there in halves until both halves are straight.
	const look = (from, to, depth) => {
		const step = (to - from) / 4, y = [1, 2, 3].map((k) => side.saving(from + k * step));
		const straight = Math.abs(y[0] - 2 * y[1] + y[2]) <= 1e-9 * (1 + Math.abs(y[0]) + Math.abs(y[2]));
		if ((!straight || (scenario.closed.commit_month && depth < 3)) && depth < 45) {
			look(from, from + 2 * step, depth + 1);
			look(from + 2 * step, to, depth + 1);
			return;
		}
		const left = 2 * y[0] - y[1], right = 2 * y[2] - y[1];
		arrive(from, left >= 0);
		if (left >= 0 !== right >= 0) arrive(from + (to - from) * left / (left - right), right >= 0);
	};
	for (let k = 1; k < sorted.length; k++)
		if (sorted[k] - sorted[k - 1] > 1e-9 * horizon) look(sorted[k - 1], sorted[k], 0);
	const ups = events.filter(([, now]) => now), downs = events.filter(([, now]) => !now);
	return { islands: ups.map(([volume], k) => [volume, downs[k]?.[0] ?? horizon]), up: ups.filter(([, , crossed]) => crossed).length,
		down: downs.length, first: ups[0]?.[0] ?? null, safe: pays ? ups.at(-1)[0] : null };
}

// ---- cash by month
function investment(scenario, side) {
	const { months, annual_rate: year, volume_growth_month: growth } = scenario.invest;
	const upfront = scenario.self_hosted.upfront ?? 0, rate = (1 + year) ** (1 / 12) - 1;
	const cash = Array.from({ length: months }, (_, t) => side.saving(scenario.volume.mtok_month * (1 + growth) ** t));
	const worth = (r) => cash.reduce((sum, s, t) => sum + s / (1 + r) ** (t + 1), -upfront);
	const payback = (r) => {
		for (let t = 0, sum = 0; t < months; t++) {
			const gain = cash[t] / (1 + r) ** (t + 1);
			if (sum + gain >= upfront) return t + (upfront - sum) / gain;
			sum += gain;
		}
		return null;
	};
	const signs = [-upfront, ...cash].filter((s) => s !== 0).map(Math.sign);
	const changes = signs.filter((sign, t) => t > 0 && sign !== signs[t - 1]).length;
	let low = 0, high = 1;
	for (let k = 0; k < 100; k++) worth((low + high) / 2) > 0 === worth(0) > 0 ? low = (low + high) / 2 : high = (low + high) / 2;
	return { payback_months: payback(0), discounted_payback_months: payback(rate), npv: worth(rate),
		irr_month: changes > 1 ? 'not unique' : worth(0) > 0 === worth(1) > 0 ? null : low };
}

function bands(scenario) {
	const next = drawn(scenario.uncertain.seed), savings = [];
	const triangle = (u, [low, mode, high]) => u < (mode - low) / (high - low) ? low + Math.sqrt(u * (high - low) * (mode - low))
		: high - Math.sqrt((1 - u) * (high - low) * (high - mode));
	const at = (values) => {
		const other = structuredClone(scenario);
		for (const [name, value] of Object.entries(values)) {
			const [block, key] = name.split('.');
			other[block][key] = value;
		}
		return costs(other).saving(other.volume.mtok_month);
	};
	const inputs = Object.entries(scenario.uncertain.inputs);
	for (let k = 0; k < scenario.uncertain.draws; k++) savings.push(at(Object.fromEntries(inputs.map(([name, range]) => [name, triangle(next(), range)]))));
	savings.sort((a, b) => a - b);
	const quantile = (p) => {
		const place = p * (savings.length - 1), k = Math.floor(place);
		return savings[k] + (place - k) * (savings[Math.min(k + 1, savings.length - 1)] - savings[k]);
	};
	const likely = Object.fromEntries(inputs.map(([name, range]) => [name, range[1]]));
	const swings = inputs.map(([name, range]) => ({ input: name, low: at({ ...likely, [name]: range[0] }), high: at({ ...likely, [name]: range[2] }) }));
	return { bands: { p10: quantile(0.1), p50: quantile(0.5), p90: quantile(0.9), mean: savings.reduce((a, b) => a + b) / savings.length,
		p_positive: savings.filter((s) => s > 0).length / savings.length }, swings };
}

// ---- fact by fact
const agree = (got, want, what, tolerance = 1e-8) =>
	typeof want === 'number' && typeof got === 'number' ? near(got, want, tolerance, what) : same(got, want, what);

const parts = {
	'the costs of a month, its replicas, its use and its idle parts': ({ facts, scenario, side, volume }) => {
		const closed = side.closedMonth(volume), self = side.selfMonth(volume), hours = side.hours(volume);
		if (!scenario.closed.tiers) agree(facts.blended_price, side.blended, 'blended_price');
		agree(facts.replica_capacity_mtok_month, side.capacity, 'replica_capacity_mtok_month');
		agree(facts.closed_month, closed, 'closed_month');
		agree(facts.self_month, self, 'self_month');
		agree(facts.saving_month, closed - self, 'saving_month');
		agree(facts.self_usd_per_mtok, self / volume, 'self_usd_per_mtok');
		agree(facts.replicas, Math.max(scenario.self_hosted.min_replicas ?? 1,
			Math.ceil(volume / side.capacity) + (scenario.self_hosted.redundancy ?? 0)), 'replicas');
		agree(facts.utilisation, volume / (hours / scenario.self_hosted.hours_month * side.saturated), 'utilisation');
		const idle = side.idle(volume);
		for (const cause of Object.keys(idle)) agree(facts.idle[cause], idle[cause], `idle.${cause}`);
		agree(Object.values(facts.idle).reduce((a, b) => a + b), hours * side.replicaHour * (1 - facts.utilisation), 'the sum of idle', 1e-6);
	},
	'break-even volumes, islands and crossings': ({ facts, scenario, side }) => {
		const want = breakEvens(scenario, side);
		agree(facts.first_break_even_mtok_month, want.first, 'first_break_even_mtok_month', 1e-7);
		agree(facts.safe_break_even_mtok_month, want.safe, 'safe_break_even_mtok_month', 1e-7);
		agree(facts.up_crossings, want.up, 'up_crossings');
		agree(facts.down_crossings, want.down, 'down_crossings');
		agree(facts.islands.length, want.islands.length, 'the number of islands');
		want.islands.flat().forEach((edge, k) => agree(facts.islands.flat()[k], edge, `island edge ${k}`, 1e-7));
	},
	'break-even use, price, GPU hour and mix': ({ facts, scenario, side, volume }) => {
		const price = side.closedMonth(volume) / volume, own = side.selfMonth(volume) / volume;
		const full = side.replicaHour * scenario.self_hosted.hours_month / side.saturated;
		agree(facts.break_even_utilisation, price > side.perMtok ? full / (price - side.perMtok) : null, 'break_even_utilisation');
		agree(facts.break_even_closed_price, own, 'break_even_closed_price');
		agree(facts.break_even_gpu_hour, (side.closedMonth(volume) - side.fixed - side.perMtok * volume) /
			(side.hours(volume) * (scenario.self_hosted.gpus_per_replica ?? 1)), 'break_even_gpu_hour');
		const mixed = !scenario.closed.tiers && own * volume > (scenario.closed.commit_month ?? 0) && own > side.input && own < side.output;
		agree(facts.break_even_mix, mixed ? (side.output - own) / (own - side.input) : null, 'break_even_mix', 1e-6);
	},
	'payback, net present value and rate of return': ({ facts, scenario, side }) => {
		for (const [name, value] of Object.entries(investment(scenario, side))) agree(facts[name], value, name, 1e-6);
	},
	'the bands of the drawn savings and the swing of each input': ({ facts, scenario }) => {
		const want = bands(scenario);
		for (const name of Object.keys(want.bands)) agree(facts.bands[name], want.bands[name], `bands.${name}`);
		want.swings.sort((a, b) => Math.abs(b.high - b.low) - Math.abs(a.high - a.low));
		want.swings.forEach((swing, k) => {
			same(facts.tornado[k].input, swing.input, `tornado ${k}`);
			agree(facts.tornado[k].low, swing.low, `tornado ${swing.input} low`);
			agree(facts.tornado[k].high, swing.high, `tornado ${swing.input} high`);
		});
	},
	'both curves, from what no volume costs to the horizon': ({ reply, scenario, side }) => {
		const { volume_mtok_month: volumes, closed_month: closed, self_month: self } = columns(reply);
		agree(self[0], side.selfMonth(0), 'self_month at 0');
		agree(closed[0], side.closedMonth(0), 'closed_month at 0');
		same([volumes[0], volumes.at(-1)], [0, scenario.horizon_mtok_month], 'the ends of the curves');
		volumes.forEach((volume, k) => {
			// At a step both its foot and its head are points of the curve.
			const width = 1e-6 * (1 + volume), beside = [Math.max(0, volume - width), volume, volume + width];
			for (const [value, cost, name] of [[closed[k], side.closedMonth, 'closed_month'], [self[k], side.selfMonth, 'self_month']])
				yes(beside.some((at) => Math.abs(cost(at) - value) <= 1e-5 * (1 + Math.abs(value))), `${name} at ${volume} is ${value}`);
		});
	},
};

const solved = Array.from({ length: SCENARIOS }, (_, seed) => {
	const scenario = makeScenario(seed), reply = answer(['solve', '-'], JSON.stringify(scenario));
	return { seed, scenario, reply, facts: reply.facts, side: costs(scenario), volume: scenario.volume.mtok_month };
});

for (const [name, compare] of Object.entries(parts))
	test(`${SCENARIOS} random scenarios agree with a slow second working: ${name}`, () => {
		for (const one of solved)
			try {
				compare(one);
			} catch (error) {
				throw new Error(`seed ${one.seed}: ${error.message}\n${JSON.stringify(one.scenario)}`);
			}
	});
test('a fleet that carries nothing has no cost on its curve, rather than a cost of 0', () => {
	const reply = answer(['solve', '-'], JSON.stringify({ closed: { input: 3, output: 15, input_per_output: 3 },
		self_hosted: { gpu_hour: 2, throughput_tok_s: 0 }, horizon_mtok_month: 1000 }));
	same(columns(reply).self_month, columns(reply).volume_mtok_month.map(() => null), 'self_month');
	same(columns(reply).closed_month, [0, 6000], 'closed_month');
});

test('a discount rate that is not given is 10 % a year, and the answer says so', () => {
	const scenario = { closed: { input: 3, output: 15, input_per_output: 3 }, self_hosted: { replica_month: 100, capacity_mtok_month: 1000, upfront: 1000 },
		volume: { mtok_month: 100 }, invest: { months: 12 } };
	const silent = answer(['solve', '-'], JSON.stringify(scenario));
	scenario.invest.annual_rate = 0.1;
	const told = answer(['solve', '-'], JSON.stringify(scenario));
	same(silent.facts.npv, told.facts.npv, 'npv');
	yes(silent.notes.some((note) => note.startsWith('invest.annual_rate is not given')), `the notes are ${silent.notes}`);
	yes(!told.notes.some((note) => note.startsWith('invest.annual_rate')), `the notes are ${told.notes}`);
});

end();

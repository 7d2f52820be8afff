// A part of the property of tests/replay/property.mjs; `make replay` holds it for all its seeds.
import { end, scratch, test, yes } from './_say.mjs';
import { run } from '../replay/property.mjs';

const seeds = process.env.VARIANT && process.env.VARIANT !== 'release' ? 6 : 50;
const total = await run(1, seeds, scratch);

test(`${seeds} sources that misbehave, and a daemon that is killed: the ledger is what each source says`, () => yes(total.wrong.length === 0, total.wrong.join('; ')));
test('the sources did misbehave', () => yes(total.faulted > seeds, `${total.faulted} faults in ${total.requests} requests`));

end();

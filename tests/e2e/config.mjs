// The example of the settings is right as printed and with every setting taken; a wrong file is one sentence and exit 2.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'breakeven-config-'));
const run = (args, options = {}) => spawnSync(process.env.BREAKEVEN, ['config', ...args], { encoding: 'utf8', ...options });
const check = (title, truth, detail = '') => {
	console.log(`${truth ? 'ok' : 'not ok'} ${title}${truth ? '' : `\n  ${detail}`}`);
	if (!truth) process.exitCode = 1;
};
const said = (result) => `exit ${result.status}: ${result.stdout}${result.stderr}`;

const example = run(['example']);
// What follows the first source belongs to sources and mappings, which there may be any number of.
const [settings, sections] = [/^[^]*?(?=^#\[source )/m, /^#\[source [^]*$/m].map((part) => part.exec(example.stdout)?.[0] ?? '');
const rows = settings.match(/^#[a-z_]+ = /gm) ?? [];
check('the example has every setting commented out', example.status === 0 && rows.length > 20, said(example));

const path = join(folder, 'breakeven.conf');
writeFileSync(path, example.stdout);
const asPrinted = run(['check', path]);
check('the example passes its own check', asPrinted.status === 0 && asPrinted.stdout.includes(`0 of ${rows.length}`), said(asPrinted));

const uncommented = (text) => text.replace(/^#([a-z_]+ = |\[)/gm, '$1');
const taken = run(['check', '-'], { input: uncommented(settings) });
check('every default is a value that the check allows',
	taken.status === 0 && taken.stdout.includes(`${rows.length} of ${rows.length}`), said(taken));

const source = run(['check', '-'], { input: uncommented(sections.split(/^#\[mapping/m)[0]).replace('collector = ""', 'collector = openai-usage') });
check('a source with every default spelt out is allowed', source.status === 0, said(source));

writeFileSync(path, '# mine\n[self_hosted]\ngpu_hours = 2\n');
const misspelt = run(['check', path]);
check('a misspelt setting is answered with file, line and the nearest',
	misspelt.status === 2 && misspelt.stdout === '' &&
		misspelt.stderr === `breakeven config: ${path}:3: setting 'self_hosted.gpu_hours' is unknown; the nearest is 'self_hosted.gpu_hour'\n`,
	said(misspelt));

const absent = run(['check', join(folder, 'none.conf')]);
check('a file that is not there is named', absent.status === 2 && absent.stderr.includes('none.conf'), said(absent));

const bare = run([]);
check('config without a word says what to type', bare.status === 2 && bare.stderr.includes('config example'), said(bare));

rmSync(folder, { recursive: true });

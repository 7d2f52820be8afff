// Numbers as a person reads them: the same rule as the program's own text output.
const UNKNOWN = '–', MINUS = '−';

// As the setting has it: 1,234.56 or 1.234,56 or 1 234,56. A gap inside of a number does not end a line.
const STYLES = { point: [',', '.'], comma: ['.', ','], space: ['\u00a0', ','] };
let [gap, point] = STYLES.point;
export const decimalPoint = () => point;
export function writeNumbers(style) { [gap, point] = STYLES[style] || STYLES.point; }

// The figures of a text that the daemon did not write for people alone, such as where an input is from.
export const rewrite = (text) => (point === '.' ? text : String(text).replace(/(?<![\w./:@]|\w-)\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w/:@]|\.\d|-\d)/g, (n) => n.replace(/[.,]/g, (sign) => (sign === '.' ? point : gap))));

// Digits of a program, with a point, as they are written here.
const local = (digits) => digits.replace('.', point);
const group = (digits) => {
	const [whole, part] = digits.split('.');
	return whole.replace(/\B(?=(\d{3})+(?!\d))/g, gap) + (part === undefined ? '' : point + part);
};

// Digits after the point that leave `digits` significant ones, at most `most`.
const places = (size, digits, most) => Math.min(most, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));

// Decimal strings (exact amounts) count as numbers here; null and text do not.
export const numeric = (value) => {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && /^[+-]?\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
};

export function money(amount, currency = 'USD') {
	const size = Math.abs(amount);
	if (!Number.isFinite(amount) || size > 1e100) return UNKNOWN;
	const digits = size >= 999.995 ? roundEven(size) : size === 0 ? '0' : size >= 0.00995 ? size.toFixed(2) : size.toFixed(places(size, 2, 18));
	return written(digits, amount, currency);
}

function written(digits, amount, currency = 'USD') {
	const minus = amount < 0 && /[1-9]/.test(digits) ? MINUS : '';
	return currency === 'USD' ? `${minus}$${group(digits)}` : `${minus}${group(digits)} ${currency}`;
}

// printf rounds a tie at the whole number to even, toFixed away from zero.
function roundEven(size) {
	const floor = Math.floor(size);
	return (size - floor === 0.5 ? floor + (floor % 2) : Math.round(size)).toFixed(0);
}

const STEPS = [[1e12, ' tn'], [1e9, ' bn'], [1e6, ' M'], [1e3, ' k']];

export function count(number) {
	if (!Number.isFinite(number)) return UNKNOWN;
	const size = Math.abs(number);
	for (const [from, name] of STEPS) {
		const scaled = size / from;
		if (scaled >= 0.99995) return (number < 0 ? MINUS : '') + local(scaled.toFixed(scaled < 1 ? 2 : places(scaled, 3, 2))) + name;
	}
	return (number < 0 ? MINUS : '') + local(size.toFixed(Number.isInteger(number) ? 0 : 2));
}

// A little is not nothing, and nearly all is not all.
export const share = (part) => {
	if (!Number.isFinite(part)) return UNKNOWN;
	if (part > 1e-12 && part < 0.0005) return `< ${local('0.1')} %`;
	if (part >= 0.9995 && part < 1 - 1e-12) return `> ${local('99.9')} %`;
	return `${part < -0.0005 ? MINUS : ''}${local(Math.abs(100 * part).toFixed(1))} %`;
};

export function plain(number) {
	const size = Math.abs(number);
	if (!Number.isFinite(number) || size > 1e100) return UNKNOWN;
	if (size === 0) return '0';
	let digits = size.toFixed(places(size, 6, 12));
	if (digits.includes('.')) digits = digits.replace(/\.?0+$/, '');
	return (number < 0 ? MINUS : '') + group(digits);
}

// By unit: "USD/month" is money, "share" a percentage, "tokens" a count; any other unit stands behind the number.
export function withUnit(value, unit = '') {
	const number = numeric(value);
	if (!Number.isFinite(number)) return typeof value === 'string' ? value : UNKNOWN;
	let figure, rest = unit;
	if (/^(USD|EUR)/.test(unit)) {
		figure = money(number, unit.slice(0, 3));
		rest = unit.slice(3);
	} else if (unit === 'share') {
		return share(number);
	} else if (/^(tokens|requests)/.test(unit)) {
		figure = count(number);
		rest = unit.replace(/^[^/ ]*/, '');
	} else {
		figure = plain(number);
	}
	return rest ? `${figure} ${rest}` : figure;
}

// Both ends of a range, written alike: cents beside thousands are noise. No line ends between a minus and its amount.
export function range(from, to) {
	if (!Number.isFinite(from) || !Number.isFinite(to)) return UNKNOWN;
	const whole = Math.max(Math.abs(from), Math.abs(to)) >= 999.995, end = (value) => (whole ? written(roundEven(Math.abs(value)), value) : money(value)).replace(MINUS, `${MINUS}\u2060`);
	return `${end(from)} to ${end(to)}`;
}

// An exact amount to the cent, where figures add up before the reader's eyes.
export const cents = (amount, currency = 'USD') => (Math.abs(amount) >= 999.995 && Math.abs(amount) < 1e21 ? written(Math.abs(amount).toFixed(2), amount, currency) : money(amount, currency));

// A price as it is listed: every digit it has, two at least.
export const rate = (number) => (Number.isFinite(number) ? `$${group(number.toFixed(Math.max(2, Math.min(9, (String(number).split('.')[1] || '').length))))}` : UNKNOWN);

// A volume of millions of tokens, in tokens.
export const tokens = (mtok) => (Number.isFinite(mtok) ? `${count(mtok * 1e6)} tokens` : UNKNOWN);

// Where one number stands for itself: an axis.
export const axisMoney = (amount) => (amount < 0 ? MINUS + axisMoney(-amount) : amount >= 1e6 ? `$${plain(amount / 1e6)} M` : amount >= 1e4 ? `$${plain(amount / 1e3)} k` : money(amount).replace(/[.,]00$/, ''));

export function date(iso) {
	if (!iso) return UNKNOWN;
	const [, y, m, d] = /^(\d{4})-(\d\d)-(\d\d)/.exec(iso) || [];
	return y ? `${+d} ${['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][m - 1]} ${y}` : iso;
}

// As whom the page asks: what goes with its writes, and what is said where nobody is signed in.
import { copier, h } from './dom.js';

let csrf; // undefined: not asked yet; null: none is needed

// The headers of a write. A browser sends its cookie by itself; this shows that it is the page that asks.
export async function writeHeaders(again = false) {
	if (csrf === undefined || again) {
		const response = await fetch('api/v1/session');
		if (response.ok) csrf = (await response.json()).facts.csrf;
	}
	return csrf ? { 'X-CSRF-Token': csrf } : {};
}

// Whether this browser has signed in, and so can sign out; null: nobody needs to.
export async function session() {
	await writeHeaders();
	return csrf ?? null;
}

export const signIn = () => h('div', { class: 'empty', id: 'sign-in' },
	h('p', { class: 'over' }, 'Nobody is signed in'),
	h('h1', null, 'This ledger is shown to those who sign in.'),
	h('p', { class: 'say' }, 'Run this where the daemon runs, and open the link that it prints. The link signs one browser in, once, within ten minutes.'),
	copier('breakeven token login'),
	h('p', { class: 'say' }, 'With ', h('code', null, '--scope admin'), ' the browser may also change what is stored.'));

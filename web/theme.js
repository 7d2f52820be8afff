// Runs before anything is painted: the theme that the address or the last visit asked for.
(() => {
	const asked = new URLSearchParams(location.search).get('theme');
	let theme = asked;
	try { theme = asked || localStorage.getItem('theme'); } catch { /* storage may be closed to us */ }
	if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
})();

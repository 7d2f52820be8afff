#!/bin/sh
# What `make install` puts down can be used, what `make uninstall` leaves is nothing.
set -u
root=$SCRATCH/root
failed=0
is() { # title, command...
	title=$1
	shift
	if "$@" >"$SCRATCH/said" 2>&1; then
		echo "ok $title"
	else
		echo "not ok $title"
		sed 's/^/  /' "$SCRATCH/said"
		failed=1
	fi
}
unit=$root/usr/lib/systemd/system/breakeven.service
lacks() { ! grep -n "$@"; }
nothing_in() { [ -z "$(find "$1" ! -type d)" ]; }

is 'make help lists what can be made' sh -c 'make help | grep -q "^  install "'
is 'make install puts everything under DESTDIR and PREFIX' make -s install DESTDIR="$root" PREFIX=/usr
is 'the installed program runs from any folder' env -C / "$root/usr/bin/breakeven" help
is 'the licences are beside it' test -s "$root/usr/share/doc/breakeven/LICENSE" -a -s "$root/usr/share/doc/breakeven/LICENSES.txt"
is 'the unit starts the installed program' grep -q '^ExecStart=/usr/bin/breakeven serve' "$unit"
is 'the unit has no blank left to fill' lacks '@[A-Z]*@' "$unit"
if systemd-analyze security --help 2>/dev/null | grep -q -e --offline; then
	is 'the service is exposed by 1.5 of 10 at most' systemd-analyze security --offline=true --threshold=15 "$unit"
else
	echo 'skip the service is exposed by 1.5 of 10 at most: no systemd-analyze here'
fi
is 'make uninstall runs' make -s uninstall DESTDIR="$root" PREFIX=/usr
is 'make uninstall leaves no file' nothing_in "$root"
exit $failed

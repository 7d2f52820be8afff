#!/bin/sh
# An import that is killed leaves the ledger as it was; the same import afterwards takes every row.
set -u
data=$SCRATCH/data
csv=$SCRATCH/usage.csv
rows=150000
kills=20
# A sanitizer is as long over fewer rows.
[ "${VARIANT:-release}" = release ] || { rows=30000; kills=8; }
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
lines() { "$BREAKEVEN" check --data "$data" --format json 2>>"$SCRATCH/why" | sed -n 's/.*"usage_lines":\([0-9]*\).*/\1/p'; }

printf 'id,at,provider,model,in_uncached,out_visible\nfirst,2026-05-31T00:00:00Z,openai,gpt-4o,1,1\n' >"$SCRATCH/first.csv"
awk -v rows=$rows 'BEGIN {
	print "id,at,provider,model,workload,in_uncached,out_visible"
	for (i = 0; i < rows; i++)
		printf "r%d,%d,openai,gpt-4o,w%d,%d,%d\n", i, 1780272000 + i * 50, i % 3, i % 977, i % 89
}' >"$csv"
is 'a first file is imported' "$BREAKEVEN" collect usage-csv "$SCRATCH/first.csv" --data "$data"

# How long the whole import takes here, on another ledger: the kills are spread over that.
begin=$(date +%s%N)
is 'the large file is imported elsewhere' "$BREAKEVEN" collect usage-csv "$csv" --data "$SCRATCH/other"
whole=$((($(date +%s%N) - begin) / 1000000))

survived=0
unsound=
n=1
while [ $n -le $kills ]; do
	"$BREAKEVEN" collect usage-csv "$csv" --data "$data" >/dev/null 2>&1 &
	import=$!
	sleep "$(awk -v n=$n -v kills=$kills -v ms=$whole 'BEGIN { printf "%.3f", ms * n / (kills + 2) / 1000 }')"
	if kill -9 $import 2>/dev/null; then
		survived=$((survived + 1))
	fi
	wait $import 2>/dev/null
	found=$(lines)
	case $found in
	1) ;;
	$((rows + 1))) # it was done before it was killed: the kills end here
		break
		;;
	*)
		unsound="after kill $n the ledger holds '$found' lines: $(cat "$SCRATCH/why")"
		break
		;;
	esac
	n=$((n + 1))
done
is "the ledger is as it was after each of $survived kills" test -z "$unsound"
[ -z "$unsound" ] || echo "  $unsound"
is 'some imports were killed on their way' test $survived -ge 3
is 'the import can be run again' "$BREAKEVEN" collect usage-csv "$csv" --data "$data"
is 'and every row is there once' test "$(lines)" = $((rows + 1))
exit $failed

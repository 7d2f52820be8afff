#!/bin/sh
# The page in a real browser. Skipped, and said so, where there is none.
exec node tests/bench/page.mjs build/release/breakeven

#!/bin/sh
exec node tests/bench/endpoint.mjs build/release/breakeven

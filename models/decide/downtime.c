#include "models/decide/downtime.h"

int64_t
spans_union(const struct span *spans, size_t n, int64_t from, int64_t to)
{
	int64_t sum = 0, done = from;

	for (size_t i = 0; i < n; i++) {
		int64_t begin = spans[i].from > done ? spans[i].from : done;
		int64_t end = spans[i].to < to ? spans[i].to : to;

		if (end <= begin)
			continue;
		sum += end - begin;
		done = end;
	}
	return sum;
}

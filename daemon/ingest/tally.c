#include <stdio.h>
#include <string.h>

#include "daemon/ingest/tally.h"
#include "models/units/text.h"

#define OTHERS "other reasons"

static void
add_place(struct reason *reason, struct place place)
{
	int i = reason->places;

	reason->count++;
	if (i == RUN_REASON_LINES || (place.line == 0 && place.path == NULL))
		return;
	reason->place[i].line = place.line;
	snprintf(reason->place[i].path, sizeof(reason->place[i].path), "%s", place.path == NULL ? "" : place.path);
	reason->places++;
}

int
tally_reason(struct run *run, enum reason_kind kind, const char *text, struct place place)
{
	char cut[RUN_REASON_TEXT];
	struct reason *reason;
	int i;

	snprintf(cut, sizeof(cut), "%s", text);
	for (i = 0; i < run->reasons; i++)
		if (run->reason[i].kind == kind && strcmp(run->reason[i].text, cut) == 0)
			break;
	if (i == run->reasons && i >= RUN_REASONS) {
		i = RUN_REASONS;
		snprintf(cut, sizeof(cut), OTHERS);
	}
	reason = &run->reason[i];
	if (i == run->reasons) {
		memset(reason, 0, sizeof(*reason));
		reason->kind = kind;
		memcpy(reason->text, cut, sizeof(cut));
		run->reasons++;
	}
	add_place(reason, place);
	return i;
}

void
tally_again(struct run *run, int reason, struct place place)
{
	add_place(&run->reason[reason], place);
}

void
tally_add(struct run *run, const struct run *more)
{
	for (int i = 0; i < more->reasons; i++) {
		const struct reason *reason = &more->reason[i];
		int to = tally_reason(run, reason->kind, reason->text, (struct place){ .line = 0 });

		run->reason[to].count += reason->count - 1;
		for (int k = 0; k < reason->places && run->reason[to].places < RUN_REASON_LINES; k++)
			run->reason[to].place[run->reason[to].places++] = reason->place[k];
	}
}

void
tally_time(struct run *run, int64_t from_us, int64_t to_us)
{
	if (run->last_us == 0 || from_us < run->first_us)
		run->first_us = from_us;
	if (run->last_us == 0 || to_us > run->last_us)
		run->last_us = to_us;
}

/*
 * catalogues: price catalogues are reviewed, applied, undone and dismissed here; the same for the command and over HTTP.
 */
#ifndef SERVE_CATALOGUES_H
#define SERVE_CATALOGUES_H

#include "daemon/ingest/catalogue.h"
#include "daemon/report/edit.h"

struct answer;

/*
 * Each fills headline, facts (id, collector, book, new, changed, corrected, ended, unchanged, refused) and, but for undo and
 * dismiss, a row for each change with what it costs before and after. edit->name is the number of a catalogue; NULL: the
 * latest. Fields of apply: "from" (a time; without it today), "keep_ended" (yes).
 */
int catalogues_review(
	const struct edit *edit, const struct catalogue_given *given, struct answer *answer, struct err *err);
editor catalogues_look, catalogues_apply, catalogues_undo, catalogues_dismiss;

#endif

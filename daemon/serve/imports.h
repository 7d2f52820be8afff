/*
 * imports: POST /api/v1/collect: a file that was dropped on the page, into the ledger or, as a dry run, only looked
 * at. One at a time, in a thread of its own, while its connection sleeps.
 */
#ifndef SERVE_IMPORTS_H
#define SERVE_IMPORTS_H

struct err;
struct imports;

struct imports *imports_new(struct err *err);

/* End what runs (nothing of it is stored), answer it, and let nothing more begin. NULL is nothing. */
void imports_stop(struct imports *imports);
void imports_free(struct imports *imports); /* after imports_stop; NULL is nothing */

#endif

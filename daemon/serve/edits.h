/*
 * edits: changes of the ledger over HTTP: a JSON object of fields in, an edit of report/edit.h, its answer out.
 */
#ifndef SERVE_EDITS_H
#define SERVE_EDITS_H

#include "daemon/report/edit.h"

struct call;
struct exchange_reply;

/*
 * Read the body (an object of texts, whole numbers, truths and nulls; none for DELETE), run the edit with a writing
 * handle, answer. The edit's name is what stands for {name} in the path.
 */
void serve_edit(const struct call *call, editor *run, struct exchange_reply *reply);

/* The same in parts: what is asked for. All but store is set; -1 with *err. */
void edit_frame(const struct call *call, struct edit *edit); /* without the fields of a body */
int edit_read(const struct call *call, struct edit *edit, struct err *err);

/* Who asks, for the audit. */
const char *edit_who(const struct call *call);

#endif

/*
 * attribution: rules are added, changed and removed here, by the command and over HTTP.
 */
#ifndef REPORT_ATTRIBUTION_H
#define REPORT_ATTRIBUTION_H

#include "daemon/report/edit.h"

/*
 * The fields of a rule: the names of rule_if_names and rule_gift_names, "from", "to",
 * "position", "note".
 * "(none)" means: not said, or nobody's. A field that is set to nothing is no condition, or no gift, any more.
 */
extern const char *const rule_fields[];
extern const size_t rule_fields_n;

/* Facts of the rule as it stands, and a note where it can never give anything. */
editor rule_add, rule_change, rule_drop;

#endif

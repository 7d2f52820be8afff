/*
 * zone: time zones by IANA name, from the zone files of this machine ($TZDIR or the usual folders).
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "models/units/calendar.h"

struct err;

/*
 * "UTC" needs no files. ERR_INPUT for a name that is no path inside the folder, ERR_MISSING for one that is
 * unknown (with the nearest) or where the machine has no zone files (it says which package brings them).
 */
int zone_load(struct zone *zone, const char *name, struct err *err);

#endif

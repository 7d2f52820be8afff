#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/options.h"
#include "daemon/scratch.h"
#include "daemon/store/store.h"
#include "models/units/err.h"

int
scratch_make(char *folder, size_t size, const char *kind, struct err *err)
{
	const char *temporary = getenv("TMPDIR");

	snprintf(folder, size, "%s/breakeven-%s-XXXXXX", temporary == NULL || temporary[0] == '\0' ? "/tmp" : temporary,
		kind);
	if (mkdtemp(folder) != NULL)
		return 0;
	err_set(err, ERR_OUTSIDE, "cannot make the folder %s: %s", folder, strerror(errno));
	folder[0] = '\0';
	return -1;
}

void
scratch_remove(const char *folder)
{
	static const char *const names[] = { STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm" };
	char path[SETTING_PATH + 32];

	if (folder[0] == '\0')
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

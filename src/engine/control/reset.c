/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forgets what is known of a folder, for "blinkmail reset". */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/lock.h"
#include "base/nearest.h"
#include "base/xalloc.h"
#include "engine/control/account_private.h"
#include "engine/engine.h"
#include "engine/settings/settings.h"
#include "engine/status/status.h"
#include "engine/store/foldername.h"

/* The folder is called so by the server, whatever its delimiter, or by us. */
static bool
is_called(const char *canonical, const char *name)
{
	static const char delimiters[] = "/.\\";
	char *native;
	size_t i;
	bool same =
	    strcmp(canonical, name) == 0 ||
	    (strcmp(canonical, "INBOX") == 0 && strcasecmp(name, "INBOX") == 0);

	for (i = 0; !same && delimiters[i] != '\0'; i++) {
		native = foldername_native(canonical, delimiters[i]);
		same = native != NULL && strcmp(native, name) == 0;
		free(native);
	}
	return same;
}

static int
set_unknown(const struct status_folder *list, size_t len, const char *folder,
    struct err *e)
{
	const char **names = xcalloc(len + 1, sizeof(*names));
	const char *nearest;
	size_t i;

	for (i = 0; i < len; i++)
		names[i] = list[i].name[REMOTE];
	nearest = nearest_close(folder, names);
	if (nearest != NULL)
		err_set(e, ERR_ALL,
		    "nothing is known of a folder %s; the nearest one is %s",
		    folder, nearest);
	else
		err_set(e, ERR_ALL, "nothing is known of a folder %s", folder);
	free(names);
	return -1;
}

static int
folder_forget(struct status *st, const char *folder, struct err *e)
{
	struct status_folder *list;
	size_t i, len, at;
	int ret;

	if (status_folders(st, &list, &len, e) == -1)
		return -1;
	for (at = 0; at < len; at++)
		if (is_called(list[at].name[REMOTE], folder))
			break;
	ret = at < len ? status_folder_drop(st, list[at].id, e)
		       : set_unknown(list, len, folder, e);
	for (i = 0; i < len; i++)
		status_folder_clear(&list[i]);
	free(list);
	return ret;
}

int
engine_reset(const struct settings *s, size_t account, const char *folder,
    bool *busy, struct err *e)
{
	char *dir = account_dir(s, s->accounts[account].name);
	char *path = xasprintf("%s/status.db", dir);
	struct status *st = NULL;
	struct lock *lock = NULL;
	struct stat sb;
	bool corrupt;
	int ret = -1;

	*busy = false;
	if (stat(path, &sb) == -1)
		err_set(e, ERR_ALL, "it was not synchronised yet");
	else if (account_lock(dir, &lock, busy, e) == 0 &&
		 status_open(path, NULL, &st, &corrupt, e) == 0)
		ret = folder_forget(st, folder, e);
	status_close(st);
	lock_free(lock);
	free(path);
	free(dir);
	return ret;
}

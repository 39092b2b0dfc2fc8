/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder in which the connection breaks. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/folder.h"

/* What the server says about one folder ends the session: the folder is left
 * out, and the others go on with a new one. So many of them, then it is not
 * the folders. */
#define GIVE_UP_MAX 5

bool
sync_given_up(const struct sync *sy, const struct foldermap_entry *entry)
{
	size_t i;

	for (i = 0; i < sy->given_up_len; i++)
		if (strcmp(sy->given_up[i].name, entry->name[REMOTE]) == 0)
			return true;
	return false;
}

static void
broken_clear(struct sync_broken *b)
{
	free(b->name);
	free(b->label);
	*b = (struct sync_broken){ NULL, NULL };
}

void
sync_broken_note(struct sync *sy, int ret, const struct err *e)
{
	const struct foldermap_entry *entry;

	broken_clear(&sy->broke);
	if (ret == -1 && e->scope == ERR_SESSION && sy->broke_at > 0) {
		entry = &sy->map.list[sy->broke_at - 1];
		sy->broke.name = xstrdup(entry->name[REMOTE]);
		sy->broke.label = xstrdup(entry->label);
	}
}

bool
sync_give_up(struct sync *sy, struct err *e)
{
	struct foldermap_entry entry = { .label = sy->broke.label };
	struct folder f = { .sy = sy, .entry = &entry };

	if (sy->broke.name == NULL)
		return false;
	report_error(sy, &f, NULL, e);
	sy->given_up = xgrow(sy->given_up, sy->given_up_len, &sy->given_up_cap,
	    sizeof(*sy->given_up));
	sy->given_up[sy->given_up_len++] = sy->broke;
	sy->broke = (struct sync_broken){ NULL, NULL };
	if (sy->given_up_len < GIVE_UP_MAX)
		return true;
	err_set(e, ERR_SESSION,
	    "the connection broke in %d folders; the "
	    "others wait for the next run",
	    GIVE_UP_MAX);
	err_retry(e);
	return false;
}

void
sync_give_up_end(struct sync *sy)
{
	while (sy->given_up_len > 0)
		broken_clear(&sy->given_up[--sy->given_up_len]);
	free(sy->given_up);
	sy->given_up = NULL;
	sy->given_up_cap = 0;
	broken_clear(&sy->broke);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder in which the connection breaks. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/report.h"
#include "engine/sync/sync_broken.h"

/* What the server says about one folder ends the session: the folder is left
 * out, and the others go on with a new one. So many of them, then it is not
 * the folders. */
#define LEFT_OUT_MAX 5

bool
sync_broken_has(const struct sync *sy, const struct foldermap_entry *entry)
{
	size_t i;

	for (i = 0; i < sy->attempts.left_out_len; i++)
		if (strcmp(sy->attempts.left_out[i].name,
			entry->name[REMOTE]) == 0)
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

	broken_clear(&sy->attempts.last);
	if (ret == -1 && e->scope == ERR_SESSION && sy->run.broke_at > 0) {
		entry = &sy->run.map.list[sy->run.broke_at - 1];
		sy->attempts.last.name = xstrdup(entry->name[REMOTE]);
		sy->attempts.last.label = xstrdup(entry->label);
	}
}

bool
sync_broken_leave_out(struct sync *sy, struct err *e)
{
	if (sy->attempts.last.name == NULL)
		return false;
	report_problem(sy, sy->attempts.last.label, e);
	sy->attempts.left_out =
	    xgrow(sy->attempts.left_out, sy->attempts.left_out_len,
		&sy->attempts.left_out_cap, sizeof(*sy->attempts.left_out));
	sy->attempts.left_out[sy->attempts.left_out_len++] = sy->attempts.last;
	sy->attempts.last = (struct sync_broken){ NULL, NULL };
	if (sy->attempts.left_out_len < LEFT_OUT_MAX)
		return true;
	err_set(e, ERR_SESSION,
	    "the connection broke in %d folders; the "
	    "others wait for the next run",
	    LEFT_OUT_MAX);
	err_retry(e);
	return false;
}

void
sync_broken_forget(struct sync *sy)
{
	while (sy->attempts.left_out_len > 0)
		broken_clear(
		    &sy->attempts.left_out[--sy->attempts.left_out_len]);
	free(sy->attempts.left_out);
	sy->attempts.left_out = NULL;
	sy->attempts.left_out_cap = 0;
	broken_clear(&sy->attempts.last);
}

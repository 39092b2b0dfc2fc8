/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the status: ids by name, and the origin of a file that was moved. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/folder_names.h"
#include "maildir/maildir_name.h"

static uint32_t
id_by_key(void *arg, uint64_t key)
{
	struct folder_names *n = arg;

	if (!n->names_loaded) {
		n->names_loaded = true;
		status_known(n->status, n->row, n->side, &n->names, &n->err);
	}
	if (n->names.by_key == NULL)
		return 0;
	return n->names.by_key(n->names.arg, key);
}

/*
 * Any other folder with such a message: all of them are copies of one file,
 * made without blinkmail, and mean the same by their letters. But when this
 * folder has one under a name that does not say so, it is that one.
 */
static bool
origin_take(void *arg, const struct status_place *p)
{
	struct folder_names *n = arg;
	const char *name = p->pair.name[n->side];

	if (p->folder != n->row->id) {
		n->origin_id = p->folder;
		return true;
	}
	n->origin_here = maildir_name_sum(name, strlen(name)) == NULL;
	return !n->origin_here;
}

static int
origin_find(struct folder_names *n, uint64_t key, struct err *e)
{
	int64_t before = n->origin_id;
	struct status_folder *list;
	size_t i, len;

	n->origin_id = 0;
	n->origin_here = false;
	if (status_places_named(n->status, n->side, key, origin_take, n, e) ==
	    -1)
		return -1;
	if (n->origin_here)
		n->origin_id = 0;
	if (n->origin_id == 0 || n->origin_id == before)
		return 0;
	if (status_folders(n->status, &list, &len, e) == -1)
		return -1;
	free(n->origin);
	n->origin = NULL;
	for (i = 0; i < len; i++) {
		if (list[i].id == n->origin_id)
			n->origin = xstrdup(list[i].name[n->side]);
		status_folder_clear(&list[i]);
	}
	free(list);
	return 0;
}

static const char *
origin_by_key(void *arg, uint64_t key)
{
	struct folder_names *n = arg;

	if (origin_find(n, key, &n->err) == -1)
		n->origin_id = 0;
	return n->origin_id == 0 ? NULL : n->origin;
}

void
folder_names_init(struct folder_names *n, struct status *status,
    const struct status_folder *row, enum side side)
{
	*n =
	    (struct folder_names){ .status = status, .row = row, .side = side };
	n->known.arg = n;
	n->known.by_key = id_by_key;
	n->known.home = origin_by_key;
}

void
folder_names_clear(struct folder_names *n)
{
	status_known_clear(&n->names);
	err_clear(&n->err);
	free(n->origin);
	n->origin = NULL;
}

void
folder_names_renew(struct folder_names *n)
{
	n->names_loaded = false;
	status_known_clear(&n->names);
}

int
folder_names_check(const struct folder_names *n, struct err *e)
{
	if (n->err.scope == ERR_NONE)
		return 0;
	return err_copy(e, &n->err);
}

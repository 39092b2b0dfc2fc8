/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the status: ids by name, and where the account has a message. */
#include "config.h"

#include <stdlib.h>

#include "engine/sync/folder_names.h"

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

struct query { /* where a message is */
	struct folder_names *n;
	struct status_folder *folders; /* read when there is any to tell of */
	size_t folders_len;
	bool (*each)(void *arg, const struct store_location *l);
	void *arg;
};

static const char *
folder_name(const struct query *q, int64_t id)
{
	size_t i;

	for (i = 0; i < q->folders_len; i++)
		if (q->folders[i].id == id)
			return q->folders[i].name[q->n->side];
	return NULL;
}

static bool
tell_location(void *arg, const struct status_place *p)
{
	struct query *q = arg;
	struct folder_names *n = q->n;
	struct keywords keywords = { 0 };
	struct store_location l;
	bool more = false;

	if (q->folders == NULL && status_folders(n->status, &q->folders,
				      &q->folders_len, &n->err) == -1)
		return false;
	l.folder = folder_name(q, p->folder);
	if (l.folder == NULL)
		return true;
	if (status_keywords_get(n->status, p->folder, &keywords, &n->err) ==
	    0) {
		l.flags =
		    keywords_translate(p->pair.flags, &keywords, n->keywords);
		more = q->each(q->arg, &l);
	}
	keywords_clear(&keywords);
	return more;
}

static void
locate(void *arg, uint64_t key, const struct digest *d,
    bool (*each)(void *arg, const struct store_location *l), void *each_arg)
{
	struct query q = { .n = arg, .each = each, .arg = each_arg };
	struct folder_names *n = arg;
	size_t i;

	if (key != 0)
		status_places_named(
		    n->status, n->side, key, tell_location, &q, &n->err);
	else
		status_places_alike(n->status, d, tell_location, &q, &n->err);
	for (i = 0; i < q.folders_len; i++)
		status_folder_clear(&q.folders[i]);
	free(q.folders);
}

void
folder_names_init(struct folder_names *n, struct status *status,
    const struct status_folder *row, struct keywords *keywords, enum side side)
{
	*n = (struct folder_names){
		.status = status, .row = row, .keywords = keywords, .side = side
	};
	n->known.arg = n;
	n->known.by_key = id_by_key;
	n->known.locate = locate;
}

void
folder_names_clear(struct folder_names *n)
{
	status_known_clear(&n->names);
	err_clear(&n->err);
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

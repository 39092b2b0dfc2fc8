/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that are made on a side, and the names that they get there. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/sync/made.h"
#include "engine/sync/report.h"
#include "engine/sync/sync_broken.h"
#include "engine/sync/sync_folder.h"

int
made_folder(struct sync *sy, struct foldermap_entry *entry, enum side side,
    struct err *e)
{
	struct store *store = sy->store[side];
	struct event ev;

	if (!sy->env->request->dry_run &&
	    store->ops->create(store, entry->name[side], e) == -1) {
		err_side(e, side);
		return err_prefix(e, "creating the folder");
	}
	entry->there[side] = !sy->env->request->dry_run;
	report_init(&ev, sy, entry->label, EV_FOLDER_CREATE);
	ev.side = side;
	ev.planned = sy->env->request->dry_run;
	report_post(sy, &ev);
	return 0;
}

/* What remains of a name whatever a server does to it: its letters of ASCII,
 * in lower case, that carry no mark of their own. The caller frees. */
static char *
skeleton(const char *name)
{
	struct buf out = { 0 };
	bool plain = false;
	size_t n, len;
	unsigned cp = 0;

	if (strncasecmp(name, "INBOX/", 6) == 0)
		name += 6;
	for (len = strlen(name); len > 0; name += n, len -= n) {
		n = utf8_decode(name, len, &cp);
		if (n == 0)
			n = 1;
		if (n > 1 && plain && cp >= 0x300 && cp < 0x370)
			out.len--;
		plain = n == 1 && cp > ' ' && cp < 0x7f;
		if (plain)
			buf_putc(&out, (char)tolower((int)cp));
	}
	return buf_steal(&out);
}

static bool
is_alike(const char *a, const char *b)
{
	char *x = skeleton(a), *y = skeleton(b);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

/* The folders that the side got, which no name asked for explains. */
struct search {
	struct sync *sy;
	struct store_folders now; /* its listing after they were made */
	size_t missing;		  /* how many are not in it */
};

static bool
is_listed(const struct store_folders *f, const char *name)
{
	const struct store_folder *found = store_folders_find(f, name);

	return found != NULL && found->selectable;
}

/* The one that may be the folder called wanted; NULL: none, or several. */
static const struct store_folder *
look_for(const struct search *s, const char *wanted, bool new)
{
	const struct store_folder *found = NULL, *f;
	size_t i;

	for (i = 0; i < s->now.len; i++) {
		f = &s->now.list[i];
		if (!f->selectable ||
		    is_listed(&s->sy->run.listing[REMOTE], f->name) == new ||
		    (new &&foldermap_find(&s->sy->run.map, f->name) != NULL) ||
		    (!(new && s->missing == 1) && !is_alike(f->name, wanted)))
			continue;
		if (found != NULL)
			return NULL;
		found = f;
	}
	return found;
}

/* It takes no part: it may be a folder that has part already. */
static int
entry_refuse(struct search *s, struct foldermap_entry *entry, struct err *e)
{
	const struct store_folder *f = look_for(s, entry->name[REMOTE], false);

	entry->failed = true;
	if (f != NULL)
		err_set(e, ERR_FOLDER,
		    "the server takes it for its folder %s; move its messages "
		    "to the local folder of that one, or rename it",
		    f->native);
	else
		err_set(e, ERR_FOLDER,
		    "the server does not list the folder after it was made; "
		    "give it another name");
	err_side(e, REMOTE);
	return sync_folder_failed(
	    s->sy, (size_t)(entry - s->sy->run.map.list), e);
}

static int
entry_check(
    struct search *s, struct foldermap_entry *entry, bool *again, struct err *e)
{
	const struct store_folder *f = look_for(s, entry->name[REMOTE], true);
	struct status_folder row = { 0 };
	bool found;
	int ret;

	if (f == NULL)
		return entry_refuse(s, entry, e);
	if (status_folder_get(s->sy->status, f->name, &row, &found, e) == -1)
		return -1;
	if (!found) {
		row.name[REMOTE] = xstrdup(f->name);
		row.free_id[LOCAL] = row.free_id[REMOTE] = 1;
	}
	free(row.name[LOCAL]);
	row.name[LOCAL] = xstrdup(entry->name[LOCAL]);
	ret = status_folder_put(s->sy->status, &row, e);
	status_folder_clear(&row);
	*again = true;
	return ret;
}

static int
names_check(struct search *s, const bool *made, bool *again, struct err *e)
{
	struct store *store = s->sy->store[REMOTE];
	struct foldermap_entry *list = s->sy->run.map.list;
	size_t i;

	if (store_told(store, store->ops->list(store, &s->now, e), e) == -1)
		return -1;
	for (i = 0; i < s->sy->run.map.len; i++)
		s->missing +=
		    made[i] && !is_listed(&s->now, list[i].name[REMOTE]);
	for (i = 0; s->missing > 0 && i < s->sy->run.map.len; i++)
		if (made[i] && !is_listed(&s->now, list[i].name[REMOTE]) &&
		    entry_check(s, &list[i], again, e) == -1)
			return -1;
	return 0;
}

/* Makes one where it may be made. */
static int
entry_make(
    struct sync *sy, struct foldermap_entry *entry, bool *made, struct err *e)
{
	const struct settings_store *s = &sy->env->account->store[REMOTE];
	struct status_folder row = { 0 };
	bool found;
	int ret;

	*made = false;
	if (entry->failed || !entry->there[LOCAL] || entry->there[REMOTE] ||
	    !s->createfolders || s->readonly || sync_broken_has(sy, entry))
		return 0;
	ret =
	    status_folder_get(sy->status, entry->name[REMOTE], &row, &found, e);
	if (ret == 0 && row.validity[REMOTE] == 0) {
		entry->id = row.id;
		ret = made_folder(sy, entry, REMOTE, e);
		*made = ret == 0;
	}
	status_folder_clear(&row);
	return ret;
}

int
made_folders(struct sync *sy, bool *again, struct err *e)
{
	struct search s = { .sy = sy };
	bool *made, any = false;
	size_t i;
	int ret = 0;

	*again = false;
	if (sy->env->request->dry_run)
		return 0;
	made = xcalloc(sy->run.map.len + 1, sizeof(*made));
	for (i = 0; ret == 0 && i < sy->run.map.len && !sync_stopped(sy); i++) {
		if (entry_make(sy, &sy->run.map.list[i], &made[i], e) == -1) {
			sy->run.map.list[i].failed = true;
			ret = sync_folder_failed(sy, i, e);
		}
		any = any || made[i];
	}
	if (ret == 0 && any)
		ret = names_check(&s, made, again, e);
	store_folders_clear(&s.now);
	free(made);
	return ret;
}

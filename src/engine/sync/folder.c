/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life cycle of a folder: its row in the status, both sides open. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/folder.h"

void
folder_init_entry(
    struct folder *f, struct sync *sy, struct foldermap_entry *entry)
{
	*f = (struct folder){ .sy = sy, .entry = entry };
	folder_names_init(
	    &f->names[LOCAL], sy->status, &f->row, &f->keywords, LOCAL);
	folder_names_init(
	    &f->names[REMOTE], sy->status, &f->row, &f->keywords, REMOTE);
}

void
folder_init(struct folder *f, struct sync *sy, size_t entry)
{
	folder_init_entry(f, sy, &sy->run.map.list[entry]);
	f->number = entry;
}

void
folder_clear(struct folder *f)
{
	size_t i;

	status_folder_clear(&f->row);
	keywords_clear(&f->keywords);
	folder_names_clear(&f->names[LOCAL]);
	folder_names_clear(&f->names[REMOTE]);
	snapshot_clear(&f->scan.snap[LOCAL]);
	snapshot_clear(&f->scan.snap[REMOTE]);
	free(f->scan.base);
	for (i = 0; i < f->scan.matches_len; i++)
		free(f->scan.matches[i].kin);
	free(f->scan.matches);
	free(f->scan.duplicates[LOCAL]);
	free(f->scan.duplicates[REMOTE]);
	uidset_clear(&f->suspected[LOCAL]);
	uidset_clear(&f->suspected[REMOTE]);
	plan_clear(&f->plan);
}

int
folder_load(struct folder *f, struct err *e)
{
	struct sync *sy = f->sy;
	bool found;

	if (status_folder_get(
		sy->status, f->entry->name[REMOTE], &f->row, &found, e) == -1)
		return -1;
	if (!found) {
		f->row.name[LOCAL] = xstrdup(f->entry->name[LOCAL]);
		f->row.name[REMOTE] = xstrdup(f->entry->name[REMOTE]);
		f->row.free_id[LOCAL] = f->row.free_id[REMOTE] = 1;
		if (!sy->env->request->dry_run &&
		    status_folder_put(sy->status, &f->row, e) == -1)
			return -1;
	} else if (strcmp(f->row.name[LOCAL], f->entry->name[LOCAL]) != 0) {
		return err_set(e, ERR_FOLDER,
		    "it was synchronised with the local folder %s before, and "
		    "nametrans now says %s, where there is another one; move "
		    "the messages of one into the other, and then run: "
		    "blinkmail reset '%s' '%s'",
		    f->row.name[LOCAL], f->entry->name[LOCAL],
		    sy->env->account->name, f->entry->label);
	}
	f->entry->id = f->row.id;
	return status_keywords_get(sy->status, f->row.id, &f->keywords, e);
}

int
folder_peek(struct folder *f, struct err *e)
{
	bool found;

	if (status_folder_get(f->sy->status, f->entry->name[REMOTE], &f->row,
		&found, e) == -1)
		return -1;
	return status_keywords_get(f->sy->status, f->row.id, &f->keywords, e);
}

/* What a server alters has another header than the one that is known. */
static int
newest_load(struct folder *f, enum side side, struct store_newest *newest,
    struct err *e)
{
	struct status_pair p;
	uint32_t id;
	bool found;

	if (!store_traits(f->sy->store[side])->dates_identify)
		return 0;
	if (status_pair_last(
		f->sy->status, f->row.id, REMOTE, &id, &found, e) == -1)
		return -1;
	if (found &&
	    status_pair_get(f->sy->status, f->row.id, id, &p, &found, e) == -1)
		return -1;
	if (!found)
		return 0;
	*newest = (struct store_newest){
		.id = p.id[side], .told = p.told[side], .date = p.date
	};
	if (p.told[side] == p.digest.size)
		newest->header = p.digest.header;
	return 0;
}

static int
side_open(struct folder *f, enum side side, bool readonly, struct err *e)
{
	struct store *s = f->sy->store[side];
	struct store_open o = { 0 };

	if (!f->entry->there[side]) { /* a dry run: as if it were empty */
		f->state[side] =
		    (struct store_state){ .validity = 1, .storable = FLAG_ALL };
		return 0;
	}
	o.name = f->entry->name[side];
	o.readonly = readonly || f->sy->env->request->dry_run ||
		     f->sy->env->account->store[side].readonly;
	o.keywords = &f->keywords;
	f->names[side].known.next_id = f->row.free_id[side];
	o.known = store_traits(s)->names_files ? &f->names[side].known : NULL;
	o.validity = f->row.validity[side] != 0 ? f->row.validity[side]
						: f->entry->validity[side];
	o.confirm = true;
	if (newest_load(f, side, &o.newest, e) == -1)
		return -1;
	return store_told(s, s->ops->open(s, &o, &f->state[side], e), e);
}

int
folder_open(struct folder *f, struct err *e)
{
	if (side_open(f, REMOTE, false, e) == -1)
		return -1;
	return side_open(f, LOCAL, false, e);
}

int
folder_open_side(struct folder *f, enum side side, struct err *e)
{
	return side_open(f, side, true, e);
}

int
folder_pair_put(struct folder *f, const struct status_pair *p, struct err *e)
{
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++)
		if (f->row.free_id[s] <= p->id[s])
			f->row.free_id[s] = p->id[s] + 1;
	return status_pair_put(f->sy->status, f->row.id, p, e);
}

const char *
folder_file_name(const struct folder *f, enum side side, uint32_t id)
{
	const struct snapshot *snap = &f->scan.snap[side];
	const struct snap_msg *msg = snapshot_find(snap, id);

	return msg != NULL && msg->name != 0 ? snap->names + msg->name : "";
}

uint32_t
folder_skip_id(const struct folder *f, enum side side, uint32_t id)
{
	const char *name = folder_file_name(f, side, id);
	uint32_t key;

	if (name[0] == '\0')
		return id;
	key = (uint32_t)store_name_key(name);
	return key != 0 ? key : 1;
}

int64_t
folder_pair_date(const struct folder *f, const int64_t date[2])
{
	if (!store_traits(f->sy->store[LOCAL])->dates_identify)
		return date[REMOTE];
	if (!store_traits(f->sy->store[REMOTE])->dates_identify)
		return date[LOCAL];
	/* In 32 bits, as a server may have it: see store_imap_change.c. */
	return (uint32_t)date[LOCAL] == (uint32_t)date[REMOTE] ? date[REMOTE]
							       : 0;
}

bool
folder_validity_changed(const struct folder *f, enum side side)
{
	return f->row.validity[side] != 0 &&
	       f->row.validity[side] != f->state[side].validity;
}

int
folder_check_validity(const struct folder *f, struct err *e)
{
	if (folder_validity_changed(f, LOCAL) ||
	    folder_validity_changed(f, REMOTE))
		return err_set(e, ERR_FOLDER,
		    "UIDVALIDITY changed in the middle of the run");
	return 0;
}

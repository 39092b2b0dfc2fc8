/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From file names to a snapshot. What the status knows by its key gets the id
 * from there; what is new gets the next ids, in the order of the names, which
 * is that of their delivery, and its base name. What came from another folder
 * is made one of this folder first (see store_maildir_origin.c), and the scan
 * begins anew; else nothing is renamed here.
 *
 * Two files may share a key: somebody copied one. The newest keeps the id, the
 * others are new messages; their name in the snapshot is "cur/" or "new/" and
 * the whole file name, so that they can be told apart until bind gives them
 * names of their own. So is that of a new one with the flags of another.
 *
 * What is no regular file is no new message. In the place of a known one (a
 * link to where the mail was moved, say) it still is that message: nobody
 * deleted it, and reading it will tell what is wrong.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "engine/store/maildir/store_maildir_private.h"
#include "maildir/maildir_scan.h"

/* As often as more files come from other folders while we look. */
#define SCANS_MAX 4

struct fresh {		  /* a file that the status does not know */
	const char *base; /* valid after the scan */
	uint32_t name;	  /* the same, in the snapshot */
	uint32_t flags;
	uint32_t hint;
	bool twin;
};

struct twin {	    /* a file that shares its key with another one */
	char *path; /* "cur/<file>" */
	uint64_t key;
	uint32_t flags;
	uint32_t hint;
	int64_t mtime;
	bool regular;
};

struct scan {
	struct maildir_store *m;
	struct snapshot *snap;
	struct buf base; /* scratch */
	int keywords_rc; /* -1: the keywords could not be read, see *e */
	struct err *e;
	struct fresh *fresh;
	size_t fresh_len, fresh_cap;

	/* what is known of twins: */
	struct uidset ids; /* of those that the status knows */
	uint64_t *keys;	   /* of the others, sorted */
	size_t keys_len, keys_cap;
	struct twin *twins;
	size_t twins_len, twins_cap;

	/* files that came from other folders: */
	struct origins origins;
	struct foreign *foreign;
	size_t foreign_len, foreign_cap;
	uint32_t used; /* letters in the names of all others: bit 0 is a */
};

static uint64_t
key_of(struct scan *s, const struct maildir_name *n)
{
	buf_reset(&s->base);
	buf_append(&s->base, n->base, n->base_len);
	return store_name_key(s->base.data);
}

static uint32_t
known_id(const struct scan *s, uint64_t key)
{
	const struct store_known *known = s->m->known;

	return known == NULL ? 0 : known->by_key(known->arg, key);
}

static void
describe(struct scan *s, const char *file, struct maildir_name *n,
    uint32_t *flags, uint32_t *hint)
{
	const struct maildir *md = s->m->md;

	maildir_name_parse(file, md->infosep, n);
	*flags =
	    maildir_keywords_flags(&s->m->keywords, n->letters, n->letters_len);
	*hint = maildir_name_hint(n->base, n->base_len, md->fmd5);
}

static void
foreign_forget(struct scan *s)
{
	while (s->foreign_len > 0)
		free(s->foreign[--s->foreign_len].file);
}

static struct foreign *
foreign_note(struct scan *s, enum maildir_sub sub, const char *file,
    const struct maildir_name *n, uint64_t key)
{
	struct foreign *f;

	s->foreign = xgrow(
	    s->foreign, s->foreign_len, &s->foreign_cap, sizeof(*s->foreign));
	f = &s->foreign[s->foreign_len++];
	*f = (struct foreign){ .sub = sub,
		.file = xstrdup(file),
		.key = key,
		.letters = maildir_name_keywords(n) };
	return f;
}

static void
scan_restart(void *arg)
{
	struct scan *s = arg;

	/* After the stamp was taken: a change that comes later shows in it. */
	if (s->keywords_rc == 0)
		s->keywords_rc = maildir_keywords_load(&s->m->keywords, s->e);
	s->snap->len = 0;
	s->snap->names_len = 0;
	s->fresh_len = 0;
	foreign_forget(s);
	s->used = 0;
}

static bool
scan_file(void *arg, enum maildir_sub sub, const char *file, bool regular)
{
	struct scan *s = arg;
	struct maildir_name n;
	struct snap_msg *msg;
	struct fresh *f;
	uint32_t id, flags, hint;
	uint64_t key;

	if (s->keywords_rc != 0)
		return false;
	describe(s, file, &n, &flags, &hint);
	key = key_of(s, &n);
	id = known_id(s, key);
	if (id == 0 && regular && origin_is_asked(s->m->md, &n))
		foreign_note(s, sub, file, &n, key)->at = s->fresh_len;
	else
		s->used |= maildir_name_keywords(&n);
	if (id != 0) {
		msg = snapshot_add(s->snap);
		msg->id = id;
		msg->flags = flags;
		msg->hint = hint;
		return true;
	}
	if (!regular)
		return true;
	s->fresh =
	    xgrow(s->fresh, s->fresh_len, &s->fresh_cap, sizeof(*s->fresh));
	f = &s->fresh[s->fresh_len++];
	*f = (struct fresh){ .flags = flags, .hint = hint };
	f->name = snapshot_add_name(s->snap, s->base.data);
	return true;
}

/* What the letters of new files mean, where these come from another folder. */
static void
find_origins(struct scan *s)
{
	struct foreign *f;
	size_t i, n;

	for (i = n = 0; i < s->foreign_len; i++) {
		f = &s->foreign[i];
		if (origin_find(&s->origins, f)) {
			s->fresh[f->at].flags = f->flags;
			s->foreign[n++] = *f;
		} else {
			s->used |= f->letters;
			free(f->file);
		}
	}
	s->foreign_len = n;
}

static int
compare_key_text(const char *a, const char *b)
{
	size_t x, y;
	int c;

	x = strcspn(a, ",");
	y = strcspn(b, ",");
	c = memcmp(a, b, x < y ? x : y);
	return c != 0 ? c : (x > y) - (x < y);
}

/* By key, then by the rest. */
static int
compare_fresh(const void *a, const void *b)
{
	const struct fresh *x = a, *y = b;
	int c;

	c = compare_key_text(x->base, y->base);
	return c != 0 ? c : strcmp(x->base, y->base);
}

static void
sort_fresh(struct scan *s)
{
	size_t i;

	for (i = 0; i < s->fresh_len; i++)
		s->fresh[i].base = s->snap->names + s->fresh[i].name;
	if (s->fresh_len > 1)
		qsort(s->fresh, s->fresh_len, sizeof(*s->fresh), compare_fresh);
}

/* Gives ids to the new files that have a key of their own. */
static void
number_fresh(struct scan *s)
{
	struct snap_msg *msg;
	size_t i;

	for (i = 0; i < s->fresh_len; i++) {
		if (s->fresh[i].twin)
			continue;
		msg = snapshot_add(s->snap);
		msg->id = (*s->m->next_id)++;
		msg->flags = s->fresh[i].flags;
		msg->hint = s->fresh[i].hint;
		msg->name = s->fresh[i].name;
	}
}

/* Takes those that share an id out of the snapshot, which is sorted. */
static void
set_known_twins_aside(struct scan *s)
{
	struct snap_msg *msgs = s->snap->msgs;
	size_t i, n;

	for (i = 1; i < s->snap->len; i++)
		if (msgs[i].id == msgs[i - 1].id)
			uidset_add(&s->ids, msgs[i].id);
	if (s->ids.len == 0)
		return;
	for (i = n = 0; i < s->snap->len; i++)
		if (!uidset_has(&s->ids, msgs[i].id))
			msgs[n++] = msgs[i];
	s->snap->len = n;
}

static int
compare_keys(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Likewise of the new ones, which are sorted by key. */
static void
set_fresh_twins_aside(struct scan *s)
{
	struct fresh *f = s->fresh;
	size_t i;

	for (i = 1; i < s->fresh_len; i++) {
		if (compare_key_text(f[i - 1].base, f[i].base) != 0)
			continue;
		if (!f[i - 1].twin) {
			s->keys = xgrow(s->keys, s->keys_len, &s->keys_cap,
			    sizeof(*s->keys));
			s->keys[s->keys_len++] = store_name_key(f[i].base);
		}
		f[i - 1].twin = f[i].twin = true;
	}
	if (s->keys_len > 1)
		qsort(s->keys, s->keys_len, sizeof(*s->keys), compare_keys);
}

static void
twins_restart(void *arg)
{
	struct scan *s = arg;

	while (s->twins_len > 0)
		free(s->twins[--s->twins_len].path);
}

static bool
is_twin(const struct scan *s, uint64_t key)
{
	uint32_t id;

	id = known_id(s, key);
	if (id != 0)
		return uidset_has(&s->ids, id);
	return s->keys_len > 0 && bsearch(&key, s->keys, s->keys_len,
				      sizeof(key), compare_keys) != NULL;
}

static bool
twins_file(void *arg, enum maildir_sub sub, const char *file, bool regular)
{
	struct scan *s = arg;
	struct maildir_name n;
	struct stat st;
	uint32_t flags, hint;
	uint64_t key;

	describe(s, file, &n, &flags, &hint);
	key = key_of(s, &n);
	/* One that is gone already was seen while it was renamed. */
	if (!is_twin(s, key) ||
	    fstatat(s->m->md->sub[sub], file, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	s->twins =
	    xgrow(s->twins, s->twins_len, &s->twins_cap, sizeof(*s->twins));
	s->twins[s->twins_len++] = (struct twin){
		.path = xasprintf(
		    "%s/%s", sub == MAILDIR_CUR ? "cur" : "new", file),
		.key = key,
		.flags = flags,
		.hint = hint,
		.mtime = (int64_t)st.st_mtime,
		.regular = regular,
	};
	return true;
}

/* By key; the one that keeps the id, which is the newest, first. */
static int
compare_twins(const void *a, const void *b)
{
	const struct twin *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? 1 : -1;
	if (x->regular != y->regular)
		return x->regular ? -1 : 1;
	if (x->mtime != y->mtime)
		return x->mtime < y->mtime ? 1 : -1;
	return strcmp(x->path, y->path);
}

/* The first of n twins can be told from the others by its flags. */
static bool
differs(const struct twin *twins, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (twins[i].flags == twins[0].flags)
			return false;
	return true;
}

/* named: its base name and flags lead to it. */
static void
add_twin(struct scan *s, const struct twin *twin, bool first, bool named)
{
	struct maildir_name n;
	struct snap_msg msg = { 0 }, *added;

	msg.flags = twin->flags;
	msg.hint = twin->hint;
	msg.id = first ? known_id(s, twin->key) : 0;
	if (msg.id == 0 && !twin->regular)
		return;
	if (!first)
		msg.hint = 0; /* the name speaks of the other one */
	if (msg.id == 0) {
		msg.id = (*s->m->next_id)++;
		maildir_name_parse(
		    twin->path + strlen("cur/"), s->m->md->infosep, &n);
		key_of(s, &n);
		msg.name = snapshot_add_name(
		    s->snap, named ? s->base.data : twin->path);
	}
	added = snapshot_add(s->snap);
	*added = msg;
}

/*
 * Where n twins with one key come from. One without a sum has its origin's
 * letters only if it is certain that it is not the one that the status knows:
 * that has this folder's sum, then.
 */
static void
find_twin_origins(struct scan *s, struct twin *twins, size_t n)
{
	const struct maildir *md = s->m->md;
	struct maildir_name name;
	struct foreign *f;
	const char *sum;
	bool certain;
	size_t i;

	certain = known_id(s, twins[0].key) == 0;
	for (i = 0; i < n; i++) {
		maildir_name_parse(
		    twins[i].path + strlen("cur/"), md->infosep, &name);
		sum = maildir_name_sum(name.base, name.base_len);
		certain |= sum != NULL && memcmp(sum, md->fmd5, 32) == 0;
	}
	for (i = 0; i < n; i++) {
		maildir_name_parse(
		    twins[i].path + strlen("cur/"), md->infosep, &name);
		if (!origin_is_asked(md, &name) ||
		    (!certain &&
			maildir_name_sum(name.base, name.base_len) == NULL))
			continue;
		f = foreign_note(s,
		    twins[i].path[0] == 'c' ? MAILDIR_CUR : MAILDIR_NEW,
		    name.base, &name, twins[i].key);
		if (origin_find(&s->origins, f))
			twins[i].flags = f->flags;
		else
			free(s->foreign[--s->foreign_len].file);
	}
}

static int
add_twins(struct scan *s, bool *steady, struct err *e)
{
	const struct maildir_visitor v = { s, twins_restart, twins_file };
	bool still;
	size_t i, j, n;

	if (s->ids.len == 0 && s->keys_len == 0)
		return 0;
	if (maildir_walk(s->m->md, &v, &still, NULL, e) != 0)
		return -1;
	*steady = *steady && still;
	qsort(s->twins, s->twins_len, sizeof(*s->twins), compare_twins);
	for (i = 0; i < s->twins_len; i += n) {
		for (n = 1; i + n < s->twins_len &&
			    s->twins[i + n].key == s->twins[i].key;)
			n++;
		find_twin_origins(s, &s->twins[i], n);
		for (j = i; j < i + n; j++)
			add_twin(s, &s->twins[j], j == i,
			    j == i && differs(&s->twins[i], n));
	}
	return 0;
}

static int
scan_all(struct scan *s, struct err *e)
{
	const struct maildir_visitor v = { s, scan_restart, scan_file };
	struct maildir_stamp stamp;
	bool steady;

	if (maildir_walk(s->m->md, &v, &steady, &stamp, e) != 0 ||
	    s->keywords_rc != 0)
		return -1;
	find_origins(s);
	snapshot_sort(s->snap);
	sort_fresh(s);
	set_known_twins_aside(s);
	set_fresh_twins_aside(s);
	number_fresh(s);
	if (add_twins(s, &steady, e) != 0)
		return -1;
	if (s->origins.err.scope != ERR_NONE)
		return err_move(e, &s->origins.err);
	snapshot_sort(s->snap);
	s->snap->complete = steady;
	store_maildir_token(&stamp, &s->snap->token);
	return 0;
}

static void
scan_clear(struct scan *s)
{
	twins_restart(s);
	free(s->twins);
	free(s->keys);
	free(s->fresh);
	uidset_clear(&s->ids);
	buf_clear(&s->base);
	foreign_forget(s);
	free(s->foreign);
	origins_clear(&s->origins);
}

int
store_maildir_scan(struct store *store, struct snapshot *snap, struct err *e)
{
	struct maildir_store *m = (struct maildir_store *)store;
	bool again;
	int rc, i;

	for (again = true, i = 0; again && i < SCANS_MAX; i++) {
		struct scan s = {
			.m = m, .snap = snap, .e = e, .origins = { .m = m }
		};

		rc = scan_all(&s, e);
		again = rc == 0 && s.foreign_len > 0 && !m->readonly;
		if (again)
			rc = relabel_files(
			    m, s.foreign, s.foreign_len, s.used, e);
		scan_clear(&s);
		if (rc != 0)
			return -1;
	}
	if (!again)
		return 0;
	err_set(e, ERR_FOLDER, "files are being moved here all the time");
	return err_retry(e);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

/*
 * Files that were moved or copied here under their old name, as mv, cp and
 * many mail readers do it. Their letters a to z mean what the folder says that
 * they come from; here they would mean something else, or nothing.
 *
 * Where a file comes from is told by the sum in its name; where it has none,
 * the status may know its key in another folder. It is asked about a file at
 * first sight only, before anything else is made of it: then the file gets
 * this folder's letters and sum, and is like any other; also where it has no
 * letters yet: what it gets later will be of this folder. If we die in
 * between, the next scan goes on. A sum of a folder that is not there tells
 * nothing: the whole folder was renamed, its table with it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/store/maildir/store_maildir_private.h"

struct stray_home {
	char *sum;  /* 32 digits, or NULL */
	char *name; /* or the folder's; NULL: no folder has that sum */
	struct maildir *md;
	struct maildir_keywords words; /* valid with md */
};

void
strays_forget(struct strays *s)
{
	while (s->len > 0)
		free(s->list[--s->len].file);
}

void
strays_clear(struct strays *s)
{
	struct stray_home *h;

	strays_forget(s);
	free(s->list);
	while (s->homes_len > 0) {
		h = &s->homes[--s->homes_len];
		if (h->md != NULL)
			maildir_keywords_clear(&h->words);
		maildir_unref(h->md);
		free(h->sum);
		free(h->name);
	}
	free(s->homes);
	err_clear(&s->err);
}

static void
home_listed(void *arg, const char *name, const char *native,
    const struct maildir_stamp *stamp)
{
	struct stray_home *h = arg;
	char sum[33];

	(void)stamp;
	digest_md5_hex(native, strlen(native), sum);
	if (h->name == NULL && strcmp(sum, h->sum) == 0)
		h->name = xstrdup(name);
}

static void
home_refused(
    void *arg, const char *path, const char *name, const struct err *why)
{
	(void)arg;
	(void)path;
	(void)name;
	(void)why;
}

static int
home_open(struct strays *s, struct stray_home *h, struct err *e)
{
	const struct maildir_tree_visitor v = { h, home_listed, home_refused };
	struct maildir_store *m = s->m;

	if (h->name == NULL && maildir_tree_list(m->tree, &v, e) != 0)
		return -1;
	if (h->name == NULL)
		return 0;
	if (maildir_tree_folder(m->tree, h->name, true, &h->md, e) != 0)
		return -1;
	maildir_keywords_init(&h->words, h->md, -1, true, m->words.map);
	return maildir_keywords_load(&h->words, e);
}

static bool
is_home(const struct stray_home *h, const char *sum, const char *name)
{
	if (sum != NULL)
		return h->sum != NULL && memcmp(h->sum, sum, 32) == 0;
	return h->sum == NULL && strcmp(h->name, name) == 0;
}

/* The folder with this sum, or this name; NULL: there is none, or it cannot be
 * looked at (see s->err). */
static struct stray_home *
home_get(struct strays *s, const char *sum, const char *name)
{
	struct stray_home *h;
	size_t i;

	for (i = 0; i < s->homes_len; i++)
		if (is_home(&s->homes[i], sum, name))
			break;
	if (i == s->homes_len) {
		s->homes = xgrow(
		    s->homes, s->homes_len, &s->homes_cap, sizeof(*s->homes));
		h = &s->homes[s->homes_len++];
		*h = (struct stray_home){ 0 };
		if (sum != NULL)
			h->sum = xstrndup(sum, 32);
		else
			h->name = xstrdup(name);
		home_open(s, h, &s->err);
	}
	h = &s->homes[i];
	return h->md == NULL || s->err.scope != ERR_NONE ? NULL : h;
}

struct maildir_keywords *
strays_words(struct strays *s, const char *folder)
{
	struct stray_home *h = home_get(s, NULL, folder);

	return h == NULL ? NULL : &h->words;
}

struct stray *
strays_note(
    struct strays *s, enum maildir_sub sub, const char *file, uint32_t flags)
{
	struct stray *one;

	s->list = xgrow(s->list, s->len, &s->cap, sizeof(*s->list));
	one = &s->list[s->len++];
	*one =
	    (struct stray){ .sub = sub, .file = xstrdup(file), .flags = flags };
	return one;
}

static bool
has_letters(const struct maildir_name *n)
{
	size_t i;

	for (i = 0; i < n->letters_len; i++)
		if (n->letters[i] >= 'a' && n->letters[i] <= 'z')
			return true;
	return false;
}

bool
strays_take(struct strays *s, enum maildir_sub sub, const char *file,
    const struct maildir_name *n, uint64_t key, uint32_t *flags)
{
	const struct store_known *known = s->m->known;
	const char *sum, *name;
	struct stray_home *h;

	sum = maildir_name_sum(n->base, n->base_len);
	if (sum == NULL && !has_letters(n))
		return false;
	if (sum != NULL && memcmp(sum, s->m->md->fmd5, 32) == 0)
		return false;
	name = sum == NULL && known != NULL && known->home != NULL
		   ? known->home(known->arg, key)
		   : NULL;
	h = sum != NULL || name != NULL ? home_get(s, sum, name) : NULL;
	if (h == NULL)
		return false;
	*flags = maildir_keywords_flags(&h->words, n->letters, n->letters_len);
	strays_note(s, sub, file, *flags);
	return true;
}

static void
stray_told(struct maildir_store *m, const struct stray *one,
    const struct buf *letters, const struct buf *base)
{
	if (one->result == NULL)
		return;
	one->result->outcome = STORE_DONE;
	one->result->name = xstrdup(base->data);
	*one->now =
	    maildir_keywords_flags(&m->words, buf_str(letters), letters->len);
}

/* One that was renamed meanwhile is seen again by the next scan. */
static int
stray_rename(struct maildir_store *m, const struct stray *one, struct err *e)
{
	struct buf unique = { 0 }, letters = { 0 }, base = { 0 }, name = { 0 };
	int dir = m->md->sub[one->sub], rc;
	struct maildir_name n;
	bool fresh;

	maildir_name_parse(one->file, m->md->infosep, &n);
	maildir_keywords_letters(&m->words, one->flags, "", 0, &letters);
	for (fresh = false;; fresh = true) {
		buf_reset(&base);
		buf_reset(&name);
		maildir_namer_make(&m->md->namer, &unique);
		maildir_name_bind(&base, fresh ? unique.data : NULL, n.base,
		    n.base_len, 0, m->md->fmd5);
		maildir_name_format(&name, base.data, base.len, m->md->infosep,
		    buf_str(&letters), n.extra);
		rc = maildir_rename(dir, one->file, dir, name.data);
		if (rc == 0 || errno == ENOENT || fresh ||
		    (errno != EEXIST && errno != ENAMETOOLONG))
			break;
	}
	if (rc == 0)
		stray_told(m, one, &letters, &base);
	else if (errno == ENOENT)
		rc = 0;
	else
		err_errno(e, ERR_FOLDER, errno, "renaming %s", one->file);
	buf_clear(&unique);
	buf_clear(&letters);
	buf_clear(&base);
	buf_clear(&name);
	return rc;
}

int
strays_settle(struct strays *s, struct err *e)
{
	struct maildir_store *m = s->m;
	uint32_t all;
	size_t i;

	for (all = 0, i = 0; i < s->len; i++)
		all |= s->list[i].flags;
	if (maildir_keywords_assign(&m->words, all, NULL, e) != 0)
		return -1;
	for (i = 0; i < s->len; i++)
		if (step("maildir: stray", e) != 0 ||
		    stray_rename(m, &s->list[i], e) != 0)
			return -1;
	strays_forget(s);
	if (maildir_sync(m->md, MAILDIR_CUR, e) != 0)
		return -1;
	return m->md->sub[MAILDIR_NEW] < 0
		   ? 0
		   : maildir_sync(m->md, MAILDIR_NEW, e);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

/*
 * Files under new names that are known to come from another folder. A program
 * that knows dovecot-keywords has given them letters of this folder; one that
 * does not has kept the old ones. These were kept when they say just what the
 * message had, or when here one of them says nothing and there all do.
 */

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/store/maildir/store_maildir_private.h"
#include "maildir/maildir_scan.h"

/* How many of the letters a to z mean something; *all: how many there are. */
static size_t
count_known(
    struct maildir_keywords *k, const struct maildir_name *n, size_t *all)
{
	size_t i, known;

	for (*all = known = 0, i = 0; i < n->letters_len; i++) {
		if (n->letters[i] < 'a' || n->letters[i] > 'z')
			continue;
		++*all;
		known += maildir_keywords_flags(k, n->letters + i, 1) != 0;
	}
	return known;
}

static void
adopt_one(struct strays *s, const struct maildir_want *file,
    const struct store_origin *from, uint32_t *flags, struct store_result *r)
{
	struct maildir_keywords *here = &s->m->words, *there;
	struct maildir_name n;
	struct stray *one;
	uint32_t meant;
	size_t all, known;

	maildir_name_parse(file->file, s->m->md->infosep, &n);
	known = count_known(here, &n, &all);
	if (all == 0)
		return;
	if (known < all)
		r->outcome = STORE_FAILED;
	there = strays_words(s, from->folder);
	if (there == NULL || s->m->readonly)
		return;
	meant = maildir_keywords_flags(there, n.letters, n.letters_len);
	if (meant == maildir_keywords_flags(here, n.letters, n.letters_len))
		return;
	/* Letters that mean nothing there do not come from there. */
	if ((meant & ~FLAG_SYSTEM) == 0)
		return;
	if (((meant ^ from->flags) & ~FLAG_SYSTEM) != 0 &&
	    (known == all || count_known(there, &n, &all) != all))
		return;
	one = strays_note(s, file->sub, file->file, meant);
	one->now = flags;
	one->result = r;
}

/* A name that only the whole tells apart ("cur/<file>") is the file's. */
static int
find_files(struct maildir_store *m, const struct store_ref *refs,
    struct maildir_want *wants, size_t n, struct err *e)
{
	const char *name;
	bool steady;
	size_t i;

	for (i = 0; i < n; i++)
		wants[i].base = refs[i].name;
	if (maildir_find(m->md, wants, n, &steady, e) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		name = refs[i].name;
		if (strncmp(name, "cur/", 4) != 0 &&
		    strncmp(name, "new/", 4) != 0)
			continue;
		free(wants[i].file);
		wants[i].sub = name[0] == 'c' ? MAILDIR_CUR : MAILDIR_NEW;
		wants[i].file = xstrdup(name + 4);
	}
	return 0;
}

int
store_maildir_adopt(struct store *store, const struct store_ref *refs,
    const struct store_origin *from, size_t n, uint32_t *flags,
    struct store_result *results, struct err *e)
{
	struct strays s = { .m = (struct maildir_store *)store };
	struct maildir_want *wants;
	size_t i;
	int rc;

	wants = xcalloc(n, sizeof(*wants));
	rc = find_files(s.m, refs, wants, n, e);
	for (i = 0; rc == 0 && i < n; i++)
		if (wants[i].file != NULL && from[i].folder != NULL)
			adopt_one(
			    &s, &wants[i], &from[i], &flags[i], &results[i]);
	if (rc == 0 && s.err.scope != ERR_NONE)
		rc = err_move(e, &s.err);
	if (rc == 0 && s.len > 0)
		rc = strays_settle(&s, e);
	for (i = 0; i < n; i++)
		free(wants[i].file);
	free(wants);
	strays_clear(&s);
	return rc;
}

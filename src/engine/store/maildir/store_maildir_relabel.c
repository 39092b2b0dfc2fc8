/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes files that came from another folder files of this one. */
#include "config.h"

/*
 * The name gets this folder's letters and sum, so that the file is like any
 * other from then on; also where it has no letters yet, because those that it
 * gets later will be of this folder. It is done before anything else is made
 * of the file. If we die in between, the next scan goes on.
 */

#include <errno.h>

#include "base/step.h"
#include "engine/store/maildir/store_maildir_private.h"

/* A file that was renamed meanwhile is seen again by the next scan. */
static int
relabel_file(struct maildir_store *m, const struct foreign *f, struct err *e)
{
	struct buf unique = { 0 }, letters = { 0 }, base = { 0 }, name = { 0 };
	int dir = m->md->sub[f->sub], rc;
	struct maildir_name n;
	bool fresh;

	maildir_name_parse(f->file, m->md->infosep, &n);
	maildir_keywords_letters(&m->keywords, f->flags, n.letters,
	    f->added ? n.letters_len : 0, &letters);
	for (fresh = false;; fresh = true) {
		buf_reset(&base);
		buf_reset(&name);
		maildir_namer_make(&m->md->namer, &unique);
		maildir_name_bind(&base, fresh ? unique.data : NULL, n.base,
		    n.base_len, 0, m->md->fmd5);
		maildir_name_format(&name, base.data, base.len, m->md->infosep,
		    buf_str(&letters), n.extra);
		rc = maildir_rename(dir, f->file, dir, name.data);
		if (rc == 0 || errno == ENOENT || fresh ||
		    (errno != EEXIST && errno != ENAMETOOLONG))
			break;
	}
	if (rc != 0 && errno == ENOENT)
		rc = 0;
	if (rc != 0)
		err_errno(e, ERR_FOLDER, errno, "renaming %s", f->file);
	buf_clear(&unique);
	buf_clear(&letters);
	buf_clear(&base);
	buf_clear(&name);
	return rc;
}

int
relabel_files(struct maildir_store *m, const struct foreign *list, size_t n,
    uint32_t used, struct err *e)
{
	uint32_t all;
	size_t i;

	for (all = 0, i = 0; i < n; i++)
		all |= list[i].flags;
	if (maildir_keywords_assign(&m->keywords, all, &used, e) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (step("maildir: relabel", e) != 0 ||
		    relabel_file(m, &list[i], e) != 0)
			return -1;
	if (maildir_sync(m->md, MAILDIR_CUR, e) != 0)
		return -1;
	return m->md->sub[MAILDIR_NEW] < 0
		   ? 0
		   : maildir_sync(m->md, MAILDIR_NEW, e);
}

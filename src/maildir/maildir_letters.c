/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which letters stand in a folder's file names, and taking some out. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "maildir/maildir_letters.h"

static uint32_t
letters_of(const struct maildir *md, const struct maildir_name *n)
{
	const char *sum;

	sum = maildir_name_sum(n->base, n->base_len);
	if (sum != NULL && memcmp(sum, md->fmd5, 32) != 0)
		return 0;
	return maildir_name_keywords(n);
}

static int
rename_without(const struct maildir *md, enum maildir_sub sub, const char *file,
    const struct maildir_name *n, uint32_t letters, struct err *e)
{
	struct buf kept = { 0 }, name = { 0 };
	char c;
	size_t i;
	int rc;

	for (i = 0; i < n->letters_len; i++) {
		c = n->letters[i];
		if (c < 'a' || c > 'z' ||
		    (letters & MAILDIR_LETTER(c - 'a')) == 0)
			buf_putc(&kept, c);
	}
	maildir_name_format(
	    &name, n->base, n->base_len, md->infosep, buf_str(&kept), n->extra);
	rc = maildir_rename(md->sub[sub], file, md->sub[sub], name.data);
	if (rc != 0 && errno == ENOENT)
		rc = 0; /* somebody was faster */
	if (rc != 0)
		err_errno(e, ERR_FOLDER, errno, "renaming %s", file);
	buf_clear(&kept);
	buf_clear(&name);
	return rc;
}

/* Adds to *used the letters that are there, and takes out those of take. */
static int
look(const struct maildir *md, enum maildir_sub sub, uint32_t take,
    uint32_t *used, struct err *e)
{
	struct maildir_name n;
	struct dirent *d;
	uint32_t found;
	DIR *dir;
	int fd, rc;

	if (md->sub[sub] < 0)
		return 0;
	fd = openat(md->sub[sub], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		maildir_errno(md, sub, errno, "listing", e);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	rc = 0;
	while (rc == 0 && (errno = 0, d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		maildir_name_parse(d->d_name, md->infosep, &n);
		found = letters_of(md, &n);
		*used |= found;
		if ((found & take) != 0)
			rc = rename_without(
			    md, sub, d->d_name, &n, found & take, e);
	}
	if (rc == 0 && errno != 0)
		rc = maildir_errno(md, sub, errno, "listing", e);
	closedir(dir);
	return rc;
}

int
maildir_letters_used(const struct maildir *md, uint32_t *used, struct err *e)
{
	*used = 0;
	return look(md, MAILDIR_CUR, 0, used, e) != 0
		   ? -1
		   : look(md, MAILDIR_NEW, 0, used, e);
}

int
maildir_letters_remove(
    const struct maildir *md, uint32_t letters, struct err *e)
{
	uint32_t used;
	enum maildir_sub sub;

	for (sub = MAILDIR_CUR; sub <= MAILDIR_NEW; sub++) {
		used = 0;
		if (look(md, sub, letters, &used, e) != 0 ||
		    ((used & letters) != 0 && maildir_sync(md, sub, e) != 0))
			return -1;
	}
	return 0;
}

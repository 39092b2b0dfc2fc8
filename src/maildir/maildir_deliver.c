/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivers batches of messages: tmp, one barrier, rename. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "maildir/maildir_deliver.h"

/*
 * From so many messages on one sync of the file system is cheaper than one
 * for each file: measured on ext4, 500 messages of 12 kB need 11 ms instead
 * of 86; with 4 it is 0.5 ms to 0.9. For fewer it is not worth to wait for
 * what others have in the cache. (Starting the write-back early, with
 * sync_file_range, costs more at each file than it saves at the end.)
 */
#define SYNCFS_MIN 4

#define OUT_SIZE 65536 /* bytes written at once */
#define NAME_TRIES 20  /* against names that are there already */

enum form {
	FORM_LF,   /* CRLF becomes LF */
	FORM_SAME, /* kept as it came */
};

struct entry {
	char *base; /* also its name in tmp; NULL: not renamed, see why */
	char *letters;
	uint32_t uid;
	int fd; /* kept open in small batches; else -1 */
	bool renamed;
	struct err *why;
};

struct maildir_batch {
	struct maildir *md;
	struct entry *list;
	size_t len, cap;
	int fd; /* of the message that is being written; -1: none */
	int64_t date;
	enum form form;
	bool cr;	  /* a CR was seen; what follows decides */
	uint64_t written; /* bytes in the file */
	uint64_t lines;	  /* LFs in file and buffer, that were CRLF */
	char *out;
	size_t out_len;
};

struct maildir_batch *
maildir_batch_new(struct maildir *md)
{
	struct maildir_batch *b;

	b = xcalloc(1, sizeof(*b));
	b->md = maildir_ref(md);
	b->fd = -1;
	b->out = xmalloc(OUT_SIZE);
	return b;
}

static int
tmp_dir(const struct maildir_batch *b)
{
	return b->md->sub[MAILDIR_TMP];
}

static struct entry *
current(struct maildir_batch *b)
{
	return &b->list[b->len - 1];
}

/* Removes the entry's file; the entry stays, and tells why. */
static void
entry_drop(struct maildir_batch *b, struct entry *en, const struct err *why)
{
	if (en->fd >= 0)
		close(en->fd);
	en->fd = -1;
	if (en->base != NULL)
		unlinkat(tmp_dir(b), en->base, 0);
	free(en->base);
	en->base = NULL;
	if (en->why == NULL) {
		en->why = xcalloc(1, sizeof(*en->why));
		err_copy(en->why, why);
	}
}

static void
entry_free(struct entry *en)
{
	free(en->base);
	free(en->letters);
	if (en->why != NULL)
		err_clear(en->why);
	free(en->why);
}

/* Forgets the message that is being written. */
static int
fail(struct maildir_batch *b, struct err *e)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
	entry_drop(b, current(b), e);
	entry_free(current(b));
	b->len--;
	return -1;
}

static char *
make_base(struct maildir *md, uint32_t uid)
{
	struct buf unique = { 0 }, base = { 0 };

	maildir_namer_make(&md->namer, &unique);
	if (uid == 0)
		return buf_steal(&unique);
	maildir_name_bind(&base, unique.data, "", 0, uid, md->fmd5);
	buf_clear(&unique);
	return buf_steal(&base);
}

int
maildir_batch_begin(
    struct maildir_batch *b, const struct maildir_message *m, struct err *e)
{
	struct entry *en;
	int tries;

	b->list = xgrow(b->list, b->len, &b->cap, sizeof(*b->list));
	en = &b->list[b->len++];
	*en = (struct entry){
		.letters = xstrdup(m->letters), .uid = m->uid, .fd = -1
	};
	b->date = m->date;
	b->form = FORM_LF;
	b->cr = false;
	b->written = b->lines = b->out_len = 0;
	if (step("deliver: create", e) != 0)
		return fail(b, e);
	for (tries = 0; b->fd < 0 && tries < NAME_TRIES; tries++) {
		free(en->base);
		en->base = make_base(b->md, m->uid);
		b->fd = openat(tmp_dir(b), en->base,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (b->fd < 0 && errno != EEXIST)
			break;
	}
	if (b->fd >= 0)
		return 0;
	maildir_errno(b->md, MAILDIR_TMP, errno, "creating a file", e);
	free(en->base); /* not ours to unlink */
	en->base = NULL;
	return fail(b, e);
}

static int
write_at(int fd, const char *p, size_t len, uint64_t at)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n, at += (uint64_t)n) {
		n = pwrite(fd, p, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -1;
	}
	return 0;
}

static int
flush(struct maildir_batch *b, struct err *e)
{
	if (write_at(b->fd, b->out, b->out_len, b->written) != 0)
		return maildir_errno(
		    b->md, MAILDIR_TMP, errno, "writing a file", e);
	b->written += b->out_len;
	b->out_len = 0;
	return 0;
}

/* What was put last is in the buffer. */
static int
put(struct maildir_batch *b, const char *p, size_t len, struct err *e)
{
	size_t n;

	for (; len > 0; p += n, len -= n) {
		if (b->out_len == OUT_SIZE && flush(b, e) != 0)
			return -1;
		n = OUT_SIZE - b->out_len;
		if (n > len)
			n = len;
		memcpy(b->out + b->out_len, p, n);
		b->out_len += n;
	}
	return 0;
}

/*
 * Turns what was written back into what came: each LF into CRLF. From the end
 * to the beginning, within the file: what is written lies behind all that is
 * still to be read.
 */
static int
to_same_form(struct maildir_batch *b, struct err *e)
{
	char in[8192], out[2 * sizeof(in)];
	uint64_t end, begin, lines;
	size_t i, n, len;

	if (flush(b, e) != 0)
		return -1;
	lines = b->lines;
	for (end = b->written; lines > 0; end = begin) {
		n = end > sizeof(in) ? sizeof(in) : (size_t)end;
		begin = end - n;
		if (pread(b->fd, in, n, (off_t)begin) != (ssize_t)n)
			return maildir_errno(b->md, MAILDIR_TMP, errno,
			    "reading a file again", e);
		for (i = len = 0; i < n; i++) {
			if (in[i] == '\n') {
				out[len++] = '\r';
				lines--;
			}
			out[len++] = in[i];
		}
		if (write_at(b->fd, out, len, begin + lines) != 0)
			return maildir_errno(
			    b->md, MAILDIR_TMP, errno, "writing a file", e);
	}
	b->written += b->lines;
	b->form = FORM_SAME;
	return 0;
}

/* A line of len bytes, its CR included, the LF not. */
static int
put_line(struct maildir_batch *b, const char *p, size_t len, struct err *e)
{
	if (put(b, p, len, e) != 0)
		return -1;
	b->out[b->out_len - 1] = '\n'; /* was the CR */
	b->lines++;
	return 0;
}

/*
 * Writes as much of p as is lines in the right form; returns how much that
 * was. Less than len: what follows is a reason to keep the message as it is.
 */
static size_t
put_lines(
    struct maildir_batch *b, const char *p, size_t len, int *rc, struct err *e)
{
	const char *cr;
	size_t done = 0, n;

	if (b->cr && p[0] == '\n') {
		*rc = put_line(b, "\r", 1, e);
		b->cr = false;
		done = 1;
	} else if (b->cr) {
		return 0; /* a CR by itself */
	}
	for (; done < len && *rc == 0; done += n + 2) {
		cr = memchr(p + done, '\r', len - done);
		n = cr == NULL ? len - done : (size_t)(cr - p) - done;
		if (memchr(p + done, '\n', n) != NULL)
			return done;	     /* a LF by itself */
		b->cr = done + n + 1 == len; /* it may belong to a LF */
		if (cr == NULL || b->cr) {
			*rc = put(b, p + done, n, e);
			return len;
		}
		if (cr[1] != '\n')
			return done; /* a CR by itself */
		*rc = put_line(b, p + done, n + 1, e);
	}
	return done;
}

int
maildir_batch_data(
    struct maildir_batch *b, const void *data, size_t len, struct err *e)
{
	const char *p = data;
	size_t done;
	int rc;

	if (b->fd < 0)
		return err_set(e, ERR_FOLDER, "the message was dropped");
	rc = 0;
	done = 0;
	if (b->form == FORM_LF && len > 0) {
		if (memchr(p, '\0', len) == NULL)
			done = put_lines(b, p, len, &rc, e);
		if (rc == 0 && done < len) {
			rc = to_same_form(b, e);
			if (rc == 0 && b->cr)
				rc = put(b, "\r", 1, e);
			b->cr = false;
		}
	}
	if (rc == 0 && done < len)
		rc = put(b, p + done, len - done, e);
	return rc == 0 ? 0 : fail(b, e);
}

int
maildir_batch_end(struct maildir_batch *b, struct err *e)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = (time_t)b->date } };
	int fd;

	if (b->date == 0) /* not known: it is that of now */
		times[1].tv_nsec = UTIME_OMIT;
	if (b->fd < 0)
		return err_set(e, ERR_FOLDER, "the message was dropped");
	if (b->cr && (to_same_form(b, e) != 0 || put(b, "\r", 1, e) != 0))
		return fail(b, e);
	if (flush(b, e) != 0)
		return fail(b, e);
	/* A date that the file system cannot hold is no reason to refuse. */
	(void)futimens(b->fd, times);
	if (b->md->fsync && b->len < SYNCFS_MIN) {
		current(b)->fd = b->fd;
		b->fd = -1;
		return 0;
	}
	fd = b->fd;
	b->fd = -1;
	if (close(fd) != 0) {
		maildir_errno(b->md, MAILDIR_TMP, errno, "closing a file", e);
		return fail(b, e);
	}
	return 0;
}

void
maildir_batch_drop(struct maildir_batch *b)
{
	struct err e = ERR_INIT;

	if (b->fd < 0)
		return;
	err_set(&e, ERR_MESSAGE, "broke off");
	fail(b, &e);
	err_clear(&e);
}

/* Brings one file to the disk, unless it is there. */
static int
sync_file(
    const struct maildir_batch *b, struct entry *en, bool there, struct err *e)
{
	int fd, rc;

	fd = en->fd;
	en->fd = -1;
	rc = 0;
	if (!there && fd < 0)
		fd = openat(
		    tmp_dir(b), en->base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (!there && (fd < 0 || fsync(fd) != 0))
		rc = maildir_errno(b->md, MAILDIR_TMP, errno, "syncing", e);
	if (fd >= 0 && close(fd) != 0 && rc == 0)
		rc = maildir_errno(b->md, MAILDIR_TMP, errno, "closing", e);
	return rc;
}

/* Brings all files to the disk. */
static int
barrier(struct maildir_batch *b, struct err *e)
{
	bool there;
	size_t i;

	there = !b->md->fsync;
#ifdef HAVE_SYNCFS
	/* By a descriptor from before the writing: it sees each error since
	 * then. */
	if (!there && b->md->syncfs && b->len >= SYNCFS_MIN) {
		if (syncfs(tmp_dir(b)) != 0)
			return maildir_errno(
			    b->md, MAILDIR_TMP, errno, "syncing", e);
		there = true;
	}
#endif
	for (i = 0; i < b->len; i++)
		if (sync_file(b, &b->list[i], there, e) != 0)
			return -1;
	return 0;
}

/* Renames one file to where it is seen. */
static int
publish(struct maildir_batch *b, struct entry *en, struct err *e)
{
	struct buf name = { 0 };
	char *other;
	int rc, tries;
	enum maildir_sub sub;

	sub = en->letters[0] == '\0' ? MAILDIR_NEW : MAILDIR_CUR;
	rc = step("deliver: rename", e);
	if (rc != 0)
		return rc;
	for (tries = 0;; tries++) {
		buf_reset(&name);
		if (sub == MAILDIR_NEW)
			buf_puts(&name, en->base);
		else
			maildir_name_format(&name, en->base, strlen(en->base),
			    b->md->infosep, en->letters, "");
		rc = maildir_rename(
		    tmp_dir(b), en->base, b->md->sub[sub], name.data);
		if (rc == 0 || errno != EEXIST || tries == NAME_TRIES)
			break;
		other = make_base(b->md, en->uid);
		if (maildir_rename(tmp_dir(b), en->base, tmp_dir(b), other) ==
		    0) {
			free(en->base);
			en->base = other;
		} else {
			free(other);
		}
	}
	if (rc != 0)
		maildir_errno(b->md, sub, errno, "renaming from tmp", e);
	buf_clear(&name);
	return rc;
}

int
maildir_batch_commit(struct maildir_batch *b, maildir_batch_result *each,
    void *arg, bool *visible, struct err *e)
{
	bool touched[MAILDIR_SUBS] = { false };
	struct err why = ERR_INIT;
	struct entry *en;
	size_t i;

	*visible = false;
	maildir_batch_drop(b);
	if (step("deliver: barrier", e) != 0 || barrier(b, e) != 0)
		return -1;
	for (i = 0; i < b->len; i++) {
		en = &b->list[i];
		if (publish(b, en, &why) != 0) {
			if (maildir_is_whole(why.num))
				return err_move(e, &why);
			entry_drop(b, en, &why);
			err_clear(&why);
			continue;
		}
		en->renamed = *visible = true;
		touched[en->letters[0] == '\0' ? MAILDIR_NEW : MAILDIR_CUR] =
		    true;
	}
	if (step("deliver: directories", e) != 0 ||
	    (touched[MAILDIR_CUR] &&
		maildir_sync(b->md, MAILDIR_CUR, e) != 0) ||
	    (touched[MAILDIR_NEW] && maildir_sync(b->md, MAILDIR_NEW, e) != 0))
		return -1;
	for (i = 0; i < b->len; i++)
		each(arg, i, b->list[i].base, b->list[i].why);
	return 0;
}

void
maildir_batch_free(struct maildir_batch *b)
{
	struct err e = ERR_INIT;
	struct entry *en;
	size_t i;

	if (b == NULL)
		return;
	if (b->fd >= 0)
		close(b->fd);
	err_set(&e, ERR_MESSAGE, "thrown away");
	for (i = 0; i < b->len; i++) {
		en = &b->list[i];
		if (!en->renamed)
			entry_drop(b, en, &e);
		entry_free(en);
	}
	err_clear(&e);
	free(b->list);
	free(b->out);
	maildir_unref(b->md);
	free(b);
}

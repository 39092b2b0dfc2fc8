/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a file as IMAP carries it, with CRLF at line ends. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "maildir/maildir_read.h"

/* A file up to this size is read once, a bigger one twice. */
#define IN_SIZE 262144
#define OUT_SIZE 65536

enum form {
	FORM_UNKNOWN, /* within the header; so far its lines end in LF */
	FORM_LF,      /* a CR is missing where none is before a LF */
	FORM_SAME,    /* as it came: nothing is changed */
};

struct maildir_reader {
	int fd;
	enum form form;
	bool header_only;
	struct maildir_content content;
	char *in;
	size_t in_cap;
	size_t in_len; /* valid bytes, from offset in_at of the file */
	uint64_t in_at;
};

/* Takes the converted bytes. */
struct output {
	int (*data)(void *arg, const void *p, size_t len, struct err *e);
	void *arg;
	char *buf; /* NULL: only counts */
	size_t len;
	uint64_t size;
	uint64_t limit; /* no more than this may come */
	bool has_nul;
	bool stopped;
};

static int
flush(struct output *o, struct err *e)
{
	size_t len;

	len = o->len;
	o->len = 0;
	if (o->buf == NULL || len == 0)
		return 0;
	if (o->data(o->arg, o->buf, len, e) == 0)
		return 0;
	o->stopped = true;
	return -1;
}

static int
put(struct output *o, const char *p, size_t len, struct err *e)
{
	size_t n;

	o->size += len;
	if (o->size > o->limit)
		return err_set(
		    e, ERR_MESSAGE, "the file grew while it was read");
	if (o->buf == NULL) {
		if (!o->has_nul && len > 0)
			o->has_nul = memchr(p, '\0', len) != NULL;
		return 0;
	}
	for (; len > 0; p += n, len -= n) {
		n = OUT_SIZE - o->len;
		if (n > len)
			n = len;
		memcpy(o->buf + o->len, p, n);
		o->len += n;
		if (o->len == OUT_SIZE && flush(o, e) != 0)
			return -1;
	}
	return 0;
}

/* Fills the buffer with what is at offset at; in_len 0: the end. */
static int
fill(struct maildir_reader *r, uint64_t at, struct err *e)
{
	ssize_t n;

	if (r->in_len > 0 && r->in_at == at)
		return 0; /* small file, second pass */
	r->in_len = 0;
	r->in_at = at;
	do {
		n = pread(r->fd, r->in + r->in_len, r->in_cap - r->in_len,
		    (off_t)(at + r->in_len));
		if (n > 0)
			r->in_len += (size_t)n;
	} while ((n > 0 && r->in_len < r->in_cap) || (n < 0 && errno == EINTR));
	if (n < 0)
		return err_errno(e, ERR_MESSAGE, errno, "reading the file");
	return 0;
}

/* Where conversion stands between two buffers. */
struct lines {
	char last;	 /* the byte before; 0 at the start */
	uint64_t len;	 /* bytes of the line so far */
	uint64_t added;	 /* CRs, while the form was unknown */
	bool header_end; /* the empty line was passed, and no more is wanted */
	struct output *to;
};

/* A line of the header ended. */
static void
learn_form(struct maildir_reader *r, struct lines *l, bool crlf)
{
	if (crlf) {
		r->form = FORM_SAME;
		l->to->size -= l->added;
	} else if (l->len == 0) {
		r->form = FORM_LF;
	}
}

static int
put_line(struct maildir_reader *r, struct lines *l, const char *p, size_t n,
    bool lf, struct err *e)
{
	char last;

	last = n > 0 ? p[n - 1] : l->last;
	l->len += n;
	if (put(l->to, p, n, e) != 0)
		return -1;
	l->last = last;
	if (!lf)
		return 0;
	if (r->form == FORM_UNKNOWN)
		learn_form(r, l, last == '\r');
	if (r->form != FORM_SAME && last != '\r') {
		l->added += r->form == FORM_UNKNOWN;
		if (put(l->to, "\r", 1, e) != 0)
			return -1;
	}
	l->header_end = r->header_only && l->len == (last == '\r');
	l->len = 0;
	l->last = '\n';
	return put(l->to, "\n", 1, e);
}

static int
put_buffer(struct maildir_reader *r, struct lines *l, struct err *e)
{
	const char *p, *end, *lf;

	if (r->form == FORM_SAME && !r->header_only)
		return put(l->to, r->in, r->in_len, e);
	end = r->in + r->in_len;
	for (p = r->in; p < end && !l->header_end; p = lf + (lf < end)) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			lf = end;
		if (put_line(r, l, p, (size_t)(lf - p), lf < end, e) != 0)
			return -1;
	}
	return 0;
}

static int
convert(struct maildir_reader *r, struct output *o, struct err *e)
{
	struct lines l = { .to = o };
	uint64_t at;

	for (at = 0; !l.header_end; at += r->in_len) {
		if (fill(r, at, e) != 0)
			return -1;
		if (r->in_len == 0)
			break;
		if (put_buffer(r, &l, e) != 0)
			return -1;
		if (r->in_len < r->in_cap)
			break;
	}
	return flush(o, e);
}

int
maildir_reader_open_take(int fd, uint64_t known, bool header_only,
    struct maildir_reader **result, struct maildir_content *c, struct err *e)
{
	struct maildir_reader *r;
	struct output o = { .limit = UINT64_MAX };
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, ERR_MESSAGE, "not a regular file");
	}
	r = xcalloc(1, sizeof(*r));
	r->fd = fd;
	r->form = known == 0			  ? FORM_UNKNOWN
		  : known == (uint64_t)st.st_size ? FORM_SAME
						  : FORM_LF;
	r->header_only = header_only;
	r->in_cap = IN_SIZE;
	if (st.st_size < IN_SIZE) /* one more, to see the end */
		r->in_cap = (size_t)st.st_size + 1;
	r->in = xmalloc(r->in_cap);
	if (convert(r, &o, e) != 0) {
		maildir_reader_close(r);
		return -1;
	}
	if (r->form == FORM_UNKNOWN)
		r->form = FORM_LF;
	r->content.size = o.size;
	r->content.date = (int64_t)st.st_mtime;
	r->content.has_nul = o.has_nul;
	*c = r->content;
	*result = r;
	return 0;
}

int
maildir_reader_run(struct maildir_reader *r,
    int (*data)(void *arg, const void *p, size_t len, struct err *e), void *arg,
    bool *stopped, struct err *e)
{
	struct output o = {
		.data = data, .arg = arg, .limit = r->content.size
	};
	int rc;

	o.buf = xmalloc(OUT_SIZE);
	rc = convert(r, &o, e);
	*stopped = o.stopped;
	free(o.buf);
	if (rc == 0 && o.size != r->content.size)
		rc = err_set(
		    e, ERR_MESSAGE, "the file was changed while it was read");
	return rc;
}

void
maildir_reader_close(struct maildir_reader *r)
{
	if (r == NULL)
		return;
	close(r->fd);
	free(r->in);
	free(r);
}

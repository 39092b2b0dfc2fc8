/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins a file and what it includes into one text. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/settings/settings_private.h"

#define PIPE_SECONDS 5 /* for -c <(command) */
#define DEPTH_MAX 10   /* of @include: ends loops */

struct reader {
	struct draft *d;
	struct buf *text; /* the joined text */
	unsigned lines;	  /* in it, so far */
	unsigned depth;	  /* of the file being read */
	bool failed;	  /* the joined text is incomplete: stop */
	size_t total;	  /* bytes read from files */
};

/* A file on its way into the joined text. */
struct cursor {
	const char *file;
	const char *p;
	const char *end;
	unsigned line;
	bool exposed;
};

static int file_join(struct reader *r, const char *file, struct err *e);

const struct source *
settings_text_source(const struct draft *d, unsigned line)
{
	size_t i;

	for (i = d->sources_len; i > 0; i--)
		if (d->sources[i - 1].first <= line)
			return &d->sources[i - 1];
	return NULL;
}

static void
source_add(struct reader *r, const struct cursor *c)
{
	struct draft *d = r->d;
	struct source *s;

	d->sources = xgrow(
	    d->sources, d->sources_len, &d->sources_cap, sizeof(*d->sources));
	s = &d->sources[d->sources_len++];
	s->first = r->lines + 1;
	s->line = c->line;
	s->file = xstrdup(c->file);
	s->exposed = c->exposed;
}

static void
cursor_mistake(struct reader *r, const struct cursor *c, const char *text)
{
	char *where;

	where = xasprintf("%s:%u", c->file, c->line);
	settings_mistake(r->d, where, "%s", text);
	free(where);
}

static void
fail(struct reader *r, const struct cursor *c, const char *text)
{
	cursor_mistake(r, c, text);
	r->failed = true;
}

/* Moves n bytes over. */
static void
copy(struct reader *r, struct cursor *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (c->p[i] == '\n') {
			c->line++;
			r->lines++;
		}
	buf_append(r->text, c->p, n);
	c->p += n;
}

/* The length of the comment at c->p; 0 when there is none. */
static size_t
comment_len(const struct cursor *c)
{
	const char *p = c->p;
	size_t left = (size_t)(c->end - p);
	const char *stop;

	if (*p == '#' || (left > 1 && p[0] == '/' && p[1] == '/')) {
		stop = memchr(p, '\n', left);
		return stop == NULL ? left : (size_t)(stop - p);
	}
	if (left > 1 && p[0] == '/' && p[1] == '*') {
		stop = memmem(p + 2, left - 2, "*/", 2);
		return stop == NULL ? left : (size_t)(stop - p) + 2;
	}
	return 0;
}

/* The length of the string at c->p, its quotes included; 0: it has no end. */
static size_t
string_len(const struct cursor *c)
{
	const char *p;

	for (p = c->p + 1; p < c->end; p++) {
		if (*p == '"')
			return (size_t)(p - c->p) + 1;
		if (*p == '\\')
			p++;
	}
	return 0;
}

/* Behind a number: marks it when it needs more than 32 bits. */
static void
number_mark(struct reader *r, const struct cursor *c, const char *word)
{
	char *rest;
	int64_t value;

	errno = 0;
	value = strtoll(word, &rest, strncasecmp(word, "0x", 2) == 0 ? 16 : 10);
	/* A fraction, or what libconfig will not take for a number. */
	if (strspn(rest, "L") != strlen(rest))
		return;
	if (errno == ERANGE)
		fail(r, c, "this number is too large");
	else if ((value < INT32_MIN || value > INT32_MAX) && *rest == '\0')
		buf_putc(r->text, 'L');
}

/* Copies a name, a number, or a character that begins neither. */
static void
word_copy(struct reader *r, struct cursor *c)
{
	const char *begin = c->p;
	char word[40];
	size_t n = 0;

	while (begin + n < c->end && (isalnum((unsigned char)begin[n]) ||
					 strchr("_*.+-", begin[n]) != NULL))
		n++;
	copy(r, c, n == 0 ? 1 : n);
	if (n == 0 || strchr("+-0123456789", *begin) == NULL)
		return;
	if (n >= sizeof(word)) {
		fail(r, c, "this number is too long");
		return;
	}
	memcpy(word, begin, n);
	word[n] = '\0';
	number_mark(r, c, word);
}

/* The file that @include names, as a path; NULL after reporting a mistake. */
static char *
include_path(
    struct reader *r, const struct cursor *c, const char *quoted, size_t len)
{
	struct buf name = { 0 };
	struct err e = ERR_INIT;
	const char *slash;
	char *path = NULL;
	size_t i;

	for (i = 1; i + 1 < len; i++) {
		if (quoted[i] == '\\' && i + 2 < len)
			i++;
		buf_putc(&name, quoted[i]);
	}
	slash = strrchr(c->file, '/');
	if (strchr("/~$", buf_str(&name)[0]) == NULL) {
		path = xasprintf("%.*s%s",
		    slash == NULL ? 0 : (int)(slash - c->file) + 1, c->file,
		    buf_str(&name));
	} else if (name.len == 0 ||
		   (path = settings_path_expand(buf_str(&name), &e)) == NULL) {
		cursor_mistake(r, c,
		    name.len == 0 ? "@include has no name" : err_line(&e));
	}
	buf_clear(&name);
	err_clear(&e);
	return path;
}

/* Takes the line with @include at c->p, if it is one. */
static bool
include_take(struct reader *r, struct cursor *c)
{
	static const char word[] = "@include";
	struct cursor at = *c;
	struct err e = ERR_INIT;
	char *path;
	size_t n;

	if ((size_t)(c->end - c->p) < sizeof(word) ||
	    memcmp(c->p, word, sizeof(word) - 1) != 0)
		return false;
	at.p += sizeof(word) - 1;
	while (at.p < at.end && (*at.p == ' ' || *at.p == '\t'))
		at.p++;
	if (at.p == at.end || *at.p != '"' || (n = string_len(&at)) == 0)
		return false;
	path = include_path(r, c, at.p, n);
	c->p = at.p + n;
	if (path == NULL)
		r->failed = true;
	else if (r->depth >= DEPTH_MAX)
		fail(r, c, "files include each other too deeply");
	else if (file_join(r, path, &e) == -1)
		fail(r, c, err_line(&e));
	if (r->text->len > 0 && r->text->data[r->text->len - 1] != '\n') {
		buf_putc(r->text, '\n');
		r->lines++;
	}
	source_add(r, c);
	free(path);
	err_clear(&e);
	return true;
}

static void
cursor_join(struct reader *r, struct cursor *c)
{
	bool line_start = true;
	size_t n;

	while (c->p < c->end && !r->failed) {
		if (line_start && *c->p == '@' && include_take(r, c))
			continue;
		line_start = (line_start || *c->p == '\n') &&
			     isspace((unsigned char)*c->p);
		n = *c->p == '"' ? string_len(c) : comment_len(c);
		if (n > 0)
			copy(r, c, n);
		else if (*c->p != '"')
			word_copy(r, c);
		else
			fail(r, c, "the string that begins here has no end");
	}
}

/* A pipe without a writer must not block forever. */
static int
pipe_wait(int fd, int64_t deadline, struct err *e)
{
	struct pollfd p = { fd, POLLIN, 0 };
	int n;

	n = poll(&p, 1, clock_left(deadline));
	if (n == -1 && errno != EINTR)
		return err_errno(e, ERR_ALL, errno, "cannot read it");
	if (n == 0)
		return err_set(e, ERR_ALL,
		    "the pipe was not closed within %d seconds", PIPE_SECONDS);
	return 0;
}

/* Reads all of fd, up to the limit. */
static int
descriptor_read(
    struct reader *r, int fd, bool is_pipe, struct buf *raw, struct err *e)
{
	int64_t deadline = clock_ms() + PIPE_SECONDS * 1000;
	ssize_t n;

	do {
		if (is_pipe && pipe_wait(fd, deadline, e) == -1)
			return -1;
		n = read(fd, buf_reserve(raw, 16384), 16384);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return err_errno(e, ERR_ALL, errno, "cannot read it");
		if (n > 0) {
			raw->len += (size_t)n;
			r->total += (size_t)n;
		}
		if (r->total > SETTINGS_FILE_MAX)
			return err_set(e, ERR_ALL, "larger than %zu bytes",
			    SETTINGS_FILE_MAX);
	} while (n != 0);
	buf_append(raw, "", 0);
	if (memchr(buf_str(raw), '\0', raw->len) != NULL)
		return err_set(
		    e, ERR_ALL, "contains a NUL, so it is not a text file");
	return 0;
}

static int
file_read(struct reader *r, const char *file, struct buf *raw, bool *exposed,
    struct err *e)
{
	struct stat st;
	int fd, rc = -1;

	fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		err_errno(e, ERR_ALL, errno, "cannot open it");
	else if (S_ISDIR(st.st_mode))
		err_set(e, ERR_ALL, "is a directory");
	else if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		err_set(e, ERR_ALL, "is neither a file nor a pipe");
	else
		rc = descriptor_read(r, fd, S_ISFIFO(st.st_mode), raw, e);
	if (rc == 0 && S_ISREG(st.st_mode)) {
		*exposed = (st.st_mode & (S_IRGRP | S_IROTH)) != 0;
		if ((st.st_mode & S_IWOTH) != 0)
			settings_mistake(r->d, file,
			    "every user can write this "
			    "file, and so run commands as you; chmod o-w it");
	}
	if (fd != -1)
		close(fd);
	if (rc == -1)
		err_file(e, file);
	return rc;
}

static int
file_join(struct reader *r, const char *file, struct err *e)
{
	struct buf raw = { 0 };
	struct cursor c = { .file = file, .line = 1 };
	int rc;

	rc = file_read(r, file, &raw, &c.exposed, e);
	if (rc == 0) {
		c.p = buf_str(&raw);
		c.end = c.p + raw.len;
		r->depth++;
		source_add(r, &c);
		cursor_join(r, &c);
		r->depth--;
	}
	buf_wipe(&raw);
	return rc;
}

int
settings_text_read(
    struct draft *d, const char *file, struct buf *text, struct err *e)
{
	struct reader r = { .d = d, .text = text };

	if (file_join(&r, file, e) == -1)
		return -1;
	return r.failed
		   ? err_set(e, ERR_ALL, "%s was not read completely", file)
		   : 0;
}

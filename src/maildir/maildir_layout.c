/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folder names and the directories that they stand for. */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "maildir/maildir_layout.h"
#include "maildir/maildir_name.h"

/* Room for "/cur/" and a file name within PATH_MAX. */
#define PATH_LIMIT 3800

/* Components whose first character is escaped. */
static const struct {
	const char *word;
	bool prefix; /* and all that begin with it */
	bool sub;    /* a part of each Maildir, escaped in each layout; the
		      * others in a nested one only, where a folder's directory
		      * holds folders, too */
} reserved[] = {
	{ "cur", false, true },
	{ "new", false, true },
	{ "tmp", false, true },
	{ "dovecot-keywords", true, false }, /* .lock and .new, too */
	/* of other programs that may know the Maildir */
	{ "dovecot-uidlist", true, false },
	{ "courierimap", true, false },
	{ "maildirfolder", false, false },
	{ "maildirsize", false, false },
	{ "subscriptions", false, false },
};
#define RESERVED (sizeof(reserved) / sizeof(reserved[0]))

/* What is at the root of a Maildir++, behind the dot: the table of keyword
 * letters and its companions. */
#define TABLE_PREFIX "blinkmail-keywords"

/* In a Maildir++ this folder's directory would be the root's marker. */
#define MARKER_PLAIN "blinkmail"
#define MARKER_ESCAPED "%62linkmail"

char
maildir_layout_delimiter(enum maildir_layout layout)
{
	return layout == MAILDIR_NESTED ? '/' : '.';
}

static bool
is(const char *p, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(p, word, len) == 0;
}

/* Text that can be a name: UTF-8 without control characters. */
static bool
is_text(const char *p)
{
	size_t n, len;
	unsigned cp;

	for (len = strlen(p); len > 0; p += n, len -= n) {
		n = utf8_decode(p, len, &cp);
		if (n == 0 || cp < 0x20 || cp == 0x7f)
			return false;
	}
	return true;
}

static bool
begins(const char *p, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(p, word, n) == 0;
}

static bool
matches(size_t i, const char *p, size_t len)
{
	return reserved[i].prefix ? begins(p, len, reserved[i].word)
				  : is(p, len, reserved[i].word);
}

/* The component p is the name of a file that may stand in its place. first: it
 * is the folder's first. */
static bool
is_file(enum maildir_layout layout, bool first, const char *p, size_t len)
{
	size_t i;

	for (i = 0; layout == MAILDIR_NESTED && i < RESERVED; i++)
		if (!reserved[i].sub && matches(i, p, len))
			return true;
	return layout == MAILDIR_PLUSPLUS && first &&
	       begins(p, len, TABLE_PREFIX);
}

static bool
is_reserved(enum maildir_layout layout, bool first, const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < RESERVED; i++)
		if (reserved[i].sub && matches(i, p, len))
			return true;
	return is_file(layout, first, p, len);
}

static void
encode(enum maildir_layout layout, bool first, const char *p, size_t len,
    struct buf *out)
{
	size_t i = 0;

	if (is_reserved(layout, first, p, len)) {
		buf_printf(out, "%%%02X", (unsigned)(unsigned char)p[0]);
		i = 1;
	}
	for (; i < len; i++)
		if (p[i] == '.' && (i == 0 || layout != MAILDIR_NESTED))
			buf_puts(out, "%2E");
		else
			buf_putc(out, p[i]);
}

/* The character that the escape at p stands for; '\0' when there is none. */
static char
escaped(const char *p, size_t len)
{
	char digits[3];

	if (len < 3 || p[0] != '%' || !isxdigit((unsigned char)p[1]) ||
	    !isxdigit((unsigned char)p[2]))
		return '\0';
	memcpy(digits, p + 1, 2);
	digits[2] = '\0';
	return (char)strtoul(digits, NULL, 16);
}

/* The component, at p, is one whose first character encode() escaped. */
static bool
was_reserved(enum maildir_layout layout, bool first, const char *p, size_t len)
{
	struct buf plain = { 0 };
	bool yes;

	if (escaped(p, len) == '\0')
		return false;
	buf_putc(&plain, escaped(p, len));
	buf_append(&plain, p + 3, len - 3);
	yes = is_reserved(layout, first, plain.data, plain.len);
	buf_clear(&plain);
	return yes;
}

static void
decode(enum maildir_layout layout, bool first, const char *p, size_t len,
    struct buf *out)
{
	size_t i = 0;

	if (was_reserved(layout, first, p, len)) {
		buf_putc(out, escaped(p, len));
		i = 3;
	}
	for (; i < len; i++)
		if (len - i < 3 || p[i] != '%' ||
		    !isxdigit((unsigned char)p[i + 1]) ||
		    !isxdigit((unsigned char)p[i + 2])) {
			buf_putc(out, p[i]);
		} else if (memcmp(p + i, "%2E", 3) == 0 &&
			   (i == 0 || layout != MAILDIR_NESTED)) {
			buf_putc(out, '.');
			i += 2;
		} else { /* belongs to the name; "%252E" is no "%2E" */
			buf_append(out, p + i, 3);
			i += 2;
		}
}

/* The directory for a name; false when it is none. */
static bool
to_path(enum maildir_layout layout, const char *name, struct buf *out)
{
	size_t n, begin;
	bool first = true;

	if (layout == MAILDIR_PLUSPLUS && strcmp(name, "INBOX") == 0) {
		buf_putc(out, '.');
		return true;
	}
	if (layout == MAILDIR_PLUSPLUS)
		buf_putc(out, '.');
	if (layout == MAILDIR_PLUSPLUS && strcmp(name, MARKER_PLAIN) == 0)
		name = MARKER_ESCAPED;
	for (;; name += n + 1) {
		n = strcspn(name, "/");
		if (n == 0 || is(name, n, ".") || is(name, n, ".."))
			return false;
		begin = out->len;
		encode(layout, first, name, n, out);
		first = false;
		if (layout == MAILDIR_NESTED &&
		    out->len - begin > MAILDIR_NAME_MAX)
			return false;
		if (name[n] == '\0')
			break;
		buf_putc(out, maildir_layout_delimiter(layout));
	}
	return out->len <= PATH_LIMIT &&
	       (layout == MAILDIR_NESTED || out->len <= MAILDIR_NAME_MAX);
}

/* INBOX is INBOX in any case, as first component (RFC 9051 section 5.1). */
static bool
is_inbox(const char *name)
{
	return strncasecmp(name, "INBOX", 5) == 0 &&
	       (name[5] == '\0' || name[5] == '/');
}

static void
to_name(enum maildir_layout layout, const char *path, struct buf *out)
{
	const char stop[2] = { maildir_layout_delimiter(layout), '\0' };
	size_t n;
	bool first = true;

	if (layout == MAILDIR_PLUSPLUS && strcmp(path, ".") == 0) {
		buf_puts(out, "INBOX");
		return;
	}
	if (layout == MAILDIR_PLUSPLUS && path[0] == '.')
		path++;
	if (layout == MAILDIR_PLUSPLUS && strcmp(path, MARKER_ESCAPED) == 0)
		path = MARKER_PLAIN;
	for (;; path += n + 1) {
		n = strcspn(path, stop);
		decode(layout, first, path, n, out);
		first = false;
		if (path[n] == '\0')
			break;
		buf_putc(out, '/');
	}
	if (out->len > 0 && is_inbox(out->data))
		memcpy(out->data, "INBOX", 5);
}

/* Whether path is the directory back but for the case of its INBOX. */
static bool
same_path(enum maildir_layout layout, const char *name, const char *path,
    const char *back)
{
	if (strcmp(back, path) == 0)
		return true;
	return layout != MAILDIR_PLUSPLUS && is_inbox(name) &&
	       strncasecmp(back, path, 5) == 0 &&
	       strcmp(back + 5, path + 5) == 0;
}

int
maildir_layout_path(
    enum maildir_layout layout, const char *name, char **path, struct err *e)
{
	struct buf out = { 0 }, back = { 0 };
	int rc;

	rc = -1;
	if (!is_text(name)) {
		err_set(e, ERR_FOLDER, "%s: not a folder name", name);
	} else if (!to_path(layout, name, &out)) {
		err_set(e, ERR_FOLDER,
		    "%s: no valid directory name, or too long for one", name);
	} else {
		to_name(layout, out.data, &back);
		if (strcmp(buf_str(&back), name) != 0)
			err_set(e, ERR_FOLDER,
			    "%s: not a name in its only form", name);
		else
			rc = 0;
	}
	buf_clear(&back);
	if (rc == 0)
		*path = buf_steal(&out);
	buf_clear(&out);
	return rc;
}

int
maildir_layout_name(
    enum maildir_layout layout, const char *path, char **name, struct err *e)
{
	struct buf out = { 0 };
	char *back;

	back = NULL;
	if (!is_text(path)) {
		return err_file_set(
		    e, ERR_FOLDER, path, "the directory's name is not UTF-8");
	}
	to_name(layout, path, &out);
	if (maildir_layout_path(layout, buf_str(&out), &back, e) == 0 &&
	    same_path(layout, out.data, path, back)) {
		free(back);
		*name = buf_steal(&out);
		return 0;
	}
	free(back);
	buf_clear(&out);
	return err_file_set(
	    e, ERR_FOLDER, path, "not a folder's directory name");
}

char *
maildir_layout_instead(
    enum maildir_layout layout, const char *file, size_t depth)
{
	size_t dot = layout == MAILDIR_PLUSPLUS ? 1 : 0;
	const char *p = file + dot;

	if (!is_file(layout, depth == 0, p, strlen(p)))
		return NULL;
	return xasprintf("%.*s%%%02X%s", (int)dot, file,
	    (unsigned)(unsigned char)p[0], p + 1);
}

const char *
maildir_layout_native(enum maildir_layout layout, const char *path)
{
	if (layout != MAILDIR_PLUSPLUS)
		return path;
	return strcmp(path, ".") == 0 ? "INBOX" : path + 1;
}

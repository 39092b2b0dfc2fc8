/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folder names and the directories that they stand for. */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "maildir/maildir_layout.h"
#include "maildir/maildir_name.h"

/* Room for "/cur/" and a file name within PATH_MAX. */
#define PATH_LIMIT 3800

static const struct {
	const char *plain, *escaped;
} reserved[] = {
	{ "cur", "%63ur" },
	{ "new", "%6Eew" },
	{ "tmp", "%74mp" },
};
#define RESERVED (sizeof(reserved) / sizeof(reserved[0]))

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

static void
encode(enum maildir_layout layout, const char *p, size_t len, struct buf *out)
{
	size_t i;

	for (i = 0; i < RESERVED; i++)
		if (is(p, len, reserved[i].plain)) {
			buf_puts(out, reserved[i].escaped);
			return;
		}
	for (i = 0; i < len; i++)
		if (p[i] == '.' && (i == 0 || layout != MAILDIR_NESTED))
			buf_puts(out, "%2E");
		else
			buf_putc(out, p[i]);
}

static void
decode(enum maildir_layout layout, const char *p, size_t len, struct buf *out)
{
	size_t i;

	for (i = 0; i < RESERVED; i++)
		if (is(p, len, reserved[i].escaped)) {
			buf_puts(out, reserved[i].plain);
			return;
		}
	for (i = 0; i < len; i++)
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
		encode(layout, name, n, out);
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
		decode(layout, path, n, out);
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

const char *
maildir_layout_native(enum maildir_layout layout, const char *path)
{
	if (layout != MAILDIR_PLUSPLUS)
		return path;
	return strcmp(path, ".") == 0 ? "INBOX" : path + 1;
}

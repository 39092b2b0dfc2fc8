/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories that other programs named in modified UTF-7. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/imap_utf7.h"
#include "base/xalloc.h"
#include "maildir/maildir_utf7.h"

/* Appends what the component stands for; false when it is itself. */
static bool
decode(const char *p, size_t n, struct buf *out)
{
	struct buf text = { 0 };
	bool other;

	other = memchr(p, '&', n) != NULL && imap_utf7_decode(p, n, &text) &&
		(text.len != n || memcmp(buf_str(&text), p, n) != 0);
	if (other)
		buf_append(out, buf_str(&text), text.len);
	buf_clear(&text);
	return other;
}

char *
maildir_utf7_decode(const char *path)
{
	struct buf out = { 0 };
	bool any = false;
	size_t n;

	for (;; path += n + 1) {
		n = strcspn(path, "/");
		if (decode(path, n, &out))
			any = true;
		else
			buf_append(&out, path, n);
		if (path[n] == '\0')
			break;
		buf_putc(&out, '/');
	}
	if (any)
		return buf_steal(&out);
	buf_clear(&out);
	return NULL;
}

static bool
is_there(int root, const char *path)
{
	struct stat st;

	return fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* True when the directory that out has, and this component in it, are there. */
static bool
has(int root, const struct buf *out, const struct buf *name)
{
	struct buf path = { 0 };
	bool yes;

	buf_append(&path, buf_str(out), out->len);
	buf_append(&path, buf_str(name), name->len);
	yes = is_there(root, buf_str(&path));
	buf_clear(&path);
	return yes;
}

/* Appends the component as it is called below the directory that out has. */
static void
append(int root, const char *p, size_t n, struct buf *out)
{
	struct buf plain = { 0 }, coded = { 0 }, other = { 0 };
	bool is_other, can = imap_utf7_encode(p, n, &coded);

	buf_append(&plain, p, n);
	is_other = decode(p, n, &other);
	if (can &&
	    (is_other || (!has(root, out, &plain) && has(root, out, &coded))))
		buf_append(out, buf_str(&coded), coded.len);
	else
		buf_append(out, p, n);
	buf_clear(&other);
	buf_clear(&coded);
	buf_clear(&plain);
}

/* It is the same in modified UTF-7. */
static bool
is_simple(const char *path)
{
	for (; *path != '\0'; path++)
		if (*path == '&' || (unsigned char)*path >= 0x80)
			return false;
	return true;
}

void
maildir_utf7_find(int root, char **path)
{
	struct buf out = { 0 };
	const char *p = *path;
	size_t n;

	if (is_simple(p))
		return;
	for (;; p += n + 1) {
		n = strcspn(p, "/");
		append(root, p, n, &out);
		if (p[n] == '\0')
			break;
		buf_putc(&out, '/');
	}
	free(*path);
	*path = buf_steal(&out);
}

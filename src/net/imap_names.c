/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mailboxes whose name on the wire is not canonical. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "net/imap_names.h"
#include "base/imap_utf7.h"

void
imap_names_clear(struct imap_names *names)
{
	size_t i;

	for (i = 0; i < names->len; i++) {
		free(names->list[i].name);
		free(names->list[i].wire);
	}
	free(names->list);
	*names = (struct imap_names){ 0 };
}

void
imap_names_add(struct imap_names *names, const char *name, const char *wire)
{
	names->list =
	    xgrow(names->list, names->len, &names->cap, sizeof(*names->list));
	names->list[names->len++] =
	    (struct imap_name){ xstrdup(name), xstrdup(wire) };
}

const char *
imap_names_wire(const struct imap_names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->len; i++)
		if (strcmp(names->list[i].name, name) == 0)
			return names->list[i].wire;
	return NULL;
}

/* What a run between & and - may stand for in a name. */
static bool
may_stand(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f ||
		    strchr("/.\\", text[i]) != NULL)
			return false;
	return len > 0;
}

/* The length of the run at p, its & and - included, of which out gets the text;
 * 0: it is not one. */
static size_t
decode_run(const char *p, size_t len, struct buf *out)
{
	const char *end = memchr(p, '-', len);
	struct buf text = { 0 };
	size_t n;

	if (end == NULL)
		return 0;
	n = (size_t)(end - p);
	if (n == 1)
		buf_putc(&text, '&');
	else if (!imap_utf7_decode_run(p + 1, n - 1, &text) ||
		 !may_stand(buf_str(&text), text.len))
		n = 0;
	if (n > 0)
		buf_append(out, buf_str(&text), text.len);
	buf_clear(&text);
	return n > 0 ? n + 1 : 0;
}

/* Whatever can be read is. */
static void
decode_loosely(const char *wire, size_t len, struct buf *out)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = wire[i] == '&' ? decode_run(wire + i, len - i, out) : 0;
		if (n > 0)
			continue;
		buf_putc(out, wire[i]);
		n = 1;
	}
}

static bool
is_text(const char *wire, size_t len)
{
	unsigned cp;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = utf8_decode(wire + i, len - i, &cp);
		if (n == 0 || cp < 0x20 || cp == 0x7f)
			return false;
	}
	return true;
}

char *
imap_names_decode(const char *wire, size_t len, bool utf8, bool *canonical)
{
	struct buf name = { 0 };

	*canonical = true;
	if (utf8)
		return utf8_is_valid(wire, len) ? xstrndup(wire, len) : NULL;
	if (imap_utf7_decode(wire, len, &name))
		return buf_steal(&name);
	buf_reset(&name);
	*canonical = false;
	if (is_text(wire, len))
		decode_loosely(wire, len, &name);
	if (utf8_is_valid(buf_str(&name), name.len) && name.len > 0)
		return buf_steal(&name);
	buf_clear(&name);
	return NULL;
}

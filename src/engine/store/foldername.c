/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Canonical folder names, and the way back to a store's own. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "engine/store/foldername.h"

/* Longer than any server's limit; what a hostile one sends stays small. */
#define NAME_MAX_LEN 5000

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool
is_escape(const char *s, size_t len)
{
	return len >= 3 && s[0] == '%' && hex_value(s[1]) >= 0 &&
	       hex_value(s[2]) >= 0;
}

/* One character of n bytes at s, of which len remain in the component. */
static void
put_escaped(struct buf *out, const char *s, size_t n, size_t len, unsigned cp)
{
	bool control = cp < 0x20 || (cp >= 0x7f && cp < 0xa0);

	if (!control && cp != '/' && !is_escape(s, len)) {
		buf_append(out, s, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%%%02X", (unsigned)(unsigned char)s[i]);
}

static int
put_component(struct buf *out, const char *s, size_t len, struct err *e)
{
	unsigned cp;
	size_t n;

	if (len == 0)
		return err_set(e, ERR_FOLDER, "the name has an empty part");
	if (s[0] == '.' && (len == 1 || (len == 2 && s[1] == '.')))
		return err_set(
		    e, ERR_FOLDER, "the name has a part \"%.*s\"", (int)len, s);
	if (out->len == 0 && len == 5 && strncasecmp(s, "INBOX", 5) == 0) {
		buf_puts(out, "INBOX");
		return 0;
	}
	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(s + i, len - i, &cp);
		if (n == 0)
			return err_set(
			    e, ERR_FOLDER, "the name is not valid UTF-8");
		if (cp == 0)
			return err_set(e, ERR_FOLDER, "has a NUL in its name");
		put_escaped(out, s + i, n, len - i, cp);
	}
	return 0;
}

int
foldername_canonical(const char *native, size_t len, char delimiter,
    char **canonical, struct err *e)
{
	struct buf out = { 0 };
	size_t begin = 0;

	if (len == 0)
		return err_set(e, ERR_FOLDER, "has no name");
	if (len > NAME_MAX_LEN)
		return err_set(e, ERR_FOLDER, "the name has %zu bytes", len);
	for (size_t i = 0; i <= len; i++) {
		if (i < len && (delimiter == 0 || native[i] != delimiter))
			continue;
		if (begin > 0)
			buf_putc(&out, '/');
		if (put_component(&out, native + begin, i - begin, e) == -1) {
			buf_clear(&out);
			return -1;
		}
		begin = i + 1;
	}
	*canonical = buf_steal(&out);
	return 0;
}

char *
foldername_native(const char *canonical, char delimiter)
{
	struct buf out = { 0 };
	size_t left = strlen(canonical);
	const char *s = canonical;
	bool joint, escape;
	size_t n;
	char c;

	for (; left > 0; s += n, left -= n) {
		escape = is_escape(s, left);
		n = escape ? 3 : 1;
		c = escape ? (char)(hex_value(s[1]) * 16 + hex_value(s[2]))
			   : s[0];
		joint = !escape && c == '/';
		if (joint)
			c = delimiter;
		if (c == 0 || (!joint && c == delimiter)) {
			buf_clear(&out);
			return NULL;
		}
		buf_putc(&out, c);
	}
	return buf_steal(&out);
}

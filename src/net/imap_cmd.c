/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds the bytes of a command. */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "net/imap_cmd.h"
#include "net/imap_date.h"
#include "base/imap_utf7.h"

void
imap_cmd_start(struct imap_cmd *c, const char *tag)
{
	if (c->secret)
		buf_wipe(&c->bytes);
	buf_reset(&c->bytes);
	c->sync_len = 0;
	c->secret = false;
	buf_puts(&c->bytes, tag);
}

void
imap_cmd_clear(struct imap_cmd *c)
{
	buf_wipe(&c->bytes);
	c->sync_len = 0;
}

void
imap_cmd_atoms(struct imap_cmd *c, const char *words)
{
	buf_putc(&c->bytes, ' ');
	buf_puts(&c->bytes, words);
}

/* What a quoted string may hold: no NUL, CR, LF; 8-bit only as UTF-8. */
static bool
can_quote(const char *text, size_t len, bool utf8)
{
	unsigned cp;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &cp);
		if (n == 0 || cp < 0x20 || cp == 0x7f || (n > 1 && !utf8))
			return false;
	}
	return len <= 1000;
}

static void
put_quoted(struct imap_cmd *c, const char *text, size_t len)
{
	size_t i;

	buf_puts(&c->bytes, " \"");
	for (i = 0; i < len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			buf_putc(&c->bytes, '\\');
		buf_putc(&c->bytes, text[i]);
	}
	buf_putc(&c->bytes, '"');
}

void
imap_cmd_string(struct imap_cmd *c, const char *text, size_t len)
{
	if (can_quote(text, len, c->utf8)) {
		put_quoted(c, text, len);
	} else {
		imap_cmd_literal(c, len, false);
		buf_append(&c->bytes, text, len);
	}
}

void
imap_cmd_wire(struct imap_cmd *c, const char *wire)
{
	if (can_quote(wire, strlen(wire), true))
		put_quoted(c, wire, strlen(wire));
	else
		imap_cmd_string(c, wire, strlen(wire));
}

bool
imap_cmd_mailbox(struct imap_cmd *c, const char *name)
{
	struct buf b = { 0 };
	const char *p, *wire;
	unsigned cp;
	size_t n;
	bool ok;

	if (c->names != NULL && (wire = imap_names_wire(c->names, name))) {
		imap_cmd_wire(c, wire);
		return true;
	}
	ok = *name != '\0';
	if (c->utf8) {
		for (p = name; ok && *p != '\0'; p += n) {
			n = utf8_decode(p, strlen(p), &cp);
			ok = n > 0;
		}
		buf_puts(&b, name);
	} else {
		ok = ok && imap_utf7_encode(name, strlen(name), &b);
	}
	if (ok)
		imap_cmd_string(c, buf_str(&b), b.len);
	buf_clear(&b);
	return ok;
}

void
imap_cmd_set(struct imap_cmd *c, const struct uidset *set)
{
	buf_putc(&c->bytes, ' ');
	uidset_format(set, &c->bytes);
}

/* RFC 9051 section 9: flag-keyword is an atom; a system flag is ours. */
static bool
is_flag(const char *name)
{
	const char *p;

	for (p = *name == '\\' ? name + 1 : name; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("(){%*\"\\]", *p) != NULL)
			return false;
	return p > name;
}

void
imap_cmd_flags(struct imap_cmd *c, uint32_t flags, const struct keywords *k)
{
	const char *name, *before;
	unsigned bit;

	before = " (";
	for (bit = 0; bit < 32; bit++) {
		if ((flags >> bit & 1) == 0)
			continue;
		name = keywords_name(k, UINT32_C(1) << bit);
		if (name == NULL || !is_flag(name))
			continue;
		buf_puts(&c->bytes, before);
		buf_puts(&c->bytes, name);
		before = " ";
	}
	buf_puts(&c->bytes, *before == ' ' && before[1] == '(' ? " ()" : ")");
}

void
imap_cmd_date(struct imap_cmd *c, int64_t seconds, int zone)
{
	char date[IMAP_DATE_LEN];

	imap_date_format(seconds, zone, date);
	put_quoted(c, date, strlen(date));
}

static void
put_literal(struct imap_cmd *c, uint64_t size, const char *before)
{
	bool plus;

	plus = c->nonsync > 0 && size <= c->nonsync;
	buf_printf(&c->bytes, " %s{%llu%s}\r\n", before,
	    (unsigned long long)size, plus ? "+" : "");
	if (!plus) {
		assert(c->sync_len < IMAP_SYNCS);
		c->sync[c->sync_len++] = c->bytes.len;
	}
}

void
imap_cmd_literal(struct imap_cmd *c, uint64_t size, bool binary)
{
	put_literal(c, size, binary ? "~" : "");
}

void
imap_cmd_utf8_literal(struct imap_cmd *c, uint64_t size)
{
	put_literal(c, size, "UTF8 (~");
}

void
imap_cmd_end(struct imap_cmd *c)
{
	buf_puts(&c->bytes, "\r\n");
}

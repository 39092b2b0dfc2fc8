/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of a message without what other programs change in it. */
#include "config.h"

#include <string.h>
#include <strings.h>
#include <nettle/sha2.h>

#include "base/digest.h"
#include "engine/sync/content.h"
#include "engine/sync/kin.h"

/* Fields that are added, changed or taken out on a message's way from a server
 * to a file, and back. */
static const char *const added[] = {
	"X-TUID",	 /* mbsync */
	"X-OfflineIMAP", /* until version 7 */
	"X-getmail-retrieved-from-mailbox", "X-IMAP",
	"X-IMAPbase", /* the c-client, in its first message */
	"X-UID", "X-UIDL", "X-Keywords", "Status", "X-Status", "X-Mozilla-Keys",
	"X-Mozilla-Status", "X-Mozilla-Status2", "Content-Length", "Lines",
	"Return-Path", "Delivered-To", "X-Delivered-To", "Envelope-To",
	"X-Envelope-To", "X-Original-To", "Received" /* each delivery */
};
#define ADDED (sizeof(added) / sizeof(added[0]))

struct reading {
	struct kin *out;
	struct kin *now;
	enum store_part part;
	struct buf header;
	bool in_body;
	bool line_begins; /* in the header or in the body */
	bool line_is_cr;  /* the line so far is a CR; in the header */
	unsigned char start[STORE_START_BYTES];
	size_t start_len;
	struct sha256_ctx body, all;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes the white space out. */
static void
squeeze(struct buf *b)
{
	size_t i, n;

	for (n = 0, i = 0; i < b->len; i++)
		if (!is_blank(b->data[i]))
			b->data[n++] = b->data[i];
	b->len = n;
}

static uint64_t
key_of(const struct buf *b)
{
	uint64_t key = digest_key(buf_str(b), b->len);

	return b->len == 0 ? 0 : key != 0 ? key : 1;
}

static uint64_t
fields_key(const struct buf *header)
{
	static const char *const names[] = { "From", "Date", "Subject" };
	struct buf all = { 0 }, one = { 0 };
	uint64_t key;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_reset(&one);
		if (!content_field(header, names[i], &one))
			continue;
		squeeze(&one);
		buf_puts(&all, names[i]);
		buf_putc(&all, ':');
		buf_append(&all, buf_str(&one), one.len);
		buf_putc(&all, '\n');
	}
	key = key_of(&all);
	buf_clear(&one);
	buf_clear(&all);
	return key;
}

static uint64_t
name_key(const struct buf *header)
{
	struct buf id = { 0 };
	uint64_t key = 0;

	if (content_field(header, "Message-ID", &id)) {
		squeeze(&id);
		key = key_of(&id);
	}
	buf_clear(&id);
	return key;
}

static bool
is_added(const char *line, size_t len)
{
	size_t i, n;

	for (i = 0; i < ADDED; i++) {
		n = strlen(added[i]);
		if (len > n && line[n] == ':' &&
		    strncasecmp(line, added[i], n) == 0)
			return true;
	}
	/* of an mbox */
	return (len >= 5 && memcmp(line, "From ", 5) == 0) ||
	       (len >= 6 && memcmp(line, ">From ", 6) == 0);
}

static uint64_t
header_key(const struct buf *header)
{
	const char *p = buf_str(header), *last = p + header->len, *end;
	struct buf rest = { 0 };
	bool skip = false;
	uint64_t key;

	for (; p < last; p = end) {
		end = memchr(p, '\n', (size_t)(last - p));
		end = end != NULL ? end + 1 : last;
		if (*p != ' ' && *p != '\t')
			skip = is_added(p, (size_t)(end - p));
		if (!skip)
			buf_append(&rest, p, (size_t)(end - p));
	}
	squeeze(&rest);
	key = key_of(&rest);
	buf_clear(&rest);
	return key;
}

static int
reading_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct reading *r = arg;

	(void)e;
	r->now = &r->out[m->index];
	r->now->told = m->told;
	r->now->date = m->date;
	r->now->flags = m->flags;
	buf_reset(&r->header);
	r->in_body = false;
	r->line_begins = true;
	r->line_is_cr = false;
	r->start_len = 0;
	sha256_init(&r->body);
	sha256_init(&r->all);
	return 0;
}

/* Returns how much of it belongs to the header, its empty line included. */
static size_t
header_take(struct reading *r, const char *p, size_t len)
{
	size_t i, room;

	for (i = 0; i < len && !r->in_body; i++) {
		r->in_body = p[i] == '\n' && (r->line_begins || r->line_is_cr);
		r->line_is_cr = r->line_begins && p[i] == '\r';
		r->line_begins = p[i] == '\n';
	}
	room = CONTENT_HEADER_MAX - r->header.len;
	buf_append(&r->header, p, i < room ? i : room);
	r->now->header_len += (uint32_t)i;
	return i;
}

/* Without white space, and without what stands before a line that is quoted, or
 * that begins like the first line of a message in an mbox. */
static void
body_digest(struct reading *r, const char *p, size_t len)
{
	unsigned char out[1024];
	size_t n;

	for (n = 0; len > 0; p++, len--) {
		if (*p == '\n')
			r->line_begins = true;
		if (is_blank(*p) || (r->line_begins && *p == '>'))
			continue;
		r->line_begins = false;
		out[n++] = (unsigned char)*p;
		if (n == sizeof(out)) {
			sha256_update(&r->body, n, out);
			n = 0;
		}
	}
	sha256_update(&r->body, n, out);
}

static void
body_take(struct reading *r, const char *p, size_t len)
{
	size_t room = STORE_START_BYTES - r->start_len;

	r->now->body_len += len;
	body_digest(r, p, len);
	if (len > room)
		len = room;
	memcpy(r->start + r->start_len, p, len);
	r->start_len += len;
}

static int
reading_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct reading *r = arg;
	size_t n = 0;

	(void)e;
	sha256_update(&r->all, len, data);
	if (!r->in_body) {
		n = header_take(r, data, len);
		if (r->in_body)
			r->line_begins = true;
	}
	if (r->in_body && n < len)
		body_take(r, (const char *)data + n, len - n);
	return 0;
}

static int
reading_end(void *arg, struct err *e)
{
	struct reading *r = arg;
	struct kin *k = r->now;

	(void)e;
	k->fields = fields_key(&r->header);
	k->header = header_key(&r->header);
	k->key = name_key(&r->header);
	if (k->key == 0)
		k->key = k->header;
	k->start = digest_key(r->start, r->start_len);
	sha256_digest(&r->body, sizeof(k->body), k->body);
	sha256_digest(&r->all, sizeof(k->exact), (uint8_t *)&k->exact);
	k->whole = r->part == STORE_WHOLE;
	k->valid = true;
	return 0;
}

static void
reading_abort(void *arg)
{
	(void)arg;
}

static void
reading_missing(void *arg, size_t index, const struct err *why)
{
	(void)arg, (void)index, (void)why;
}

int
kin_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, struct kin *out, struct err *e)
{
	struct reading r = { .out = out, .part = part };
	struct store_sink sink = { &r, reading_begin, reading_data, reading_end,
		reading_abort, reading_missing };
	int ret;

	memset(out, 0, n * sizeof(*out));
	if (n == 0)
		return 0;
	ret = store_told(s, s->ops->read(s, refs, n, part, &sink, e), e);
	buf_clear(&r.header);
	return ret;
}

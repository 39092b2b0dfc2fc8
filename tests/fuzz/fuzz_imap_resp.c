/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Responses from bytes. The first byte says in pieces of which size they
 * come; what is read must be the same as from one piece.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "fuzz.h"
#include "net/imap_resp.h"

struct feed {
	const uint8_t *data;
	size_t len, chunk;
};

/* All that was read, in few bytes. */
struct trace {
	struct digester digester;
	uint64_t left; /* of the body that passes */
	bool open;
};

static void
note(struct trace *t, const void *data, size_t len)
{
	digester_update(&t->digester, &len, sizeof(len));
	digester_update(&t->digester, data, len);
}

static ssize_t
fill(void *arg, void *data, size_t size, struct err *e)
{
	struct feed *f = arg;

	(void)e;
	size = size < f->len ? size : f->len;
	size = size < f->chunk ? size : f->chunk;
	memcpy(data, f->data, size);
	f->data += size;
	f->len -= size;
	return (ssize_t)size;
}

static int
body_begin(void *arg, const struct imap_fetch *f, uint64_t size, struct err *e)
{
	struct trace *t = arg;

	(void)e;
	assert(!t->open);
	t->open = true;
	t->left = size;
	note(t, &f->have, sizeof(f->have));
	note(t, &size, sizeof(size));
	return 0;
}

static int
body_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct trace *t = arg;

	(void)e;
	assert(t->open && len > 0 && len <= t->left);
	t->left -= len;
	digester_update(&t->digester, data, len);
	return 0;
}

static int
body_end(void *arg, struct err *e)
{
	struct trace *t = arg;

	(void)e;
	assert(t->open && t->left == 0);
	t->open = false;
	return 0;
}

static uint64_t
uids_in(const struct uidset *s)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < s->len; i++)
		n += (uint64_t)s->ranges[i].last - s->ranges[i].first + 1;
	return n;
}

static void
note_set(struct trace *t, const struct imap_set *set)
{
	struct uidset uids = { 0 };

	note(t, &set->len, sizeof(set->len));
	imap_set_to_uidset(set, &uids);
	assert(uids_in(&uids) <= imap_set_count(set));
	if (uids.len > 0)
		note(t, uids.ranges, uids.len * sizeof(*uids.ranges));
	uidset_clear(&uids);
}

static void
note_response(struct trace *t, const struct imap_resp *r)
{
	size_t i;

	note(t, &r->type, sizeof(r->type));
	note(t, r->bad.scope != ERR_NONE ? err_text(&r->bad) : "", 1);
	if (r->type == RESP_TAGGED || r->type == RESP_UNTAGGED) {
		note(t, &r->code.type, sizeof(r->code.type));
		note_set(t, &r->code.from);
		note_set(t, &r->code.to);
		note(t, buf_str(&r->text), r->text.len);
	}
	if (r->type == RESP_LIST || r->type == RESP_STATUS)
		note(t, buf_str(&r->name), r->name.len);
	if (r->type == RESP_SEARCH || r->type == RESP_VANISHED)
		note_set(t, &r->set);
	assert(r->atoms.len <= IMAP_ATOMS_MAX);
	for (i = 0; i < r->atoms.len; i++)
		note(t, r->atoms.list[i], strlen(r->atoms.list[i]));
	if (r->type == RESP_FETCH) {
		note(t, &r->fetch.have, sizeof(r->fetch.have));
		note(t, &r->fetch.uid, sizeof(r->fetch.uid));
		assert((r->fetch.have & FETCH_UID) == 0 || r->fetch.uid != 0);
	}
}

static void
parse(const uint8_t *data, size_t size, size_t chunk, struct digest *out)
{
	struct feed f = { data, size, chunk };
	struct trace t = { .open = false };
	const struct imap_body body = { &t, body_begin, body_data, body_end };
	struct keywords keywords = { { NULL } };
	struct imap_parser p = { .keywords = &keywords, .body = &body };
	struct imap_resp r = { 0 };
	struct err e = ERR_INIT;

	digester_init(&t.digester);
	imap_lex_init(&p.lex, fill, &f);
	while (imap_resp_read(&p, &r, &e) == 0) {
		assert(!t.open);
		note_response(&t, &r);
	}
	assert(e.scope == ERR_SESSION && err_text(&e)[0] != '\0');
	note(&t, err_text(&e), strlen(err_text(&e)));
	digester_final(&t.digester, out);
	imap_resp_clear(&r);
	imap_lex_clear(&p.lex);
	keywords_clear(&keywords);
	err_clear(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest pieces, whole;

	if (size == 0)
		return 0;
	parse(data + 1, size - 1, 1 + (size_t)data[0] % 64, &pieces);
	parse(data + 1, size - 1, size, &whole);
	assert(digest_equal(&pieces, &whole));
	return 0;
}

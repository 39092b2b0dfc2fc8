/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads FETCH responses. */
#include "config.h"

#include "net/imap_date.h"
#include "net/imap_resp_private.h"

static int
bad_value(struct imap_resp *r, const char *what)
{
	struct imap_fetch *f = &r->fetch;

	if (r->bad.scope == ERR_NONE)
		err_set(&r->bad, ERR_FOLDER,
		    "invalid data from the server: message %u (UID %u) has an "
		    "invalid %s",
		    f->seq, f->uid, what);
	return 0;
}

static int
unexpected(struct err *e, const char *what)
{
	return err_set(e, ERR_SESSION,
	    "the server does not speak IMAP: FETCH without %s", what);
}

static int
parse_number(
    struct imap_parser *p, struct err *e, uint64_t max, uint64_t *n, bool *ok)
{
	if (imap_lex_next(&p->lex, e) == -1)
		return -1;
	if (p->lex.type != IMAP_ATOM)
		return unexpected(e, "a number");
	*ok = imap_lex_number(&p->lex, max, n);
	return 0;
}

static int
parse_uid(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	uint64_t n;
	bool ok = false;

	if (parse_number(p, e, UINT32_MAX, &n, &ok) == -1)
		return -1;
	if (!ok || n == 0)
		return bad_value(r, "UID");
	if ((r->fetch.have & FETCH_UID) != 0 && r->fetch.uid != n)
		return bad_value(r, "second UID");
	r->fetch.uid = (uint32_t)n;
	r->fetch.have |= FETCH_UID;
	return 0;
}

static int
parse_size(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	bool ok = false;

	if (parse_number(p, e, INT64_MAX, &r->fetch.size, &ok) == -1)
		return -1;
	if (!ok)
		return bad_value(r, "RFC822.SIZE");
	r->fetch.have |= FETCH_SIZE;
	return 0;
}

static int
parse_flags(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;

	r->fetch.flags = 0;
	r->fetch.have |= FETCH_FLAGS;
	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return unexpected(e, "a list of flags");
	for (;;) {
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_CLOSE)
			return 0;
		if (l->type != IMAP_ATOM)
			return unexpected(e, "flags");
		if (p->keywords != NULL)
			r->fetch.flags |=
			    keywords_flag(p->keywords, l->text, l->len, true);
	}
}

static int
parse_date(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_fetch *f = &r->fetch;
	struct imap_lex *l = &p->lex;

	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type == IMAP_LITERAL && imap_lex_gather(l, e) == -1)
		return -1;
	if (l->type != IMAP_STRING && l->type != IMAP_ATOM)
		return unexpected(e, "a date");
	/* A message with an invalid date is still copied: it gets the epoch. */
	if (!imap_date_parse(l->text, l->len, &f->date, &f->zone))
		f->date = f->zone = 0;
	f->have |= FETCH_DATE;
	return 0;
}

/* "(12345)" of MODSEQ, "(M6d99...)" of EMAILID: one atom in a list. */
static int
parse_listed(
    struct imap_parser *p, struct imap_resp *r, bool modseq, struct err *e)
{
	struct imap_lex *l = &p->lex;

	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return l->type == IMAP_ATOM ? 0 : unexpected(e, "a list");
	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_ATOM)
		return unexpected(e, "an atom");
	if (!modseq) {
		buf_reset(&r->fetch.email_id);
		buf_append(&r->fetch.email_id, l->text, l->len);
		r->fetch.have |= FETCH_EMAILID;
	} else if (imap_lex_number(l, INT64_MAX, &r->fetch.modseq)) {
		r->fetch.have |= FETCH_MODSEQ;
	} else {
		bad_value(r, "MODSEQ");
	}
	if (imap_lex_next(l, e) == -1)
		return -1;
	return l->type == IMAP_CLOSE ? 0 : unexpected(e, "the end of a list");
}

static int
pass_body(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	const struct imap_body *b = p->body;
	struct imap_lex *l = &p->lex;
	const char *data;
	size_t len;

	if (l->type == IMAP_STRING) {
		if (b->begin(b->arg, &r->fetch, l->len, e) == -1 ||
		    (l->len > 0 && b->data(b->arg, l->text, l->len, e) == -1))
			return -1;
		return b->end(b->arg, e);
	}
	if (b->begin(b->arg, &r->fetch, l->size, e) == -1)
		return -1;
	for (;;) {
		if (imap_lex_chunk(l, &data, &len, e) == -1)
			return -1;
		if (len == 0)
			return b->end(b->arg, e);
		if (b->data(b->arg, data, len, e) == -1)
			return -1;
	}
}

static int
parse_body(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;

	if (imap_lex_next(l, e) == -1)
		return -1;
	if (imap_lex_is(l, "NIL")) {
		r->fetch.have |= FETCH_NIL;
		return 0;
	}
	if (l->type != IMAP_LITERAL && l->type != IMAP_STRING)
		return unexpected(e, "a body");
	if ((r->fetch.have & FETCH_BODY) != 0)
		return bad_value(r, "second body");
	r->fetch.have |= FETCH_BODY;
	return p->body != NULL ? pass_body(p, r, e) : 0;
}

static int
parse_item(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;

	if (imap_lex_is(l, "UID"))
		return parse_uid(p, r, e);
	if (imap_lex_is(l, "FLAGS"))
		return parse_flags(p, r, e);
	if (imap_lex_is(l, "INTERNALDATE"))
		return parse_date(p, r, e);
	if (imap_lex_is(l, "RFC822.SIZE"))
		return parse_size(p, r, e);
	if (imap_lex_is(l, "BODY[]") || imap_lex_is(l, "BODY[HEADER]") ||
	    imap_lex_is(l, "BODY[TEXT]<0>"))
		return parse_body(p, r, e);
	if (imap_lex_is(l, "MODSEQ"))
		return parse_listed(p, r, true, e);
	if (imap_lex_is(l, "EMAILID"))
		return parse_listed(p, r, false, e);
	/* "BODY[HEADER.FIELDS (X)] {n}" is two such pairs, too. */
	return imap_lex_skip_value(l, e);
}

int
imap_resp_fetch(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;

	r->fetch.have = 0;
	r->fetch.uid = 0;
	r->fetch.seq = r->number;
	if (r->number == 0)
		bad_value(r, "sequence number");
	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return unexpected(e, "a list");
	for (;;) {
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_CLOSE)
			return 0;
		if (l->type != IMAP_ATOM)
			return unexpected(e, "the name of an item");
		if (parse_item(p, r, e) == -1)
			return -1;
	}
}

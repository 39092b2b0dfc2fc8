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

/* One that nobody needs is passed over. */
static int
odd_value(struct imap_resp *r, const char *what, const struct imap_lex *l)
{
	if (r->odd.scope == ERR_NONE)
		err_set(&r->odd, ERR_MESSAGE,
		    "message %u (UID %u) has an invalid %s: %.*s", r->fetch.seq,
		    r->fetch.uid, what, (int)(l->len < 60 ? l->len : 60),
		    l->text);
	return 0;
}

static int
unexpected(struct imap_parser *p, struct err *e, const char *what)
{
	return imap_resp_garbage(p, e, what);
}

/* The value that is expected to be an atom or a string; any other is taken
 * whole, and *ok is false. */
static int
next_value(struct imap_parser *p, bool *ok, struct err *e)
{
	struct imap_lex *l = &p->lex;
	char c;

	*ok = false;
	if (imap_lex_peek(l, &c, e) == -1)
		return -1;
	if (c == '(')
		return imap_lex_skip_value(l, e);
	if (imap_lex_next(l, e) == -1)
		return -1;
	*ok = l->type == IMAP_ATOM || l->type == IMAP_STRING;
	if (l->type == IMAP_CLOSE || l->type == IMAP_EOL)
		return unexpected(p, e, "FETCH without a value");
	return 0;
}

static int
parse_number(
    struct imap_parser *p, struct err *e, uint64_t max, uint64_t *n, bool *ok)
{
	if (next_value(p, ok, e) == -1)
		return -1;
	*ok = *ok && imap_lex_number(&p->lex, max, n);
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
		return odd_value(r, "RFC822.SIZE", &p->lex);
	r->fetch.have |= FETCH_SIZE;
	return 0;
}

static int
parse_flags(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;
	uint32_t flags = 0;
	bool ok;
	char c;

	if (imap_lex_peek(l, &c, e) == -1)
		return -1;
	if (c != '(')
		return next_value(p, &ok, e) == -1 ? -1 : bad_value(r, "FLAGS");
	if (imap_lex_next(l, e) == -1)
		return -1;
	for (;;) {
		if (imap_lex_flag(l, e) == -1)
			return -1;
		if (l->type == IMAP_EOL)
			return unexpected(p, e, "FETCH without flags");
		if (l->type == IMAP_CLOSE)
			break;
		if (p->keywords != NULL && imap_resp_flag(r, l->text, l->len))
			flags |=
			    keywords_flag(p->keywords, l->text, l->len, true);
	}
	r->fetch.flags = flags;
	r->fetch.have |= FETCH_FLAGS;
	return 0;
}

static int
parse_date(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_fetch *f = &r->fetch;
	struct imap_lex *l = &p->lex;
	bool ok;

	if (next_value(p, &ok, e) == -1)
		return -1;
	if (l->type == IMAP_LITERAL) {
		if (imap_lex_gather(l, e) == -1)
			return -1;
		ok = true;
	}
	f->have |= FETCH_DATE;
	if (ok && imap_date_parse(l->text, l->len, &f->date, &f->zone))
		return 0;
	/* A message with an invalid date is still copied: it gets the epoch. */
	f->date = f->zone = 0;
	return odd_value(r, "INTERNALDATE", l);
}

/* "(12345)" of MODSEQ, "(M6d99...)" of EMAILID: one atom in a list. */
static int
parse_listed(
    struct imap_parser *p, struct imap_resp *r, bool modseq, struct err *e)
{
	struct imap_lex *l = &p->lex;
	const char *what = modseq ? "MODSEQ" : "EMAILID";
	bool ok;
	char c;

	if (imap_lex_peek(l, &c, e) == -1)
		return -1;
	if (c != '(')
		return next_value(p, &ok, e) == -1 ? -1 : odd_value(r, what, l);
	if (imap_lex_next(l, e) == -1 || imap_lex_flag(l, e) == -1)
		return -1;
	if (l->type != IMAP_ATOM)
		return l->type == IMAP_CLOSE
			   ? odd_value(r, what, l)
			   : unexpected(p, e, "FETCH without an atom");
	if (!modseq) {
		buf_reset(&r->fetch.email_id);
		buf_append(&r->fetch.email_id, l->text, l->len);
		r->fetch.have |= FETCH_EMAILID;
	} else if (imap_lex_number(l, INT64_MAX, &r->fetch.modseq)) {
		r->fetch.have |= FETCH_MODSEQ;
	} else {
		odd_value(r, what, l);
	}
	while (l->type == IMAP_ATOM)
		if (imap_lex_flag(l, e) == -1)
			return -1;
	return l->type == IMAP_CLOSE
		   ? 0
		   : unexpected(p, e, "FETCH without the end of a list");
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
	bool ok;

	if (next_value(p, &ok, e) == -1)
		return -1;
	if (l->type != IMAP_LITERAL && l->type != IMAP_STRING) {
		r->fetch.have |= FETCH_NIL;
		return imap_lex_is(l, "NIL") ? 0 : odd_value(r, "body", l);
	}
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

/*
 * The name of the next item, or the end of the list. Some servers do not count
 * the last line end of a literal: an empty line behind it is a part of the
 * list when the list goes on there.
 */
static int
next_item(struct imap_parser *p, unsigned literals, struct err *e)
{
	struct imap_lex *l = &p->lex;
	size_t line;
	char c;

	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type == IMAP_EOL && l->literals > literals) {
		line = l->line;
		if (imap_lex_peek(l, &c, e) == -1)
			return -1;
		/* No response begins with a space, either. */
		if (c == ')' || l->line > line)
			return imap_lex_next(l, e);
	}
	return 0;
}

int
imap_resp_fetch(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;
	unsigned literals = l->literals;

	r->fetch.have = 0;
	r->fetch.uid = 0;
	r->fetch.seq = r->number;
	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return unexpected(p, e, "FETCH without a list");
	for (;;) {
		if (next_item(p, literals, e) == -1)
			return -1;
		literals = l->literals;
		if (l->type == IMAP_CLOSE)
			return 0;
		/* A keyword with a parenthesis may have swallowed others. */
		if (l->type == IMAP_EOL)
			r->fetch.have &= ~(unsigned)FETCH_FLAGS;
		if (l->type != IMAP_ATOM)
			return unexpected(
			    p, e, "FETCH without the name of an item");
		if (parse_item(p, r, e) == -1)
			return -1;
	}
}

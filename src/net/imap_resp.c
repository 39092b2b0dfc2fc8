/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the responses of a server. */
#include "config.h"

#include <string.h>

#include "net/imap_resp_private.h"

#define BLANKS_MAX 100 /* empty lines, which some send behind a literal */
#define FLAG_SHOWN 60  /* bytes of an odd keyword, for the log */

void
imap_resp_clear(struct imap_resp *r)
{
	buf_clear(&r->tag);
	buf_wipe(&r->text);
	buf_clear(&r->name);
	buf_clear(&r->fetch.email_id);
	imap_atoms_clear(&r->atoms);
	imap_set_clear(&r->set);
	imap_set_clear(&r->code.from);
	imap_set_clear(&r->code.to);
	err_clear(&r->bad);
	err_clear(&r->odd);
}

static int
unexpected(struct imap_parser *p, struct err *e, const char *what)
{
	p->lex.garbled = true;
	return err_set(
	    e, ERR_SESSION, "the server does not speak IMAP: %s", what);
}

int
imap_resp_garbage(struct imap_parser *p, struct err *e, const char *what)
{
	p->lex.odd = true;
	return unexpected(p, e, what);
}

bool
imap_resp_flag(struct imap_resp *r, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' ||
		    strchr("(){\"\x7f", text[i]) != NULL ||
		    (text[i] == '\\' && i > 0))
			break;
	if (len > 0 && i == len && utf8_is_valid(text, len))
		return true;
	if (r->odd.scope == ERR_NONE)
		err_set(&r->odd, ERR_MESSAGE,
		    "a keyword that cannot be one: "
		    "%.*s",
		    (int)(len < FLAG_SHOWN ? len : FLAG_SHOWN), text);
	return false;
}

static void
set_buf(struct buf *b, const char *text, size_t len)
{
	buf_reset(b);
	buf_append(b, text, len);
}

static bool
cond_parse(const struct imap_lex *l, enum imap_cond *cond)
{
	static const char names[][8] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (imap_lex_is(l, names[i])) {
			*cond = (enum imap_cond)i;
			return true;
		}
	}
	return false;
}

/* The text of a status response, which may be missing with its space. */
static int
parse_text(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	const char *text;
	size_t len, n;

	if (imap_lex_text(&p->lex, e) == -1)
		return -1;
	text = p->lex.text;
	len = p->lex.len;
	while (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	n = r->type == RESP_CONTINUE ? 0 : imap_resp_code(r, text, len);
	set_buf(&r->text, text + n, len - n);
	return 0;
}

/* A string in any of its forms, as text of the lexer. */
static int
next_string(struct imap_parser *p, struct err *e)
{
	if (imap_lex_next(&p->lex, e) == -1)
		return -1;
	if (p->lex.type == IMAP_LITERAL)
		return imap_lex_gather(&p->lex, e);
	if (p->lex.type != IMAP_STRING && p->lex.type != IMAP_ATOM)
		return imap_resp_garbage(p, e, "a string is missing");
	return 0;
}

/* listed: a list follows the name. */
static int
parse_mailbox(
    struct imap_parser *p, struct imap_resp *r, bool listed, struct err *e)
{
	bool odd = false;

	if (imap_lex_mailbox(&p->lex, listed, &odd, e) == -1)
		return -1;
	set_buf(&r->name, p->lex.text, p->lex.len);
	if (odd)
		err_set(&r->odd, ERR_MESSAGE, "a name that is not quoted: %.*s",
		    (int)(r->name.len < 200 ? r->name.len : 200),
		    buf_str(&r->name));
	return 0;
}

/* Words up to the end of the list or the response. */
static int
parse_atoms(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;
	bool nil;

	imap_atoms_clear(&r->atoms);
	for (;;) {
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_EOL || l->type == IMAP_CLOSE)
			return 0;
		if (l->type == IMAP_LITERAL && imap_lex_gather(l, e) == -1)
			return -1;
		if (l->type == IMAP_OPEN)
			return imap_resp_garbage(p, e, "a list within a list");
		if (r->atoms.len >= IMAP_ATOMS_MAX)
			continue;
		nil = r->type == RESP_ID && imap_lex_is(l, "NIL");
		imap_atoms_add(&r->atoms, l->text, nil ? 0 : l->len);
	}
}

static int
parse_list_of_atoms(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	imap_atoms_clear(&r->atoms);
	if (imap_lex_next(&p->lex, e) == -1)
		return -1;
	if (p->lex.type == IMAP_OPEN)
		return parse_atoms(p, r, e);
	return 0;
}

static int
parse_flags(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;

	imap_atoms_clear(&r->atoms);
	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return imap_resp_garbage(p, e, "FLAGS without a list");
	for (;;) {
		if (imap_lex_flag(l, e) == -1)
			return -1;
		if (l->type != IMAP_ATOM)
			return 0;
		if (r->atoms.len < IMAP_ATOMS_MAX &&
		    imap_resp_flag(r, l->text, l->len))
			imap_atoms_add(&r->atoms, l->text, l->len);
	}
}

static int
parse_delimiter(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;

	r->list.delimiter = '\0';
	if (next_string(p, e) == -1)
		return -1;
	/* Some say "" for NIL. */
	if (l->len == 1 && l->text[0] > ' ' && l->text[0] < 0x7f)
		r->list.delimiter = l->text[0];
	else if (l->len > 0 && !imap_lex_is(l, "NIL"))
		err_set(&r->bad, ERR_FOLDER, "invalid hierarchy delimiter");
	return 0;
}

static void
list_attribute(struct imap_list *list, const struct imap_lex *l)
{
	static const char *const uses[] = { "\\All", "\\Archive", "\\Drafts",
		"\\Flagged", "\\Important", "\\Junk", "\\Sent", "\\Trash" };
	static const struct {
		const char *name;
		unsigned bit;
	} bits[] = {
		{ "\\Noselect", LIST_NOSELECT },
		{ "\\NonExistent", LIST_NONEXISTENT | LIST_NOSELECT },
		{ "\\Subscribed", LIST_SUBSCRIBED },
		{ "\\Noinferiors", LIST_NOINFERIORS },
	};
	size_t i;

	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (imap_lex_is(l, uses[i]))
			list->special_use = uses[i];
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (imap_lex_is(l, bits[i].name))
			list->attributes |= bits[i].bit;
}

static int
parse_list(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;

	r->list = (struct imap_list){ 0, NULL, '\0' };
	buf_reset(&r->name);
	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return imap_resp_garbage(p, e, "LIST without attributes");
	for (;;) {
		if (imap_lex_flag(l, e) == -1)
			return -1;
		if (l->type == IMAP_CLOSE)
			break;
		if (l->type != IMAP_ATOM)
			return imap_resp_garbage(p, e, "an attribute of LIST");
		list_attribute(&r->list, l);
	}
	if (parse_delimiter(p, r, e) == -1)
		return -1;
	return parse_mailbox(p, r, false, e);
}

static void
status_item(struct imap_status *s, const char *name, size_t len,
    const struct imap_lex *value)
{
	uint64_t n;

	if (imap_atom_is(name, len, "MESSAGES") &&
	    imap_lex_number(value, UINT32_MAX, &n)) {
		s->messages = (uint32_t)n;
		s->have |= STATUS_MESSAGES;
	} else if (imap_atom_is(name, len, "UIDNEXT") &&
		   imap_lex_number(value, UINT32_MAX, &n) && n > 0) {
		s->uidnext = (uint32_t)n;
		s->have |= STATUS_UIDNEXT;
	} else if (imap_atom_is(name, len, "UIDVALIDITY") &&
		   imap_lex_number(value, UINT32_MAX, &n) && n > 0) {
		s->uidvalidity = (uint32_t)n;
		s->have |= STATUS_UIDVALIDITY;
	} else if (imap_atom_is(name, len, "HIGHESTMODSEQ") &&
		   imap_lex_number(value, INT64_MAX, &n)) {
		s->modseq = n;
		s->have |= STATUS_MODSEQ;
	} else if (imap_atom_is(name, len, "SIZE") &&
		   imap_lex_number(value, INT64_MAX, &n)) {
		s->size = n;
		s->have |= STATUS_SIZE;
	}
}

/* "(F2212ea87)". */
static int
pass_over_list(struct imap_parser *p, struct err *e)
{
	struct imap_lex *l = &p->lex;

	for (;;) {
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_CLOSE)
			return 0;
		if (l->type != IMAP_ATOM)
			return imap_resp_garbage(p, e, "a value of STATUS");
	}
}

static int
parse_status(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;
	char name[16];
	size_t len;

	r->status.have = 0;
	buf_reset(&r->name);
	if (parse_mailbox(p, r, true, e) == -1 || imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return imap_resp_garbage(p, e, "STATUS without a list");
	for (;;) {
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_CLOSE)
			return 0;
		if (l->type != IMAP_ATOM)
			return imap_resp_garbage(p, e, "an item of STATUS");
		for (len = 0; len < l->len && len < sizeof(name); len++)
			name[len] = l->text[len];
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_OPEN) {
			if (pass_over_list(p, e) == -1)
				return -1;
			continue;
		}
		if (l->type != IMAP_ATOM)
			return imap_resp_garbage(p, e, "a value of STATUS");
		status_item(&r->status, name, len, l);
	}
}

/* Only the first personal namespace is of interest (RFC 2342). */
static int
parse_namespace(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;

	buf_reset(&r->name);
	r->list.delimiter = '\0';
	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return 0;
	if (imap_lex_next(l, e) == -1)
		return -1;
	if (l->type != IMAP_OPEN)
		return imap_resp_garbage(p, e, "NAMESPACE without a prefix");
	if (next_string(p, e) == -1)
		return -1;
	set_buf(&r->name, p->lex.text, p->lex.len);
	return parse_delimiter(p, r, e);
}

static void
bad_set(struct imap_resp *r, bool bad)
{
	if (bad)
		err_set(&r->bad, ERR_FOLDER,
		    "invalid data from the server: a number in a set is out of "
		    "range");
}

static int
parse_search(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	bool bad;
	char c;

	imap_set_reset(&r->set);
	for (bad = false;;) {
		if (imap_lex_peek(&p->lex, &c, e) == -1)
			return -1;
		if (c < '0' || c > '9')
			break;
		if (imap_lex_set(&p->lex, &r->set, &bad, e) == -1)
			return -1;
	}
	bad_set(r, bad);
	return c == '(' || c == '\r' || c == '\n'
		   ? 0
		   : imap_resp_garbage(p, e, "SEARCH without a number");
}

static int
parse_esearch(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;
	bool bad;

	imap_set_reset(&r->set);
	bad = false;
	for (;;) {
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_EOL)
			break;
		if (imap_lex_is(l, "ALL") &&
		    imap_lex_set(l, &r->set, &bad, e) == -1)
			return -1;
	}
	bad_set(r, bad);
	return 0;
}

static int
parse_vanished(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	bool bad;
	char c;

	imap_set_reset(&r->set);
	r->earlier = false;
	bad = false;
	if (imap_lex_peek(&p->lex, &c, e) == -1)
		return -1;
	if (c == '(') {
		r->earlier = true;
		if (imap_lex_skip_value(&p->lex, e) == -1)
			return -1;
	}
	if (imap_lex_set(&p->lex, &r->set, &bad, e) == -1)
		return -1;
	bad_set(r, bad);
	return 0;
}

static const struct {
	const char *name;
	enum imap_resp_type type;
	int (*parse)(struct imap_parser *, struct imap_resp *, struct err *);
} kinds[] = {
	{ "CAPABILITY", RESP_CAPABILITY, parse_atoms },
	{ "ENABLED", RESP_ENABLED, parse_atoms },
	{ "ESEARCH", RESP_SEARCH, parse_esearch },
	{ "FLAGS", RESP_FLAGS, parse_flags },
	{ "ID", RESP_ID, parse_list_of_atoms },
	{ "LIST", RESP_LIST, parse_list },
	{ "LSUB", RESP_LIST, parse_list },
	{ "NAMESPACE", RESP_NAMESPACE, parse_namespace },
	{ "SEARCH", RESP_SEARCH, parse_search },
	{ "STATUS", RESP_STATUS, parse_status },
	{ "VANISHED", RESP_VANISHED, parse_vanished },
};

/* "* n WORD": number is set. */
static int
parse_numbered(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	if (imap_lex_next(&p->lex, e) == -1)
		return -1;
	if (imap_lex_is(&p->lex, "FETCH")) {
		r->type = RESP_FETCH;
		/* The UID says which one it is, too. */
		if (r->bad.scope != ERR_NONE)
			err_move(&r->odd, &r->bad);
		return imap_resp_fetch(p, r, e);
	}
	if (imap_lex_is(&p->lex, "EXISTS"))
		r->type = RESP_EXISTS;
	else if (imap_lex_is(&p->lex, "EXPUNGE"))
		r->type = RESP_EXPUNGE;
	else if (imap_lex_is(&p->lex, "RECENT"))
		r->type = RESP_RECENT;
	if (r->type == RESP_EXPUNGE && r->number == 0)
		err_set(&r->bad, ERR_FOLDER,
		    "invalid data from the server: EXPUNGE of message 0");
	return 0;
}

static bool
is_digits(const struct imap_lex *l)
{
	size_t i;

	for (i = 0; i < l->len; i++)
		if (l->text[i] < '0' || l->text[i] > '9')
			return false;
	return l->type == IMAP_ATOM;
}

static int
parse_untagged(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct imap_lex *l = &p->lex;
	uint64_t n;
	size_t i;

	if (imap_lex_next(l, e) == -1)
		return -1;
	if (is_digits(l)) {
		if (!imap_lex_number(l, UINT32_MAX, &n)) {
			n = 0;
			err_set(&r->bad, ERR_FOLDER,
			    "invalid data from the server: a message number is "
			    "too large");
		}
		r->number = (uint32_t)n;
		return parse_numbered(p, r, e);
	}
	if (cond_parse(l, &r->cond)) {
		r->type = RESP_UNTAGGED;
		return parse_text(p, r, e);
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (imap_lex_is(l, kinds[i].name)) {
			r->type = kinds[i].type;
			return kinds[i].parse(p, r, e);
		}
	}
	return 0;
}

static int
parse_tagged(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	set_buf(&r->tag, p->lex.text, p->lex.len);
	if (imap_lex_next(&p->lex, e) == -1)
		return -1;
	if (!cond_parse(&p->lex, &r->cond) || r->cond > IMAP_BAD)
		return unexpected(p, e, "a line that is not a response");
	r->type = RESP_TAGGED;
	return parse_text(p, r, e);
}

/* What an untagged response that broke off does not tell. */
static void
broke_off(struct imap_resp *r)
{
	const unsigned listed = FETCH_UID | FETCH_FLAGS;

	switch (r->type) {
	case RESP_FETCH:
		if ((r->fetch.have & listed) == listed)
			return;
		break;
	case RESP_LIST:
	case RESP_SEARCH:
	case RESP_VANISHED:
		break;
	case RESP_NAMESPACE:
		r->type = RESP_OTHER;
		return;
	default:
		return;
	}
	if (r->bad.scope == ERR_NONE)
		err_set(&r->bad, ERR_FOLDER,
		    "the server's answer cannot be "
		    "read: %s",
		    err_text(&r->odd));
}

/* Finds the end of a response that is not IMAP. */
static int
resume(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	struct buf line = { 0 };
	int rc;

	/* A literal that was shorter than it said: what follows is mail. */
	if (r->type == RESP_FETCH && p->lex.literals > 0)
		return -1;
	err_move(&r->odd, e);
	rc = p->lex.type == IMAP_EOL ? 0 : imap_lex_skip_line(&p->lex, e);
	if (rc == 0) {
		imap_lex_seen(&p->lex, &line);
		err_set(&r->odd, ERR_MESSAGE, "%s", buf_str(&line));
		broke_off(r);
	}
	buf_clear(&line);
	return rc;
}

static int
read_untagged(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	p->lex.type = IMAP_ATOM;
	if (parse_untagged(p, r, e) == -1)
		return p->lex.odd ? resume(p, r, e) : -1;
	return p->lex.type == IMAP_EOL ? 0 : imap_lex_skip_line(&p->lex, e);
}

/* The first token of a response. */
static int
read_start(struct imap_parser *p, struct err *e)
{
	unsigned blanks;

	for (blanks = 0;; blanks++) {
		imap_lex_start(&p->lex);
		if (imap_lex_next(&p->lex, e) == -1)
			return -1;
		if (p->lex.type == IMAP_ATOM)
			return 0;
		if (p->lex.type != IMAP_EOL || blanks == BLANKS_MAX)
			return unexpected(
			    p, e, "a line that is not a response");
	}
}

int
imap_resp_read(struct imap_parser *p, struct imap_resp *r, struct err *e)
{
	r->type = RESP_OTHER;
	err_clear(&r->bad);
	err_clear(&r->odd);
	if (read_start(p, e) == -1)
		return -1;
	if (imap_lex_is(&p->lex, "*"))
		return read_untagged(p, r, e);
	if (!imap_lex_is(&p->lex, "+"))
		return parse_tagged(p, r, e);
	r->type = RESP_CONTINUE;
	return parse_text(p, r, e);
}

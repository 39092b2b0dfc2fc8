/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads response codes. */
#include "config.h"

#include <string.h>

#include "net/imap_resp_private.h"

/* The line of text is complete in memory, and the code is read from there: a
 * malformed code must not affect the responses after it. */

struct text {
	const char *p;
	const char *end;
};

static const struct {
	const char *name;
	enum imap_code_type type;
} codes[] = {
	{ "ALERT", CODE_ALERT },
	{ "ALREADYEXISTS", CODE_ALREADYEXISTS },
	{ "APPENDUID", CODE_APPENDUID },
	{ "CAPABILITY", CODE_CAPABILITY },
	{ "CLOSED", CODE_CLOSED },
	{ "COMPRESSIONACTIVE", CODE_COMPRESSIONACTIVE },
	{ "COPYUID", CODE_COPYUID },
	{ "HIGHESTMODSEQ", CODE_HIGHESTMODSEQ },
	{ "MAILBOXID", CODE_MAILBOXID },
	{ "MESSAGELIMIT", CODE_MESSAGELIMIT },
	{ "NOMODSEQ", CODE_NOMODSEQ },
	{ "PERMANENTFLAGS", CODE_PERMANENTFLAGS },
	{ "READ-ONLY", CODE_READ_ONLY },
	{ "READ-WRITE", CODE_READ_WRITE },
	{ "TRYCREATE", CODE_TRYCREATE },
	{ "UIDNEXT", CODE_UIDNEXT },
	{ "UIDNOTSTICKY", CODE_UIDNOTSTICKY },
	{ "UIDVALIDITY", CODE_UIDVALIDITY },
};

/* Parentheses, and control characters (which are not allowed in a text), count
 * as spaces. */
static bool
is_between(char c)
{
	return (unsigned char)c <= ' ' || c == '(' || c == ')' || c == 0x7f;
}

/* The next word; empty at the end. */
static size_t
next_word(struct text *t, const char **word)
{
	while (t->p < t->end && is_between(*t->p))
		t->p++;
	*word = t->p;
	while (t->p < t->end && !is_between(*t->p))
		t->p++;
	return (size_t)(t->p - *word);
}

/* 0 when the next word is not a number from 1 to max. */
static uint64_t
next_number(struct text *t, uint64_t max)
{
	const char *word;
	uint64_t v;
	size_t i, n;

	n = next_word(t, &word);
	for (v = 0, i = 0; i < n; i++) {
		if (word[i] < '0' || word[i] > '9' || v > max / 10)
			return 0;
		v = v * 10 + (uint64_t)(word[i] - '0');
	}
	return v <= max ? v : 0;
}

static bool
set_number(const char **p, const char *end, uint32_t *out)
{
	uint64_t v;

	for (v = 0; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		v = v * 10 + (uint64_t)(**p - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)v;
	return v > 0;
}

/* A uid-set in its order; false when it is malformed. */
static bool
next_set(struct text *t, struct imap_set *set)
{
	const char *p, *end;
	uint32_t first, last;
	size_t n;

	n = next_word(t, &p);
	for (end = p + n; p < end; p++) {
		if (!set_number(&p, end, &first))
			return false;
		last = first;
		if (p < end && *p == ':') {
			p++;
			if (!set_number(&p, end, &last))
				return false;
		}
		imap_set_add(set, first, last);
		if (p < end && *p != ',')
			return false;
	}
	return set->len > 0;
}

static void
read_atoms(struct imap_resp *r, struct text *t)
{
	const char *word;
	size_t n;

	imap_atoms_clear(&r->atoms);
	/* "\*" stands behind all keywords. */
	while ((n = next_word(t, &word)) > 0) {
		if (r->code.type == CODE_PERMANENTFLAGS &&
		    !imap_resp_flag(r, word, n))
			continue;
		if (r->atoms.len < IMAP_ATOMS_MAX ||
		    (imap_atom_is(word, n, "\\*") &&
			!imap_atoms_have(&r->atoms, "\\*")))
			imap_atoms_add(&r->atoms, word, n);
	}
}

/* RFC 4315 section 3; both sets of COPYUID have the same count. */
static void
read_uids(struct imap_code *c, struct text *t)
{
	c->validity = (uint32_t)next_number(t, UINT32_MAX);
	if (c->type == CODE_COPYUID && !next_set(t, &c->from))
		c->validity = 0;
	if (!next_set(t, &c->to))
		c->validity = 0;
	if (c->type == CODE_COPYUID &&
	    imap_set_count(&c->from) != imap_set_count(&c->to))
		c->validity = 0;
}

static void
read_arguments(struct imap_resp *r, struct text *t)
{
	struct imap_code *c = &r->code;

	switch (c->type) {
	case CODE_CAPABILITY:
	case CODE_PERMANENTFLAGS:
	case CODE_MAILBOXID:
		read_atoms(r, t);
		break;
	case CODE_UIDVALIDITY:
	case CODE_UIDNEXT:
	case CODE_MESSAGELIMIT:
		c->number = next_number(t, UINT32_MAX);
		break;
	case CODE_HIGHESTMODSEQ:
		c->number = next_number(t, INT64_MAX);
		break;
	case CODE_APPENDUID:
	case CODE_COPYUID:
		read_uids(c, t);
		break;
	default:
		break;
	}
}

/* Where a ] ends the code: strings may contain others, where there are any, and
 * so may lists. NULL: nowhere. */
static const char *
code_end_in(const char *p, const char *end, bool strings, bool lists)
{
	bool quoted = false;
	size_t depth = 0;

	for (; p < end; p++) {
		if (*p == '"' && strings)
			quoted = !quoted;
		else if (*p == '\\' && quoted && p + 1 < end)
			p++;
		else if (*p == ']' && !quoted && depth == 0)
			return p;
		else if (*p == '(' && !quoted && lists)
			depth++;
		else if (*p == ')' && !quoted && depth > 0)
			depth--;
	}
	return NULL;
}

/* The ] that ends the code. A keyword may have a quote or a parenthesis that
 * nothing closes; then the strings, and last the lists, do not count. */
static const char *
code_end(const char *p, const char *end, bool strings)
{
	const char *found;

	found = strings ? code_end_in(p, end, true, true) : NULL;
	if (found == NULL)
		found = code_end_in(p, end, false, true);
	return found != NULL ? found : code_end_in(p, end, false, false);
}

static enum imap_code_type
code_type(const char *word, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (imap_atom_is(word, n, codes[i].name))
			return codes[i].type;
	return CODE_OTHER;
}

size_t
imap_resp_code(struct imap_resp *r, const char *text, size_t len)
{
	struct imap_code *c = &r->code;
	const char *end, *word;
	enum imap_code_type type;
	struct text t;
	size_t n;

	imap_set_reset(&c->from);
	imap_set_reset(&c->to);
	c->type = CODE_NONE;
	c->name[0] = '\0';
	c->number = c->validity = 0;
	if (len == 0 || text[0] != '[')
		return 0;
	t = (struct text){ text + 1, text + len };
	n = next_word(&t, &word);
	type = code_type(word, n);
	/* Flags are no strings. */
	end = code_end(text, text + len, type != CODE_PERMANENTFLAGS);
	if (end == NULL)
		return 0;
	t = (struct text){ text + 1, end };
	n = next_word(&t, &word);
	buf_visible(c->name, sizeof(c->name), word, n);
	c->type = code_type(word, n);
	read_arguments(r, &t);
	n = (size_t)(end + 1 - text);
	return n < len && text[n] == ' ' ? n + 1 : n;
}

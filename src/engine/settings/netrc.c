/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads ~/.netrc. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "engine/settings/netrc.h"

/* Reserved at once, so that no copy stays in freed memory. */
#define WORD_ROOM 4096

struct netrc {
	const char *p;
	struct buf word; /* the last one */
};

struct entry {
	bool matches; /* this host, or the default */
	bool login_other;
	bool has_password;
	struct buf password;
};

/* Reads the next word; false at the end. */
static bool
word_next(struct netrc *n)
{
	bool quoted;

	buf_reset(&n->word);
	n->p += strspn(n->p, " \t\r\n,");
	if (*n->p == '\0')
		return false;
	quoted = *n->p == '"';
	if (quoted)
		n->p++;
	while (
	    *n->p != '\0' && strchr(quoted ? "\"" : " \t\r\n", *n->p) == NULL) {
		if (*n->p == '\\' && n->p[1] != '\0')
			n->p++;
		buf_putc(&n->word, *n->p++);
	}
	if (quoted && *n->p == '"')
		n->p++;
	return true;
}

/* A macro ends at an empty line. */
static void
macro_skip(struct netrc *n)
{
	const char *end;

	end = strstr(n->p, "\n\n");
	n->p = end == NULL ? n->p + strlen(n->p) : end;
}

static void
entry_reset(struct entry *en, bool matches)
{
	buf_wipe(&en->password);
	*en = (struct entry){ .matches = matches };
}

static bool
entry_serves(const struct entry *en)
{
	return en->matches && !en->login_other && en->has_password;
}

static void
comment_skip(struct netrc *n)
{
	n->p += strcspn(n->p, "\n");
}

/* Reads a word with its argument. True: a new entry begins, and the one before
 * it was the right one. */
static bool
word_take(struct netrc *n, struct entry *en, const char *host, const char *user)
{
	const char *w = buf_str(&n->word);

	if (strcmp(w, "machine") == 0 || strcmp(w, "default") == 0) {
		bool plain = w[0] == 'd';

		if (entry_serves(en))
			return true;
		if (!plain && !word_next(n))
			return false;
		entry_reset(
		    en, plain || strcasecmp(buf_str(&n->word), host) == 0);
	} else if (strcmp(w, "login") == 0) {
		if (word_next(n))
			en->login_other = user != NULL &&
					  strcmp(buf_str(&n->word), user) != 0;
	} else if (strcmp(w, "password") == 0) {
		if (word_next(n)) {
			buf_reset(&en->password);
			buf_append(&en->password, n->word.data, n->word.len);
			en->has_password = n->word.len > 0;
		}
	} else if (strcmp(w, "account") == 0)
		word_next(n);
	else if (strcmp(w, "macdef") == 0)
		macro_skip(n);
	else if (w[0] == '#')
		comment_skip(n);
	return false;
}

bool
netrc_find(
    const char *text, const char *host, const char *user, struct buf *secret)
{
	struct netrc n = { .p = text };
	struct entry en = { 0 };
	bool found;

	buf_reserve(&n.word, WORD_ROOM);
	while (word_next(&n) && !word_take(&n, &en, host, user))
		;
	found = entry_serves(&en);
	if (found)
		buf_append(secret, en.password.data, en.password.len);
	buf_wipe(&en.password);
	buf_wipe(&n.word);
	return found;
}

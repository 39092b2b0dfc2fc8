/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of atoms. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "net/imap_atoms.h"

/* strcasecmp depends on the locale, and differs in a Turkish one. */
static char
fold(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool
imap_atom_is(const char *text, size_t len, const char *atom)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (atom[i] == '\0' || fold(text[i]) != fold(atom[i]))
			return false;
	return atom[len] == '\0';
}

void
imap_atoms_clear(struct imap_atoms *a)
{
	size_t i;

	for (i = 0; i < a->len; i++)
		free(a->list[i]);
	free(a->list);
	*a = (struct imap_atoms){ 0 };
}

void
imap_atoms_add(struct imap_atoms *a, const char *text, size_t len)
{
	a->list = xgrow(a->list, a->len + 1, &a->cap, sizeof(*a->list));
	a->list[a->len++] = xstrndup(text, len);
	a->list[a->len] = NULL;
}

bool
imap_atoms_have(const struct imap_atoms *a, const char *atom)
{
	size_t i;

	for (i = 0; i < a->len; i++)
		if (imap_atom_is(atom, strlen(atom), a->list[i]))
			return true;
	return false;
}

void
imap_atoms_move(struct imap_atoms *to, struct imap_atoms *from)
{
	imap_atoms_clear(to);
	*to = *from;
	*from = (struct imap_atoms){ 0 };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_ATOMS_H
#define NET_IMAP_ATOMS_H

/* Lists of atoms (RFC 9051 section 9): capabilities, flags, ... A list belongs
 * to one thread at a time. */

#include <stdbool.h>
#include <stddef.h>

/* list is NULL-terminated when len > 0. Zeroed memory is empty. */
struct imap_atoms {
	char **list;
	size_t len;
	size_t cap;
};

void imap_atoms_clear(struct imap_atoms *a);
void imap_atoms_add(struct imap_atoms *a, const char *text, size_t len);
/* ASCII letters match in any case. */
bool imap_atoms_have(const struct imap_atoms *a, const char *atom);
/* Moves the list; *from is empty afterwards. */
void imap_atoms_move(struct imap_atoms *to, struct imap_atoms *from);

/* The len bytes of text are this atom; ASCII letters match in any case. */
bool imap_atom_is(const char *text, size_t len, const char *atom);

#endif

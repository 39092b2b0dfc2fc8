/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_NAMETRANS_H
#define ENGINE_SETTINGS_NAMETRANS_H

/*
 * Rules that translate names: each a regular expression (PCRE2, on UTF-8) and
 * what every match of it is replaced by; applied in order, each to what the
 * one before it made. In the replacement $1, ${1}, \1 and \g<1> stand for a
 * group, ${name} and \g<name> for a named one, $0 and \0 for all of the match,
 * $$ for a dollar and \\ for a backslash; a group that took no part is empty.
 *
 * A translator belongs to one thread at a time. nametrans.c is the only file
 * that knows <pcre2.h>.
 */

#include <stddef.h>

#include "base/err.h"

struct nametrans_rule {
	char *pattern;
	char *replacement;
};

struct nametrans;

/* -1 with ERR_ACCOUNT and the rule named when its pattern is not a regular
 * expression (PCRE2), or its replacement names a group that the pattern does
 * not have. */
int nametrans_check(const struct nametrans_rule *r, struct err *e);

/* Errors as nametrans_check. */
int nametrans_new(const struct nametrans_rule *rules, size_t len,
    struct nametrans **t, struct err *e);
void nametrans_free(struct nametrans *t); /* NULL is fine */

/*
 * What name becomes; the caller frees. ERR_FOLDER when a pattern needs too
 * many steps on this name (catastrophic backtracking), or the result is longer
 * than any folder's name may be.
 */
int nametrans_apply(
    const struct nametrans *t, const char *name, char **out, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a folder of one side is called on the other: prefixes and rules. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/settings/nametrans.h"
#include "engine/store/foldername.h"
#include "engine/sync/foldertrans.h"

/* own without what all names of the side begin with. */
static const char *
without_prefix(const struct foldertrans *t, enum side side, const char *own)
{
	const char *prefix = t->prefix[side];
	size_t n = prefix != NULL ? strlen(prefix) : 0;

	return n > 0 && strncmp(own, prefix, n) == 0 && own[n] != '\0' ? own + n
								       : own;
}

/* Puts before *canonical, a name on that side, what all begin with there. */
static void
add_prefix(const struct foldertrans *t, enum side side, char **canonical)
{
	const char *prefix = t->prefix[side];
	char *with;

	if (prefix == NULL || strcmp(*canonical, "INBOX") == 0 ||
	    strncmp(*canonical, prefix, strlen(prefix)) == 0)
		return;
	with = xasprintf("%s%s", prefix, *canonical);
	free(*canonical);
	*canonical = with;
}

/* Rules for the remote side may be written with its delimiter, too: there it
 * cannot be within a part. A '/' in one is "%2F" in a canonical name. */
static void
split_parts(const struct foldertrans *t, char *canonical)
{
	const char delimiter = t->delimiter[REMOTE];
	char *native = foldername_native(canonical, delimiter);
	char *to = canonical;

	for (; native == NULL && delimiter != '\0' && *canonical != '\0';
	     to++) {
		if (delimiter == '/' && strncmp(canonical, "%2F", 3) == 0) {
			*to = '/';
			canonical += 3;
			continue;
		}
		*to = *canonical == delimiter ? '/' : *canonical;
		canonical++;
	}
	if (native == NULL && delimiter != '\0')
		*to = '\0';
	free(native);
}

/* What the rules of the side make of a name of it; *canonical is that name
 * before. */
static int
apply_rules(const struct foldertrans *t, enum side side, char delimiter,
    char **canonical, struct err *e)
{
	char *native = foldername_native(*canonical, delimiter);
	char *name = NULL, *made = NULL;
	int ret;

	/* A directory may have to be called otherwise than the folder. */
	if (native == NULL)
		return 0;
	ret = nametrans_apply(t->trans[side], native, &name, e);
	if (ret == 0 && strcmp(name, native) != 0) {
		ret = foldername_canonical(
		    name, strlen(name), delimiter, &made, e);
		if (ret == -1)
			err_prefix(e, "translated to \"%s\"", name);
	}
	if (made != NULL) {
		if (side == LOCAL)
			split_parts(t, made);
		free(*canonical);
		*canonical = made;
	}
	free(native);
	free(name);
	return ret;
}

int
foldertrans_name(const struct foldertrans *t, enum side side, const char *own,
    char delimiter, char **canonical, struct err *e)
{
	*canonical = xstrdup(without_prefix(t, side, own));
	if (apply_rules(t, side, delimiter, canonical, e) == -1) {
		free(*canonical);
		return -1;
	}
	add_prefix(t, !side, canonical);
	return 0;
}

/* What separates the parts of a name that the store does not have yet. */
static char
find_delimiter(const struct store_folders *f, const struct settings_store *s)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->list[i].delimiter != 0)
			return f->list[i].delimiter;
	return s->type == STORE_MAILDIR && s->layout != LAYOUT_NESTED ? '.'
								      : '/';
}

/* The prefix that the settings or the server say, canonical. */
static char *
find_prefix(const struct foldertrans *t, enum side side, const char *said,
    const char *told)
{
	struct err ignored = ERR_INIT;
	char *canonical = NULL, *prefix = NULL;
	size_t len;

	if (said != NULL && strcmp(said, "auto") == 0)
		said = told;
	len = said != NULL ? strlen(said) : 0;
	if (len > 1 && said[len - 1] == t->delimiter[side] &&
	    foldername_canonical(
		said, len - 1, t->delimiter[side], &canonical, &ignored) == 0)
		prefix = xasprintf("%s/", canonical);
	err_clear(&ignored);
	free(canonical);
	return prefix;
}

int
foldertrans_init(struct foldertrans *t, const struct settings_store store[2],
    const struct store_folders *const folders[2], struct err *e)
{
	const struct settings_store *s;
	enum side side;

	*t = (struct foldertrans){ 0 };
	for (side = LOCAL; side <= REMOTE; side++) {
		s = &store[side];
		t->delimiter[side] = find_delimiter(folders[side], s);
		t->prefix[side] =
		    find_prefix(t, side, s->prefix, folders[side]->prefix);
		if (nametrans_new(s->nametrans, s->nametrans_len,
			&t->trans[side], e) == -1)
			return -1;
	}
	return 0;
}

void
foldertrans_clear(struct foldertrans *t)
{
	enum side side;

	for (side = LOCAL; side <= REMOTE; side++) {
		free(t->prefix[side]);
		nametrans_free(t->trans[side]);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_NAMELIST_H
#define BASE_NAMELIST_H

/*
 * A short list of names as a value: it can be copied and put into a queue, and
 * nothing in it must be freed. Zeroed it is empty. Any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#define NAMELIST_BYTES 4096 /* of all names, with a NUL after each */

struct namelist {
	size_t len; /* bytes used */
	char text[NAMELIST_BYTES];
};

/* Appends name, which is not empty, unless it is there already. False: there is
 * no room for it, and nothing was changed. */
bool namelist_add(struct namelist *l, const char *name);

/* The name after this one (NULL: the first one); NULL after the last. Valid
 * until the list is changed. */
const char *namelist_next(const struct namelist *l, const char *name);

/* True when the list has all names of the other one. */
bool namelist_includes(const struct namelist *l, const struct namelist *other);

#endif

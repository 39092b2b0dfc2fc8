/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of names as a value: one string after the other. */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/namelist.h"

const char *
namelist_next(const struct namelist *l, const char *name)
{
	const char *next = name == NULL ? l->text : name + strlen(name) + 1;

	return next < l->text + l->len ? next : NULL;
}

static bool
has(const struct namelist *l, const char *name)
{
	const char *p = NULL;

	while ((p = namelist_next(l, p)) != NULL)
		if (strcmp(p, name) == 0)
			return true;
	return false;
}

bool
namelist_add(struct namelist *l, const char *name)
{
	size_t size = strlen(name) + 1;

	assert(size > 1);
	if (has(l, name))
		return true;
	if (size > sizeof(l->text) - l->len)
		return false;
	memcpy(l->text + l->len, name, size);
	l->len += size;
	return true;
}

bool
namelist_includes(const struct namelist *l, const struct namelist *other)
{
	const char *p = NULL;

	while ((p = namelist_next(other, p)) != NULL)
		if (!has(l, p))
			return false;
	return true;
}

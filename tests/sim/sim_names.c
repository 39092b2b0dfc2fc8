/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files in a Maildir: a key, ",U=" and an id, ",F=" and a folder. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "sim_store.h"

static size_t
key_len(const char *name)
{
	return strcspn(name, ",");
}

bool
sim_same_key(const char *a, const char *b)
{
	return key_len(a) == key_len(b) && memcmp(a, b, key_len(a)) == 0;
}

uint32_t
sim_name_hint(const struct sim_folder *f, const char *name)
{
	unsigned uid;
	char tail[128];

	if (sscanf(name + key_len(name), ",U=%u,F=%127s", &uid, tail) != 2 ||
	    strcmp(tail, f->name) != 0)
		return 0;
	return uid;
}

char *
sim_name_bound(const struct sim_folder *f, const char *name, uint32_t peer)
{
	return xasprintf(
	    "%.*s,U=%u,F=%s", (int)key_len(name), name, peer, f->name);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How requests to synchronise add up. */
#include "config.h"

#include <string.h>

#include "engine/request.h"

static void
merge_folders(struct namelist *l, const struct namelist *more)
{
	const char *p = NULL;
	bool all = l->len == 0 || more->len == 0;

	while (!all && (p = namelist_next(more, p)) != NULL)
		all = !namelist_add(l, p);
	if (all)
		memset(l, 0, sizeof(*l));
}

void
request_merge(struct request *r, const struct request *more)
{
	r->several |=
	    more->several || (r->news[0] != '\0' && more->news[0] != '\0' &&
				 strcmp(r->news, more->news) != 0);
	if (r->news[0] == '\0')
		memcpy(r->news, more->news, sizeof(r->news));
	merge_folders(&r->folders, &more->folders);
	r->push &= more->push;
	r->self_change &= more->self_change;
	r->quick &= more->quick && !r->several;
	r->full |= more->full;
	r->dry_run &= more->dry_run;
	if (more->release > r->release)
		r->release = more->release;
}

void
request_complete(struct request *r, const struct request *usual)
{
	r->quick |= usual->quick;
	r->full |= usual->full;
	r->dry_run |= usual->dry_run;
	if (usual->release > r->release)
		r->release = usual->release;
	if (r->folders.len == 0)
		r->folders = usual->folders;
}

bool
request_covers(const struct request *r, const struct request *asked)
{
	return r->folders.len == 0 ||
	       (asked->folders.len > 0 &&
		   namelist_includes(&r->folders, &asked->folders));
}

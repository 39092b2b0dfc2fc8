/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of the copies that the server is to make itself. */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/sync/server_copy.h"

void
server_copies_clear(struct server_copies *c)
{
	size_t i;

	for (i = 0; i < c->len; i++)
		free(c->list[i].name);
	free(c->list);
	*c = (struct server_copies){ 0 };
}

void
server_copies_move(struct server_copies *to, struct server_copies *from)
{
	size_t i;

	for (i = 0; i < from->len; i++)
		server_copies_add_take(to, &from->list[i]);
	from->len = 0;
	server_copies_clear(from);
}

void
server_copies_add_take(struct server_copies *c, const struct server_copy *new)
{
	c->list = xgrow(c->list, c->len, &c->cap, sizeof(*c->list));
	c->list[c->len++] = *new;
}

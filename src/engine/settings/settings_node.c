/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration as a tree of values. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/settings/settings_node.h"

struct node *
settings_node_add(struct node *parent, const char *name, const char *where)
{
	struct node *n;

	parent->children = xgrow(parent->children, parent->len, &parent->cap,
	    sizeof(*parent->children));
	n = &parent->children[parent->len++];
	memset(n, 0, sizeof(*n));
	if (name != NULL)
		n->name = xstrdup(name);
	n->where = xstrdup(where);
	return n;
}

struct node *
settings_node_get(const struct node *group, const char *name)
{
	size_t i;

	if (group->kind != NODE_GROUP)
		return NULL;
	for (i = 0; i < group->len; i++)
		if (strcmp(group->children[i].name, name) == 0)
			return &group->children[i];
	return NULL;
}

const char *
settings_node_string(const struct node *group, const char *name)
{
	const struct node *n;

	n = settings_node_get(group, name);
	return n != NULL && n->kind == NODE_STRING ? n->string : NULL;
}

static void
string_free(char *s)
{
	if (s != NULL)
		wipe(s, strlen(s));
	free(s);
}

void
settings_node_reset(struct node *n)
{
	size_t i;

	for (i = 0; i < n->len; i++)
		settings_node_clear(&n->children[i]);
	free(n->children);
	n->children = NULL;
	n->len = n->cap = 0;
	string_free(n->string);
	string_free(n->raw);
	n->string = n->raw = NULL;
}

void
settings_node_clear(struct node *n)
{
	settings_node_reset(n);
	free(n->name);
	free(n->where);
	memset(n, 0, sizeof(*n));
}

const char *
settings_node_kind_name(enum node_kind kind)
{
	switch (kind) {
	case NODE_BOOL:
		return "true or false";
	case NODE_INTEGER:
		return "a whole number";
	case NODE_REAL:
		return "a number with a point";
	case NODE_STRING:
		return "a string";
	case NODE_LIST:
		return "a list";
	case NODE_GROUP:
		return "a group";
	}
	return "nothing";
}

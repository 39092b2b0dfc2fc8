/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_SETTINGS_NODE_H
#define ENGINE_SETTINGS_SETTINGS_NODE_H

/*
 * The configuration as a tree of values that does not depend on the library
 * that read it: each value with its file and line. A tree belongs to one thread
 * at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum node_kind {
	NODE_BOOL,
	NODE_INTEGER,
	NODE_REAL,
	NODE_STRING,
	NODE_LIST, /* ( ... ) and [ ... ]; children without names */
	NODE_GROUP /* { ... }; children with names */
};

struct node {
	enum node_kind kind;
	char *name;    /* NULL in lists */
	char *where;   /* "FILE:LINE" or "-k general.fsync", for complaints */
	unsigned line; /* 0: not from a file */
	bool boolean;
	int64_t integer;
	double real;
	char *string;
	char *raw; /* as written on the command line; NULL: from a file */
	struct node *children;
	size_t len;
	size_t cap;
};

/* Appends an empty child; valid until the next one is added. name may be
 * NULL; where is copied. */
struct node *settings_node_add(
    struct node *parent, const char *name, const char *where);

/* The child called name; NULL when it is not there. */
struct node *settings_node_get(const struct node *group, const char *name);

/* The string of the child called name, NULL when it is not a string. */
const char *settings_node_string(const struct node *group, const char *name);

/* Wipes and frees what *n holds; *n may be filled again. Keeps name and
 * where. */
void settings_node_reset(struct node *n);

/* Wipes and frees everything in *n. */
void settings_node_clear(struct node *n);

/* "a string", "a list", ...; static. */
const char *settings_node_kind_name(enum node_kind kind);

#endif

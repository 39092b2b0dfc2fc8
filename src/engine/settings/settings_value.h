/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_SETTINGS_VALUE_H
#define ENGINE_SETTINGS_SETTINGS_VALUE_H

/* What kinds of values a key may have: from a node, checked, to a member of
 * struct settings. For settings*.c only. */

#include <stdint.h>

#include "engine/settings/settings_parts.h"

enum value_kind {
	VALUE_BOOL,	/* bool */
	VALUE_UNSIGNED, /* unsigned */
	VALUE_INT,	/* int */
	VALUE_INT64,	/* int64_t */
	VALUE_UINT64,	/* uint64_t */
	VALUE_REAL,	/* double */
	VALUE_STRING,	/* char *: not empty, without control characters */
	VALUE_TEXT,	/* char *: anything */
	VALUE_PATH,	/* char *: expanded, absolute */
	VALUE_STRINGS,	/* char **: NULL-terminated */
	VALUE_WORD,	/* an enum */
	VALUE_LIST,	/* checked only: others read what is in it */
	VALUE_GROUP,	/* likewise */
	VALUE_CUSTOM,
};

struct value_word {
	const char *name;
	int value;
};

struct value_type {
	enum value_kind kind;
	int64_t min, max;		/* numbers */
	const struct value_word *words; /* VALUE_WORD; ends with NULL */
	/* VALUE_STRINGS: only these, in any case; the n-th, NULL after the
	 * last. NULL: anything. */
	const char *(*names)(size_t n);
	void (*set)(struct draft *d, const struct node *n, void *target);
};

/* Checks what stands in n and puts it at target (NULL: nowhere). Mistakes are
 * reported. */
void value_set(struct draft *d, const struct node *n,
    const struct value_type *t, void *target);

/* The special ones; target as the member that is named here. */
void value_set_date(
    struct draft *d, const struct node *n, void *target); /* startdate */
void value_set_rules(struct draft *d, const struct node *n,
    void *target); /* nametrans, and nametrans_len that follows it */
void value_set_fingerprints(
    struct draft *d, const struct node *n, void *target); /* cert_fingerprint */
/* A path; that nothing can be read there is a mistake. */
void value_set_file(struct draft *d, const struct node *n, void *target);
void value_set_family(
    struct draft *d, const struct node *n, void *target); /* family */
void value_set_compression(
    struct draft *d, const struct node *n, void *target); /* usecompression */
void value_set_infosep(
    struct draft *d, const struct node *n, void *target); /* infosep */

#endif

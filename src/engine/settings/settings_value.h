/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_SETTINGS_VALUE_H
#define ENGINE_SETTINGS_SETTINGS_VALUE_H

/* What kinds of values a key may have: from a node, checked, to a member of
 * struct settings. For settings*.c only. */

#include <stdint.h>

#include "engine/settings/settings_private.h"

enum value_kind {
	VALUE_BOOL,	/* bool */
	VALUE_UNSIGNED, /* unsigned */
	VALUE_INT,	/* int */
	VALUE_INT64,	/* int64_t */
	VALUE_UINT64,	/* uint64_t */
	VALUE_REAL,	/* double */
	VALUE_WORD,	/* an enum */
	VALUE_STRING,	/* char *: not empty, without control characters */
	VALUE_SECRET,	/* likewise; not on the command line */
	VALUE_TEXT,	/* char *: anything */
	VALUE_PATH,	/* char *: expanded, absolute */
	VALUE_FILE,	/* char *: as VALUE_PATH, of a file that can be read */
	VALUE_STRINGS,	/* char **: NULL-terminated */
	VALUE_FINGERPRINTS, /* likewise: cert_fingerprint */
	VALUE_RULES,	    /* nametrans, with nametrans_len */
	VALUE_DATE,	    /* int64_t: seconds since the epoch, of a day */
	VALUE_FAMILY,	    /* int: family */
	VALUE_COMPRESSION,  /* enum settings_compression */
	VALUE_INFOSEP,	    /* char: infosep */
	VALUE_LIST,	    /* checked only: others read what is in it */
	VALUE_GROUP,	    /* likewise */
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
};

/* Checks what stands in n and puts it at target (NULL: nowhere). Mistakes are
 * reported. */
void settings_value_set(struct draft *d, const struct node *n,
    const struct value_type *t, void *target);

/* Puts a default at target: text is the value as in a file, without quotes.
 * It may be a number that is out of range in a file. */
void settings_value_default(struct draft *d, const struct value_type *t,
    const char *text, void *target);

/* Wipes and frees the memory that the value at target holds. */
void settings_value_clear(const struct value_type *t, void *target);

#endif

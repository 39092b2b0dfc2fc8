/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_SETTINGS_PRIVATE_H
#define ENGINE_SETTINGS_SETTINGS_PRIVATE_H

/*
 * What the files of the configuration reader share; for settings*.c only.
 *
 *	settings_text   files and what they include -> one text
 *	settings_path   ~ and $VAR; whether two paths are one
 *	settings        libconfig: text -> tree; overrides
 *	settings_keys   the table of keys: tree -> struct settings
 *	settings_value  the kinds of values a key may have
 *	settings_check  what no key can see alone
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/settings/settings.h"
#include "engine/settings/settings_node.h"

#define SETTINGS_FILE_MAX                                                      \
	((size_t)1 << 20)	 /* bytes, with all includes: a                \
				  * thousand accounts are 0.3 MB */
#define SETTINGS_STRING_MAX 4096 /* bytes: more than any command or path */
#define SETTINGS_NAME_MAX                                                      \
	100 /* bytes of an account's name: it becomes part                     \
	     * of file names */

/* Line `first' of the joined text, and those that follow, are lines `line' and
 * following of file. */
struct source {
	unsigned first;
	unsigned line;
	char *file;
	bool exposed; /* other users can read it */
};

/* A configuration while it is read. */
struct draft {
	struct settings
	    *s; /* accounts as in the file until they are selected */
	struct node root;
	struct source *sources; /* ascending */
	size_t sources_len;
	size_t sources_cap;
	struct settings_reader reader;
	size_t mistakes;
	size_t mistakes_here; /* those of them that are on the command line */
};

/* Reports "where: text", made visible. */
void settings_mistake(struct draft *d, const char *where, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void settings_warning(struct draft *d, const char *where, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* True for the source of an override; the source of a value in a file ends in
 * ":LINE". */
bool settings_on_command_line(const char *where);

/*
 * Reads the file into *text, with every @include replaced by what it names
 * (libconfig would end the program when that is a directory, and looks for
 * relative names in the current directory only), and numbers beyond 32 bits
 * marked with the L without which libconfig cuts them. Fills d->sources. A file
 * that other users can write is a mistake. Mistakes are reported; an unreadable
 * main file is an error.
 */
int settings_text_read(
    struct draft *d, const char *file, struct buf *text, struct err *e);

/* The source of a line of the joined text. NULL when there is none. */
const struct source *settings_text_source(const struct draft *d, unsigned line);

/* A path with ~, ~user, $VAR and ${VAR} expanded; NULL with the reason in *e
 * when it cannot be or is not absolute afterwards. The caller frees. */
char *settings_path_expand(const char *text, struct err *e);

/* The path without links, "." and "..", also where some of its directories do
 * not exist yet. path is absolute. The caller frees. */
char *settings_path_real(const char *path);

/* The default paths of the configuration. The caller frees both. */
void settings_path_defaults(char *path[2]);

/* Fills d->s from d->root. Every mistake is reported. */
void settings_keys_fill(struct draft *d);

/* True when type is the name of a type. */
bool settings_type_known(const struct node *type);

/* Fills d->s as if nothing were in the file. */
void settings_keys_defaults(struct draft *d);

/* Wipes and frees what the keys of general hold in s. */
void settings_keys_clear(struct settings *s);

/* What needs more than one key: required ones, duplicates, two Maildirs in one
 * directory. Leaves in d->s the accounts that general.accounts names. */
void settings_check(struct draft *d);

/* Wipes and frees what *a holds. */
void settings_account_clear(struct settings_account *a);

#endif

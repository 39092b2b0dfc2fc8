/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SETTINGS_FIXTURE_H
#define TESTS_SETTINGS_FIXTURE_H

#include "base/buf.h"
#include "engine/settings/settings.h"
#include "tmpdir.h"

/*
 * Configurations are written as FILE in a directory of their own, which is
 * HOME and the current directory, so that complaints read the same anywhere.
 */
#define FILE_NAME "blinkmail.conf"

struct load {
	struct settings *s;
	struct err e;
	struct buf said; /* one line for each mistake */
	int rc;
};

/* Gathers a mistake; arg is the struct load. */
void say(void *arg, const char *line);

/* Loads text as FILE_NAME (NULL: what is there) with overrides (NULL: none),
 * and ends that. */
void load(struct load *l, const char *text, const char *const *over);
void unload(struct load *l);

/* For cmocka: the directory is made and removed. */
int place_make(void **state);
int place_drop(void **state);
#define PLACED(f) cmocka_unit_test_setup_teardown(f, place_make, place_drop)

/* An account's two sides, to be varied. */
#define SIDE_REMOTE "remote = { host = \"h\"; user = \"u\"; };"
#define SIDE_LOCAL "local = { path = \"/m/a\"; };"
#define ACCOUNT "accounts = ( { name = \"a\"; " SIDE_REMOTE SIDE_LOCAL " } );\n"
#define IN_REMOTE(x)                                                           \
	"accounts = ( { name = \"a\";\n" SIDE_LOCAL                            \
	"\nremote = { host = \"h\"; user = \"u\";\n" x " }; } );\n"
#define IN_LOCAL(x)                                                            \
	"accounts = ( { name = \"a\";\n" SIDE_REMOTE "\nlocal = {\n" x         \
	" }; } );\n"
#define IN_ACCOUNT(x)                                                          \
	"accounts = ( { name = \"a\";\n" SIDE_REMOTE SIDE_LOCAL "\n" x " } "   \
	");\n"
#define IN_GENERAL(x) ACCOUNT "general = {\n" x " };\n"

#endif

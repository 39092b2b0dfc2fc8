/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_MAILDIR_TEMP_H
#define TESTS_UNIT_MAILDIR_TEMP_H

/* One Maildir in a temporary directory, open, for the tests of src/maildir. */

#include <stdbool.h>
#include <stddef.h>

#include "maildir/maildir_folder.h"
#include "ok.h"

struct temp {
	char *dir;
	struct maildir *md;
};

/* For cmocka: *state becomes a struct temp, of a folder called "INBOX". */
int temp_setup(void **state);
int temp_teardown(void **state);

/* Opens the folder again. */
void temp_open(struct temp *t);

/* Files, by their path below the folder. */
void temp_put(struct temp *t, const char *below, const void *data, size_t len);
void temp_touch(struct temp *t, const char *below);
bool temp_has(struct temp *t, const char *below);
size_t temp_count(struct temp *t, const char *below);

/* Reads the file whole; a NUL follows. The caller frees. */
char *temp_get(struct temp *t, const char *below, size_t *len);

/* Waits until the times of the directories can be trusted. */
void temp_settle(struct temp *t);

#endif

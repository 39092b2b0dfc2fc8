/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_TMPDIR_H
#define TESTS_UNIT_TMPDIR_H

/*
 * Temporary directories, and the files in them. They are made below $TMPDIR;
 * without it in /dev/shm, where fsync() costs nothing, or else in /tmp. Each
 * call succeeds, or ends the program.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Makes an empty directory. The caller gives it to tmpdir_free(). */
char *tmpdir_new(void);

/* Removes the directory with all that is in it; NULL is fine. */
void tmpdir_free(char *dir);

/* Makes a directory that is also the current one and HOME; tmpdir_leave()
 * removes it. */
char *tmpdir_enter(void);
void tmpdir_leave(char *dir);

void remove_tree(const char *dir);

/*
 * As with openat(), name is relative to dir, which may be AT_FDCWD.
 * file_put() makes or replaces a file. file_get() reads one whole, a NUL
 * follows; the caller frees. len may be NULL there.
 */
void file_put(int dir, const char *name, const void *data, size_t len);
char *file_get(int dir, const char *name, size_t *len);
bool file_exists(int dir, const char *name); /* or a link that leads nowhere */

/* How many entries the directory has, without those that begin with a dot. */
size_t file_count(int dir, const char *name);

/* Writes a text file with that mode. */
void file_write(const char *name, const char *text, mode_t mode);

#endif

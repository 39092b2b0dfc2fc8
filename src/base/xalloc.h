/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

/*
 * Memory that is there. Running out of it ends the program with a message,
 * which crash safety makes harmless; nobody checks for NULL. Any thread.
 * Sizes in bytes. The caller frees with free().
 */

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t size);
/* As xrealloc for count * size bytes; an overflow counts as out of memory. */
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * For an array that grows by appending: makes room for element number count
 * (counted from 0), *cap being what it holds. Returns the array.
 */
void *xgrow(void *p, size_t count, size_t *cap, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

/* What somebody may have meant. Pure; any thread. */

/* The word of names (NULL-terminated) with the smallest edit distance; case
 * does not count. */
const char *nearest_word(const char *word, const char *const *names);

/* The same; NULL when it is so far away that nobody can have meant it. */
const char *nearest_close(const char *word, const char *const *names);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_PROMPT_H
#define UI_SCREEN_PROMPT_H

/*
 * One line of text that the user types and edits. It may be a password: it is
 * wiped, never freed. Zeroed memory is an empty line. No I/O; one thread.
 */

#include <stdbool.h>
#include <stddef.h>

#define PROMPT_CAP 256 /* = PASSWORD_BYTES */

struct prompt {
	char text[PROMPT_CAP]; /* UTF-8, NUL-terminated */
	size_t len, at;	       /* bytes: all of it, before the cursor */
};

/* Takes a key (term.h): a character, or one that moves or deletes. False when
 * it means nothing here. A character for which there is no room is dropped. */
bool prompt_key(struct prompt *p, int key);

void prompt_wipe(struct prompt *p);

/* Writes a star for each character to out, which holds PROMPT_CAP; returns
 * how many are before the cursor. */
size_t prompt_stars(const struct prompt *p, char *out);

#endif

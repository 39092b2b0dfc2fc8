/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_KEYWORDS_H
#define MAILDIR_MAILDIR_KEYWORDS_H

/*
 * What the letters a to z in the names of a folder's files mean: its file
 * dovecot-keywords says so, in lines "0 NAME" (0 is a), which Dovecot reads
 * and writes, too. Here letters are translated to the flag bits of a struct
 * keywords and back, by name.
 *
 * Letters without a name mean nothing here; they stay where they are, and are
 * not given a name as long as there is another one: it would be that of what
 * they stand at, too. The last ones are taken out of the names first.
 * One thread at a time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/flags.h"
#include "maildir/maildir_folder.h"

struct maildir_keywords {
	const struct maildir *md; /* borrowed */
	bool readonly;
	struct keywords *map;	      /* borrowed */
	struct buf text;	      /* the file as it was read */
	char *names[FLAG_KEYWORDS];   /* by letter; NULL: none */
	uint32_t bits[FLAG_KEYWORDS]; /* in map, by letter; 0: not asked yet */
	uint64_t seen[3];	      /* inode, size, mtime of what was read */
};

/* Takes note of where the file is; reads nothing yet. */
void maildir_keywords_init(struct maildir_keywords *k, const struct maildir *md,
    bool readonly, struct keywords *map);
void maildir_keywords_clear(struct maildir_keywords *k);

/* Reads the file, if it is another one than last time. No file: no names. */
int maildir_keywords_load(struct maildir_keywords *k, struct err *e);

/* The bits of letters; names that are new to map get a bit there. */
uint32_t maildir_keywords_flags(
    struct maildir_keywords *k, const char *letters, size_t len);

/*
 * Appends the letters for flags, sorted, and those of old (what the file's
 * name had) that mean nothing here. Bits without a letter are left out.
 */
void maildir_keywords_letters(struct maildir_keywords *k, uint32_t flags,
    const char *old, size_t old_len, struct buf *out);

/*
 * Gives a letter to each keyword among flags that has none, as long as there
 * are letters left, and writes them to the file, durably.
 */
int maildir_keywords_assign(
    struct maildir_keywords *k, uint32_t flags, struct err *e);

/* Bits that can be kept; those that no name has yet, too, when there is a
 * letter left for one more. */
uint32_t maildir_keywords_storable(const struct maildir_keywords *k);

#endif

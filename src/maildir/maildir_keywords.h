/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_KEYWORDS_H
#define MAILDIR_MAILDIR_KEYWORDS_H

/*
 * What the letters a to z in the names of a folder's files mean: the folder's
 * table says so (maildir_table.h), the file dovecot-keywords. Here letters are
 * translated to the flag bits of a struct keywords and back, by name.
 *
 * A file that is moved by hand to another folder keeps its letters. So that
 * they mean the same there, the account has a table, too, in the root of its
 * Maildir: a keyword that is new to a folder gets the letter there that it has
 * in the account's table, and one that is new to the account gets a letter in
 * both. The account's table only proposes; a folder's own table decides what
 * its letters mean. It may have been written by another program, and a letter
 * that it gave away stays what it is.
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
#include "maildir/maildir_table.h"

/* The account's table, in the root of its Maildir. */
#define MAILDIR_ACCOUNT_FILE ".blinkmail-keywords"

struct maildir_keywords {
	const struct maildir *md; /* borrowed */
	bool readonly;
	struct keywords *map; /* borrowed */
	struct maildir_table table;
	struct maildir_table account; /* its dir is -1 where there is none */
	uint32_t bits[FLAG_KEYWORDS]; /* in map, by letter; 0: not asked yet */
};

/*
 * Takes note of where the files are; reads nothing yet. root is a descriptor
 * of the directory with the account's table, borrowed; -1: there is none. With
 * readonly md may be closed after the first load.
 */
void maildir_keywords_init(struct maildir_keywords *k, const struct maildir *md,
    int root, bool readonly, struct keywords *map);
void maildir_keywords_clear(struct maildir_keywords *k);

/* Reads the folder's table, if its file is another one than last time. */
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
 * are letters left, and writes them to the files, durably: the account's
 * first. used has the letters that stand in names of this folder's own files
 * (bit 0 is a); NULL: look. If we die between the two files, the next one that
 * needs the letter finds it in the account's table.
 */
int maildir_keywords_assign(struct maildir_keywords *k, uint32_t flags,
    const uint32_t *used, struct err *e);

/* Bits that can be kept; those that no name has yet, too, when there is a
 * letter left for one more. */
uint32_t maildir_keywords_storable(const struct maildir_keywords *k);

#endif

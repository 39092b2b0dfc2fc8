/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_TABLE_H
#define MAILDIR_MAILDIR_TABLE_H

/*
 * A table that says which keyword each of the letters a to z means, kept in a
 * file with lines "0 NAME" (0 is a). Each folder has one, dovecot-keywords,
 * which Dovecot reads and writes, too; an account's Maildir has one for all
 * folders (maildir_keywords.h says what for). Other lines of the file are kept
 * and mean nothing.
 *
 * One thread at a time; other threads and programs may use the same file.
 * Errors are ERR_FOLDER.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/flags.h"

#define MAILDIR_NO_LETTER ((size_t)FLAG_KEYWORDS)

struct maildir_table {
	int dir;	  /* borrowed: where the file is */
	const char *file; /* static: its name there */
	char lock_file[40];
	char new_file[40]; /* until it takes the place of the old one */
	bool fsync;	   /* make durable what is written */
	struct buf text;   /* the file as it was read, and what was added */
	char *names[FLAG_KEYWORDS]; /* by letter; NULL: none */
	uint64_t seen[3];	    /* inode, size, mtime of what was read */
};

/* Takes note of where the file is; reads nothing yet. */
void maildir_table_init(
    struct maildir_table *t, int dir, const char *file, bool fsync);
void maildir_table_clear(struct maildir_table *t);

/* Reads the file if it is another one than last time; *changed (may be NULL)
 * says so. No file: no names. */
int maildir_table_load(struct maildir_table *t, bool *changed, struct err *e);

/* The letter (0 is a) of a keyword, without regard to case;
 * MAILDIR_NO_LETTER: it has none. */
size_t maildir_table_letter(const struct maildir_table *t, const char *name);

/* The letters that have no name: bit 0 is a. */
uint32_t maildir_table_free(const struct maildir_table *t);

/* True when the name can stand in a line. */
bool maildir_table_can_hold(const char *name);

/*
 * Changing the file: lock, which reads it again, so that nothing is lost that
 * another program added; add any number of names; then unlock, which writes
 * the names first when write says so.
 */
int maildir_table_lock(struct maildir_table *t, int *lock, struct err *e);
void maildir_table_add(
    struct maildir_table *t, size_t letter, const char *name);
int maildir_table_unlock(
    struct maildir_table *t, int lock, bool write, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_NAME_H
#define MAILDIR_MAILDIR_NAME_H

/*
 * Names of message files (cr.yp.to/proto/maildir.html, and what others made
 * of it):
 *
 *	<time>_<seq>.<pid>.<host>,U=<uid>,FMD5=<md5 of folder>:2,<letters>
 *	'----------- unique ----'
 *	'---------------- base name ----------------------'   '- info -'
 *
 * This is what OfflineIMAP writes, and what is written here. What is read is
 * any program's: the base name is all before the last "<infosep>2,", or before
 * the info with another separator (':', '!', ';') at the end of the name; the
 *key is the base name up to the first comma, which all programs leave alone.
 *
 * Values without I/O; any thread.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define MAILDIR_NAME_MAX 255 /* bytes; NAME_MAX of the usual file systems */

/* A file name taken apart; points into it. */
struct maildir_name {
	const char *base;
	size_t base_len;
	const char *letters; /* as they stand in the name, perhaps unsorted */
	size_t letters_len;
	const char *extra; /* what follows the letters, from its ',' on; "" */
};

/* Always succeeds: a name without info has no letters. */
void maildir_name_parse(const char *file, char infosep, struct maildir_name *n);

/* A set of the letters a to z has one bit for each: bit 0 for a. */
#define MAILDIR_LETTER(i) (UINT32_C(1) << (i))

/* Those of the letters a to z that stand in the name. */
uint32_t maildir_name_keywords(const struct maildir_name *n);

/* Appends "<base><infosep>2,<letters><extra>". */
void maildir_name_format(struct buf *out, const char *base, size_t base_len,
    char infosep, const char *letters, const char *extra);

/* Length of the key of a base name. */
size_t maildir_name_key_len(const char *base, size_t base_len);

/* The number of the first ",U="; 0 when it is no UID, or the base name has
 * ",FMD5=" with another sum than this folder's (32 hexadecimal digits). Without
 * one (mbsync) it may be of another folder. */
uint32_t maildir_name_hint(const char *base, size_t base_len, const char *fmd5);

/* The 32 digits of FMD5= in the base name, which say in which folder it got
 * its name; NULL: there are none. */
const char *maildir_name_sum(const char *base, size_t base_len);

/*
 * Appends the base name that tells the UID: base, its key replaced by unique
 * unless that is NULL, without its old U= and FMD5= fields, with new ones.
 * uid 0: none is known yet, and only the folder is told.
 */
void maildir_name_bind(struct buf *out, const char *unique, const char *base,
    size_t base_len, uint32_t uid, const char *fmd5);

/* Makes unique names. Shared by threads after maildir_namer_init. */
struct maildir_namer {
	char host[65];
	long pid;
	/* Starts anywhere: a clock that goes back and a pid that comes again
	 * do not make an old name again. */
	_Atomic uint32_t next;
};

void maildir_namer_init(struct maildir_namer *n, char infosep);

/* Appends "<time>_<seq>.<pid>.<host>", each time another one. */
void maildir_namer_make(struct maildir_namer *n, struct buf *out);

/* True when file is a name that this host's process *pid made. */
bool maildir_namer_made(
    const struct maildir_namer *n, const char *file, long *pid);

#endif

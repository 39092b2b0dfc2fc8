/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_PLAN_SNAPSHOT_H
#define ENGINE_PLAN_SNAPSHOT_H

/*
 * What one side has, as a scan found it: the planner's input. A value without
 * I/O; any thread, one at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/uidset.h"

/*
 * What tells that nothing changed in a folder: equal tokens mean equal
 * contents (messages and flags). IMAP: UIDVALIDITY, UIDNEXT, MESSAGES and
 * HIGHESTMODSEQ; Maildir: device, inode, mtime and ctime of new and cur.
 * exact is false where flag changes may go unseen (no CONDSTORE): such a token
 * serves quick syncs only. An invalid token is never equal to any.
 */
struct store_token {
	bool valid;
	bool exact;
	uint64_t words[8];
};

/* A message as a scan sees it. 16 bytes; a folder may have a million. */
struct snap_msg {
	uint32_t id;
	uint32_t flags;
	uint32_t hint; /* Maildir: the other side's id that the name claims
			* (U= with this folder's FMD5); 0 for none */
	uint32_t name; /* Maildir: offset into names of the base name of a
			* message that the status does not know; "cur/" or
			* "new/" and the whole file name where another message
			* has that base name, too (then bind gives it one of
			* its own); 0 for none */
};

struct snapshot {
	struct snap_msg *msgs; /* ascending by id, each id once */
	size_t len;
	size_t cap;
	char *names; /* NUL-terminated strings; offset 0 is "" */
	size_t names_len;
	size_t names_cap;
	/* True when msgs is all there is, and was read without error. False: a
	 * partial snapshot, in which what is neither in msgs nor in vanished is
	 * as the status knows it. */
	bool complete;
	bool reused; /* the newest message known is another one now, under the
		      * same id; see struct store_newest */
	struct uidset vanished;	  /* partial only: ids known to be gone */
	struct err shortfall;	  /* why the scan did not find all; scope
				   * ERR_NONE: no such reason */
	uint32_t unlisted;	  /* then: how many at least */
	struct store_token token; /* as of just before the scan */
};

void snapshot_clear(struct snapshot *s);
struct snap_msg *snapshot_add(struct snapshot *s);
uint32_t snapshot_add_name(struct snapshot *s, const char *name);
void snapshot_sort(struct snapshot *s); /* by id */
/* Takes out the message with this id, which is there. */
void snapshot_drop(struct snapshot *s, uint32_t id);
const struct snap_msg *snapshot_find(const struct snapshot *s, uint32_t id);

#endif

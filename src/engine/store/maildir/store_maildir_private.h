/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_MAILDIR_STORE_MAILDIR_PRIVATE_H
#define ENGINE_STORE_MAILDIR_STORE_MAILDIR_PRIVATE_H

/* What the files of the Maildir store share; no other file includes this. */

#include "engine/store/maildir/store_maildir.h"
#include "maildir/maildir_folder.h"
#include "maildir/maildir_keywords.h"
#include "maildir/maildir_name.h"
#include "maildir/maildir_tree.h"

struct maildir_store {
	struct store store; /* first: a struct store is one of these */
	struct maildir_tree *tree;
	struct log *log;
	bool store_readonly;

	/* the open folder */
	struct maildir *md; /* NULL: none is open */
	struct maildir_keywords keywords;
	const struct store_known *known;
	_Atomic uint32_t own_next; /* never handed out */
	_Atomic uint32_t *next_id; /* own_next, or another store's */
	bool readonly;		   /* the store, or this folder */
};

/* store_maildir_origin.c: where files come from. */

/* A file that came, perhaps, from another folder. */
struct foreign {
	enum maildir_sub sub;
	char *file;
	uint64_t key;
	uint32_t letters; /* those of a to z in its name: bit 0 is a */
	size_t at;	  /* where the scan has it */

	/* By origin_find: */
	uint32_t flags; /* what the letters mean in its folder */
	bool added;	/* they are this folder's, and something was added */
};

struct origins {
	struct maildir_store *m;
	struct origin *list; /* the folders, once one was asked for */
	size_t len, cap;
	bool listed;
	struct err err; /* set when a folder could not be looked at */
};

void origins_clear(struct origins *o);
/* True when a file of that name, which the status does not know in the open
 * folder, may come from another one. */
bool origin_is_asked(const struct maildir *md, const struct maildir_name *n);
/* True when it does, and f->flags differ from what the name says here, or may
 * differ some day. False also when it cannot be found out (see o->err). */
bool origin_find(struct origins *o, struct foreign *f);

/* store_maildir_relabel.c: gives the files the letters and the sum of this
 * folder, durably. used has the letters of this folder's own files. */
int relabel_files(struct maildir_store *m, const struct foreign *list, size_t n,
    uint32_t used, struct err *e);

/* By the token's words. */
void store_maildir_token(
    const struct maildir_stamp *stamp, struct store_token *token);

/* The members of store_ops that are not in store_maildir.c. */
int store_maildir_scan(struct store *s, struct snapshot *snap, struct err *e);
int store_maildir_details(struct store *s, const struct store_ref *refs,
    size_t n, void (*each)(void *arg, const struct store_info *i), void *arg,
    struct err *e);
int store_maildir_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, const struct store_sink *sink, struct err *e);
int store_maildir_batch_begin(struct store *s, size_t n, struct store_batch **b,
    struct store_sink *sink, struct err *e);
int store_maildir_batch_commit(struct store_batch *b,
    struct store_result *results, size_t n, struct err *e);
void store_maildir_batch_abort(struct store_batch *b);
int store_maildir_flags(struct store *s, const struct store_ref *refs, size_t n,
    struct store_delta delta, struct store_result *results, struct err *e);
int store_maildir_remove(struct store *s, const struct store_ref *refs,
    size_t n, struct store_result *results, struct err *e);
int store_maildir_bind(struct store *s, const struct store_ref *refs,
    const uint32_t *peer_ids, size_t n, struct store_result *results,
    struct err *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_MAILDIR_STORE_MAILDIR_PRIVATE_H
#define ENGINE_STORE_MAILDIR_STORE_MAILDIR_PRIVATE_H

/* What the files of the Maildir store share; nobody else includes this. */

#include "engine/store/maildir/store_maildir.h"
#include "maildir/maildir_folder.h"
#include "maildir/maildir_keywords.h"
#include "maildir/maildir_tree.h"

struct maildir_store {
	struct store store; /* first: a struct store is one of these */
	struct maildir_tree *tree;
	struct log *log;
	bool store_readonly;

	/* the open folder */
	struct maildir *md; /* NULL: none is open */
	struct maildir_keywords words;
	const struct store_known *known;
	_Atomic uint32_t own_next; /* never handed out */
	_Atomic uint32_t *next_id; /* own_next, or another store's */
	bool readonly;		   /* the store, or this folder */
};

/* store_maildir_strays.c: files from other folders */

struct stray {
	enum maildir_sub sub;
	char *file;
	uint32_t flags; /* what its letters mean */
	/* Told when it was renamed; NULL: nobody asks. */
	uint32_t *now;
	struct store_result *result;
};

struct strays {
	struct maildir_store *m;
	struct stray_home *homes; /* folders that were asked for */
	size_t homes_len, homes_cap;
	struct stray *list;
	size_t len, cap;
	struct err err; /* set when a home could not be looked at */
};

void strays_clear(struct strays *s);
void strays_forget(struct strays *s); /* those that were noted */
/* True when the file, which n is the name of, came from another folder: *flags
 * is what its letters mean there, and it is noted. */
bool strays_take(struct strays *s, enum maildir_sub sub, const char *file,
    const struct maildir_name *n, uint64_t key, uint32_t *flags);
/* Valid until the next one is noted. */
struct stray *strays_note(
    struct strays *s, enum maildir_sub sub, const char *file, uint32_t flags);
/* The letters of that folder; NULL: it cannot be looked at (see s->err). */
struct maildir_keywords *strays_words(struct strays *s, const char *folder);
/* Gives those that were noted the letters and the sum of this folder, durably;
 * forgets them. */
int strays_settle(struct strays *s, struct err *e);

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
    uint32_t add, uint32_t del, struct store_result *results, struct err *e);
int store_maildir_remove(struct store *s, const struct store_ref *refs,
    size_t n, struct store_result *results, struct err *e);
int store_maildir_bind(struct store *s, const struct store_ref *refs,
    const uint32_t *peer_ids, size_t n, struct store_result *results,
    struct err *e);
int store_maildir_adopt(struct store *s, const struct store_ref *refs,
    const struct store_origin *from, size_t n, uint32_t *flags,
    struct store_result *results, struct err *e);

#endif

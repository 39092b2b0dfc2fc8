/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STATUS_STATUS_H
#define ENGINE_STATUS_STATUS_H

/*
 * The status of an account: the last state both sides agreed on, and what is
 * in flight. One SQLite file for each account; all SQL is in status_sql.c.
 *
 * WAL with synchronous=FULL: what status_commit returned 0 for survives a power
 * cut. Errors have scope ERR_ACCOUNT. One thread at a time; several threads
 * each have a view of their own.
 *
 * Who writes what, when (the order that makes a crash harmless):
 *
 *	download  file durable and visible, then status_pair_put
 *	upload    status_intent_put, commit, APPEND, look, status_pair_put and
 *	          status_intent_drop in one transaction
 *	delete    effect, then status_pair_drop; a crash in between is seen as
 *	          "gone on both sides" and forgotten
 *	flags     effect acknowledged, then status_pair_put
 *	tokens    after everything that was derived from them, in that same
 *	          transaction
 */

#include "engine/plan/hold.h"
#include "engine/plan/plan.h"
#include "engine/store/store.h"

struct log;
struct status;

/*
 * Opens (creates 0600) the database at path. Checks application_id, schema
 * version (an older one is brought up to date) and integrity (quick_check). A
 * corrupt file is renamed to
 * "<path>.corrupt-<time>" with its -wal, *was_corrupt is set, and a new one
 * begins: the caller then pairs by content and deletes nothing in this run.
 * A version that is newer than ours is an error. The path ":memory:" stands
 * for an empty database that leaves nothing behind.
 */
int status_open(const char *path, struct log *log, struct status **st,
    bool *was_corrupt, struct err *e);
void status_close(struct status *st); /* rolls back; NULL is fine */

/*
 * Another view of the database that st has open, for another thread. Each
 * transaction waits for those of the others, which are short. Of ":memory:" it
 * is an empty one of its own.
 */
int status_open_again(
    const struct status *st, struct status **again, struct err *e);

/* Transactions do not nest. */
int status_begin(struct status *st, struct err *e);
int status_commit(struct status *st, struct err *e);
void status_rollback(struct status *st);

/* A folder pair. Strings are owned by the struct. */
struct status_folder {
	int64_t id;
	char *name[2];	      /* canonical, by side */
	uint32_t validity[2]; /* 0: not synchronised yet */
	uint32_t next_id[2];  /* UIDNEXT seen last, where a store numbers
			       * messages itself; else 0 */
	uint32_t free_id[2];  /* above every id that the status has ever had
			       * of the side, which is where ids come from
			       * when the store has none; only grows */
	uint64_t modseq[2];   /* these two as in struct store_state, when it */
	uint64_t arrived[2];  /* was looked at last */
	struct store_token
	    token[2];	    /* of the last state both sides agreed on */
	int64_t scanned_at; /* when both sides were last read completely */
	char *object[2];    /* the store's own id of the folder; NULL: none */
	/* By the side where they would be removed: remote ids of pairs of
	 * which the removal waits for the user's decision; and why. */
	struct uidset held[2];
	enum hold_reason why[2];
	bool left[2]; /* messages of the side were not copied to the other
		       * when it was last looked at */
	uint32_t settled[2]; /* next_id when no removal waited in the
			      * account */
	/* Since the folder was looked at, the side, or the status
	 * (HOLD_STATUS), was put back from a backup; else HOLD_NONE. */
	enum hold_reason older[2];
	bool doubted;	    /* its pairs are not believed */
	int64_t made_under; /* of the settings that its tokens rest on */
};

void status_folder_clear(struct status_folder *f);

/* Finds by remote name; *found false when there is none. */
int status_folder_get(struct status *st, const char *remote_name,
    struct status_folder *f, bool *found, struct err *e);
/* Adds (f->id == 0: sets f->id) or updates. */
int status_folder_put(
    struct status *st, struct status_folder *f, struct err *e);
/* Drops the folder with pairs, keywords, intents. */
int status_folder_drop(struct status *st, int64_t folder, struct err *e);
/* Drops pairs and skipped messages, forgets validities and tokens; keeps
 * names, keywords and intents. (UIDVALIDITY changed.) */
int status_folder_reset(struct status *st, int64_t folder, struct err *e);
/* All folders, by remote name. The caller clears each and frees the array. */
int status_folders(
    struct status *st, struct status_folder **list, size_t *len, struct err *e);

/* A folder that could not be looked into. */
struct status_refused {
	uint32_t runs; /* in which it failed, one after the other; 0: none */
	int64_t since; /* the first of them; Unix time */
	/* By side, as the listing told in the first of them; 0: it did not. */
	uint32_t validity[2], next_id[2];
};

int status_refused_get(
    struct status *st, int64_t folder, struct status_refused *r, struct err *e);
int status_refused_put(struct status *st, int64_t folder,
    const struct status_refused *r, struct err *e);
/* It was looked into. */
int status_refused_drop(struct status *st, int64_t folder, struct err *e);

/* No removal waits in the account: what each folder has been told of so far
 * cannot be what a message became that is removed later. */
int status_settle(struct status *st, struct err *e);

/* A fact about the account, by its name: the caller frees *value; NULL: it is
 * not known. */
int status_fact_get(
    struct status *st, const char *name, char **value, struct err *e);
int status_fact_put(
    struct status *st, const char *name, const char *value, struct err *e);
int status_fact_drop(struct status *st, const char *name, struct err *e);

/* All folders of the side do not fit what is known of them. */
int status_older(
    struct status *st, enum side side, enum hold_reason why, struct err *e);

/* No folder's tokens are believed any more. */
int status_tokens_drop(struct status *st, struct err *e);

/* The keywords that the folder's flag bits stand for. */
int status_keywords_get(
    struct status *st, int64_t folder, struct keywords *k, struct err *e);
int status_keywords_put(
    struct status *st, int64_t folder, const struct keywords *k, struct err *e);

#define STATUS_KIN 16

/* All that is known of a message that is on both sides. */
struct status_pair {
	uint32_t id[2];
	uint32_t flags;
	int64_t date;	      /* INTERNALDATE, seconds since the epoch */
	struct digest digest; /* of the bytes */
	uint64_t told[2];     /* by side: the size that the store states, which
			       * on some servers is not that of the bytes; 0:
			       * not known, or the message is a file */
	bool unread[2];	      /* by side: it was paired by its size and parts of
			       * it; the rest was never compared */
	const unsigned char *kin; /* STATUS_KIN bytes of the SHA-256 of the
				   * body without white space, where each side
				   * has a form of its own (kin.h): the digest
				   * then is that of a side that is not unread;
				   * NULL: the bytes are the same. In results
				   * valid until the next call */
	const char *name[2]; /* by side: base name of the file, "" (NULL) for
			      * none; in results valid until the next call */
};

int status_pair_put(struct status *st, int64_t folder,
    const struct status_pair *p, struct err *e);
int status_pair_flags(struct status *st, int64_t folder, uint32_t remote_id,
    uint32_t flags, struct err *e);
/* The name of the pair's file on that side. */
int status_pair_name(struct status *st, int64_t folder, uint32_t remote_id,
    enum side side, const char *name, struct err *e);
int status_pair_drop(
    struct status *st, int64_t folder, uint32_t remote_id, struct err *e);
int status_pair_get(struct status *st, int64_t folder, uint32_t remote_id,
    struct status_pair *p, bool *found, struct err *e);

/* The lowest remote id of a pair, from least on. */
int status_pair_next(struct status *st, int64_t folder, uint32_t least,
    uint32_t *id, bool *found, struct err *e);

/* The highest id that a pair has on the side; of the local one it reads all
 * pairs of the folder. */
int status_pair_last(struct status *st, int64_t folder, enum side side,
    uint32_t *id, bool *found, struct err *e);

/* The base of a folder for the planner, ascending by id[REMOTE]; the caller
 * frees. */
int status_base(struct status *st, int64_t folder, struct plan_pair **base,
    size_t *len, struct err *e);

struct status_ids {
	uint32_t *list;
	size_t len;
};

/* The ids on side, from least on, that pairs of the folder have, ascending; the
 * caller frees the list. */
int status_paired(struct status *st, int64_t folder, enum side side,
    uint32_t least, struct status_ids *ids, struct err *e);

/* How many pairs the account has; reads them all. */
int status_count_all(struct status *st, uint64_t *n, struct err *e);

/* Notes that n messages were removed on a side now, and forgets what is older
 * than a day, or later than now. */
int status_removed_add(struct status *st, int64_t folder, enum side side,
    uint64_t n, struct err *e);
/* How many were removed within the last day; folder 0: of all. */
int status_removed(struct status *st, int64_t folder, enum side side,
    uint64_t *n, struct err *e);
/* Forgets all of it: the user has decided. */
int status_removed_forget(struct status *st, struct err *e);

/*
 * The names of a folder's files on one side as store_known wants them: loads
 * (key, id) once, 12 to 16 bytes a pair, and answers from memory. Free with
 * status_known_clear.
 */
int status_known(struct status *st, const struct status_folder *f,
    enum side side, struct store_known *known, struct err *e);
void status_known_clear(struct store_known *known);

/* Where else in the account a message may be. */
struct status_place {
	int64_t folder;
	struct status_pair pair;
};
/* Calls each() for every pair of the account whose file on that side has this
 * key; each returns false to stop. p is valid during the call. */
int status_places_named(struct status *st, enum side side, uint64_t key,
    bool (*each)(void *arg, const struct status_place *p), void *arg,
    struct err *e);
/* Likewise for every pair with this content. */
int status_places_alike(struct status *st, const struct digest *d,
    bool (*each)(void *arg, const struct status_place *p), void *arg,
    struct err *e);

/*
 * An upload that is about to happen or has happened without our knowing:
 * written before the APPEND, dropped with the pair's birth. One that was looked
 * for in vain stays for a while, as it may still arrive (overdue.c).
 */
struct status_intent {
	int64_t id;	    /* set by status_intent_put */
	enum side side;	    /* where the copy was going */
	uint32_t source_id; /* on the other side */
	uint32_t next_id;   /* lowest id the copy can have on its side */
	uint32_t validity;  /* of that side's folder */
	uint32_t flags;	    /* what the pair begins with */
	int64_t date;
	struct digest digest;
	char *name;   /* Maildir base name of the source; owned; may be "" */
	int64_t late; /* when it was looked for in vain, seconds since the
		       * epoch; 0: it was not; set by status_intent_late */
};

int status_intent_put(
    struct status *st, int64_t folder, struct status_intent *i, struct err *e);
int status_intent_late(
    struct status *st, int64_t intent, int64_t when, struct err *e);
int status_intent_drop(struct status *st, int64_t intent, struct err *e);
/* All of a folder, oldest first. The caller frees names and array. */
int status_intents(struct status *st, int64_t folder,
    struct status_intent **list, size_t *len, struct err *e);
void status_intents_free(struct status_intent *list, size_t len);

#define STATUS_RETRY_MOST 86400 /* seconds; Q_SKIP has it, too */

/*
 * Messages that could not be copied: tried again by the next run, then at
 * growing intervals (after the n-th failure min(2^(n-1) minutes, 1 day)); any
 * change of the id's existence forgets it.
 */
struct status_skipped {
	enum side side;	  /* where it lies */
	uint32_t id;	  /* there, as folder_skip_id has it */
	uint32_t tries;	  /* 0: it did not fail; see status_doubled */
	int64_t next_try; /* seconds since the epoch, at most STATUS_RETRY_MOST
			   * after it was stored; or that id */
	char reason[256];
};
/* Counts one more failure. */
int status_skip(struct status *st, int64_t folder, enum side side, uint32_t id,
    const char *reason, struct err *e);
/* The other side keeps each message once, and has this one with that id, which
 * is the pair's of another message with the same content. */
int status_doubled(struct status *st, int64_t folder, enum side side,
    uint32_t id, uint32_t other, struct err *e);
int status_unskip(struct status *st, int64_t folder, enum side side,
    uint32_t id, struct err *e);
/* All of a folder, ascending by side and id; the caller frees. */
int status_skips(struct status *st, int64_t folder,
    struct status_skipped **list, size_t *len, struct err *e);

#endif

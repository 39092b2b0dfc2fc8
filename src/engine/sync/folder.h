/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_FOLDER_H
#define ENGINE_SYNC_FOLDER_H

/*
 * One folder in the course of a sync, as the files that scan, recover, match
 * and execute share it. Private to the engine; all functions here run in the
 * worker thread that runs the sync, and errors have the scope that they say.
 */

#include "engine/plan/plan.h"
#include "engine/sync/sync.h"

/* A folder is read completely from time to time, whatever its tokens say. */
#define SCAN_ALL_SECONDS (7 * 86400)

struct folder {
	struct sync *sy;
	const struct foldermap_entry *entry;
	size_t number;		     /* index into the map */
	struct status_folder row;    /* as in the status */
	struct store_state state[2]; /* valid after folder_open */
	struct keywords keywords;
	struct store_known known; /* loads itself at the first question */
	struct store_known loaded;
	bool known_loaded;
	struct err known_err; /* set when loading failed */
	int64_t home_id;      /* of the folder that home names; 0: none */
	bool home_here; /* it cannot be told from the one in this folder */
	char *home;
	struct snapshot snap[2];
	struct plan_pair *base;
	size_t base_len;
	struct matched *matched; /* ascending by remote id */
	size_t matched_len, matched_cap;
	struct plan plan;
	uint32_t counts[2][COUNT_KINDS];
	bool failed;	   /* something in here failed or waits */
	bool no_deletions; /* none are to be made in this pass */
	bool unfinished;   /* more is to be done than was: forget the tokens */
};

/* Two messages that were found to be one, and what it is recognised by. */
struct matched {
	struct plan_match m;
	struct digest digest;
	int64_t date;
};

/* An upload that the server can do itself: see exec_transfer.c. */
struct sync_transfer {
	size_t entry;	   /* destination: index into map.list */
	uint32_t local_id; /* the file in the destination */
	uint32_t local_flags;
	char *name;   /* its base name; owned */
	bool unclear; /* some of its letters mean nothing here */
	struct digest digest;
	int64_t date;	       /* of the source */
	int64_t source_folder; /* status id of the folder that has the bytes */
	uint32_t source_uid;
	uint32_t source_flags; /* what both sides have there */
	uint32_t storable;     /* what both can keep in the destination */
	struct status_intent intent;
	uint32_t new_id; /* 0: not known */
	bool gone;	 /* moved: it is no longer in source_folder */
	enum store_outcome outcome;
};

/* A deletion that waits for the end of all copies. */
struct sync_doomed {
	size_t entry;
	struct op op;
	size_t left; /* messages of the base that are not gone from there */
	bool moved;  /* went with a MOVE: nothing is left to delete */
};

/* A message that could not be copied to a side: what may be the same message
 * is not deleted there meanwhile. */
struct uncopied {
	enum side side;
	uint64_t size; /* 0: not known, stands for any */
};

/* report.c: events and counters */

/* An event with account, worker, time and the folder's label filled in; f may
 * be NULL. */
void report_init(struct event *ev, const struct sync *sy,
    const struct folder *f, enum event_kind kind);
void report_post(struct sync *sy, const struct event *ev);
/* An operation on f, done or planned. reason may be NULL. */
void report_op(struct folder *f, enum event_op what, const struct op *op,
    const char *reason);
/* Something failed: posts EV_ERROR; op is of the message that it is about, or
 * NULL. Marks sync and folder as failed. f may be NULL. */
void report_error(struct sync *sy, struct folder *f, const struct op *op,
    const struct err *e);
void report_warning(struct sync *sy, const struct folder *f, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
/* Something waits for a decision: EVOP_HELD n deletions, EVOP_SKIP a folder. */
void report_held(struct sync *sy, const struct folder *f, enum event_op what,
    uint64_t n, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The messages of a side are listed now. */
void report_listing(struct folder *f, enum side side);
void report_progress(
    struct folder *f, uint64_t done, uint64_t total, uint64_t bytes);
/* Adds n to a counter of the folder and of the account. */
void report_count(
    struct folder *f, enum side side, enum count_kind kind, uint32_t n);

/* content.c: what a message is recognised by */

struct content {
	bool valid;	      /* false: it could not be read; err says why */
	struct digest digest; /* STORE_HEADER: header only, size as announced */
	int64_t date;
	uint32_t flags;
	struct err err;
};

/*
 * Reads n messages of the open folder of a store and digests them; out has n
 * entries, in the order of refs. -1 when the reading as a whole broke.
 */
int content_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, struct content *out, struct err *e);
/* Likewise of whole messages, as if they had no CR: with the same digest for
 * those that differ in the ends of lines alone. */
int content_read_lines(struct store *s, const struct store_ref *refs, size_t n,
    struct content *out, struct err *e);

/* match.c: pairing by content */

/* What is looked for on the other side. */
struct wanted {
	struct digest digest;
	uint32_t hint;	/* the id that is likely; 0 for none */
	uint32_t found; /* the id, or 0 */
	uint32_t flags; /* of what was found, and its date */
	int64_t date;
};

/*
 * Finds n messages among m of the store's open folder: by size and header,
 * and by all of it where two could be meant. No message is found twice.
 */
int match_content(struct store *s, struct wanted *want, size_t n,
    const uint32_t *ids, size_t m, struct err *e);

/*
 * Some servers change the ends of lines that are not CRLF. Looks for those of
 * n wanted that were not found among m ids of side to (some of which may not
 * exist) by all that is not a CR; refs are the messages on the other side.
 * Fills found, and digest, flags and date as side to has them.
 */
int match_altered(struct folder *f, enum side to, struct wanted *want,
    const struct store_ref *refs, size_t n, const uint32_t *ids, size_t m,
    struct err *e);

/* The ids in the snapshot of side that no pair of the base has; the caller
 * frees. */
uint32_t *match_unpaired_ids(
    const struct folder *f, enum side side, size_t *len);

/*
 * Pairs messages that are on both sides without a base: fills f->matched. And
 * files that got a new name: their pair is told, and f->snap[LOCAL] is as if
 * they had been known.
 */
int match_unpaired(struct folder *f, struct err *e);

/*
 * The validity of a side changed: pairs all again by content. *lost is how
 * many messages that the status knew and that are still on the other side
 * were not found again; when there are any, nothing was changed.
 */
int match_revalidate(
    struct folder *f, enum side changed, size_t *lost, struct err *e);

/* recover.c: what an earlier run left in flight */

/*
 * Resolves the folder's intents by looking; they stay when that fails. Wants
 * both snapshots and the base, which must be made again then. Unless it is the
 * last look, nothing is resolved when *missing of them were not found at a
 * store where they may still arrive.
 */
int recover_intents(
    struct folder *f, bool last, size_t *missing, struct err *e);

/* recover_late.c: what arrived after it was looked for */

/*
 * Removes what is there twice because it arrived when it had been sent again,
 * and takes it out of the snapshots; those may be partial.
 */
int recover_late(struct folder *f, struct err *e);

/* exec_*.c: doing it */

/* Messages of one side that operations are about. Owns the names. */
struct refs {
	struct store_ref *list;
	const struct op **ops; /* ops[i] is what list[i] is for; borrowed */
	size_t len;
	size_t cap;
};

void refs_clear(struct refs *r);
/* Appends op's message on side, with what snapshot and status know of it. */
int refs_add(struct refs *r, struct folder *f, const struct op *op,
    enum side side, struct err *e);

/* OP_ADOPT, OP_SETTLE, OP_FORGET: the status alone. */
int exec_records(struct folder *f, struct err *e);
/* Brings the base up to date with an OP_FLAGS that was done, or an OP_SETTLE.
 */
int exec_flags_record(struct folder *f, const struct op *op, struct err *e);
/* n OP_COPYs to one side, which is a store whose names carry the other side's
 * ids, so that no intent is needed. */
int exec_copy_named(
    struct folder *f, const struct op **ops, size_t n, struct err *e);
/* n OP_COPYs to one side, which numbers messages itself. */
int exec_copy_numbered(
    struct folder *f, const struct op **ops, size_t n, struct err *e);
/* All OP_FLAGS of both sides. */
int exec_flags(struct folder *f, struct err *e);
/* Takes out of ops (uploads) what the server can copy itself, to be done by
 * exec_transfers; *n is what is left. */
int exec_plan_transfers(
    struct folder *f, const struct op **ops, size_t *n, struct err *e);
/* Makes the letters of the files of the transfers from the first on, which are
 * into f, those of f, where they are still those of the folder that has the
 * bytes. */
int exec_adopt(struct folder *f, size_t first, struct err *e);
/* Copies that the server can make itself, for the account. */
int exec_transfers(struct sync *sy, struct err *e);
/* Deletions, for the account, when all else is done. */
int exec_deletions(struct sync *sy, struct err *e);

/* op->side did not get the message: reported, remembered, tried again.
 * size in CRLF form, 0 when it is not known. */
int exec_uncopied(struct folder *f, const struct op *op, uint64_t size,
    const struct err *why, struct err *e);
/* Only remembers it, for the deletions. */
void exec_hold_like(struct sync *sy, enum side side, uint64_t size);
/* True when nothing more may be begun. */
bool exec_stopped(const struct folder *f);
/* The folder's operations of this kind for this side: first, and how many. */
const struct op *exec_ops(const struct folder *f, enum op_kind kind, size_t *n);

/* sync_folder.c */

void folder_init(struct folder *f, struct sync *sy, size_t entry);
void folder_clear(struct folder *f);
/* Loads row and keywords; a folder that is new gets a row, unless in a dry
 * run. */
int folder_load(struct folder *f, struct err *e);
/* Opens the loaded folder on both sides. */
int folder_open(struct folder *f, struct err *e);
/* ERR_FOLDER unless both validities are those of the status. */
int folder_check_validity(const struct folder *f, struct err *e);
/*
 * The date by which a pair is recognised before a server's message is removed,
 * from what both sides say: the remote one; but where both are servers and
 * gave the message two dates, neither (0: not known).
 */
int64_t folder_pair_date(const struct folder *f, const int64_t date[2]);
/* Everything for one folder but transfers and deletions. ERR_FOLDER: others
 * may go on. */
int folder_sync(struct sync *sy, size_t entry, struct err *e);

/* sync.c */

/* True when in this run the folder's tokens are believed even where they do
 * not show every change of flags. */
bool sync_trusts(const struct sync *sy, const struct foldermap_entry *entry);
/* folder_sync, but a failure of the folder is reported and is none of the
 * account. */
int sync_folder_guarded(struct sync *sy, size_t entry, struct err *e);
/* Both stores forget the folder that they have open: what it was opened with
 * goes away. */
void sync_leave_folder(struct sync *sy);
/* The folder is left out: the connection broke in it. */
bool sync_given_up(const struct sync *sy, const struct foldermap_entry *entry);

/* sync_share.c, sync_broken.c */

/* Synchronises n folders, indices into the map, by all who help. Errors as
 * sync_account_run. */
int sync_share_out(
    struct sync *sy, const size_t *todo, size_t n, struct err *e);
/* Notes in which folder the run broke off, if in one; before the map goes. */
void sync_broken_note(struct sync *sy, int ret, const struct err *e);
/* The copies of that folder (of several: NULL) are not all made: deletions
 * wait. The label is the map's. */
void sync_copies_failed(struct sync *sy, const char *label);
/* Forgets the deletions planned in a folder that is looked at again. */
void sync_forget_doomed(struct sync *sy, size_t entry);

/* limits.c */

/* Takes out of ops (copies) what is too large or too old by the settings, or
 * failed lately and is not due yet; *n is what is left. */
int limits_apply(
    struct folder *f, const struct op **ops, size_t *n, struct err *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_STORE_H
#define ENGINE_STORE_STORE_H

/*
 * A store is what one side of an account is kept in: an IMAP session, a
 * Maildir tree, or a simulation. The engine sees nothing else of net and
 * maildir.
 *
 * Messages of a folder have ids, 1 to 2^32 - 1, that never change while the
 * folder's validity stays the same. For IMAP the id is the UID and the
 * validity UIDVALIDITY. A Maildir has no such numbers: its store hands them
 * out and remembers them by base name, in the status (see store_known).
 *
 * Message bytes pass in the form that IMAP carries: lines end in CRLF. Flags
 * pass as bits (base/flags.h) by the keywords given to open; a name that is
 * new gets a bit there.
 *
 * Folder names are canonical: UTF-8, components joined by '/'; a component's
 * own '/' and bytes that no name may hold are %XX (engine/store/foldername.h).
 *
 * A store belongs to one thread at a time. One folder is open at a time.
 * Errors: ERR_MESSAGE and ERR_FOLDER leave the store usable; after
 * ERR_SESSION or more only free may be called.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/flags.h"
#include "base/side.h"
#include "engine/plan/snapshot.h"

#define STORE_OBJECT 256 /* bytes of a folder's own id, its NUL included */

bool store_token_equal(
    const struct store_token *a, const struct store_token *b);

/* One folder of a listing. */
struct store_folder {
	char *name;	 /* canonical */
	char *native;	 /* as the store shows it to people (UTF-8), for filters
			  * and messages: "[Gmail]/Sent", "INBOX.Lists" */
	char delimiter;	 /* of native; 0 when flat */
	bool selectable; /* false: only a node of the tree */
	const char *special_use;  /* static "\\Sent", ... (RFC 6154) or NULL */
	struct store_token token; /* where the listing told it */
	uint32_t validity;	  /* likewise, else 0 */
	uint32_t messages;	  /* likewise, else 0 */
	uint32_t next_id;	  /* UIDNEXT, likewise */
};

/* A folder that is left out, for a reason that the user must know. */
struct store_refused {
	char *name;   /* made visible, cut when it is very long */
	char *why;    /* likewise */
	char *file;   /* that could not be looked into; else NULL */
	char *path;   /* for open_refused; NULL: it cannot be opened */
	char *folder; /* canonical: it could not be looked into, so that it may
		       * be this folder, or have some below; else NULL */
};

struct store_folders {
	struct store_folder *list; /* sorted by name (strcmp) */
	size_t len;
	size_t cap;
	char *prefix; /* native: what the names of the user's own folders begin
		       * with, their delimiter included; NULL: nothing */
	/* Folders that cannot be synchronised (a name that would leave the
	 * store, is empty, is no valid text ...). */
	struct store_refused *refused;
	size_t refused_len;
	size_t refused_cap;
};

void store_folders_clear(struct store_folders *f);
/* Appends an empty entry; valid until the next call. */
struct store_folder *store_folders_add(struct store_folders *f);
/* name (of len bytes, any) is left out. */
void store_folders_refuse(
    struct store_folders *f, const char *name, size_t len, const char *why);
/* Appends the same to any list of them; and frees what is in one. */
void store_refused_add(struct store_refused **list, size_t *len, size_t *cap,
    const char *name, size_t name_len, const char *why);
void store_refused_free(struct store_refused *list, size_t len);
void store_folders_sort(struct store_folders *f);
/* NULL when it is not there. */
const struct store_folder *store_folders_find(
    const struct store_folders *f, const char *name);

/* A folder of this side that has a message, which is valid during a call. */
struct store_location {
	const char *folder; /* canonical */
	uint32_t flags;	    /* what it has there, in bits of the open folder */
};

/*
 * What the status knows of a folder's messages on this side, for stores that
 * recognise them by name. Looked up while scanning; valid until the status's
 * next change to that folder.
 */
struct store_known {
	void *arg;
	/* The id that the name's key belongs to; 0 when it is unknown. */
	uint32_t (*by_key)(void *arg, uint64_t key);
	/*
	 * Where the account has a message, by the key of its name or, when
	 * that is 0, by its content: for files whose names do not say where
	 * they come from. Calls each() for one location after the other, of
	 * this folder, too, until it returns false. NULL: nothing is known.
	 */
	void (*locate)(void *arg, uint64_t key, const struct digest *d,
	    bool (*each)(void *arg, const struct store_location *l),
	    void *each_arg);
	uint32_t next_id; /* the lowest id that was never handed out */
};

/* The newest message that the status knows of a folder, where messages keep
 * what they have (dates_identify). */
struct store_newest {
	uint32_t id;	 /* 0: none */
	uint64_t told;	 /* the size that the store stated; 0: not known */
	int64_t date;	 /* 0: not known */
	uint64_t header; /* as in struct digest; 0: not to be compared */
};

struct store_open {
	const char *name; /* canonical */
	bool readonly;
	struct keywords *keywords; /* borrowed while open */
	const struct store_known
	    *known;	   /* borrowed while open; NULL: nothing */
	uint32_t validity; /* what the status knows, else what the listing
			    * said; 0: nothing */
	struct store_newest newest; /* a scan looks whether it still is that */
	bool confirm; /* another validity than that is believed only when the
		       * folder has it at a second look, too */
	/* Another store that has the folder open, too: new messages get their
	 * ids there, so that both never hand out the same. It must stay open
	 * meanwhile. NULL: here. IMAP: no matter. */
	struct store *numbers;
};

/* What opening a folder told. */
struct store_state {
	uint32_t validity;	   /* never 0 */
	char object[STORE_OBJECT]; /* the store's own id of the folder, which
				    * goes with it when it is renamed, and
				    * which no other has; "": it has none */
	uint32_t
	    next_id; /* ids of new messages will be >= this; 0: not known */
	uint32_t messages; /* as many as a complete scan will find; see scan.
			    * Maildir: 0, it is not known before */
	uint32_t limit;	   /* it may show so many messages only, the newest, of
			    * a larger folder; 0: not known to */
	/* These never become lower; 0: not known. IMAP: HIGHESTMODSEQ (RFC
	 * 7162). Maildir: when cur and new were changed last, in ns. */
	uint64_t modseq;
	uint64_t arrived;
	uint32_t storable; /* flag bits that can be changed here and kept; with
			    * those that no keyword has yet, when there is room
			    * for new ones */
	bool readonly;	   /* nothing can be changed here */
	struct store_token token;
};

/* One message that an operation is about. */
struct store_ref {
	uint32_t id;
	uint32_t flags;	  /* what the snapshot or the status says it has */
	const char *name; /* Maildir base name; "" or NULL for IMAP */
	uint64_t size;	  /* where the status knows it, else 0: as the store
			   * states it (IMAP), in CRLF form (Maildir) */
	int64_t date;	  /* likewise: seconds since the epoch */
};

/* What travels with a message's bytes. */
struct store_meta {
	uint32_t id; /* on the side it is read from */
	uint32_t flags;
	uint64_t size; /* bytes that will follow, CRLF form; exact */
	uint64_t told; /* the size of all of it, as the store states it, which
			* may be another one; 0: it does not here */
	int64_t date;  /* INTERNALDATE or mtime, seconds since the epoch, UTC */
	int zone;      /* minutes east of UTC, for INTERNALDATE */
	uint32_t peer_id; /* the id on the other side that the name may claim,
			   * 0: none yet */
	size_t index;	  /* of the ref that was asked for */
	bool has_nul;	  /* a NUL is among the bytes, where the source knows it
			   * beforehand (a Maildir, which scans the file for its
			   * line ends; IMAP says false): an IMAP store then
			   * needs BINARY (RFC 3516), or refuses with
			   * ERR_MESSAGE */
};

/*
 * Where a reader puts messages: begin, data..., end for each; abort when the
 * source broke in between. A callback's -1 with scope ERR_MESSAGE means that
 * this message is refused: the reader swallows the rest of it, calls nothing
 * more for it, and goes on with the next. A wider scope ends the reading.
 */
struct store_sink {
	void *arg;
	int (*begin)(void *arg, const struct store_meta *m, struct err *e);
	int (*data)(void *arg, const void *data, size_t len, struct err *e);
	int (*end)(void *arg, struct err *e);
	void (*abort)(void *arg);
	/* The message refs[index] could not be read, for this reason. */
	void (*missing)(void *arg, size_t index, const struct err *why);
};

/* Flag bits to add and to take away. */
struct store_delta {
	uint32_t add, del;
};

/* Where messages are copied to within a store. */
struct store_destination {
	const char *folder; /* canonical */
	bool move;	    /* and away from where they are */
};

/* How a store took one message or operation. */
enum store_outcome {
	STORE_PENDING, /* nothing known (yet): begun, perhaps done */
	STORE_DONE,
	STORE_GONE,    /* the message is no longer there */
	STORE_CHANGED, /* it is not as the ref says; nothing was done */
	STORE_FAILED,  /* refused; see err. Certainly not done */
	STORE_UNKEPT,  /* flags: the store took the change, and keeps no such
			* flag; see err */
};

struct store_result {
	enum store_outcome outcome;
	uint32_t id; /* of a copy in its new place; 0 when it is not known */
	uint32_t validity; /* of that place, where the store said it; else 0 */
	bool moved;	   /* by transfer: it is no longer at its old place */
	char *name; /* Maildir: its base name there; owned by the result */
	struct err err;
};

/* Frees names and errors, and empties n results. */
void store_results_clear(struct store_result *r, size_t n);

/*
 * A batch of messages being written to the open folder. Messages are pushed
 * in through its sink; none is visible or acknowledged before commit. A
 * message counts when its end() succeeded: those that were refused or aborted
 * have no place in the results. Before commit another batch may be begun, and
 * commit may be called from another thread than the store's where
 * concurrent_commit says so.
 */
struct store_batch;

struct store;

/* STORE_START: the first STORE_START_BYTES of the body, for stores whose bytes
 * are not at hand. */
enum store_part { STORE_WHOLE, STORE_HEADER, STORE_START };
#define STORE_START_BYTES 2048

struct store_info { /* details of one message */
	uint32_t id;
	uint64_t size; /* CRLF form; of a server, as it states it */
	int64_t date;
};

/*
 * What a kind of store can do, and what it wants to be known of it. Which side
 * a store is says nothing of this.
 */
struct store_traits {
	/* Messages are files whose names the status remembers, and by which a
	 * scan recognises them (store_open.known); a name can carry the id
	 * that the other side knows the message by (bind). */
	bool names_files;

	/* The store itself numbers messages when it takes them. Its answer may
	 * be lost, and with it the number: before a copy is sent, an intent
	 * has to be written down. False: ids are those of the status; a copy
	 * whose id was not recorded is a message that was never seen, and is
	 * recognised by its bytes. */
	bool hands_out_ids;

	/* To read a message costs a file's reading. False: its bytes come over
	 * a network, and are not read only to be looked at. */
	bool bytes_at_hand;

	/* A message keeps the size and date that the store gave it, and remove
	 * compares them with its ref: STORE_CHANGED says that another message
	 * has its id. False: remove compares flags, and STORE_CHANGED says
	 * that these have changed. */
	bool dates_identify;

	/* transfer can copy within the store without sending bytes. */
	bool server_copy;

	/* A batch's commit may run in another thread, beside the store. */
	bool concurrent_commit;

	/* What was sent before a connection broke, or the program died, may
	 * still become visible for a while. */
	bool arrives_late;
};

struct store_ops {
	const char *kind; /* "IMAP", "Maildir", ... */
	struct store_traits traits;

	/* Lists all folders, with tokens where that costs no round trip each.
	 */
	int (*list)(struct store *s, struct store_folders *f, struct err *e);

	/* Makes a folder, parents included. It may be there already. No folder
	 * is open afterwards. */
	int (*create)(struct store *s, const char *name, struct err *e);

	/* Gives a folder another name, parents of which are made; on some
	 * servers those below it go with it. Neither name is INBOX, and none
	 * has the new one: else ERR_FOLDER. No folder is open afterwards. NULL:
	 * it cannot. */
	int (*rename)(
	    struct store *s, const char *from, const char *to, struct err *e);

	/*
	 * Opens a folder, closing another one. A folder that is not there,
	 * has no UIDVALIDITY, or another one each time, or says UIDNOTSTICKY:
	 * ERR_FOLDER.
	 */
	int (*open)(struct store *s, const struct store_open *o,
	    struct store_state *st, struct err *e);

	/*
	 * Opens what the listing refused, by its path, to read messages only:
	 * scan, details and read work then, as without any knowledge of it. A
	 * link is followed. ERR_FOLDER: it cannot be looked into. NULL: nothing
	 * that is refused can be opened.
	 */
	int (*open_refused)(struct store *s, const char *path,
	    struct keywords *keywords, struct err *e);

	/* Forgets the open folder and what was borrowed for it; says nothing
	 * to a server. NULL: nothing to forget. */
	void (*leave)(struct store *s);

	/*
	 * All messages with their flags. The snapshot is complete only if the
	 * listing was answered to its end and the number of distinct ids is
	 * what the server says the folder holds. Else it is partial, and its
	 * shortfall says why: what is in it is there for sure. When nothing of
	 * a folder that is not empty could be listed: ERR_FOLDER.
	 */
	int (*scan)(struct store *s, struct snapshot *snap, struct err *e);

	/*
	 * Size and date of the messages in ids that are still there, in any
	 * order; for a Maildir this reads the files.
	 */
	int (*details)(struct store *s, const struct store_ref *refs, size_t n,
	    void (*each)(void *arg, const struct store_info *i), void *arg,
	    struct err *e);

	/*
	 * Reads n messages (or their headers) into the sink, pipelined, in any
	 * order. What cannot be read is told to missing(). -1 only when the
	 * reading as a whole broke: then some refs were never mentioned.
	 */
	int (*read)(struct store *s, const struct store_ref *refs, size_t n,
	    enum store_part part, const struct store_sink *sink, struct err *e);

	/*
	 * Begins a batch of at most n messages for the open folder. The sink
	 * takes them; the n-th message ended has results[n] in commit.
	 */
	int (*batch_begin)(struct store *s, size_t n, struct store_batch **b,
	    struct store_sink *sink, struct err *e);

	/*
	 * Makes the batch durable and visible; results has one entry for each
	 * message ended. STORE_DONE carries the id where it is known (IMAP
	 * without UIDPLUS: 0; Maildir: handed out). -1 when the whole broke:
	 * entries still STORE_PENDING may or may not be there. Frees the batch
	 * in every case.
	 */
	int (*batch_commit)(struct store_batch *b, struct store_result *results,
	    size_t n, struct err *e);

	/* Throws the batch away with all that it left behind. */
	void (*batch_abort)(struct store_batch *b);

	/*
	 * Adds and takes away flags of n messages, by delta. STORE_CHANGED
	 * where the message's flags were no longer those of the ref;
	 * STORE_UNKEPT where it does not have them afterwards.
	 */
	int (*flags)(struct store *s, const struct store_ref *refs, size_t n,
	    struct store_delta delta, struct store_result *results,
	    struct err *e);

	/*
	 * Removes n messages for good. Checked first, each against its ref:
	 * size and date (IMAP), flags (Maildir). Durable on return.
	 */
	int (*remove)(struct store *s, const struct store_ref *refs, size_t n,
	    struct store_result *results, struct err *e);

	/*
	 * With dates_identify: compares n messages with their refs as remove
	 * does, and removes none: STORE_GONE, STORE_CHANGED, or STORE_DONE for
	 * one that fits.
	 */
	int (*compare)(struct store *s, const struct store_ref *refs, size_t n,
	    struct store_result *results, struct err *e);

	/*
	 * With server_copy: copies n messages of the open folder to the folder
	 * that to says. With move it takes them away from here where it can do
	 * both in one; else they are still here, as moved in the results says.
	 */
	int (*transfer)(struct store *s, const struct store_ref *refs, size_t n,
	    struct store_destination to, struct store_result *results,
	    struct err *e);

	/*
	 * With names_files: tells n messages the ids that the other side knows
	 * them by, so that their names can carry it; results have the new
	 * names.
	 */
	int (*bind)(struct store *s, const struct store_ref *refs,
	    const uint32_t *peer_ids, size_t n, struct store_result *results,
	    struct err *e);

	/*
	 * A number that is kept with the messages, and grows: one that is
	 * lower than it was says that all of it was put back from a backup.
	 * *g is 0 when there is none yet. NULL: the store keeps none.
	 */
	int (*generation)(struct store *s, uint64_t *g, struct err *e);
	/* Makes it that one, durably. */
	int (*generation_put)(struct store *s, uint64_t g, struct err *e);

	/* Closes and frees. */
	void (*free)(struct store *s);
};

struct store {
	const struct store_ops *ops;
	enum side side;
	bool folds_case; /* folder names that differ only by case are one */
};

/* Returns ret, what a call of s came to: when it is -1, *e says on which side.
 */
static inline int
store_told(const struct store *s, int ret, struct err *e)
{
	return ret == -1 ? err_side(e, s->side) : ret;
}

/* What its kind can do. */
static inline const struct store_traits *
store_traits(const struct store *s)
{
	return &s->ops->traits;
}

/* The key under which a Maildir base name is known: of the part before the
 * first comma, which clients keep; the whole when there is none. */
uint64_t store_name_key(const char *name);

#endif

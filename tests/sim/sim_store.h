/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SIM_STORE_H
#define TESTS_SIM_STORE_H

/*
 * Two sides that live in memory, and stores to reach them. The sides outlive
 * the stores, as mail outlives a run. Each side behaves like a Maildir (names
 * carry what is known of a message, ids are those of the status) or like an
 * IMAP server (which numbers its messages); the test says which, and what it
 * can do.
 *
 * Everything that a run does to a side goes through sim_effect, which counts
 * it, and can let it fail, lie about it, or end the run there as kill -9
 * would: from then on nothing changes any more, and the status is put back to
 * what was on disk at that moment.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/store/store.h"

#define SIM_WORDS 3
extern const char *const sim_words[SIM_WORDS];
/* The bits of the engine for what is kept here, and the way back. */
uint32_t sim_words_out(struct keywords *k, uint32_t flags);
uint32_t sim_words_in(struct keywords *k, uint32_t flags);
/* Each folder meets the keywords in another order, and numbers them so. */
void sim_words_meet(struct keywords *k, const char *folder);

struct sim_msg {
	unsigned mark; /* which message it is, whatever its ids are */
	uint32_t id;   /* IMAP: the UID. Maildir: as of the last scan */
	char *name;    /* Maildir: the base name */
	char *bytes;   /* what a user wrote: never changed */
	size_t len;
	uint32_t flags; /* FLAG_SYSTEM, and bit n for sim_words[n] */
	char *home;	/* Maildir: the folder whose letters the keywords are
			 * written in; NULL: the one that it lies in */
	int64_t date;
};

struct sim_folder {
	char *name;
	uint32_t validity;
	uint32_t next_id; /* IMAP: UIDNEXT */
	uint64_t modseq;  /* counts changes */
	struct sim_msg *msgs;
	size_t len, cap;
};

/* What a side is, and can do. */
struct sim_can {
	bool named;	    /* a Maildir; false: an IMAP server, which */
	bool says_ids;	    /* tells the id of a copy (UIDPLUS) */
	bool says_validity; /* and the validity of its folder */
	bool hides_next;    /* does not tell UIDNEXT */
	bool transfers;	    /* can copy between folders by itself */
	bool tokens;	    /* tells by a token that nothing changed */
};

struct sim_side {
	struct sim_folder *folders;
	size_t len, cap;
	struct sim_can can;
	uint32_t storable;   /* of the flags above */
	uint64_t generation; /* Maildir: see store_ops */
};

enum sim_fault {
	FAULT_NONE,
	FAULT_REFUSE,	   /* the message is refused: nothing was done */
	FAULT_LOST_BEFORE, /* the connection breaks before the effect */
	FAULT_LOST_AFTER,  /* and after it: nobody learns that it was done */
	FAULT_LIE_DONE,	   /* nothing was done, and the answer is that it was */
	FAULT_LIE_FAILED,  /* it was done, and the answer is that it was not */
	FAULT_LATE,	   /* as before the effect; but what was sent to be
			    * stored is stored when the test says sim_arrive */
	FAULT_KINDS
};

/* What a server says of the id of a copy that it made. */
enum sim_answer {
	ANSWER_RIGHT,
	ANSWER_OLD,	     /* that of the first message of the same size */
	ANSWER_OTHER_FOLDER, /* that of the next message, and another validity
			      */
	ANSWER_KINDS
};

/* A message that was sent, and is not stored yet. */
struct sim_late {
	enum side side;
	char *folder;
	struct sim_msg msg; /* bytes, flags and date of it; owned */
};

struct sim_world {
	struct sim_side side[2];
	struct sim_late *late; /* at most one: NULL when there is none */
	unsigned next_serial;  /* for Maildir names */
	char *dir;	       /* the status lies here */

	/* The run in progress. */
	unsigned steps;	   /* step()s and effects passed */
	unsigned kill_at;  /* the one that does not return; 0: none */
	unsigned effects;  /* looks at a side and attempts to change it */
	unsigned changes;  /* changes that were made */
	unsigned fault_at; /* the one that goes wrong; 0: none */
	enum sim_fault fault;
	enum sim_answer answer; /* in all runs */
	bool fault_hit;		/* and it has to be reported */
	bool killed;
	bool trace;  /* prints steps */
	int64_t now; /* the clock, in seconds */
};

/* A world of two such sides with no folders; the status' directory is made. */
void sim_world_init(struct sim_world *w, const struct sim_can can[2]);
void sim_world_clear(struct sim_world *w);
void sim_side_clear(struct sim_side *side);
/* Before each run: counters to zero, no fault, alive. */
void sim_world_calm(struct sim_world *w);

/* The path of the status database; valid as long as the world. */
const char *sim_status_path(const struct sim_world *w, char out[96]);
/* Copies the status to or from a file beside it ("": itself). No run is on, and
 * the last one was not killed. */
void sim_status_copy(struct sim_world *w, const char *from, const char *to);
/* Puts the status back to what it was when the run was killed. */
void sim_status_restore(struct sim_world *w);

/* What tests and users do, at any time but during a run. */
struct sim_folder *sim_folder(
    struct sim_world *w, enum side side, const char *name);
struct sim_folder *sim_folder_make(
    struct sim_world *w, enum side side, const char *name);
struct sim_msg *sim_put(struct sim_world *w, enum side side,
    struct sim_folder *f, unsigned mark, const char *bytes, size_t len);
/* The mark of a message with these bytes. */
unsigned sim_mark(const char *bytes);
/* A new message made up from its mark. */
struct sim_msg *sim_new(struct sim_world *w, enum side side,
    struct sim_folder *f, unsigned mark, uint32_t flags);
struct sim_msg *sim_find(struct sim_folder *f, unsigned mark);
void sim_flags(struct sim_folder *f, struct sim_msg *m, uint32_t flags);
void sim_delete(struct sim_folder *f, struct sim_msg *m);
/* As a mail reader does it: the same bytes and name in another folder. */
void sim_move(struct sim_world *w, enum side side, struct sim_folder *from,
    struct sim_msg *m, struct sim_folder *to);
/* Maildir: what letters of the folder home mean in the folder here. */
uint32_t sim_misread(uint32_t flags, const char *home, const char *here);
/* Maildir: the folder that the file of that name comes from, as far as it can
 * be told; NULL: it cannot. */
const char *sim_told_home(struct sim_world *w, enum side side,
    const struct store_known *known, const struct sim_folder *here,
    const char *name);
/* Makes a file of this folder of one that was moved here, told from where
 * (NULL: not told). */
void sim_settle(struct sim_folder *f, struct sim_msg *m, const char *told);
/* Maildir: another name, of which nothing is known. */
void sim_rename(struct sim_world *w, struct sim_folder *f, struct sim_msg *m);
/* True for names of the same file, whatever was done to it. */
bool sim_same_key(const char *a, const char *b);
/* The id that the name claims for the other side in this folder; 0: none. */
uint32_t sim_name_hint(const struct sim_folder *f, const char *name);
/* The name with that id; owned by the caller. */
char *sim_name_bound(
    const struct sim_folder *f, const char *name, uint32_t peer);
/* IMAP: another UIDVALIDITY, and all UIDs anew. */
void sim_revalidate(struct sim_folder *f);

/* The message (its bytes, flags and date) was sent to this folder, and is not
 * stored. */
void sim_hold(struct sim_world *w, enum side side, const char *folder,
    const struct sim_msg *m);
/* What was sent and not stored is stored now; false: there was nothing. */
bool sim_arrive(struct sim_world *w);

/* IMAP: what the side says of the copy with this id, the last one of to. */
void sim_answer(const struct sim_world *w, const struct sim_side *side,
    const struct sim_folder *to, uint32_t id, struct store_result *r);

/* What tells whether the folder changed. */
struct store_token sim_token(
    const struct sim_side *side, const struct sim_folder *f);
/* IMAP: the message with that id is another one, by its header. */
bool sim_differs(const struct sim_folder *f, const struct store_newest *newest);

/* A store for one run; freed by its ops. */
struct store *sim_store_open(struct sim_world *w, enum side side);

/*
 * A point where a run can be killed: 0, or -1 when it was. Called by the
 * program's step() and by the stores.
 */
int sim_step(struct sim_world *w, const char *what, struct err *e);

/* Which world the program's step() and clock mean. */
extern struct sim_world *sim_now;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_FOLDER_H
#define ENGINE_SYNC_FOLDER_H

/*
 * One folder in the course of a sync: what it is, what a scan found in it, what
 * is to be done, and what came of that. Here is its life cycle; the pass over
 * it is in sync_folder.h. All functions run in the thread of the struct sync
 * that it belongs to.
 */

#include "engine/plan/plan.h"
#include "engine/sync/folder_names.h"
#include "engine/sync/sync.h"

/* A folder is read completely from time to time, whatever its tokens say. */
#define FOLDER_SCAN_SECONDS (7 * 86400)

/* Two messages that were found to be one, and what it is recognised by. */
struct folder_match {
	struct plan_match m;
	struct digest digest;
	uint64_t told[2]; /* these two as in struct status_pair */
	bool unread[2];
	int64_t date;
	unsigned char *kin; /* likewise; owned */
};

/* What both sides and the status have. */
struct folder_scan {
	struct snapshot snap[2];
	struct plan_pair *base; /* ascending by remote id */
	size_t base_len;
	struct folder_match *matches; /* ascending by remote id */
	size_t matches_len, matches_cap;
	struct duplicate *duplicates[2]; /* ascending by id */
	size_t duplicates_len[2];
};

/* What came of it. */
struct folder_outcome {
	uint32_t counts[2][COUNT_KINDS];
	bool failed;	 /* something in here failed or waits */
	bool unfinished; /* more is to be done than was: forget the tokens */
	bool left[2];	 /* messages of the side were not copied to the other */
};

struct folder {
	struct sync *sy;

	/* What it is. row, keywords: valid after folder_load; state:
	 * after folder_open. */
	struct foldermap_entry *entry;
	size_t number;		  /* index into the map */
	struct status_folder row; /* as in the status */
	struct keywords keywords;
	struct folder_names names[2]; /* of the sides that are files */
	struct store_state state[2];
	/* The highest of a pair, where the store hands out ids; else 0. Valid
	 * when what was in flight was looked for. */
	uint32_t last_id[2];

	/* Of row.held what was found in this run. */
	struct uidset suspected[2];

	struct folder_scan scan;
	struct plan plan;
	struct folder_outcome outcome;
};

/* The folder must not be moved while it is in use. */
void folder_init(struct folder *f, struct sync *sy, size_t entry);
/* Likewise of an entry that is not of the run's map. */
void folder_init_entry(
    struct folder *f, struct sync *sy, struct foldermap_entry *entry);
void folder_clear(struct folder *f);

/* Loads row and keywords; a folder that is new gets a row, unless in a dry
 * run. */
int folder_load(struct folder *f, struct err *e);
/* Likewise only to look at it: nothing is made or checked. */
int folder_peek(struct folder *f, struct err *e);
/* Opens the loaded folder on both sides. */
int folder_open(struct folder *f, struct err *e);
/* Opens it on one side, to read only. */
int folder_open_side(struct folder *f, enum side side, struct err *e);

/* True when the side's validity is not the one that the status knows. */
bool folder_validity_changed(const struct folder *f, enum side side);
/* ERR_FOLDER unless both validities are those of the status. */
int folder_check_validity(const struct folder *f, struct err *e);

/* The pair is in the status, and neither of its ids is handed out again. */
int folder_pair_put(
    struct folder *f, const struct status_pair *p, struct err *e);
/* The base name of a file that the status does not know, for a pair; "" where
 * messages are no files. Valid until the snapshot changes. */
const char *folder_file_name(
    const struct folder *f, enum side side, uint32_t id);

/* The id under which the status remembers that a message on that side could not
 * be copied: its own, or for a file, whose id is another one in each run, one
 * made from its name. */
uint32_t folder_skip_id(const struct folder *f, enum side side, uint32_t id);

/*
 * The date by which a pair is recognised before a server's message is removed,
 * from what both sides say: the server's. Where both are servers and gave the
 * message two dates, neither (0: not known).
 */
int64_t folder_pair_date(const struct folder *f, const int64_t date[2]);

#endif

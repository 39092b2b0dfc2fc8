/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STATUS_STATUS_PRIVATE_H
#define ENGINE_STATUS_STATUS_PRIVATE_H

/*
 * What the files of the status share: its SQL, all of which is in
 * status_sql.c, and what an open status is. For status*.c only.
 */

#include "engine/status/db.h"
#include "engine/status/status.h"

#define STATUS_APPLICATION_ID 0x424c4d31 /* "BLM1" */
#define STATUS_VERSION 7

extern const char status_sql_schema[]; /* makes an empty database */
/* By version: what makes the next one of it. */
extern const char *const status_sql_upgrade[STATUS_VERSION];
/* For each connection: settings; then, when the file is known to be ours, what
 * writes to it. */
extern const char status_sql_setup[];
extern const char status_sql_journal[];

/* The statements, each with its parameters and columns in status_sql.c. */
enum query {
	Q_BEGIN,
	Q_COMMIT,
	Q_ROLLBACK,
	Q_FOLDER_GET,
	Q_FOLDER_LIST,
	Q_FOLDER_ADD,
	Q_FOLDER_SET,
	Q_FOLDER_DROP,
	Q_FOLDER_FORGET,
	Q_FOLDER_SEEN,
	Q_FOLDERS_SETTLE,
	Q_TOKENS_DROP,
	Q_OLDER_LOCAL,
	Q_OLDER_REMOTE,
	Q_KEYWORDS,
	Q_KEYWORD_ADD,
	Q_KEYWORDS_DROP,
	Q_PAIR_PUT,
	Q_PAIR_FLAGS,
	Q_PAIR_LOCAL,
	Q_PAIR_REMOTE,
	Q_PAIR_DROP,
	Q_PAIR_GET,
	Q_PAIR_NEXT,
	Q_PAIR_LAST_LOCAL,
	Q_PAIR_LAST_REMOTE,
	Q_PAIRS_DROP,
	Q_BASE,
	Q_COUNT,
	Q_COUNT_ALL,
	Q_PAIRED_LOCAL,
	Q_PAIRED_REMOTE,
	Q_KNOWN_LOCAL,
	Q_KNOWN_REMOTE,
	Q_PLACES_LOCAL,
	Q_PLACES_REMOTE,
	Q_PLACES_CONTENT,
	Q_INTENT_PUT,
	Q_INTENT_LATE,
	Q_INTENT_DROP,
	Q_INTENTS,
	Q_SKIP,
	Q_DOUBLED,
	Q_UNSKIP,
	Q_SKIPS,
	Q_SKIPS_DROP,
	Q_REMOVED_ADD,
	Q_REMOVED_SUM,
	Q_REMOVED_OLD,
	Q_REMOVED_DROP,
	Q_FACT_GET,
	Q_FACT_PUT,
	Q_FACT_DROP,
	Q_LEN
};

extern const char *const status_sql[Q_LEN];

struct status {
	struct db *db;
	char *path;
	struct log *log;
	/* The highest ids seen in this transaction, and in which folder (0:
	 * none): what is above them goes to folder.*_free before the commit. */
	int64_t seen_folder;
	uint32_t seen_id[2];
	struct buf name[2]; /* of the pair that status_pair_get found */
	unsigned char kin[STATUS_KIN]; /* likewise */
};

/* Makes sure that the id is never handed out again on that side. */
int status_note_id(struct status *st, int64_t folder, enum side side,
    uint32_t id, struct err *e);

/* The columns size, header, whole from this one on; false when they make no
 * sense. */
bool status_column_digest(
    struct status *st, enum query q, int column, struct digest *d);

#endif

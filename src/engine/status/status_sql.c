/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema, and each statement, of the status database. */
#include "config.h"

#include "engine/status/status_private.h"

const char status_sql_schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE folder (\n"
    " id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice\n"
    " remote_name TEXT NOT NULL UNIQUE, -- canonical\n"
    " local_name TEXT NOT NULL, -- canonical\n"
    " remote_validity INTEGER NOT NULL, -- UIDVALIDITY; 0: not yet synced\n"
    " local_validity INTEGER NOT NULL, -- likewise\n"
    " remote_next INTEGER NOT NULL, -- UIDNEXT seen last; 0: has none\n"
    " local_next INTEGER NOT NULL, -- likewise\n"
    " remote_free INTEGER NOT NULL, -- above all ids had so far; only grows\n"
    " local_free INTEGER NOT NULL, -- likewise\n"
    " remote_modseq INTEGER NOT NULL, -- HIGHESTMODSEQ, as signed 64 bits; of "
    "files: mtime of cur, in ns\n"
    " local_modseq INTEGER NOT NULL, -- likewise\n"
    " remote_token BLOB, -- exact, then 8 words; NULL: none\n"
    " local_token BLOB, -- likewise\n"
    " scanned_at INTEGER NOT NULL, -- both sides read whole; Unix time\n"
    " remote_object TEXT NOT NULL DEFAULT '', -- the store's own id of the "
    "folder; '': none\n"
    " local_object TEXT NOT NULL DEFAULT '', -- likewise\n"
    " remote_held TEXT NOT NULL DEFAULT '', -- remote ids of pairs of which "
    "the removal on the remote side waits for a decision: \"1:5,7\"\n"
    " local_held TEXT NOT NULL DEFAULT '', -- likewise on the local side, by "
    "remote ids, too\n"
    " remote_why INTEGER NOT NULL DEFAULT 0, -- why, as enum hold_reason\n"
    " local_why INTEGER NOT NULL DEFAULT 0, -- likewise\n"
    " remote_left INTEGER NOT NULL DEFAULT 0, -- 1: not all of its messages "
    "were copied to the other side\n"
    " local_left INTEGER NOT NULL DEFAULT 0, -- likewise\n"
    " remote_settled INTEGER NOT NULL DEFAULT 0, -- remote_next when no "
    "removal waited in the account\n"
    " local_settled INTEGER NOT NULL DEFAULT 0, -- likewise\n"
    " doubted INTEGER NOT NULL DEFAULT 0, -- 1: its pairs are not believed\n"
    " made_under INTEGER NOT NULL DEFAULT 0, -- of the settings its tokens "
    "were made under\n"
    " remote_older INTEGER NOT NULL DEFAULT 0, -- the side or the status was "
    "put back from a backup since it was looked at, as enum hold_reason\n"
    " local_older INTEGER NOT NULL DEFAULT 0, -- likewise\n"
    " remote_arrived INTEGER NOT NULL DEFAULT 0, -- mtime of new, in ns\n"
    " local_arrived INTEGER NOT NULL DEFAULT 0 -- likewise\n"
    ");"
    "CREATE TABLE pair (\n"
    " folder INTEGER NOT NULL, -- folder.id\n"
    " remote INTEGER NOT NULL, -- id on the remote side\n"
    " local INTEGER NOT NULL, -- id on the local side\n"
    " flags INTEGER NOT NULL, -- agreed upon; bits 0-25 see keyword\n"
    " date INTEGER NOT NULL, -- INTERNALDATE, Unix time; 0: not known\n"
    " size INTEGER NOT NULL, -- bytes with CRLF: RFC822.SIZE\n"
    " header INTEGER NOT NULL, -- SHA-256 of the header, first 64 bits\n"
    " whole BLOB NOT NULL, -- SHA-256 of the message, first 16 bytes\n"
    " local_name TEXT NOT NULL, -- base name of the local file, or ''\n"
    " local_key INTEGER NOT NULL, -- hash of its stable part; 0: no name\n"
    " remote_name TEXT NOT NULL DEFAULT '', -- likewise of a remote file\n"
    " remote_key INTEGER NOT NULL DEFAULT 0,\n"
    " remote_told INTEGER NOT NULL DEFAULT 0, -- the size that the store "
    "states, RFC822.SIZE; 0: not known\n"
    " local_told INTEGER NOT NULL DEFAULT 0, -- likewise\n"
    " unread INTEGER NOT NULL DEFAULT 0, -- whole is not known to be that of "
    "the message on: 1 local, 2 remote\n"
    " kin BLOB, -- SHA-256 of the body without white space, first 16 bytes, "
    "where each side has a form of its own; NULL: the bytes are the same\n"
    " PRIMARY KEY (folder, remote)\n"
    ") WITHOUT ROWID;"
    "CREATE INDEX pair_content ON pair (header, size);"
    "CREATE INDEX pair_local ON pair (local_key) WHERE local_key <> 0;"
    "CREATE INDEX pair_remote ON pair (remote_key) WHERE remote_key <> 0;"
    "CREATE TABLE keyword (\n"
    " folder INTEGER NOT NULL, -- folder.id\n"
    " bit INTEGER NOT NULL, -- of flags, 0 to 25\n"
    " name TEXT NOT NULL, -- IMAP keyword\n"
    " PRIMARY KEY (folder, bit)\n"
    ") WITHOUT ROWID;"
    "CREATE TABLE intent (\n"
    " id INTEGER PRIMARY KEY AUTOINCREMENT, -- grows with time\n"
    " folder INTEGER NOT NULL, -- folder.id\n"
    " side INTEGER NOT NULL, -- where the copy goes: 0 local, 1 remote\n"
    " source INTEGER NOT NULL, -- id on the other side\n"
    " next INTEGER NOT NULL, -- lowest id that the copy can have\n"
    " validity INTEGER NOT NULL, -- of the folder where it goes\n"
    " date INTEGER NOT NULL, -- these four as in pair\n"
    " size INTEGER NOT NULL,\n"
    " header INTEGER NOT NULL,\n"
    " whole BLOB NOT NULL,\n"
    " name TEXT NOT NULL, -- Maildir base name of the source, or ''\n"
    " flags INTEGER NOT NULL DEFAULT 0, -- as in pair, when it is there\n"
    " late INTEGER NOT NULL DEFAULT 0 -- looked for in vain; Unix time; 0: no\n"
    ");"
    "CREATE TABLE skipped (\n"
    " folder INTEGER NOT NULL, -- folder.id\n"
    " side INTEGER NOT NULL, -- where the message lies: 0 local, 1 remote\n"
    " id INTEGER NOT NULL, -- there\n"
    " tries INTEGER NOT NULL, -- failures so far\n"
    " next_try INTEGER NOT NULL, -- not before; Unix time\n"
    " reason TEXT NOT NULL, -- of the last failure\n"
    " PRIMARY KEY (folder, side, id)\n"
    ") WITHOUT ROWID;"
    "CREATE TABLE removed ( -- of late, for the brake\n"
    " folder INTEGER NOT NULL, -- folder.id\n"
    " side INTEGER NOT NULL, -- where: 0 local, 1 remote\n"
    " at INTEGER NOT NULL, -- Unix time\n"
    " n INTEGER NOT NULL -- messages\n"
    ");"
    "CREATE TABLE fact ( -- of the account\n"
    " name TEXT PRIMARY KEY,\n"
    " value TEXT NOT NULL\n"
    ") WITHOUT ROWID;"
    "CREATE TRIGGER folder_drop AFTER DELETE ON folder BEGIN"
    " DELETE FROM pair WHERE folder = old.id;"
    " DELETE FROM keyword WHERE folder = old.id;"
    " DELETE FROM intent WHERE folder = old.id;"
    " DELETE FROM skipped WHERE folder = old.id;"
    " DELETE FROM removed WHERE folder = old.id;"
    "END;"
    "PRAGMA application_id = 0x424c4d31;"
    "PRAGMA user_version = 7;"
    "COMMIT;";

#define ONES_16 "ffffffffffffffffffffffffffffffff"
#define ONES_64 ONES_16 ONES_16 ONES_16 ONES_16

const char *const status_sql_upgrade[STATUS_VERSION] = {
	[1] = "BEGIN IMMEDIATE;"
	      "ALTER TABLE intent ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE intent ADD COLUMN late INTEGER NOT NULL DEFAULT 0;"
	      "PRAGMA user_version = 2;"
	      "COMMIT;",
	/* Files on both sides: local_next was what local_free is now. */
	[2] = "BEGIN IMMEDIATE;"
	      "ALTER TABLE folder RENAME COLUMN local_next TO local_free;"
	      "ALTER TABLE folder ADD COLUMN"
	      " local_next INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " remote_free INTEGER NOT NULL DEFAULT 1;"
	      "ALTER TABLE pair RENAME COLUMN name TO local_name;"
	      "ALTER TABLE pair RENAME COLUMN name_key TO local_key;"
	      "ALTER TABLE pair ADD COLUMN"
	      " remote_name TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE pair ADD COLUMN"
	      " remote_key INTEGER NOT NULL DEFAULT 0;"
	      "DROP INDEX pair_name;"
	      "CREATE INDEX pair_local ON pair (local_key)"
	      " WHERE local_key <> 0;"
	      "CREATE INDEX pair_remote ON pair (remote_key)"
	      " WHERE remote_key <> 0;"
	      "PRAGMA user_version = 3;"
	      "COMMIT;",
	/* A token of ones noted that the folder was missing. */
	[3] = "BEGIN IMMEDIATE;"
	      "ALTER TABLE folder ADD COLUMN"
	      " remote_object TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE folder ADD COLUMN"
	      " local_object TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE folder ADD COLUMN"
	      " remote_held TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE folder ADD COLUMN"
	      " local_held TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE folder ADD COLUMN"
	      " remote_why INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " local_why INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " remote_left INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " local_left INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " remote_settled INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " local_settled INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " doubted INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " made_under INTEGER NOT NULL DEFAULT 0;"
	      "UPDATE folder SET local_held = '1:4294967295', local_why = 4"
	      " WHERE substr(remote_token, 9) = x'" ONES_64 "';"
	      "UPDATE folder SET remote_held = '1:4294967295', remote_why = 4"
	      " WHERE substr(local_token, 9) = x'" ONES_64 "';"
	      "CREATE TABLE removed ("
	      " folder INTEGER NOT NULL, side INTEGER NOT NULL,"
	      " at INTEGER NOT NULL, n INTEGER NOT NULL);"
	      "CREATE TABLE fact ("
	      " name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
	      "DROP TRIGGER folder_drop;"
	      "CREATE TRIGGER folder_drop AFTER DELETE ON folder BEGIN"
	      " DELETE FROM pair WHERE folder = old.id;"
	      " DELETE FROM keyword WHERE folder = old.id;"
	      " DELETE FROM intent WHERE folder = old.id;"
	      " DELETE FROM skipped WHERE folder = old.id;"
	      " DELETE FROM removed WHERE folder = old.id;"
	      "END;"
	      "PRAGMA user_version = 4;"
	      "COMMIT;",
	[4] = "BEGIN IMMEDIATE;"
	      "ALTER TABLE pair ADD COLUMN"
	      " remote_told INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE pair ADD COLUMN"
	      " local_told INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE pair ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;"
	      "UPDATE pair SET remote_told = size, local_told = size;"
	      "PRAGMA user_version = 5;"
	      "COMMIT;",
	[5] = "BEGIN IMMEDIATE;"
	      "ALTER TABLE pair ADD COLUMN kin BLOB;"
	      "PRAGMA user_version = 6;"
	      "COMMIT;",
	[6] = "BEGIN IMMEDIATE;"
	      "ALTER TABLE folder ADD COLUMN"
	      " remote_older INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " local_older INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " remote_arrived INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE folder ADD COLUMN"
	      " local_arrived INTEGER NOT NULL DEFAULT 0;"
	      "PRAGMA user_version = 7;"
	      "COMMIT;",
};

const char status_sql_setup[] = "PRAGMA cell_size_check = ON;"
				"PRAGMA trusted_schema = OFF;"
				"PRAGMA cache_size = -2048;"
				"PRAGMA temp_store = MEMORY;";

const char status_sql_journal[] = "PRAGMA journal_mode = WAL;"
				  "PRAGMA journal_size_limit = 4194304;"
				  "PRAGMA synchronous = FULL;";

#define FOLDER_COLUMNS                                                         \
	"id, remote_name, local_name, remote_validity, local_validity, "       \
	"remote_next, local_next, remote_modseq, local_modseq, "               \
	"remote_token, local_token, scanned_at, remote_free, local_free, "     \
	"remote_object, local_object, remote_held, local_held, "               \
	"remote_why, local_why, remote_left, local_left, "                     \
	"remote_settled, local_settled, doubted, made_under, "                 \
	"remote_older, local_older, remote_arrived, local_arrived"
#define PAIR_COLUMNS                                                           \
	"folder, remote, local, flags, date, size, header, whole, "            \
	"remote_name, local_name, remote_told, local_told, unread, kin"

const char *const status_sql[Q_LEN] = {
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_FOLDER_GET] =
	    "SELECT " FOLDER_COLUMNS " FROM folder WHERE remote_name = ?1",
	[Q_FOLDER_LIST] =
	    "SELECT " FOLDER_COLUMNS " FROM folder ORDER BY remote_name",
	[Q_FOLDER_ADD] =
	    "INSERT INTO folder (" FOLDER_COLUMNS ")"
	    " VALUES (NULL, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
	    " ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26,"
	    " ?27, ?28, ?29, ?30)",
	[Q_FOLDER_SET] =
	    "UPDATE folder SET remote_name = ?2, local_name = ?3,"
	    " remote_validity = ?4, local_validity = ?5, remote_next = ?6,"
	    " local_next = ?7, remote_modseq = ?8,"
	    " local_modseq = ?9, remote_token = ?10, local_token = ?11,"
	    " scanned_at = ?12, remote_free = max(remote_free, ?13),"
	    " local_free = max(local_free, ?14),"
	    " remote_object = ?15, local_object = ?16, remote_held = ?17,"
	    " local_held = ?18, remote_why = ?19, local_why = ?20,"
	    " remote_left = ?21, local_left = ?22, remote_settled = ?23,"
	    " local_settled = ?24, doubted = ?25, made_under = ?26,"
	    " remote_older = ?27, local_older = ?28, remote_arrived = ?29,"
	    " local_arrived = ?30"
	    " WHERE id = ?1",
	[Q_FOLDER_DROP] = "DELETE FROM folder WHERE id = ?1",
	[Q_FOLDER_FORGET] =
	    "UPDATE folder SET remote_validity = 0,"
	    " local_validity = 0, remote_next = 0, local_next = 0,"
	    " remote_modseq = 0,"
	    " local_modseq = 0, remote_token = NULL, local_token = NULL,"
	    " scanned_at = 0, remote_settled = 0, local_settled = 0,"
	    " remote_held = '', local_held = '', doubted = 0,"
	    " remote_older = 0, local_older = 0, remote_arrived = 0,"
	    " local_arrived = 0 WHERE id = ?1",
	[Q_FOLDER_SEEN] = "UPDATE folder SET local_free = max(local_free, ?2),"
			  " remote_free = max(remote_free, ?3) WHERE id = ?1",
	[Q_FOLDERS_SETTLE] = "UPDATE folder SET remote_settled = remote_next,"
			     " local_settled = local_next"
			     " WHERE remote_settled <> remote_next OR"
			     " local_settled <> local_next",
	[Q_OLDER_LOCAL] = "UPDATE folder SET local_older = ?1",
	[Q_OLDER_REMOTE] = "UPDATE folder SET remote_older = ?1",
	[Q_TOKENS_DROP] =
	    "UPDATE folder SET remote_token = NULL, local_token = NULL",
	[Q_KEYWORDS] = "SELECT bit, name FROM keyword WHERE folder = ?1",
	[Q_KEYWORD_ADD] =
	    "INSERT INTO keyword (folder, bit, name) VALUES (?1, ?2, ?3)",
	[Q_KEYWORDS_DROP] = "DELETE FROM keyword WHERE folder = ?1",
	[Q_PAIR_PUT] =
	    "INSERT OR REPLACE INTO pair (" PAIR_COLUMNS
	    ", remote_key, local_key)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
	    " ?13, ?14, ?15, ?16)",
	[Q_PAIR_FLAGS] = "UPDATE pair SET flags = ?3"
			 " WHERE folder = ?1 AND remote = ?2",
	[Q_PAIR_LOCAL] = "UPDATE pair SET local_name = ?3, local_key = ?4"
			 " WHERE folder = ?1 AND remote = ?2",
	[Q_PAIR_REMOTE] = "UPDATE pair SET remote_name = ?3, remote_key = ?4"
			  " WHERE folder = ?1 AND remote = ?2",
	[Q_PAIR_DROP] = "DELETE FROM pair WHERE folder = ?1 AND remote = ?2",
	[Q_PAIR_GET] = "SELECT " PAIR_COLUMNS " FROM pair"
		       " WHERE folder = ?1 AND remote = ?2",
	[Q_PAIR_NEXT] = "SELECT remote FROM pair"
			" WHERE folder = ?1 AND remote >= ?2"
			" ORDER BY remote LIMIT 1",
	[Q_PAIR_LAST_LOCAL] = "SELECT local FROM pair WHERE folder = ?1"
			      " ORDER BY local DESC LIMIT 1",
	[Q_PAIR_LAST_REMOTE] = "SELECT remote FROM pair WHERE folder = ?1"
			       " ORDER BY remote DESC LIMIT 1",
	[Q_PAIRS_DROP] = "DELETE FROM pair WHERE folder = ?1",
	[Q_BASE] = "SELECT local, remote, flags FROM pair WHERE folder = ?1"
		   " ORDER BY remote",
	[Q_COUNT] = "SELECT count(*) FROM pair WHERE folder = ?1",
	[Q_COUNT_ALL] = "SELECT count(*) FROM pair",
	[Q_PAIRED_LOCAL] = "SELECT local FROM pair"
			   " WHERE folder = ?1 AND local >= ?2"
			   " ORDER BY local",
	[Q_PAIRED_REMOTE] = "SELECT remote FROM pair"
			    " WHERE folder = ?1 AND remote >= ?2"
			    " ORDER BY remote",
	[Q_KNOWN_LOCAL] = "SELECT local, local_key FROM pair WHERE folder = ?1"
			  " ORDER BY remote",
	[Q_KNOWN_REMOTE] =
	    "SELECT remote, remote_key FROM pair WHERE folder = ?1"
	    " ORDER BY remote",
	[Q_PLACES_LOCAL] = "SELECT " PAIR_COLUMNS " FROM pair"
			   " WHERE local_key = ?1 AND local_key <> 0",
	[Q_PLACES_REMOTE] = "SELECT " PAIR_COLUMNS " FROM pair"
			    " WHERE remote_key = ?1 AND remote_key <> 0",
	[Q_PLACES_CONTENT] = "SELECT " PAIR_COLUMNS " FROM pair"
			     " WHERE header = ?1 AND size = ?2 AND whole = ?3",
	[Q_INTENT_PUT] = "INSERT INTO intent (folder, side, source, next,"
			 " validity, date, size, header, whole, name, flags)"
			 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
			 " ?11)",
	[Q_INTENT_LATE] = "UPDATE intent SET late = ?2 WHERE id = ?1",
	[Q_INTENT_DROP] = "DELETE FROM intent WHERE id = ?1",
	[Q_INTENTS] =
	    "SELECT id, side, source, next, validity, date, size, header,"
	    " whole, name, flags, late FROM intent WHERE folder = ?1"
	    " ORDER BY id",
	[Q_SKIP] = "INSERT INTO skipped (folder, side, id, tries, next_try,"
		   " reason) VALUES (?1, ?2, ?3, 1, ?4, ?5)"
		   " ON CONFLICT (folder, side, id) DO UPDATE SET tries = "
		   "tries + 1, reason = ?5,"
		   " next_try = ?4 + min(86400, 60 << min(tries, 11))",
	[Q_DOUBLED] = "INSERT OR REPLACE INTO skipped (folder, side, id, tries,"
		      " next_try, reason) VALUES (?1, ?2, ?3, 0, ?4, '')",
	[Q_UNSKIP] = "DELETE FROM skipped"
		     " WHERE folder = ?1 AND side = ?2 AND id = ?3",
	[Q_SKIPS] = "SELECT side, id, tries, next_try, reason FROM skipped"
		    " WHERE folder = ?1 ORDER BY side, id",
	[Q_SKIPS_DROP] = "DELETE FROM skipped WHERE folder = ?1",
	[Q_REMOVED_ADD] = "INSERT INTO removed (folder, side, at, n)"
			  " VALUES (?1, ?2, ?3, ?4)",
	[Q_REMOVED_SUM] = "SELECT total(n) FROM removed"
			  " WHERE side = ?2 AND (?1 = 0 OR folder = ?1)"
			  " AND at > ?3",
	[Q_REMOVED_OLD] = "DELETE FROM removed WHERE at <= ?1 OR at > ?2",
	[Q_REMOVED_DROP] = "DELETE FROM removed",
	[Q_FACT_GET] = "SELECT value FROM fact WHERE name = ?1",
	[Q_FACT_PUT] = "INSERT OR REPLACE INTO fact (name, value)"
		       " VALUES (?1, ?2)",
	[Q_FACT_DROP] = "DELETE FROM fact WHERE name = ?1",
};

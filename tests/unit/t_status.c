/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/status/db.h"
#include "engine/status/status.h"
#include "status_fixture.h"

static void
t_modes(void **state)
{
	const struct place *p = *state;
	mode_t mask = umask(0);
	struct status *st = place_open(p);
	struct stat sb;
	DIR *d = opendir(p->dir);
	struct dirent *entry;
	int64_t folder;
	size_t n = 0;

	OK(status_begin(st, &err));
	folder = add_folder(st, "INBOX");
	put_pair(st, folder, 1);
	OK(status_commit(st, &err));
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		assert_int_equal(fstatat(dirfd(d), entry->d_name, &sb, 0), 0);
		assert_int_equal(sb.st_mode & 07777, 0600);
		n++;
	}
	closedir(d);
	assert_true(n >= 2); /* the database and its log */
	status_close(st);
	assert_int_equal(chmod(p->path, 0644), 0);
	status_close(place_open(p));
	assert_int_equal(stat(p->path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	umask(mask);
}

static void
assert_folder(const struct status_folder *a, const struct status_folder *b)
{
	assert_int_equal(a->id, b->id);
	for (int side = LOCAL; side <= REMOTE; side++) {
		assert_string_equal(a->name[side], b->name[side]);
		assert_int_equal(a->validity[side], b->validity[side]);
		assert_int_equal(a->next_id[side], b->next_id[side]);
		assert_int_equal(a->free_id[side], b->free_id[side]);
		assert_int_equal(a->modseq[side], b->modseq[side]);
		assert_int_equal(a->token[side].valid, b->token[side].valid);
		assert_int_equal(a->token[side].exact, b->token[side].exact);
		assert_memory_equal(a->token[side].words, b->token[side].words,
		    sizeof(a->token[side].words));
	}
	assert_int_equal(a->scanned_at, b->scanned_at);
}

static void
t_folders(void **state)
{
	struct status *st = place_open(*state);
	struct status_folder f = { 0 }, g = { 0 }, *list = NULL;
	size_t len = 0;
	bool found;

	f.name[REMOTE] = xstrdup("Entw\xc3\xbcrfe");
	f.name[LOCAL] = xstrdup("Drafts");
	f.validity[LOCAL] = 7;
	f.validity[REMOTE] = UINT32_MAX;
	f.next_id[LOCAL] = 12;
	f.next_id[REMOTE] = UINT32_MAX;
	f.free_id[LOCAL] = 4;
	f.free_id[REMOTE] = 5;
	f.modseq[REMOTE] = UINT64_MAX;
	f.token[REMOTE].valid = true;
	f.token[REMOTE].exact = true;
	f.token[REMOTE].words[0] = UINT64_MAX;
	f.token[REMOTE].words[7] = 3;
	f.scanned_at = 1700000000;
	OK(status_folder_put(st, &f, &err));
	OK(status_folder_get(st, f.name[REMOTE], &g, &found, &err));
	assert_true(found);
	assert_folder(&g, &f);
	status_folder_clear(&g);
	OK(status_folder_get(st, "Drafts", &g, &found, &err));
	assert_false(found);

	f.token[LOCAL].valid = true;
	f.validity[REMOTE] = 5;
	f.next_id[REMOTE] = f.next_id[LOCAL] = 1;
	OK(status_folder_put(st, &f, &err));
	add_folder(st, "Archive");
	status_close(st);

	st = place_open(*state);
	OK(status_folders(st, &list, &len, &err));
	assert_int_equal(len, 2);
	assert_string_equal(list[0].name[REMOTE], "Archive");
	assert_folder(&list[1], &f);
	for (size_t i = 0; i < len; i++)
		status_folder_clear(&list[i]);
	free(list);
	status_folder_clear(&f);
	status_close(st);
}

static void
t_keywords(void **state)
{
	struct status *st = place_open(*state);
	int64_t folder = add_folder(st, "INBOX"), other = add_folder(st, "x");
	struct keywords k = { 0 }, got = { 0 };

	keywords_flag(&k, "$Junk", 5, true);
	keywords_flag(&k, "work", 4, true);
	k.names[25] = xstrdup("last");
	OK(status_keywords_put(st, folder, &k, &err));
	free(k.names[0]);
	k.names[0] = NULL;
	OK(status_keywords_put(st, folder, &k, &err));
	OK(status_keywords_get(st, folder, &got, &err));
	assert_null(got.names[0]);
	assert_string_equal(got.names[1], "work");
	assert_string_equal(got.names[25], "last");
	keywords_clear(&got);
	OK(status_keywords_get(st, other, &got, &err));
	for (int i = 0; i < FLAG_KEYWORDS; i++)
		assert_null(got.names[i]);
	keywords_clear(&k);
	status_close(st);
}

static void
t_pairs(void **state)
{
	struct status *st = place_open(*state);
	int64_t folder = add_folder(st, "INBOX"), other = add_folder(st, "x");
	struct plan_pair *base = NULL;
	struct status_pair p;
	unsigned char whole[DIGEST_LEN];
	size_t len = 0;
	bool found;

	OK(status_begin(st, &err));
	for (uint32_t i = 5; i > 0; i--)
		put_pair(st, folder, i);
	put_pair(st, other, 900);
	OK(status_commit(st, &err));

	OK(status_pair_get(st, folder, 3, &p, &found, &err));
	assert_true(found);
	assert_int_equal(p.id[LOCAL], 6);
	assert_int_equal(p.id[REMOTE], 3);
	assert_int_equal(p.flags, FLAG_SEEN | 3);
	assert_int_equal(p.date, 1700000003);
	assert_int_equal(p.digest.size, UINT64_C(1) << 33);
	assert_int_equal(p.digest.header, ~UINT64_C(3));
	memset(whole, 3, sizeof(whole));
	assert_memory_equal(p.digest.whole, whole, sizeof(whole));
	assert_string_equal(p.name[LOCAL], "1003_3.1.host,U=3");
	assert_string_equal(p.name[REMOTE], "1003_3.1.far,U=6");
	OK(status_pair_get(st, folder, 900, &p, &found, &err));
	assert_false(found);

	OK(status_pair_flags(st, folder, 3, UINT32_MAX, &err));
	OK(status_pair_name(st, folder, 3, LOCAL, "new", &err));
	OK(status_pair_get(st, folder, 3, &p, &found, &err));
	assert_int_equal(p.flags, UINT32_MAX);
	assert_string_equal(p.name[LOCAL], "new");
	assert_string_equal(p.name[REMOTE], "1003_3.1.far,U=6");
	OK(status_pair_name(st, folder, 3, REMOTE, "newer", &err));
	OK(status_pair_get(st, folder, 3, &p, &found, &err));
	assert_string_equal(p.name[LOCAL], "new");
	assert_string_equal(p.name[REMOTE], "newer");
	OK(status_pair_drop(st, folder, 2, &err));
	OK(status_pair_drop(st, folder, 77, &err));

	OK(status_base(st, folder, &base, &len, &err));
	assert_int_equal(len, 4);
	for (size_t i = 1; i < len; i++)
		assert_true(base[i - 1].id[REMOTE] < base[i].id[REMOTE]);
	assert_int_equal(base[1].id[LOCAL], 6);
	assert_int_equal(base[1].flags, UINT32_MAX);
	free(base);
	assert_int_equal(pair_count(st, folder), 4);

	OK(status_folder_drop(st, folder, &err));
	OK(status_base(st, folder, &base, &len, &err));
	assert_int_equal(len, 0);
	assert_null(base);
	assert_int_equal(pair_count(st, other), 1);
	status_close(st);
}

static void
known_on(struct status *st, const struct status_folder *f, enum side side)
{
	const char *host = side == LOCAL ? "host" : "far";
	struct store_known known = { 0 };
	uint32_t ids = side == LOCAL ? 2 : 1; /* see put_pair */
	char name[64];

	OK(status_known(st, f, side, &known, &err));
	assert_int_equal(known.next_id, 3000 * ids + 1);
	for (uint32_t i = 1; i <= 3000; i++) {
		/* What a mail reader leaves of the name. */
		snprintf(name, sizeof(name), "%u_%u.1.%s", 1000 + i, i, host);
		assert_int_equal(
		    known.by_key(known.arg, store_name_key(name)), ids * i);
		assert_int_equal(known.by_key(known.arg, i), 0);
	}
	status_known_clear(&known);
}

static void
t_paired(void **state)
{
	struct status *st = place_open(*state);
	int64_t folder = add_folder(st, "INBOX"), other = add_folder(st, "x");
	struct status_ids ids;

	OK(status_begin(st, &err));
	for (uint32_t i = 5; i > 0; i--)
		put_pair(st, folder, i);
	put_pair(st, other, 900);
	OK(status_commit(st, &err));
	OK(status_paired(st, folder, REMOTE, 4, &ids, &err));
	assert_int_equal(ids.len, 2);
	assert_int_equal(ids.list[0], 4);
	assert_int_equal(ids.list[1], 5);
	free(ids.list);
	OK(status_paired(st, folder, LOCAL, 7, &ids, &err));
	assert_int_equal(ids.len, 2);
	assert_int_equal(ids.list[0], 8);
	assert_int_equal(ids.list[1], 10);
	free(ids.list);
	OK(status_paired(st, folder, REMOTE, 6, &ids, &err));
	assert_int_equal(ids.len, 0);
	assert_null(ids.list);
	status_close(st);
}

static void
t_known(void **state)
{
	struct status *st = place_open(*state);
	struct status_folder f = { 0 };
	struct store_known known = { 0 };
	bool found;

	add_folder(st, "INBOX");
	OK(status_folder_get(st, "INBOX", &f, &found, &err));
	OK(status_known(st, &f, LOCAL, &known, &err));
	assert_int_equal(known.next_id, 1);
	assert_int_equal(known.by_key(known.arg, 1), 0);
	status_known_clear(&known);

	OK(status_begin(st, &err));
	for (uint32_t i = 1; i <= 3000; i++)
		put_pair(st, f.id, i);
	OK(status_commit(st, &err));
	known_on(st, &f, LOCAL);
	known_on(st, &f, REMOTE);
	status_folder_clear(&f);
	status_close(st);
}

/* Ids of pairs that are gone are not handed out again. */
static void
t_free_id(void **state)
{
	struct status *st = place_open(*state);
	struct status_folder f = { 0 }, stale = { 0 };
	struct status_intent in = { .side = LOCAL, .source_id = 300 };
	struct store_known known = { 0 };
	int64_t other;
	bool found;

	add_folder(st, "INBOX");
	other = add_folder(st, "x");
	OK(status_folder_get(st, "INBOX", &stale, &found, &err));
	OK(status_begin(st, &err));
	put_pair(st, stale.id, 50);
	put_pair(st, other, 70);
	put_pair(st, stale.id, 40);
	OK(status_commit(st, &err));
	OK(status_pair_drop(st, stale.id, 50, &err));
	OK(status_pair_drop(st, stale.id, 40, &err));
	OK(status_folder_put(st, &stale, &err));
	OK(status_folder_get(st, "INBOX", &f, &found, &err));
	OK(status_known(st, &f, LOCAL, &known, &err));
	assert_int_equal(known.next_id, 101);
	status_known_clear(&known);
	OK(status_known(st, &f, REMOTE, &known, &err));
	assert_int_equal(known.next_id, 51);
	status_known_clear(&known);
	status_folder_clear(&f);

	/* What was rolled back does not count; autocommit does. */
	OK(status_begin(st, &err));
	put_pair(st, stale.id, 500);
	status_rollback(st);
	put_pair(st, stale.id, 60);
	OK(status_folder_reset(st, stale.id, &err));
	OK(status_folder_get(st, "INBOX", &f, &found, &err));
	assert_int_equal(f.free_id[LOCAL], 121);
	assert_int_equal(f.free_id[REMOTE], 61);
	status_folder_clear(&f);
	OK(status_folder_get(st, "x", &f, &found, &err));
	assert_int_equal(f.free_id[LOCAL], 141);
	assert_int_equal(f.free_id[REMOTE], 71);
	status_folder_clear(&f);
	/* Nor are those of what was about to be copied. What could not be is
	 * known by another number. */
	OK(status_intent_put(st, other, &in, &err));
	OK(status_skip(st, other, LOCAL, UINT32_MAX, "no", &err));
	OK(status_folder_get(st, "x", &f, &found, &err));
	assert_int_equal(f.free_id[LOCAL], 141);
	assert_int_equal(f.free_id[REMOTE], 301);
	status_folder_clear(&f);
	put_pair(st, stale.id, UINT32_MAX / 2);
	OK(status_folder_get(st, "INBOX", &f, &found, &err));
	assert_int_equal(f.free_id[LOCAL], UINT32_MAX);
	status_folder_clear(&f);
	status_folder_clear(&stale);
	status_close(st);
}

static void
t_reset(void **state)
{
	struct status *st = place_open(*state);
	struct status_folder f = { 0 };
	struct status_intent in = { .side = REMOTE, .source_id = 3 };
	struct status_intent *intents = NULL;
	struct status_skipped *skips = NULL;
	struct keywords k = { 0 };
	struct plan_pair *base = NULL;
	size_t len = 9;
	bool found;

	f.name[REMOTE] = xstrdup("INBOX");
	f.name[LOCAL] = xstrdup("INBOX");
	f.validity[LOCAL] = f.validity[REMOTE] = 9;
	f.next_id[LOCAL] = f.next_id[REMOTE] = 5;
	f.modseq[REMOTE] = 4;
	f.token[LOCAL].valid = f.token[REMOTE].valid = true;
	f.scanned_at = 1;
	OK(status_folder_put(st, &f, &err));
	put_pair(st, f.id, 1);
	OK(status_intent_put(st, f.id, &in, &err));
	OK(status_skip(st, f.id, REMOTE, 8, "no", &err));
	keywords_flag(&k, "work", 4, true);
	OK(status_keywords_put(st, f.id, &k, &err));
	keywords_clear(&k);

	OK(status_begin(st, &err));
	OK(status_folder_reset(st, f.id, &err));
	OK(status_commit(st, &err));
	status_folder_clear(&f);
	OK(status_folder_get(st, "INBOX", &f, &found, &err));
	assert_true(found);
	for (int side = LOCAL; side <= REMOTE; side++) {
		assert_int_equal(f.validity[side], 0);
		assert_int_equal(f.next_id[side], 0);
		assert_int_equal(f.modseq[side], 0);
		assert_false(f.token[side].valid);
	}
	OK(status_base(st, f.id, &base, &len, &err));
	assert_int_equal(len, 0);
	OK(status_skips(st, f.id, &skips, &len, &err));
	assert_int_equal(len, 0);
	free(skips);
	OK(status_intents(st, f.id, &intents, &len, &err));
	assert_int_equal(len, 1);
	status_intents_free(intents, len);
	OK(status_keywords_get(st, f.id, &k, &err));
	assert_string_equal(k.names[0], "work");
	keywords_clear(&k);
	status_folder_clear(&f);
	status_close(st);
}

struct places {
	size_t n;
	size_t stop;
	int64_t folders[8];
	char name[64];
};

static bool
take_place(void *arg, const struct status_place *p)
{
	struct places *all = arg;

	all->folders[all->n++] = p->folder;
	snprintf(all->name, sizeof(all->name), "%s", p->pair.name[LOCAL]);
	return all->n != all->stop;
}

static void
t_places(void **state)
{
	struct status *st = place_open(*state);
	int64_t a = add_folder(st, "a"), b = add_folder(st, "b");
	struct places all = { 0 };
	struct digest d = { .size = UINT64_C(1) << 33, .header = ~UINT64_C(7) };
	uint64_t key = store_name_key("1007_7.1.host");

	for (uint32_t i = 1; i <= 20; i++) {
		put_pair(st, a, i);
		put_pair(st, b, i);
	}
	OK(status_places_named(st, LOCAL, key, take_place, &all, &err));
	assert_int_equal(all.n, 2);
	assert_int_equal(all.folders[0] + all.folders[1], a + b);
	assert_string_equal(all.name, "1007_7.1.host,U=7");
	all = (struct places){ .stop = 1 };
	OK(status_places_named(st, LOCAL, key, take_place, &all, &err));
	assert_int_equal(all.n, 1);
	all = (struct places){ 0 };
	memset(d.whole, 7, DIGEST_LEN);
	OK(status_places_alike(st, &d, take_place, &all, &err));
	assert_int_equal(all.n, 2);
	all = (struct places){ 0 };
	d.whole[3] = 0;
	OK(status_places_alike(st, &d, take_place, &all, &err));
	assert_int_equal(all.n, 0);
	OK(status_places_named(st, REMOTE, key, take_place, &all, &err));
	assert_int_equal(all.n, 0);
	OK(status_places_named(st, REMOTE, store_name_key("1007_7.1.far"),
	    take_place, &all, &err));
	assert_int_equal(all.n, 2);
	all = (struct places){ 0 };
	OK(status_pair_name(st, a, 7, LOCAL, "other", &err));
	OK(status_places_named(st, LOCAL, key, take_place, &all, &err));
	assert_int_equal(all.n, 1);
	assert_int_equal(all.folders[0], b);
	status_close(st);
}

/* As version 1 made it. */
static const char intents_before[] =
    "DROP TABLE intent;"
    "CREATE TABLE intent (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " folder INTEGER NOT NULL, side INTEGER NOT NULL, source INTEGER NOT NULL,"
    " next INTEGER NOT NULL, validity INTEGER NOT NULL, date INTEGER NOT NULL,"
    " size INTEGER NOT NULL, header INTEGER NOT NULL, whole BLOB NOT NULL,"
    " name TEXT NOT NULL);"
    "INSERT INTO intent VALUES (5, 1, 1, 2, 3, 4, 0, 10, 0, zeroblob(16), '');"
    "PRAGMA user_version = 1;";

/* Makes version 4 of version 7: no sizes but those of the bytes. */
static const char sizes_before[] =
    "ALTER TABLE folder DROP COLUMN remote_older;"
    "ALTER TABLE folder DROP COLUMN local_older;"
    "ALTER TABLE folder DROP COLUMN remote_arrived;"
    "ALTER TABLE folder DROP COLUMN local_arrived;"
    "ALTER TABLE pair DROP COLUMN kin;"
    "ALTER TABLE pair DROP COLUMN remote_told;"
    "ALTER TABLE pair DROP COLUMN local_told;"
    "ALTER TABLE pair DROP COLUMN unread;"
    "PRAGMA user_version = 4;";

/* Makes version 2 of version 3: names on the local side only. */
static const char folders_before[] =
    "CREATE TABLE folder3 (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " remote_name TEXT NOT NULL UNIQUE, local_name TEXT NOT NULL,"
    " remote_validity INTEGER NOT NULL, local_validity INTEGER NOT NULL,"
    " remote_next INTEGER NOT NULL, local_next INTEGER NOT NULL,"
    " remote_free INTEGER NOT NULL, local_free INTEGER NOT NULL,"
    " remote_modseq INTEGER NOT NULL, local_modseq INTEGER NOT NULL,"
    " remote_token BLOB, local_token BLOB, scanned_at INTEGER NOT NULL);"
    "INSERT INTO folder3 SELECT id, remote_name, local_name, remote_validity,"
    " local_validity, remote_next, local_next, remote_free, local_free,"
    " remote_modseq, local_modseq, remote_token, local_token, scanned_at"
    " FROM folder;"
    "DROP TABLE folder;"
    "ALTER TABLE folder3 RENAME TO folder;"
    "CREATE TRIGGER folder_drop AFTER DELETE ON folder BEGIN"
    " DELETE FROM pair WHERE folder = old.id; END;"
    "DROP TABLE removed;"
    "DROP TABLE fact;"
    "PRAGMA user_version = 3;";

static const char names_before[] =
    "ALTER TABLE folder DROP COLUMN local_next;"
    "ALTER TABLE folder DROP COLUMN remote_free;"
    "ALTER TABLE folder RENAME COLUMN local_free TO local_next;"
    "DROP INDEX pair_local;"
    "DROP INDEX pair_remote;"
    "ALTER TABLE pair DROP COLUMN remote_name;"
    "ALTER TABLE pair DROP COLUMN remote_key;"
    "ALTER TABLE pair RENAME COLUMN local_name TO name;"
    "ALTER TABLE pair RENAME COLUMN local_key TO name_key;"
    "CREATE INDEX pair_name ON pair (name_key);"
    "PRAGMA user_version = 2;";

static void
check_upgraded(struct status *st, const char *folder)
{
	struct store_known known = { 0 };
	struct status_folder f = { 0 };
	struct status_pair p;
	bool found;

	OK(status_folder_get(st, folder, &f, &found, &err));
	assert_true(found);
	assert_int_equal(f.next_id[LOCAL], 0);
	assert_int_equal(f.free_id[LOCAL], 15);
	assert_int_equal(f.free_id[REMOTE], 1);
	OK(status_pair_get(st, f.id, 7, &p, &found, &err));
	assert_true(found);
	assert_string_equal(p.name[LOCAL], "1007_7.1.host,U=7");
	assert_string_equal(p.name[REMOTE], "");
	assert_int_equal(p.told[REMOTE], p.digest.size);
	assert_false(p.unread[REMOTE]);
	OK(status_known(st, &f, LOCAL, &known, &err));
	assert_int_equal(known.next_id, 15);
	assert_int_equal(
	    known.by_key(known.arg, store_name_key("1007_7.1.host")), 14);
	status_known_clear(&known);
	OK(status_known(st, &f, REMOTE, &known, &err));
	assert_int_equal(known.next_id, 8);
	status_known_clear(&known);
	status_folder_clear(&f);
}

/* From each version before, and once is enough. */
static void
t_upgrade(void **state)
{
	const struct place *p = *state;
	struct status *st = place_open(p);
	int64_t folder = add_folder(st, "INBOX");
	struct status_intent *list = NULL;
	struct db *db = NULL;
	size_t len = 0;
	int n;

	assert_int_equal(folder, 1);
	put_pair(st, folder, 7);
	status_close(st);
	for (n = 0; n < 5; n++) {
		OK(db_open(p->path, &db, &err));
		if (n < 4)
			OK(db_exec(db, sizes_before, &err));
		if (n < 3)
			OK(db_exec(db, folders_before, &err));
		if (n < 2)
			OK(db_exec(db, names_before, &err));
		if (n == 0)
			OK(db_exec(db, intents_before, &err));
		db_close(db);
		st = place_open(p);
		check_upgraded(st, "INBOX");
		OK(status_intents(st, folder, &list, &len, &err));
		assert_int_equal(len, 1);
		assert_int_equal(list[0].id, 5);
		assert_int_equal(list[0].late, n);
		OK(status_intent_late(st, 5, n + 1, &err));
		status_intents_free(list, len);
		status_close(st);
	}
}

static void
t_intents(void **state)
{
	struct status *st = place_open(*state);
	int64_t folder = add_folder(st, "INBOX");
	struct status_intent a = { .side = REMOTE,
		.source_id = 7,
		.next_id = UINT32_MAX,
		.validity = 3,
		.flags = FLAG_SEEN | FLAG_KEYWORD(25),
		.date = -5,
		.name = (char[]){ "name" } };
	struct status_intent b = { .side = LOCAL, .source_id = 8 };
	struct status_intent *list = NULL;
	size_t len = 0;

	a.digest.size = 10;
	a.digest.header = UINT64_MAX;
	a.digest.whole[15] = 1;
	OK(status_intent_put(st, folder, &a, &err));
	OK(status_intent_put(st, folder, &b, &err));
	assert_true(b.id > a.id && a.id > 0);
	status_close(st);
	st = place_open(*state);
	OK(status_intents(st, folder, &list, &len, &err));
	assert_int_equal(len, 2);
	assert_int_equal(list[0].id, a.id);
	assert_int_equal(list[0].side, REMOTE);
	assert_int_equal(list[0].source_id, 7);
	assert_int_equal(list[0].next_id, UINT32_MAX);
	assert_int_equal(list[0].validity, 3);
	assert_int_equal(list[0].flags, a.flags);
	assert_int_equal(list[0].date, -5);
	assert_memory_equal(&list[0].digest, &a.digest, sizeof(a.digest));
	assert_string_equal(list[0].name, "name");
	assert_string_equal(list[1].name, "");
	assert_int_equal(list[1].side, LOCAL);
	assert_int_equal(list[1].late, 0);
	status_intents_free(list, len);
	OK(status_intent_drop(st, a.id, &err));
	OK(status_intent_late(st, b.id, INT64_MAX, &err));
	OK(status_intents(st, folder, &list, &len, &err));
	assert_int_equal(len, 1);
	assert_int_equal(list[0].id, b.id);
	assert_int_equal(list[0].late, INT64_MAX);
	status_intents_free(list, len);
	status_close(st);
}

static void
t_skips(void **state)
{
	static const int64_t waits[] = { 0, 120, 240, 480, 960, 1920, 3840,
		7680, 15360, 30720, 61440, 86400 };
	struct status *st = place_open(*state);
	int64_t folder = add_folder(st, "INBOX"), before;
	struct status_skipped *list = NULL;
	char reason[300];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		before = clock_wall();
		OK(status_skip(st, folder, REMOTE, 9, "refused", &err));
		OK(status_skips(st, folder, &list, &len, &err));
		assert_int_equal(len, 1);
		assert_int_equal(list[0].tries, i + 1);
		assert_in_range(list[0].next_try, before + waits[i],
		    clock_wall() + waits[i]);
		free(list);
	}
	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	OK(status_skip(st, folder, LOCAL, 9, reason, &err));
	OK(status_skip(st, folder, REMOTE, 4, "r", &err));
	OK(status_skips(st, folder, &list, &len, &err));
	assert_int_equal(len, 3);
	assert_int_equal(list[0].side, LOCAL);
	assert_int_equal(strlen(list[0].reason), 255);
	assert_int_equal(list[1].id, 4);
	assert_int_equal(list[2].id, 9);
	assert_string_equal(list[2].reason, "refused");
	free(list);
	OK(status_unskip(st, folder, REMOTE, 9, &err));
	OK(status_unskip(st, folder, REMOTE, 9, &err));
	OK(status_skips(st, folder, &list, &len, &err));
	assert_int_equal(len, 2);
	free(list);
	status_close(st);
}

static void
t_rollback(void **state)
{
	struct status *st = place_open(*state);
	int64_t folder = add_folder(st, "INBOX");

	OK(status_begin(st, &err));
	put_pair(st, folder, 1);
	status_rollback(st);
	status_rollback(st);
	assert_int_equal(pair_count(st, folder), 0);
	OK(status_begin(st, &err));
	put_pair(st, folder, 1);
	status_close(st);
	st = place_open(*state);
	assert_int_equal(pair_count(st, folder), 0);
	status_close(st);
}

static void
t_memory(void **state)
{
	static char path[] = ":memory:";
	const struct place memory = { .path = path };
	struct status *st = place_open(&memory);
	int64_t folder = add_folder(st, "INBOX");

	OK(status_begin(st, &err));
	put_pair(st, folder, 1);
	OK(status_commit(st, &err));
	assert_int_equal(pair_count(st, folder), 1);
	status_close(st);
	assert_int_equal(place_files(*state), 0);
	assert_int_equal(access(":memory:", F_OK), -1);
	assert_int_equal(access(":memory:.new", F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_modes),
		TEST(t_folders),
		TEST(t_keywords),
		TEST(t_pairs),
		TEST(t_paired),
		TEST(t_known),
		TEST(t_free_id),
		TEST(t_reset),
		TEST(t_places),
		TEST(t_intents),
		TEST(t_upgrade),
		TEST(t_skips),
		TEST(t_rollback),
		TEST(t_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

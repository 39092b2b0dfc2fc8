/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a folder while others rename its files. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "faults.h"
#include "maildir/maildir_scan.h"
#include "maildir_temp.h"

#define FILES 500
#define REST_MS 100   /* between two bursts; longer than times settle */
#define BURSTS 10     /* each begins while somebody reads */
#define SURE 20	      /* answers that are to be certain */
#define LONGEST 60000 /* ms, for all of them */

struct seen {
	unsigned char counts[FILES];
	size_t files, irregular;
};

static void
seen_restart(void *arg)
{
	memset(arg, 0, sizeof(struct seen));
}

static bool
seen_file(void *arg, enum maildir_sub sub, const char *file, bool regular)
{
	struct seen *s = arg;
	unsigned long i;

	(void)sub;
	i = strtoul(file, NULL, 10);
	if (i < FILES && s->counts[i] < 255)
		s->counts[i]++;
	s->files++;
	s->irregular += !regular;
	return true;
}

struct reader {
	int dir;
	bool rests; /* between two bursts */
	atomic_bool stop;
	atomic_size_t renames, bursts;
	pthread_t thread;
};

/* Each file goes from new to cur, gets flags and loses them, and is put into
 * new again. */
static void
file_name(char *out, size_t size, int i, int phase)
{
	static const char *const forms[] = { "new/%d.a.host",
		"cur/%d.a.host:2,", "cur/%d.a.host:2,S",
		"cur/%d.a.host:2,FRS" };

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(out, size, forms[phase], i);
#pragma GCC diagnostic pop
}

static void *
reader_main(void *arg)
{
	struct reader *r = arg;
	char from[64], to[64];
	int phase[FILES] = { 0 };
	unsigned seed;
	int i, k;

	for (seed = 1; !atomic_load(&r->stop);) {
		for (k = 0; k < 2000; k++) {
			seed = seed * 1103515245 + 12345;
			i = (int)(seed >> 8) % FILES;
			file_name(from, sizeof(from), i, phase[i]);
			phase[i] = (phase[i] + 1) % 4;
			file_name(to, sizeof(to), i, phase[i]);
			if (renameat(r->dir, from, r->dir, to) != 0)
				return r;
			atomic_fetch_add(&r->renames, 1);
		}
		atomic_fetch_add(&r->bursts, 1);
		if (r->rests)
			poll(NULL, 0, REST_MS);
	}
	return NULL;
}

static void
reader_start(struct reader *r, struct temp *t, bool rests)
{
	char name[64];
	int i;

	for (i = 0; i < FILES; i++) {
		file_name(name, sizeof(name), i, 0);
		temp_touch(t, name);
	}
	r->dir = t->md->dir;
	r->rests = rests;
	atomic_init(&r->stop, false);
	atomic_init(&r->renames, 0);
	atomic_init(&r->bursts, 0);
	assert_int_equal(pthread_create(&r->thread, NULL, reader_main, r), 0);
	/* Do not wait between two passes: more of them meet the reader. */
	faults_hurry(true);
}

static void
reader_stop(struct reader *r)
{
	void *failed;

	faults_hurry(false);
	atomic_store(&r->stop, true);
	assert_int_equal(pthread_join(r->thread, &failed), 0);
	assert_null(failed);
	assert_true(atomic_load(&r->renames) > 0);
}

/* Files that a steady pass did not show exactly once. */
static size_t
wrong(const struct seen *s)
{
	size_t i, n;

	for (n = 0, i = 0; i < FILES; i++)
		n += s->counts[i] != 1;
	return n;
}

/* Scans until so many scans said that they are complete. */
static void
scan_beside(struct temp *t, bool rests, size_t want)
{
	struct reader r;
	struct seen s;
	const struct maildir_visitor v = { &s, seen_restart, seen_file };
	struct maildir_stamp stamp;
	size_t scans, complete, bad;
	int64_t end;
	bool steady;
	int rc;

	reader_start(&r, t, rests);
	end = clock_ms() + LONGEST;
	rc = 0;
	for (scans = complete = bad = 0;
	     rc == 0 && clock_ms() < end &&
	     (complete < want || atomic_load(&r.bursts) < BURSTS);
	     scans++) {
		rc = maildir_walk(t->md, &v, &steady, &stamp, &err);
		complete += steady;
		bad += steady ? wrong(&s) : 0;
	}
	reader_stop(&r);
	OK(rc);
	assert_int_equal(bad, 0);
	assert_true(scans > 0 && complete >= want);
}

static void
test_bursts(void **state)
{
	scan_beside(*state, true, SURE);
}

static void
test_storm(void **state)
{
	scan_beside(*state, false, 0); /* may never be sure, never wrong */
}

/* Nothing that is there is ever "not there, and that is certain". */
static void
test_find_beside(void **state)
{
	struct temp *t = *state;
	struct reader r;
	struct maildir_want wants[3] = { 0 };
	size_t i, k, gone, sure;
	int64_t end;
	char base[3][32];
	bool steady;
	int rc;

	reader_start(&r, t, true);
	end = clock_ms() + LONGEST;
	rc = 0;
	for (k = gone = sure = 0;
	     rc == 0 && clock_ms() < end &&
	     (sure < SURE || atomic_load(&r.bursts) < BURSTS);
	     k++) {
		for (i = 0; i < 3; i++) {
			snprintf(base[i], sizeof(base[i]), "%zu.a.host",
			    (k * 3 + i) % FILES);
			wants[i].base = base[i];
		}
		rc = maildir_find(t->md, wants, 3, &steady, &err);
		sure += rc == 0 && steady;
		for (i = 0; i < 3; i++) {
			gone += rc == 0 && steady && wants[i].file == NULL;
			free(wants[i].file);
		}
	}
	reader_stop(&r);
	OK(rc);
	assert_int_equal(gone, 0);
	assert_true(sure >= SURE);
}

static void
expect_found(
    const struct maildir_want *w, enum maildir_sub sub, const char *file)
{
	assert_non_null(w->file);
	assert_string_equal(w->file, file);
	assert_int_equal(w->sub, sub);
}

static void
test_find(void **state)
{
	struct temp *t = *state;
	struct maildir_want w[] = { { .base = "3.a.h,U=3" },
		{ .base = "1.a.h" }, { .base = "2.a.h,U=5" },
		{ .base = "nothing" }, { .base = "1.a" }, { .base = "" },
		{ .base = "cur/1.a.h:2,S" } };
	bool steady;
	size_t i;

	temp_touch(t, "cur/1.a.h:2,S");
	temp_touch(t, "new/2.a.h,S=3");
	temp_touch(t, "cur/2.a.h,U=5:2,F");
	temp_touch(t, "cur/2.a.h,U=6:2,");
	temp_touch(t, "new/3.a.h");
	temp_touch(t, "tmp/nothing");
	temp_settle(t);
	OK(maildir_find(t->md, w, 7, &steady, &err));
	assert_true(steady);
	expect_found(&w[0], MAILDIR_NEW, "3.a.h"); /* by its key */
	expect_found(&w[1], MAILDIR_CUR, "1.a.h:2,S");
	expect_found(&w[2], MAILDIR_CUR, "2.a.h,U=5:2,F"); /* the very one */
	for (i = 3; i < 7; i++)
		assert_null(w[i].file);
	for (i = 0; i < 7; i++)
		free(w[i].file);
	OK(maildir_find(t->md, w, 0, &steady, &err));
}

/*
 * 1. Two files share a base name. 2. Both are seen first. 3. The search ended,
 * since as many were found as were wanted, and the other message was "gone".
 */
static void
test_find_twins(void **state)
{
	struct temp *t = *state;
	struct maildir_want w[2] = { { .base = "1.a.h" }, { .base = "2.a.h" } };
	bool steady;
	size_t i;

	temp_touch(t, "new/1.a.h");
	temp_touch(t, "new/1.a.h:2,S");
	temp_touch(t, "new/1.a.h:2,F");
	temp_touch(t, "cur/2.a.h:2,");
	temp_settle(t);
	OK(maildir_find(t->md, w, 2, &steady, &err));
	assert_true(steady);
	assert_non_null(w[0].file);
	expect_found(&w[1], MAILDIR_CUR, "2.a.h:2,");
	for (i = 0; i < 2; i++)
		free(w[i].file);
}

static void
test_kinds(void **state)
{
	struct temp *t = *state;
	struct seen s;
	const struct maildir_visitor v = { &s, seen_restart, seen_file };
	bool steady;

	temp_touch(t, "cur/1.a.h:2,");
	temp_touch(t, "new/2.a.h");
	temp_touch(t, "tmp/3.a.h");
	temp_touch(t, "cur/.nfs0000");
	assert_int_equal(mkdirat(t->md->dir, "cur/4", 0700), 0);
	assert_int_equal(symlinkat("1.a.h:2,", t->md->dir, "cur/5"), 0);
	assert_int_equal(mkfifoat(t->md->dir, "new/6", 0600), 0);
	OK(maildir_walk(t->md, &v, &steady, NULL, &err));
	assert_true(steady); /* waits until it is sure */
	assert_int_equal(s.files, 5);
	assert_int_equal(s.irregular, 3);
	assert_int_equal(s.counts[3], 0);
}

static bool
first_only(void *arg, enum maildir_sub sub, const char *file, bool regular)
{
	seen_file(arg, sub, file, regular);
	return false;
}

static void
test_enough(void **state)
{
	struct temp *t = *state;
	struct seen s;
	const struct maildir_visitor v = { &s, seen_restart, first_only };
	bool steady;

	temp_touch(t, "cur/1.a.h:2,");
	temp_touch(t, "new/2.a.h");
	OK(maildir_walk(t->md, &v, &steady, NULL, &err));
	assert_true(steady);
	assert_int_equal(s.files, 1);
}

/* A directory that was taken away, or replaced, is no empty one. */
static void
test_taken_away(void **state)
{
	static const char *const subs[] = { "cur", "new" };
	struct temp *t = *state;
	struct seen s;
	const struct maildir_visitor v = { &s, seen_restart, seen_file };
	struct maildir_stamp stamp;
	bool steady;
	size_t i, k;
	int dir;

	for (i = 0; i < 2; i++)
		for (k = 0; k < 3; k++) {
			temp_open(t);
			dir = t->md->dir;
			assert_int_equal(
			    renameat(dir, subs[i], dir, "aside"), 0);
			if (k == 1)
				assert_int_equal(
				    mkdirat(dir, subs[i], 0700), 0);
			if (k == 2)
				assert_int_equal(
				    symlinkat("aside", dir, subs[i]), 0);
			assert_int_equal(
			    maildir_walk(t->md, &v, &steady, &stamp, &err), -1);
			assert_int_equal(err.scope, ERR_FOLDER);
			assert_non_null(strstr(err_text(&err), "taken away"));
			assert_int_equal(
			    maildir_stamp(t->md, &stamp, &err), -1);
			err_clear(&err);
			unlinkat(dir, subs[i], k == 2 ? 0 : AT_REMOVEDIR);
			assert_int_equal(
			    renameat(dir, "aside", dir, subs[i]), 0);
		}
}

static bool
same(const struct maildir_stamp *a, const struct maildir_stamp *b)
{
	return memcmp(a->words, b->words, sizeof(a->words)) == 0;
}

static void
test_stamp(void **state)
{
	static const char *const changes[][2] = {
		{ "new/1.a.h", "cur/1.a.h:2," },
		{ "cur/1.a.h:2,", "cur/1.a.h:2,S" },
		{ "cur/1.a.h:2,S", "aside" },
		{ "aside", "cur/1.a.h:2,S" },
		{ "aside2", "dovecot-keywords" },
		{ "dovecot-keywords", "aside2" },
	};
	struct temp *t = *state;
	struct maildir_stamp before, after;
	size_t i;

	temp_touch(t, "new/1.a.h");
	temp_touch(t, "aside2");
	temp_settle(t);
	OK(maildir_stamp(t->md, &before, &err));
	assert_true(before.valid);
	OK(maildir_stamp(t->md, &after, &err));
	assert_true(after.valid && same(&before, &after));
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		OK(maildir_stamp(t->md, &before, &err));
		assert_int_equal(renameat(t->md->dir, changes[i][0], t->md->dir,
				     changes[i][1]),
		    0);
		OK(maildir_stamp(t->md, &after, &err));
		if (same(&before, &after))
			fail_msg("%s", changes[i][1]);
		/* too fresh to be trusted, unless a file merely went */
		if (i < 5 && after.valid)
			fail_msg("%s: valid", changes[i][1]);
		temp_settle(t);
	}
	/* tmp does not count */
	OK(maildir_stamp(t->md, &before, &err));
	temp_touch(t, "tmp/2");
	OK(maildir_stamp(t->md, &after, &err));
	assert_true(after.valid && same(&before, &after));
}

/* Times that are ahead: by a little the clock may catch up, by much never. */
static void
test_settles(void **state)
{
	static const struct {
		int ahead_ms;
		bool whole; /* no fraction: a coarse file system */
		bool waits;
	} c[] = {
		{ -1000, false, false },
		{ -10, false, true },
		{ 500, false, true },
		{ 30000, false, true },
		{ 90000, false, false },
		{ -1000, true, true },
		{ -5000, true, false },
	};
	struct timespec now;
	struct stat st = { 0 };
	int64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		clock_gettime(CLOCK_REALTIME, &now);
		ns = now.tv_nsec + (int64_t)c[i].ahead_ms * 1000000;
		st.st_mtim.tv_sec = now.tv_sec + (time_t)(ns / 1000000000);
		st.st_mtim.tv_nsec = (long)(ns % 1000000000);
		if (st.st_mtim.tv_nsec < 0) {
			st.st_mtim.tv_sec--;
			st.st_mtim.tv_nsec += 1000000000;
		}
		if (c[i].whole)
			st.st_mtim.tv_nsec = 0;
		else if (st.st_mtim.tv_nsec == 0)
			st.st_mtim.tv_nsec = 1;
		st.st_ctim = st.st_mtim;
		if ((maildir_settles(&st) > 0) != c[i].waits)
			fail_msg(
			    "%d ms: %d", c[i].ahead_ms, maildir_settles(&st));
		assert_in_range(maildir_settles(&st), 0, 70000);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)
	const struct CMUnitTest tests[] = {
		T(test_find),
		T(test_find_twins),
		T(test_kinds),
		T(test_enough),
		T(test_taken_away),
		T(test_stamp),
		T(test_settles),
		T(test_bursts),
		T(test_storm),
		T(test_find_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

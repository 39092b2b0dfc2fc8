/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages in a Maildir store, through store.h, on real directories. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "maildir_fixture.h"

#define M(text, lf)                                                            \
	{                                                                      \
		text, sizeof(text) - 1, lf                                     \
	}

static const struct {
	const char *data;
	size_t len;
	bool as_lf; /* the file has LF where CRLF came */
} nasty[] = {
	M("", true),
	M("\r\n", true),
	M("\r\n\r\n", true),
	M("X", true),
	M("Subject: x\r\n\r\nbody\r\n", true),
	M("Subject: x\r\n\r\nno newline at the end", true),
	M("Subject: x\r\n\r\n8-bit \xe4\xff\r\n", true),
	M("\n", false),
	M("\r", false),
	M("\r\r\n", false),
	M("\n\r\n", false),
	M("\r\n\r", false),
	M("\r\n\n", false),
	M("a\rb\r\n", false),
	M("a\r\nb\nc\r\n", false),
	M("a\r\nb\r\nc\r", false),
	M("a\r\nb\r\nc\n", false),
	M("a\r\n\0b\r\n", false),
	M("\0", false),
	M("a\r\nb\r\n\0", false),
	M("\r\n\r\n\r\r\n\r\n", false),
	M("x\r\n\r\r\r\n\n\ny", false),
};
#define NASTY (sizeof(nasty) / sizeof(nasty[0]))

static void
round_trip(struct fixture *f, size_t k, size_t piece)
{
	struct store_result r;
	struct inbox in = { 0 };
	struct store_ref ref = { 0 };
	struct store_result gone = { 0 };

	r = deliver(f, nasty[k].data, nasty[k].len, piece, FLAG_SEEN, 7);
	ref.id = r.id;
	ref.flags = FLAG_SEEN;
	ref.name = r.name;
	ref.size = nasty[k].len;
	ref.date = DATE;
	read_one(f, &ref, STORE_WHOLE, &in);
	assert_int_equal(in.ended, 1);
	assert_int_equal(in.meta.date, DATE);
	assert_int_equal(in.meta.flags, FLAG_SEEN);
	assert_int_equal(in.data.len, nasty[k].len);
	assert_memory_equal(buf_str(&in.data), nasty[k].data, nasty[k].len);
	assert_int_equal(
	    in.meta.has_nul, memchr(nasty[k].data, '\0', nasty[k].len) != NULL);
	if (nasty[k].as_lf) { /* found without knowing the size, too */
		ref.size = 0;
		read_one(f, &ref, STORE_WHOLE, &in);
		assert_int_equal(in.data.len, nasty[k].len);
		assert_memory_equal(
		    buf_str(&in.data), nasty[k].data, nasty[k].len);
	}
	OK(f->s->ops->remove(f->s, &ref, 1, &gone, &err));
	assert_int_equal(gone.outcome, STORE_DONE);
	store_results_clear(&gone, 1);
	store_results_clear(&r, 1);
	buf_clear(&in.data);
}

static void
test_bytes(void **state)
{
	struct fixture *f = *state;
	size_t k, piece;

	for (k = 0; k < NASTY; k++)
		for (piece = 1; piece <= nasty[k].len || piece == 1; piece++)
			round_trip(f, k, piece);
	assert_int_equal(count_files(f, "INBOX/cur"), 0);
	assert_int_equal(count_files(f, "INBOX/tmp"), 0);
}

/* Turned into its own form late, over many blocks. */
static void
test_big(void **state)
{
	struct fixture *f = *state;
	static const char *const ends[] = { "", "\n", "\r", "x\ry\r\n" };
	struct buf msg = { 0 };
	struct store_result r;
	struct inbox in = { 0 };
	struct store_ref ref = { 0 };
	size_t i, k;

	for (k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
		buf_reset(&msg);
		for (i = 0; i < 40000; i++)
			buf_printf(&msg, "%.*s\r\n", (int)(i % 77),
			    "0123456789012345678901234567890123456789"
			    "0123456789012345678901234567890123456789");
		buf_puts(&msg, ends[k]);
		r = deliver(f, msg.data, msg.len, 65537, 0, 0);
		ref.name = r.name;
		ref.size = msg.len;
		read_one(f, &ref, STORE_WHOLE, &in);
		assert_int_equal(in.data.len, msg.len);
		assert_memory_equal(in.data.data, msg.data, msg.len);
		store_results_clear(&r, 1);
	}
	buf_clear(&msg);
	buf_clear(&in.data);
}

static void
test_header(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *file, *header;
	} t[] = {
		{ "A: b\nC: d\n\nbody\n", "A: b\r\nC: d\r\n\r\n" },
		{ "A: b\r\n\r\nbody\r\n", "A: b\r\n\r\n" },
		{ "\nbody\n", "\r\n" },
		{ "\r\nbody\n", "\r\n" },
		{ "A: b\n", "A: b\r\n" },
		{ "A: b\n\n\0", "A: b\r\n\r\n" },
		{ "", "" },
	};
	struct inbox in = { 0 };
	const struct store_ref ref = { .name = "1.2.h" };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		put_file(f, "INBOX/new/1.2.h", t[i].file, strlen(t[i].file));
		read_one(f, &ref, STORE_HEADER, &in);
		assert_string_equal(buf_str(&in.data), t[i].header);
	}
	buf_clear(&in.data);
}

static void
test_delivery_names(void **state)
{
	struct fixture *f = *state;
	struct store_result r;
	struct stat st;
	char *file, *p;

	r = deliver(f, "a\r\n", 3, 3, 0, 17);
	assert_non_null(
	    strstr(r.name, ",U=17,FMD5=7e33429f656f1e6e9d79b29c3f82c57e"));
	file = xasprintf("INBOX/new/%s", r.name);
	assert_true(exists(f, file));
	p = path(f, file);
	assert_int_equal(stat(p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_mtime, DATE);
	assert_int_equal(st.st_size, 2);
	free(p);
	free(file);
	store_results_clear(&r, 1);

	r = deliver(f, "a\r\n", 3, 3, FLAG_SEEN | FLAG_FLAGGED, 0);
	assert_null(strchr(r.name, ','));
	file = xasprintf("INBOX/cur/%s:2,FS", r.name);
	assert_true(exists(f, file));
	free(file);
	store_results_clear(&r, 1);
}

static void
test_batch(void **state)
{
	struct fixture *f = *state;
	struct store_meta m = { .date = DATE };
	struct store_result r[5] = { 0 };
	struct store_batch *b;
	struct store_sink sink;
	struct snapshot snap = { 0 };
	size_t i;

	OK(f->s->ops->batch_begin(f->s, 10, &b, &sink, &err));
	for (i = 0; i < 7; i++) {
		m.flags = i % 2 == 0 ? FLAG_SEEN : 0;
		m.peer_id = (uint32_t)i + 1;
		OK(sink.begin(sink.arg, &m, &err));
		OK(sink.data(sink.arg, "x\r\n", 3, &err));
		if (i == 2 || i == 6) /* has no place in the results */
			sink.abort(sink.arg);
		else
			OK(sink.end(sink.arg, &err));
	}
	assert_int_equal(count_files(f, "INBOX/cur"), 0);
	assert_int_equal(count_files(f, "INBOX/new"), 0);
	assert_int_equal(count_files(f, "INBOX/tmp"), 5);
	OK(f->s->ops->batch_commit(b, r, 5, &err));
	for (i = 0; i < 5; i++) {
		assert_int_equal(r[i].outcome, STORE_DONE);
		assert_int_equal(r[i].id, i + 1);
		learn(f, r[i].name, r[i].id);
	}
	assert_non_null(strstr(r[2].name, ",U=4,"));
	assert_int_equal(count_files(f, "INBOX/tmp"), 0);
	scan(f, &snap);
	assert_int_equal(snap.len, 5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(snap.msgs[i].id, i + 1);
		assert_int_equal(snap.msgs[i].name, 0);
		assert_true(snap.msgs[i].hint != 0);
	}
	store_results_clear(r, 5);

	OK(f->s->ops->batch_begin(f->s, 10, &b, &sink, &err));
	OK(sink.begin(sink.arg, &m, &err));
	OK(sink.end(sink.arg, &err));
	OK(sink.begin(sink.arg, &m, &err));
	f->s->ops->batch_abort(b);
	assert_int_equal(count_files(f, "INBOX/tmp"), 0);
	scan(f, &snap);
	assert_int_equal(snap.len, 5);
	snapshot_clear(&snap);
}

static void
test_scan_foreign(void **state)
{
	struct fixture *f = *state;
	struct snapshot snap = { 0 };
	char *p;

	touch(f, "INBOX/cur/1000.a.host,S=14,W=16:2,FS");
	touch(f, "INBOX/cur/1001.a.host,U=5:2,S");
	touch(f, "INBOX/new/1002.a.host");
	touch(f, "INBOX/cur/1003.a.host,U=6,"
		 "FMD5=7e33429f656f1e6e9d79b29c3f82c57e:2,RT");
	touch(f, "INBOX/cur/.hidden");
	touch(f, "INBOX/tmp/1004.a.host");
	p = path(f, "INBOX/cur/dir");
	assert_int_equal(mkdir(p, 0700), 0);
	free(p);
	p = path(f, "INBOX/cur/link");
	assert_int_equal(symlink("/etc/passwd", p), 0);
	free(p);
	p = path(f, "INBOX/cur/fifo");
	assert_int_equal(mkfifo(p, 0600), 0);
	free(p);
	learn(f, "1001.a.host,U=5", 41);
	OK(open_folder(f, "INBOX"));
	scan(f, &snap);
	assert_int_equal(snap.len, 4);
	assert_int_equal(snap.msgs[0].id, 41);
	assert_int_equal(snap.msgs[0].hint, 5);
	assert_string_equal(name_of(&snap, 0), "");
	assert_int_equal(snap.msgs[1].id, 42);
	assert_string_equal(name_of(&snap, 1), "1000.a.host,S=14,W=16");
	assert_int_equal(snap.msgs[1].flags, FLAG_FLAGGED | FLAG_SEEN);
	assert_string_equal(name_of(&snap, 2), "1002.a.host");
	assert_int_equal(snap.msgs[3].hint, 6);
	assert_int_equal(snap.msgs[3].flags, FLAG_ANSWERED | FLAG_DELETED);
	snapshot_clear(&snap);
}

static void
test_twins(void **state)
{
	struct fixture *f = *state;
	struct snapshot snap = { 0 };
	struct store_result r[2] = { 0 };
	struct store_ref refs[2] = { 0 };
	struct inbox in = { 0 };
	uint32_t peers[2] = { 100, 101 };
	size_t i;

	touch(f, "INBOX/cur/1.a.h,U=5:2,S");
	set_mtime(f, "INBOX/cur/1.a.h,U=5:2,S", 1000);
	touch(f, "INBOX/cur/1.a.h,U=5:2,FS");
	set_mtime(f, "INBOX/cur/1.a.h,U=5:2,FS", 2000);
	put_file(f, "INBOX/new/1.a.h,U=5", "other", 5);
	set_mtime(f, "INBOX/new/1.a.h,U=5", 500);
	learn(f, "1.a.h", 9);
	OK(open_folder(f, "INBOX"));
	scan(f, &snap);
	assert_int_equal(snap.len, 3);
	assert_int_equal(snap.msgs[0].id, 9);
	assert_int_equal(snap.msgs[0].flags, FLAG_FLAGGED | FLAG_SEEN);
	for (i = 0; i < 2; i++) {
		assert_int_equal(snap.msgs[i + 1].id, 10 + i);
		refs[i].id = snap.msgs[i + 1].id;
		refs[i].flags = snap.msgs[i + 1].flags;
		refs[i].name = name_of(&snap, i + 1);
	}
	assert_string_equal(refs[0].name, "cur/1.a.h,U=5:2,S");
	assert_string_equal(refs[1].name, "new/1.a.h,U=5");
	read_one(f, &refs[1], STORE_WHOLE, &in);
	assert_string_equal(buf_str(&in.data), "other");
	OK(f->s->ops->bind(f->s, refs, peers, 2, r, &err));
	for (i = 0; i < 2; i++) {
		assert_int_equal(r[i].outcome, STORE_DONE);
		assert_true(strncmp(r[i].name, "1.a.h", 5) != 0);
		learn(f, r[i].name, 10 + (uint32_t)i);
	}
	scan(f, &snap);
	assert_int_equal(snap.len, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(snap.msgs[i].id, 9 + i);
		assert_int_equal(snap.msgs[i].name, 0);
	}
	assert_int_equal(snap.msgs[1].flags, FLAG_SEEN);
	assert_int_equal(snap.msgs[1].hint, 100);
	assert_int_equal(snap.msgs[2].flags, 0);
	assert_int_equal(count_files(f, "INBOX/new"), 1);
	store_results_clear(r, 2);
	snapshot_clear(&snap);
	buf_clear(&in.data);
}

/* Two new files with one key are two messages. */
static void
test_fresh_twins(void **state)
{
	struct fixture *f = *state;
	struct snapshot snap = { 0 };

	touch(f, "INBOX/cur/1.a.h:2,S");
	set_mtime(f, "INBOX/cur/1.a.h:2,S", 1000);
	touch(f, "INBOX/cur/1.a.h:2,FS");
	set_mtime(f, "INBOX/cur/1.a.h:2,FS", 2000);
	touch(f, "INBOX/cur/1.a-b.h:2,");
	scan(f, &snap);
	assert_int_equal(snap.len, 3);
	assert_string_equal(name_of(&snap, 0), "1.a-b.h");
	assert_string_equal(name_of(&snap, 1), "1.a.h");
	assert_int_equal(snap.msgs[1].flags, FLAG_FLAGGED | FLAG_SEEN);
	assert_string_equal(name_of(&snap, 2), "cur/1.a.h:2,S");
	snapshot_clear(&snap);
}

static void
test_flags(void **state)
{
	struct fixture *f = *state;

	touch(f, "INBOX/new/1.a.h");
	assert_int_equal(change_flags(f, "1.a.h", 0, 0, FLAG_SEEN), STORE_DONE);
	assert_true(exists(f, "INBOX/new/1.a.h"));
	assert_int_equal(change_flags(f, "1.a.h", 0, FLAG_SEEN, 0), STORE_DONE);
	assert_true(exists(f, "INBOX/cur/1.a.h:2,S"));
	assert_int_equal(
	    change_flags(f, "1.a.h", 0, FLAG_FLAGGED, 0), STORE_CHANGED);
	assert_int_equal(change_flags(f, "1.a.h", FLAG_SEEN,
			     FLAG_FLAGGED | FLAG_FORWARDED, FLAG_SEEN),
	    STORE_DONE);
	assert_true(exists(f, "INBOX/cur/1.a.h:2,FP"));
	assert_int_equal(change_flags(f, "1.a.h", FLAG_FLAGGED | FLAG_FORWARDED,
			     0, FLAG_ALL),
	    STORE_DONE);
	assert_true(exists(f, "INBOX/cur/1.a.h:2,"));
	settle_inbox(f);
	assert_int_equal(change_flags(f, "2.b.h", 0, FLAG_SEEN, 0), STORE_GONE);
	/* what others wrote into the name stays: letters, and the rest */
	touch(f, "INBOX/cur/3.c.h,S=9:2,SXk,more");
	assert_int_equal(
	    change_flags(f, "3.c.h", FLAG_SEEN, FLAG_ANSWERED, 0), STORE_DONE);
	assert_true(exists(f, "INBOX/cur/3.c.h,S=9:2,RSXk,more"));
	/* in new with info, as OfflineIMAP has it */
	touch(f, "INBOX/new/4.d.h:2,F");
	assert_int_equal(
	    change_flags(f, "4.d.h", FLAG_FLAGGED, 0, FLAG_FLAGGED),
	    STORE_DONE);
	assert_true(exists(f, "INBOX/new/4.d.h:2,"));
	/* never onto another file */
	touch(f, "INBOX/cur/5.e.h:2,");
	touch(f, "INBOX/cur/5.e.h:2,S");
	assert_int_equal(
	    change_flags(f, "5.e.h", 0, FLAG_SEEN, 0), STORE_FAILED);
	assert_true(exists(f, "INBOX/cur/5.e.h:2,"));
}

static enum store_outcome
remove_one(struct fixture *f, const char *name, uint32_t is)
{
	const struct store_ref ref = { .id = 1, .flags = is, .name = name };
	struct store_result r = { 0 };
	enum store_outcome outcome;

	OK(f->s->ops->remove(f->s, &ref, 1, &r, &err));
	outcome = r.outcome;
	store_results_clear(&r, 1);
	return outcome;
}

static void
test_remove(void **state)
{
	struct fixture *f = *state;

	touch(f, "INBOX/cur/1.a.h,U=9:2,S");
	assert_int_equal(remove_one(f, "1.a.h", FLAG_FLAGGED), STORE_CHANGED);
	assert_true(exists(f, "INBOX/cur/1.a.h,U=9:2,S"));
	assert_int_equal(remove_one(f, "1.a.h", FLAG_SEEN), STORE_DONE);
	assert_false(exists(f, "INBOX/cur/1.a.h,U=9:2,S"));
	settle_inbox(f);
	assert_int_equal(remove_one(f, "1.a.h", FLAG_SEEN), STORE_GONE);
	assert_int_equal(remove_one(f, NULL, FLAG_SEEN), STORE_GONE);
}

static void
test_bind(void **state)
{
	struct fixture *f = *state;
	const struct store_ref ref = { .id = 1, .name = "1.a.h,U=5,S=7" };
	struct store_result r = { 0 };
	uint32_t peer = 77;

	/* the reader was faster: found all the same */
	touch(f, "INBOX/cur/1.a.h,U=5,S=7:2,FSq");
	OK(f->s->ops->bind(f->s, &ref, &peer, 1, &r, &err));
	assert_int_equal(r.outcome, STORE_DONE);
	assert_string_equal(r.name, "1.a.h,S=7,U=77,"
				    "FMD5=7e33429f656f1e6e9d79b29c3f82c57e");
	assert_true(exists(f, "INBOX/cur/1.a.h,S=7,U=77,"
			      "FMD5=7e33429f656f1e6e9d79b29c3f82c57e:2,FSq"));
	store_results_clear(&r, 1);
}

static void
test_keywords(void **state)
{
	struct fixture *f = *state;
	struct snapshot snap = { 0 };
	struct store_result r;
	uint32_t junk, todo, other;
	char text[256], *p;
	ssize_t n;
	int fd;

	put_file(
	    f, "INBOX/dovecot-keywords", "0 $Junk\nodd line\n2 todo\n", 24);
	touch(f, "INBOX/cur/1.a.h:2,Sac");
	touch(f, "INBOX/cur/2.a.h:2,bz");
	OK(open_folder(f, "INBOX"));
	other = keywords_flag(&f->words, "Other", 5, true);
	todo = keywords_flag(&f->words, "TODO", 4, true);
	assert_int_equal(f->st.storable, FLAG_ALL);
	scan(f, &snap);
	junk = keywords_flag(&f->words, "$junk", 5, false);
	assert_int_not_equal(junk, 0);
	assert_int_equal(snap.msgs[0].flags, FLAG_SEEN | junk | todo);
	assert_int_equal(snap.msgs[1].flags, 0);
	/* a new one gets the lowest letter that stands nowhere */
	assert_int_equal(
	    change_flags(f, "1.a.h", FLAG_SEEN | junk | todo, other, junk),
	    STORE_DONE);
	assert_true(exists(f, "INBOX/cur/1.a.h:2,Scd"));
	p = path(f, "INBOX/dovecot-keywords");
	fd = open(p, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	free(p);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "0 $Junk\nodd line\n2 todo\n3 Other\n");
	assert_false(exists(f, "INBOX/dovecot-keywords.lock"));
	r = deliver(f, "x\r\n", 3, 3, todo, 0);
	p = xasprintf("INBOX/cur/%s:2,c", r.name);
	assert_true(exists(f, p));
	free(p);
	store_results_clear(&r, 1);
	snapshot_clear(&snap);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_bytes),
		T(test_big),
		T(test_header),
		T(test_delivery_names),
		T(test_batch),
		T(test_scan_foreign),
		T(test_twins),
		T(test_fresh_twins),
		T(test_flags),
		T(test_remove),
		T(test_bind),
		T(test_keywords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

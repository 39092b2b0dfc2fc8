/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Maildir store, through store.h alone, on real directories. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/store_maildir.h"

#define DATE 1600000000

struct known { /* what a status would know */
	struct store_known k;
	struct {
		uint64_t key;
		uint32_t id;
	} list[64];
	size_t len;
};

struct fixture {
	char dir[64];
	struct settings_store settings;
	struct store *s;
	struct keywords words;
	struct known known;
	struct store_state st;
};

static struct err err;

#define OK(call) ok((call), #call, __LINE__)

static void
ok(int rc, const char *call, int line)
{
	if (rc != 0)
		fail_msg("line %d: %s: %s", line, call, err.text);
}

static uint32_t
by_key(void *arg, uint64_t key)
{
	struct known *k = arg;
	size_t i;

	for (i = 0; i < k->len; i++)
		if (k->list[i].key == key)
			return k->list[i].id;
	return 0;
}

static void
learn(struct fixture *f, const char *name, uint32_t id)
{
	f->known.list[f->known.len].key = store_name_key(name);
	f->known.list[f->known.len++].id = id;
	if (f->known.k.next_id <= id)
		f->known.k.next_id = id + 1;
}

static int
reopen(struct fixture *f, bool must_exist)
{
	const struct store_maildir_config c = { .settings = &f->settings,
		.side = LOCAL,
		.fsync = true,
		.must_exist = must_exist };

	if (f->s != NULL)
		f->s->ops->free(f->s);
	f->s = NULL;
	err_clear(&err);
	return store_maildir_open(&c, &f->s, &err);
}

static int
open_folder(struct fixture *f, const char *name)
{
	const struct store_open o = {
		.name = name, .keywords = &f->words, .known = &f->known.k
	};

	err_clear(&err);
	return f->s->ops->open(f->s, &o, &f->st, &err);
}

static int
setup(void **state)
{
	struct fixture *f;

	f = xcalloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/t_store_maildir.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	f->settings.type = STORE_MAILDIR;
	f->settings.path = xasprintf("%s/mail", f->dir);
	f->settings.infosep = ':';
	f->known.k.arg = &f->known;
	f->known.k.by_key = by_key;
	f->known.k.next_id = 1;
	OK(reopen(f, false));
	OK(f->s->ops->create(f->s, "INBOX", &err));
	OK(open_folder(f, "INBOX"));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char *command;

	if (f->s != NULL)
		f->s->ops->free(f->s);
	command = xasprintf("rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	free(command);
	free(f->settings.path);
	keywords_clear(&f->words);
	free(f);
	return 0;
}

static char *
path(struct fixture *f, const char *below)
{
	return xasprintf("%s/%s", f->settings.path, below);
}

static void
put_file(struct fixture *f, const char *below, const char *data, size_t len)
{
	char *p = path(f, below);
	int fd;

	fd = open(p, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
	free(p);
}

static void
touch(struct fixture *f, const char *below)
{
	put_file(f, below, "Subject: x\n\nx\n", 14);
}

static bool
exists(struct fixture *f, const char *below)
{
	char *p = path(f, below);
	struct stat st;
	bool there;

	there = lstat(p, &st) == 0;
	free(p);
	return there;
}

static size_t
count_files(struct fixture *f, const char *below)
{
	char *p = path(f, below);
	struct dirent *d;
	size_t n;
	DIR *dir;

	dir = opendir(p);
	assert_non_null(dir);
	for (n = 0; (d = readdir(dir)) != NULL;)
		n += d->d_name[0] != '.';
	closedir(dir);
	free(p);
	return n;
}

static void
settle(void)
{
	const struct timespec t = { 0, 70000000 };

	nanosleep(&t, NULL);
}

/* Delivers one message in pieces of the given size. */
static void
deliver(struct fixture *f, const char *data, size_t len, size_t piece,
    uint32_t flags, uint32_t uid, struct store_result *r)
{
	struct store_meta m = {
		.flags = flags, .size = len, .date = DATE, .peer_id = uid
	};
	struct store_batch *b;
	struct store_sink sink;
	size_t n;

	*r = (struct store_result){ 0 };
	OK(f->s->ops->batch_begin(f->s, 1, &b, &sink, &err));
	OK(sink.begin(sink.arg, &m, &err));
	for (; len > 0; data += n, len -= n) {
		n = len < piece ? len : piece;
		OK(sink.data(sink.arg, data, n, &err));
	}
	OK(sink.end(sink.arg, &err));
	OK(f->s->ops->batch_commit(b, r, 1, &err));
	assert_int_equal(r->outcome, STORE_DONE);
	assert_non_null(r->name);
}

struct inbox { /* a sink */
	struct buf data;
	struct store_meta meta;
	size_t begun, ended, missing;
	struct err why;
};

static int
inbox_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct inbox *in = arg;

	(void)e;
	buf_reset(&in->data);
	in->meta = *m;
	in->begun++;
	return 0;
}

static int
inbox_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct inbox *in = arg;

	(void)e;
	buf_append(&in->data, data, len);
	return 0;
}

static int
inbox_end(void *arg, struct err *e)
{
	struct inbox *in = arg;

	(void)e;
	in->ended++;
	assert_int_equal(in->data.len, in->meta.size);
	return 0;
}

static void
inbox_abort(void *arg)
{
	(void)arg;
}

static void
inbox_missing(void *arg, size_t index, const struct err *why)
{
	struct inbox *in = arg;

	(void)index;
	in->missing++;
	in->why = *why;
}

static void
read_one(struct fixture *f, const struct store_ref *ref, enum store_part part,
    struct inbox *in)
{
	const struct store_sink sink = { in, inbox_begin, inbox_data, inbox_end,
		inbox_abort, inbox_missing };

	in->begun = in->ended = in->missing = 0;
	OK(f->s->ops->read(f->s, ref, 1, part, &sink, &err));
}

static void
scan(struct fixture *f, struct snapshot *snap)
{
	snapshot_clear(snap);
	OK(f->s->ops->scan(f->s, snap, &err));
	assert_true(snap->complete);
}

static const char *
name_of(const struct snapshot *snap, size_t i)
{
	return snap->msgs[i].name == 0 ? "" : snap->names + snap->msgs[i].name;
}

/* --- bytes ---------------------------------------------------------------- */

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

	deliver(f, nasty[k].data, nasty[k].len, piece, FLAG_SEEN, 7, &r);
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
		deliver(f, msg.data, msg.len, 65537, 0, 0, &r);
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

/* --- names and places ----------------------------------------------------- */

static void
test_delivery_names(void **state)
{
	struct fixture *f = *state;
	struct store_result r;
	struct stat st;
	char *file, *p;

	deliver(f, "a\r\n", 3, 3, 0, 17, &r);
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

	deliver(f, "a\r\n", 3, 3, FLAG_SEEN | FLAG_FLAGGED, 0, &r);
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
	assert_int_equal(snap.msgs[0].hint, 0);
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
set_mtime(struct fixture *f, const char *below, time_t t)
{
	const struct timespec times[2] = { { t, 0 }, { t, 0 } };
	char *p = path(f, below);

	assert_int_equal(utimensat(AT_FDCWD, p, times, 0), 0);
	free(p);
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

/* --- changes ---------------------------------------------------------------
 */

static enum store_outcome
change_flags(struct fixture *f, const char *name, uint32_t is, uint32_t add,
    uint32_t del)
{
	const struct store_ref ref = { .id = 1, .flags = is, .name = name };
	struct store_result r = { 0 };
	enum store_outcome outcome;

	OK(f->s->ops->flags(f->s, &ref, 1, add, del, &r, &err));
	outcome = r.outcome;
	store_results_clear(&r, 1);
	return outcome;
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
	settle();
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
	settle();
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
	assert_true(f->st.new_keywords);
	scan(f, &snap);
	junk = keywords_flag(&f->words, "$junk", 5, false);
	assert_int_not_equal(junk, 0);
	assert_int_equal(snap.msgs[0].flags, FLAG_SEEN | junk | todo);
	assert_int_equal(snap.msgs[1].flags, 0);
	/* a new one gets the lowest letter that is free */
	assert_int_equal(
	    change_flags(f, "1.a.h", FLAG_SEEN | junk | todo, other, junk),
	    STORE_DONE);
	assert_true(exists(f, "INBOX/cur/1.a.h:2,Sbc"));
	p = path(f, "INBOX/dovecot-keywords");
	fd = open(p, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	free(p);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "0 $Junk\nodd line\n2 todo\n1 Other\n");
	assert_false(exists(f, "INBOX/dovecot-keywords.lock"));
	deliver(f, "x\r\n", 3, 3, todo, 0, &r);
	p = xasprintf("INBOX/cur/%s:2,c", r.name);
	assert_true(exists(f, p));
	free(p);
	store_results_clear(&r, 1);
	snapshot_clear(&snap);
}

/* --- folders ----------------------------------------------------------------
 */

static void
test_list(void **state)
{
	struct fixture *f = *state;
	struct store_folders list = { 0 }, again = { 0 };
	const struct store_folder *a;
	struct stat st;
	char *p;

	OK(f->s->ops->create(f->s, "Work/a.b", &err));
	OK(f->s->ops->create(f->s, "Entw\xc3\xbcrfe", &err));
	OK(f->s->ops->create(f->s, "INBOX", &err)); /* is there */
	assert_int_equal(f->s->ops->create(f->s, "a/../b", &err), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	p = path(f, "Work.a%2Eb");
	assert_int_equal(stat(p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(p);
	p = path(f, "no Maildir");
	assert_int_equal(mkdir(p, 0700), 0);
	free(p);
	p = path(f, "link");
	assert_int_equal(symlink("INBOX", p), 0);
	free(p);
	settle();
	OK(f->s->ops->list(f->s, &list, &err));
	assert_int_equal(list.len, 3);
	assert_int_equal(list.refused_len, 1);
	a = store_folders_find(&list, "Work/a.b");
	assert_non_null(a);
	assert_string_equal(a->native, "Work.a%2Eb");
	assert_int_equal(a->delimiter, '.');
	assert_true(a->token.valid && a->token.exact);
	OK(open_folder(f, "Work/a.b"));
	assert_true(store_token_equal(&a->token, &f->st.token));
	touch(f, "Work.a%2Eb/new/1.2.h");
	OK(f->s->ops->list(f->s, &again, &err));
	assert_false(store_token_equal(
	    &a->token, &store_folders_find(&again, "Work/a.b")->token));
	/* just changed: not to be trusted yet */
	assert_false(store_folders_find(&again, "Work/a.b")->token.valid);
	store_folders_clear(&list);
	store_folders_clear(&again);
	assert_int_equal(open_folder(f, "link"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_int_equal(open_folder(f, "nothing"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
}

static void
test_traps(void **state)
{
	struct fixture *f = *state;
	struct snapshot snap = { 0 };
	struct inbox in = { 0 };
	const struct store_ref ref = { .name = "1.2.h" };
	char *cur, *tmp, *file;

	/* a link in a file's place is never read */
	file = path(f, "INBOX/new/1.2.h");
	assert_int_equal(symlink("/etc/passwd", file), 0);
	read_one(f, &ref, STORE_WHOLE, &in);
	assert_int_equal(in.begun, 0);
	assert_int_equal(in.missing, 1);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	read_one(f, &ref, STORE_WHOLE, &in);
	assert_int_equal(in.begun, 0);
	assert_int_equal(in.missing, 1);
	free(file);
	tmp = path(f, "INBOX/tmp");
	assert_int_equal(rmdir(tmp), 0);
	assert_int_equal(symlink("/tmp", tmp), 0);
	assert_int_equal(open_folder(f, "INBOX"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_int_equal(unlink(tmp), 0);
	OK(open_folder(f, "INBOX")); /* made again */
	assert_true(exists(f, "INBOX/tmp"));
	/* a folder that vanishes is no empty folder */
	cur = path(f, "INBOX/cur");
	assert_int_equal(rmdir(cur), 0);
	assert_int_equal(f->s->ops->scan(f->s, &snap, &err), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_int_equal(open_folder(f, "INBOX"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	snapshot_clear(&snap);
	free(cur);
	free(tmp);
}

static void
test_root(void **state)
{
	struct fixture *f = *state;
	struct store_folders list = { 0 };
	char *marker = path(f, ".blinkmail"), *aside, *target;

	assert_true(exists(f, ".blinkmail"));
	OK(reopen(f, true));
	assert_false(store_maildir_folds_case(f->s));
	assert_int_equal(unlink(marker), 0);
	assert_int_equal(f->s->ops->list(f->s, &list, &err), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_int_equal(open_folder(f, "INBOX"), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_int_equal(reopen(f, true), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_non_null(strstr(err.text, "mounted"));
	OK(reopen(f, false));
	assert_true(exists(f, ".blinkmail"));
	/* missing */
	aside = xasprintf("%s/aside", f->dir);
	assert_int_equal(rename(f->settings.path, aside), 0);
	assert_int_equal(reopen(f, true), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	/* a link is fine, a dangling one is not */
	assert_int_equal(symlink("aside", f->settings.path), 0);
	OK(reopen(f, true));
	OK(open_folder(f, "INBOX"));
	target = xasprintf("%s/away", f->dir);
	assert_int_equal(rename(aside, target), 0);
	assert_int_equal(reopen(f, true), -1);
	assert_int_equal(reopen(f, false), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	/* a file is none */
	assert_int_equal(unlink(f->settings.path), 0);
	free(f->settings.path);
	f->settings.path = xasprintf("%s/file", f->dir);
	close(open(f->settings.path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(reopen(f, false), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	store_folders_clear(&list);
	free(marker);
	free(aside);
	free(target);
}

static void
test_readonly(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;
	struct store_sink sink;
	const struct store_open o = {
		.name = "INBOX", .readonly = true, .keywords = &f->words
	};
	char *p = path(f, "INBOX/new");

	assert_int_equal(rmdir(p), 0);
	OK(f->s->ops->open(f->s, &o, &f->st, &err));
	assert_true(f->st.readonly);
	assert_false(exists(f, "INBOX/new"));
	assert_int_equal(f->s->ops->batch_begin(f->s, 1, &b, &sink, &err), -1);
	free(p);
}

static void
test_leftovers(void **state)
{
	struct fixture *f = *state;
	char host[65] = { 0 }, *dead, *alive;

	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	dead = xasprintf(
	    "INBOX/tmp/1700000000_5.%d.%s,U=3,FMD5=abc", 999999999, host);
	alive =
	    xasprintf("INBOX/tmp/1700000000_5.%ld.%s", (long)getpid(), host);
	touch(f, dead);
	touch(f, alive);
	touch(f, "INBOX/tmp/1700000000_5.1.elsewhere");
	set_mtime(f, "INBOX/tmp/1700000000_5.1.elsewhere", 1000);
	touch(f, "INBOX/tmp/something");
	OK(open_folder(f, "INBOX"));
	assert_false(exists(f, dead));
	assert_true(exists(f, alive));
	/* its date is old, but it is not */
	assert_true(exists(f, "INBOX/tmp/1700000000_5.1.elsewhere"));
	assert_true(exists(f, "INBOX/tmp/something"));
	free(dead);
	free(alive);
}

/* The disk is full: nothing becomes visible, nothing stays in tmp. */
static void
test_full(void **state)
{
	struct fixture *f = *state;
	struct store_meta m = { .date = DATE };
	struct rlimit limit = { 4096, RLIM_INFINITY }, saved;
	struct store_batch *b;
	struct store_sink sink;
	static const char big[300000];
	int rc;

	OK(f->s->ops->batch_begin(f->s, 2, &b, &sink, &err));
	OK(sink.begin(sink.arg, &m, &err));
	OK(sink.data(sink.arg, "x\r\n", 3, &err));
	OK(sink.end(sink.arg, &err));
	OK(sink.begin(sink.arg, &m, &err));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit.rlim_max = saved.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	rc = sink.data(sink.arg, big, sizeof(big), &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_int_equal(err.num, EFBIG);
	sink.abort(sink.arg);
	assert_int_equal(count_files(f, "INBOX/tmp"), 1);
	f->s->ops->batch_abort(b);
	assert_int_equal(count_files(f, "INBOX/tmp"), 0);
	assert_int_equal(count_files(f, "INBOX/new"), 0);
}

/* --- while others rename ------------------------------------------------- */

#define FILES 400

struct reader {
	struct fixture *f;
	atomic_bool stop;
	int dir;
	size_t renames;
};

/* As a mail reader does: flags on and off, new to cur; in bursts. */
static void *
reader_main(void *arg)
{
	struct reader *r = arg;
	const struct timespec rest = { 0, 90000000 };
	char a[64], b[64];
	bool set[FILES] = { false };
	unsigned seed = 1;
	int i, k;

	while (!atomic_load(&r->stop)) {
		for (k = 0; k < 3000; k++) {
			seed = seed * 1103515245 + 12345;
			i = (int)(seed >> 8) % FILES;
			snprintf(a, sizeof(a), "cur/%d.a.h:2,%s", i,
			    set[i] ? "FS" : "");
			snprintf(b, sizeof(b), "cur/%d.a.h:2,%s", i,
			    set[i] ? "" : "FS");
			if (renameat(r->dir, a, r->dir, b) == 0)
				set[i] = !set[i];
			r->renames++;
		}
		nanosleep(&rest, NULL);
	}
	return NULL;
}

static void
test_disturbed(void **state)
{
	struct fixture *f = *state;
	struct reader r = { .f = f };
	struct snapshot snap = { 0 };
	pthread_t thread;
	size_t scans, complete;
	time_t end;
	char name[64], *p;
	int i;

	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "INBOX/cur/%d.a.h:2,", i);
		touch(f, name);
	}
	p = path(f, "INBOX");
	r.dir = open(p, O_RDONLY | O_DIRECTORY);
	free(p);
	assert_true(r.dir >= 0);
	assert_int_equal(pthread_create(&thread, NULL, reader_main, &r), 0);
	end = time(NULL) + 2;
	for (scans = complete = 0; time(NULL) < end; scans++) {
		snapshot_clear(&snap);
		OK(f->s->ops->scan(f->s, &snap, &err));
		if (!snap.complete)
			continue;
		complete++;
		if (snap.len != FILES) {
			atomic_store(&r.stop, true);
			pthread_join(thread, NULL);
			fail_msg("scan %zu: %zu messages", scans, snap.len);
		}
	}
	atomic_store(&r.stop, true);
	pthread_join(thread, NULL);
	close(r.dir);
	assert_true(r.renames > 0);
	assert_true(complete > 0);
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
		T(test_list),
		T(test_traps),
		T(test_root),
		T(test_readonly),
		T(test_leftovers),
		T(test_full),
		T(test_disturbed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

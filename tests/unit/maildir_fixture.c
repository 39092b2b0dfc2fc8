/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "maildir_fixture.h"
#include "settle.h"
#include "tmpdir.h"

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

void
learn(struct fixture *f, const char *name, uint32_t id)
{
	f->known.list[f->known.len].key = store_name_key(name);
	f->known.list[f->known.len++].id = id;
	if (f->known.k.next_id <= id)
		f->known.k.next_id = id + 1;
}

int
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

int
open_folder(struct fixture *f, const char *name)
{
	const struct store_open o = {
		.name = name, .keywords = &f->words, .known = &f->known.k
	};

	err_clear(&err);
	return f->s->ops->open(f->s, &o, &f->st, &err);
}

int
setup(void **state)
{
	struct fixture *f;

	f = xcalloc(1, sizeof(*f));
	f->dir = tmpdir_new();
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

int
teardown(void **state)
{
	struct fixture *f = *state;

	if (f->s != NULL)
		f->s->ops->free(f->s);
	tmpdir_free(f->dir);
	free(f->settings.path);
	keywords_clear(&f->words);
	free(f);
	return 0;
}

char *
path(struct fixture *f, const char *below)
{
	return xasprintf("%s/%s", f->settings.path, below);
}

void
put_file(struct fixture *f, const char *below, const char *data, size_t len)
{
	char *p = path(f, below);

	file_put(AT_FDCWD, p, data, len);
	free(p);
}

void
touch(struct fixture *f, const char *below)
{
	put_file(f, below, "Subject: x\n\nx\n", 14);
}

bool
exists(struct fixture *f, const char *below)
{
	char *p = path(f, below);
	bool there = file_exists(AT_FDCWD, p);

	free(p);
	return there;
}

size_t
count_files(struct fixture *f, const char *below)
{
	char *p = path(f, below);
	size_t n = file_count(AT_FDCWD, p);

	free(p);
	return n;
}

void
settle_inbox(struct fixture *f)
{
	char *p = path(f, "INBOX");

	settle(AT_FDCWD, p);
	free(p);
}

/* Delivers one message in pieces of the given size. */
struct store_result
deliver(struct fixture *f, const char *data, size_t len, size_t piece,
    uint32_t flags, uint32_t uid)
{
	struct store_meta m = {
		.flags = flags, .size = len, .date = DATE, .peer_id = uid
	};
	struct store_batch *b;
	struct store_sink sink;
	struct store_result r = { 0 };
	size_t n;

	OK(f->s->ops->batch_begin(f->s, 1, &b, &sink, &err));
	OK(sink.begin(sink.arg, &m, &err));
	for (; len > 0; data += n, len -= n) {
		n = len < piece ? len : piece;
		OK(sink.data(sink.arg, data, n, &err));
	}
	OK(sink.end(sink.arg, &err));
	OK(f->s->ops->batch_commit(b, &r, 1, &err));
	assert_int_equal(r.outcome, STORE_DONE);
	assert_non_null(r.name);
	return r;
}

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
	(void)why;
	in->missing++;
}

void
read_one(struct fixture *f, const struct store_ref *ref, enum store_part part,
    struct inbox *in)
{
	const struct store_sink sink = { in, inbox_begin, inbox_data, inbox_end,
		inbox_abort, inbox_missing };

	in->begun = in->ended = in->missing = 0;
	OK(f->s->ops->read(f->s, ref, 1, part, &sink, &err));
}

void
scan(struct fixture *f, struct snapshot *snap)
{
	snapshot_clear(snap);
	OK(f->s->ops->scan(f->s, snap, &err));
	assert_true(snap->complete);
}

const char *
name_of(const struct snapshot *snap, size_t i)
{
	return snap->msgs[i].name == 0 ? "" : snap->names + snap->msgs[i].name;
}

void
set_mtime(struct fixture *f, const char *below, time_t t)
{
	const struct timespec times[2] = { { t, 0 }, { t, 0 } };
	char *p = path(f, below);

	assert_int_equal(utimensat(AT_FDCWD, p, times, 0), 0);
	free(p);
}

enum store_outcome
change_flags(struct fixture *f, const char *name, uint32_t is, uint32_t add,
    uint32_t del)
{
	const struct store_ref ref = { .id = 1, .flags = is, .name = name };
	struct store_result r = { 0 };
	enum store_outcome outcome;

	OK(f->s->ops->flags(
	    f->s, &ref, 1, (struct store_delta){ add, del }, &r, &err));
	outcome = r.outcome;
	store_results_clear(&r, 1);
	return outcome;
}

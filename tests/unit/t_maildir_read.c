/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line ends: every message comes back byte for byte. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "faults.h"
#include "maildir/maildir_deliver.h"
#include "maildir/maildir_read.h"
#include "maildir_temp.h"
#include "rng.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))
#define IN_SIZE 262144 /* what a reader reads at once */

struct taken {
	struct buf data;
	size_t calls, stop_at; /* the call that refuses; 0: none does */
};

static int
take(void *arg, const void *p, size_t len, struct err *e)
{
	struct taken *t = arg;

	if (++t->calls == t->stop_at)
		return err_set(e, ERR_SESSION, "no more");
	buf_append(&t->data, p, len);
	return 0;
}

static int
open_file(struct temp *t, const char *name)
{
	int fd;

	fd = openat(t->md->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* Reads the file in the form that IMAP carries. */
static void
read_file(struct temp *t, const char *name, uint64_t known, bool header_only,
    struct taken *out, struct maildir_content *c)
{
	struct maildir_reader *r;
	bool stopped;

	buf_reset(&out->data);
	out->calls = out->stop_at = 0;
	OK(maildir_reader_open_take(
	    open_file(t, name), known, header_only, &r, c, &err));
	OK(maildir_reader_run(r, take, out, &stopped, &err));
	assert_false(stopped);
	maildir_reader_close(r);
	assert_int_equal(out->data.len, c->size);
}

static void
told(void *arg, size_t i, const char *base, const struct err *why)
{
	char **bases = arg;

	assert_null(why);
	bases[i] = xasprintf("new/%s", base);
}

#define BATCH 64

static void
begin(struct maildir_batch *b)
{
	const struct maildir_message m = { .letters = "", .date = 5 };

	OK(maildir_batch_begin(b, &m, &err));
}

/* The file's form: with LF, unless the message has what would not come back. */
static bool
as_lf(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] == '\0' ||
		    (p[i] == '\r' && (i + 1 == len || p[i + 1] != '\n')) ||
		    (p[i] == '\n' && (i == 0 || p[i - 1] != '\r')))
			return false;
	return true;
}

/* A line of the header ends in CRLF, or no line ends at all. */
static bool
header_has_crlf(const char *p, size_t len)
{
	size_t i, begin;

	for (i = begin = 0; i < len; i++) {
		if (p[i] != '\n')
			continue;
		if (i == begin || p[i - 1] == '\r')
			return i > begin;
		begin = i + 1;
	}
	return begin == 0;
}

static void
expect(struct temp *t, const char *name, const char *p, size_t len)
{
	struct taken out = { 0 };
	struct maildir_content c;
	struct buf form = { 0 };
	const bool lf = as_lf(p, len);
	char *file;
	size_t i, n;

	for (i = 0; i < len; i++)
		if (!lf || p[i] != '\r')
			buf_putc(&form, p[i]);
	file = temp_get(t, name, &n);
	assert_int_equal(n, form.len);
	assert_memory_equal(file, buf_str(&form), n);
	read_file(t, name, len, false, &out, &c);
	assert_int_equal(out.data.len, len);
	assert_memory_equal(buf_str(&out.data), p, len);
	assert_int_equal(c.has_nul, memchr(p, '\0', len) != NULL);
	assert_int_equal(c.date, 5);
	/* Without knowing the size, too; of lines that end in LF alone nobody
	 * can tell whether there was a CR. */
	if (lf || header_has_crlf(p, len)) {
		read_file(t, name, 0, false, &out, &c);
		assert_int_equal(out.data.len, len);
		assert_memory_equal(buf_str(&out.data), p, len);
	}
	free(file);
	buf_clear(&form);
	buf_clear(&out.data);
}

/* One message, in two pieces cut at each point, in one batch. */
static void
round_trips(struct temp *t, const char *p, size_t len)
{
	char *bases[BATCH] = { NULL };
	struct maildir_batch *b;
	size_t i, n;
	bool visible;

	b = maildir_batch_new(t->md);
	for (n = 0; n <= len; n++) {
		begin(b);
		OK(maildir_batch_data(b, p, n, &err));
		OK(maildir_batch_data(b, p + n, len - n, &err));
		OK(maildir_batch_end(b, &err));
	}
	OK(maildir_batch_commit(b, told, bases, &visible, &err));
	maildir_batch_free(b);
	for (i = 0; i < n; i++) {
		expect(t, bases[i], p, len);
		unlinkat(t->md->dir, bases[i], 0);
		free(bases[i]);
	}
}

/* All messages of up to five bytes that are made of what matters. */
static void
test_all_short(void **state)
{
	static const char alphabet[4] = { 'a', '\r', '\n', '\0' };
	struct temp *t = *state;
	char p[5];
	size_t len, i, k, all, n;

	t->md->fsync = false;
	for (len = 0, all = 1; len <= 5; len++, all *= 4)
		for (i = 0; i < all; i++) {
			for (k = 0, n = i; k < len; k++, n /= 4)
				p[k] = alphabet[n % 4];
			round_trips(t, p, len);
		}
	assert_int_equal(temp_count(t, "new"), 0);
}

/* Long ones, with what matters across the borders of all buffers. */
static void
test_random_long(void **state)
{
	static const char *const parts[] = { "\r\n", "\r\n", "\r\n", "text",
		"\r\n\r\n", "\xff\xfe", "\r", "\n", "\r\r\n" };
	struct temp *t = *state;
	struct rng r = { rng_seed() };
	struct buf msg = { 0 };
	struct maildir_batch *b;
	size_t i, n, len, pure;
	char *base;
	bool visible;

	t->md->fsync = false;
	for (i = 0; i < 60; i++) {
		buf_reset(&msg);
		pure = i % 2 == 0 ? 6 : COUNT(parts);
		for (len = rng_below(&r, 300000); msg.len < len;)
			buf_puts(&msg, parts[rng_below(&r, (uint32_t)pure)]);
		b = maildir_batch_new(t->md);
		begin(b);
		for (len = 0; len < msg.len; len += n) {
			n = 1 + rng_below(&r, 70000);
			if (n > msg.len - len)
				n = msg.len - len;
			OK(maildir_batch_data(b, msg.data + len, n, &err));
		}
		OK(maildir_batch_end(b, &err));
		OK(maildir_batch_commit(b, told, &base, &visible, &err));
		maildir_batch_free(b);
		expect(t, base, buf_str(&msg), msg.len);
		free(base);
	}
	buf_clear(&msg);
}

#define F(file, whole, header)                                                 \
	{                                                                      \
		file, sizeof(file) - 1, whole, sizeof(whole) - 1, header,      \
		    sizeof(header) - 1                                         \
	}

/* Files that others wrote. */
static void
test_foreign(void **state)
{
	static const struct {
		const char *file;
		size_t file_len;
		const char *whole;
		size_t whole_len;
		const char *header;
		size_t header_len;
	} f[] = {
		F("", "", ""),
		F("\n", "\r\n", "\r\n"),
		F("\r\n", "\r\n", "\r\n"),
		F("X", "X", "X"),
		F("A: b\n", "A: b\r\n", "A: b\r\n"),
		F("A: b\n\n", "A: b\r\n\r\n", "A: b\r\n\r\n"),
		F("A: b\n\nx\ny", "A: b\r\n\r\nx\r\ny", "A: b\r\n\r\n"),
		F("A: b\r\n\r\nx\r\n", "A: b\r\n\r\nx\r\n", "A: b\r\n\r\n"),
		/* A line of the header ends in CRLF: all is as it came. */
		F("A: b\r\n\nx\n", "A: b\r\n\nx\n", "A: b\r\n\n"),
		F("A: b\r\n\r\nx\ny\r\n", "A: b\r\n\r\nx\ny\r\n",
		    "A: b\r\n\r\n"),
		F("A: b\r\nc\rd\0\n\r\nx\n", "A: b\r\nc\rd\0\n\r\nx\n",
		    "A: b\r\nc\rd\0\n\r\n"),
		F("A\rb\r\nx\n", "A\rb\r\nx\n", "A\rb\r\nx\n"),
		F("\r\nx\ny", "\r\nx\ny", "\r\n"),
		/* In LF: what ends a line is an LF, whatever else is there. */
		F("A\rb\n\nx\r\ny\n", "A\rb\r\n\r\nx\r\ny\r\n", "A\rb\r\n\r\n"),
		F("A: b\n\n\r\n", "A: b\r\n\r\n\r\n", "A: b\r\n\r\n"),
		F("A: b\n\r\nx\r\ny\n", "A: b\n\r\nx\r\ny\n", "A: b\n\r\n"),
		F("A: b\nB: c\r\nC: d\n\nx\n", "A: b\nB: c\r\nC: d\n\nx\n",
		    "A: b\nB: c\r\nC: d\n\n"),
		F("A\rb\n\nx\r", "A\rb\r\n\r\nx\r", "A\rb\r\n\r\n"),
		F("\r\r\n\n", "\r\r\n\n", "\r\r\n\n"),
		F("A\0b\n\n\0", "A\0b\r\n\r\n\0", "A\0b\r\n\r\n"),
		F("A: b\n \n\nx\n", "A: b\r\n \r\n\r\nx\r\n",
		    "A: b\r\n \r\n\r\n"),
		F("\nbody\n", "\r\nbody\r\n", "\r\n"),
	};
	struct temp *t = *state;
	struct taken out = { 0 };
	struct maildir_content c;
	size_t i;

	for (i = 0; i < COUNT(f); i++) {
		temp_put(t, "cur/1.a.h:2,", f[i].file, f[i].file_len);
		read_file(t, "cur/1.a.h:2,", 0, false, &out, &c);
		assert_int_equal(out.data.len, f[i].whole_len);
		assert_memory_equal(
		    buf_str(&out.data), f[i].whole, f[i].whole_len);
		/* its size was learned: still the same */
		read_file(t, "cur/1.a.h:2,", c.size, false, &out, &c);
		assert_int_equal(out.data.len, f[i].whole_len);
		assert_memory_equal(
		    buf_str(&out.data), f[i].whole, f[i].whole_len);
		read_file(t, "cur/1.a.h:2,", 0, true, &out, &c);
		assert_int_equal(out.data.len, f[i].header_len);
		assert_memory_equal(
		    buf_str(&out.data), f[i].header, f[i].header_len);
	}
	buf_clear(&out.data);
}

/* A CR and its LF, or the empty line, on both sides of a border. */
static void
test_borders(void **state)
{
	struct temp *t = *state;
	struct buf file = { 0 }, whole = { 0 };
	struct taken out = { 0 };
	struct maildir_content c;
	static const char *const ends[][2] = {
		{ "\r\n\r\nx", "\r\n\r\nx" },
		{ "\n\nx", "\r\n\r\nx" },
		{ "\r\n\nx", "\r\n\nx" },
		{ "\n\r\nx", "\n\r\nx" },
	};
	size_t n, k;

	for (n = IN_SIZE - 4; n <= IN_SIZE + 1; n++)
		for (k = 0; k < COUNT(ends); k++) {
			buf_reset(&file);
			while (file.len < n)
				buf_putc(&file, 'h');
			buf_puts(&file, ends[k][0]);
			buf_reset(&whole);
			buf_append(&whole, file.data, n);
			buf_puts(&whole, ends[k][1]);
			temp_put(t, "cur/1", file.data, file.len);
			read_file(t, "cur/1", 0, false, &out, &c);
			assert_int_equal(out.data.len, whole.len);
			assert_memory_equal(
			    out.data.data, whole.data, whole.len);
			read_file(t, "cur/1", 0, true, &out, &c);
			assert_int_equal(out.data.len, whole.len - 1);
		}
	buf_clear(&file);
	buf_clear(&whole);
	buf_clear(&out.data);
}

/* A file that changes between measuring and reading is not passed on as if
 * it were whole. */
static void
test_changed(void **state)
{
	struct temp *t = *state;
	static char big[IN_SIZE * 2];
	struct taken out = { 0 };
	struct maildir_content c;
	struct maildir_reader *r;
	bool stopped;
	size_t i;

	memset(big, '\n', sizeof(big));
	for (i = 0; i < 2; i++) {
		temp_put(t, "cur/1", big, sizeof(big) - 8);
		OK(maildir_reader_open_take(
		    open_file(t, "cur/1"), 0, false, &r, &c, &err));
		temp_put(t, "cur/1", big, i == 0 ? sizeof(big) : 8);
		stopped = true;
		assert_int_equal(
		    maildir_reader_run(r, take, &out, &stopped, &err), -1);
		assert_int_equal(err.scope, ERR_MESSAGE);
		assert_false(stopped);
		assert_true(out.data.len <= c.size);
		maildir_reader_close(r);
		err_clear(&err);
	}
	/* who takes it has had enough */
	temp_put(t, "cur/1", big, sizeof(big));
	OK(maildir_reader_open_take(
	    open_file(t, "cur/1"), 0, false, &r, &c, &err));
	out.calls = 0;
	out.stop_at = 2;
	assert_int_equal(maildir_reader_run(r, take, &out, &stopped, &err), -1);
	assert_int_equal(err.scope, ERR_SESSION);
	assert_true(stopped);
	assert_int_equal(out.calls, 2);
	maildir_reader_close(r);
	err_clear(&err);
	maildir_reader_close(NULL);
	buf_clear(&out.data);
}

/* Each read fails once; a short one changes nothing. */
static void
test_faults(void **state)
{
	struct temp *t = *state;
	static char big[IN_SIZE + 1000];
	struct taken out = { 0 };
	struct maildir_content c;
	struct maildir_reader *r;
	bool stopped, came;
	unsigned n;
	int num, rc;

	memset(big, 'x', sizeof(big));
	temp_put(t, "cur/1", big, sizeof(big));
	for (num = 0; num <= EIO; num += EIO)
		for (n = 1, came = true; came; n++) {
			buf_reset(&out.data);
			faults_set(FAULT_READ, n, num);
			rc = maildir_reader_open_take(
			    open_file(t, "cur/1"), 0, false, &r, &c, &err);
			if (rc == 0) {
				rc = maildir_reader_run(
				    r, take, &out, &stopped, &err);
				assert_false(stopped);
				maildir_reader_close(r);
			}
			came = faults_end();
			assert_int_equal(rc, came && num != 0 ? -1 : 0);
			if (rc == 0)
				assert_int_equal(out.data.len, sizeof(big));
			else
				assert_int_equal(err.scope, ERR_MESSAGE);
			err_clear(&err);
		}
	buf_clear(&out.data);
}

/* What is no file, and a file beyond 4 GB (with holes). */
static void
test_odd_files(void **state)
{
	struct temp *t = *state;
	const off_t size = (off_t)4400 * 1024 * 1024;
	struct maildir_content c;
	struct maildir_reader *r;
	int fd;

	fd = openat(t->md->dir, "cur", O_RDONLY | O_CLOEXEC);
	assert_int_equal(
	    maildir_reader_open_take(fd, 0, false, &r, &c, &err), -1);
	assert_int_equal(err.scope, ERR_MESSAGE);
	err_clear(&err);
	assert_int_equal(mkfifoat(t->md->dir, "cur/fifo", 0600), 0);
	fd = openat(t->md->dir, "cur/fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(
	    maildir_reader_open_take(fd, 0, false, &r, &c, &err), -1);
	assert_int_equal(err.scope, ERR_MESSAGE);
	err_clear(&err);
	fd = openat(t->md->dir, "cur/big", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	if (ftruncate(fd, size) != 0 || pwrite(fd, "\nend\n", 5, size) != 5) {
		close(fd); /* a file system without such files */
		skip();
	}
	OK(maildir_reader_open_take(fd, 0, false, &r, &c, &err));
	assert_int_equal(c.size, (uint64_t)size + 7);
	assert_true(c.has_nul);
	maildir_reader_close(r);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)
	const struct CMUnitTest tests[] = {
		T(test_all_short),
		T(test_random_long),
		T(test_foreign),
		T(test_borders),
		T(test_changed),
		T(test_faults),
		T(test_odd_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a session waits: with a clock of its own, and a server that says
 * the same thing again and again. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_clock.h"
#include "imap_play.h"

struct slow {
	struct stream head;
	const char *text; /* first this, then again for ever */
	const char *again;
	size_t at, piece;
	int64_t pause_ms; /* before each piece */
	int64_t end_ms;	  /* nobody may wait for so long */
	uint64_t given;
};

static ssize_t
slow_read(struct stream *stream, void *data, size_t size, struct err *e)
{
	struct slow *s = (struct slow *)stream;
	size_t n;

	if (s->text[s->at] == '\0') {
		s->text = s->again;
		s->at = 0;
	}
	fake_now_ms += s->pause_ms;
	if (fake_now_ms > s->end_ms)
		fail_msg("waits for ever");
	if (fake_now_ms >= stream->deadline)
		return err_errno(e, ERR_SESSION, ETIMEDOUT, "read");
	n = strlen(s->text + s->at);
	n = n < s->piece ? n : s->piece;
	n = n < size ? n : size;
	memcpy(data, s->text + s->at, n);
	s->at += n;
	s->given += n;
	return (ssize_t)n;
}

static int
slow_write(struct stream *stream, const void *data, size_t size, struct err *e)
{
	(void)stream;
	(void)data;
	(void)size;
	(void)e;
	return 0;
}

static int
slow_flush(struct stream *stream, struct err *e)
{
	(void)stream;
	(void)e;
	return 0;
}

static size_t
slow_pending(const struct stream *stream)
{
	(void)stream;
	return 0;
}

static int
slow_wait(struct stream *stream, int64_t deadline, struct err *e)
{
	(void)stream;
	(void)deadline;
	(void)e;
	return 1;
}

static void
slow_free(struct stream *stream)
{
	free(stream);
}

static const struct stream_ops slow_ops = { "slow", slow_read, slow_write,
	slow_flush, slow_pending, slow_wait, slow_free };

#define T 60000 /* ms: the timeout */

/* Waits for an answer that never comes; how long that took, in timeouts. */
static int64_t
wait_for(const char *again, size_t piece, int64_t pause_ms, uint64_t bytes,
    const char *error)
{
	struct imap_config c = play_config();
	struct imap_session *s;
	struct imap_pending p = { 0 };
	struct slow *slow;
	struct err e = ERR_INIT;
	int64_t begin;
	int rc;

	c.preauth_ok = true;
	c.timeout = T / 1000;
	slow = calloc(1, sizeof(*slow));
	assert_non_null(slow);
	stream_init(&slow->head, &slow_ops, NULL);
	slow->text = "* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n";
	slow->again = again;
	slow->piece = piece;
	slow->end_ms = fake_now_ms + INT64_C(1000) * T;
	assert_int_equal(imap_session_open(&c, &slow->head, &s, &e), 0);
	slow->pause_ms = pause_ms;
	begin = fake_now_ms;
	slow->given = 0;
	imap_cmd_atoms(imap_session_command(s), "NOOP");
	assert_int_equal(imap_session_send(s, &p, &e), 0);
	do {
		rc = imap_session_step(s, &e);
	} while (rc == 0 && (bytes == 0 || slow->given < bytes));
	if (error == NULL) {
		assert_int_equal(rc, 0);
	} else {
		assert_int_equal(rc, -1);
		assert_int_equal(e.scope, ERR_SESSION);
		assert_true(e.retry || e.num == ETIMEDOUT);
		assert_non_null(strstr(err_text(&e), error));
	}
	s->dead = true;
	imap_session_free(s);
	err_clear(&e);
	return (fake_now_ms - begin) / T;
}

static void
test_drip(void **state)
{
	(void)state;
	/* One line that never ends, a byte now and then. */
	assert_in_range(wait_for("x", 1, 500, 0, "read"), 2, 3);
	assert_in_range(wait_for("* OK x", 1, 500, 0, "read"), 2, 3);
	assert_in_range(
	    wait_for("* 1 FETCH (BODY[] {1000000}\r\nxx", 1, 500, 0, "read"), 2,
	    3);
}

/* Whole responses, but no answer. */
static void
test_chatter(void **state)
{
	static const char *const lines[] = { "* OK still here\r\n",
		"* 1 EXISTS\r\n", "* 1 FETCH (FLAGS ())\r\n",
		"* SEARCH 1 2 3\r\n", "* 1 EXPUNGE\r\n",
		"* LIST () \"/\" x\r\n", "* XYZ\r\n",
		"* CAPABILITY IMAP4rev1\r\n" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_in_range(wait_for(lines[i], 100, T / 2, 0,
				    "does not answer the command"),
		    10, 11);
}

/* Much of it, but none that the command asks for, or too much. */
static void
test_flood(void **state)
{
	char line[2048];
	size_t i;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	memcpy(line + sizeof(line) - 3, "\r\n", 2);
	memcpy(line, "* XYZ ", 6);
	assert_in_range(
	    wait_for(line, 1000, T / 60, 0, "does not answer the command"), 10,
	    11);
	memcpy(line, "* OK  ", 6);
	assert_in_range(
	    wait_for(line, 1000, T / 60, 0, "does not answer the command"), 10,
	    11);
	/* What may be an answer, for some time. */
	for (i = 0; i < 2; i++)
		assert_in_range(
		    wait_for(i == 0 ? "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"
				    : "* LIST () \"/\" INBOX\r\n",
			1000, T / 60, 0, "does not answer the command"),
		    10, 30);
}

/* Slow is not wrong: bytes come for hours. */
static void
test_slow(void **state)
{
	static const char begin[] = "* 1 FETCH (BODY[] {2000}\r\n";
	char line[2048];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, begin, sizeof(begin) - 1);
	memcpy(line + sizeof(begin) - 1 + 2000, ")\r\n", 4);
	assert_true(wait_for(line, strlen(line), T / 2, 1000000, NULL) > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drip),
		cmocka_unit_test(test_chatter),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a socket is waited for, with a clock that goes only when poll() waits,
 * and as far as that. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "fake_clock.h"
#include "net/stream_socket.h"

/* Linked in the place of the real one. */
int __real_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);

static unsigned waits; /* that were not over at once */
static int alarm_fd;   /* readable as soon as somebody waits for ever */

int
__wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	int ready = __real_poll(p, n, 0);

	if (ready != 0 || ms == 0)
		return ready;
	if (++waits > 1000)
		fail_msg("waits again and again");
	if (ms > 0)
		fake_now_ms += ms;
	else
		eventfd_write(alarm_fd, 1);
	return __real_poll(p, n, 0);
}

struct place {
	int peer, cancel, wake;
	struct stream *s;
};

static int
setup(void **state)
{
	static struct place place;
	struct place *p = &place;
	int fds[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	p->peer = fds[1];
	p->cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->s = stream_socket_take(fds[0], p->cancel, 0);
	stream_set_wake(p->s, p->wake);
	fake_now_ms = 1000000;
	waits = 0;
	alarm_fd = p->wake;
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	stream_free(p->s);
	close(p->peer);
	close(p->cancel);
	close(p->wake);
	return 0;
}

/* Nothing wakes up before it is time. */
static void
test_deadline(void **state)
{
	static const int64_t cases[] = { 1, 200, 29999, 30001, 28 * 60000,
		INT_MAX };
	struct place *p = *state;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_now_ms = 1000000;
		waits = 0;
		assert_int_equal(
		    stream_wait(p->s, fake_now_ms + cases[i], &e), 0);
		assert_int_equal(fake_now_ms, 1000000 + cases[i]);
		assert_int_equal(waits, 1);
	}
	/* Longer than poll() can. */
	fake_now_ms = 1000000;
	assert_int_equal(
	    stream_wait(p->s, fake_now_ms + 2 * (int64_t)INT_MAX, &e), 0);
	assert_int_equal(fake_now_ms, 1000000 + 2 * (int64_t)INT_MAX);
	err_clear(&e);
}

static void
test_for_ever(void **state)
{
	struct place *p = *state;
	struct err e = ERR_INIT;

	assert_int_equal(stream_wait(p->s, CLOCK_NEVER, &e), 0);
	assert_int_equal(waits, 1);
	assert_int_equal(fake_now_ms, 1000000);
	err_clear(&e);
}

static void
test_idle_timeout(void **state)
{
	struct place *p = *state;
	struct err e = ERR_INIT;
	char c;

	stream_set_timeout(p->s, 600000, CLOCK_NEVER);
	assert_int_equal(stream_read(p->s, &c, 1, &e), -1);
	assert_int_equal(e.num, ETIMEDOUT);
	assert_int_equal(fake_now_ms, 1000000 + 600000);
	assert_int_equal(waits, 1);
	err_clear(&e);
}

/* Who is woken, cancelled or spoken to does not wait. */
static void
test_at_once(void **state)
{
	struct place *p = *state;
	eventfd_t count;
	struct err e = ERR_INIT;

	eventfd_write(p->wake, 1);
	assert_int_equal(stream_wait(p->s, CLOCK_NEVER, &e), 0);
	assert_int_equal(write(p->peer, "x", 1), 1);
	assert_int_equal(stream_wait(p->s, CLOCK_NEVER, &e), 1);
	eventfd_read(p->wake, &count);
	eventfd_write(p->cancel, 1);
	assert_int_equal(stream_wait(p->s, CLOCK_NEVER, &e), -1);
	assert_int_equal(e.num, ECANCELED);
	assert_int_equal(waits, 0);
	err_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(test_for_ever, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_idle_timeout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <unistd.h>

#include "faults.h"

static struct {
	atomic_int fault;
	atomic_uint left; /* calls until it comes */
	atomic_int num;
	atomic_bool came;
	atomic_llong ahead;
	atomic_bool hurry;
} state;

void
faults_set(enum fault fault, unsigned n, int num)
{
	atomic_store(&state.left, n);
	atomic_store(&state.num, num);
	atomic_store(&state.came, false);
	atomic_store(&state.fault, (int)fault);
}

bool
faults_end(void)
{
	atomic_store(&state.fault, FAULT_NONE);
	return atomic_load(&state.came);
}

void
faults_clock(time_t ahead)
{
	atomic_store(&state.ahead, (long long)ahead);
}

void
faults_hurry(bool hurry)
{
	atomic_store(&state.hurry, hurry);
}

/* Whether this call is to fail; *num gets its error. */
static bool
hit(enum fault fault, int *num)
{
	if (atomic_load(&state.fault) != (int)fault ||
	    atomic_fetch_sub(&state.left, 1) != 1)
		return false;
	atomic_store(&state.came, true);
	*num = atomic_load(&state.num);
	return true;
}

static bool
fails(enum fault fault)
{
	int num;

	if (!hit(fault, &num))
		return false;
	errno = num;
	return true;
}

/* The length that a read or write may have; -1 with errno. */
static ssize_t
cut(enum fault fault, size_t len)
{
	int num;

	if (!hit(fault, &num))
		return (ssize_t)len;
	if (num == 0)
		return (ssize_t)(len > 1 ? len / 2 : len);
	errno = num;
	return -1;
}

/* The linker's names: what is wrapped, and what is real. */
#define WRAP(result, name, params, test, call)                                 \
	result __real_##name params;                                           \
	result __wrap_##name params;                                           \
	result __wrap_##name params                                            \
	{                                                                      \
		test;                                                          \
		return __real_##name call;                                     \
	}

#define FAIL(fault)                                                            \
	if (fails(fault))                                                      \
	return -1
#define CUT(fault)                                                             \
	const ssize_t n = cut(fault, len);                                     \
	if (n < 0)                                                             \
	return -1

WRAP(int, fsync, (int fd), FAIL(FAULT_SYNC), (fd))
WRAP(int, syncfs, (int fd), FAIL(FAULT_SYNC), (fd))
WRAP(int, renameat, (int f, const char *from, int t, const char *to),
    FAIL(FAULT_RENAME), (f, from, t, to))
WRAP(int, renameat2,
    (int f, const char *from, int t, const char *to, unsigned flags),
    FAIL(FAULT_RENAME), (f, from, t, to, flags))
WRAP(ssize_t, write, (int fd, const void *p, size_t len), CUT(FAULT_WRITE),
    (fd, p, (size_t)n))
WRAP(ssize_t, pwrite, (int fd, const void *p, size_t len, off_t at),
    CUT(FAULT_WRITE), (fd, p, (size_t)n, at))
WRAP(ssize_t, pwrite64, (int fd, const void *p, size_t len, off_t at),
    CUT(FAULT_WRITE), (fd, p, (size_t)n, at))
WRAP(ssize_t, pread, (int fd, void *p, size_t len, off_t at), CUT(FAULT_READ),
    (fd, p, (size_t)n, at))
WRAP(ssize_t, pread64, (int fd, void *p, size_t len, off_t at), CUT(FAULT_READ),
    (fd, p, (size_t)n, at))

WRAP(int, nanosleep, (const struct timespec *t, struct timespec *left),
    if (atomic_load(&state.hurry)) return 0, (t, left))

int __real_close(int fd);
int __wrap_close(int fd);
int
__wrap_close(int fd)
{
	int rc;

	rc = __real_close(fd);
	return fails(FAULT_CLOSE) ? -1 : rc;
}

time_t __real_time(time_t *t);
time_t __wrap_time(time_t *t);
time_t
__wrap_time(time_t *t)
{
	return __real_time(t) + (time_t)atomic_load(&state.ahead);
}

#define OPEN(name)                                                             \
	int __real_##name(int dir, const char *path, int flags, ...);          \
	int __wrap_##name(int dir, const char *path, int flags, ...);          \
	int __wrap_##name(int dir, const char *path, int flags, ...)           \
	{                                                                      \
		va_list ap;                                                    \
		int mode;                                                      \
                                                                               \
		va_start(ap, flags);                                           \
		mode = flags & O_CREAT ? va_arg(ap, int) : 0;                  \
		va_end(ap);                                                    \
		if ((flags & O_CREAT) != 0 && fails(FAULT_CREATE))             \
			return -1;                                             \
		return __real_##name(dir, path, flags, mode);                  \
	}

OPEN(openat)
OPEN(openat64)

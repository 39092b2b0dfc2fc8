/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of hosts, and their addresses. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <idn2.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "net/host.h"

/* Shared by the thread that asks and the one that looks up. */
struct lookup {
	char *host;
	char port[8];
	int family;
	int fd; /* the thread's end of a socket pair; closed when it is done */
	pthread_mutex_t lock;
	int users;	       /* lock: the last one frees */
	int error;	       /* lock: of getaddrinfo() */
	int num;	       /* lock: errno for EAI_SYSTEM */
	struct addrinfo *list; /* lock: until taken */
};

bool
host_is_address(const char *host)
{
	unsigned char a[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, a) == 1 ||
	       inet_pton(AF_INET6, host, a) == 1;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

int
host_to_ascii(const char *host, char **ascii, struct err *e)
{
	uint8_t *out;
	size_t len;
	int r;

	len = strlen(host);
	if (len > 1 && host[len - 1] == '.')
		len--;
	*ascii = xstrndup(host, len);
	if (is_ascii(host))
		return 0;
	r = idn2_lookup_u8((const uint8_t *)*ascii, &out,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	free(*ascii);
	*ascii = NULL;
	if (r != IDN2_OK)
		return err_set(
		    e, ERR_ACCOUNT, "host name %s: %s", host, idn2_strerror(r));
	*ascii = xstrdup((char *)out);
	idn2_free(out);
	return 0;
}

static void
lookup_release(struct lookup *l)
{
	bool last;

	pthread_mutex_lock(&l->lock);
	last = --l->users == 0;
	pthread_mutex_unlock(&l->lock);
	if (!last)
		return;
	if (l->list != NULL)
		freeaddrinfo(l->list);
	pthread_mutex_destroy(&l->lock);
	free(l->host);
	free(l);
}

static void *
lookup_thread(void *arg)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	struct lookup *l = arg;
	int error, num;

	hints.ai_family = l->family;
	error = getaddrinfo(l->host, l->port, &hints, &list);
	num = errno;
	pthread_mutex_lock(&l->lock);
	l->error = error;
	l->num = num;
	l->list = error == 0 ? list : NULL;
	pthread_mutex_unlock(&l->lock);
	close(l->fd);
	lookup_release(l);
	return NULL;
}

static int
lookup_start(struct lookup *l, struct err *e)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&thread, &attr, lookup_thread, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (r != 0)
		return err_errno(e, ERR_SESSION, r, "thread for %s", l->host);
	return 0;
}

/* Until the other end is closed. */
static int
lookup_wait(int fd, const struct host_query *q, struct err *e)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
		{ .fd = q->cancel_fd, .events = POLLIN } };
	int n;

	do
		n = poll(p, 2, clock_left(q->deadline));
	while (n == -1 && errno == EINTR);
	if (n > 0 && p[1].revents == 0)
		return 0;
	err_errno(e, ERR_SESSION, n > 0 ? ECANCELED : ETIMEDOUT,
	    "looking up %s", q->host);
	e->retry = n <= 0;
	return -1;
}

static int
lookup_result(struct lookup *l, struct addrinfo **list, struct err *e)
{
	int error, num;

	pthread_mutex_lock(&l->lock);
	error = l->error;
	num = l->num;
	*list = l->list;
	l->list = NULL;
	pthread_mutex_unlock(&l->lock);
	if (error == 0)
		return 0;
	err_set(e, ERR_SESSION, "looking up %s: %s", l->host,
	    error == EAI_SYSTEM ? "system error" : gai_strerror(error));
	e->num = error == EAI_SYSTEM ? num : 0;
	return err_retry(e);
}

static int
family_number(enum host_family f)
{
	if (f == HOST_IPV4)
		return AF_INET;
	return f == HOST_IPV6 ? AF_INET6 : AF_UNSPEC;
}

int
host_resolve(const struct host_query *q, struct addrinfo **list, struct err *e)
{
	struct lookup *l;
	int fds[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return err_errno(e, ERR_SESSION, errno, "socketpair");
	l = xcalloc(1, sizeof(*l));
	l->host = xstrdup(q->host);
	snprintf(l->port, sizeof(l->port), "%u", q->port);
	l->family = family_number(q->family);
	l->fd = fds[1];
	l->users = 2;
	pthread_mutex_init(&l->lock, NULL);
	r = lookup_start(l, e);
	if (r == -1) {
		close(l->fd);
		l->users = 1;
	} else {
		r = lookup_wait(fds[0], q, e);
	}
	if (r == 0)
		r = lookup_result(l, list, e);
	close(fds[0]);
	lookup_release(l);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket: clients, what they ask for, and what they wait for. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/ctl/ctl.h"
#include "engine/ctl/ctl_request.h"
#include "engine/ctl/ctl_socket.h"
#include "engine/ctl/ctl_status.h"
#include "engine/ctl/ctl_target.h"

#define PATIENCE_MS                                                            \
	10000	       /* for a request to come, or an answer to be taken      \
			*/
#define PAUSE_MS 1000  /* when no descriptor is left for a client */
#define LINE_SHOWN 200 /* bytes of a request that are quoted */

enum client_state {
	CLIENT_NONE,   /* the place is free */
	CLIENT_ASKS,   /* its request is not complete */
	CLIENT_WAITS,  /* for synchronisations to end */
	CLIENT_ANSWER, /* it gets the rest of out, and that is all */
};

/* What a client waits for in an account. */
enum wait { WAIT_NOTHING, WAIT_BEGIN, WAIT_END };

struct client {
	enum client_state state;
	int fd;
	struct buf line;
	struct buf out;
	int64_t deadline;     /* clock_ms() */
	unsigned char *wait;  /* enum wait, by account */
	struct request asked; /* what it waits for */
	int status;	      /* the worst so far */
	char *why;	      /* the first error; NULL: none */
};

struct ctl {
	struct ctl_socket *socket;
	struct ctl_handler handler;
	struct log *log;
	struct ctl_account *accounts;
	const char *const *names;
	size_t len;
	int64_t paused_until; /* no new clients before */
	struct client clients[CTL_CLIENTS];
};

struct ctl *
ctl_open(const char *metadata, const char *const *names, size_t len,
    const struct ctl_handler *handler, struct log *log)
{
	struct ctl_socket *socket;
	struct ctl *c;
	struct err e = ERR_INIT;
	bool busy;
	size_t i;

	if (ctl_socket_listen(metadata, &socket, &busy, &e) == -1) {
		log_line(log, "no control socket: %s", err_line(&e));
		err_clear(&e);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->socket = socket;
	c->handler = *handler;
	c->log = log;
	c->names = names;
	c->len = len;
	c->accounts = xcalloc(len + 1, sizeof(*c->accounts));
	for (i = 0; i < len; i++) {
		c->accounts[i].name = names[i];
		c->accounts[i].due = CLOCK_NEVER;
	}
	return c;
}

static void
client_drop(struct client *k)
{
	close(k->fd);
	buf_clear(&k->line);
	buf_clear(&k->out);
	free(k->wait);
	free(k->why);
	memset(k, 0, sizeof(*k));
}

/* Sends what the client takes now, and lets it go when it has all. */
static void
client_send(struct client *k)
{
	ssize_t n;

	while (k->out.len > 0) {
		n = send(k->fd, k->out.data, k->out.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1) {
			client_drop(k);
			return;
		}
		buf_consume(&k->out, (size_t)n);
	}
	if (k->state == CLIENT_ANSWER)
		client_drop(k);
}

static void
answer(struct client *k, enum exit_status status, const char *text)
{
	struct buf visible = { 0 };

	buf_append_visible(&visible, text, strlen(text));
	buf_printf(&k->out, "end %d %s\n", (int)status, buf_str(&visible));
	buf_clear(&visible);
	k->state = CLIENT_ANSWER;
	k->deadline = clock_ms() + PATIENCE_MS;
	client_send(k);
}

static void
answer_waited(struct client *k)
{
	answer(k, k->status,
	    k->status == EXIT_FAILED && k->why != NULL
		? k->why
		: exit_status_text(k->status));
}

static void
wait_begin(const struct ctl *c, struct client *k, const bool *which)
{
	size_t i;

	k->state = CLIENT_WAITS;
	k->wait = xcalloc(c->len + 1, sizeof(*k->wait));
	for (i = 0; i < c->len; i++)
		if (which[i])
			k->wait[i] = WAIT_BEGIN;
}

/* Paused accounts are left out; to name one is an error. */
static int
paused_leave_out(const struct ctl *c, const struct ctl_request *q, bool *which,
    struct err *e)
{
	bool named = q->target[0] != '\0' || q->accounts.len > 0, any = false;
	size_t i;

	for (i = 0; i < c->len; i++) {
		if (named && which[i] && c->accounts[i].paused)
			return err_set(e, ERR_ALL, "%s is paused", c->names[i]);
		which[i] = which[i] && !c->accounts[i].paused;
		any |= which[i];
	}
	return any ? 0 : err_set(e, ERR_ALL, "all accounts are paused");
}

static void
sync_begin(struct ctl *c, struct client *k, const struct ctl_request *q,
    const bool *which)
{
	const char *why = NULL;
	size_t i;

	k->asked = q->sync;
	k->asked.release = q->force_delete ? RELEASE_SHOWN : RELEASE_NONE;
	wait_begin(c, k, which);
	for (i = 0; i < c->len && why == NULL; i++)
		if (which[i])
			why = c->handler.sync(c->handler.arg, i, &k->asked);
	if (why != NULL)
		answer(k, EXIT_FAILED, why);
	else if (!q->wait)
		answer(k, EXIT_DONE, "");
}

static void
request_sync(struct ctl *c, struct client *k, struct ctl_request *q)
{
	bool *which = xcalloc(c->len + 1, sizeof(*which));
	struct err e = ERR_INIT;

	if (ctl_request_accounts(q, c->names, c->len, which, &e) == -1)
		answer(k, EXIT_USAGE, err_line(&e));
	else if (paused_leave_out(c, q, which, &e) == -1)
		answer(k, EXIT_FAILED, err_line(&e));
	else
		sync_begin(c, k, q, which);
	err_clear(&e);
	free(which);
}

static void
request_status(struct ctl *c, struct client *k, bool json)
{
	struct buf text = { 0 };
	const char *p, *end;

	if (json)
		ctl_status_json(c->accounts, c->len, clock_ms(), &text);
	else
		ctl_status_text(c->accounts, c->len, clock_ms(), &text);
	for (p = buf_str(&text); (end = strchr(p, '\n')) != NULL; p = end + 1) {
		buf_puts(&k->out, "= ");
		buf_append(&k->out, p, (size_t)(end + 1 - p));
	}
	buf_clear(&text);
	answer(k, EXIT_DONE, "");
}

static void
request_take(struct ctl *c, struct client *k, const char *line)
{
	char shown[LINE_SHOWN + 1];
	struct ctl_request q;
	struct err e = ERR_INIT;

	buf_visible(shown, sizeof(shown), line, strlen(line));
	log_line(c->log, "control socket: %s", shown);
	if (ctl_request_parse(line, &q, &e) == -1) {
		err_set(&e, ERR_ALL, "there is no request \"%s\"", shown);
		answer(k, EXIT_USAGE, err_line(&e));
		err_clear(&e);
		return;
	}
	switch (q.verb) {
	case CTL_VERB_SYNC:
		request_sync(c, k, &q);
		break;
	case CTL_VERB_STATUS:
		request_status(c, k, q.json);
		break;
	case CTL_VERB_QUIT:
		c->handler.quit(c->handler.arg);
		answer(k, EXIT_DONE, "");
		break;
	}
}

/* Reads what is there of a request. */
static void
client_read(struct ctl *c, struct client *k)
{
	size_t room = CTL_LINE - k->line.len;
	char *end;
	ssize_t n;

	n = recv(k->fd, buf_reserve(&k->line, room), room, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_drop(k);
		return;
	}
	k->line.len += (size_t)n;
	end = memchr(k->line.data, '\n', k->line.len);
	if (end == NULL) {
		if (k->line.len == CTL_LINE)
			answer(k, EXIT_USAGE, "the request is too long");
		return;
	}
	*end = '\0';
	if (strlen(k->line.data) < (size_t)(end - k->line.data))
		answer(k, EXIT_USAGE, "a request holds no NUL");
	else
		request_take(c, k, k->line.data);
}

static bool
same_user(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       peer.uid == geteuid();
}

static struct client *
client_place(struct ctl *c)
{
	size_t i;

	for (i = 0; i < CTL_CLIENTS; i++)
		if (c->clients[i].state == CLIENT_NONE)
			return &c->clients[i];
	return NULL;
}

static void
client_begin(struct ctl *c, int fd)
{
	static const char full[] =
	    CTL_GREETING "\nend 1 too many clients at once\n";
	struct client *k = client_place(c);

	if (k == NULL) {
		/* There is room for so little in a new socket. */
		send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	k->state = CLIENT_ASKS;
	k->fd = fd;
	k->deadline = clock_ms() + PATIENCE_MS;
	buf_puts(&k->out, CTL_GREETING "\n");
	client_send(k);
}

static void
clients_accept(struct ctl *c)
{
	int fd, i;

	for (i = 0; i < CTL_CLIENTS; i++) {
		fd = accept4(ctl_socket_fd(c->socket), NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1) {
			/* It stays readable: a while without looking. */
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOBUFS || errno == ENOMEM)
				c->paused_until = clock_ms() + PAUSE_MS;
			return;
		}
		if (same_user(fd))
			client_begin(c, fd);
		else
			close(fd);
	}
}

static void
client_serve(struct ctl *c, struct client *k, short revents)
{
	if (k->state == CLIENT_ASKS && (revents & POLLIN) != 0)
		client_read(c, k);
	else if ((revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		client_drop(k);
	else if (k->state == CLIENT_ANSWER && (revents & POLLOUT) != 0)
		client_send(k);
	/* A client may wait hours for a synchronisation. */
	if ((k->state == CLIENT_ASKS || k->state == CLIENT_ANSWER) &&
	    k->deadline <= clock_ms())
		client_drop(k);
}

size_t
ctl_poll_fds(const struct ctl *c, struct pollfd *fds)
{
	static const short events[] = {
		[CLIENT_ASKS] = POLLIN,
		[CLIENT_WAITS] = 0, /* only whether it has gone */
		[CLIENT_ANSWER] = POLLOUT,
	};
	const struct client *k;
	size_t i, n = 0;

	if (c == NULL)
		return 0;
	fds[n++] = (struct pollfd){ .events = POLLIN,
		.fd = c->paused_until > clock_ms() ? -1
						   : ctl_socket_fd(c->socket) };
	for (i = 0; i < CTL_CLIENTS; i++) {
		k = &c->clients[i];
		if (k->state != CLIENT_NONE)
			fds[n++] =
			    (struct pollfd){ k->fd, events[k->state], 0 };
	}
	return n;
}

int64_t
ctl_deadline(const struct ctl *c)
{
	int64_t next = CLOCK_NEVER;
	const struct client *k;
	size_t i;

	if (c == NULL)
		return next;
	if (c->paused_until > clock_ms())
		next = c->paused_until;
	for (i = 0; i < CTL_CLIENTS; i++) {
		k = &c->clients[i];
		if ((k->state == CLIENT_ASKS || k->state == CLIENT_ANSWER) &&
		    k->deadline < next)
			next = k->deadline;
	}
	return next;
}

void
ctl_serve(struct ctl *c)
{
	short revents[CTL_CLIENTS] = { 0 };
	struct pollfd fds[CTL_FDS];
	size_t i, n = 1;

	if (c == NULL)
		return;
	poll(fds, ctl_poll_fds(c, fds), 0);
	for (i = 0; i < CTL_CLIENTS; i++)
		if (c->clients[i].state != CLIENT_NONE)
			revents[i] = fds[n++].revents;
	for (i = 0; i < CTL_CLIENTS; i++)
		if (c->clients[i].state != CLIENT_NONE)
			client_serve(c, &c->clients[i], revents[i]);
	if (fds[0].revents != 0)
		clients_accept(c);
}

void
ctl_close(struct ctl *c)
{
	struct client *k;
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < CTL_CLIENTS; i++) {
		k = &c->clients[i];
		if (k->state == CLIENT_WAITS)
			answer(k, 1, "the program ends");
		if (k->state != CLIENT_NONE)
			client_drop(k);
	}
	ctl_socket_close(c->socket);
	free(c->accounts);
	free(c);
}

void
ctl_account_begin(struct ctl *c, size_t account, const struct request *r)
{
	struct client *k;
	size_t i;

	if (c == NULL)
		return;
	c->accounts[account].active = true;
	for (i = 0; i < CTL_CLIENTS; i++) {
		k = &c->clients[i];
		if (k->state == CLIENT_WAITS &&
		    k->wait[account] == WAIT_BEGIN &&
		    request_covers(r, &k->asked))
			k->wait[account] = WAIT_END;
	}
}

/* What the client is told, unless something is worse than an error. */
static void
why_set(struct client *k, const char *account, const struct event *error)
{
	struct err_subject s = event_subject(error);
	struct buf why = { 0 };

	if (k->why != NULL || error->kind != EV_ERROR)
		return;
	s.account = account;
	err_subject_put(&s, error->text, &why);
	k->why = buf_steal(&why);
}

/* The account is nothing more to wait for: it came to that. */
static void
waited(struct ctl *c, struct client *k, size_t account, enum account_end end,
    const struct event *error)
{
	size_t i;

	k->wait[account] = WAIT_NOTHING;
	k->status = exit_status_worse(k->status, account_end_status(end));
	if (end == ACCOUNT_FAILED)
		why_set(k, c->names[account], error);
	for (i = 0; i < c->len; i++)
		if (k->wait[i] != WAIT_NOTHING)
			return;
	answer_waited(k);
}

void
ctl_account_end(struct ctl *c, size_t account, enum account_end end,
    const struct event *error)
{
	struct ctl_account *a;
	struct client *k;
	size_t i;

	if (c == NULL)
		return;
	a = &c->accounts[account];
	a->active = false;
	a->ended = true;
	a->end = end;
	a->end_time = clock_wall();
	a->error = *error;
	for (i = 0; i < CTL_CLIENTS; i++) {
		k = &c->clients[i];
		if (k->state == CLIENT_WAITS && k->wait[account] == WAIT_END)
			waited(c, k, account, end, error);
	}
}

void
ctl_account_due(struct ctl *c, size_t account, int64_t due, bool paused)
{
	struct client *k;
	size_t i;

	if (c == NULL)
		return;
	c->accounts[account].due = due;
	c->accounts[account].paused = paused;
	for (i = 0; paused && i < CTL_CLIENTS; i++) {
		k = &c->clients[i];
		if (k->state == CLIENT_WAITS && k->wait[account] == WAIT_BEGIN)
			waited(c, k, account, ACCOUNT_STOPPED, NULL);
	}
}

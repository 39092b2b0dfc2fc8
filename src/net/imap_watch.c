/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for changes by IDLE and NOTIFY. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "net/imap_names.h"
#include "net/imap_watch.h"

/*
 * What Dovecot 2.3 does with NOTIFY: STATUS tells of new and expunged messages
 * with MESSAGES and UIDNEXT, of flags with HIGHESTMODSEQ where CONDSTORE is
 * enabled, else with UNSEEN alone, and so of \Seen alone. LIST tells of
 * folders. It does neither for the selected mailbox unless asked to, needs no
 * IDLE for it, and refuses with NOTIFICATIONOVERFLOW where it keeps no
 * mailbox_list_index.
 */

/* Seconds. A server may log out a client that is silent for half an hour (RFC
 * 2177). */
#define SILENCE_MAX (28 * 60)

/* Milliseconds. */
#define ANSWER_MS 60000 /* for the answer to DONE or NOOP */
#define PROBE_MS 10000	/* likewise, when the peer may be gone */
#define JUMP_MS 10000	/* a wait that took so much longer was a sleep */
#define NEWS_MS 200	/* between two reports */

/* NOTIFY: more mailboxes than these are "anywhere". */
#define NAMES_MAX 32

/* NOTIFY: a server that overflows sooner than this would do so again.
 * Milliseconds. */
#define OVERFLOW_MS 60000

struct news {
	bool any;    /* there is something to report */
	bool all;    /* about all mailboxes; names is not used */
	int64_t due; /* not before */
	char *names[NAMES_MAX];
	size_t len;
};

struct watch {
	struct imap_session *s;
	const struct imap_watch *w;
	uint32_t exists; /* IDLE: as the server said last */
	bool overflow;	 /* NOTIFY: it is off */
	bool begun;
	struct news news;
};

static void
news_reset(struct news *n)
{
	while (n->len > 0)
		free(n->names[--n->len]);
	n->any = n->all = false;
}

static void
news_all(struct news *n)
{
	n->any = n->all = true;
}

/*
 * The name in UTF-8; NULL when it is invalid. Dovecot 2.3 uses UTF-8 in what
 * it notifies of even where modified UTF-7 was agreed on.
 */
static char *
decode(const struct imap_session *s, const struct buf *name)
{
	bool canonical;

	if (name->len == 0 || memchr(name->data, '\0', name->len) != NULL)
		return NULL;
	return imap_names_decode(name->data, name->len, s->utf8, &canonical);
}

static void
news_mailbox(struct news *n, char *name)
{
	size_t i;

	n->any = true;
	for (i = 0; i < n->len && name != NULL; i++)
		if (strcmp(n->names[i], name) == 0) {
			free(name);
			return;
		}
	if (name != NULL && n->len < NAMES_MAX) {
		n->names[n->len++] = name;
		return;
	}
	n->all = true;
	free(name);
}

/* A repeated number is not news: some servers repeat it now and then. */
static void
idle_untagged(void *arg, struct imap_resp *r)
{
	struct watch *w = arg;

	switch (r->type) {
	case RESP_EXISTS:
		if (r->number != w->exists)
			w->news.any = true;
		break;
	case RESP_VANISHED:
		if (!r->earlier)
			w->news.any = true;
		break;
	case RESP_EXPUNGE:
	case RESP_RECENT:
	case RESP_FETCH:
		w->news.any = true;
		break;
	default:
		break;
	}
	/* The hook of the folder ran before. */
	w->exists = w->w->folder->exists;
}

/* LIST: a mailbox was made, removed, renamed or (un)subscribed (RFC 5465
 * sections 5.4 and 5.5). */
static void
notify_untagged(void *arg, struct imap_resp *r)
{
	struct watch *w = arg;

	switch (r->type) {
	case RESP_STATUS:
		news_mailbox(&w->news, decode(w->s, &r->name));
		break;
	case RESP_LIST:
		news_all(&w->news);
		break;
	case RESP_UNTAGGED:
		if (strcasecmp(r->code.name, "NOTIFICATIONOVERFLOW") == 0) {
			news_all(&w->news);
			w->overflow = true;
		}
		break;
	default:
		break;
	}
}

static void
news_tell(struct watch *w)
{
	struct news *n = &w->news;
	size_t i;

	if (!n->any || !w->begun || clock_ms() < n->due)
		return;
	n->due = clock_ms() + NEWS_MS;
	if (n->all || n->len == 0)
		w->w->news(w->w->arg, NULL);
	else
		for (i = 0; i < n->len; i++)
			w->w->news(w->w->arg, n->names[i]);
	news_reset(n);
}

static void
begun(struct watch *w)
{
	if (!w->begun)
		w->w->begun(w->w->arg);
	w->begun = true;
}

/* True when it was readable. */
static bool
drain(int fd)
{
	uint64_t count;
	ssize_t n;

	do
		n = read(fd, &count, sizeof(count));
	while (n == -1 && errno == EINTR);
	return n > 0;
}

/* Waits for the answer to what was sent, ms long. */
static int
answer(struct watch *w, struct imap_pending *p, int64_t ms, struct err *e)
{
	int64_t deadline = clock_ms() + ms;
	int r;

	while (!p->done) {
		r = imap_session_listen(w->s, deadline, e);
		if (r == -1)
			return -1;
		if (p->done)
			break;
		if (clock_ms() >= deadline) {
			w->s->dead = true;
			err_set(e, ERR_SESSION, "no answer from the server");
			e->num = ETIMEDOUT;
			return err_retry(e);
		}
		if (r == 0)
			drain(w->w->wake_fd); /* it is being asked already */
	}
	return 0;
}

/*
 * Listens until the deadline, as long as *stop stays false: 0; or until it is
 * time to ask whether the server is still there: 1.
 */
static int
listen_until(struct watch *w, int64_t deadline, const bool *stop, struct err *e)
{
	int64_t begin, until;
	int r;

	while (!*stop) {
		news_tell(w);
		begin = clock_ms();
		if (begin >= deadline)
			return 0;
		until = w->news.any && w->news.due < deadline ? w->news.due
							      : deadline;
		r = imap_session_listen(w->s, until, e);
		if (r == -1)
			return -1;
		if (clock_ms() > until + JUMP_MS)
			return 1;
		/* Woken; after a sleep this may be at the deadline, too. */
		if (r == 0 && (drain(w->w->wake_fd) || clock_ms() < until))
			return 1;
	}
	return 0;
}

/* When the server is to hear from us. */
static int64_t
round_end(const struct watch *w)
{
	unsigned s = w->w->keepalive;
	int64_t end;

	if (s == 0 || s > SILENCE_MAX)
		s = SILENCE_MAX;
	end = clock_ms() + (int64_t)s * 1000;
	return end < w->w->deadline ? end : w->w->deadline;
}

static int
idle_end(struct watch *w, struct imap_pending *p, bool doubt, struct err *e)
{
	static const char done[] = "DONE\r\n";

	if (imap_session_write(w->s, done, sizeof(done) - 1, e) == -1 ||
	    answer(w, p, doubt ? PROBE_MS : ANSWER_MS, e) == -1)
		return -1;
	news_tell(w);
	return imap_pending_check(p, "DONE", ERR_SESSION, e);
}

static int
idle_round(struct watch *w, struct imap_pending *p, struct err *e)
{
	int r;

	imap_cmd_atoms(imap_session_command(w->s), "IDLE");
	if (imap_session_send(w->s, p, e) == -1 ||
	    imap_session_wait_continue(w->s, p, e) == -1)
		return -1;
	if (p->done) {
		if (imap_pending_check(p, "IDLE", ERR_FOLDER, e) == -1)
			return -1;
		return err_set(e, ERR_FOLDER, "IDLE: answered with OK");
	}
	begun(w);
	r = listen_until(w, round_end(w), &p->done, e);
	if (r == -1)
		return -1;
	if (!p->done)
		return idle_end(w, p, r == 1, e);
	/* Unasked. Retry later, not at once: it may happen again each time. */
	w->s->dead = true;
	err_set(e, ERR_SESSION, "the server ends IDLE: %s", p->text);
	return err_retry(e);
}

static int
idle(struct watch *w, struct err *e)
{
	struct imap_pending p = { 0 };
	int rc;

	w->exists = w->w->folder->exists;
	do {
		p = (struct imap_pending){ 0 };
		rc = idle_round(w, &p, e);
		imap_pending_clear(&p);
	} while (rc == 0 && clock_ms() < w->w->deadline);
	return rc;
}

/*
 * RFC 5465 section 8: BADEVENT lists events; those that the server has, or
 * with Dovecot those that it does not have. So fewer and fewer are asked for,
 * down to those that every server must have.
 */
static int
notify_set(struct watch *w, struct err *e)
{
	static const char *const events[] = {
		"NOTIFY SET (personal (MessageNew MessageExpunge FlagChange "
		"MailboxName SubscriptionChange))",
		"NOTIFY SET (personal (MessageNew MessageExpunge FlagChange "
		"MailboxName))",
		"NOTIFY SET (personal (MessageNew MessageExpunge FlagChange))",
		"NOTIFY SET (personal (MessageNew MessageExpunge))",
	};
	struct imap_pending p;
	size_t i;
	bool bad;
	int rc;

	for (i = 0, bad = true, rc = -1;
	     bad && i < sizeof(events) / sizeof(events[0]); i++) {
		p = (struct imap_pending){ 0 };
		imap_cmd_atoms(imap_session_command(w->s), events[i]);
		rc = imap_session_send(w->s, &p, e);
		if (rc == 0)
			rc = imap_session_wait(w->s, &p, e);
		bad = rc == 0 && p.cond == IMAP_NO &&
		      strcasecmp(p.code.name, "BADEVENT") == 0;
		if (rc == 0)
			rc = imap_pending_check(&p, "NOTIFY", ERR_FOLDER, e);
		imap_pending_clear(&p);
	}
	return rc;
}

static int
notify_ping(struct watch *w, bool doubt, struct err *e)
{
	struct imap_pending p = { 0 };
	int rc;

	imap_cmd_atoms(imap_session_command(w->s), "NOOP");
	rc = imap_session_send(w->s, &p, e);
	if (rc == 0)
		rc = answer(w, &p, doubt ? PROBE_MS : ANSWER_MS, e);
	if (rc == 0)
		rc = imap_pending_check(&p, "NOOP", ERR_SESSION, e);
	imap_pending_clear(&p);
	return rc;
}

static int
notify(struct watch *w, struct err *e)
{
	int64_t set;
	int r;

	do {
		w->overflow = false;
		set = clock_ms();
		if (notify_set(w, e) == -1)
			return -1;
		begun(w);
		do {
			r = listen_until(w, round_end(w), &w->overflow, e);
			if (r != -1 && !w->overflow &&
			    notify_ping(w, r == 1, e) == -1)
				r = -1;
			if (r == -1)
				return -1;
			news_tell(w);
		} while (!w->overflow && clock_ms() < w->w->deadline);
		if (w->overflow && clock_ms() - set < OVERFLOW_MS)
			return err_set(e, ERR_FOLDER,
			    "NOTIFY: the server overflows again and again");
	} while (clock_ms() < w->w->deadline);
	return 0;
}

bool
imap_watch_can_idle(const struct imap_session *s)
{
	return imap_session_has(s, EXT_IDLE);
}

bool
imap_watch_can_notify(const struct imap_session *s)
{
	return imap_session_has(s, EXT_NOTIFY);
}

int
imap_watch(
    struct imap_session *s, const struct imap_watch *options, struct err *e)
{
	struct watch w = { .s = s, .w = options };
	struct imap_hook before = s->hook;
	int rc;

	s->hook = (struct imap_hook){ &w,
		options->folder != NULL ? idle_untagged : notify_untagged };
	stream_set_wake(s->stream, options->wake_fd);
	rc = options->folder != NULL ? idle(&w, e) : notify(&w, e);
	stream_set_wake(s->stream, -1);
	s->hook = before;
	w.news.due = INT64_MIN; /* nothing comes after */
	news_tell(&w);
	news_reset(&w.news);
	return rc;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/account.h"
#include "engine/lock.h"
#include "engine/status.h"
#include "engine/store_imap.h"
#include "engine/store_maildir.h"
#include "engine/sync.h"
#include "net/tls.h"

/* A run whose connection breaks goes on with a new one, this often. */
#define ATTEMPTS 3
#define ATTEMPT_WAIT_MS 1000

struct account {
	const struct account_env *env;
	const struct settings_account *settings;
	char *dir; /* its directory below the metadata directory */
	struct lock *lock;
	struct status *status;
	struct tls_context *tls[2];
	struct buf asked; /* the password that a person typed */
	/* the run in progress */
	struct sync sync;
	bool busy;
};

/* A file name for whatever a person calls an account. */
static char *
dir_name(const char *name)
{
	struct buf b = { 0 };
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x20 || c == 0x7f || c == '/' || c == '%' ||
		    (i == 0 && c == '.'))
			buf_printf(&b, "%%%02X", c);
		else
			buf_putc(&b, (char)c);
	}
	return buf_steal(&b);
}

struct account *
account_new(const struct account_env *env,
    const struct settings_account *settings)
{
	struct account *a;
	char *name;

	a = xcalloc(1, sizeof(*a));
	a->env = env;
	a->settings = settings;
	name = dir_name(settings->name);
	a->dir = xasprintf("%s/%s", env->settings->metadata, name);
	free(name);
	return a;
}

void
account_free(struct account *a)
{
	if (a == NULL)
		return;
	status_close(a->status);
	tls_context_free(a->tls[LOCAL]);
	tls_context_free(a->tls[REMOTE]);
	buf_wipe(&a->asked);
	lock_free(a->lock);
	free(a->dir);
	free(a);
}

/* Makes the directory and those above it, for us alone. */
static int
dir_make(const char *path, struct err *e)
{
	char *copy, *p;
	int ret;

	copy = xstrdup(path);
	for (p = copy + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		(void)mkdir(copy, 0700);
		*p = '/';
	}
	free(copy);
	ret = mkdir(path, 0700);
	if (ret == -1 && errno != EEXIST)
		return err_errno(e, ERR_ACCOUNT, errno,
		    "cannot make the directory %s", path);
	return 0;
}

static int
status_ready(struct account *a, const struct engine_options *o, struct err *e)
{
	struct stat sb;
	bool corrupt;
	char *path;
	int ret;

	if (a->status != NULL)
		return 0;
	path = xasprintf("%s/status.db", a->dir);
	/* A dry run leaves nothing behind. */
	if (o->dry_run && stat(path, &sb) == -1) {
		free(path);
		path = xstrdup(":memory:");
	}
	corrupt = false;
	ret = status_open(path, a->env->log, &a->status, &corrupt, e);
	if (ret == 0 && corrupt) {
		struct event ev = { .kind = EV_WARNING };

		ev.time = clock_wall();
		ev.account = (int)a->settings->index;
		ev.worker = a->sync.worker;
		snprintf(ev.text, sizeof(ev.text),
		    "the status database was damaged; it is kept beside the "
		    "new one, and messages are paired again by content");
		a->env->post(a->env->post_arg, &ev);
	}
	free(path);
	return ret;
}

/* Lock and status; the lock also in a dry run, which must not see a state
 * that changes under it. */
static int
account_ready(struct account *a, const struct engine_options *o,
    struct err *e)
{
	char *path;
	int ret;

	if (dir_make(a->dir, e) == -1)
		return -1;
	if (a->lock == NULL) {
		path = xasprintf("%s/lock", a->dir);
		ret = lock_take(path, &a->lock, &a->busy, e);
		free(path);
		if (ret == -1)
			return -1;
	}
	return status_ready(a, o, e);
}

/* --- stores ----------------------------------------------------------------- */

static bool
ask_once(void *arg, const char *what, struct buf *secret)
{
	struct account *a = arg;

	if (a->asked.len == 0 &&
	    (a->env->ask == NULL ||
		!a->env->ask(a->env->ask_arg, a->settings->index, what,
		    &a->asked)))
		return false;
	buf_append(secret, a->asked.data, a->asked.len);
	return true;
}

static int
imap_open(struct account *a, enum side side, struct err *e)
{
	const struct settings_store *s = &a->settings->store[side];
	struct credentials_asker asker = { a, ask_once };
	struct store_imap_config c = { 0 };

	if (s->tls != TLS_NO && a->tls[side] == NULL &&
	    store_imap_tls(s, &a->tls[side], e) == -1)
		return -1;
	c.settings = s;
	c.side = side;
	c.socktimeout = a->env->settings->socktimeout;
	c.cancel_fd = a->env->cancel_fd;
	c.tls = a->tls[side];
	c.asker = &asker;
	c.log = a->env->log;
	c.log_name = a->settings->name;
	if (store_imap_open(&c, &a->sync.store[side], e) == 0)
		return 0;
	if (!e->retry)
		buf_wipe(&a->asked); /* perhaps it was mistyped */
	return -1;
}

/* True when the status knows folders that were synchronised. */
static int
status_has_folders(struct account *a, bool *any, struct err *e)
{
	struct status_folder *list;
	size_t i, len;

	if (status_folders(a->status, &list, &len, e) == -1)
		return -1;
	*any = false;
	for (i = 0; i < len; i++) {
		if (list[i].validity[LOCAL] != 0)
			*any = true;
		status_folder_clear(&list[i]);
	}
	free(list);
	return 0;
}

static int
maildir_open(struct account *a, enum side side,
    const struct engine_options *o, struct err *e)
{
	struct store_maildir_config c = { 0 };

	if (status_has_folders(a, &c.must_exist, e) == -1)
		return -1;
	c.settings = &a->settings->store[side];
	c.side = side;
	c.fsync = a->env->settings->fsync;
	c.readonly = o->dry_run;
	c.log = a->env->log;
	if (store_maildir_open(&c, &a->sync.store[side], e) == -1)
		return -1;
	if (side == LOCAL)
		a->sync.folds_case =
		    store_maildir_folds_case(a->sync.store[side]);
	return 0;
}

/* The local side first: what needs no network tells its mistakes at once. */
static int
stores_open(struct account *a, const struct engine_options *o, struct err *e)
{
	enum side s;
	int ret;

	for (s = LOCAL; s <= REMOTE; s++) {
		ret = a->settings->store[s].type == STORE_IMAP ?
		    imap_open(a, s, e) :
		    maildir_open(a, s, o, e);
		if (ret == -1)
			return -1;
	}
	return 0;
}

static void
stores_close(struct account *a)
{
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		if (a->sync.store[s] != NULL)
			a->sync.store[s]->ops->free(a->sync.store[s]);
		a->sync.store[s] = NULL;
	}
}

/* --- a run -------------------------------------------------------------------- */

static void
event_init(const struct account *a, struct event *ev, enum event_kind kind)
{
	*ev = (struct event){ .kind = kind };
	ev->time = clock_wall();
	ev->account = (int)a->settings->index;
	ev->worker = a->sync.worker;
	snprintf(ev->text, sizeof(ev->text), "%s", a->settings->name);
}

static void
report_connecting(struct account *a)
{
	const struct settings_store *s = &a->settings->store[REMOTE];
	struct event ev;

	if (s->type != STORE_IMAP)
		return;
	event_init(a, &ev, EV_CONNECTING);
	if (s->preauthtunnel != NULL)
		snprintf(ev.text, sizeof(ev.text), "%s", "a tunnel");
	else
		snprintf(ev.text, sizeof(ev.text), "%s:%u",
		    s->host != NULL ? s->host : "", s->port);
	a->env->post(a->env->post_arg, &ev);
}

/* Waits a while before another attempt; false when it is time to stop. */
static bool
wait_before(const struct account *a, int ms)
{
	struct pollfd p = { a->env->cancel_fd, POLLIN, 0 };

	poll(&p, 1, ms);
	return !atomic_load(a->env->stop) && p.revents == 0;
}

static int
attempts_run(struct account *a, const struct engine_options *o,
    struct err *e)
{
	int i, ret;

	for (i = 0;; i++) {
		report_connecting(a);
		err_clear(e);
		ret = stores_open(a, o, e);
		if (ret == -1) {
			stores_close(a);
			return -1;
		}
		ret = sync_account_run(&a->sync, e);
		stores_close(a);
		if (ret == 0 || e->scope != ERR_SESSION || !e->retry ||
		    i + 1 >= ATTEMPTS)
			return ret;
		log_line(a->env->log, "%s: %s; trying again",
		    a->settings->name, e->text);
		if (!wait_before(a, ATTEMPT_WAIT_MS << i))
			return -1;
	}
}

static void
report_failure(struct account *a, const struct err *e)
{
	struct event ev;

	event_init(a, &ev, EV_ERROR);
	ev.scope = e->scope;
	ev.retry = e->retry;
	memcpy(ev.text, e->text, sizeof(ev.text));
	a->env->post(a->env->post_arg, &ev);
}

static void
sync_init(struct account *a, const struct engine_options *o, int worker)
{
	a->sync = (struct sync){ .account = a->settings, .options = o };
	a->sync.stop = a->env->stop;
	a->sync.log = a->env->log;
	a->sync.worker = worker;
	a->sync.post = a->env->post;
	a->sync.post_arg = a->env->post_arg;
	a->busy = false;
}

enum account_end
account_sync(struct account *a, const struct engine_options *o, int worker)
{
	struct err e = ERR_INIT;
	enum account_end end;
	struct event ev;
	int ret;

	sync_init(a, o, worker);
	event_init(a, &ev, EV_ACCOUNT_START);
	a->env->post(a->env->post_arg, &ev);
	ret = account_ready(a, o, &e);
	if (ret == 0) {
		a->sync.status = a->status;
		ret = attempts_run(a, o, &e);
	}
	if (ret == -1)
		report_failure(a, &e);
	end = a->busy			     ? ACCOUNT_BUSY :
	    a->sync.held		     ? ACCOUNT_HELD :
	    ret == -1 || a->sync.failed	     ? ACCOUNT_FAILED :
						 ACCOUNT_DONE;
	event_init(a, &ev, EV_ACCOUNT_END);
	memcpy(ev.counts, a->sync.counts, sizeof(ev.counts));
	ev.scope = end == ACCOUNT_DONE || end == ACCOUNT_HELD ? ERR_NONE :
	    ret == -1					      ? e.scope :
								ERR_FOLDER;
	a->env->post(a->env->post_arg, &ev);
	return end;
}

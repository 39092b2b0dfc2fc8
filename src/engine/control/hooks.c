/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's commands before and after a sync, and for new mail. */
#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "base/xalloc.h"
#include "engine/control/hooks.h"

#define LINE_MAX_BYTES 1000 /* of a line of output */
#define OUTPUT_MAX 1000	    /* lines of a hook that go to the log */
#define FOLDERS_MAX 65536   /* bytes: the kernel takes 128 kB for each */
#define VARIABLES 24	    /* more than any hook gets */

enum hook { PRESYNC, POSTSYNC, NEWMAIL };

static const struct {
	const char *name; /* BLINKMAIL_HOOK */
	const char *key;  /* of the configuration */
} hook_names[] = {
	[PRESYNC] = { "presync", "presynchook" },
	[POSTSYNC] = { "postsync", "postsynchook" },
	[NEWMAIL] = { "newmail", "newmail_hook" },
};

/* ours and OfflineIMAP's names of the modes */
static const char *const mode_names[][2] = {
	[HOOK_FULL] = { "full", "full" },
	[HOOK_QUICK] = { "quick", "quick" },
	[HOOK_PUSH] = { "push", "idle" },
};

static const char *const end_names[] = {
	[ACCOUNT_DONE] = "done",
	[ACCOUNT_STOPPED] = "stopped",
	[ACCOUNT_FAILED] = "failed",
	[ACCOUNT_HELD] = "held",
	[ACCOUNT_BUSY] = "busy",
};

/* NAME=VALUE entries, owned. */
struct variables {
	char *list[VARIABLES + 1]; /* NULL-terminated */
	size_t len;
};

/* A hook that runs. */
struct hook_output {
	const struct hooks *h;
	enum hook hook;
	struct buf line[2]; /* stdout, stderr: begun and not ended */
	struct buf last;    /* the last line on stderr that is not empty */
	unsigned lines;
};

void
hooks_init(struct hooks *h)
{
	pthread_mutex_init(&h->lock, NULL);
	h->news = NULL;
	h->news_len = h->news_cap = 0;
}

void
hooks_clear(struct hooks *h)
{
	size_t i;

	for (i = 0; i < h->news_len; i++)
		free(h->news[i].folder);
	free(h->news);
	h->news = NULL;
	h->news_len = h->news_cap = 0;
	pthread_mutex_destroy(&h->lock);
}

void
hooks_new(struct hooks *h, const char *folder, uint32_t count)
{
	size_t i;

	if (count == 0)
		return;
	pthread_mutex_lock(&h->lock);
	for (i = 0; i < h->news_len; i++)
		if (strcmp(h->news[i].folder, folder) == 0)
			break;
	if (i == h->news_len) {
		h->news =
		    xgrow(h->news, h->news_len, &h->news_cap, sizeof(*h->news));
		h->news[h->news_len++] =
		    (struct hook_news){ xstrdup(folder), 0 };
	}
	h->news[i].count += count;
	pthread_mutex_unlock(&h->lock);
}

static void variable_add(struct variables *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
variable_add(struct variables *v, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	if (v->len < VARIABLES)
		v->list[v->len++] = buf_steal(&text);
	buf_clear(&text);
}

static void
variables_clear(struct variables *v)
{
	while (v->len > 0)
		free(v->list[--v->len]);
}

/* What every hook is told. */
static void
variables_all(const struct hooks *h, enum hook hook, struct variables *v)
{
	const struct settings_store *local = &h->account->store[LOCAL];

	memset(v, 0, sizeof(*v));
	variable_add(v, "BLINKMAIL_ACCOUNT=%s", h->account->name);
	variable_add(v, "BLINKMAIL_HOOK=%s", hook_names[hook].name);
	variable_add(v, "BLINKMAIL_MODE=%s", mode_names[h->mode][0]);
	if (local->type == STORE_MAILDIR && local->path != NULL)
		variable_add(v, "BLINKMAIL_MAILDIR=%s", local->path);
	variable_add(v, "OFFLINEIMAPSYNCMODE=%s", mode_names[h->mode][1]);
}

static void
variables_counts(const uint32_t counts[2][COUNT_KINDS], struct variables *v)
{
	static const char *const sides[] = { "", "REMOTE_" };
	static const struct {
		const char *name;
		enum count_kind kind;
	} kinds[] = {
		{ "COPIED", COUNT_COPY },
		{ "FLAGS", COUNT_FLAGS },
		{ "DELETED", COUNT_EXPUNGE },
	};
	size_t side, i;

	for (side = 0; side < 2; side++)
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			variable_add(v, "BLINKMAIL_%s%s=%" PRIu32, sides[side],
			    kinds[i].name, counts[side][kinds[i].kind]);
}

/* The folders that have something new, a line each. */
static void
variables_folders(const struct hooks *h, struct variables *v)
{
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < h->news_len; i++) {
		if (text.len + strlen(h->news[i].folder) > FOLDERS_MAX)
			break;
		buf_printf(
		    &text, "%s%s", i == 0 ? "" : "\n", h->news[i].folder);
	}
	variable_add(v, "BLINKMAIL_FOLDERS=%s", buf_str(&text));
	buf_clear(&text);
}

static void
line_end(struct hook_output *o, int of)
{
	struct buf *line = &o->line[of - 1];

	if (of == 2 && line->len > 0) {
		buf_reset(&o->last);
		buf_append(&o->last, line->data, line->len);
	}
	if (line->len > 0 && o->lines < OUTPUT_MAX)
		log_line(o->h->log, "%s: %s: %s", o->h->account->name,
		    hook_names[o->hook].key, buf_str(line));
	else if (line->len > 0 && o->lines == OUTPUT_MAX)
		log_line(o->h->log, "%s: %s: more output is left out",
		    o->h->account->name, hook_names[o->hook].key);
	o->lines += line->len > 0;
	buf_reset(line);
}

/* The end of a long line is dropped. */
static int
take(void *arg, int of, const char *data, size_t len)
{
	struct hook_output *o = arg;
	struct buf *line = &o->line[of - 1];
	size_t i;

	for (i = 0; i < len; i++) {
		if (data[i] == '\n')
			line_end(o, of);
		else if (data[i] != '\0' && line->len < LINE_MAX_BYTES)
			buf_putc(line, data[i]);
	}
	return -1;
}

static void
event_post(const struct hooks *h, enum event_kind kind, enum hook hook,
    const char *text)
{
	struct event ev = { .kind = kind };

	ev.time = clock_wall();
	ev.account = (int)h->account->index;
	ev.worker = h->worker;
	snprintf(ev.text, sizeof(ev.text), "%s%s", hook_names[hook].key, text);
	h->post(h->post_arg, &ev);
}

/* ": ended with status 3: the last line" */
static void
warn(const struct hooks *h, enum hook hook, const char *how,
    const struct buf *last)
{
	struct buf raw = { 0 };
	char text[400];

	buf_printf(
	    &raw, " %s%s%s", how, last->len > 0 ? ": " : "", buf_str(last));
	buf_visible(text, sizeof(text), raw.data, raw.len);
	event_post(h, EV_WARNING, hook, text);
	buf_clear(&raw);
}

static void
judge(const struct hooks *h, enum hook hook, const struct process_result *r,
    const struct buf *last)
{
	char how[80];

	switch (r->end) {
	case PROCESS_EXITED:
		snprintf(how, sizeof(how), "ended with status %d", r->code);
		break;
	case PROCESS_SIGNALLED:
		snprintf(how, sizeof(how), "ended by signal %d", r->code);
		break;
	case PROCESS_LATE:
		snprintf(how, sizeof(how),
		    "did not end within %u s and was killed",
		    h->account->hook_timeout);
		break;
	case PROCESS_CANCELLED:
		snprintf(how, sizeof(how), "was killed: the program ends");
		break;
	}
	log_line(
	    h->log, "%s: %s %s", h->account->name, hook_names[hook].key, how);
	if (r->end != PROCESS_EXITED || r->code != 0)
		warn(h, hook, how, last);
}

static bool
cancelled(const struct hooks *h)
{
	struct pollfd p = { h->cancel_fd, POLLIN, 0 };

	return poll(&p, 1, 0) == 1;
}

/* False: no more hooks are to be run now. */
static bool
hook_run(const struct hooks *h, enum hook hook, const char *command,
    const struct variables *v)
{
	struct hook_output o = { .h = h, .hook = hook };
	struct process process = {
		.command = command,
		.env = (const char *const *)v->list,
		.timeout = h->account->hook_timeout,
		.cancel_fd = h->cancel_fd,
		.output = take,
		.arg = &o,
	};
	struct process_result r;
	struct err e = ERR_INIT;
	bool go_on;

	if (cancelled(h))
		return false;
	event_post(h, EV_HOOK, hook, "");
	if (process_run(&process, &r, &e) == -1) {
		buf_puts(&o.last, err_line(&e));
		warn(h, hook, "could not be run", &o.last);
		go_on = true;
	} else {
		line_end(&o, 1);
		line_end(&o, 2);
		judge(h, hook, &r, &o.last);
		go_on = r.end == PROCESS_EXITED || r.end == PROCESS_SIGNALLED;
	}
	buf_clear(&o.line[0]);
	buf_clear(&o.line[1]);
	buf_clear(&o.last);
	err_clear(&e);
	return go_on;
}

void
hooks_presync(struct hooks *h)
{
	struct variables v;

	if (h->account->presynchook == NULL)
		return;
	variables_all(h, PRESYNC, &v);
	hook_run(h, PRESYNC, h->account->presynchook, &v);
	variables_clear(&v);
}

static void
newmail(const struct hooks *h)
{
	struct variables v;
	bool go_on = true;
	size_t i;

	for (i = 0; i < h->news_len && go_on; i++) {
		variables_all(h, NEWMAIL, &v);
		variable_add(&v, "BLINKMAIL_FOLDER=%s", h->news[i].folder);
		variable_add(&v, "BLINKMAIL_NEW=%" PRIu32, h->news[i].count);
		go_on = hook_run(h, NEWMAIL, h->account->newmail_hook, &v);
		variables_clear(&v);
	}
}

void
hooks_postsync(struct hooks *h, enum account_end end,
    const uint32_t counts[2][COUNT_KINDS])
{
	struct variables v;

	if (h->account->newmail_hook != NULL)
		newmail(h);
	if (h->account->postsynchook == NULL)
		return;
	variables_all(h, POSTSYNC, &v);
	variable_add(&v, "BLINKMAIL_RESULT=%s", end_names[end]);
	variables_counts(counts, &v);
	variables_folders(h, &v);
	hook_run(h, POSTSYNC, h->account->postsynchook, &v);
	variables_clear(&v);
}

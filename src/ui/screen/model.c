/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the screen shows, kept up to date by events. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "ui/screen/model.h"

/* From the bottom: digits, then capitals, so that small letters stay free for
 * commands. */
static const char keys[] = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

void
model_init(struct model *m, const char *const *names, size_t len, bool dry_run)
{
	size_t i;

	*m = (struct model){
		.names = names, .len = len, .selected = -1, .account = -1
	};
	m->rows = xcalloc(len, sizeof(*m->rows));
	m->name_columns = xcalloc(len, sizeof(*m->name_columns));
	for (i = 0; i < len; i++) {
		m->rows[i].due = CLOCK_NEVER;
		m->rows[i].watcher = -1;
		m->name_columns[i] = canvas_columns(names[i]);
	}
	lines_init(&m->lines, names, len, dry_run);
}

void
model_clear(struct model *m)
{
	size_t i;

	model_log_clear(&m->log);
	for (i = 0; i < m->len; i++)
		folders_clear(&m->rows[i].folders);
	free(m->rows);
	free(m->name_columns);
	lines_clear(&m->lines);
	wipe(&m->prompt, sizeof(m->prompt));
}

static enum role
role_of_op(const struct event *ev)
{
	switch (ev->op) {
	case EVOP_COPY:
	case EVOP_TRANSFER:
	case EVOP_MOVE:
		return ROLE_COPY;
	case EVOP_FLAGS:
		return strchr(ev->flags, '+') != NULL ? ROLE_FLAGS_ADD
						      : ROLE_FLAGS_DEL;
	case EVOP_EXPUNGE:
		return ROLE_DELETE;
	default:
		return ROLE_SYNC;
	}
}

/* What the thread that sent this event is doing now. */
static enum role
role_of(const struct event *ev)
{
	switch (ev->kind) {
	case EV_CONNECTING:
		return ROLE_CONNECT;
	case EV_FOLDERS:
	case EV_FOLDER_CREATE:
	case EV_FOLDER_RENAME:
		return ROLE_FOLDERS;
	case EV_FOLDER_START:
	case EV_FOLDER_SKIP:
	case EV_FOLDER_END:
		return ROLE_SYNC;
	case EV_LISTING:
		return ROLE_LIST;
	case EV_PART:
	case EV_PROGRESS:
		return ROLE_COPY;
	case EV_OP:
		return role_of_op(ev);
	case EV_ERROR:
	case EV_WARNING:
	case EV_HELD:
		return ROLE_PROBLEM;
	case EV_ASK_PASSWORD:
		return ROLE_WAIT;
	case EV_WATCHING:
		return ROLE_WATCH;
	default:
		return ROLE_ACCOUNT;
	}
}

static void
light_set(struct model_row *r, int worker, enum role role)
{
	struct model_light *empty = NULL;
	size_t i;

	for (i = 0; i < r->lights_len; i++) {
		if (r->lights[i].worker == worker) {
			r->lights[i].role = role;
			return;
		}
		if (r->lights[i].worker == -1 && empty == NULL)
			empty = &r->lights[i];
	}
	if (empty == NULL) {
		if (r->lights_len == MODEL_LIGHTS)
			return;
		empty = &r->lights[r->lights_len++];
	}
	*empty = (struct model_light){ worker, role };
}

static void
light_out(struct model_row *r, int worker)
{
	size_t i;

	for (i = 0; i < r->lights_len; i++)
		if (r->lights[i].worker == worker)
			r->lights[i].worker = -1;
	while (r->lights_len > 0 && r->lights[r->lights_len - 1].worker == -1)
		r->lights_len--;
}

/* A question does not always say which thread it is from. */
static void
lights_wait(struct model_row *r)
{
	size_t i;

	for (i = 0; i < r->lights_len; i++)
		r->lights[i].role = ROLE_WAIT;
}

static void
row_start(struct model_row *r)
{
	r->active = true;
	r->silent = true;
	r->folder[0] = '\0';
	r->errors = 0;
	r->error[0] = '\0';
	r->held.old = true; /* it is told anew, or over */
	r->held.answered = false;
	memset(&r->progress, 0, sizeof(r->progress));
}

static void
row_end(struct model_row *r, const struct event *ev)
{
	r->active = false;
	r->stopped = ev->stopped;
	r->ended = ev->time;
	r->scope = ev->scope;
	memcpy(r->counts, ev->counts, sizeof(r->counts));
	if (r->stopped) /* says nothing about it */
		return;
	r->failed = r->errors > 0 || r->scope != ERR_NONE;
	if (r->held.old && r->scope == ERR_NONE)
		memset(&r->held, 0, sizeof(r->held));
}

static void
row_held(struct model *m, struct model_row *r, const struct event *ev)
{
	struct model_held *h = &r->held;

	if (h->old || h->folders == 0) {
		if (h->order == 0 && !h->answered)
			h->order = ++m->held_order;
		memcpy(h->folder, ev->folder, sizeof(h->folder));
		h->folders = 0;
		h->messages = 0;
		h->old = false;
	}
	h->folders++;
	h->messages += ev->total;
}

static void
row_light(struct model_row *r, const struct event *ev)
{
	if (ev->kind == EV_ASK_PASSWORD && ev->worker < 0)
		lights_wait(r);
	else if (ev->worker < 0)
		return;
	else if (ev->kind == EV_THREAD_END)
		light_out(r, ev->worker);
	else
		light_set(r, ev->worker, role_of(ev));
}

static void
row_error(struct model_row *r, const struct event *ev)
{
	struct buf line = { 0 };

	event_put_line(ev, &line);
	buf_visible(r->error, sizeof(r->error), buf_str(&line), line.len);
	buf_clear(&line);
}

static void
row_event(struct model *m, struct model_row *r, const struct event *ev)
{
	switch (ev->kind) {
	case EV_IDLE:
		r->due = ev->due;
		r->paused = ev->paused;
		return;
	case EV_ACCOUNT_START:
		row_start(r);
		break;
	case EV_ACCOUNT_END:
		row_end(r, ev);
		break;
	case EV_ERROR:
		if (r->errors++ == 0)
			row_error(r, ev);
		break;
	case EV_HELD:
		if (ev->op == EVOP_HELD) /* else nothing can be let through */
			row_held(m, r, ev);
		break;
	case EV_WATCHING:
		r->watcher = ev->worker;
		memcpy(r->watching, ev->text, sizeof(r->watching));
		break;
	case EV_THREAD_END:
		if (r->watcher == ev->worker)
			r->watcher = -1;
		break;
	default:
		break;
	}
	if (ev->folder[0] != '\0' && ev->kind != EV_WATCHING)
		memcpy(r->folder, ev->folder, sizeof(r->folder));
	row_light(r, ev);
	folders_event(&r->folders, ev);
}

/* What did not change is for the file, not for the screen, where it would hide
 * what did: of a sync without any other line only its end is told. */
static void
log_event(struct model *m, struct model_row *r, const struct event *ev,
    const char *line)
{
	struct buf begin = { 0 };
	enum role role = role_of(ev);

	if (ev->kind == EV_FOLDER_SKIP || ev->kind == EV_ACCOUNT_START)
		return;
	if (r != NULL && r->silent) {
		r->silent = false;
		if (ev->kind == EV_ACCOUNT_END) {
			role = ROLE_DIM;
		} else {
			lines_begin(&m->lines, ev, &begin);
			model_log(m, ROLE_ACCOUNT, buf_str(&begin));
			buf_clear(&begin);
		}
	}
	model_log(m, role, line);
}

static void
speeds_rest(struct model *m, struct model_row *r, int64_t now_ms)
{
	size_t i;

	if (r != NULL)
		speed_rest(&r->speed, now_ms);
	for (i = 0; i < m->len; i++)
		if (m->rows[i].active)
			return;
	speed_rest(&m->speed, now_ms);
}

void
model_event(
    struct model *m, const struct event *ev, int64_t now_ms, struct buf *line)
{
	struct model_row *r = NULL;
	uint64_t came;

	buf_reset(line);
	if (ev->account >= 0 && (size_t)ev->account < m->len) {
		r = &m->rows[ev->account];
		row_event(m, r, ev);
		came = progress_event(&r->progress, ev, now_ms);
		speed_add(&r->speed, now_ms, came);
		speed_add(&m->speed, now_ms, came);
	}
	if (ev->kind == EV_ACCOUNT_END)
		speeds_rest(m, r, now_ms);
	lines_event(&m->lines, ev, line);
	if (line->len > 0)
		log_event(m, r, ev, buf_str(line));
}

/* Of the rows with a number the one that is looked at, else that with the
 * lowest. */
static int
row_lowest(
    const struct model *m, unsigned (*number)(const struct model_held *h))
{
	int found = -1;
	size_t i;

	if (m->account >= 0)
		return number(&m->rows[m->account].held) > 0 ? m->account : -1;
	for (i = 0; i < m->len; i++) {
		if (number(&m->rows[i].held) == 0)
			continue;
		if ((int)i == m->selected)
			return (int)i;
		if (found == -1 ||
		    number(&m->rows[i].held) < number(&m->rows[found].held))
			found = (int)i;
	}
	return found;
}

static unsigned
asked(const struct model_held *h)
{
	return h->order;
}

static unsigned
waits(const struct model_held *h)
{
	return h->folders > 0;
}

int
model_question(const struct model *m)
{
	return row_lowest(m, asked);
}

int
model_held(const struct model *m)
{
	return row_lowest(m, waits);
}

void
model_answered(struct model *m, int row, bool yes)
{
	m->rows[row].held.order = 0;
	m->rows[row].held.answered = true;
	if (yes)
		m->rows[row].held.folders = 0;
}

char
model_key(const struct model *m, size_t row)
{
	/* *Control is on top of the accounts, the last of which has the 1. */
	size_t n = row == m->len ? m->len : m->len - 1 - row;

	return n < sizeof(keys) - 1 ? keys[n] : '\0';
}

int
model_row_of_key(const struct model *m, int key)
{
	size_t row;

	for (row = 0; row <= m->len; row++)
		if (key != '\0' && model_key(m, row) == key)
			return (int)row;
	return -1;
}

char
model_letter(enum role role)
{
	static const char letters[ROLES] = {
		[ROLE_ACCOUNT] = 'a',
		[ROLE_CONNECT] = 'c',
		[ROLE_FOLDERS] = 'f',
		[ROLE_SYNC] = 's',
		[ROLE_LIST] = 'l',
		[ROLE_COPY] = 'm',
		[ROLE_FLAGS_ADD] = '+',
		[ROLE_FLAGS_DEL] = '-',
		[ROLE_DELETE] = 'd',
		[ROLE_WAIT] = 'w',
		[ROLE_WATCH] = 'i',
		[ROLE_PROBLEM] = '!',
	};

	return letters[role] != '\0' ? letters[role] : '.';
}

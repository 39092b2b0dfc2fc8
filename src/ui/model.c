/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "ui/model.h"

/* From the bottom: digits, then capitals, so that small letters stay free for
 * commands. */
static const char keys[] = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

void
model_init(struct model *m, const char *const *names, size_t len, bool dry_run)
{
	size_t i;

	*m = (struct model){ .names = names, .len = len, .selected = -1 };
	m->rows = xcalloc(len, sizeof(*m->rows));
	for (i = 0; i < len; i++)
		m->rows[i].due = CLOCK_NEVER;
	m->log = xcalloc(MODEL_LOG, sizeof(*m->log));
	lines_init(&m->lines, names, len, dry_run);
}

void
model_clear(struct model *m)
{
	size_t i;

	for (i = 0; i < MODEL_LOG; i++)
		free(m->log[i].text);
	free(m->log);
	free(m->rows);
	lines_clear(&m->lines);
	wipe(&m->prompt, sizeof(m->prompt));
}

/* --- lights ----------------------------------------------------------------
 */

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
		return ROLE_FOLDERS;
	case EV_FOLDER_START:
	case EV_FOLDER_SKIP:
	case EV_FOLDER_END:
		return ROLE_SYNC;
	case EV_LISTING:
		return ROLE_LIST;
	case EV_PROGRESS:
		return ROLE_COPY;
	case EV_OP:
		return role_of_op(ev);
	case EV_ERROR:
	case EV_WARNING:
	case EV_HELD:
		return ROLE_TROUBLE;
	case EV_ASK_PASSWORD:
		return ROLE_WAIT;
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

/* The thread that asks does not say which it is. */
static void
lights_wait(struct model_row *r)
{
	size_t i;

	for (i = 0; i < r->lights_len; i++)
		r->lights[i].role = ROLE_WAIT;
}

/* --- rows ------------------------------------------------------------------
 */

static void
row_start(struct model_row *r)
{
	r->active = true;
	r->folder[0] = '\0';
	r->errors = 0;
	r->error[0] = '\0';
	memset(&r->progress, 0, sizeof(r->progress));
}

static void
row_end(struct model_row *r, const struct event *ev)
{
	r->active = false;
	r->ended = ev->time;
	r->scope = ev->scope;
	memcpy(r->counts, ev->counts, sizeof(r->counts));
	light_out(r, ev->worker);
}

static void
row_event(struct model_row *r, const struct event *ev, int64_t now_ms)
{
	if (ev->kind == EV_IDLE) {
		r->due = ev->due;
		return;
	}
	if (ev->kind == EV_THREAD_START || ev->kind == EV_THREAD_END) {
		light_out(r, ev->worker);
		return;
	}
	if (ev->kind == EV_ACCOUNT_START)
		row_start(r);
	if (ev->folder[0] != '\0')
		memcpy(r->folder, ev->folder, sizeof(r->folder));
	if (ev->kind == EV_ERROR && r->errors++ == 0)
		memcpy(r->error, ev->text, sizeof(r->error));
	progress_event(&r->progress, ev, now_ms);
	if (ev->kind == EV_ASK_PASSWORD)
		lights_wait(r);
	else if (ev->worker >= 0)
		light_set(r, ev->worker, role_of(ev));
	if (ev->kind == EV_ACCOUNT_END)
		row_end(r, ev);
}

void
model_event(
    struct model *m, const struct event *ev, int64_t now_ms, struct buf *line)
{
	buf_reset(line);
	if (ev->account >= 0 && (size_t)ev->account < m->len)
		row_event(&m->rows[ev->account], ev, now_ms);
	lines_event(&m->lines, ev, line);
	if (line->len > 0)
		model_log(m, role_of(ev), buf_str(line));
}

/* --- log -------------------------------------------------------------------
 */

void
model_log(struct model *m, enum role role, const char *text)
{
	struct model_line *l;

	if (m->log_len == MODEL_LOG) {
		l = &m->log[m->log_first];
		m->log_first = (m->log_first + 1) % MODEL_LOG;
		free(l->text);
	} else {
		l = &m->log[(m->log_first + m->log_len++) % MODEL_LOG];
	}
	*l = (struct model_line){ xstrdup(text), role };
	/* Who reads older lines goes on reading them. */
	if (m->scroll > 0 && m->scroll + 1 < m->log_len)
		m->scroll++;
}

const struct model_line *
model_line(const struct model *m, size_t n)
{
	return &m->log[(m->log_first + m->log_len - 1 - n) % MODEL_LOG];
}

void
model_scroll(struct model *m, long n)
{
	size_t down;

	if (n < 0) {
		down = (size_t)-n;
		m->scroll -= down < m->scroll ? down : m->scroll;
		return;
	}
	m->scroll += (size_t)n;
	if (m->scroll + 1 > m->log_len)
		m->scroll = m->log_len > 0 ? m->log_len - 1 : 0;
}

static bool
has_text(const char *line, const char *text)
{
	size_t n = strlen(text);

	for (; *line != '\0'; line++)
		if (strncasecmp(line, text, n) == 0)
			return true;
	return false;
}

bool
model_search(struct model *m, const char *text)
{
	size_t i;

	for (i = m->scroll + 1; i < m->log_len; i++)
		if (has_text(model_line(m, i)->text, text)) {
			m->scroll = i;
			return true;
		}
	return false;
}

bool
model_search_trouble(struct model *m)
{
	size_t i;

	for (i = m->scroll + 1; i < m->log_len; i++)
		if (model_line(m, i)->role == ROLE_TROUBLE) {
			m->scroll = i;
			return true;
		}
	return false;
}

/* --- keys ------------------------------------------------------------------
 */

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
		[ROLE_TROUBLE] = '!',
	};

	return letters[role] != '\0' ? letters[role] : '.';
}

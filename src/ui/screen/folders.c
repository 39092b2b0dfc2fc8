/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders of an account, as its page on the screen shows them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "ui/screen/folders.h"

void
folders_clear(struct folders *f)
{
	size_t i;

	for (i = 0; i < f->len; i++) {
		free(f->rows[i].name);
		free(f->rows[i].error);
	}
	free(f->rows);
	*f = (struct folders){ 0 };
}

static int
compare(const char *a, const char *b)
{
	bool a_first = strcasecmp(a, "INBOX") == 0;
	bool b_first = strcasecmp(b, "INBOX") == 0;

	if (a_first != b_first)
		return a_first ? -1 : 1;
	return strcmp(a, b);
}

static struct folder_row *
insert(struct folders *f, size_t at, const char *name)
{
	if (f->len == f->cap) {
		f->cap = f->cap == 0 ? 16 : 2 * f->cap;
		f->rows = xrealloc(f->rows, f->cap * sizeof(*f->rows));
	}
	memmove(
	    f->rows + at + 1, f->rows + at, (f->len - at) * sizeof(*f->rows));
	/* The same folder stays selected. */
	if (f->selected >= at && f->selected < f->len && f->selected > 0)
		f->selected++;
	f->len++;
	f->rows[at] = (struct folder_row){ .name = xstrdup(name) };
	return &f->rows[at];
}

/* The row of that name, made if there is none. */
static struct folder_row *
row_of(struct folders *f, const char *name)
{
	size_t low = 0, high = f->len, mid;
	int order;

	/* Events of one folder come in a row. */
	if (f->last < f->len && strcmp(f->rows[f->last].name, name) == 0)
		return &f->rows[f->last];
	while (low < high) {
		mid = low + (high - low) / 2;
		order = compare(f->rows[mid].name, name);
		if (order == 0) {
			f->last = mid;
			return &f->rows[mid];
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	f->last = low;
	return insert(f, low, name);
}

static void
begin(struct folder_row *r, enum folder_state state, unsigned run)
{
	free(r->error);
	*r = (struct folder_row){ .name = r->name, .state = state, .run = run };
}

/* What was known of it before is still so. */
static void
skip(struct folder_row *r, unsigned run)
{
	uint64_t done = r->done, total = r->total;

	begin(r, FOLDER_SAME, run);
	r->done = done;
	r->total = total;
}

/* What went wrong is still to be seen when the rest goes on. */
static void
state_set(struct folder_row *r, enum folder_state state)
{
	if (r->state != FOLDER_FAILED && r->state != FOLDER_HELD)
		r->state = state;
}

static void
error_note(struct folder_row *r, const struct event *ev)
{
	struct err_subject s = event_subject(ev);
	struct buf line = { 0 };

	if (r->error != NULL)
		return;
	s.folder = NULL; /* it is the row's */
	err_subject_put(&s, ev->text, &line);
	r->error = buf_steal(&line);
}

static void
op_count(struct folder_row *r, enum event_op op)
{
	switch (op) {
	case EVOP_COPY:
	case EVOP_TRANSFER:
	case EVOP_MOVE:
		r->copied++;
		break;
	case EVOP_FLAGS:
		r->flags++;
		break;
	case EVOP_EXPUNGE:
		r->deleted++;
		break;
	case EVOP_ADOPT:
	case EVOP_SKIP:
	case EVOP_HELD:
		break;
	}
}

/* The folder's own end does not say that it was left before its time. */
static bool
was_cut(const struct folder_row *r, const struct event *ev, unsigned run)
{
	return ev->stopped && r->state == FOLDER_DONE && r->run == run &&
	       r->done < r->total;
}

/* At the end of a sync nothing is at work any more. */
static void
account_end(struct folders *f, const struct event *ev)
{
	struct folder_row *r;
	size_t i;

	for (i = 0; i < f->len; i++) {
		r = &f->rows[i];
		if (folders_is_busy(r->state) || was_cut(r, ev, f->run)) {
			r->state = FOLDER_STOPPED;
			r->time = ev->time;
		}
	}
	f->run++;
}

static void
row_end(struct folder_row *r, const struct event *ev)
{
	if (ev->scope != ERR_NONE)
		r->state = FOLDER_FAILED;
	else
		state_set(r, FOLDER_DONE);
}

void
folders_event(struct folders *f, const struct event *ev)
{
	struct folder_row *r;

	if (ev->kind == EV_ACCOUNT_END)
		account_end(f, ev);
	if (ev->folder[0] == '\0' || ev->kind == EV_WATCHING)
		return;
	r = row_of(f, ev->folder);
	switch (ev->kind) {
	case EV_FOLDER_START:
		begin(r, FOLDER_SYNC, f->run);
		break;
	case EV_FOLDER_SKIP:
		skip(r, f->run);
		break;
	case EV_LISTING:
		state_set(r, FOLDER_LIST);
		break;
	case EV_PROGRESS:
		state_set(r, FOLDER_COPY);
		r->done = ev->done;
		r->total = ev->total;
		break;
	case EV_OP:
		op_count(r, ev->op);
		break;
	case EV_ERROR:
		r->state = FOLDER_FAILED;
		error_note(r, ev);
		break;
	case EV_HELD:
		r->state = FOLDER_HELD;
		error_note(r, ev);
		break;
	case EV_FOLDER_END:
		row_end(r, ev);
		break;
	default:
		break;
	}
	r->time = ev->time;
}

bool
folders_is_busy(enum folder_state state)
{
	return state == FOLDER_SYNC || state == FOLDER_LIST ||
	       state == FOLDER_COPY;
}

static bool
matches(const struct folder_row *r, const char *text)
{
	size_t n;
	const char *s;

	if (text == NULL)
		return r->state == FOLDER_FAILED || r->state == FOLDER_HELD;
	n = strlen(text);
	for (s = r->name; *s != '\0'; s++)
		if (strncasecmp(s, text, n) == 0)
			return true;
	return false;
}

bool
folders_search(struct folders *f, const char *text)
{
	size_t i, at;

	for (i = 1; i <= f->len; i++) {
		at = (f->selected + i) % f->len;
		if (matches(&f->rows[at], text)) {
			f->selected = at;
			return true;
		}
	}
	return false;
}

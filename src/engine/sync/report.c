/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a sync tells about each of its steps. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "engine/sync/report.h"

void
report_init(struct event *ev, const struct sync *sy, const char *label,
    enum event_kind kind)
{
	*ev = (struct event){ .kind = kind };
	ev->time = clock_wall();
	ev->account = (int)sy->env->account->index;
	ev->worker = sy->worker;
	if (label != NULL)
		buf_visible(
		    ev->folder, sizeof(ev->folder), label, strlen(label));
}

void
report_post(struct sync *sy, const struct event *ev)
{
	sy->env->post(sy->env->post_arg, ev);
}

/* "+SF-T" */
static void
flags_delta(char *out, size_t cap, const struct op *op)
{
	char add[FLAGS_LETTERS_LEN], del[FLAGS_LETTERS_LEN];
	char text[2 * FLAGS_LETTERS_LEN + 1];

	flags_to_letters(op->add, add);
	flags_to_letters(op->del, del);
	snprintf(text, sizeof(text), "%s%s%s%s", op->add ? "+" : "", add,
	    op->del ? "-" : "", del);
	buf_visible(out, cap, text, strlen(text));
}

void
report_op(struct folder *f, enum event_op what, const struct op *op,
    const char *reason)
{
	struct event ev;

	report_init(&ev, f->sy, f->entry->label, EV_OP);
	ev.op = what;
	ev.planned = f->sy->env->request->dry_run;
	ev.side = op->side;
	ev.uid = op->id[REMOTE];
	ev.lid = op->id[LOCAL];
	if (what == EVOP_FLAGS)
		flags_delta(ev.flags, sizeof(ev.flags), op);
	snprintf(ev.text, sizeof(ev.text), "%s",
	    reason != NULL ? reason : op_why_text(op->why));
	report_post(f->sy, &ev);
}

static void
message_set(struct event *ev, const struct op *op)
{
	ev->uid = op->id[REMOTE];
	ev->lid = op->id[LOCAL];
	ev->side = op->side;
	ev->sided = true;
}

static void
error_post(struct sync *sy, struct event *ev, const struct err *e)
{
	event_set_err(ev, e);
	sy->results.error = *ev;
	sy->results.failed = true;
	report_post(sy, ev);
}

void
report_error(struct folder *f, const struct op *op, const struct err *e)
{
	struct event ev;

	f->outcome.failed = true;
	report_init(&ev, f->sy, f->entry->label, EV_ERROR);
	message_set(&ev, op);
	error_post(f->sy, &ev, e);
}

void
report_problem(struct sync *sy, const char *label, const struct err *e)
{
	struct event ev;

	report_init(&ev, sy, label, EV_ERROR);
	error_post(sy, &ev, e);
}

void
report_doubt(struct folder *f, const struct op *op, const struct err *e)
{
	struct event ev;

	report_init(&ev, f->sy, f->entry->label, EV_WARNING);
	message_set(&ev, op);
	event_set_err(&ev, e);
	report_post(f->sy, &ev);
}

static void __attribute__((format(printf, 2, 0)))
text_set(struct event *ev, const char *format, va_list ap)
{
	struct buf b = { 0 };

	buf_vprintf(&b, format, ap);
	buf_visible(ev->text, sizeof(ev->text), buf_str(&b), b.len);
	buf_clear(&b);
}

void
report_warning(struct sync *sy, const char *label, const char *format, ...)
{
	struct event ev;
	va_list ap;

	report_init(&ev, sy, label, EV_WARNING);
	va_start(ap, format);
	text_set(&ev, format, ap);
	va_end(ap);
	report_post(sy, &ev);
}

void
report_held(struct sync *sy, const char *label, enum event_op what, uint64_t n,
    const char *format, ...)
{
	struct event ev;
	va_list ap;

	report_init(&ev, sy, label, EV_HELD);
	ev.op = what;
	ev.total = n;
	va_start(ap, format);
	text_set(&ev, format, ap);
	va_end(ap);
	sy->results.held = true;
	report_post(sy, &ev);
}

void
report_listing(struct folder *f, enum side side)
{
	struct event ev;

	report_init(&ev, f->sy, f->entry->label, EV_LISTING);
	ev.side = side;
	report_post(f->sy, &ev);
}

void
report_progress(struct folder *f, uint64_t done, uint64_t total, uint64_t bytes)
{
	struct event ev;

	report_init(&ev, f->sy, f->entry->label, EV_PROGRESS);
	ev.done = done;
	ev.total = total;
	ev.bytes = bytes;
	report_post(f->sy, &ev);
}

void
report_count(struct folder *f, enum side side, enum count_kind kind, uint32_t n)
{
	f->outcome.counts[side][kind] += n;
	f->sy->results.counts[side][kind] += n;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the values in events are called. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "engine/event.h"

static const struct {
	const char *name;
	enum exit_status status;
} ends[] = {
	[ACCOUNT_DONE] = { "done", EXIT_DONE },
	[ACCOUNT_STOPPED] = { "stopped", EXIT_FAILED },
	[ACCOUNT_FAILED] = { "failed", EXIT_FAILED },
	[ACCOUNT_HELD] = { "held", EXIT_HELD },
	[ACCOUNT_BUSY] = { "busy", EXIT_BUSY },
};

const char *
account_end_name(enum account_end end)
{
	return ends[end].name;
}

enum exit_status
account_end_status(enum account_end end)
{
	return ends[end].status;
}

void
event_set_err(struct event *ev, const struct err *e)
{
	const struct err_subject *s = err_about(e);

	ev->scope = e->scope;
	ev->retry = e->retry;
	if (s->folder != NULL)
		buf_visible(ev->folder, sizeof(ev->folder), s->folder,
		    strlen(s->folder));
	if (s->id[REMOTE] != 0)
		ev->uid = s->id[REMOTE];
	if (s->id[LOCAL] != 0)
		ev->lid = s->id[LOCAL];
	if (s->sided)
		ev->side = s->side;
	ev->sided |= s->sided;
	if (s->file != NULL)
		buf_visible(
		    ev->file, sizeof(ev->file), s->file, strlen(s->file));
	snprintf(ev->text, sizeof(ev->text), "%s", err_text(e));
}

struct err_subject
event_subject(const struct event *ev)
{
	struct err_subject s = { .sided = ev->sided, .side = ev->side };

	s.folder = ev->folder[0] != '\0' ? ev->folder : NULL;
	s.file = ev->file[0] != '\0' ? ev->file : NULL;
	s.id[LOCAL] = ev->lid;
	s.id[REMOTE] = ev->uid;
	return s;
}

void
event_put_line(const struct event *ev, struct buf *out)
{
	const struct err_subject s = event_subject(ev);

	err_subject_put(&s, ev->text, out);
}

const char *
event_op_name(enum event_op op)
{
	static const char *const names[] = {
		[EVOP_COPY] = "copy",
		[EVOP_TRANSFER] = "transfer",
		[EVOP_MOVE] = "move",
		[EVOP_FLAGS] = "flags",
		[EVOP_EXPUNGE] = "expunge",
		[EVOP_ADOPT] = "adopt",
		[EVOP_SKIP] = "skip",
		[EVOP_HELD] = "held",
	};

	return names[op];
}

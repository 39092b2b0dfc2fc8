/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as JSON. */
#include "config.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "ui/plain/json.h"

/* Which members an event has besides type, time and account. */
enum {
	HAS_FOLDER = 1 << 0,
	HAS_SIDE = 1 << 1,
	HAS_OP = 1 << 2, /* op, planned, uid, lid, total, flags, reason */
	HAS_COUNTS = 1 << 3,
	HAS_SCOPE = 1 << 4,
	HAS_TEXT = 1 << 5,
	HAS_DONE = 1 << 6, /* done, total */
	HAS_BYTES = 1 << 7,
	HAS_SUBJECT = 1 << 8, /* folder, side, uid, lid, file */
	HAS_RETRY = 1 << 9,
	HAS_PLANNED = 1 << 10,
	HAS_TOTAL = 1 << 11,
	HAS_WORKER = 1 << 12,
	HAS_NEXT = 1 << 13, /* seconds, paused */
	HAS_STOPPED = 1 << 14,
};

struct shape {
	const char *type;
	unsigned members;
};

static const struct shape *
shape_of(enum event_kind kind)
{
	static const struct {
		enum event_kind kind;
		struct shape shape;
	} shapes[] = {
		{ EV_RUN_START, { "run-start", 0 } },
		{ EV_RUN_END, { "run-end", HAS_SCOPE } },
		{ EV_ACCOUNT_START, { "account-start", 0 } },
		{ EV_ACCOUNT_END,
		    { "account-end", HAS_COUNTS | HAS_SCOPE | HAS_STOPPED } },
		{ EV_FOLDERS, { "folders", HAS_DONE } },
		{ EV_FOLDER_START, { "folder-start", HAS_FOLDER } },
		{ EV_FOLDER_SKIP, { "folder-skip", HAS_FOLDER } },
		{ EV_FOLDER_END,
		    { "folder-end", HAS_FOLDER | HAS_COUNTS | HAS_SCOPE } },
		{ EV_FOLDER_CREATE,
		    { "folder-create", HAS_FOLDER | HAS_SIDE | HAS_PLANNED } },
		{ EV_FOLDER_RENAME,
		    { "folder-rename",
			HAS_FOLDER | HAS_SIDE | HAS_PLANNED | HAS_TEXT } },
		{ EV_OP, { "op", HAS_FOLDER | HAS_SIDE | HAS_OP } },
		{ EV_PROGRESS,
		    { "progress", HAS_FOLDER | HAS_DONE | HAS_BYTES } },
		{ EV_ERROR, { "error", HAS_SUBJECT | HAS_SCOPE | HAS_RETRY |
					   HAS_TEXT } },
		{ EV_WARNING, { "warning", HAS_SUBJECT | HAS_TEXT } },
		{ EV_HELD, { "held", HAS_FOLDER | HAS_TOTAL | HAS_TEXT } },
		{ EV_CONNECTING, { "connecting", HAS_TEXT } },
		{ EV_LISTING, { "listing", HAS_FOLDER | HAS_SIDE } },
		{ EV_PART, { "part", HAS_FOLDER | HAS_WORKER } },
		{ EV_HOOK, { "hook", HAS_TEXT } },
		{ EV_THREAD_START, { "thread-start", HAS_WORKER } },
		{ EV_THREAD_END, { "thread-end", HAS_WORKER } },
		{ EV_WATCHING, { "watching", HAS_WORKER | HAS_TEXT } },
		{ EV_IDLE, { "idle", HAS_NEXT } },
	};
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].kind == kind)
			return &shapes[i].shape;
	return NULL;
}

static void
put_text(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, ",\"%s\":", name);
	json_string(out, value);
}

static void
put_number(struct buf *out, const char *name, uint64_t value)
{
	buf_printf(out, ",\"%s\":%" PRIu64, name, value);
}

static void
put_bool(struct buf *out, const char *name, bool value)
{
	buf_printf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

static void
put_counts(struct buf *out, const struct event *ev)
{
	static const struct {
		const char *name;
		enum count_kind kind;
	} names[] = {
		{ "copied", COUNT_COPY },
		{ "flags", COUNT_FLAGS },
		{ "deleted", COUNT_EXPUNGE },
		{ "adopted", COUNT_ADOPT },
		{ "held", COUNT_HELD },
		{ "skipped", COUNT_SKIP },
		{ "failed", COUNT_FAILED },
	};
	enum side side;
	size_t i;

	buf_puts(out, ",\"counts\":{");
	for (side = LOCAL; side <= REMOTE; side++) {
		buf_printf(out, "%s\"%s\":{", side == LOCAL ? "" : ",",
		    side_name(side));
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			buf_printf(out, "%s\"%s\":%" PRIu32, i == 0 ? "" : ",",
			    names[i].name, ev->counts[side][names[i].kind]);
		buf_putc(out, '}');
	}
	buf_putc(out, '}');
}

static void
put_operation(struct buf *out, const struct event *ev)
{
	put_text(out, "op", event_op_name(ev->op));
	put_bool(out, "planned", ev->planned);
	if (ev->uid != 0)
		put_number(out, "uid", ev->uid);
	if (ev->lid != 0)
		put_number(out, "lid", ev->lid);
	if (ev->total != 0) /* of several messages */
		put_number(out, "total", ev->total);
	if (ev->flags[0] != '\0')
		put_text(out, "flags", ev->flags);
	put_text(out, "reason", ev->text);
}

static void
put_members(struct buf *out, const struct event *ev, unsigned members)
{
	const struct err_subject subject = event_subject(ev);

	if ((members & HAS_SUBJECT) != 0)
		json_subject(out, &subject);
	if ((members & HAS_FOLDER) != 0 && ev->folder[0] != '\0')
		put_text(out, "folder", ev->folder);
	if ((members & HAS_SIDE) != 0)
		put_text(out, "side", side_name(ev->side));
	if ((members & HAS_OP) != 0)
		put_operation(out, ev);
	if ((members & HAS_PLANNED) != 0)
		put_bool(out, "planned", ev->planned);
	if ((members & HAS_DONE) != 0)
		put_number(out, "done", ev->done);
	if ((members & (HAS_DONE | HAS_TOTAL)) != 0)
		put_number(out, "total", ev->total);
	if ((members & HAS_BYTES) != 0)
		put_number(out, "bytes", ev->bytes);
	if ((members & HAS_COUNTS) != 0)
		put_counts(out, ev);
	if ((members & HAS_SCOPE) != 0)
		put_text(out, "scope", err_scope_name(ev->scope));
	if ((members & HAS_STOPPED) != 0 && ev->stopped)
		put_bool(out, "stopped", true);
	if ((members & HAS_WORKER) != 0)
		put_number(out, "worker", (uint64_t)ev->worker);
	if ((members & HAS_NEXT) != 0) {
		if (ev->due != CLOCK_NEVER)
			put_number(out, "seconds", ev->total);
		put_bool(out, "paused", ev->paused);
	}
	if ((members & HAS_RETRY) != 0)
		put_bool(out, "retry", ev->retry);
	if ((members & HAS_TEXT) != 0)
		put_text(out, "text", ev->text);
}

void
json_event(const struct event *ev, const char *account, struct buf *out)
{
	const struct shape *shape;

	shape = shape_of(ev->kind);
	if (shape == NULL)
		return;
	buf_printf(
	    out, "{\"type\":\"%s\",\"time\":%" PRId64, shape->type, ev->time);
	if (account != NULL)
		put_text(out, "account", account);
	put_members(out, ev, shape->members);
	buf_puts(out, "}\n");
}

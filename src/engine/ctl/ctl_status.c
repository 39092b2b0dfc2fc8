/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ctl status' shows, as text and as JSON. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "engine/ctl/ctl_status.h"

/* Seconds until the account is due, rounded up, so that 0 is now. */
static int64_t
seconds_left(const struct ctl_account *a, int64_t now)
{
	return a->due <= now ? 0 : (a->due - now + 999) / 1000;
}

static void
put_state(const struct ctl_account *a, int64_t now, struct buf *out)
{
	int64_t left = seconds_left(a, now);

	if (a->active)
		buf_puts(out, "synchronising");
	else if (a->paused)
		buf_puts(out, "paused");
	else if (a->due == CLOCK_NEVER)
		buf_puts(out, "when asked");
	else
		buf_printf(out, "next in %" PRId64 ":%02d", left / 60,
		    (int)(left % 60));
}

void
ctl_status_text(
    const struct ctl_account *a, size_t n, int64_t now, struct buf *out)
{
	char when[32];
	struct tm tm;
	time_t t;
	size_t i;

	for (i = 0; i < n; i++) {
		buf_append_visible(out, a[i].name, strlen(a[i].name));
		buf_puts(out, ": ");
		put_state(&a[i], now, out);
		if (a[i].ended) {
			t = (time_t)a[i].end_time;
			localtime_r(&t, &tm);
			strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
			buf_printf(out, "; last %s %s",
			    account_end_name(a[i].end), when);
		}
		buf_putc(out, '\n');
		if (a[i].ended && a[i].error.kind == EV_ERROR) {
			buf_puts(out, "    ");
			event_put_line(&a[i].error, out);
			buf_putc(out, '\n');
		}
	}
}

static void
put_error(const struct event *error, struct buf *out)
{
	const struct err_subject s = event_subject(error);
	struct buf line = { 0 };

	event_put_line(error, &line);
	json_string(out, buf_str(&line));
	buf_clear(&line);
	json_subject(out, &s);
	buf_puts(out, ",\"text\":");
	json_string(out, error->text);
}

static void
put_last(const struct ctl_account *a, struct buf *out)
{
	if (!a->ended) {
		buf_puts(out, "null");
		return;
	}
	buf_printf(out, "{\"result\":\"%s\",\"time\":%" PRId64 ",\"error\":",
	    account_end_name(a->end), a->end_time);
	if (a->error.kind == EV_ERROR)
		put_error(&a->error, out);
	else
		buf_puts(out, "null");
	buf_putc(out, '}');
}

static void
put_account(const struct ctl_account *a, int64_t now, struct buf *out)
{
	buf_puts(out, "{\"name\":");
	json_string(out, a->name);
	buf_printf(out, ",\"state\":\"%s\",\"next\":",
	    a->active	? "active"
	    : a->paused ? "paused"
			: "idle");
	if (a->active || a->paused || a->due == CLOCK_NEVER)
		buf_puts(out, "null");
	else
		buf_printf(out, "%" PRId64, seconds_left(a, now));
	buf_puts(out, ",\"last\":");
	put_last(a, out);
	buf_putc(out, '}');
}

void
ctl_status_json(
    const struct ctl_account *a, size_t n, int64_t now, struct buf *out)
{
	size_t i;

	buf_printf(out, "{\"program\":\"%s\",\"pid\":%ld,\"accounts\":[",
	    PACKAGE_STRING, (long)getpid());
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_account(&a[i], now, out);
	}
	buf_puts(out, "]}\n");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far long work is: the progress line and its numbers. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "ui/plain/progress.h"

static struct progress_slot *
slot_find(struct progress *p, int worker)
{
	size_t i;

	for (i = 0; i < PROGRESS_SLOTS; i++)
		if (p->slots[i].active && p->slots[i].worker == worker)
			return &p->slots[i];
	return NULL;
}

static struct progress_slot *
slot_new(struct progress *p, const struct event *ev, int64_t now_ms)
{
	struct progress_slot *s;
	size_t i;

	for (i = 0; i < PROGRESS_SLOTS && p->slots[i].active; i++)
		;
	if (i == PROGRESS_SLOTS)
		return NULL;
	s = &p->slots[i];
	memset(s, 0, sizeof(*s));
	s->active = true;
	s->worker = ev->worker;
	s->account = ev->account;
	s->start_ms = now_ms;
	s->start_bytes = s->bytes = ev->bytes;
	s->start_done = ev->done;
	memcpy(s->folder, ev->folder, sizeof(s->folder));
	return s;
}

uint64_t
progress_event(struct progress *p, const struct event *ev, int64_t now_ms)
{
	struct progress_slot *s;
	uint64_t came = 0;

	s = slot_find(p, ev->worker);
	if (ev->kind == EV_FOLDER_END || ev->kind == EV_ACCOUNT_END ||
	    ev->kind == EV_THREAD_END) {
		if (s != NULL &&
		    (ev->kind == EV_THREAD_END || s->account == ev->account))
			s->active = false;
		return 0;
	}
	if (ev->kind != EV_PROGRESS)
		return 0;
	/* A new folder, or another round of the same: start afresh. */
	if (s != NULL && (strcmp(s->folder, ev->folder) != 0 ||
			     s->account != ev->account || ev->done < s->done)) {
		s->active = false;
		s = NULL;
	}
	if (s == NULL)
		s = slot_new(p, ev, now_ms);
	if (s == NULL)
		return 0;
	if (ev->bytes > s->bytes)
		came = ev->bytes - s->bytes;
	s->done = ev->done;
	s->total = ev->total;
	s->bytes = ev->bytes;
	s->now_ms = now_ms;
	return came;
}

/* Columns that a character takes; at least one, for what the locale does not
 * know is shown as something. */
static unsigned
columns(unsigned cp)
{
	int n;

	n = wcwidth((wchar_t)cp);
	return n < 0 ? 1 : (unsigned)n;
}

unsigned
progress_cut(struct buf *out, const char *s, unsigned width)
{
	size_t n, left = strlen(s);
	unsigned cp, used = 0;

	for (; left > 0; s += n, left -= n) {
		n = utf8_decode(s, left, &cp);
		if (n == 0) {
			n = 1;
			cp = '?';
		}
		if (used + columns(cp) > width)
			break;
		used += columns(cp);
		if (n == 1)
			buf_putc(out, (char)cp);
		else
			buf_append(out, s, n);
	}
	return used;
}

/* Seconds left, by messages; -1: not known yet. */
static int64_t
seconds_left(const struct progress_slot *s)
{
	int64_t took = s->now_ms - s->start_ms;
	double did = (double)(s->done - s->start_done);
	double to_do = (double)s->total - (double)s->done;

	if (took < 1000 || did <= 0 || to_do < 0)
		return -1;
	return (int64_t)(to_do * (double)took / did / 1000 + 0.5);
}

static double
bytes_a_second(const struct progress_slot *s)
{
	int64_t took = s->now_ms - s->start_ms;

	if (took < 500 || s->bytes <= s->start_bytes)
		return 0;
	return (double)(s->bytes - s->start_bytes) * 1000 / (double)took;
}

static uint64_t
to_do(const struct progress_slot *s)
{
	return s->total > s->done ? s->total - s->done : 0;
}

bool
progress_now(const struct progress *p, struct progress_now *now)
{
	const struct progress_slot *s;
	size_t i;

	*now = (struct progress_now){ .left = -1 };
	for (i = 0; i < PROGRESS_SLOTS; i++) {
		s = &p->slots[i];
		if (!s->active)
			continue;
		if (now->most != NULL)
			now->others++;
		if (now->most == NULL || to_do(s) > to_do(now->most))
			now->most = s;
		now->rate += bytes_a_second(s);
		now->done += s->done;
		now->total += s->total;
	}
	if (now->most == NULL || now->most->total == 0)
		return false;
	now->left = seconds_left(now->most);
	return true;
}

void
progress_text(const struct progress *p, const char *const *names,
    unsigned width, struct buf *out)
{
	struct buf name = { 0 }, numbers = { 0 };
	const struct progress_slot *s;
	struct progress_now now;

	if (!progress_now(p, &now))
		return;
	s = now.most;
	if (s->account >= 0)
		buf_printf(&name, "%s: ", names[s->account]);
	buf_puts(&name, s->folder);
	/* The numbers are worth more than the name's end. */
	buf_printf(&numbers, " %" PRIu64 "/%" PRIu64, s->done, s->total);
	if (now.rate > 0)
		buf_printf(&numbers, "  %.1f MB/s", now.rate / 1e6);
	if (now.left >= 0)
		buf_printf(&numbers, "  %" PRId64 ":%02d left", now.left / 60,
		    (int)(now.left % 60));
	if (now.others > 0)
		buf_printf(&numbers, "  +%u", now.others);
	if (numbers.len < width)
		progress_cut(
		    out, buf_str(&name), width - (unsigned)numbers.len);
	progress_cut(out, buf_str(&numbers), width);
	buf_clear(&name);
	buf_clear(&numbers);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "ui/progress.h"

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
	s->start_bytes = ev->bytes;
	s->start_done = ev->done;
	memcpy(s->folder, ev->folder, sizeof(s->folder));
	return s;
}

void
progress_event(struct progress *p, const struct event *ev, int64_t now_ms)
{
	struct progress_slot *s;

	s = slot_find(p, ev->worker);
	if (ev->kind == EV_FOLDER_END || ev->kind == EV_ACCOUNT_END ||
	    ev->kind == EV_THREAD_END) {
		if (s != NULL &&
		    (ev->kind == EV_THREAD_END || s->account == ev->account))
			s->active = false;
		return;
	}
	if (ev->kind != EV_PROGRESS)
		return;
	/* A new folder, or another round of the same: start afresh. */
	if (s != NULL && (strcmp(s->folder, ev->folder) != 0 ||
			     s->account != ev->account || ev->done < s->done)) {
		s->active = false;
		s = NULL;
	}
	if (s == NULL)
		s = slot_new(p, ev, now_ms);
	if (s == NULL)
		return;
	s->done = ev->done;
	s->total = ev->total;
	s->bytes = ev->bytes;
	s->bytes_total = ev->bytes_total;
	s->now_ms = now_ms;
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

/* Seconds left, by bytes where their sum is known; -1: not known yet. */
static int64_t
seconds_left(const struct progress_slot *s)
{
	int64_t took = s->now_ms - s->start_ms;
	double did, to_do;

	did = (double)(s->done - s->start_done);
	to_do = (double)s->total - (double)s->done;
	if (s->bytes_total > s->bytes && s->bytes > s->start_bytes) {
		did = (double)(s->bytes - s->start_bytes);
		to_do = (double)(s->bytes_total - s->bytes);
	}
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

/* The numbers behind the name; they are worth more than its end. */
static void
numbers_put(
    const struct progress *p, const struct progress_slot *s, struct buf *out)
{
	double rate = 0;
	int64_t left;
	unsigned others = 0;
	size_t i;

	for (i = 0; i < PROGRESS_SLOTS; i++)
		if (p->slots[i].active) {
			rate += bytes_a_second(&p->slots[i]);
			others += &p->slots[i] != s;
		}
	buf_printf(out, " %" PRIu64 "/%" PRIu64, s->done, s->total);
	if (rate > 0)
		buf_printf(out, "  %.1f MB/s", rate / 1e6);
	left = seconds_left(s);
	if (left >= 0)
		buf_printf(out, "  %" PRId64 ":%02d left", left / 60,
		    (int)(left % 60));
	if (others > 0)
		buf_printf(out, "  +%u", others);
}

void
progress_text(const struct progress *p, const char *const *names,
    unsigned width, struct buf *out)
{
	const struct progress_slot *s = NULL;
	struct buf name = { 0 }, numbers = { 0 };
	size_t i;

	for (i = 0; i < PROGRESS_SLOTS; i++)
		if (p->slots[i].active &&
		    (s == NULL || to_do(&p->slots[i]) > to_do(s)))
			s = &p->slots[i];
	if (s == NULL || s->total == 0)
		return;
	if (s->account >= 0 && names != NULL)
		buf_printf(&name, "%s: ", names[s->account]);
	buf_puts(&name, s->folder);
	numbers_put(p, s, &numbers);
	if (numbers.len < width)
		progress_cut(
		    out, buf_str(&name), width - (unsigned)numbers.len);
	progress_cut(out, buf_str(&numbers), width);
	buf_clear(&name);
	buf_clear(&numbers);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of a row. While its account is synchronised:
 *
 *	INBOX 30/60  [######      ]  0:12 left  1.2 MB/s  .:|||:
 *
 * where the end is left out that does not fit. Else what the last sync came
 * to.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ui/screen/view_private.h"

#define BAR 12	/* columns */
#define NAME 12 /* columns of a folder's name that numbers leave */
#define EDGE 120
#define PIECES 4
#define SPARK_LEAST 6 /* seconds; less says nothing */

/* Parts of the line, the most important one first. */
struct piece {
	char text[128];
	enum role role;
};

static void
bar_text(const struct model *m, const struct progress_now *now, char *out,
    size_t cap)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊",
		"▉" };
	struct buf bar = { 0 };
	unsigned i, part, full;

	part =
	    now->done >= now->total
		? 8 * BAR
		: (unsigned)((double)now->done * 8 * BAR / (double)now->total);
	full = part / 8;
	buf_puts(&bar, "  [");
	for (i = 0; i < full; i++)
		buf_puts(&bar, m->blocks ? "█" : "#");
	if (m->blocks && part % 8 > 0) {
		buf_puts(&bar, eighths[part % 8]);
		i++;
	}
	for (; i < BAR; i++)
		buf_putc(&bar, ' ');
	buf_putc(&bar, ']');
	snprintf(out, cap, "%s", buf_str(&bar));
	buf_clear(&bar);
}

/* The last seconds, at the right edge (of a very wide screen, not so far from
 * the rest), as many as there is room for behind column x; the highest is the
 * fastest. */
static void
draw_spark(const struct model *m, const struct speed *s, int64_t now_ms,
    struct canvas *c, unsigned x, unsigned y)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆",
		"▇", "█" };
	static const char *const ascii[] = { " ", ".", ":", "|" };
	const char *const *levels = m->blocks ? blocks : ascii;
	uint64_t most = speed_most(s, now_ms), n, top = m->blocks ? 8 : 3;
	unsigned ago, edge = c->width < EDGE ? c->width : EDGE;

	if (most == 0 || x + SPARK_LEAST > edge)
		return;
	ago = edge - x < SPEED_SECONDS ? edge - x : SPEED_SECONDS;
	x = edge - ago;
	for (; ago-- > 0; x++) {
		n = speed_at(s, now_ms, ago);
		/* Little is not nothing. */
		canvas_put(c, x, y, 1, ROLE_BAR,
		    levels[n == 0 ? 0 : 1 + n * (top - 1) / most]);
	}
}

static void
rate_text(uint64_t rate, char *out, size_t cap)
{
	out[0] = '\0';
	if (rate >= 1000000)
		snprintf(out, cap, "  %.1f MB/s", (double)rate / 1e6);
	else if (rate >= 1000)
		snprintf(out, cap, "  %.0f kB/s", (double)rate / 1e3);
	else if (rate > 0)
		snprintf(out, cap, "  %d B/s", (int)rate);
}

/* How many of the pieces fit in room columns, and what they take. */
static size_t
pieces_fit(const struct piece *pieces, unsigned room, unsigned *columns)
{
	unsigned n;
	size_t i;

	for (i = 0, *columns = 0; i < PIECES; i++, *columns += n) {
		n = canvas_columns(pieces[i].text);
		if (*columns + n > room)
			break;
	}
	return i;
}

static void
draw_active(const struct model *m, const struct model_row *r, int64_t now_ms,
    struct canvas *c, unsigned x, unsigned y)
{
	struct piece pieces[PIECES] = { { "", ROLE_PLAIN }, { "", ROLE_BAR },
		{ "", ROLE_DIM }, { "", ROLE_DIM } };
	unsigned room = c->width - x, taken, name;
	const char *folder = r->folder;
	struct progress_now now;
	size_t i, n;

	if (progress_now(&r->progress, &now)) {
		folder = now.most->folder;
		snprintf(pieces[0].text, sizeof(pieces[0].text),
		    " %" PRIu64 "/%" PRIu64, now.done, now.total);
		bar_text(m, &now, pieces[1].text, sizeof(pieces[1].text));
		if (now.left >= 0)
			snprintf(pieces[2].text, sizeof(pieces[2].text),
			    "  %" PRId64 ":%02d left", now.left / 60,
			    (int)(now.left % 60));
	}
	rate_text(speed_now(&r->speed, now_ms), pieces[3].text,
	    sizeof(pieces[3].text));
	name = canvas_columns(folder);
	name = name < NAME ? name : NAME;
	n = pieces_fit(pieces, room > name ? room - name : 0, &taken);
	x += canvas_put(c, x, y, room - taken, ROLE_PLAIN, folder);
	for (i = 0; i < n; i++)
		x += canvas_put(
		    c, x, y, c->width, pieces[i].role, pieces[i].text);
	draw_spark(m, &r->speed, now_ms, c, x + 2, y);
}

/* "copied 3, deleted 1" */
static void
counts_text(const uint64_t counts[COUNT_KINDS], struct buf *out)
{
	static const struct {
		enum count_kind kind;
		const char *word;
	} words[] = { { COUNT_COPY, "copied" }, { COUNT_FLAGS, "flags" },
		{ COUNT_EXPUNGE, "deleted" }, { COUNT_HELD, "held" },
		{ COUNT_FAILED, "failed" } };
	size_t i, start = out->len;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (counts[words[i].kind] > 0)
			buf_printf(out, "%s%s %" PRIu64,
			    out->len > start ? ", " : "", words[i].word,
			    counts[words[i].kind]);
	if (out->len == start)
		buf_puts(out, "no change");
}

/* What the last sync came to. */
static enum role
result_text(const struct model_row *r, struct buf *out)
{
	uint64_t counts[COUNT_KINDS];
	char at[16];
	size_t i;

	if (r->ended == 0) {
		buf_puts(out, "not synchronised yet");
		return ROLE_DIM;
	}
	view_time(r->ended, at);
	if (r->stopped) {
		buf_printf(out, "%s stopped", at);
		return ROLE_DIM;
	}
	if (r->errors > 0 || r->scope != ERR_NONE) {
		buf_printf(out, "%s FAILED: %s", at,
		    r->errors > 0 ? r->error : "not finished");
		return ROLE_PROBLEM;
	}
	for (i = 0; i < COUNT_KINDS; i++)
		counts[i] = (uint64_t)r->counts[0][i] + r->counts[1][i];
	buf_printf(out, "%s ", at);
	counts_text(counts, out);
	return ROLE_DIM;
}

/* *Control: all accounts since the start. */
static void
draw_sum(const struct model *m, int64_t now_ms, struct canvas *c, unsigned x,
    unsigned y)
{
	uint64_t counts[COUNT_KINDS] = { 0 };
	struct buf text = { 0 };
	char more[128];
	unsigned active = 0;
	size_t i, side, k;

	for (i = 0; i < m->len; i++) {
		active += m->rows[i].active;
		for (side = 0; side < 2; side++)
			for (k = 0; k < COUNT_KINDS; k++)
				counts[k] +=
				    m->lines.accounts[i].counts[side][k];
	}
	counts_text(counts, &text);
	x += canvas_put(c, x, y, c->width, ROLE_DIM, buf_str(&text));
	if (active > 0) {
		snprintf(
		    more, sizeof(more), "  %u of %zu at work", active, m->len);
		x += canvas_put(c, x, y, c->width, ROLE_DIM, more);
	}
	rate_text(speed_now(&m->speed, now_ms), more, sizeof(more));
	x += canvas_put(c, x, y, c->width, ROLE_DIM, more);
	draw_spark(m, &m->speed, now_ms, c, x + 2, y);
	buf_clear(&text);
}

void
view_numbers(const struct model *m, size_t row, int64_t now_ms,
    struct canvas *c, unsigned x, unsigned y)
{
	struct buf text = { 0 };
	enum role role;

	if (x >= c->width)
		return;
	if (row == m->len) {
		draw_sum(m, now_ms, c, x, y);
		return;
	}
	if (m->rows[row].active) {
		draw_active(m, &m->rows[row], now_ms, c, x, y);
		return;
	}
	role = result_text(&m->rows[row], &text);
	x += canvas_put(c, x, y, c->width, role, buf_str(&text));
	draw_spark(m, &m->rows[row].speed, now_ms, c, x + 2, y);
	buf_clear(&text);
}

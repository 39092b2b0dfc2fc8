/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "ui/blink.h"
#include "ui/hangup.h"
#include "ui/model.h"
#include "ui/term.h"
#include "ui/view.h"

#define DRAW_MS 50 /* between two pictures */
#define SECOND_MS 1000
#define CTRL(letter) ((letter)&0x1f)
#define ESCAPE 0x1b

/* What the keys go to. */
enum mode { MODE_KEYS, MODE_SEARCH, MODE_PASSWORD };

struct blink {
	const struct ui_config *c;
	struct engine *en;
	struct terminal *term;
	struct canvas canvas;
	struct model model;
	const char **names;
	struct buf line;
	enum mode mode;
	char typed[256]; /* the answer to the prompt; wiped after use */
	size_t typed_len;
	char sought[256];
	int *asking; /* accounts that wait for a password, in their order */
	size_t asking_len;
	char (*questions)[512]; /* by account */
	unsigned terminals; /* when we began; see hangup.h */
	bool reloading;	    /* the configuration was reread */
	bool finishing;
	bool ended;
	bool changed;	   /* the picture is old */
	bool all;	   /* draw all of it */
	int64_t next_draw; /* clock_ms() */
};

/* --- commands --------------------------------------------------------------
 */

static void
post(struct blink *b, enum command_kind kind, int account)
{
	struct command c = { .kind = kind, .account = account };

	engine_post(b->en, &c);
}

static void
stop(struct blink *b)
{
	post(b, b->model.stopping ? CMD_STOP_NOW : CMD_STOP, -1);
	if (!b->model.stopping)
		model_log(&b->model, ROLE_WAIT,
		    "Finishing what is in flight; q again ends at once");
	b->model.stopping = true;
	b->changed = true;
}

/* An account that is synchronised already is left alone, as documented. */
static void
sync_row(struct blink *b, int row)
{
	if (row < 0)
		return;
	if ((size_t)row == b->model.len)
		post(b, CMD_SYNC, -1);
	else if (!b->model.rows[row].active)
		post(b, CMD_SYNC, row);
}

/* --- questions -------------------------------------------------------------
 */

static void
typed_show(struct blink *b)
{
	struct model_prompt *p = &b->model.prompt;
	size_t i, n = 0;

	if (b->mode == MODE_SEARCH) {
		snprintf(p->typed, sizeof(p->typed), "%s", b->typed);
		return;
	}
	for (i = 0; i < b->typed_len; i++) /* a star for each character */
		if (((unsigned char)b->typed[i] & 0xc0) != 0x80)
			p->typed[n++] = '*';
	p->typed[n] = '\0';
}

static void
mode_set(struct blink *b, enum mode mode, const char *label)
{
	b->mode = mode;
	wipe(b->typed, sizeof(b->typed));
	b->typed_len = 0;
	snprintf(
	    b->model.prompt.label, sizeof(b->model.prompt.label), "%s", label);
	typed_show(b);
}

/* Asks the first question that waits, if any. */
static void
ask_next(struct blink *b)
{
	char label[600];

	mode_set(b, MODE_KEYS, "");
	if (b->asking_len == 0)
		return;
	snprintf(label, sizeof(label),
	    "Password for %s: ", b->questions[b->asking[0]]);
	mode_set(b, MODE_PASSWORD, label);
}

static void
ask(struct blink *b, const struct event *ev)
{
	memcpy(b->questions[ev->account], ev->text,
	    sizeof(b->questions[ev->account]));
	b->asking[b->asking_len++] = ev->account;
	if (b->mode != MODE_PASSWORD)
		ask_next(b);
}

/* An empty answer means that the person will not say. */
static void
answer(struct blink *b)
{
	struct command c = { .kind = CMD_PASSWORD, .account = b->asking[0] };

	memcpy(c.text, b->typed, sizeof(c.text));
	engine_post(b->en, &c);
	b->asking_len--;
	memmove(b->asking, b->asking + 1, b->asking_len * sizeof(*b->asking));
	ask_next(b);
}

static void
search(struct blink *b)
{
	struct buf text = { 0 };

	if (b->typed_len > 0)
		memcpy(b->sought, b->typed, sizeof(b->sought));
	mode_set(b, MODE_KEYS, "");
	if (b->sought[0] != '\0' && !model_search(&b->model, b->sought)) {
		buf_printf(&text, "\"%s\" is not in any older line", b->sought);
		model_log(&b->model, ROLE_DIM, buf_str(&text));
	}
	buf_clear(&text);
}

static void
typed_drop(struct blink *b)
{
	while (b->typed_len > 0 &&
	       ((unsigned char)b->typed[--b->typed_len] & 0xc0) == 0x80)
		;
	memset(b->typed + b->typed_len, 0, sizeof(b->typed) - b->typed_len);
}

static void
typed_add(struct blink *b, int key)
{
	struct buf text = { 0 };

	buf_put_utf8(&text, (unsigned)key);
	if (b->typed_len + text.len < sizeof(b->typed)) {
		memcpy(b->typed + b->typed_len, buf_str(&text), text.len);
		b->typed_len += text.len;
	}
	buf_wipe(&text);
}

static void
key_typed(struct blink *b, int key)
{
	if (key == TERM_ENTER || key == ESCAPE) {
		if (key == ESCAPE)
			mode_set(b, b->mode, "");
		if (b->mode == MODE_PASSWORD)
			answer(b);
		else if (key == ESCAPE)
			ask_next(b);
		else
			search(b);
		return;
	}
	if (key == TERM_BACKSPACE) {
		typed_drop(b);
	} else if (key == CTRL('U')) {
		wipe(b->typed, sizeof(b->typed));
		b->typed_len = 0;
	} else if (key >= ' ' && key < TERM_UP) {
		typed_add(b, key);
	}
	typed_show(b);
}

/* --- keys ------------------------------------------------------------------
 */

static void
select_row(struct blink *b, bool up)
{
	int rows = (int)b->model.len + 1, at;

	/* Counted from *Control down, as they are shown. */
	at = b->model.selected < 0 ? (up ? rows : -1)
				   : (b->model.selected + 1) % rows;
	at += up ? -1 : 1;
	if (at < 0 || at >= rows)
		return;
	b->model.selected = at == 0 ? rows - 1 : at - 1;
}

static long
page(const struct blink *b)
{
	unsigned n = view_log_height(&b->model, b->canvas.height);

	return n > 2 ? (long)n - 2 : 1;
}

static void
key_command(struct blink *b, int key)
{
	struct model *m = &b->model;

	switch (key) {
	case TERM_UP:
	case TERM_DOWN:
		select_row(b, key == TERM_UP);
		break;
	case TERM_PAGE_UP:
		model_scroll(m, page(b));
		break;
	case TERM_PAGE_DOWN:
		model_scroll(m, -page(b));
		break;
	case TERM_HOME:
		model_scroll(m, (long)m->log_len);
		break;
	case TERM_END:
		model_scroll(m, -(long)m->log_len);
		break;
	case TERM_CLOSED:
	case 'q':
		stop(b);
		break;
	case 'r':
		sync_row(b, m->selected);
		break;
	case 'e':
		model_search_trouble(m);
		break;
	case '/':
		mode_set(b, MODE_SEARCH, "/");
		break;
	case '?':
		m->help = true;
		break;
	case '\t':
		m->numbers = !m->numbers;
		break;
	case CTRL('L'):
		b->all = true;
		break;
	default:
		sync_row(b, model_row_of_key(m, key));
		break;
	}
}

static void
keys_take(struct blink *b)
{
	int key;

	while ((key = term_key(b->term)) != TERM_NONE) {
		b->changed = true;
		if (b->model.help)
			b->model.help = false;
		else if (b->mode == MODE_KEYS || key == TERM_CLOSED)
			key_command(b, key);
		else
			key_typed(b, key);
		if (key == TERM_CLOSED)
			break;
	}
}

/* --- signals and events ----------------------------------------------------
 */

/* ^Z: the shell gets its terminal as it was. */
static void
stop_here(struct blink *b)
{
	term_suspend(b->term);
	kill(getpid(), SIGSTOP);
	term_resume(b->term);
	b->all = true;
}

static void
mistake_show(void *arg, const char *line)
{
	struct blink *b = arg;

	log_line(b->c->log, "%s", line);
	model_log(&b->model, ROLE_TROUBLE, line);
}

/* A terminal that goes away may send several of them: none counts as the
 * second one that ends at once. */
static void
hangup(struct blink *b)
{
	if (b->c->reload == NULL || hangup_happened(b->terminals)) {
		if (!b->model.stopping)
			stop(b);
	} else if (b->c->reload(b->c->reload_arg, mistake_show, b)) {
		if (!b->model.stopping)
			post(b, CMD_STOP, -1);
		b->reloading = true;
	}
}

static void
signals_take(struct blink *b)
{
	struct signalfd_siginfo info;

	while (read(b->c->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGWINCH:
			break;
		case SIGTSTP:
			stop_here(b);
			break;
		case SIGUSR1:
			post(b, CMD_SYNC, -1);
			break;
		case SIGUSR2:
			post(b, CMD_FINISH, -1);
			b->finishing = true;
			break;
		case SIGHUP:
			hangup(b);
			break;
		default:
			stop(b);
			break;
		}
		b->changed = true;
	}
}

static void
events_take(struct blink *b)
{
	struct event ev;

	while (!b->ended && engine_next(b->en, &ev, 0)) {
		model_event(&b->model, &ev, clock_ms(), &b->line);
		if (b->line.len > 0)
			log_line(b->c->log, "%s", buf_str(&b->line));
		if (ev.kind == EV_ASK_PASSWORD)
			ask(b, &ev);
		b->ended = ev.kind == EV_ENGINE_END;
		b->changed = true;
	}
}

/* --- the loop --------------------------------------------------------------
 */

static void
draw(struct blink *b)
{
	unsigned width, height;

	term_size(b->term, &width, &height);
	canvas_clear(&b->canvas, width, height);
	view_draw(&b->model, clock_ms(), &b->canvas);
	term_draw(b->term, &b->canvas, b->all);
	b->all = b->changed = false;
	b->next_draw = clock_ms() + DRAW_MS;
}

/* Milliseconds until the picture changes by itself: a countdown does. */
static int
wait_ms(const struct blink *b)
{
	int64_t now = clock_ms(), next = CLOCK_NEVER, left;
	size_t i;

	if (b->changed)
		return clock_left(b->next_draw);
	for (i = 0; i < b->model.len; i++) {
		const struct model_row *r = &b->model.rows[i];

		if (r->active || r->due == CLOCK_NEVER || r->due <= now)
			continue;
		left = (r->due - now - 1) % SECOND_MS + 1;
		if (now + left < next)
			next = now + left;
	}
	return clock_left(next);
}

static void
loop(struct blink *b)
{
	struct pollfd p[3] = { { engine_fd(b->en), POLLIN, 0 },
		{ b->c->signal_fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };

	while (!b->ended) {
		if (poll(p, 3, wait_ms(b)) == 0)
			b->changed = true;
		if (p[1].revents != 0)
			signals_take(b);
		keys_take(b);
		events_take(b);
		if (p[2].revents & (POLLHUP | POLLERR | POLLNVAL)) {
			p[2].fd = -1;
			stop(b);
		}
		if (b->changed && clock_ms() >= b->next_draw)
			draw(b);
	}
}

static void
blink_open(struct blink *b)
{
	size_t i, n = engine_accounts(b->en);

	b->names = xcalloc(n + 1, sizeof(*b->names));
	for (i = 0; i < n; i++)
		b->names[i] = engine_account_name(b->en, (int)i);
	b->asking = xcalloc(n + 1, sizeof(*b->asking));
	b->questions = xcalloc(n + 1, sizeof(*b->questions));
	model_init(&b->model, b->names, n, b->c->dry_run);
	b->model.letters = !term_has_colours(b->term);
	b->terminals = hangup_terminals();
	b->changed = true;
}

/* What a person wants to know afterwards is left on the terminal. */
static void
blink_close(struct blink *b)
{
	struct buf text = { 0 };

	term_close(b->term);
	lines_summary(&b->model.lines, false, &text);
	fputs(buf_str(&text), stdout);
	fflush(stdout);
	buf_clear(&text);
	model_clear(&b->model);
	canvas_free(&b->canvas);
	buf_clear(&b->line);
	wipe(b->typed, sizeof(b->typed));
	free(b->asking);
	free(b->questions);
	free(b->names);
}

int
blink_run(const struct ui_config *c, struct engine *en, bool *reload,
    struct err *e)
{
	struct blink b = { .c = c, .en = en };

	if (term_open(&b.term, e) == -1)
		return -1;
	blink_open(&b);
	loop(&b);
	*reload = b.reloading && !b.model.stopping && !b.finishing;
	blink_close(&b);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blinkenlights: the loop over events, keys, signals and pictures. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "ui/plain/hangup.h"
#include "ui/screen/blink.h"
#include "ui/screen/blink_private.h"
#include "ui/screen/view.h"

#define DRAW_MS 50  /* between two pictures */
#define EVENTS_MS 5 /* between two looks at the events, when many come */
#define SECOND_MS 1000

void
blink_post(struct blink *b, enum command_kind kind, int account)
{
	struct command c = { .kind = kind, .account = account };

	engine_post(b->en, &c);
}

void
blink_sync(struct blink *b, int account, const struct request *r)
{
	struct command c = {
		.kind = CMD_SYNC, .account = account, .request = *r
	};

	engine_post(b->en, &c);
}

void
blink_say(struct blink *b, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	model_log(&b->model, ROLE_DIM, buf_str(&text));
	b->changed = true;
	buf_clear(&text);
}

void
blink_stop(struct blink *b)
{
	blink_post(b, b->model.stopping ? CMD_STOP_NOW : CMD_STOP, -1);
	if (!b->model.stopping)
		blink_say(b, "Finishing what is in flight; q again ends at "
			     "once");
	b->model.stopping = true;
}

void
blink_suspend(struct blink *b)
{
	term_suspend(b->term);
	kill(getpid(), SIGSTOP);
	term_resume(b->term);
	b->all = b->changed = true;
}

void
blink_scheme(struct blink *b, enum scheme scheme)
{
	b->scheme = scheme;
	term_scheme(b->term, scheme);
	b->model.letters = !term_has_colours(b->term);
	if (b->model.letters && scheme != SCHEME_MONO)
		blink_say(b, "There are no colours here");
}

static void
keys_take(struct blink *b)
{
	int key;

	while ((key = term_key(b->term)) != TERM_NONE) {
		b->changed = true;
		if (key == TERM_CLOSED) {
			blink_stop(b);
			break;
		}
		if (b->mode == MODE_KEYS)
			blink_key(b, key);
		else
			blink_answer(b, key);
	}
}

static void
mistake_show(void *arg, const char *line)
{
	struct blink *b = arg;

	log_line(b->c->run->log, "%s", line);
	model_log(&b->model, ROLE_PROBLEM, line);
}

/* A terminal that goes away may send several of them: none counts as the
 * second one that ends at once. */
static void
hangup(struct blink *b)
{
	if (b->c->run->reload == NULL || hangup_happened(b->terminals)) {
		if (!b->model.stopping)
			blink_stop(b);
	} else if (b->c->run->reload(b->c->run->reload_arg, mistake_show, b)) {
		if (!b->model.stopping)
			blink_post(b, CMD_STOP, -1);
		b->reloading = true;
	}
}

static void
signals_take(struct blink *b)
{
	const struct request usual = { 0 };
	struct signalfd_siginfo info;

	while (
	    read(b->c->run->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGWINCH:
			break;
		case SIGTSTP:
			blink_suspend(b);
			break;
		case SIGUSR1:
			blink_sync(b, -1, &usual);
			break;
		case SIGUSR2:
			blink_post(b, CMD_FINISH, -1);
			b->model.finishing = true;
			break;
		case SIGHUP:
			hangup(b);
			break;
		case SIGQUIT: /* as the second of the others */
			b->model.stopping = true;
			blink_stop(b);
			break;
		default:
			blink_stop(b);
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
			log_line(b->c->run->log, "%s", buf_str(&b->line));
		if (ev.kind == EV_ASK_PASSWORD)
			blink_ask(b, &ev);
		b->ended = ev.kind == EV_ENGINE_END;
		b->changed = true;
		b->next_events = clock_ms() + EVENTS_MS;
	}
}

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

/* Milliseconds until there is something to do besides what poll() tells. */
static int
wait_ms(const struct blink *b, bool events_wait)
{
	int64_t now = clock_ms(), next = CLOCK_NEVER;

	if (b->changed)
		next = b->next_draw;
	else if (view_ticks(&b->model, now, b->canvas.width, b->canvas.height))
		next = (now / SECOND_MS + 1) * SECOND_MS;
	if (events_wait && b->next_events < next)
		next = b->next_events;
	return clock_left(next);
}

static void
loop(struct blink *b)
{
	int events = engine_fd(b->en);
	struct pollfd p[3] = { { events, POLLIN, 0 },
		{ b->c->run->signal_fd, POLLIN, 0 },
		{ STDIN_FILENO, POLLIN, 0 } };
	bool events_wait;

	while (!b->ended) {
		/* Many events a second would mean as many awakenings. */
		events_wait = clock_ms() < b->next_events;
		p[0].fd = events_wait ? -1 : events;
		if (poll(p, 3, wait_ms(b, events_wait)) == 0 && !events_wait)
			b->changed = true;
		if (p[1].revents != 0)
			signals_take(b);
		keys_take(b);
		events_take(b);
		if (p[2].revents & (POLLHUP | POLLERR | POLLNVAL)) {
			p[2].fd = -1;
			blink_stop(b);
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
	model_init(&b->model, b->names, n, b->c->run->dry_run);
	model_log_move(&b->model.log, b->c->log);
	b->model.letters = !term_has_colours(b->term);
	b->terminals = hangup_terminals();
	b->model.blocks = term_has_blocks(b->term);
	b->changed = true;
}

/* Leaves the summary on the terminal. */
static void
blink_close(struct blink *b)
{
	struct buf text = { 0 };

	term_close(b->term);
	lines_summary(&b->model.lines, false, &text);
	fputs(buf_str(&text), stdout);
	fflush(stdout);
	buf_clear(&text);
	model_log_move(b->c->log, &b->model.log);
	model_clear(&b->model);
	canvas_free(&b->canvas);
	buf_clear(&b->line);
	prompt_wipe(&b->typed);
	free(b->asking);
	free(b->questions);
	free(b->names);
}

int
blink_run(const struct blink_config *c, struct engine *en, bool *reload,
    struct err *e)
{
	struct blink b = { .c = c, .en = en, .scheme = c->scheme };

	if (term_open(&b.term, c->scheme, e) == -1)
		return -1;
	blink_open(&b);
	loop(&b);
	*reload = b.reloading && !b.model.stopping && !b.model.finishing;
	blink_close(&b);
	return 0;
}

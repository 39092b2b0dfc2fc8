/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of the interfaces that print lines, and which lines they print. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "ui/plain/ask.h"
#include "ui/plain/hangup.h"
#include "ui/plain/json.h"
#include "ui/plain/lines.h"
#include "ui/plain/output.h"
#include "ui/plain/plain.h"
#include "ui/plain/progress.h"

#define DRAW_MS 100 /* between two states of the progress line */

/* Bytes that may wait for a slow reader before the engine waits, too. */
#define OUTPUT_MAX 65536

struct plain {
	const struct run_config *c;
	const struct ui_kind *kind;
	struct engine *en;
	struct lines lines;
	struct progress progress;
	struct notices *notices; /* those that were given */
	const char **names;	 /* of the accounts */
	unsigned terminals;	 /* when we began; see hangup.h */
	bool on_terminal;	 /* the progress line can be drawn */
	bool drawn;		 /* it is on the screen */
	bool changed;		 /* it has something new */
	int64_t next_draw;	 /* clock_ms() */
	bool stopping;		 /* CMD_STOP was posted */
	bool asked; /* to end, by a signal: the next is the second */
	bool hurry; /* a slow reader is not waited for */
	bool finishing;
	bool reloading; /* the configuration was reread */
	bool ended;
	struct output output;
};

static struct buf *
out(struct plain *u)
{
	return output_to(&u->output, STDOUT_FILENO);
}

static void
post(struct plain *u, enum command_kind kind)
{
	struct command c = { .kind = kind, .account = -1 };

	engine_post(u->en, &c);
}

static void
stop(struct plain *u)
{
	if (!u->stopping)
		post(u, CMD_STOP);
	u->stopping = true;
}

static void
stop_now(struct plain *u)
{
	post(u, CMD_STOP_NOW);
	u->stopping = u->hurry = true;
}

/* When stdout is gone one synchronisation is done all the same, for the mail
 * is what matters; a service ends. */
static void
flush(struct plain *u)
{
	output_write(&u->output);
	if (u->output.error[STDOUT_FILENO] != 0 && !u->c->once)
		stop(u);
}

static unsigned
terminal_width(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == -1 || w.ws_col < 2)
		return 79;
	/* A full last column makes some terminals go to the next line. */
	return w.ws_col - 1u;
}

static void
progress_clear(struct plain *u)
{
	if (u->drawn)
		buf_puts(out(u), "\r\033[K");
	u->drawn = false;
}

static void
progress_draw(struct plain *u)
{
	if (!u->on_terminal || !u->changed || clock_ms() < u->next_draw ||
	    output_fd(&u->output) != -1)
		return;
	progress_clear(u);
	u->drawn = true;
	progress_text(&u->progress, u->names, terminal_width(), out(u));
	u->next_draw = clock_ms() + DRAW_MS;
	u->changed = false;
}

/* A line for the user: problems go to stderr, all else to stdout. */
static void
line_show(struct plain *u, const char *line, bool problem)
{
	int fd = problem ? STDERR_FILENO : STDOUT_FILENO;

	progress_clear(u);
	u->changed = true;
	buf_printf(output_to(&u->output, fd), "%s\n", line);
}

/* True in a quiet service, which reports each problem once. */
static bool
tells_once(const struct plain *u)
{
	return u->kind->tells_once && !u->c->once;
}

/* Whether the user sees the line, besides the log. */
static bool
line_wanted(struct plain *u, const struct event *ev, const char *line)
{
	if (lines_is_problem(ev))
		return !tells_once(u) || notices_is_news(u->notices, ev, line);
	if (ev->kind == EV_OP && ev->planned)
		return u->kind->plan;
	return u->kind->lines;
}

/* Operations done that are shown nowhere: a million lines cost. */
static bool
is_untold(const struct plain *u, const struct event *ev)
{
	return ev->kind == EV_OP && !ev->planned && !u->kind->lines &&
	       !u->kind->syslog && !log_is_kept(u->c->log);
}

static void
line_event(struct plain *u, const struct event *ev)
{
	struct buf line = { 0 };
	bool problem = lines_is_problem(ev);

	if (is_untold(u, ev))
		return;
	lines_event(&u->lines, ev, &line);
	if (line.len > 0) {
		log_line(u->c->log, "%s", buf_str(&line));
		if (u->kind->syslog)
			syslog(
			    problem ? LOG_ERR : LOG_INFO, "%s", buf_str(&line));
		if (line_wanted(u, ev, buf_str(&line)))
			line_show(u, buf_str(&line), problem);
	}
	buf_clear(&line);
	progress_event(&u->progress, ev, clock_ms());
	u->changed |= ev->kind == EV_PROGRESS;
}

/* The end of an account's synchronisation, where each problem is told once. */
static void
quiet_event(struct plain *u, const struct event *ev)
{
	enum notices_end end = notices_event(u->notices, ev);

	if (end == NOTICES_NEWS)
		lines_summary_of(&u->lines, (size_t)ev->account, out(u));
	else if (end == NOTICES_SOLVED)
		buf_printf(
		    out(u), "%s: all is well again\n", u->names[ev->account]);
	if (ev->kind == EV_ACCOUNT_END)
		lines_forget(&u->lines, (size_t)ev->account);
}

static void
password_answer(struct plain *u, const struct event *ev)
{
	struct command c = { .kind = CMD_PASSWORD, .account = ev->account };

	progress_clear(u);
	flush(u);
	ask_password(ev->text, u->c->signal_fd, c.password, sizeof(c.password));
	engine_post(u->en, &c);
}

static void
event_take(struct plain *u, const struct event *ev)
{
	bool known;

	known = ev->account >= 0 && (size_t)ev->account < u->lines.len;
	if (ev->kind == EV_ENGINE_END)
		u->ended = true;
	else if (ev->kind == EV_ASK_PASSWORD)
		password_answer(u, ev);
	else {
		if (u->kind->json)
			json_event(
			    ev, known ? u->names[ev->account] : NULL, out(u));
		line_event(u, ev);
		if (tells_once(u) && known && !lines_is_problem(ev))
			quiet_event(u, ev);
	}
}

/* The second time at once. */
static void
stop_asked(struct plain *u)
{
	if (u->asked || u->ended)
		stop_now(u);
	else
		stop(u);
	u->asked = true;
}

static void
mistake_show(void *arg, const char *line)
{
	struct plain *u = arg;

	log_line(u->c->log, "%s", line);
	line_show(u, line, true);
}

/* A terminal that goes away may send several of them: none counts as the
 * second signal that ends at once. */
static void
hangup(struct plain *u)
{
	if (u->c->reload == NULL || hangup_happened(u->terminals)) {
		if (!u->asked)
			stop_asked(u);
	} else if (u->c->reload(u->c->reload_arg, mistake_show, u)) {
		if (!u->stopping)
			post(u, CMD_STOP);
		u->reloading = true;
	}
}

static void
signal_take(struct plain *u)
{
	struct signalfd_siginfo info;

	while (read(u->c->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		log_line(
		    u->c->log, "signal %s", strsignal((int)info.ssi_signo));
		switch (info.ssi_signo) {
		case SIGUSR1:
			post(u, CMD_SYNC);
			break;
		case SIGUSR2:
			post(u, CMD_FINISH);
			u->finishing = true;
			break;
		case SIGHUP:
			hangup(u);
			break;
		case SIGQUIT:
			stop_now(u);
			break;
		case SIGTSTP:
			raise(SIGTSTP);
			ask_suspend();
			break;
		default:
			stop_asked(u);
			break;
		}
	}
}

/* With -o the user must know that a synchronisation was not completed. */
static void
stopped_show(struct plain *u)
{
	struct buf line = { 0 };
	size_t i;

	for (i = 0; i < u->lines.len; i++) {
		if (!lines_stopped(&u->lines, i))
			continue;
		buf_reset(&line);
		buf_printf(&line, "%s: stopped before its end", u->names[i]);
		log_line(u->c->log, "%s", buf_str(&line));
		line_show(u, buf_str(&line), true);
	}
	buf_clear(&line);
}

static void
summary_show(struct plain *u)
{
	struct buf text = { 0 };
	const char *p, *end;

	progress_clear(u);
	u->on_terminal = false;
	if (tells_once(u))
		return;
	if (u->c->once)
		stopped_show(u);
	lines_summary(&u->lines, u->kind->problems_only, &text);
	if (u->kind->summary)
		buf_append(out(u), buf_str(&text), text.len);
	for (p = buf_str(&text); (end = strchr(p, '\n')) != NULL; p = end + 1) {
		log_line(u->c->log, "%.*s", (int)(end - p), p);
		if (u->kind->syslog)
			syslog(LOG_INFO, "%.*s", (int)(end - p), p);
	}
	buf_clear(&text);
}

static void
plain_open(struct plain *u)
{
	const char *term;
	size_t i, n;

	n = engine_accounts(u->en);
	u->names = xcalloc(n + 1, sizeof(*u->names));
	for (i = 0; i < n; i++)
		u->names[i] = engine_account_name(u->en, (int)i);
	lines_init(&u->lines, u->names, n, u->c->dry_run);
	notices_begin(u->notices, u->names, n);
	output_init(&u->output);
	u->terminals = hangup_terminals();
	term = getenv("TERM");
	u->on_terminal = u->kind->progress && isatty(STDOUT_FILENO) &&
			 term != NULL && strcmp(term, "dumb") != 0;
	if (u->kind->syslog)
		openlog("blinkmail", LOG_PID, LOG_MAIL);
}

static void
plain_close(struct plain *u)
{
	lines_clear(&u->lines);
	output_clear(&u->output);
	free(u->names);
}

/* A slow reader makes the engine wait, but not for ever: not when it is to
 * end. */
static bool
has_room(const struct plain *u)
{
	return u->stopping || u->output.text.len < OUTPUT_MAX;
}

static void
events_take(struct plain *u)
{
	struct event ev;

	while (!u->ended && has_room(u) && engine_next(u->en, &ev, 0)) {
		event_take(u, &ev);
		if (u->output.text.len > BUFSIZ)
			flush(u);
		progress_draw(u);
	}
}

/* Until the engine has ended and all is written. */
static void
loop(struct plain *u)
{
	struct pollfd p[3] = { { engine_fd(u->en), POLLIN, 0 },
		{ u->c->signal_fd, POLLIN, 0 }, { -1, POLLOUT, 0 } };
	bool told = false;

	while (!told || (!u->hurry && output_fd(&u->output) != -1)) {
		p[0].fd = !u->ended && has_room(u) ? engine_fd(u->en) : -1;
		p[2].fd = output_fd(&u->output);
		poll(p, 3, u->on_terminal && u->changed ? DRAW_MS : -1);
		if (p[1].revents != 0)
			signal_take(u);
		events_take(u);
		flush(u);
		progress_draw(u);
		if (u->ended && !told) {
			summary_show(u);
			told = true;
		}
		flush(u);
	}
	output_drop(&u->output);
}

bool
plain_run(const struct run_config *c, const struct ui_kind *kind,
    struct notices *notices, struct engine *en, int *lost)
{
	struct plain u = { .c = c, .kind = kind, .en = en, .notices = notices };

	plain_open(&u);
	loop(&u);
	if (u.output.error[STDOUT_FILENO] != 0)
		*lost = u.output.error[STDOUT_FILENO];
	plain_close(&u);
	return u.reloading && !u.stopping && !u.finishing;
}

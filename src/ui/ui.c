/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "ui/ask.h"
#include "ui/blink.h"
#include "ui/hangup.h"
#include "ui/json.h"
#include "ui/lines.h"
#include "ui/progress.h"
#include "ui/term.h"
#include "ui/trouble.h"
#include "ui/ui.h"

#define DRAW_MS 100 /* between two states of the progress line */

struct ui {
	const struct ui_config *c;
	struct engine *en;
	struct lines lines;
	struct progress progress;
	struct trouble trouble;
	const char **names; /* of the accounts */
	unsigned terminals; /* when we began; see hangup.h */
	bool on_terminal;   /* the progress line can be drawn */
	bool drawn;	    /* it is on the screen */
	bool changed;	    /* it has something new */
	int64_t next_draw;  /* clock_ms() */
	bool stopping;
	bool finishing;
	bool reloading; /* the configuration was reread */
	bool ended;
	struct buf out; /* stdout, until it is flushed */
	int lost;	/* errno, when a part of it could not be written */
};

static const struct {
	const char *name;
	enum ui_kind kind;
} ui_names[] = {
	{ "blinkenlights", UI_BLINKENLIGHTS },
	{ "basic", UI_BASIC },
	{ "quiet", UI_QUIET },
	{ "syslog", UI_SYSLOG },
	{ "json", UI_JSON },
	/* OfflineIMAP's */
	{ "Curses.Blinkenlights", UI_BLINKENLIGHTS },
	{ "TTY.TTYUI", UI_BASIC },
	{ "ttyui", UI_BASIC },
	{ "Noninteractive.Basic", UI_BASIC },
	{ "Noninteractive.Quiet", UI_QUIET },
	{ "MachineUI", UI_JSON },
	{ "Machine.MachineUI", UI_JSON },
};

int
ui_find(const char *name, enum ui_kind *kind, struct err *e)
{
	size_t i;

	if (name == NULL) {
		*kind = isatty(STDOUT_FILENO) ? UI_BLINKENLIGHTS : UI_QUIET;
		return 0;
	}
	for (i = 0; i < sizeof(ui_names) / sizeof(ui_names[0]); i++)
		if (strcasecmp(name, ui_names[i].name) == 0) {
			*kind = ui_names[i].kind;
			return 0;
		}
	return err_set(e, ERR_ALL,
	    "no user interface is called \"%s\"; there "
	    "are blinkenlights, basic, quiet, syslog and json",
	    name);
}

enum ui_kind
ui_usable(enum ui_kind kind, const char **why)
{
	*why = NULL;
	if (kind != UI_BLINKENLIGHTS)
		return kind;
	if (isatty(STDOUT_FILENO) && term_possible())
		return kind;
	if (isatty(STDOUT_FILENO)) {
		*why = "this terminal cannot show blinkenlights; basic takes "
		       "its place";
		return UI_BASIC;
	}
	*why = "blinkenlights needs a terminal; quiet takes its place";
	return UI_QUIET;
}

bool
ui_can_ask(enum ui_kind kind)
{
	return kind == UI_BLINKENLIGHTS ||
	       ((kind == UI_BASIC || kind == UI_QUIET) && ask_possible());
}

/* What is for stdout is gathered and written in one go. When that fails the
 * run goes on, for the mail is what matters, and the caller is told. */
static void
out_flush(struct ui *u)
{
	const char *p = buf_str(&u->out);
	size_t left = u->out.len;
	ssize_t n;

	while (left > 0) {
		n = write(STDOUT_FILENO, p, left);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			u->lost = errno;
			break;
		}
		p += n;
		left -= (size_t)n;
	}
	buf_reset(&u->out);
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
progress_clear(struct ui *u)
{
	if (u->drawn)
		buf_puts(&u->out, "\r\033[K");
	u->drawn = false;
}

static void
progress_draw(struct ui *u)
{
	if (!u->on_terminal || !u->changed || clock_ms() < u->next_draw)
		return;
	progress_clear(u);
	buf_reserve(&u->out, 1);
	u->drawn = true;
	progress_text(&u->progress, u->names, terminal_width(), &u->out);
	u->next_draw = clock_ms() + DRAW_MS;
	u->changed = false;
}

/* A line for a person: trouble goes to stderr, all else to stdout. */
static void
line_show(struct ui *u, const char *line, bool trouble)
{
	progress_clear(u);
	u->changed = true;
	if (trouble) {
		out_flush(u);
		fprintf(stderr, "%s\n", line);
		return;
	}
	buf_puts(&u->out, line);
	buf_putc(&u->out, '\n');
}

/* True for who runs quietly for months: told once is told. */
static bool
tells_once(const struct ui *u)
{
	return u->c->kind == UI_QUIET && !u->c->once;
}

/* Whether a person sees the line, besides the log. */
static bool
line_wanted(struct ui *u, const struct event *ev, const char *line)
{
	if (lines_is_trouble(ev))
		return !tells_once(u) || trouble_is_news(&u->trouble, ev, line);
	return u->c->kind == UI_BASIC ||
	       (u->c->kind == UI_QUIET && ev->kind == EV_OP && ev->planned);
}

static void
line_event(struct ui *u, const struct event *ev)
{
	struct buf line = { 0 };
	bool trouble = lines_is_trouble(ev);

	lines_event(&u->lines, ev, &line);
	if (line.len > 0) {
		log_line(u->c->log, "%s", buf_str(&line));
		if (u->c->kind == UI_SYSLOG)
			syslog(
			    trouble ? LOG_ERR : LOG_INFO, "%s", buf_str(&line));
		if (line_wanted(u, ev, buf_str(&line)))
			line_show(u, buf_str(&line), trouble);
	}
	buf_clear(&line);
	progress_event(&u->progress, ev, clock_ms());
	u->changed |= ev->kind == EV_PROGRESS;
}

/* What the end of an account's synchronisation is worth to who is told once. */
static void
quiet_event(struct ui *u, const struct event *ev)
{
	enum trouble_end end = trouble_event(&u->trouble, ev);

	if (end == TROUBLE_NEWS)
		lines_summary_of(&u->lines, (size_t)ev->account, &u->out);
	else if (end == TROUBLE_OVER)
		buf_printf(&u->out, "%s: all is well again\n",
		    u->names[ev->account]);
	if (ev->kind == EV_ACCOUNT_END)
		lines_forget(&u->lines, (size_t)ev->account);
}

static void
password_answer(struct ui *u, const struct event *ev)
{
	struct command c = { .kind = CMD_PASSWORD, .account = ev->account };

	progress_clear(u);
	out_flush(u);
	ask_password(ev->text, u->c->signal_fd, c.text, sizeof(c.text));
	engine_post(u->en, &c);
}

static void
event_take(struct ui *u, const struct event *ev)
{
	bool known;

	known = ev->account >= 0 && (size_t)ev->account < u->lines.len;
	if (ev->kind == EV_ENGINE_END)
		u->ended = true;
	else if (ev->kind == EV_ASK_PASSWORD)
		password_answer(u, ev);
	else {
		if (u->c->kind == UI_JSON)
			json_event(
			    ev, known ? u->names[ev->account] : NULL, &u->out);
		line_event(u, ev);
		if (tells_once(u) && known && !lines_is_trouble(ev))
			quiet_event(u, ev);
	}
}

static void
post(struct ui *u, enum command_kind kind)
{
	struct command c = { .kind = kind, .account = -1 };

	engine_post(u->en, &c);
}

static void
stop(struct ui *u)
{
	post(u, u->stopping ? CMD_STOP_NOW : CMD_STOP);
	u->stopping = true;
}

static void
mistake_show(void *arg, const char *line)
{
	struct ui *u = arg;

	log_line(u->c->log, "%s", line);
	line_show(u, line, true);
}

/* A terminal that goes away may send several of them: none counts as the
 * second signal that ends at once. */
static void
hangup(struct ui *u)
{
	if (u->c->reload == NULL || hangup_happened(u->terminals)) {
		if (!u->stopping)
			stop(u);
	} else if (u->c->reload(u->c->reload_arg, mistake_show, u)) {
		if (!u->stopping)
			post(u, CMD_STOP);
		u->reloading = true;
	}
}

static void
signal_take(struct ui *u)
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
		default:
			stop(u);
			break;
		}
	}
}

static void
summary_show(struct ui *u)
{
	struct buf text = { 0 };
	const char *p, *end;

	progress_clear(u);
	if (tells_once(u))
		return;
	lines_summary(&u->lines, u->c->kind == UI_QUIET, &text);
	if (u->c->kind == UI_BASIC || u->c->kind == UI_QUIET)
		buf_append(&u->out, buf_str(&text), text.len);
	for (p = buf_str(&text); (end = strchr(p, '\n')) != NULL; p = end + 1) {
		log_line(u->c->log, "%.*s", (int)(end - p), p);
		if (u->c->kind == UI_SYSLOG)
			syslog(LOG_INFO, "%.*s", (int)(end - p), p);
	}
	buf_clear(&text);
	out_flush(u);
}

static void
ui_open(struct ui *u)
{
	const char *term;
	size_t i, n;

	n = engine_accounts(u->en);
	u->names = xcalloc(n + 1, sizeof(*u->names));
	for (i = 0; i < n; i++)
		u->names[i] = engine_account_name(u->en, (int)i);
	lines_init(&u->lines, u->names, n, u->c->dry_run);
	trouble_init(&u->trouble, n);
	u->terminals = hangup_terminals();
	term = getenv("TERM");
	u->on_terminal = u->c->kind == UI_BASIC && isatty(STDOUT_FILENO) &&
			 term != NULL && strcmp(term, "dumb") != 0;
	if (u->c->kind == UI_SYSLOG)
		openlog("blinkmail", LOG_PID, LOG_MAIL);
}

static void
ui_close(struct ui *u)
{
	lines_clear(&u->lines);
	trouble_clear(&u->trouble);
	buf_clear(&u->out);
	free(u->names);
}

bool
ui_run(const struct ui_config *c, struct engine *en, int *lost)
{
	struct ui u = { .c = c, .en = en };
	struct pollfd p[2];
	struct event ev;
	struct err e;

	if (c->kind == UI_BLINKENLIGHTS) {
		if (blink_run(c, en, &u.reloading, &e) == 0)
			return u.reloading;
		fprintf(stderr, "blinkmail: %s\n", e.text);
	}
	ui_open(&u);
	p[0] = (struct pollfd){ .fd = engine_fd(en), .events = POLLIN };
	p[1] = (struct pollfd){ .fd = c->signal_fd, .events = POLLIN };
	while (!u.ended) {
		poll(p, 2, u.on_terminal && u.changed ? DRAW_MS : -1);
		if (p[1].revents != 0)
			signal_take(&u);
		while (!u.ended && engine_next(en, &ev, 0)) {
			event_take(&u, &ev);
			progress_draw(&u);
			if (u.out.len > BUFSIZ)
				out_flush(&u);
		}
		progress_draw(&u);
		out_flush(&u);
	}
	summary_show(&u);
	if (u.lost != 0)
		*lost = u.lost;
	ui_close(&u);
	return u.reloading && !u.stopping && !u.finishing;
}

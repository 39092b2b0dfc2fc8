/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: reads options and configuration, then runs the command. */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/control/notify.h"
#include "engine/ctl/ctl_client.h"
#include "engine/ctl/ctl_request.h"
#include "engine/engine.h"
#include "engine/settings/credentials.h"
#include "engine/settings/settings.h"
#include "ui/plain/ask.h"
#include "ui/carry.h"
#include "ui/options.h"
#include "ui/plain/output.h"
#include "ui/ui.h"

struct session {
	struct options options;
	struct settings *settings;
	struct settings *next; /* after SIGHUP: the engine ends for these */
	struct notify *notify;
	struct log *log;
	const struct ui_kind *ui;
	struct ui_carry carry;
	int signal_fd;
	bool terminal; /* stdout was one when we began */
	int lost;      /* errno, when stdout could not be written */
};

/* Prints *e and forgets it; returns status. */
static int
complain(int status, struct err *e)
{
	fprintf(stderr, "blinkmail: %s\n", err_line(e));
	err_clear(e);
	return status;
}

/* With ctl it stops nothing. */
static void
mistake_show(void *arg, const char *line)
{
	const struct session *s = arg;

	fprintf(stderr, "%s%s\n",
	    s->options.command == COMMAND_CTL ? "warning: " : "", line);
}

/* -a as what the configuration would say: general.accounts = ["a", "b"]. */
static char *
accounts_override(const struct namelist *names)
{
	struct buf text = { 0 };
	const char *name = NULL, *p, *sep = "";

	buf_puts(&text, "general.accounts=[");
	while ((name = namelist_next(names, name)) != NULL) {
		buf_printf(&text, "%s\"", sep);
		for (p = name; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				buf_putc(&text, '\\');
			buf_putc(&text, *p);
		}
		buf_putc(&text, '"');
		sep = ",";
	}
	buf_putc(&text, ']');
	return buf_steal(&text);
}

static int
ui_known(const char *name, struct err *e)
{
	return ui_kind_find(name, e) != NULL ? 0 : -1;
}

/* Reads the configuration; each mistake goes to report(). */
static int
session_settings(const struct session *s, struct settings **settings,
    void (*report)(void *arg, const char *line), void *arg, struct err *e)
{
	const struct options *o = &s->options;
	const struct settings_reader reader = { .arg = arg,
		.report = report,
		.ui = ui_known,
		/* It must be possible to end what runs, whatever was written
		 * into the file since. */
		.lenient = o->command == COMMAND_CTL };
	struct settings_override *over;
	char *accounts = NULL;
	size_t i, n = 0;
	int rc;

	over = xcalloc(o->sets_len + 1, sizeof(*over));
	for (i = 0; i < o->sets_len; i++)
		over[n++].text = o->sets[i];
	/* With ctl they are those of the running instance. */
	if (o->accounts.len > 0 && o->command != COMMAND_CTL) {
		accounts = accounts_override(&o->accounts);
		over[n++] = (struct settings_override){ accounts, "-a" };
	}
	rc = settings_load(o->config, over, n, &reader, settings, e);
	free(accounts);
	free(over);
	return rc;
}

static int
session_ui(struct session *s, struct err *e)
{
	const char *name = s->options.ui, *where = "-u", *why;

	if (name == NULL) {
		name = s->settings->ui;
		where = s->settings->ui_where;
	}
	s->ui = ui_kind_find(name, e);
	if (s->ui == NULL)
		return err_prefix(e, "%s", where);
	s->ui = ui_usable(s->ui, &why);
	if (s->ui->screen && s->options.request.dry_run) {
		s->ui = ui_kind_get("basic");
		why = "a dry run prints; basic takes the place of "
		      "blinkenlights";
	}
	/* The log would be written across the screen. */
	if (s->ui->screen && s->options.areas != 0 && s->options.log == NULL &&
	    !s->options.syslog) {
		s->ui = ui_kind_get("basic");
		why = "-d without -l writes to the terminal; basic takes "
		      "the place of blinkenlights";
	}
	/* Say nothing unless the user chose this interface by name. */
	if (why != NULL && name != NULL)
		fprintf(stderr, "blinkmail: %s\n", why);
	return 0;
}

static int
session_log(struct session *s, struct err *e)
{
	const char *path = s->options.log;

	if (path == NULL && s->options.areas != 0 && !s->options.syslog)
		path = "-";
	return log_open(&s->log, path, s->options.syslog, s->options.areas, e);
}

/* Signals are read from a descriptor, so that no handler runs anywhere. *before
 * gets what was blocked. */
static int
signals_take(bool winch, int *fd, sigset_t *before, struct err *e)
{
	static const int taken[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1,
		SIGUSR2, SIGTSTP };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&set, taken[i]);
	if (winch)
		sigaddset(&set, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &set, before) == -1)
		return err_errno(e, ERR_ALL, errno, "signals");
	*fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (*fd == -1)
		return err_errno(e, ERR_ALL, errno, "signals");
	return 0;
}

/* Must come before the first thread, for these inherit the mask. */
static int
session_signals(struct session *s, struct err *e)
{
	sigset_t before;

	signal(SIGPIPE, SIG_IGN);
	return signals_take(s->ui->screen, &s->signal_fd, &before, e);
}

static void
warnings_show(const struct settings *settings)
{
	size_t i;

	for (i = 0; i < settings->warnings_len; i++)
		fprintf(stderr, "%s\n", settings->warnings[i]);
}

/* SIGHUP. What is good waits in s->next until the engine has ended. */
static bool
session_reload(
    void *arg, void (*report)(void *arg, const char *line), void *report_arg)
{
	struct session *s = arg;
	struct settings *next;
	struct buf line = { 0 };
	struct err e = ERR_INIT;

	notify_reloading(s->notify);
	if (session_settings(s, &next, report, report_arg, &e) == -1) {
		buf_printf(&line, "the configuration stays as it was: %s",
		    err_line(&e));
		report(report_arg, buf_str(&line));
		buf_clear(&line);
		err_clear(&e);
		notify_ready(s->notify);
		return false;
	}
	settings_free(s->next);
	s->next = next;
	return true;
}

static enum scheme
scheme_of(enum settings_colours colours)
{
	switch (colours) {
	case COLOURS_LIGHT:
		return SCHEME_LIGHT;
	case COLOURS_MONO:
		return SCHEME_MONO;
	default:
		return SCHEME_DEFAULT;
	}
}

/* From start to end of one engine; *again: it ended for a new configuration. */
static int
run_engine(struct session *s, bool *again)
{
	const struct options *o = &s->options;
	bool once = o->once || o->request.dry_run;
	const struct engine_options options = {
		.once = once,
		.single_thread = o->single_thread,
		.usual = o->request,
		.can_ask = ui_can_ask(s->ui),
		.notify = s->notify,
	};
	const struct ui_config ui = {
		.kind = s->ui,
		.scheme = scheme_of(s->settings->colorscheme),
		.run = { .dry_run = o->request.dry_run,
		    .once = once,
		    .signal_fd = s->signal_fd,
		    .log = s->log,
		    .reload = once ? NULL : session_reload,
		    .reload_arg = s },
		.carry = &s->carry,
	};
	struct engine *en;
	struct err e = ERR_INIT;
	int status;

	*again = false;
	if (engine_start(s->settings, &options, s->log, &en, &e) == -1)
		return complain(EXIT_FAILED, &e);
	*again = ui_run(&ui, en, &s->lost) && !engine_was_quit(en);
	if (!*again)
		notify_stopping(s->notify);
	status = engine_status(en);
	engine_free(en);
	return status;
}

static int
run_sync(struct session *s)
{
	struct err e = ERR_INIT;
	bool again;
	int status;

	if (session_signals(s, &e) == -1)
		return complain(EXIT_FAILED, &e);
	for (;;) {
		status = run_engine(s, &again);
		if (!again)
			return status;
		settings_free(s->settings);
		s->settings = s->next;
		s->next = NULL;
		warnings_show(s->settings);
	}
}

static void
line_print(void *arg, const char *line)
{
	(void)arg;
	puts(line);
}

static void
ctl_request_make(const struct options *o, struct ctl_request *q)
{
	static const enum ctl_verb verbs[] = {
		[CTL_SYNC] = CTL_VERB_SYNC,
		[CTL_STATUS] = CTL_VERB_STATUS,
		[CTL_QUIT] = CTL_VERB_QUIT,
	};

	*q = (struct ctl_request){ .verb = verbs[o->ctl],
		.wait = o->wait,
		.json = o->json,
		.accounts = o->accounts,
		.sync = o->request,
		.force_delete = o->request.release != RELEASE_NONE };
	snprintf(q->target, sizeof(q->target), "%s", o->ctl_target);
}

static int
run_ctl(const struct session *s)
{
	struct ctl_request q;
	struct buf line = { 0 };
	struct err e = ERR_INIT;
	int status;

	ctl_request_make(&s->options, &q);
	ctl_request_put(&q, &line);
	status = ctl_client_ask(s->settings->metadata, buf_str(&line), q.wait,
	    line_print, NULL, &e);
	buf_clear(&line);
	if (status != EXIT_DONE)
		complain(status, &e);
	err_clear(&e);
	return status;
}

/* A signal ends the question, and the program when the terminal is as it
 * was. */
static bool
info_ask(void *arg, const char *what, struct buf *secret)
{
	char answer[256] = "";
	sigset_t before;
	struct err e = ERR_INIT;
	int fd = -1;
	bool told;

	(void)arg;
	told = signals_take(false, &fd, &before, &e) == 0 &&
	       ask_password(what, fd, answer, sizeof(answer));
	if (fd != -1)
		close(fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (told)
		buf_puts(secret, answer);
	wipe(answer, sizeof(answer));
	err_clear(&e);
	return told;
}

static int
run_info(struct session *s)
{
	const struct credentials_asker asker = { NULL, info_ask };
	struct buf out = { 0 };
	struct err e = ERR_INIT;
	size_t i;
	int status = 0;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < s->settings->accounts_len; i++) {
		buf_reset(&out);
		if (engine_info(s->settings, i, ask_possible() ? &asker : NULL,
			s->log, &out, &e) == -1) {
			err_account(&e, s->settings->accounts[i].name);
			status = complain(EXIT_FAILED, &e);
		}
		fputs(buf_str(&out), stdout);
	}
	buf_clear(&out);
	return status;
}

static int
run_check(const struct session *s)
{
	size_t n = s->settings->accounts_len;

	printf("%s: no mistakes; %zu %s\n", s->settings->file, n,
	    n == 1 ? "account" : "accounts");
	return 0;
}

static int
run_reset(const struct session *s)
{
	const struct options *o = &s->options;
	struct err e = ERR_INIT;
	bool busy;
	size_t i;

	for (i = 0; i < s->settings->accounts_len; i++)
		if (strcmp(s->settings->accounts[i].name, o->reset_account) ==
		    0)
			break;
	if (i == s->settings->accounts_len) {
		err_set(
		    &e, ERR_ALL, "there is no account %s", o->reset_account);
		return complain(EXIT_USAGE, &e);
	}
	if (engine_reset(s->settings, i, o->reset_folder, &busy, &e) == 0) {
		printf("%s: %s: the next sync compares it anew\n",
		    o->reset_account, o->reset_folder);
		return EXIT_DONE;
	}
	err_account(&e, o->reset_account);
	return complain(busy ? EXIT_BUSY : EXIT_FAILED, &e);
}

/* What needs the configuration. */
static int
run_configured(struct session *s)
{
	struct err e = ERR_INIT;

	if (session_settings(s, &s->settings, mistake_show, s, &e) == -1)
		return complain(EXIT_USAGE, &e);
	if (s->options.command == COMMAND_CTL)
		return run_ctl(s);
	if (session_ui(s, &e) == -1)
		return complain(EXIT_USAGE, &e);
	warnings_show(s->settings);
	if (session_log(s, &e) == -1)
		return complain(EXIT_USAGE, &e);
	switch (s->options.command) {
	case COMMAND_CHECK:
		return run_check(s);
	case COMMAND_INFO:
		return run_info(s);
	case COMMAND_RESET:
		return run_reset(s);
	default:
		return run_sync(s);
	}
}

static int
run(struct session *s)
{
	struct buf help = { 0 };

	switch (s->options.command) {
	case COMMAND_HELP:
		options_help(&help);
		fputs(buf_str(&help), stdout);
		buf_clear(&help);
		return 0;
	case COMMAND_VERSION:
		puts(PACKAGE_STRING);
		return 0;
	default:
		return run_configured(s);
	}
}

/* Passwords are in memory, and a dump of it is a file. */
static void
forbid_dumps(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) == 0) {
		core.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &core);
	}
	/* The leak sanitizer traces its own process, some tests this program.
	 */
#if !defined(SANITIZED) && !defined(STEPS)
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* Hooks inherit it, and some programs walk through all that there could be. */
#define FILES_MAX 16384

/* An account that is watched has a dozen descriptors, and there may be many
 * accounts. */
static void
allow_descriptors(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur =
	    files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &files);
}

/* A reader of our output must not take a part of it for all. A terminal that
 * is gone has no reader. */
static int
output_end(const struct session *s, int status)
{
	const char *why = NULL;

	if (fflush(stdout) != 0)
		why = strerror(errno);
	else if (s->lost != 0)
		why = strerror(s->lost);
	else if (ferror(stdout))
		why = "not all of it could be written";
	if (why == NULL || s->terminal)
		return status;
	if (output_ready(STDERR_FILENO)) /* the same stalled pipe, maybe */
		fprintf(stderr, "blinkmail: stdout: %s\n", why);
	return status == 0 ? EXIT_FAILED : status;
}

int
main(int argc, char **argv)
{
	struct session s = { .terminal = isatty(STDOUT_FILENO),
		.signal_fd = -1 };
	struct err e = ERR_INIT;
	int status;

	forbid_dumps();
	allow_descriptors();
	signal(SIGXFSZ, SIG_IGN); /* what is too large is an error: EFBIG */
	setlocale(LC_CTYPE, "");  /* how wide characters are */
	s.notify = notify_open();
	if (options_parse(argc, argv, &s.options, &e) == -1) {
		status = complain(EXIT_USAGE, &e);
		fputs("Try blinkmail --help.\n", stderr);
	} else {
		status = run(&s);
	}
	status = output_end(&s, status);
	ui_carry_clear(&s.carry);
	log_close(s.log);
	settings_free(s.settings);
	settings_free(s.next);
	notify_close(s.notify);
	options_clear(&s.options);
	if (s.signal_fd != -1)
		close(s.signal_fd);
	return status;
}

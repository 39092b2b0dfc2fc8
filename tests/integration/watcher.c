/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches the first account of a configuration, and tells of it on standard
 * output, a line each: "remote news Work", "remote watching INBOX by IDLE", ...
 *On standard input "kick" kicks; its end ends the program.
 *
 *	watcher CONFIGURATION
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "engine/store/imap/store_imap.h"
#include "engine/watch/watch.h"
#include "net/tls.h"

struct world {
	struct settings *settings;
	struct tls_context *tls;
};

static int
open_store(
    void *arg, enum side side, int cancel_fd, struct store **s, struct err *e)
{
	const struct world *w = arg;
	const struct store_imap_config c = {
		.settings = &w->settings->accounts[0].store[side],
		.side = side,
		.socktimeout = w->settings->socktimeout,
		.cancel_fd = cancel_fd,
		.tls = w->tls,
		.log_name = "watcher",
	};

	return store_imap_open(&c, s, e);
}

static void
on_news(void *arg, size_t account, enum side side, const char *folder)
{
	(void)arg;
	(void)account;
	printf("%s news %s\n", side_name((int)side),
	    folder != NULL ? folder : "*");
}

static void
on_event(void *arg, const struct event *ev)
{
	(void)arg;
	printf("%s %s%s\n", side_name(ev->side),
	    ev->kind == EV_THREAD_START ? "start"
	    : ev->kind == EV_THREAD_END ? "end"
	    : ev->kind == EV_WATCHING	? "watching "
					: "warning ",
	    ev->text);
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static int
run(struct world *w, struct err *e)
{
	const struct watch_config c = { .account = &w->settings->accounts[0],
		.arg = w,
		.connect = open_store,
		.news = on_news,
		.post = on_event };
	struct watch *watch;
	char line[80];

	if (store_imap_tls(&c.account->store[REMOTE], &w->tls, e) == -1 ||
	    watch_start(&c, &watch, e) == -1)
		return -1;
	while (fgets(line, sizeof(line), stdin) != NULL)
		if (strcmp(line, "kick\n") == 0)
			watch_kick(watch);
	watch_stop(watch);
	printf("stopped\n");
	return 0;
}

int
main(int argc, char **argv)
{
	const struct settings_reader reader = { .report = complain };
	struct world w = { NULL, NULL };
	struct err e = ERR_INIT;
	int rc;

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	rc = settings_load(argv[1], NULL, 0, &reader, &w.settings, &e);
	if (rc == 0)
		rc = run(&w, &e);
	if (rc == -1)
		fprintf(stderr, "watcher: %s\n", err_text(&e));
	tls_context_free(w.tls);
	settings_free(w.settings);
	err_clear(&e);
	return rc == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_RUN_CONFIG_H
#define UI_PLAIN_RUN_CONFIG_H

/* What every user interface is given, whether it prints lines or shows a
 * screen. All that is pointed to is borrowed while it runs. */

#include <stdbool.h>

struct log;

struct run_config {
	bool dry_run;
	bool once; /* it ends by itself after one synchronisation */
	/*
	 * A signalfd. SIGINT and SIGTERM end the run (the second one at once),
	 * SIGQUIT ends it at once, SIGTSTP suspends, SIGUSR1 syncs all
	 * accounts, SIGUSR2 ends after this sync. SIGHUP calls reload; where
	 * the terminal is gone, or without reload, it is as SIGTERM.
	 */
	int signal_fd;
	struct log *log; /* gets each line, too; may be NULL */
	/* Reads the configuration anew; report() gets a line for each mistake.
	 * True: it is good, and the engine has to end for it. May be NULL. */
	bool (*reload)(void *arg, void (*report)(void *arg, const char *line),
	    void *report_arg);
	void *reload_arg;
};

#endif

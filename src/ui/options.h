/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_OPTIONS_H
#define UI_OPTIONS_H

/*
 * The command line. One table holds the options, for getopt and for --help.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/request.h"

enum options_command {
	COMMAND_SYNC,
	COMMAND_CHECK,
	COMMAND_INFO,
	COMMAND_RESET,
	COMMAND_CTL,
	COMMAND_HELP,
	COMMAND_VERSION,
};

/* What `ctl' asks of a running instance. */
enum options_ctl { CTL_SYNC, CTL_STATUS, CTL_QUIT };

struct options {
	enum options_command command;
	enum options_ctl ctl;	/* with COMMAND_CTL */
	const char *ctl_target; /* ctl sync: ACCOUNT[/FOLDER], shorter than
				 * NAMELIST_BYTES; "": none; borrowed */
	const char *reset_account, *reset_folder; /* borrowed */
	bool wait;	    /* ctl sync: until it has ended */
	bool json;	    /* ctl status: for programs */
	const char *config; /* NULL: the default places; borrowed from argv,
			     * as ui and log are */
	struct namelist accounts; /* empty: all */
	struct request request;	  /* how to synchronise: -f, -q, -n,
				   * --force-delete */
	bool once;
	bool single_thread;
	const char *ui;	 /* NULL: what the configuration says */
	const char *log; /* NULL: none */
	bool syslog;
	unsigned areas;	   /* enum log_area */
	const char **sets; /* KEY=VALUE of each -k, in their order */
	size_t sets_len;
};

/* Reads argv, which getopt may put into another order. -1 with what is wrong
 * in *e. To be cleared in any case. */
int options_parse(int argc, char **argv, struct options *o, struct err *e);
void options_clear(struct options *o);

/* Appends the text of --help. */
void options_help(struct buf *out);

#endif

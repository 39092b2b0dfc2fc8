/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_UI_H
#define UI_UI_H

/*
 * The user interfaces: each takes events from the engine and shows them. One
 * thread, the one that calls ui_run, does all of it.
 */

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"
#include "ui/screen/scheme.h"

struct log;
struct ui_kept;

enum ui_kind { UI_BLINKENLIGHTS, UI_BASIC, UI_QUIET, UI_SYSLOG, UI_JSON };

/*
 * The interface of that name: ours, or OfflineIMAP's in any case. NULL:
 * blinkenlights on a terminal, else quiet. -1 with the list in *e.
 */
int ui_find(const char *name, enum ui_kind *kind, struct err *e);

/* What is shown instead where kind cannot be: *why gets the reason (static),
 * or NULL when kind is the answer. */
enum ui_kind ui_usable(enum ui_kind kind, const char **why);

/* True when this interface can ask a person for a password. */
bool ui_can_ask(enum ui_kind kind);

struct ui_config {
	enum ui_kind kind;
	bool dry_run;
	bool once;	    /* it ends by itself after one synchronisation */
	enum scheme scheme; /* of blinkenlights */
	int signal_fd;	    /* a signalfd; borrowed. SIGINT and SIGTERM end the
			     * run (the second one at once), SIGQUIT ends it
			     * at once, SIGTSTP suspends, SIGUSR1 syncs all accounts,
			     * SIGUSR2 ends after this sync, SIGHUP      calls
			     * reload;      where the terminal is gone, or there      is
			     * no reload, it      is as SIGTERM */
	struct log *log;    /* gets each line, too; may be NULL */
	/* Reads the configuration anew; report() gets a line for each mistake.
	 * True: it is good, and the engine has to end for it. May be NULL. */
	bool (*reload)(void *arg, void (*report)(void *arg, const char *line),
	    void *report_arg);
	void *reload_arg;
	struct ui_kept *kept; /* borrowed; the same for each engine */
};

/* Shows events and passes commands on until the engine has ended. True: it
 * ended because reload was called and is to be started again. When stdout
 * cannot be written *lost gets the errno; who goes on and on ends then. */
bool ui_run(const struct ui_config *c, struct engine *en, int *lost);

#endif

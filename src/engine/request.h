/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

/* A request to synchronise an account. A value; any thread. */

#include <stdbool.h>
#include <stddef.h>

struct notify;

#define REQUEST_NAME 256 /* bytes of a folder's name, as in struct command */

struct engine_options {
	const char *const *folders; /* -f; NULL: all */
	size_t folders_len;
	bool once;
	bool quick;
	bool full;	  /* trust no token: read everything */
	const char *news; /* a folder where something changed (canonical): not
			   * to be trusted by a quick sync; NULL: none */
	bool push;	  /* only because something changed on one side */
	bool echo;	  /* and that may have been the last sync itself */
	bool dry_run;
	bool single_thread;
	bool force_delete;
	bool can_ask;	       /* EV_ASK_PASSWORD will be answered */
	struct notify *notify; /* borrowed; told when we are ready and that we
				* live; may be NULL */
};

/* What is asked for. The zero value: a sync as usual of all folders. */
struct request {
	bool full;    /* trust no token */
	bool release; /* let held deletions through */
	bool push;    /* only because something changed: trust the tokens of
		       * all folders but news */
	char folder[REQUEST_NAME]; /* only this one (remote name); "": all */
	char news[REQUEST_NAME];   /* push: where (canonical); "": anywhere */
	bool many;		   /* push: in several folders */
	bool echo; /* push: perhaps only what the last sync did itself */
};

#endif

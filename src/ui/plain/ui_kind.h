/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_UI_KIND_H
#define UI_PLAIN_UI_KIND_H

/*
 * The kinds of user interface: a table of what each one does. One that shows a
 * screen is none of those that print lines; all others are what their
 * properties say (see plain.h). Pure; any thread.
 */

#include <stdbool.h>

#include "base/err.h"

#define UI_KIND_ALIASES 4

struct ui_kind {
	const char *name;
	const char *aliases[UI_KIND_ALIASES]; /* OfflineIMAP's names */
	bool screen;			      /* takes the whole terminal */
	bool asks;     /* can ask for a password, where there is a terminal */
	bool lines;    /* stdout: a line for each thing that is done */
	bool plan;     /* stdout: a line for each operation of a dry run */
	bool progress; /* a progress line on a terminal */
	bool summary;  /* stdout: a line for each account at the end */
	bool problems_only; /* the summary leaves out accounts without any */
	bool tells_once; /* in a service: each problem once, and once solved */
	bool syslog;	 /* each line also to syslog */
	bool json;	 /* stdout: an object for each event */
};

/*
 * The kind of that name, ours or OfflineIMAP's, in any case; NULL: the default
 * for this standard output. Static. NULL with the list of names in *e.
 */
const struct ui_kind *ui_kind_find(const char *name, struct err *e);

/* The same for a name that exists. */
const struct ui_kind *ui_kind_get(const char *name);

#endif

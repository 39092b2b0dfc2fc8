/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CTL_CTL_H
#define ENGINE_CTL_CTL_H

/*
 * The control socket of a running instance, for `blinkmail ctl'. All of it
 * happens in the control thread, in its poll(); no client, however slow,
 * silent or hostile, makes it wait. A NULL struct ctl, which is what there is
 * where the socket cannot be had, takes every call and does nothing.
 *
 * The protocol: lines of UTF-8 that end in LF, one request a connection.
 *
 *	server	blinkmail-ctl 2
 *	client	sync [wait] [quick] [force-delete] WHICH... |
 *		status [json] | quit
 *	server	= text			as often as there are lines to show
 *	server	end STATUS TEXT		STATUS: what the client exits with
 *
 * WHICH is target=ACCOUNT[/FOLDER] (once), or account=NAME, or folder=NAME (in
 * each of these accounts; without any in all), each as ctl_target.h encodes
 * it. A client of another user is not answered.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/event.h"
#include "engine/request.h"

#define CTL_GREETING "blinkmail-ctl 2"
/* Bytes of a request, LF included: NAMELIST_BYTES of names, each byte encoded,
 * and as much again for their keys. */
#define CTL_LINE 32768
#define CTL_CLIENTS 16 /* at once */
#define CTL_FDS (1 + CTL_CLIENTS)

struct log;
struct ctl;

/* What clients ask for; called from within ctl_serve. */
struct ctl_handler {
	/*
	 * Synchronise the account as r says. One that is being synchronised
	 * already is to begin again afterwards. NULL, or why it will not be
	 * (static).
	 */
	const char *(*sync)(void *arg, size_t account, const struct request *r);
	/* End as after SIGTERM. */
	void (*quit)(void *arg);
	void *arg;
};

/* For accounts of these names (borrowed). NULL, with the reason in the log:
 * no socket could be had, or another instance has it. */
struct ctl *ctl_open(const char *metadata, const char *const *names, size_t len,
    const struct ctl_handler *handler, struct log *log);
/* Tells clients that wait that the program ends. */
void ctl_close(struct ctl *c);

/* Puts what is to be polled into fds, which has CTL_FDS places; returns how
 * many. */
size_t ctl_poll_fds(const struct ctl *c, struct pollfd *fds);
/* When ctl_serve is to be called even if nothing happens: a clock_ms() value,
 * or CLOCK_NEVER. */
int64_t ctl_deadline(const struct ctl *c);
/* Does what can be done at once. Call it whenever poll() returned. */
void ctl_serve(struct ctl *c);

/*
 * For status and for clients that wait: a synchronisation of the account
 * begins, as r says; it ended (error: the last EV_ERROR; of another kind:
 * none); it is due again then. A client that waits for a sync of a paused
 * account is answered: there will be none.
 */
void ctl_account_begin(struct ctl *c, size_t account, const struct request *r);
void ctl_account_end(struct ctl *c, size_t account, enum account_end end,
    const struct event *error);
void ctl_account_due(struct ctl *c, size_t account, int64_t due, bool paused);

#endif

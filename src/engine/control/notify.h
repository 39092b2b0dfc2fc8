/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CONTROL_NOTIFY_H
#define ENGINE_CONTROL_NOTIFY_H

/*
 * Tells the service manager how we are: datagrams to NOTIFY_SOCKET, as
 * sd_notify(3) describes the protocol. A NULL struct notify, which is what
 * there is without a manager, takes everything and says nothing; what cannot
 * be sent is lost: there is no one to report it to. Any thread, save
 * notify_watchdog: the control thread alone calls it, so that a control thread
 * that hangs is noticed.
 */

#include <stdint.h>

struct notify;

/* Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment,
 * so that no child takes them for its own. Before the first thread. */
struct notify *notify_open(void);
void notify_close(struct notify *n);

void notify_ready(struct notify *n);	 /* also after notify_reloading */
void notify_reloading(struct notify *n); /* the configuration is reread */
void notify_stopping(struct notify *n);
/* One line for people, in UTF-8. */
void notify_status(struct notify *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Tells that we live, when it is time to: at half of the manager's patience.
 * Returns when it is time again: a clock_ms() value, or CLOCK_NEVER. */
int64_t notify_watchdog(struct notify *n);

#endif

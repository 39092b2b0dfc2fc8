/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CTL_CTL_STATUS_H
#define ENGINE_CTL_CTL_STATUS_H

/* What `ctl status' shows. Pure; any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/event.h"

struct ctl_account {
	const char *name;
	bool active; /* it is being synchronised */
	bool paused;
	int64_t due; /* clock_ms(); CLOCK_NEVER: when asked */
	bool ended;  /* it was synchronised; then the next three count */
	enum account_end end; /* how the last synchronisation ended */
	int64_t end_time;     /* and when; seconds since the epoch */
	struct event error; /* the last EV_ERROR in it; of another kind: none */
};

/* Appends a line for each, for people: "work: next in 4:36; last failed
 * 2026-11-24 10:00:02", local time, and one with the error, indented. now:
 * clock_ms(). */
void ctl_status_text(
    const struct ctl_account *a, size_t n, int64_t now, struct buf *out);

/* Appends one object in one line, as blinkmail(1) describes it. */
void ctl_status_json(
    const struct ctl_account *a, size_t n, int64_t now, struct buf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_REPORT_H
#define ENGINE_SYNC_REPORT_H

/*
 * Events and counters. A label is that of a folder, for people; NULL: the
 * account as a whole.
 */

#include "engine/sync/folder.h"

/* An event with account, worker, time and folder filled in. */
void report_init(struct event *ev, const struct sync *sy, const char *label,
    enum event_kind kind);
void report_post(struct sync *sy, const struct event *ev);

/* An operation on f, done or planned. reason may be NULL. */
void report_op(struct folder *f, enum event_op what, const struct op *op,
    const char *reason);
/* The messages of a side are listed now. */
void report_listing(struct folder *f, enum side side);
void report_progress(
    struct folder *f, uint64_t done, uint64_t total, uint64_t bytes);
/* Adds n to a counter of the folder and of the account. */
void report_count(
    struct folder *f, enum side side, enum count_kind kind, uint32_t n);

/* Something in f failed: marks folder and sync as failed. op is of the message
 * that it is about. */
void report_error(struct folder *f, const struct op *op, const struct err *e);
/* Likewise of a folder or the account as a whole; marks the sync. */
void report_problem(struct sync *sy, const char *label, const struct err *e);
/* What *e says is a warning only. */
void report_doubt(struct folder *f, const struct op *op, const struct err *e);
void report_warning(struct sync *sy, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Something waits for a decision: EVOP_HELD n deletions, EVOP_SKIP a folder. */
void report_held(struct sync *sy, const char *label, enum event_op what,
    uint64_t n, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_POISON_H
#define ENGINE_SYNC_EXEC_POISON_H

/*
 * Copies of a folder, in such an order that one that breaks the connection each
 * time does not keep the others from being made. See poison.h.
 */

#include "engine/sync/folder.h"

/* Copies n OP_COPYs to one side; may use ops as scratch. */
typedef int exec_copies(
    struct folder *f, const struct op **ops, size_t n, struct err *e);

/*
 * Calls copy for all of ops, which are in another order afterwards: first for
 * those that nothing is known against, then for those that failed in an earlier
 * run, then for those that broke a connection in this one, in ever smaller
 * groups. Stops at the first that fails.
 */
int exec_poison_run(struct folder *f, const struct op **ops, size_t n,
    exec_copies *copy, struct err *e);

/* The copy was put off in this run, which was reported. */
bool exec_poison_is_off(const struct folder *f, const struct op *op);

/*
 * From within copy, any thread: with why the connection broke, while these n of
 * ops, in the order in which they were asked for, were not answered. begun: the
 * first was on its way. An error that is of no connection says nothing.
 */
void exec_poison_broke(struct folder *f, const struct op *const *ops, size_t n,
    bool begun, const struct err *why);

#endif

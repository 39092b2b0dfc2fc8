/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_SETTLE_H
#define TESTS_UNIT_SETTLE_H

/* Waits until the times of the Maildir's new and cur are old enough to be
 * trusted (maildir_settles()). dir and name are as for openat(). */
void settle(int dir, const char *name);

#endif

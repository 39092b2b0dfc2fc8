/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_PROCESS_WAIT_H
#define TESTS_UNIT_PROCESS_WAIT_H

/* Waits until the process, which need not be a child, has ended; fails the test
 * when it goes on for ten seconds. */
void process_wait_end(int pid);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_FAULTS_H
#define TESTS_UNIT_FAULTS_H

/*
 * System calls that fail when the test says so. A program that wants them is
 * linked with $(maildir_wraps), which sends the calls of all its objects
 * through here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum fault {
	FAULT_NONE,
	FAULT_CREATE, /* openat with O_CREAT */
	FAULT_WRITE,  /* write, pwrite */
	FAULT_READ,   /* pread */
	FAULT_SYNC,   /* fsync, syncfs */
	FAULT_RENAME, /* renameat, renameat2 */
	FAULT_CLOSE,  /* closes, and fails */
	FAULTS,
};

/* The n-th (from 1) such call from now on fails with num; 0: a write or read
 * that does only a part. */
void faults_set(enum fault fault, unsigned n, int num);

/* No more faults; true when the one that was set had come. */
bool faults_end(void);

/* Seconds that time() is ahead. */
void faults_clock(time_t ahead);

/* While hurry: nanosleep() returns at once. */
void faults_hurry(bool hurry);

#endif

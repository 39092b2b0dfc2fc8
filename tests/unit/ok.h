/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_OK_H
#define TESTS_UNIT_OK_H

/* Calls that must succeed, and the error they set when they do not. */

#include "base/err.h"

extern struct err err;

/* OK(scan(&snap, &err)) fails the test with the error when it returns other
 * than 0. */
#define OK(call) ok_check((call), #call, __FILE__, __LINE__)
void ok_check(int rc, const char *call, const char *file, int line);

#endif

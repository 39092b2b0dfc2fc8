/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_FAKE_CLOCK_H
#define TESTS_UNIT_FAKE_CLOCK_H

/*
 * A clock that stands still until the test moves it. A program that has
 * fake_clock.c among its sources is linked without base/clock.c.
 */

#include <stdint.h>

/* What clock_ms() says; set it at will. */
extern int64_t fake_now_ms;

#endif

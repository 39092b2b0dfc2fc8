/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/* What each target defines, for libFuzzer or driver.c to call, and what it may
 * use. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A temporary directory, made at the first call and removed at the exit. */
const char *fuzz_dir(void);

#endif

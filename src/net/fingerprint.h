/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_FINGERPRINT_H
#define NET_FINGERPRINT_H

/* SHA-256 fingerprints as a user writes them. Values without I/O. */

#include <stdbool.h>

#define FINGERPRINT_LEN 32
#define FINGERPRINT_TEXT (3 * FINGERPRINT_LEN) /* "AA:BB:...", with its NUL */

/* Colons, spaces and case do not count. False unless it is one. */
bool fingerprint_parse(const char *text, unsigned char hash[FINGERPRINT_LEN]);

void fingerprint_format(
    const unsigned char hash[FINGERPRINT_LEN], char text[FINGERPRINT_TEXT]);

#endif

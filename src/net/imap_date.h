/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_DATE_H
#define NET_IMAP_DATE_H

/*
 * INTERNALDATE (RFC 9051 section 9, date-time) as seconds since the epoch,
 * without asking the C library, whose answer depends on TZ. Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAP_DATE_LEN 27 /* "07-Feb-1994 21:52:25 -0800" and a NUL */

/* "17-Jul-1996 02:44:25 -0700" or " 7-...": seconds, and the zone in minutes
 * east of UTC. False when it is not that. */
bool imap_date_parse(const char *text, size_t len, int64_t *seconds, int *zone);

/* The reverse; years are held between 1 and 9999, zones within a day. */
void imap_date_format(int64_t seconds, int zone, char out[IMAP_DATE_LEN]);

#endif

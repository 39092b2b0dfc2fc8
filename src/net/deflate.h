/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_DEFLATE_H
#define NET_DEFLATE_H

/* COMPRESS=DEFLATE over a stream (RFC 4978), raw DEFLATE (RFC 1951). */

#include "net/stream.h"

/*
 * *s becomes the compressing stream, which owns the old one. early holds
 * early_len bytes that were read behind the server's OK already: they are
 * compressed. Cannot fail.
 */
void deflate_start(struct stream **s, const void *early, size_t early_len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a message is recognised by: size, header hash, whole hash. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <nettle/md5.h>

#include "base/digest.h"

enum {
	LINE,	     /* within one */
	LINE_BEGINS, /* at its first byte */
	LINE_CR,     /* behind a CR that is its first byte */
};

void
digester_init(struct digester *d)
{
	*d = (struct digester){ 0 };
	sha256_init(&d->sha);
	d->state = LINE_BEGINS; /* an empty header is an empty line */
}

static uint64_t
first64(struct sha256_ctx *sha)
{
	unsigned char out[8];
	uint64_t v;
	size_t i;

	sha256_digest(sha, sizeof(out), out);
	for (v = 0, i = 0; i < sizeof(out); i++)
		v = v << 8 | out[i];
	return v;
}

/*
 * Finds the end of the header: an empty line, which may end in a LF alone, as
 * servers see it that answer to BODY[HEADER] with less of such a message.
 * Returns how many bytes belong to the header; sets header_done when its end
 * was seen.
 */
static size_t
header_scan(struct digester *d, const unsigned char *p, size_t len)
{
	const unsigned char *lf;
	size_t i;

	for (i = 0; i < len; i++) {
		if (d->state == LINE) {
			lf = memchr(p + i, '\n', len - i);
			if (lf == NULL)
				return len;
			i = (size_t)(lf - p);
			d->state = LINE_BEGINS;
		} else if (p[i] == '\n') {
			d->header_done = true;
			return i + 1;
		} else if (d->state == LINE_BEGINS && p[i] == '\r') {
			d->state = LINE_CR;
		} else {
			d->state = LINE;
		}
	}
	return len;
}

void
digester_update(struct digester *d, const void *data, size_t len)
{
	const unsigned char *p = data;
	struct sha256_ctx copy;
	size_t n;

	d->size += len;
	if (!d->header_done) {
		n = header_scan(d, p, len);
		sha256_update(&d->sha, n, p);
		p += n;
		len -= n;
		if (d->header_done) {
			copy = d->sha;
			d->header = first64(&copy);
		}
	}
	if (len > 0)
		sha256_update(&d->sha, len, p);
}

void
digester_final(struct digester *d, struct digest *out)
{
	struct sha256_ctx copy;

	if (!d->header_done) {
		copy = d->sha;
		d->header = first64(&copy);
	}
	out->size = d->size;
	out->header = d->header;
	sha256_digest(&d->sha, sizeof(out->whole), out->whole);
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	return a->size == b->size && a->header == b->header &&
	       memcmp(a->whole, b->whole, sizeof(a->whole)) == 0;
}

void
digest_md5_hex(const void *data, size_t len, char out[33])
{
	unsigned char md5[MD5_DIGEST_SIZE];
	struct md5_ctx ctx;
	size_t i;

	md5_init(&ctx);
	md5_update(&ctx, len, data);
	md5_digest(&ctx, sizeof(md5), md5);
	for (i = 0; i < sizeof(md5); i++)
		snprintf(out + 2 * i, 3, "%02x", (unsigned)md5[i]);
}

uint64_t
digest_key(const void *data, size_t len)
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, len, data);
	return first64(&sha);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream that is compressed (RFC 4978). */
#include "config.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "net/deflate.h"

#define IN_SIZE 32768
#define OUT_SIZE 32768
#define RAW (-MAX_WBITS) /* without zlib's header and checksum */

struct deflater {
	struct stream head;
	z_stream inflate; /* its input points into in */
	z_stream deflate;
	struct buf in;
	unsigned char out[OUT_SIZE];
	/* One byte inflated ahead: input that is left may yield nothing, so
	 * only this tells whether a read would wait. */
	unsigned char ahead;
	bool ahead_full;
	bool more;  /* the inflater may hold output without input */
	bool dirty; /* written since the last flush */
	bool end;   /* the compressed data has ended */
	bool bad;   /* ... or was damaged */
};

static struct deflater *
deflater(struct stream *s)
{
	return (struct deflater *)s;
}

/* Inflates what is there into data; returns how many bytes came out. */
static size_t
inflate_some(struct deflater *d, void *data, size_t size)
{
	uInt cap;
	int r;

	if (d->end || d->bad || (d->inflate.avail_in == 0 && !d->more))
		return 0;
	cap = size > UINT_MAX ? UINT_MAX : (uInt)size;
	d->inflate.next_out = data;
	d->inflate.avail_out = cap;
	r = inflate(&d->inflate, Z_SYNC_FLUSH);
	d->more = d->inflate.avail_out == 0;
	d->end = r == Z_STREAM_END;
	d->bad = r != Z_OK && r != Z_BUF_ERROR && r != Z_STREAM_END;
	return cap - d->inflate.avail_out;
}

static void
look_ahead(struct deflater *d)
{
	if (!d->ahead_full)
		d->ahead_full = inflate_some(d, &d->ahead, 1) == 1;
}

/* Fetches more input: 1, 0 at the end of the stream, or -1. */
static int
refill(struct deflater *d, struct err *e)
{
	ssize_t n;

	if (d->bad)
		return err_set(e, ERR_SESSION, "damaged compressed data");
	if (d->end)
		return 0;
	buf_reset(&d->in);
	n = stream_read(
	    d->head.below, buf_reserve(&d->in, IN_SIZE), IN_SIZE, e);
	if (n <= 0)
		return (int)n;
	d->inflate.next_in = (const unsigned char *)d->in.data;
	d->inflate.avail_in = (uInt)n;
	return 1;
}

static ssize_t
deflate_read(struct stream *s, void *data, size_t size, struct err *e)
{
	struct deflater *d = deflater(s);
	unsigned char *p = data;
	size_t n;
	int r;

	n = 0;
	if (d->ahead_full) {
		p[n++] = d->ahead;
		d->ahead_full = false;
	}
	if (n < size)
		n += inflate_some(d, p + n, size - n);
	while (n == 0) {
		r = refill(d, e);
		if (r != 1)
			return r;
		n = inflate_some(d, data, size);
	}
	look_ahead(d);
	return (ssize_t)n;
}

/* Compresses what is in the deflater's input and passes it on. */
static int
deflate_some(struct deflater *d, int flush, struct err *e)
{
	int r;

	do {
		d->deflate.next_out = d->out;
		d->deflate.avail_out = sizeof(d->out);
		r = deflate(&d->deflate, flush);
		assert(r == Z_OK || r == Z_BUF_ERROR);
		(void)r;
		if (stream_write(d->head.below, d->out,
			sizeof(d->out) - d->deflate.avail_out, e) == -1)
			return -1;
	} while (d->deflate.avail_out == 0);
	return 0;
}

static int
deflate_write(struct stream *s, const void *data, size_t size, struct err *e)
{
	struct deflater *d = deflater(s);
	const unsigned char *p = data;
	uInt n;

	for (; size > 0; size -= n, p += n) {
		n = size > UINT_MAX ? UINT_MAX : (uInt)size;
		d->deflate.next_in = p;
		d->deflate.avail_in = n;
		d->dirty = true;
		if (deflate_some(d, Z_NO_FLUSH, e) == -1)
			return -1;
	}
	return 0;
}

static int
deflate_flush(struct stream *s, struct err *e)
{
	struct deflater *d = deflater(s);

	if (d->dirty && deflate_some(d, Z_SYNC_FLUSH, e) == -1)
		return -1;
	d->dirty = false;
	return stream_flush(s->below, e);
}

static size_t
deflate_pending(const struct stream *s)
{
	return ((const struct deflater *)s)->ahead_full;
}

static int
deflate_wait(struct stream *s, int64_t deadline, struct err *e)
{
	struct deflater *d = deflater(s);
	int r;

	while (!d->ahead_full && !d->end && !d->bad) {
		r = stream_wait(s->below, deadline, e);
		if (r != 1)
			return r;
		r = refill(d, e);
		if (r == -1)
			return -1;
		if (r == 0)
			d->end = true;
		look_ahead(d);
	}
	return 1;
}

static void
deflate_free(struct stream *s)
{
	struct deflater *d = deflater(s);

	inflateEnd(&d->inflate);
	deflateEnd(&d->deflate);
	buf_wipe(&d->in);
	wipe(d, sizeof(*d));
	free(d);
}

static const struct stream_ops deflate_ops = {
	.name = "deflate",
	.read = deflate_read,
	.write = deflate_write,
	.flush = deflate_flush,
	.pending = deflate_pending,
	.wait = deflate_wait,
	.free = deflate_free,
};

static voidpf
zlib_alloc(voidpf opaque, uInt items, uInt size)
{
	(void)opaque;
	return xcalloc(items, size);
}

static void
zlib_free(voidpf opaque, voidpf p)
{
	(void)opaque;
	free(p);
}

void
deflate_start(struct stream **s, const void *early, size_t early_len)
{
	struct deflater *d;
	int r;

	d = xcalloc(1, sizeof(*d));
	stream_init(&d->head, &deflate_ops, *s);
	d->inflate.zalloc = d->deflate.zalloc = zlib_alloc;
	d->inflate.zfree = d->deflate.zfree = zlib_free;
	r = inflateInit2(&d->inflate, RAW);
	assert(r == Z_OK);
	r = deflateInit2(&d->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW, 8,
	    Z_DEFAULT_STRATEGY);
	assert(r == Z_OK);
	(void)r;
	*s = &d->head;
	assert(early_len <= UINT_MAX);
	buf_append(&d->in, early, early_len);
	d->inflate.next_in = (const unsigned char *)d->in.data;
	d->inflate.avail_in = (uInt)early_len;
	look_ahead(d);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A growing run of bytes, and the few string helpers that everybody needs.
 * data is always followed by a NUL that len does not count, so that it can be
 * used as a string where it holds none. Zeroed memory is an empty buf. Any
 * thread; a buf belongs to one thread at a time.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL only while cap is 0 */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
};

/* Frees the memory; *b is empty again. */
void buf_clear(struct buf *b);

/* As buf_clear, after overwriting what was there: for secrets. */
void buf_wipe(struct buf *b);

/* Overwrites n bytes at p in a way that no compiler drops. */
void wipe(void *p, size_t n);

/* Keeps the memory, forgets the contents. */
void buf_reset(struct buf *b);

/* Makes room for n more bytes behind len; returns where they begin. */
char *buf_reserve(struct buf *b, size_t n);

void buf_append(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);

/* data as a string ("" when empty); valid until the next change of *b. */
const char *buf_str(const struct buf *b);

/* Hands the string over to the caller, who frees it; *b is empty again. */
char *buf_steal(struct buf *b);

/*
 * Copies len bytes of src to dst of cap bytes (NUL included, cap > 0), with
 * control characters (C0, DEL, C1) and bytes that are not well-formed UTF-8
 * as \xNN, and what else utf8_is_visible says no to as \u{NNNN}. Cuts between
 * characters when dst is too small. Returns strlen(dst).
 */
size_t buf_visible(char *dst, size_t cap, const char *src, size_t len);

/* The same, appended to a buf. */
void buf_append_visible(struct buf *b, const char *src, size_t len);

/*
 * Length of the well-formed UTF-8 sequence (RFC 3629) at s, of which len
 * bytes may be read, with the character in *cp; 0 when there is none.
 */
size_t utf8_decode(const char *s, size_t len, unsigned *cp);

/* False for characters that act instead of being seen: control characters,
 * those that reorder or break a line, and those that cannot be seen (but for
 * the joiners U+200C and U+200D, which belong to words and pictures). */
bool utf8_is_visible(unsigned cp);

/* True when all of it is well-formed UTF-8. */
bool utf8_is_valid(const char *s, size_t len);

/* Appends the character cp, which must be a Unicode scalar value. */
void buf_put_utf8(struct buf *b, unsigned cp);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_FLAGS_H
#define BASE_FLAGS_H

/*
 * The flags of a message as one word of bits, the same for both sides.
 *
 * Bits 0 to 25 are keywords: which one a bit means is said by the folder's
 * struct keywords. The six highest bits are the system flags and $Forwarded,
 * in the order of their Maildir letters. (RFC 9051 section 2.3.2; RFC 5788
 * for $Forwarded; Maildir letters: cr.yp.to/proto/maildir.html.)
 *
 * Values without I/O; any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define FLAG_KEYWORDS 26 /* keywords a folder can map: letters a to z */

#define FLAG_DRAFT (UINT32_C(1) << 26)	   /* D  \Draft */
#define FLAG_FLAGGED (UINT32_C(1) << 27)   /* F  \Flagged */
#define FLAG_FORWARDED (UINT32_C(1) << 28) /* P  $Forwarded */
#define FLAG_ANSWERED (UINT32_C(1) << 29)  /* R  \Answered */
#define FLAG_SEEN (UINT32_C(1) << 30)	   /* S  \Seen */
#define FLAG_DELETED (UINT32_C(1) << 31)   /* T  \Deleted */

#define FLAG_SYSTEM                                                            \
	(FLAG_DRAFT | FLAG_FLAGGED | FLAG_FORWARDED | FLAG_ANSWERED |          \
	    FLAG_SEEN | FLAG_DELETED)
#define FLAG_KEYWORD(n) (UINT32_C(1) << (n)) /* 0 <= n < FLAG_KEYWORDS */
#define FLAG_ALL UINT32_MAX

/* The keywords of one folder: bit n means names[n]; NULL when not in use. */
struct keywords {
	char *names[FLAG_KEYWORDS];
};

/* Frees the names. */
void keywords_clear(struct keywords *k);

/* The same names with the same bits; to must be empty. */
void keywords_copy(struct keywords *to, const struct keywords *from);

/*
 * The bit of the flag called name (length len), system flag or keyword,
 * without regard to case; a keyword that is new gets the lowest free bit when
 * add is true. Returns 0 for \Recent, for an unknown system flag, and for a
 * keyword that is not there or for which no bit is left.
 */
uint32_t keywords_flag(
    struct keywords *k, const char *name, size_t len, bool add);

/* The name of the one bit in flag; NULL for a keyword without name. */
const char *keywords_name(const struct keywords *k, uint32_t flag);

/* Appends " \\Seen Work": the names of these flags that have one. */
void keywords_put_names(
    const struct keywords *k, uint32_t flags, struct buf *out);

/* The same flags as bits of another folder; a keyword for which that has no
 * bit left is left out. */
uint32_t keywords_translate(
    uint32_t flags, const struct keywords *from, struct keywords *to);

#define FLAGS_LETTERS_LEN 33 /* all letters and a NUL */

/*
 * The Maildir letters of flags in ASCII order ("FRS", "Sab"): bits 0 to 25
 * as a to z. Always succeeds.
 */
void flags_to_letters(uint32_t flags, char out[FLAGS_LETTERS_LEN]);

/* The reverse; letters that mean nothing are left out. Stops at len. */
uint32_t flags_from_letters(const char *letters, size_t len);

/*
 * Three-way merge, flag by flag: what changed on one side since base travels.
 * Two values can only have changed in one way, so it never conflicts.
 */
static inline uint32_t
flags_merge(uint32_t a, uint32_t b, uint32_t base)
{
	return (a & b) | ((a | b) & ~base);
}

#endif

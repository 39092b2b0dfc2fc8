/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings as one number: a hash, and two bits that are read again. */
#include "config.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/digest.h"
#include "engine/sync/terms.h"

#define KNOWN 0x80 /* so that it is never 0 */
#define BITS 0xff

int64_t
terms_of(const struct settings_account *a)
{
	struct buf text = { 0 };
	uint64_t bits = KNOWN, key;
	enum side s;

	buf_printf(&text, "%" PRIu64 " %" PRId64 " %" PRId64, a->maxsize,
	    a->maxage, a->startdate);
	for (s = LOCAL; s <= REMOTE; s++) {
		buf_printf(&text, " %d%d%d", a->store[s].readonly,
		    a->store[s].sync_deletes, a->store[s].expunge);
		if (a->store[s].sync_deletes && !a->store[!s].readonly)
			bits |= 1U << s;
	}
	key = digest_key(buf_str(&text), text.len);
	buf_clear(&text);
	return (int64_t)((key & ~(uint64_t)BITS) | bits);
}

bool
terms_deletes_from(int64_t terms, enum side side)
{
	return terms == 0 || ((uint64_t)terms >> side & 1) != 0;
}

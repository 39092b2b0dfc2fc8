/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes JSON. */
#include "config.h"

#include <string.h>

#include "base/json.h"

void
json_string(struct buf *out, const char *s)
{
	size_t n, left = strlen(s);
	unsigned cp;

	buf_putc(out, '"');
	for (; left > 0; s += n, left -= n) {
		n = utf8_decode(s, left, &cp);
		if (n == 0) {
			buf_put_utf8(out, 0xfffd);
			n = 1;
		} else if (cp == '"' || cp == '\\') {
			buf_printf(out, "\\%c", (char)cp);
		} else if (cp < ' ' || cp == 0x7f) {
			buf_printf(out, "\\u%04x", cp);
		} else {
			buf_append(out, s, n);
		}
	}
	buf_putc(out, '"');
}

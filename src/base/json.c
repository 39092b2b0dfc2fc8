/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes JSON. */
#include "config.h"

#include <inttypes.h>

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

static void
put_name(struct buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, ",\"%s\":", key);
	json_string(out, value);
}

static void
put_id(struct buf *out, const char *key, uint32_t id)
{
	if (id != 0)
		buf_printf(out, ",\"%s\":%" PRIu32, key, id);
}

void
json_subject(struct buf *out, const struct err_subject *s)
{
	put_name(out, "folder", s->folder);
	put_name(out, "side", s->sided ? side_name(s->side) : NULL);
	put_id(out, "uid", s->id[REMOTE]);
	put_id(out, "lid", s->id[LOCAL]);
	put_name(out, "file", s->file);
}

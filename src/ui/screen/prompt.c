/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of text that the user edits. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "ui/screen/prompt.h"
#include "ui/screen/term.h"

static bool
is_inside(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t
before(const struct prompt *p, size_t at)
{
	while (at > 0 && is_inside(p->text[--at]))
		;
	return at;
}

static size_t
after(const struct prompt *p, size_t at)
{
	if (at < p->len)
		at++;
	while (at < p->len && is_inside(p->text[at]))
		at++;
	return at;
}

/* The beginning of the word before at. */
static size_t
word_before(const struct prompt *p, size_t at)
{
	while (at > 0 && p->text[at - 1] == ' ')
		at--;
	while (at > 0 && p->text[at - 1] != ' ')
		at--;
	return at;
}

static void
cut(struct prompt *p, size_t from, size_t to)
{
	memmove(p->text + from, p->text + to, p->len - to);
	p->len -= to - from;
	wipe(p->text + p->len, sizeof(p->text) - p->len);
	p->at = from;
}

static void
insert(struct prompt *p, int key)
{
	struct buf text = { 0 };

	buf_put_utf8(&text, (unsigned)key);
	if (p->len + text.len < sizeof(p->text)) {
		memmove(p->text + p->at + text.len, p->text + p->at,
		    p->len - p->at);
		memcpy(p->text + p->at, buf_str(&text), text.len);
		p->len += text.len;
		p->at += text.len;
	}
	buf_wipe(&text);
}

bool
prompt_key(struct prompt *p, int key)
{
	switch (key) {
	case TERM_LEFT:
		p->at = before(p, p->at);
		break;
	case TERM_RIGHT:
		p->at = after(p, p->at);
		break;
	case TERM_HOME:
	case TERM_CTRL('A'):
		p->at = 0;
		break;
	case TERM_END:
	case TERM_CTRL('E'):
		p->at = p->len;
		break;
	case TERM_BACKSPACE:
		cut(p, before(p, p->at), p->at);
		break;
	case TERM_DELETE:
		cut(p, p->at, after(p, p->at));
		break;
	case TERM_CTRL('U'):
		cut(p, 0, p->at);
		break;
	case TERM_CTRL('W'):
		cut(p, word_before(p, p->at), p->at);
		break;
	default:
		if (key < ' ' || (key >= 0x7f && key < 0xa0) || key >= TERM_UP)
			return false;
		insert(p, key);
		break;
	}
	return true;
}

void
prompt_wipe(struct prompt *p)
{
	wipe(p, sizeof(*p));
}

size_t
prompt_stars(const struct prompt *p, char *out)
{
	size_t i, n = 0, at = 0;

	for (i = 0; i < p->len; i++) {
		if (i == p->at)
			at = n;
		if (!is_inside(p->text[i]))
			out[n++] = '*';
	}
	out[n] = '\0';
	return p->at == p->len ? n : at;
}

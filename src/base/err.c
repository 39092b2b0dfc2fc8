/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors as values: their scope, their text and who owns it. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/xalloc.h"

#define TEXT_SIZE 512 /* an event has room for as much */

struct err_detail {
	char *text;
};

void
err_clear(struct err *e)
{
	if (e->detail != NULL)
		free(e->detail->text);
	free(e->detail);
	*e = (struct err)ERR_INIT;
}

int
err_move(struct err *to, struct err *from)
{
	if (to == from)
		return -1;
	err_clear(to);
	*to = *from;
	*from = (struct err)ERR_INIT;
	return -1;
}

int
err_copy(struct err *to, const struct err *from)
{
	if (to == from)
		return -1;
	err_clear(to);
	*to = *from;
	if (from->detail == NULL)
		return -1;
	to->detail = xmalloc(sizeof(*to->detail));
	to->detail->text = xstrdup(from->detail->text);
	return -1;
}

const char *
err_text(const struct err *e)
{
	return e->detail == NULL ? "" : e->detail->text;
}

static void
text_set(struct err *e, const char *text)
{
	char safe[TEXT_SIZE];

	buf_visible(safe, sizeof(safe), text, strlen(text));
	if (e->detail == NULL)
		e->detail = xcalloc(1, sizeof(*e->detail));
	free(e->detail->text);
	e->detail->text = xstrdup(safe);
}

int
err_set(struct err *e, enum err_scope scope, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	err_clear(e);
	e->scope = scope;
	text_set(e, text);
	return -1;
}

static bool
errno_passes(int num)
{
	switch (num) {
	case ENOSPC:
	case EDQUOT:
	case EIO:
	case EMFILE:
	case ENFILE:
	case EAGAIN:
	case EINTR:
	case EPIPE:
	case ECONNRESET:
	case ECONNREFUSED:
	case ECONNABORTED:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
		return true;
	default:
		return false;
	}
}

int
err_errno(struct err *e, enum err_scope scope, int num, const char *format, ...)
{
	char text[TEXT_SIZE], room[128];
	const char *reason = room;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
#ifdef STRERROR_R_CHAR_P
	reason = strerror_r(num, room, sizeof(room));
#else
	if (strerror_r(num, room, sizeof(room)) != 0)
		snprintf(room, sizeof(room), "error %d", num);
#endif
	err_set(e, scope, "%.360s: %s", text, reason);
	e->num = num;
	e->retry = errno_passes(num);
	return -1;
}

int
err_prefix(struct err *e, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	buf_printf(&text, ": %s", err_text(e));
	text_set(e, buf_str(&text));
	buf_clear(&text);
	return -1;
}

int
err_raise(struct err *e, enum err_scope scope)
{
	if (e->scope < scope)
		e->scope = scope;
	return -1;
}

int
err_retry(struct err *e)
{
	e->retry = true;
	return -1;
}

const char *
err_without(const char *text, const char *word)
{
	size_t n = strlen(word);

	return n > 0 && strncmp(text, word, n) == 0 && text[n] == ':' &&
		       text[n + 1] == ' '
		   ? text + n + 2
		   : text;
}

const char *
err_scope_name(enum err_scope scope)
{
	static const char *const names[] = { "none", "message", "folder",
		"session", "account", "all" };

	return names[scope];
}

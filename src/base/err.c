/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

void
err_clear(struct err *e)
{
	*e = (struct err)ERR_INIT;
}

static void
err_text_set(struct err *e, const char *text)
{
	buf_visible(e->text, sizeof(e->text), text, strlen(text));
}

int
err_set(struct err *e, enum err_scope scope, const char *format, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	err_clear(e);
	e->scope = scope;
	err_text_set(e, text);
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
	char text[sizeof(e->text)], room[128];
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
	char text[sizeof(e->text)], old[sizeof(e->text)];
	size_t n;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	memcpy(old, e->text, sizeof(old));
	err_text_set(e, text);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", old);
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

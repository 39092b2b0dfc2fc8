/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors as values: their scope, their text and who owns it. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/xalloc.h"

#define TEXT_SIZE 512 /* an event has room for as much */

struct err_detail {
	char *text, *account, *folder, *file;
	char *line;		  /* by err_line */
	struct err_subject about; /* borrows the strings */
};

static struct err_detail *
detail_of(struct err *e)
{
	if (e->detail == NULL)
		e->detail = xcalloc(1, sizeof(*e->detail));
	return e->detail;
}

void
err_clear(struct err *e)
{
	struct err_detail *d = e->detail;

	if (d != NULL) {
		free(d->text);
		free(d->account);
		free(d->folder);
		free(d->file);
		free(d->line);
		free(d);
	}
	e->scope = ERR_NONE;
	e->retry = false;
	e->num = 0;
	e->detail = NULL;
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

/* *about borrows *to, which was NULL. */
static void
name_copy(char **to, const char *from, const char **about)
{
	if (from != NULL)
		*to = xstrdup(from);
	*about = *to;
}

int
err_copy(struct err *to, const struct err *from)
{
	struct err_detail *d;

	if (to == from)
		return -1;
	err_clear(to);
	*to = *from;
	if (from->detail == NULL)
		return -1;
	to->detail = NULL;
	d = detail_of(to);
	d->about = from->detail->about;
	d->text = xstrdup(err_text(from));
	name_copy(&d->account, from->detail->account, &d->about.account);
	name_copy(&d->folder, from->detail->folder, &d->about.folder);
	name_copy(&d->file, from->detail->file, &d->about.file);
	return -1;
}

const char *
err_text(const struct err *e)
{
	return e->detail == NULL || e->detail->text == NULL ? ""
							    : e->detail->text;
}

static void
text_set(struct err *e, const char *text)
{
	struct err_detail *d = detail_of(e);
	char safe[TEXT_SIZE];

	buf_visible(safe, sizeof(safe), text, strlen(text));
	free(d->text);
	d->text = xstrdup(safe);
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

/* text: NULL, or what was being done. */
static int
errno_set(struct err *e, enum err_scope scope, int num, const char *text)
{
	char room[128];
	const char *reason;

#ifdef STRERROR_R_CHAR_P
	reason = strerror_r(num, room, sizeof(room));
#else
	if (strerror_r(num, room, sizeof(room)) != 0)
		snprintf(room, sizeof(room), "error %d", num);
	reason = room;
#endif
	if (text != NULL)
		err_set(e, scope, "%.360s: %s", text, reason);
	else
		err_set(e, scope, "%s", reason);
	e->num = num;
	e->retry = errno_passes(num);
	return -1;
}

int
err_errno(struct err *e, enum err_scope scope, int num, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return errno_set(e, scope, num, text);
}

int
err_file_set(struct err *e, enum err_scope scope, const char *path,
    const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	err_set(e, scope, "%s", text);
	return err_file(e, path);
}

int
err_file_errno(struct err *e, enum err_scope scope, int num, const char *path,
    const char *what)
{
	errno_set(e, scope, num, what);
	return err_file(e, path);
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
err_suffix(struct err *e, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	buf_printf(&text, "%s; ", err_text(e));
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
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

static void
name_set(char **to, const char *from, const char **about)
{
	struct buf safe = { 0 };

	if (*to != NULL)
		return;
	buf_append_visible(&safe, from, strlen(from));
	*to = buf_steal(&safe);
	*about = *to;
}

int
err_account(struct err *e, const char *name)
{
	struct err_detail *d = detail_of(e);

	name_set(&d->account, name, &d->about.account);
	return -1;
}

int
err_folder(struct err *e, const char *name)
{
	struct err_detail *d = detail_of(e);

	name_set(&d->folder, name, &d->about.folder);
	return -1;
}

int
err_file(struct err *e, const char *path)
{
	struct err_detail *d = detail_of(e);

	name_set(&d->file, path, &d->about.file);
	return -1;
}

int
err_below(struct err *e, const char *dir)
{
	struct err_detail *d = detail_of(e);
	struct buf path = { 0 };

	if (d->file == NULL || d->file[0] == '/')
		return err_file(e, dir);
	buf_append_visible(&path, dir, strlen(dir));
	buf_printf(&path, "/%s", d->file);
	free(d->file);
	d->file = buf_steal(&path);
	d->about.file = d->file;
	return -1;
}

int
err_message(struct err *e, enum side side, uint32_t id)
{
	struct err_detail *d = detail_of(e);

	if (d->about.id[side] == 0)
		d->about.id[side] = id;
	return -1;
}

int
err_side(struct err *e, enum side side)
{
	struct err_detail *d = detail_of(e);

	if (!d->about.sided)
		d->about.side = side;
	d->about.sided = true;
	return -1;
}

const struct err_subject *
err_about(const struct err *e)
{
	static const struct err_subject nothing;

	return e->detail == NULL ? &nothing : &e->detail->about;
}

void
err_subject_put(const struct err_subject *s, const char *text, struct buf *out)
{
	if (s->account != NULL)
		buf_printf(out, "%s: ", s->account);
	if (s->folder != NULL)
		buf_printf(out, "%s: ", s->folder);
	if (s->id[REMOTE] != 0)
		buf_printf(out, "UID %" PRIu32 ": ", s->id[REMOTE]);
	else if (s->id[LOCAL] != 0)
		buf_printf(out, "local message %" PRIu32 ": ", s->id[LOCAL]);
	if (s->file != NULL)
		buf_printf(out, "%s: ", s->file);
	buf_puts(out, text);
}

const char *
err_line(const struct err *e)
{
	struct buf line = { 0 };

	if (e->detail == NULL)
		return "";
	err_subject_put(err_about(e), err_text(e), &line);
	free(e->detail->line);
	e->detail->line = buf_steal(&line);
	return e->detail->line;
}

const char *
err_scope_name(enum err_scope scope)
{
	static const char *const names[] = { "none", "message", "folder",
		"session", "account", "all" };

	return names[scope];
}

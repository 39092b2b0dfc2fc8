/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expands and compares paths. */
#include "config.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/settings/settings_private.h"

static void
home_of(const char *user, struct buf *out)
{
	struct passwd pw, *found = NULL;
	char text[4096];

	if (user != NULL)
		getpwnam_r(user, &pw, text, sizeof(text), &found);
	else
		getpwuid_r(getuid(), &pw, text, sizeof(text), &found);
	if (found != NULL)
		buf_puts(out, found->pw_dir);
}

static void
home_append(struct buf *out)
{
	const char *home;

	home = getenv("HOME");
	if (home != NULL && home[0] != '\0')
		buf_puts(out, home);
	else
		home_of(NULL, out);
}

/* "~" or "~user" at the start; returns what comes after it. */
static const char *
tilde_expand(const char *p, struct buf *out, struct err *e)
{
	char *user;
	size_t n, before = out->len;

	n = strcspn(p, "/");
	user = xstrndup(p + 1, n - 1);
	if (n == 1)
		home_append(out);
	else
		home_of(user, out);
	if (out->len == before) {
		err_set(e, ERR_ALL, "no such user: %s", user);
		p = NULL;
	} else
		p += n;
	free(user);
	return p;
}

/* "$NAME" or "${NAME}" at p; returns what comes after it. */
static const char *
variable_expand(const char *p, struct buf *out, struct err *e)
{
	const char *begin, *end, *value;
	char *name;
	bool braces;

	braces = p[1] == '{';
	begin = end = p + (braces ? 2 : 1);
	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == begin || (braces && *end != '}')) {
		err_set(e, ERR_ALL, "\"$\" is not followed by a name");
		return NULL;
	}
	name = xstrndup(begin, (size_t)(end - begin));
	value = getenv(name);
	if (value == NULL)
		err_set(
		    e, ERR_ALL, "the environment variable %s is not set", name);
	else
		buf_puts(out, value);
	free(name);
	return value == NULL ? NULL : end + (braces ? 1 : 0);
}

char *
settings_path_expand(const char *text, struct err *e)
{
	struct buf out = { 0 };
	const char *p = text;

	if (*p == '~')
		p = tilde_expand(p, &out, e);
	while (p != NULL && *p != '\0') {
		if (*p == '$')
			p = variable_expand(p, &out, e);
		else
			buf_putc(&out, *p++);
	}
	if (p != NULL && buf_str(&out)[0] != '/') {
		err_set(e, ERR_ALL,
		    "\"%s\" does not begin with \"/\", \"~\" or a variable "
		    "that does",
		    text);
		p = NULL;
	}
	if (p == NULL) {
		buf_clear(&out);
		return NULL;
	}
	while (out.len > 1 && out.data[out.len - 1] == '/')
		out.data[--out.len] = '\0';
	return buf_steal(&out);
}

/* Removes the last component. */
static void
path_up(struct buf *path)
{
	while (path->len > 0 && path->data[path->len - 1] != '/')
		path->len--;
	if (path->len > 0)
		path->len--;
	if (path->data != NULL)
		path->data[path->len] = '\0';
}

/* Appends components that do not exist yet. */
static void
path_append(struct buf *path, const char *rest)
{
	size_t n;

	for (; *rest != '\0'; rest += n) {
		rest += strspn(rest, "/");
		n = strcspn(rest, "/");
		if (n == 2 && strncmp(rest, "..", 2) == 0)
			path_up(path);
		else if (n > 0 && (n != 1 || rest[0] != '.'))
			buf_printf(path, "/%.*s", (int)n, rest);
	}
}

/* The longest part that exists, resolved by the kernel, then the rest. */
static char *
path_real(const char *path)
{
	struct buf out = { 0 };
	char *head, *real, *cut;
	size_t there;

	head = xstrdup(path);
	there = strlen(head);
	while ((real = realpath(head[0] != '\0' ? head : "/", NULL)) == NULL) {
		cut = strrchr(head, '/');
		if (cut == NULL)
			break;
		*cut = '\0';
		there = (size_t)(cut - head);
	}
	if (real != NULL && strcmp(real, "/") != 0)
		buf_puts(&out, real);
	path_append(&out, real != NULL ? path + there : path);
	if (out.len == 0)
		buf_putc(&out, '/');
	free(real);
	free(head);
	return buf_steal(&out);
}

char *
settings_path_real(const char *path)
{
	char *once, *twice;

	/* ".." in a part that does not exist may lead to a link that does. */
	once = path_real(path);
	twice = path_real(once);
	free(once);
	return twice;
}

void
settings_path_defaults(char *place[2])
{
	struct buf home = { 0 };
	const char *xdg;

	home_append(&home);
	xdg = getenv("XDG_CONFIG_HOME");
	if (xdg != NULL && xdg[0] == '/')
		place[0] = xasprintf("%s/blinkmail/blinkmail.conf", xdg);
	else
		place[0] = xasprintf(
		    "%s/.config/blinkmail/blinkmail.conf", buf_str(&home));
	place[1] = xasprintf("%s/.blinkmail.conf", buf_str(&home));
	buf_clear(&home);
}

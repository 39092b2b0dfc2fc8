/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of accounts and folders: in a line, and in what the user typed. */
#include "config.h"

#include <string.h>

#include "engine/ctl/ctl_target.h"

void
ctl_target_encode(struct buf *out, const char *target)
{
	for (; *target != '\0'; target++) {
		unsigned char c = (unsigned char)*target;

		if (c <= ' ' || c == 0x7f || c == '%')
			buf_printf(out, "%%%02X", c);
		else
			buf_putc(out, (char)c);
	}
}

/* -1: not a hexadecimal digit as we write it */
static int
hex(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

bool
ctl_target_decode(struct buf *out, const char *text)
{
	int c;

	for (; *text != '\0'; text++) {
		if (*text != '%') {
			buf_putc(out, *text);
			continue;
		}
		if (hex(text[1]) == -1 || hex(text[2]) == -1)
			return false;
		c = 16 * hex(text[1]) + hex(text[2]);
		if (c == 0)
			return false;
		buf_putc(out, (char)c);
		text += 2;
	}
	return true;
}

static int
unknown(const char *target, const char *const *names, size_t n, struct err *e)
{
	struct buf list = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		buf_printf(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
	err_set(e, ERR_ALL, "no account is called \"%s\"; there %s %s", target,
	    n == 1 ? "is" : "are", buf_str(&list));
	buf_clear(&list);
	return -1;
}

int
ctl_target_account(const char *name, const char *const *names, size_t n,
    size_t *account, struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			break;
	if (i == n)
		return unknown(name, names, n, e);
	*account = i;
	return 0;
}

int
ctl_target_find(const char *target, const char *const *names, size_t n,
    size_t *account, const char **folder, struct err *e)
{
	size_t i, len, best = 0;

	*folder = "";
	for (i = 0; i < n; i++) {
		len = strlen(names[i]);
		if (len > best && strncmp(target, names[i], len) == 0 &&
		    (target[len] == '\0' || target[len] == '/')) {
			*account = i;
			best = len;
		}
	}
	if (best == 0)
		return unknown(target, names, n, e);
	if (target[best] == '/' && target[best + 1] == '\0')
		return err_set(e, ERR_ALL, "\"%s\" names no folder", target);
	if (target[best] == '/')
		*folder = target + best + 1;
	return 0;
}

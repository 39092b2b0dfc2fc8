/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is always there: without it the program ends. */
#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

static void *
there(void *p)
{
	static const char text[] = "blinkmail: out of memory\n";

	if (p == NULL) {
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		_exit(1);
	}
	return p;
}

void *
xmalloc(size_t size)
{
	return there(malloc(size > 0 ? size : 1));
}

void *
xcalloc(size_t count, size_t size)
{
	return there(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
xrealloc(void *p, size_t size)
{
	return there(realloc(p, size > 0 ? size : 1));
}

void *
xreallocarray(void *p, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		there(NULL);
	return xrealloc(p, count * size);
}

char *
xstrdup(const char *s)
{
	return there(strdup(s));
}

char *
xstrndup(const char *s, size_t len)
{
	return there(strndup(s, len));
}

char *
xasprintf(const char *format, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) == -1)
		text = NULL;
	va_end(ap);
	return there(text);
}

void *
xgrow(void *p, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return p;
	*cap = count < 8 ? 16 : count + count / 2;
	return xreallocarray(p, *cap, size);
}

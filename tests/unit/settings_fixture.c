/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "settings_fixture.h"

void
say(void *arg, const char *line)
{
	struct load *l = arg;

	buf_puts(&l->said, line);
	buf_putc(&l->said, '\n');
}

static int
one_ui(const char *name, struct err *e)
{
	return strcmp(name, "foo") != 0
		   ? 0
		   : err_set(e, ERR_ALL, "nobody calls it \"%s\"", name);
}

void
load(struct load *l, const char *text, const char *const *over)
{
	const struct settings_reader reader = {
		.arg = l, .report = say, .ui = one_ui
	};
	struct settings_override list[8];
	size_t n = 0;

	memset(l, 0, sizeof(*l));
	if (text != NULL)
		file_write(FILE_NAME, text, 0600);
	for (; over != NULL && *over != NULL; over++)
		list[n++] = (struct settings_override){ *over, NULL };
	l->rc = settings_load(FILE_NAME, list, n, &reader, &l->s, &l->e);
	/* Set exactly when it failed, and failed exactly when it said so. */
	assert_int_equal(l->rc == 0, l->said.len == 0 && l->s != NULL);
}

void
unload(struct load *l)
{
	buf_clear(&l->said);
	err_clear(&l->e);
	settings_free(l->s);
}

int
place_make(void **state)
{
	*state = tmpdir_enter();
	assert_int_equal(setenv("MAILHOME", "/mail", 1), 0);
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("NOTHING");
	return 0;
}

int
place_drop(void **state)
{
	tmpdir_leave(*state);
	return 0;
}

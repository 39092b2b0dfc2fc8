/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "maildir_temp.h"
#include "settle.h"
#include "tmpdir.h"

void
temp_open(struct temp *t)
{
	const struct maildir_options o = {
		.infosep = ':', .fsync = true, .native = "INBOX"
	};
	int dir;

	maildir_unref(t->md);
	t->md = NULL;
	dir = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	OK(maildir_make(dir, false, &err));
	OK(maildir_open_take(dir, &o, &t->md, &err));
}

int
temp_setup(void **state)
{
	struct temp *t;

	t = xcalloc(1, sizeof(*t));
	t->dir = tmpdir_new();
	err_clear(&err);
	temp_open(t);
	*state = t;
	return 0;
}

int
temp_teardown(void **state)
{
	struct temp *t = *state;

	maildir_unref(t->md);
	tmpdir_free(t->dir);
	free(t);
	return 0;
}

void
temp_put(struct temp *t, const char *below, const void *data, size_t len)
{
	file_put(t->md->dir, below, data, len);
}

void
temp_touch(struct temp *t, const char *below)
{
	temp_put(t, below, "Subject: x\n\nx\n", 14);
}

bool
temp_has(struct temp *t, const char *below)
{
	return file_exists(t->md->dir, below);
}

char *
temp_get(struct temp *t, const char *below, size_t *len)
{
	return file_get(t->md->dir, below, len);
}

size_t
temp_count(struct temp *t, const char *below)
{
	return file_count(t->md->dir, below);
}

void
temp_settle(struct temp *t)
{
	settle(t->md->dir, ".");
}

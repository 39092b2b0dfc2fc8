/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "status_fixture.h"
#include "tmpdir.h"

int
place_setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	p->dir = tmpdir_new();
	p->path = xasprintf("%s/work.db", p->dir);
	err_clear(&err);
	*state = p;
	return 0;
}

size_t
place_files(const struct place *p)
{
	return file_count(AT_FDCWD, p->dir);
}

void
place_empty(const struct place *p)
{
	remove_tree(p->dir);
	assert_int_equal(mkdir(p->dir, 0700), 0);
}

int
place_teardown(void **state)
{
	struct place *p = *state;

	free(p->path);
	tmpdir_free(p->dir);
	free(p);
	return 0;
}

struct status *
place_open(const struct place *p)
{
	struct status *st = NULL;
	bool was_corrupt = true;

	OK(status_open(p->path, NULL, &st, &was_corrupt, &err));
	assert_false(was_corrupt);
	return st;
}

int64_t
add_folder(struct status *st, const char *name)
{
	struct status_folder f = { 0 };
	int64_t id;

	f.name[REMOTE] = xstrdup(name);
	f.name[LOCAL] = xstrdup(name);
	OK(status_folder_put(st, &f, &err));
	id = f.id;
	assert_true(id > 0);
	status_folder_clear(&f);
	return id;
}

void
put_pair(struct status *st, int64_t folder, uint32_t n)
{
	struct status_pair p = { .id = { [LOCAL] = 2 * n, [REMOTE] = n } };
	char name[64], far[64];

	snprintf(name, sizeof(name), "%u_%u.1.host,U=%u", 1000 + n, n, n);
	snprintf(far, sizeof(far), "%u_%u.1.far,U=%u", 1000 + n, n, 2 * n);
	p.flags = FLAG_SEEN | (n & 0xff);
	p.date = 1700000000 + (int64_t)n;
	p.digest.size = UINT64_C(1) << 33;
	p.digest.header = ~(uint64_t)n;
	memset(p.digest.whole, (int)(n & 0xff), DIGEST_LEN);
	p.name[LOCAL] = name;
	p.name[REMOTE] = far;
	OK(status_pair_put(st, folder, &p, &err));
}

size_t
pair_count(struct status *st, int64_t folder)
{
	struct plan_pair *base;
	size_t n;

	OK(status_base(st, folder, &base, &n, &err));
	free(base);
	return n;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "status_fixture.h"

struct err err;

void
place_check(int ret, struct err *e, const char *call, int line)
{
	if (ret == 0)
		return;
	print_error("line %d: %s: %s\n", line, call, e->text);
	fail();
}
int
place_setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	snprintf(p->dir, sizeof(p->dir), "/tmp/t_status.XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/work.db", p->dir);
	err_clear(&err);
	*state = p;
	return 0;
}

size_t
place_each(const struct place *p, void (*each)(const char *path))
{
	DIR *d = opendir(p->dir);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		path = xasprintf("%s/%s", p->dir, entry->d_name);
		if (each != NULL)
			each(path);
		free(path);
		n++;
	}
	closedir(d);
	return n;
}

void
place_unlink(const char *path)
{
	unlink(path);
}

int
place_teardown(void **state)
{
	struct place *p = *state;

	place_each(p, place_unlink);
	rmdir(p->dir);
	free(p);
	return 0;
}

struct status *
place_open(const struct place *p)
{
	struct status *st = NULL;
	bool was_corrupt = true;

	CHECK(status_open(p->path, NULL, &st, &was_corrupt, &err));
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
	CHECK(status_folder_put(st, &f, &err));
	id = f.id;
	assert_true(id > 0);
	status_folder_clear(&f);
	return id;
}

void
put_pair(struct status *st, int64_t folder, uint32_t n)
{
	struct status_pair p = { .id = { [LOCAL] = 2 * n, [REMOTE] = n } };
	char name[64];

	snprintf(name, sizeof(name), "%u_%u.1.host,U=%u", 1000 + n, n, n);
	p.flags = FLAG_SEEN | (n & 0xff);
	p.date = 1700000000 + (int64_t)n;
	p.digest.size = UINT64_C(1) << 33;
	p.digest.header = ~(uint64_t)n;
	memset(p.digest.whole, (int)(n & 0xff), DIGEST_LEN);
	p.name = name;
	CHECK(status_pair_put(st, folder, &p, &err));
}

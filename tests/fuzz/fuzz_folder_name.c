/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of folders: from a server's name, or a directory, to the canonical one
 * and on to a path. The first byte chooses delimiter and layout; the rest is
 * the name.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/store/foldername.h"
#include "fuzz.h"
#include "maildir/maildir_layout.h"

/* Below the root, and no directory that every Maildir has. */
static void
check_path(const char *path)
{
	static const char *const not [] = { "", "..", "cur", "new", "tmp" };
	size_t i, n;

	for (; strcmp(path, ".") != 0; path += n + 1) {
		n = strcspn(path, "/");
		for (i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
			assert(
			    n != strlen(not [i]) || memcmp(path, not [i], n));
		assert(n <= 255);
		if (path[n] == '\0')
			break;
	}
}

/* A canonical name leads to a path, and that back to it. */
static void
check_layout(enum maildir_layout layout, const char *canonical)
{
	char *path, *name;
	struct err e = ERR_INIT;

	if (maildir_layout_path(layout, canonical, &path, &e) == -1) {
		assert(e.scope == ERR_FOLDER);
		err_clear(&e);
		return;
	}
	check_path(path);
	assert(maildir_layout_name(layout, path, &name, &e) == 0);
	assert(strcmp(name, canonical) == 0);
	free(name);
	free(path);
}

static void
check_directory(enum maildir_layout layout, const char *path)
{
	char *name, *again;
	struct err e = ERR_INIT;

	if (maildir_layout_name(layout, path, &name, &e) == -1) {
		assert(e.scope == ERR_FOLDER);
		err_clear(&e);
		return;
	}
	assert(maildir_layout_path(layout, name, &again, &e) == 0);
	assert(strcasecmp(again, path) == 0);
	free(again);
	free(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delimiters[] = { '/', '.', '\0', '\\' };
	const char *text = (const char *)data + 1;
	char *canonical, *native, *path, delimiter;
	enum maildir_layout layout;
	struct err e = ERR_INIT;

	if (size-- == 0)
		return 0;
	layout = (enum maildir_layout)(data[0] / 4 % 3);
	delimiter = delimiters[data[0] % 4];
	path = xstrndup(text, size);
	check_directory(layout, path);
	free(path);
	if (foldername_canonical(text, size, delimiter, &canonical, &e) == -1) {
		assert(e.scope == ERR_FOLDER);
		err_clear(&e);
		return 0;
	}
	check_layout(layout, canonical);
	native = foldername_native(canonical, delimiter);
	/* INBOX in any case is one name. */
	assert(native != NULL && strlen(native) == size &&
	       strncasecmp(native, text, size) == 0);
	free(native);
	free(canonical);
	return 0;
}

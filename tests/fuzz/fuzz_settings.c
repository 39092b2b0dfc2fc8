/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration text. Of the first byte, one bit says that mistakes are
 * passed over, one that the first line is an override as of -k; the rest is
 * the file.
 */
#include "config.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/tmpdir.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/settings/settings.h"
#include "fuzz.h"

static char *file; /* the configuration */

static void
report(void *arg, const char *line)
{
	size_t *mistakes = arg;

	++*mistakes;
	assert(line[0] != '\0' && strstr(line, ": ") != NULL);
	for (; *line != '\0'; line++)
		assert((unsigned char)*line >= ' ' && *line != 0x7f);
}

static void
check_store(const struct settings_store *s)
{
	size_t i;

	for (i = 0; i < s->nametrans_len; i++)
		assert(s->nametrans[i].pattern != NULL &&
		       s->nametrans[i].replacement != NULL);
	if (s->type == STORE_MAILDIR) {
		assert(s->path != NULL && s->path[0] == '/');
		assert(s->infosep > ' ' && s->infosep != '/');
	} else {
		assert(s->host != NULL || s->preauthtunnel != NULL ||
		       s->transporttunnel != NULL);
		assert(s->port <= 65535 && s->maxconnections > 0);
	}
}

/* What was accepted can be used without another look. */
static void
check_accepted(const struct settings *s)
{
	const struct settings_account *a;
	size_t i, k;

	assert(s->metadata != NULL && s->metadata[0] == '/');
	assert(s->maxsyncaccounts > 0 && s->socktimeout > 0);
	for (i = 0; i < s->accounts_len; i++) {
		a = &s->accounts[i];
		assert(a->name != NULL && a->name[0] != '\0' && a->index == i);
		assert(a->autorefresh >= 0 && a->maxage >= 0);
		for (k = 0; k < i; k++)
			assert(strcmp(a->name, s->accounts[k].name) != 0);
		check_store(&a->store[LOCAL]);
		check_store(&a->store[REMOTE]);
	}
}

static void
load(const char *over, bool lenient)
{
	size_t mistakes = 0;
	const struct settings_reader reader = {
		.arg = &mistakes, .report = report, .lenient = lenient
	};
	const struct settings_override list[1] = { { over, NULL } };
	struct settings *s = NULL;
	struct err e = ERR_INIT;

	if (settings_load(file, list, over != NULL, &reader, &s, &e) == -1) {
		assert(e.scope == ERR_ALL && s == NULL);
		err_clear(&e);
		return;
	}
	assert(s != NULL && (lenient || mistakes == 0));
	if (!lenient)
		check_accepted(s);
	settings_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = data + 1, *end;
	char *over = NULL;

	if (size-- == 0)
		return 0;
	if (file == NULL) {
		file = xasprintf("%s/blinkmail.conf", fuzz_dir());
		assert(setenv("HOME", fuzz_dir(), 1) == 0);
	}
	if ((data[0] & 2) != 0) {
		end = memchr(text, '\n', size);
		if (end == NULL)
			return 0;
		over = xstrndup((const char *)text, (size_t)(end - text));
		size -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	file_put(AT_FDCWD, file, text, size);
	load(over, (data[0] & 1) != 0);
	free(over);
	return 0;
}

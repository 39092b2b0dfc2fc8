/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder's file dovecot-keywords, which other programs write, too. The first
 * byte says which letters are asked for; the rest is the file.
 */
#include "config.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/tmpdir.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "fuzz.h"
#include "maildir/maildir_keywords.h"

#define ADDED "fuzz-added"

/* An empty Maildir, made once. */
static struct maildir *
folder_once(void)
{
	static const struct maildir_options o = { .infosep = ':',
		.native = "INBOX" };
	static struct maildir *md;
	struct err e = ERR_INIT;
	int dir;

	if (md != NULL)
		return md;
	dir = open(fuzz_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(dir >= 0);
	assert(maildir_make(dir, false, &e) == 0);
	assert(maildir_open_take(dir, &o, &md, &e) == 0);
	return md;
}

static bool
is_sorted(const struct buf *letters)
{
	size_t i;

	for (i = 1; i < letters->len; i++)
		if (letters->data[i - 1] >= letters->data[i])
			return false;
	return true;
}

/* Letters mean flags, and these have the same letters again. */
static void
check_letters(struct maildir_keywords *k, const char *asked, size_t len)
{
	struct buf letters = { 0 };
	uint32_t flags;

	flags = maildir_keywords_flags(k, asked, len);
	maildir_keywords_letters(k, flags, asked, len, &letters);
	assert(is_sorted(&letters));
	assert(
	    maildir_keywords_flags(k, buf_str(&letters), letters.len) == flags);
	buf_clear(&letters);
}

/* One more keyword takes no name away. */
static void
check_assign(struct maildir_keywords *k)
{
	struct keywords map = { { NULL } };
	struct maildir_keywords again;
	struct err e = ERR_INIT;
	char *before[FLAG_KEYWORDS];
	uint32_t bit;
	size_t i, added;

	for (i = 0; i < FLAG_KEYWORDS; i++)
		before[i] = k->table.names[i] == NULL
				? NULL
				: xstrdup(k->table.names[i]);
	bit = keywords_flag(k->map, ADDED, strlen(ADDED), true);
	assert(maildir_keywords_assign(k, bit, NULL, &e) == 0);
	maildir_keywords_init(&again, k->md, -1, true, &map);
	assert(maildir_keywords_load(&again, &e) == 0);
	for (i = added = 0; i < FLAG_KEYWORDS; i++) {
		assert((k->table.names[i] == NULL) ==
		       (again.table.names[i] == NULL));
		if (k->table.names[i] == NULL)
			continue;
		assert(strcmp(k->table.names[i], again.table.names[i]) == 0);
		added += before[i] == NULL;
		assert(strcmp(before[i] != NULL ? before[i] : ADDED,
			   k->table.names[i]) == 0);
		free(before[i]);
	}
	assert(added <= 1);
	maildir_keywords_clear(&again);
	keywords_clear(&map);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyz";
	struct maildir *md = folder_once();
	struct keywords map = { { NULL } };
	struct maildir_keywords k;
	struct err e = ERR_INIT;

	if (size == 0)
		return 0;
	file_put(md->dir, MAILDIR_KEYWORDS_FILE, data + 1, size - 1);
	maildir_keywords_init(&k, md, -1, false, &map);
	if (maildir_keywords_load(&k, &e) == 0) {
		check_letters(&k, all + data[0] % 26, 1);
		check_letters(&k, all, 26);
		check_assign(&k);
		check_letters(&k, all, 26);
	} else {
		assert(e.scope == ERR_FOLDER && size > 65536);
		err_clear(&e);
	}
	maildir_keywords_clear(&k);
	keywords_clear(&map);
	return 0;
}

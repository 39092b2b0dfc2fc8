/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of message files. The first byte chooses the character before the
 * info; the rest, up to a NUL, is a file name.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "fuzz.h"
#include "maildir/maildir_name.h"

#define SUM "0123456789abcdef0123456789abcdef"

/* What the parts are put together to is the name. */
static void
check_parts(const char *file, char infosep, const struct maildir_name *n)
{
	const size_t len = strlen(file);
	char *letters = xstrndup(n->letters, n->letters_len);
	struct maildir_name again;
	struct buf whole = { 0 };

	assert(n->base == file && n->base_len <= len);
	assert(strchr(letters, ',') == NULL);
	assert(n->extra[0] == '\0' || n->extra[0] == ',');
	maildir_name_format(
	    &whole, n->base, n->base_len, infosep, letters, n->extra);
	if (n->base_len < len)
		assert(strcmp(buf_str(&whole), file) == 0);
	maildir_name_parse(buf_str(&whole), infosep, &again);
	assert(again.base_len == n->base_len);
	assert(again.letters_len == n->letters_len);
	assert(strcmp(again.extra, n->extra) == 0);
	buf_clear(&whole);
	free(letters);
}

/* What was told is found again, and telling it again changes nothing. */
static void
check_bound(const char *unique, const char *base, size_t len, uint32_t uid)
{
	struct buf once = { 0 }, twice = { 0 };
	const char *name, *sum;
	size_t key;

	maildir_name_bind(&once, unique, base, len, uid, SUM);
	name = buf_str(&once);
	assert(maildir_name_hint(name, once.len, SUM) == uid);
	sum = maildir_name_sum(name, once.len);
	assert(sum != NULL && memcmp(sum, SUM, strlen(SUM)) == 0);
	key = maildir_name_key_len(name, once.len);
	if (unique != NULL)
		assert(key == strlen(unique) && memcmp(name, unique, key) == 0);
	else
		assert(key == maildir_name_key_len(base, len) &&
		       memcmp(name, base, key) == 0);
	maildir_name_bind(&twice, NULL, name, once.len, uid, SUM);
	assert(strcmp(buf_str(&twice), name) == 0);
	buf_clear(&once);
	buf_clear(&twice);
}

static void
check_made(const char *file)
{
	struct maildir_namer namer = { .host = "host", .pid = 7 };
	struct buf made = { 0 };
	long pid = 0;

	if (maildir_namer_made(&namer, file, &pid))
		assert(pid > 0 && strstr(file, ".host") != NULL);
	maildir_namer_make(&namer, &made);
	assert(maildir_namer_made(&namer, buf_str(&made), &pid) && pid == 7);
	buf_clear(&made);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char infoseps[] = { ':', ';', '!', ',' };
	struct maildir_name n;
	const char *sum;
	char infosep, *file;

	if (size == 0)
		return 0;
	infosep = infoseps[data[0] % sizeof(infoseps)];
	file = xstrndup((const char *)data + 1, size - 1);
	maildir_name_parse(file, infosep, &n);
	check_parts(file, infosep, &n);
	sum = maildir_name_sum(n.base, n.base_len);
	assert(sum == NULL || sum + strlen(SUM) <= n.base + n.base_len);
	assert(sum == NULL || memcmp(sum, SUM, strlen(SUM)) == 0 ||
	       maildir_name_hint(n.base, n.base_len, SUM) == 0);
	check_bound(NULL, n.base, n.base_len, 0);
	check_bound(NULL, n.base, n.base_len, 4294967295U);
	check_bound("1_2.3.h", n.base, n.base_len, 12);
	check_made(file);
	free(file);
	return 0;
}

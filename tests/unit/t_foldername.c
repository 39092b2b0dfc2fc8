/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <cmocka.h>

#include "base/buf.h"
#include "engine/store/foldername.h"

static void
t_canonical(void **state)
{
	static const struct {
		const char *native;
		char delimiter;
		const char *canonical;
		const char *back; /* NULL: native */
	} rows[] = {
		{ "INBOX", '/', "INBOX", NULL },
		{ "inBox", '/', "INBOX", "INBOX" },
		{ "inbox.Work", '.', "INBOX/Work", "INBOX.Work" },
		{ "Lists.inbox", '.', "Lists/inbox", NULL },
		{ "INBOXES", '/', "INBOXES", NULL },
		{ "[Gmail]/All Mail", '/', "[Gmail]/All Mail", NULL },
		{ "a/b", '.', "a%2Fb", NULL },
		{ "a/b", 0, "a%2Fb", NULL },
		{ "a.b", '/', "a.b", NULL },
		{ "v1.2", '.', "v1/2", NULL },
		{ "100%", '/', "100%", NULL },
		{ "%2F", '/', "%252F", NULL },
		{ "%2f", '/', "%252f", NULL },
		{ "%%2F", '/', "%%252F", NULL },
		{ "%/2F", '/', "%/2F", NULL },
		{ "%/41", '.', "%%2F41", NULL },
		{ "%2\x01", '/', "%2%01", NULL },
		{ "tab\there\x7f", '/', "tab%09here%7F", NULL },
		{ "c1\xc2\x85", '/', "c1%C2%85", NULL },
		{ "nbsp\xc2\xa0", '/', "nbsp\xc2\xa0", NULL },
		{ "Entw\xc3\xbcrfe/\xf0\x9f\x93\xac", '/',
		    "Entw\xc3\xbcrfe/\xf0\x9f\x93\xac", NULL },
		{ "a%b", '%', "a/b", NULL },
		{ "...", '/', "...", NULL },
		{ ".hidden", '/', ".hidden", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *want = rows[i].back;
		struct err e = ERR_INIT;
		char *canonical, *native;

		assert_int_equal(
		    foldername_canonical(rows[i].native, strlen(rows[i].native),
			rows[i].delimiter, &canonical, &e),
		    0);
		assert_string_equal(canonical, rows[i].canonical);
		native = foldername_native(canonical, rows[i].delimiter);
		assert_non_null(native);
		assert_string_equal(
		    native, want != NULL ? want : rows[i].native);
		free(native);
		free(canonical);
		err_clear(&e);
	}
}

static void
t_refused(void **state)
{
	static const struct {
		const char *native;
		size_t len;
		char delimiter;
	} rows[] = {
		{ "", 0, '/' },
		{ "/", 1, '/' },
		{ "/abs", 4, '/' },
		{ "a//b", 4, '/' },
		{ "a/", 2, '/' },
		{ ".", 1, '/' },
		{ "..", 2, '.' },
		{ "../../x", 7, '/' },
		{ "a/../b", 6, '/' },
		{ "a/./b", 5, '/' },
		{ "a/..", 4, '/' },
		{ "..", 2, 0 },
		{ "a\0b", 3, '/' },
		{ "\0", 1, '/' },
		{ "a\xff", 2, '/' },
		{ "\xc0\xae\xc0\xae/x", 6, '/' },
		{ "\xed\xa0\x80", 3, '/' },
	};
	char *canonical = NULL, *big;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&e);
		assert_int_equal(
		    foldername_canonical(rows[i].native, rows[i].len,
			rows[i].delimiter, &canonical, &e),
		    -1);
		assert_int_equal(e.scope, ERR_FOLDER);
		assert_true(err_text(&e)[0] != '\0');
		assert_null(canonical);
	}
	big = malloc(5001);
	assert_non_null(big);
	memset(big, 'x', 5001);
	assert_int_equal(
	    foldername_canonical(big, 5001, '/', &canonical, &e), -1);
	err_clear(&e);
	assert_int_equal(
	    foldername_canonical(big, 5000, '/', &canonical, &e), 0);
	assert_int_equal(strlen(canonical), 5000);
	free(canonical);
	free(big);
}

static void
t_native_refused(void **state)
{
	(void)state;
	assert_null(foldername_native("a.b/c", '.'));
	assert_null(foldername_native("a/b", 0));
	assert_null(foldername_native("a%2Fb", '/'));
	assert_null(foldername_native("a%00b", '/'));
	assert_null(foldername_native("a%2Eb", '.'));
}

/* A character that a name may hold, with those that matter more often. */
static unsigned
random_char(void)
{
	static const char often[] = "/.%2FfAa\x01\x7f\x1b\\ :,";
	unsigned cp;

	if (rand() % 2 == 0)
		return (
		    unsigned char)often[(size_t)rand() % (sizeof(often) - 1)];
	do
		cp = (unsigned)rand() % 0x110000;
	while (cp == 0 || (cp >= 0xd800 && cp < 0xe000));
	return cp;
}

/* What foldername_canonical takes comes back exactly, and nothing in it can
 * leave a folder or hurt a screen. */
static void
t_random(void **state)
{
	static const char delimiters[] = { '/', '.', 0, '\\', '%', '2' };
	unsigned seed = (unsigned)time(NULL);
	size_t taken = 0;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 200000; i++) {
		char delimiter =
		    delimiters[(size_t)rand() % sizeof(delimiters)];
		struct buf name = { 0 };
		struct err e = ERR_INIT;
		char *canonical, *back;

		for (int n = 1 + rand() % 8; n > 0; n--)
			buf_put_utf8(&name, random_char());
		if (foldername_canonical(
			name.data, name.len, delimiter, &canonical, &e) == 0) {
			back = foldername_native(canonical, delimiter);
			assert_non_null(back);
			if (strncasecmp(back, "INBOX", 5) != 0)
				assert_string_equal(back, name.data);
			for (const char *c = canonical; *c != '\0'; c++)
				assert_true(
				    (unsigned char)*c >= 0x20 && *c != 0x7f);
			assert_null(strstr(canonical, "//"));
			assert_true(canonical[0] != '/');
			free(back);
			free(canonical);
			taken++;
		}
		buf_clear(&name);
		err_clear(&e);
	}
	assert_true(taken > 50000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_canonical),
		cmocka_unit_test(t_refused),
		cmocka_unit_test(t_native_refused),
		cmocka_unit_test(t_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

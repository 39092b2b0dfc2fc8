/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"

static void
test_set(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_FOLDER, "%s %d", "no", 7), -1);
	assert_string_equal(err_text(&e), "no 7");
	assert_int_equal(e.scope, ERR_FOLDER);
	assert_int_equal(e.num, 0);
	assert_false(e.retry);
	assert_int_equal(err_prefix(&e, "UID %d", 17), -1);
	assert_int_equal(err_prefix(&e, "INBOX"), -1);
	assert_string_equal(err_text(&e), "INBOX: UID 17: no 7");
	assert_int_equal(e.scope, ERR_FOLDER);
	err_clear(&e);
	assert_int_equal(e.scope, ERR_NONE);
	assert_string_equal(err_text(&e), "");
}

static void
test_errno(void **state)
{
	static const int passes[] = { ENOSPC, ECONNRESET, ETIMEDOUT },
			 stays[] = { EACCES, ENOENT, EISDIR };
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(
		    err_errno(&e, ERR_ACCOUNT, stays[i], "a%s", "b"), -1);
		assert_int_equal(e.num, stays[i]);
		assert_false(e.retry);
		err_errno(&e, ERR_ACCOUNT, passes[i], "x");
		assert_true(e.retry);
		/* Set anew, it holds nothing of before. */
		err_set(&e, ERR_MESSAGE, "y");
		assert_false(e.retry);
		assert_int_equal(e.num, 0);
		assert_int_equal(e.scope, ERR_MESSAGE);
	}
	err_errno(&e, ERR_ALL, ENOENT, "open %s", "x");
	assert_string_equal(err_text(&e), "open x: No such file or directory");
	err_clear(&e);
}

static void
test_raise(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_errno(&e, ERR_FOLDER, EACCES, "x");
	assert_int_equal(err_raise(&e, ERR_MESSAGE), -1);
	assert_int_equal(e.scope, ERR_FOLDER);
	err_raise(&e, ERR_SESSION);
	assert_int_equal(e.scope, ERR_SESSION);
	assert_int_equal(e.num, EACCES);
	assert_int_equal(err_retry(&e), -1);
	assert_true(e.retry);
	err_prefix(&e, "p");
	assert_true(e.retry);
	assert_int_equal(e.num, EACCES);
	err_clear(&e);
}

static void
test_owner(void **state)
{
	struct err a = ERR_INIT, b = ERR_INIT;

	(void)state;
	assert_true(sizeof(a) <= 16);
	err_errno(&a, ERR_FOLDER, ECONNRESET, "x");
	err_copy(&b, &a);
	assert_string_equal(err_text(&a), err_text(&b));
	assert_ptr_not_equal(err_text(&a), err_text(&b));
	assert_int_equal(b.scope, ERR_FOLDER);
	assert_int_equal(b.num, ECONNRESET);
	assert_true(b.retry);
	err_copy(&b, &b);
	assert_int_equal(b.scope, ERR_FOLDER);
	/* What it held before is freed. */
	err_set(&b, ERR_MESSAGE, "y");
	err_move(&a, &b);
	assert_string_equal(err_text(&a), "y");
	assert_int_equal(b.scope, ERR_NONE);
	assert_string_equal(err_text(&b), "");
	err_move(&a, &a);
	assert_string_equal(err_text(&a), "y");
	/* A text may be made of the one that it takes the place of. */
	err_set(&a, ERR_FOLDER, "%s; z", err_text(&a));
	assert_string_equal(err_text(&a), "y; z");
	err_copy(&a, &b);
	assert_int_equal(a.scope, ERR_NONE);
	assert_string_equal(err_text(&a), "");
}

/* What a server says cannot paint on the terminal, and never too much. */
static void
test_visible(void **state)
{
	struct err e = ERR_INIT;
	char big[2000];
	size_t i;

	(void)state;
	err_set(&e, ERR_FOLDER, "a\x1b[2J\nb\xff");
	assert_string_equal(err_text(&e), "a\\x1B[2J\\x0Ab\\xFF");
	err_prefix(&e, "c\td");
	assert_string_equal(err_text(&e), "c\\x09d: a\\x1B[2J\\x0Ab\\xFF");
	/* Nor hide anything: direction, spaces of no width, tags. */
	err_set(&e, ERR_FOLDER,
	    "a\u202eb\u200bc\u200ed\u061ce\u2060f\u206fg\ufeffh\U000e0041i");
	assert_string_equal(err_text(&e),
	    "a\\u{202E}b\\u{200B}c\\u{200E}d\\u{061C}e\\u{2060}f\\u{206F}g"
	    "\\u{FEFF}h\\u{E0041}i");
	for (i = 0; i < sizeof(big) - 2; i += 2)
		memcpy(big + i, "\xc3\xa4", 2);
	big[i] = '\0';
	err_set(&e, ERR_FOLDER, "x%s", big);
	assert_true(strlen(err_text(&e)) < 512);
	assert_true(strlen(err_text(&e)) > 512 - 8);
	for (i = 1; err_text(&e)[i] != '\0'; i += 2)
		assert_memory_equal(err_text(&e) + i, "\xc3\xa4", 2);
	err_prefix(&e, "%s", big);
	assert_true(strlen(err_text(&e)) < 512);
	err_errno(&e, ERR_FOLDER, ENOENT, "%s", big);
	assert_non_null(strstr(err_text(&e), ": No such file or directory"));
	err_clear(&e);
}

static const char *
line(const struct err *e)
{
	static char copy[1000];

	snprintf(copy, sizeof(copy), "%s", err_line(e));
	return copy;
}

/* Who was nearest to what happened said first what it is about. */
static void
test_subject(void **state)
{
	struct err e = ERR_INIT, copy = ERR_INIT;

	(void)state;
	assert_null(err_about(&e)->folder);
	assert_string_equal(err_line(&e), "");
	err_set(&e, ERR_FOLDER, "no");
	assert_string_equal(line(&e), "no");
	assert_int_equal(err_file(&e, "cur/a\x1b"), -1);
	assert_int_equal(err_side(&e, REMOTE), -1);
	assert_int_equal(err_message(&e, LOCAL, 3), -1);
	assert_string_equal(line(&e), "local message 3: cur/a\\x1B: no");
	assert_int_equal(err_message(&e, REMOTE, 17), -1);
	assert_int_equal(err_folder(&e, "INBOX"), -1);
	assert_int_equal(err_account(&e, "work"), -1);
	err_prefix(&e, "FETCH");
	assert_string_equal(
	    line(&e), "work: INBOX: UID 17: cur/a\\x1B: FETCH: no");
	assert_string_equal(err_text(&e), "FETCH: no");
	err_folder(&e, "other");
	err_account(&e, "other");
	err_file(&e, "other");
	err_message(&e, REMOTE, 18);
	err_side(&e, LOCAL);
	err_copy(&copy, &e);
	err_set(&e, ERR_FOLDER, "new");
	assert_string_equal(line(&e), "new");
	assert_string_equal(
	    line(&copy), "work: INBOX: UID 17: cur/a\\x1B: FETCH: no");
	assert_true(err_about(&copy)->sided);
	assert_int_equal(err_about(&copy)->side, REMOTE);
	assert_int_equal(err_about(&copy)->id[LOCAL], 3);
	err_clear(&copy);
	assert_false(err_about(&copy)->sided);
	err_clear(&e);
}

static void
test_file(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_file_set(&e, ERR_FOLDER, "cur", "is %d", 7);
	assert_int_equal(err_below(&e, "a\n"), -1);
	err_below(&e, "/m");
	assert_string_equal(line(&e), "/m/a\\x0A/cur: is 7");
	err_below(&e, "/other");
	assert_string_equal(err_about(&e)->file, "/m/a\\x0A/cur");
	err_file_errno(&e, ERR_ACCOUNT, EACCES, "/x", NULL);
	assert_string_equal(line(&e), "/x: Permission denied");
	assert_int_equal(e.num, EACCES);
	err_file_errno(&e, ERR_ACCOUNT, ENOSPC, "/x", "write");
	assert_string_equal(line(&e), "/x: write: No space left on device");
	assert_true(e.retry);
	err_set(&e, ERR_FOLDER, "no");
	err_below(&e, "/m");
	assert_string_equal(line(&e), "/m: no");
	err_clear(&e);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(err_scope_name(ERR_NONE), "none");
	assert_string_equal(err_scope_name(ERR_MESSAGE), "message");
	assert_string_equal(err_scope_name(ERR_FOLDER), "folder");
	assert_string_equal(err_scope_name(ERR_SESSION), "session");
	assert_string_equal(err_scope_name(ERR_ACCOUNT), "account");
	assert_string_equal(err_scope_name(ERR_ALL), "all");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_raise),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

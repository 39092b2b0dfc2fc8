/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
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
	assert_true(sizeof(a) <= 24);
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

static void
test_without(void **state)
{
	(void)state;
	assert_string_equal(err_without("a: b: c", "a"), "b: c");
	assert_string_equal(err_without("a: ", "a"), "");
	assert_string_equal(err_without("a: b", ""), "a: b");
	assert_string_equal(err_without(": b", ""), ": b");
	assert_string_equal(err_without("ab: c", "a"), "ab: c");
	assert_string_equal(err_without("a:b", "a"), "a:b");
	assert_string_equal(err_without("a", "a"), "a");
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
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

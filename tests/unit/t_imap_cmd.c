/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "net/imap_cmd.h"

static void
expect(struct imap_cmd *c, const char *line)
{
	assert_string_equal(buf_str(&c->bytes), line);
	assert_int_equal(c->bytes.len, strlen(line));
	imap_cmd_start(c, "");
}

static void
test_strings(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool utf8;
		const char *line;
		size_t line_len; /* 0: strlen */
	} t[] = {
		{ "", 0, false, " \"\"", 0 },
		{ "a b*%(){", 8, false, " \"a b*%(){\"", 0 },
		{ "a\"\\", 3, false, " \"a\\\"\\\\\"", 0 },
		{ "NIL", 3, false, " \"NIL\"", 0 },
		{ "a\r\nb LOGOUT", 11, false, " {11+}\r\na\r\nb LOGOUT", 0 },
		{ "a\nb", 3, true, " {3+}\r\na\nb", 0 },
		{ "a\0b", 3, false, " {3+}\r\na\0b", 10 },
		{ "\x7f", 1, false, " {1+}\r\n\x7f", 0 },
		{ "\x1b[0m", 4, false, " {4+}\r\n\x1b[0m", 0 },
		{ "\u00e9", 2, false, " {2+}\r\n\u00e9", 0 },
		{ "\u00e9", 2, true, " \"\u00e9\"", 0 },
		{ "\xff", 1, true, " {1+}\r\n\xff", 0 },
	};
	struct imap_cmd c = { .nonsync = 4096 };
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		c.utf8 = t[i].utf8;
		imap_cmd_start(&c, "");
		imap_cmd_string(&c, t[i].text, t[i].len);
		n = t[i].line_len > 0 ? t[i].line_len : strlen(t[i].line);
		assert_int_equal(c.bytes.len, n);
		assert_memory_equal(c.bytes.data, t[i].line, n);
		assert_int_equal(c.sync_len, 0);
	}
	imap_cmd_clear(&c);
}

static void
test_long_string(void **state)
{
	struct imap_cmd c = { .nonsync = 0 };
	char text[1002];

	(void)state;
	memset(text, 'x', sizeof(text));
	imap_cmd_start(&c, "");
	imap_cmd_string(&c, text, 1000);
	assert_memory_equal(c.bytes.data, " \"xx", 4);
	imap_cmd_start(&c, "");
	imap_cmd_string(&c, text, 1001);
	assert_memory_equal(c.bytes.data, " {1001}\r\nxx", 11);
	imap_cmd_clear(&c);
}

/* Where the server must be waited for. */
static void
test_literals(void **state)
{
	struct imap_cmd c = { .nonsync = 0 };

	(void)state;
	imap_cmd_start(&c, "t1");
	imap_cmd_atoms(&c, "LOGIN");
	imap_cmd_string(&c, "\xff", 1);
	imap_cmd_string(&c, "p\nw", 3);
	imap_cmd_end(&c);
	assert_int_equal(c.sync_len, 2);
	assert_int_equal(c.sync[0], 14);
	assert_memory_equal(c.bytes.data + c.sync[0] - 2, "\r\n\xff", 3);
	assert_memory_equal(c.bytes.data + c.sync[1] - 2, "\r\np\nw\r\n", 7);
	expect(&c, "t1 LOGIN {1}\r\n\xff {3}\r\np\nw\r\n");
	assert_int_equal(c.sync_len, 0);

	/* LITERAL-: up to so many bytes */
	c.nonsync = 4096;
	imap_cmd_literal(&c, 4096, false);
	assert_int_equal(c.sync_len, 0);
	expect(&c, " {4096+}\r\n");
	imap_cmd_literal(&c, 4097, false);
	assert_int_equal(c.sync_len, 1);
	assert_int_equal(c.sync[0], c.bytes.len);
	expect(&c, " {4097}\r\n");

	/* LITERAL+ */
	c.nonsync = UINT64_MAX;
	imap_cmd_literal(&c, UINT64_C(10737418240), true);
	assert_int_equal(c.sync_len, 0);
	expect(&c, " ~{10737418240+}\r\n");
	imap_cmd_clear(&c);
}

static void
test_mailboxes(void **state)
{
	static const struct {
		const char *name;
		bool utf8;
		const char *line; /* NULL: none can be */
	} t[] = {
		{ "INBOX", false, " \"INBOX\"" },
		{ "", false, NULL },
		{ "", true, NULL },
		{ "[Gmail]/Sent \"Mail\"", false,
		    " \"[Gmail]/Sent \\\"Mail\\\"\"" },
		{ "Entw\u00fcrfe & mehr", false, " \"Entw&APw-rfe &- mehr\"" },
		{ "Entw\u00fcrfe & mehr", true, " \"Entw\u00fcrfe & mehr\"" },
		{ "a\r\nX LOGOUT", false, " \"a&AA0ACg-X LOGOUT\"" },
		{ "a\r\nX LOGOUT", true, " {11+}\r\na\r\nX LOGOUT" },
		{ "\xff", false, NULL },
		{ "\xff", true, NULL },
		{ "a*%", false, " \"a*%\"" },
	};
	struct imap_cmd c = { .nonsync = 4096 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		c.utf8 = t[i].utf8;
		imap_cmd_start(&c, "");
		assert_int_equal(
		    imap_cmd_mailbox(&c, t[i].name), t[i].line != NULL);
		expect(&c, t[i].line != NULL ? t[i].line : "");
	}
	imap_cmd_clear(&c);
}

static void
test_flags(void **state)
{
	struct keywords k = { { 0 } };
	struct imap_cmd c = { .nonsync = 0 };
	uint32_t flags;
	size_t i;

	(void)state;
	k.names[0] = xstrdup("Work");
	k.names[1] = xstrdup("bad one");
	k.names[2] = xstrdup("in]jection)\r\n");
	k.names[3] = xstrdup("$Label1");
	k.names[4] = xstrdup("");
	k.names[5] = xstrdup("caf\xc3\xa9");
	imap_cmd_start(&c, "");
	flags = FLAG_SEEN | FLAG_DELETED | FLAG_FORWARDED;
	for (i = 0; i < 8; i++)
		flags |= FLAG_KEYWORD(i);
	imap_cmd_flags(&c, flags, &k);
	expect(&c, " (Work $Label1 $Forwarded \\Seen \\Deleted)");
	imap_cmd_flags(&c, 0, &k);
	expect(&c, " ()");
	imap_cmd_flags(&c, FLAG_KEYWORD(1), &k);
	expect(&c, " ()");
	imap_cmd_flags(&c, FLAG_DRAFT | FLAG_FLAGGED | FLAG_ANSWERED, &k);
	expect(&c, " (\\Draft \\Flagged \\Answered)");
	imap_cmd_clear(&c);
	keywords_clear(&k);
}

static void
test_others(void **state)
{
	struct imap_cmd c = { .nonsync = 0 };
	struct uidset set = { 0 };

	(void)state;
	uidset_add_range(&set, 1, 5);
	uidset_add(&set, 4294967295u);
	imap_cmd_start(&c, "t1");
	imap_cmd_atoms(&c, "UID FETCH");
	imap_cmd_set(&c, &set);
	imap_cmd_atoms(&c, "(UID)");
	imap_cmd_date(&c, 837596665, -420);
	imap_cmd_end(&c);
	expect(&c, "t1 UID FETCH 1:5,4294967295 (UID) "
		   "\"17-Jul-1996 02:44:25 -0700\"\r\n");
	imap_cmd_clear(&c);
	uidset_clear(&set);
}

/* A secret does not stay in the memory that the next command uses. */
static void
test_secret(void **state)
{
	struct imap_cmd c = { .nonsync = 0 };

	(void)state;
	imap_cmd_start(&c, "t1");
	imap_cmd_atoms(&c, "LOGIN \"me\" \"hunter2\"");
	c.secret = true;
	imap_cmd_start(&c, "t2");
	assert_false(c.secret);
	assert_null(memmem(c.bytes.data, c.bytes.cap, "hunter2", 7));
	imap_cmd_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_long_string),
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_mailboxes),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

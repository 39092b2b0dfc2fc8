/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/ctl/ctl_request.h"
#include "engine/ctl/ctl_status.h"
#include "engine/ctl/ctl_target.h"

/* Every byte that an argument can hold goes through and comes back, and none
 * of them ends the line. */
static void
encoding(void **state)
{
	struct buf text = { 0 }, back = { 0 };
	char all[256];
	int c;

	(void)state;
	for (c = 1; c < 256; c++)
		all[c - 1] = (char)c;
	all[255] = '\0';
	ctl_target_encode(&text, all);
	assert_null(strchr(buf_str(&text), '\n'));
	assert_null(strchr(buf_str(&text), '\x1b'));
	assert_null(strchr(buf_str(&text), ' '));
	assert_true(ctl_target_decode(&back, buf_str(&text)));
	assert_string_equal(buf_str(&back), all);
	buf_reset(&text);
	ctl_target_encode(&text, "100%/B\303\266se \n");
	assert_string_equal(buf_str(&text), "100%25/B\303\266se%20%0A");
	buf_clear(&text);
	buf_clear(&back);
}

static void
encoding_mistakes(void **state)
{
	static const char *const texts[] = { "%", "%4", "a%4g", "%00", "%zz",
		"%0a", "%%41" };
	struct buf back = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (ctl_target_decode(&back, texts[i]))
			fail_msg("%s is taken", texts[i]);
	buf_clear(&back);
}

static void
targets(void **state)
{
	static const char *const names[] = { "work", "a", "a/b", "a/b/c d",
		"w" };
	static const struct {
		const char *target;
		size_t account;
		const char *folder;
	} cases[] = {
		{ "work", 0, "" },
		{ "w", 4, "" },
		{ "a", 1, "" },
		{ "a/x", 1, "x" },
		{ "a/bc", 1, "bc" },
		{ "a/b", 2, "" },
		{ "a/b/c", 2, "c" },
		{ "a/b/c d", 3, "" },
		{ "a/b/c d/e/f", 3, "e/f" },
		{ "work//x", 0, "/x" },
	};
	const char *folder;
	struct err e = ERR_INIT;
	size_t i;
	size_t account;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ctl_target_find(cases[i].target, names, 5,
				     &account, &folder, &e),
		    0);
		if (account != cases[i].account ||
		    strcmp(folder, cases[i].folder) != 0)
			fail_msg(
			    "%s: %zu \"%s\"", cases[i].target, account, folder);
	}
	assert_int_equal(
	    ctl_target_find("Work/x", names, 2, &account, &folder, &e), -1);
	assert_string_equal(
	    err_text(&e), "no account is called \"Work/x\"; there are work, a");
	assert_int_equal(
	    ctl_target_find("wor", names, 1, &account, &folder, &e), -1);
	assert_string_equal(
	    err_text(&e), "no account is called \"wor\"; there is work");
	assert_int_equal(
	    ctl_target_find("work/", names, 1, &account, &folder, &e), -1);
	assert_string_equal(err_text(&e), "\"work/\" names no folder");
	err_clear(&e);
}

/* What is put into a line comes out of it. */
static void
request_lines(void **state)
{
	static const struct ctl_request rows[] = {
		{ .verb = CTL_VERB_QUIT },
		{ .verb = CTL_VERB_STATUS, .json = true },
		{ .verb = CTL_VERB_SYNC, .wait = true, .target = "a b/=%\n" },
		{ .verb = CTL_VERB_SYNC,
		    .accounts = { 8, "a b\0x=y" },
		    .sync = { .quick = true, .folders = { 7, "%20\0 \t" } },
		    .force_delete = true },
	};
	struct ctl_request back;
	struct buf line = { 0 };
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&line);
		ctl_request_put(&rows[i], &line);
		assert_int_equal(
		    ctl_request_parse(buf_str(&line), &back, &e), 0);
		assert_memory_equal(&back, &rows[i], sizeof(back));
	}
	assert_string_equal(buf_str(&line),
	    "sync quick force-delete account=a%20b account=x=y folder=%2520 "
	    "folder=%20%09");
	buf_clear(&line);
	err_clear(&e);
}

/* Which accounts and folders a request is for; "": it is a mistake. */
static void
request_accounts(void **state)
{
	static const char *const names[] = { "work", "home", "a/b" };
	static const struct {
		const char *line, *which, *folders, *why;
	} rows[] = {
		{ "sync", "111", "", "" },
		{ "sync account=home account=a/b", "011", "", "" },
		{ "sync folder=A%20%25 folder=B", "111", "A %,B,", "" },
		{ "sync folder=A account=home", "010", "A,", "" },
		{ "sync target=home folder=A folder=B", "010", "A,B,", "" },
		{ "sync target=work/A", "100", "A,", "" },
		{ "sync target=a/b/c", "001", "c,", "" },
		{ "sync target=home/A folder=B", "", "",
		    "the folders are named twice" },
		{ "sync target=home account=work", "", "",
		    "the accounts are named twice" },
		{ "sync account=home/A", "", "",
		    "no account is called \"home/A\"; there are work, home, "
		    "a/b" },
	};
	const char *folder;
	struct ctl_request q;
	struct buf folders = { 0 };
	bool which[3];
	struct err e = ERR_INIT;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ctl_request_parse(rows[i].line, &q, &e), 0);
		if (ctl_request_accounts(&q, names, 3, which, &e) == -1) {
			assert_string_equal(err_text(&e), rows[i].why);
			continue;
		}
		assert_string_equal("", rows[i].why);
		for (k = 0; k < 3; k++)
			assert_int_equal(which[k], rows[i].which[k] == '1');
		buf_reset(&folders);
		folder = NULL;
		while (
		    (folder = namelist_next(&q.sync.folders, folder)) != NULL)
			buf_printf(&folders, "%s,", folder);
		assert_string_equal(buf_str(&folders), rows[i].folders);
	}
	buf_clear(&folders);
	err_clear(&e);
}

static void
request_mistakes(void **state)
{
	static const char *const lines[] = { "", " ", "sync ", "syncs",
		"sync target=a target=b", "sync account=", "sync json",
		"sync full", "sync folder=%", "sync folders=a", "status wait",
		"status account=a", "quit now", "status  json" };
	struct ctl_request q;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (ctl_request_parse(lines[i], &q, &e) == 0)
			fail_msg("\"%s\" is taken", lines[i]);
	err_clear(&e);
}

static const struct ctl_account accounts[] = {
	{ .name = "work", .active = true, .due = CLOCK_NEVER },
	{ .name = "home\n\"",
	    .due = 1000 + 275400,
	    .ended = true,
	    .end = ACCOUNT_HELD,
	    .end_time = 1700000000 },
	{ .name = "uni",
	    .paused = true,
	    .due = CLOCK_NEVER,
	    .ended = true,
	    .end = ACCOUNT_FAILED,
	    .end_time = 1700000001,
	    .error = { .kind = EV_ERROR,
		.folder = "INBOX",
		.lid = 3,
		.sided = true,
		.side = LOCAL,
		.file = "/m/a",
		.text = "\"no\"" } },
	{ .name = "late",
	    .due = 0,
	    .ended = true,
	    .end = ACCOUNT_DONE,
	    .end_time = 1700000002 },
	{ .name = "once",
	    .due = CLOCK_NEVER,
	    .ended = true,
	    .end = ACCOUNT_BUSY,
	    .end_time = 1700000003 },
};

static void
status_text(void **state)
{
	struct buf out = { 0 };

	(void)state;
	setenv("TZ", "UTC", 1);
	ctl_status_text(accounts, 5, 1000, &out);
	assert_string_equal(buf_str(&out),
	    "work: synchronising\n"
	    "home\\x0A\": next in 4:36; last held 2023-11-14 22:13:20\n"
	    "uni: paused; last failed 2023-11-14 22:13:21\n"
	    "    INBOX: local message 3: /m/a: \"no\"\n"
	    "late: next in 0:00; last done 2023-11-14 22:13:22\n"
	    "once: when asked; last busy 2023-11-14 22:13:23\n");
	buf_clear(&out);
}

static void
status_json(void **state)
{
	struct buf out = { 0 };
	char want[1000];

	(void)state;
	snprintf(want, sizeof(want),
	    "{\"program\":\"%s\",\"pid\":%ld,\"accounts\":["
	    "{\"name\":\"work\",\"state\":\"active\",\"next\":null,"
	    "\"last\":null},"
	    "{\"name\":\"home\\u000a\\\"\",\"state\":\"idle\",\"next\":276,"
	    "\"last\":{\"result\":\"held\",\"time\":1700000000,"
	    "\"error\":null}},"
	    "{\"name\":\"uni\",\"state\":\"paused\",\"next\":null,"
	    "\"last\":{\"result\":\"failed\",\"time\":1700000001,"
	    "\"error\":\"INBOX: local message 3: /m/a: \\\"no\\\"\","
	    "\"folder\":\"INBOX\",\"side\":\"local\",\"lid\":3,"
	    "\"file\":\"/m/a\",\"text\":\"\\\"no\\\"\"}}]}\n",
	    PACKAGE_STRING, (long)getpid());
	ctl_status_json(accounts, 3, 1000, &out);
	assert_string_equal(buf_str(&out), want);
	buf_reset(&out);
	ctl_status_json(accounts, 0, 1000, &out);
	assert_non_null(strstr(buf_str(&out), "\"accounts\":[]}\n"));
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoding),
		cmocka_unit_test(encoding_mistakes),
		cmocka_unit_test(targets),
		cmocka_unit_test(request_lines),
		cmocka_unit_test(request_accounts),
		cmocka_unit_test(request_mistakes),
		cmocka_unit_test(status_text),
		cmocka_unit_test(status_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File names, as the programs of the field write them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "maildir/maildir_name.h"

#define SUM "7e33429f656f1e6e9d79b29c3f82c57e" /* MD5 of INBOX */
#define OTHER "0123456789abcdef0123456789abcdef"
#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

/* file, infosep, base, length of the key, letters, extra, hint */
static const struct {
	const char *file;
	char sep;
	const char *base;
	size_t key;
	const char *letters, *extra;
	uint32_t hint;
} names[] = {
	/* mutt */
	{ "1700000000.R1234567890123456789.host:2,S", ':',
	    "1700000000.R1234567890123456789.host", 36, "S", "", 0 },
	{ "1700000000.4711_1.host", ':', "1700000000.4711_1.host", 22, "", "",
	    0 },
	/* mu4e, which makes a name of its own when it moves a message */
	{ "1700000000.0123456789abcdef.host:2,FRS", ':',
	    "1700000000.0123456789abcdef.host", 32, "FRS", "", 0 },
	/* notmuch insert */
	{ "1700000000.M12345P678Q9.host:2,D", ':',
	    "1700000000.M12345P678Q9.host", 28, "D", "", 0 },
	/* offlineimap */
	{ "1700000000_0.4711.host,U=17,FMD5=" SUM ":2,RS", ':',
	    "1700000000_0.4711.host,U=17,FMD5=" SUM, 22, "RS", "", 17 },
	{ "1700000000_0.4711.host,U=17,FMD5=" OTHER ":2,RS", ':',
	    "1700000000_0.4711.host,U=17,FMD5=" OTHER, 22, "RS", "", 0 },
	{ "1700000000_0.4711.host,U=17,FMD5=" SUM "!2,RS", '!',
	    "1700000000_0.4711.host,U=17,FMD5=" SUM, 22, "RS", "", 17 },
	/* mbsync */
	{ "1700000000.4711_3.host,U=5:2,S", ':', "1700000000.4711_3.host,U=5",
	    22, "S", "", 5 },
	{ "1700000000.4711_3.host,U=5;2,FS", ';', "1700000000.4711_3.host,U=5",
	    22, "FS", "", 5 },
	/* Dovecot, with sizes and keywords */
	{ "1700000000.M1P2.host,S=1234,W=1260:2,FSab", ':',
	    "1700000000.M1P2.host,S=1234,W=1260", 20, "FSab", "", 0 },
	{ "1700000000.M1P2.host,S=1234:2,Sc,W=1260", ':',
	    "1700000000.M1P2.host,S=1234", 20, "Sc", ",W=1260", 0 },
	/* Courier, with its quota */
	{ "1700000000.M1P2V0000000000000801I000000000004711_0.host,S=9:2,T",
	    ':', "1700000000.M1P2V0000000000000801I000000000004711_0.host,S=9",
	    55, "T", "", 0 },
	/* procmail, qmail */
	{ "1700000000.4711_0.host", ':', "1700000000.4711_0.host", 22, "", "",
	    0 },
	{ "1700000000.4711.host:2,", ':', "1700000000.4711.host", 20, "", "",
	    0 },
	/* a host's name may have a colon in it (\072 for those who know) */
	{ "1.2.fe80::2,x:2,S", ':', "1.2.fe80::2,x", 11, "S", "", 0 },
	/* not the last one, not ours: */
	{ "1.2.h:2,S:2,F", ':', "1.2.h:2,S", 7, "F", "", 0 },
	{ "1.2.h:1,S", ':', "1.2.h:1,S", 7, "", "", 0 },
	{ "1.2.h:2", ':', "1.2.h:2", 7, "", "", 0 },
	{ "1.2.h!2,S,W=3", ':', "1.2.h!2,S,W=3", 7, "", "", 0 },
	{ "1.2.h#2,S", ':', "1.2.h#2,S", 7, "", "", 0 },
	{ "1.2.h!2,", '#', "1.2.h", 5, "", "", 0 },
	/* oddities */
	{ "a", ':', "a", 1, "", "", 0 },
	{ ":2,S", ':', "", 0, "S", "", 0 },
	{ ",U=3,FMD5=" SUM, ':', ",U=3,FMD5=" SUM, 0, "", "", 3 },
	{ "\xff\n\x1b[2J:2,Z9-", ':', "\xff\n\x1b[2J", 6, "Z9-", "", 0 },
};

static void
test_parse(void **state)
{
	struct maildir_name n;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		maildir_name_parse(names[i].file, names[i].sep, &n);
		if (n.base != names[i].file ||
		    n.base_len != strlen(names[i].base) ||
		    memcmp(n.base, names[i].base, n.base_len) != 0 ||
		    n.letters_len != strlen(names[i].letters) ||
		    memcmp(n.letters, names[i].letters, n.letters_len) != 0 ||
		    strcmp(n.extra, names[i].extra) != 0)
			fail_msg("%s: %.*s|%.*s|%s", names[i].file,
			    (int)n.base_len, n.base, (int)n.letters_len,
			    n.letters, n.extra);
		if (maildir_name_key_len(n.base, n.base_len) != names[i].key)
			fail_msg("%s: key of %zu", names[i].file,
			    maildir_name_key_len(n.base, n.base_len));
		if (maildir_name_hint(n.base, n.base_len, SUM) != names[i].hint)
			fail_msg("%s: hint %u", names[i].file,
			    (unsigned)maildir_name_hint(
				n.base, n.base_len, SUM));
	}
}

/* What has info comes back as it was. */
static void
test_format(void **state)
{
	struct maildir_name n;
	struct buf out = { 0 };
	char letters[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		maildir_name_parse(names[i].file, names[i].sep, &n);
		if (names[i].file[n.base_len] != names[i].sep)
			continue;
		snprintf(letters, sizeof(letters), "%.*s", (int)n.letters_len,
		    n.letters);
		buf_reset(&out);
		maildir_name_format(
		    &out, n.base, n.base_len, names[i].sep, letters, n.extra);
		assert_string_equal(out.data, names[i].file);
	}
	buf_clear(&out);
}

static void
test_hint(void **state)
{
	static const struct {
		const char *base;
		uint32_t hint;
	} t[] = {
		{ "a,FMD5=" SUM ",U=7", 7 },
		{ "a,U=7,FMD5=" SUM ",S=5", 7 },
		{ "a,U=4294967295,FMD5=" SUM, 4294967295 },
		{ "a,U=4294967296,FMD5=" SUM, 0 },
		{ "a,U=18446744073709551617,FMD5=" SUM, 0 },
		{ "a,U=99999999999999999999999999999,FMD5=" SUM, 0 },
		{ "a,U=0,FMD5=" SUM, 0 },
		{ "a,U=,FMD5=" SUM, 0 },
		{ "a,U=-1,FMD5=" SUM, 0 },
		{ "a,U=+1,FMD5=" SUM, 0 },
		{ "a,U= 1,FMD5=" SUM, 0 },
		{ "a,U=0x1,FMD5=" SUM, 0 },
		{ "a,U=1x,FMD5=" SUM, 0 },
		{ "a,U=../../x,FMD5=" SUM, 0 },
		{ "a,XU=1,FMD5=" SUM, 0 },
		{ "a,FMD5=" SUM, 0 },
		{ "a,U=1,FMD5=" SUM "0", 0 },
		{ "a,U=1,FMD5=7e33429f", 0 },
		{ "a,U=1,FMD5=", 0 },
		{ "a,U=1", 1 },
		{ "a,", 0 },
		{ "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(t); i++)
		if (maildir_name_hint(t[i].base, strlen(t[i].base), SUM) !=
		    t[i].hint)
			fail_msg("%s", t[i].base);
	/* never looks beyond the end */
	assert_int_equal(
	    maildir_name_hint("a,U=12,FMD5=" SUM, strlen("a,U=12,FMD5=7"), SUM),
	    0);
}

static void
test_bind(void **state)
{
	static const struct {
		const char *unique, *base, *bound;
	} t[] = {
		{ NULL, "1.2.h", "1.2.h,U=9,FMD5=" SUM },
		{ NULL, "1.2.h,U=5", "1.2.h,U=9,FMD5=" SUM },
		{ NULL, "1.2.h,U=5,FMD5=" OTHER, "1.2.h,U=9,FMD5=" SUM },
		{ NULL, "1.2.h,S=5,U=5,W=6", "1.2.h,S=5,W=6,U=9,FMD5=" SUM },
		{ NULL, "1.2.h,U=5,U=6", "1.2.h,U=9,FMD5=" SUM },
		{ NULL, "1.2.h,,UX=1,", "1.2.h,,UX=1,,U=9,FMD5=" SUM },
		{ NULL, "", ",U=9,FMD5=" SUM },
		{ "3.4.h", "1.2.h,S=5,U=5", "3.4.h,S=5,U=9,FMD5=" SUM },
		{ "3.4.h", "", "3.4.h,U=9,FMD5=" SUM },
	};
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(t); i++) {
		buf_reset(&out);
		maildir_name_bind(
		    &out, t[i].unique, t[i].base, strlen(t[i].base), 9, SUM);
		assert_string_equal(out.data, t[i].bound);
		assert_int_equal(maildir_name_hint(out.data, out.len, SUM), 9);
		assert_memory_equal(
		    maildir_name_sum(out.data, out.len), SUM, strlen(SUM));
	}
	buf_reset(&out);
	maildir_name_bind(&out, NULL, "1,U=5,FMD5=" OTHER, 43, 0, SUM);
	assert_string_equal(out.data, "1,FMD5=" SUM);
	assert_null(maildir_name_sum("1.2.h,U=5", 9));
	assert_null(maildir_name_sum("1,FMD5=12", 9));
	buf_clear(&out);
}

#define MADE 2000

static int
compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void
test_namer(void **state)
{
	struct maildir_namer n;
	struct buf out = { 0 };
	char *made[MADE];
	size_t i;
	long pid;

	(void)state;
	maildir_namer_init(&n, ':');
	assert_null(strpbrk(n.host, "/:, \n"));
	assert_int_not_equal(strlen(n.host), 0);
	atomic_store(&n.next, UINT32_MAX - 5); /* goes round */
	for (i = 0; i < MADE; i++) {
		maildir_namer_make(&n, &out);
		assert_true(maildir_namer_made(&n, out.data, &pid));
		assert_int_equal(pid, getpid());
		assert_int_equal(
		    maildir_name_key_len(out.data, out.len), out.len);
		made[i] = buf_steal(&out);
	}
	qsort(made, MADE, sizeof(made[0]), compare);
	for (i = 1; i < MADE; i++)
		assert_string_not_equal(made[i - 1], made[i]);
	for (i = 0; i < MADE; i++)
		free(made[i]);
}

/* Even with the longest host it fits a directory. */
static void
test_length(void **state)
{
	struct maildir_namer n;
	struct buf unique = { 0 }, base = { 0 }, full = { 0 };

	(void)state;
	maildir_namer_init(&n, ':');
	memset(n.host, 'h', sizeof(n.host) - 1);
	n.host[sizeof(n.host) - 1] = '\0';
	n.pid = 4194304;
	atomic_store(&n.next, UINT32_MAX);
	maildir_namer_make(&n, &unique);
	maildir_name_bind(&base, unique.data, "", 0, UINT32_MAX, SUM);
	maildir_name_format(&full, base.data, base.len, ':',
	    "DFPRSTabcdefghijklmnopqrstuvwxyz", "");
	assert_in_range(full.len, 1, MAILDIR_NAME_MAX);
	buf_clear(&unique);
	buf_clear(&base);
	buf_clear(&full);
}

static void
test_made(void **state)
{
	struct maildir_namer n = { .host = "host", .pid = 3 };
	static const struct {
		const char *file;
		long pid; /* 0: not made here */
	} t[] = {
		{ "1700000000_5.123.host", 123 },
		{ "1700000000_5.123.host,U=3,FMD5=x", 123 },
		{ "1700000000_5.2147483647.host", 2147483647 },
		{ "1700000000_5.2147483648.host", 0 },
		{ "1700000000_5.99999999999999999999.host", 0 },
		{ "1700000000_5.0.host", 0 },
		{ "1700000000_5.-1.host", 0 },
		{ "1700000000_5..host", 0 },
		{ "1700000000_.123.host", 0 },
		{ "_5.123.host", 0 },
		{ "1700000000.123.host", 0 },
		{ "1700000000_5.123.hosts", 0 },
		{ "1700000000_5.123.hos", 0 },
		{ "1700000000_5.123", 0 },
		{ "1700000000_5", 0 },
		{ "", 0 },
	};
	size_t i;
	long pid;

	(void)state;
	for (i = 0; i < COUNT(t); i++) {
		if (maildir_namer_made(&n, t[i].file, &pid) != (t[i].pid != 0))
			fail_msg("%s", t[i].file);
		if (t[i].pid != 0)
			assert_int_equal(pid, t[i].pid);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_hint),
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_namer),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

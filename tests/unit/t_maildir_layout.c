/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where folders lie: there and back, and never out of the store. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "maildir/maildir_layout.h"
#include "maildir/maildir_name.h"
#include "rng.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

static const enum maildir_layout layouts[] = { MAILDIR_FLAT, MAILDIR_NESTED,
	MAILDIR_PLUSPLUS };

static struct err err;

/* NULL: refused; the caller frees. */
static char *
path_of(enum maildir_layout layout, const char *name)
{
	char *path;

	err_clear(&err);
	if (maildir_layout_path(layout, name, &path, &err) != 0) {
		assert_int_equal(err.scope, ERR_FOLDER);
		return NULL;
	}
	return path;
}

static char *
name_of(enum maildir_layout layout, const char *path)
{
	char *name;

	err_clear(&err);
	if (maildir_layout_name(layout, path, &name, &err) != 0) {
		assert_int_equal(err.scope, ERR_FOLDER);
		return NULL;
	}
	return name;
}

/* NULL where the name is refused. */
static const struct {
	const char *name, *flat, *nested, *plus;
} folders[] = {
	{ "INBOX", "INBOX", "INBOX", "." },
	{ "INBOX/x", "INBOX.x", "INBOX/x", ".INBOX.x" },
	{ "Work/Foo", "Work.Foo", "Work/Foo", ".Work.Foo" },
	{ "a.b", "a%2Eb", "a.b", ".a%2Eb" }, { ".a", "%2Ea", "%2Ea", ".%2Ea" },
	{ "a/.b.c", "a.%2Eb%2Ec", "a/%2Eb.c", ".a.%2Eb%2Ec" },
	{ "...", "%2E%2E%2E", "%2E..", ".%2E%2E%2E" },
	{ "cur", "%63ur", "%63ur", ".%63ur" },
	{ "a/new/tmp", "a.%6Eew.%74mp", "a/%6Eew/%74mp", ".a.%6Eew.%74mp" },
	{ "Cur", "Cur", "Cur", ".Cur" },
	{ "current", "current", "current", ".current" },
	/* in the place of a file */
	{ "a/dovecot-keywords", "a.dovecot-keywords", "a/%64ovecot-keywords",
	    ".a.dovecot-keywords" },
	{ "dovecot-keywords.lock", "dovecot-keywords%2Elock",
	    "%64ovecot-keywords.lock", ".dovecot-keywords%2Elock" },
	{ "a/dovecot-uidlist", "a.dovecot-uidlist", "a/%64ovecot-uidlist",
	    ".a.dovecot-uidlist" },
	{ "maildirfolder/a", "maildirfolder.a", "%6Daildirfolder/a",
	    ".maildirfolder.a" },
	{ "a/courierimapuiddb", "a.courierimapuiddb", "a/%63ourierimapuiddb",
	    ".a.courierimapuiddb" },
	{ "a/subscriptions", "a.subscriptions", "a/%73ubscriptions",
	    ".a.subscriptions" },
	{ "subscriptions2", "subscriptions2", "subscriptions2",
	    ".subscriptions2" },
	{ "blinkmail-keywords/lock", "blinkmail-keywords.lock",
	    "blinkmail-keywords/lock", ".%62linkmail-keywords.lock" },
	{ "blinkmail-keywords", "blinkmail-keywords", "blinkmail-keywords",
	    ".%62linkmail-keywords" },
	{ "a/blinkmail-keywords", "a.blinkmail-keywords",
	    "a/blinkmail-keywords", ".a.blinkmail-keywords" },
	{ "%64ovecot-keywords", "%64ovecot-keywords", NULL,
	    ".%64ovecot-keywords" },
	{ "blinkmail", "blinkmail", "blinkmail", ".%62linkmail" },
	{ "blinkmail/x", "blinkmail.x", "blinkmail/x", ".blinkmail.x" },
	{ ".blinkmail", "%2Eblinkmail", "%2Eblinkmail", ".%2Eblinkmail" },
	{ "Entw\xc3\xbcrfe", "Entw\xc3\xbcrfe", "Entw\xc3\xbcrfe",
	    ".Entw\xc3\xbcrfe" },
	{ "a%2Fb", "a%2Fb", "a%2Fb", ".a%2Fb" },
	{ "100%", "100%", "100%", ".100%" },
	{ "a%252Eb", "a%252Eb", "a%252Eb", ".a%252Eb" },
	{ " ", " ", " ", ". " }, { "a\\b", "a\\b", "a\\b", ".a\\b" },
	{ "$(touch x)%n", "$(touch x)%n", "$(touch x)%n", ".$(touch x)%n" },
	{ "Trash", "Trash", "Trash", ".Trash" },
	{ "TRASH", "TRASH", "TRASH", ".TRASH" },
	/* would be another one's place, or come back as another one */
	{ "a%2Eb", NULL, "a%2Eb", NULL }, { "%2Ea", NULL, NULL, NULL },
	{ "%63ur", NULL, NULL, NULL },
	{ "%62linkmail", "%62linkmail", "%62linkmail", NULL },
	{ "Inbox", NULL, NULL, NULL }, { "inbox/x", NULL, NULL, NULL },
	/* out of the store, or nowhere */
	{ "", NULL, NULL, NULL }, { ".", NULL, NULL, NULL },
	{ "..", NULL, NULL, NULL }, { "/", NULL, NULL, NULL },
	{ "/etc", NULL, NULL, NULL }, { "a/", NULL, NULL, NULL },
	{ "a//b", NULL, NULL, NULL }, { "../../x", NULL, NULL, NULL },
	{ "a/../b", NULL, NULL, NULL }, { "a/..", NULL, NULL, NULL },
	{ "a/./b", NULL, NULL, NULL }, { "a\nb", NULL, NULL, NULL },
	{ "a\x1b[2J", NULL, NULL, NULL }, { "a\x7f", NULL, NULL, NULL },
	{ "a\xff", NULL, NULL, NULL },
	{ "a\xc0\xaf..", NULL, NULL, NULL },   /* '/' in two bytes */
	{ "a\xed\xa0\x80", NULL, NULL, NULL }, /* half of a pair */
};

static void
test_table(void **state)
{
	const char *want;
	char *path, *name;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(folders); i++)
		for (k = 0; k < COUNT(layouts); k++) {
			want = k == 0	? folders[i].flat
			       : k == 1 ? folders[i].nested
					: folders[i].plus;
			path = path_of(layouts[k], folders[i].name);
			if ((path == NULL) != (want == NULL) ||
			    (path != NULL && strcmp(path, want) != 0))
				fail_msg("%s: %s", folders[i].name,
				    path == NULL ? err_text(&err) : path);
			if (path == NULL)
				continue;
			name = name_of(layouts[k], path);
			assert_non_null(name);
			assert_string_equal(name, folders[i].name);
			free(name);
			free(path);
		}
}

/* Directories: what no name leads to is refused. */
static void
test_directories(void **state)
{
	static const struct {
		enum maildir_layout layout;
		const char *path, *name;
	} t[] = {
		{ MAILDIR_FLAT, "Inbox", "INBOX" },
		{ MAILDIR_FLAT, "iNBOX.x", "INBOX/x" },
		{ MAILDIR_NESTED, "inbox/x", "INBOX/x" },
		{ MAILDIR_NESTED, "inbox.x", "inbox.x" },
		{ MAILDIR_FLAT, "inboxes", "inboxes" },
		{ MAILDIR_PLUSPLUS, ".Inbox.x", NULL },
		{ MAILDIR_PLUSPLUS, ".INBOX", NULL },
		{ MAILDIR_PLUSPLUS, ".blinkmail", NULL },
		{ MAILDIR_PLUSPLUS, "..", NULL },
		{ MAILDIR_PLUSPLUS, "..a", NULL },
		{ MAILDIR_PLUSPLUS, ".a..b", NULL },
		{ MAILDIR_PLUSPLUS, "a", NULL },
		{ MAILDIR_FLAT, "a..b", NULL },
		{ MAILDIR_FLAT, ".a", NULL },
		{ MAILDIR_FLAT, "a.", NULL },
		{ MAILDIR_FLAT, "cur", NULL },
		{ MAILDIR_FLAT, "a.cur", NULL },
		{ MAILDIR_NESTED, ".a", NULL },
		{ MAILDIR_NESTED, "a/new", NULL },
		{ MAILDIR_FLAT, "a%2eb", "a%2eb" },
		{ MAILDIR_FLAT, "a\xff", NULL },
		{ MAILDIR_FLAT, "a\tb", NULL },
		{ MAILDIR_FLAT, "", NULL },
	};
	char *name;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(t); i++) {
		name = name_of(t[i].layout, t[i].path);
		if ((name == NULL) != (t[i].name == NULL) ||
		    (name != NULL && strcmp(name, t[i].name) != 0))
			fail_msg("%s: %s", t[i].path,
			    name == NULL ? err_text(&err) : name);
		free(name);
	}
}

/* Whatever the name: below the root, and there and back. */
static void
check_name(enum maildir_layout layout, const char *text)
{
	const char *p;
	char *path, *name;
	size_t n;

	path = path_of(layout, text);
	if (path == NULL)
		return;
	name = name_of(layout, path);
	if (name == NULL || strcmp(name, text) != 0)
		fail_msg("%s: %s: %s", text, path, name);
	free(name);
	if (layout == MAILDIR_PLUSPLUS && strcmp(path, ".") == 0) {
		free(path);
		return;
	}
	if (layout != MAILDIR_NESTED && strchr(path, '/') != NULL)
		fail_msg("%s: %s", text, path);
	if (layout == MAILDIR_PLUSPLUS ? path[0] != '.' : path[0] == '.')
		fail_msg("%s: %s", text, path);
	for (p = path; p != NULL; p = p[n] == '/' ? p + n + 1 : NULL) {
		n = strcspn(p, "/");
		if (n == 0 || n > MAILDIR_NAME_MAX ||
		    (n <= 2 && strspn(p, ".") >= n) ||
		    (n == 3 && (strncmp(p, "cur", n) == 0 ||
				   strncmp(p, "new", n) == 0 ||
				   strncmp(p, "tmp", n) == 0)) ||
		    (n == 10 && strncmp(p, ".blinkmail", n) == 0))
			fail_msg("%s: %s", text, path);
	}
	free(path);
}

/* Each character by itself, at the start, in the middle, at the end. */
static void
test_characters(void **state)
{
	static const char *const around[] = { "%s", "%sa", "a%sb", "a%s",
		"x/%s", "%s/x", "x/a%s", "%%%s", "%%2%s" };
	char c[5], name[16];
	unsigned cp;
	size_t i, k, done;

	(void)state;
	for (done = 0, cp = 1; cp < 0x800; cp++) {
		if (cp < 0x80)
			snprintf(c, sizeof(c), "%c", (char)cp);
		else
			snprintf(c, sizeof(c), "%c%c", (char)(0xc0 | cp >> 6),
			    (char)(0x80 | (cp & 0x3f)));
		for (i = 0; i < COUNT(around); i++)
			for (k = 0; k < COUNT(layouts); k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
				snprintf(name, sizeof(name), around[i], c);
#pragma GCC diagnostic pop
				check_name(layouts[k], name);
				done++;
			}
	}
	assert_int_equal(done, 0x7ff * COUNT(around) * COUNT(layouts));
}

static void
test_random(void **state)
{
	static const char *const parts[] = { ".", "..", "/", "%", "2E", "%2E",
		"%63ur", "cur", "new", "tmp", "INBOX", "inbox", "blinkmail",
		"%62linkmail", "%64ovecot-keywords", "dovecot-keywords",
		"blinkmail-keywords", "a", "B", "\xc3\xa4", "\xff", " ", "&-",
		"~" };
	struct rng r;
	struct buf name = { 0 };
	size_t i, k, n;

	(void)state;
	r.state = rng_seed();
	for (i = 0; i < 30000; i++) {
		buf_reset(&name);
		for (n = rng_below(&r, 7); n > 0; n--)
			buf_puts(&name, parts[rng_below(&r, COUNT(parts))]);
		for (k = 0; k < COUNT(layouts); k++)
			check_name(layouts[k], buf_str(&name));
	}
	buf_clear(&name);
}

/* 255 bytes are a name, 256 are none; each component by itself when nested. */
static void
test_long(void **state)
{
	char name[5001], *path;
	size_t k, n, max;

	(void)state;
	for (k = 0; k < COUNT(layouts); k++) {
		max = layouts[k] == MAILDIR_PLUSPLUS ? 254 : 255;
		for (n = 250; n < 260; n++) {
			memset(name, 'x', n);
			name[n] = '\0';
			path = path_of(layouts[k], name);
			assert_int_equal(path != NULL, n <= max);
			free(path);
			name[n - 1] = '.'; /* three bytes where it is %2E */
			path = path_of(layouts[k], name);
			assert_int_equal(path != NULL,
			    layouts[k] == MAILDIR_NESTED ? n <= 255
							 : n + 2 <= max);
			free(path);
		}
		memset(name, 'x', 5000);
		name[5000] = '\0';
		assert_null(path_of(layouts[k], name));
		for (n = 1; n < 5000; n += 2)
			name[n] = '/';
		name[4999] = 'x';
		assert_null(path_of(layouts[k], name));
		name[401] = '\0';
		path = path_of(layouts[k], name);
		assert_int_equal(path != NULL, layouts[k] == MAILDIR_NESTED);
		free(path);
	}
}

static void
test_native(void **state)
{
	(void)state;
	assert_string_equal(
	    maildir_layout_native(MAILDIR_FLAT, "Work.Foo"), "Work.Foo");
	assert_string_equal(
	    maildir_layout_native(MAILDIR_PLUSPLUS, ".Work.Foo"), "Work.Foo");
	assert_string_equal(
	    maildir_layout_native(MAILDIR_PLUSPLUS, "."), "INBOX");
	assert_int_equal(maildir_layout_delimiter(MAILDIR_FLAT), '.');
	assert_int_equal(maildir_layout_delimiter(MAILDIR_NESTED), '/');
	assert_int_equal(maildir_layout_delimiter(MAILDIR_PLUSPLUS), '.');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_native),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

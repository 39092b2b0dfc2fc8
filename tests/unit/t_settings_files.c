/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/settings/settings.h"
#include "engine/settings/settings_private.h"
#include "settings_fixture.h"

static void
included_files(void **state)
{
	struct load l;
	struct buf want = { 0 };

	assert_int_equal(mkdir("sub", 0700), 0);
	file_write("sub/one.conf",
	    "\n@include \"two.conf\"\nbad1 = 1; /* no newline */", 0600);
	file_write("sub/two.conf", "bad2 = 1;\n", 0600);
	file_write("sub/three.conf", "bad4 = 1;\n", 0600);
	load(&l,
	    "# @include \"nothing\"\n@include \"sub/one.conf\"\nbad3 = 1;\n"
	    "  @include \"~/sub/three.conf\"\n\nbad5 = 1;\n" ACCOUNT,
	    NULL);
#define BAD(n) ": no key of the file's top level is called \"bad" n "\"\n"
	buf_printf(&want,
	    "sub/two.conf:1" BAD("2") "sub/one.conf:3" BAD(
		"1") "blinkmail."
		     "conf:3" BAD("3") "%s/sub/three.conf:1" BAD("4") "blink"
								      "mail."
								      "conf:"
								      "6" BAD(
									  "5"),
	    (char *)*state);
	assert_string_equal(buf_str(&l.said), buf_str(&want));
	unload(&l);

	load(&l, "\n@include \"sub\"\n", NULL);
	assert_string_equal(
	    buf_str(&l.said), "blinkmail.conf:2: sub: is a directory\n");
	unload(&l);
	load(&l, "\n\n@include \"not there\"\n", NULL);
	assert_string_equal(buf_str(&l.said),
	    "blinkmail.conf:3: not there: cannot open it: No such file or "
	    "directory\n");
	unload(&l);
	load(&l, "@include \"blinkmail.conf\"\n", NULL);
	assert_string_equal(buf_str(&l.said),
	    "blinkmail.conf:1: files include each other too deeply\n");
	unload(&l);
	buf_clear(&want);
}

static void
modes_are_looked_at(void **state)
{
	static const char text[] = IN_REMOTE("pass = \"x\";");
	struct load l;

	(void)state;
	file_write(FILE_NAME, text, 0644);
	load(&l, NULL, NULL);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.s->warnings_len, 1);
	assert_string_equal(l.s->warnings[0],
	    "blinkmail.conf:4: warning: other users can read this password; "
	    "chmod "
	    "600 blinkmail.conf");
	unload(&l);
	/* Without a password there is nothing to hide. */
	file_write(FILE_NAME, ACCOUNT, 0644);
	load(&l, NULL, NULL);
	assert_int_equal(l.s->warnings_len, 0);
	unload(&l);
	file_write(FILE_NAME, ACCOUNT, 0602);
	load(&l, NULL, NULL);
	assert_string_equal(buf_str(&l.said),
	    "blinkmail.conf: every user can write this file, and so run "
	    "commands as you; chmod o-w it\n");
	unload(&l);
}

static void
later_features_are_owned_up_to(void **state)
{
	struct load l;

	(void)state;
	load(&l, IN_ACCOUNT("filterheaders = [ \"X-Spam\" ]; undo_days = 3;"),
	    NULL);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.s->warnings_len, 2);
	assert_string_equal(l.s->warnings[0],
	    "blinkmail.conf:3: warning: \"filterheaders\" "
	    "has no effect in this version");
	unload(&l);
	load(&l, IN_REMOTE("pass = \"x\"; passcmd = \"y\";"), NULL);
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.s->warnings_len, 1);
	assert_string_equal(l.s->warnings[0],
	    "blinkmail.conf:4: warning: \"passcmd\" is not used, since "
	    "\"pass\" is given");
	unload(&l);
}

static void
places_are_looked_through(void **state)
{
	struct settings *s;
	struct err e = ERR_INIT;
	struct load l = { 0 };
	const struct settings_reader reader = { .arg = &l, .report = say };
	char *want, *smallest;

	assert_int_equal(settings_load(NULL, NULL, 0, &reader, &s, &e), -1);
	want = xasprintf("no configuration found: neither "
			 "%s/.config/blinkmail/blinkmail.conf nor "
			 "%s/.blinkmail.conf exists; the smallest one is: ",
	    (char *)*state, (char *)*state);
	assert_memory_equal(err_text(&e), want, strlen(want));
	assert_non_null(strstr(err_text(&e), "; see man blinkmail.conf"));
	/* What it shows is one. */
	smallest = xstrdup(err_text(&e) + strlen(want));
	*strstr(smallest, "; see man") = '\0';
	file_write(".blinkmail.conf", smallest, 0600);
	assert_int_equal(settings_load(NULL, NULL, 0, &reader, &s, &e), 0);
	settings_free(s);
	free(smallest);
	free(want);
	file_write(".blinkmail.conf", ACCOUNT, 0600);
	assert_int_equal(settings_load(NULL, NULL, 0, &reader, &s, &e), 0);
	assert_non_null(strstr(s->file, "/.blinkmail.conf"));
	settings_free(s);
	assert_int_equal(mkdir("blinkmail", 0700), 0);
	file_write("blinkmail/blinkmail.conf", ACCOUNT, 0600);
	assert_int_equal(setenv("XDG_CONFIG_HOME", (char *)*state, 1), 0);
	assert_int_equal(settings_load(NULL, NULL, 0, &reader, &s, &e), 0);
	assert_non_null(strstr(s->file, "/blinkmail/blinkmail.conf"));
	settings_free(s);
	assert_int_equal(buf_str(&l.said)[0], '\0');
	err_clear(&e);
}

/* Who only wants to know where the sockets are gets it from half a file. */
static void
lenient_readers_get_what_there_is(void **state)
{
	struct load l = { 0 };
	const struct settings_reader reader = {
		.arg = &l, .report = say, .lenient = true
	};
	const struct settings_override o = { "general.fsnyc=true", NULL };
	struct settings *s;
	struct err e = ERR_INIT;

	(void)state;
	file_write("half.conf",
	    "general = { metadata = \"/m\"; };\naccounts = oops\n", 0600);
	assert_int_equal(
	    settings_load("half.conf", NULL, 0, &reader, &s, &e), 0);
	assert_string_equal(s->metadata, "/m");
	assert_string_equal(buf_str(&l.said),
	    "half.conf:2: syntax error near: accounts = oops\n");
	settings_free(s);
	/* The command line is right before one's eyes. */
	assert_int_equal(
	    settings_load("half.conf", &o, 1, &reader, &s, &e), -1);
	assert_non_null(strstr(err_text(&e), "the command line: 1 mistake"));
	assert_int_equal(
	    settings_load("nowhere.conf", NULL, 0, &reader, &s, &e), -1);
	buf_clear(&l.said);
	err_clear(&e);
}

/* Whatever is cut off or broken in a configuration is a mistake, and nothing
 * worse. */
static void
broken_texts_end_in_peace(void **state)
{
	static const char text[] =
	    IN_REMOTE("folders = [ \"*\" ]; nametrans = ( ( \"a\", \"b\" ) );"
		      " port = 0x10; pass = \"x\"; # c\n /* d */");
	struct load l;
	char *copy;
	size_t i;

	(void)state;
	copy = xstrdup(text);
	for (i = 0; i < sizeof(text) - 1; i++) {
		copy[i] = '\0';
		load(&l, copy, NULL);
		unload(&l);
		copy[i] = i % 2 == 0 ? '{' : '\xff';
		load(&l, copy, NULL);
		unload(&l);
		copy[i] = text[i];
	}
	free(copy);
}

static void
places_are_compared(void **state)
{
	static const char *const t[][2] = { { "/", "/" }, { "//", "/" },
		{ "/..", "/" }, { "%s/d", "%s/d" }, { "%s/d/./", "%s/d" },
		{ "%s/l", "%s/d" }, { "%s/l/x", "%s/d/x" },
		{ "%s/no/../l/x//y", "%s/d/x/y" },
		{ "%s/d/../l/x/y/..", "%s/d/x" }, { "%s/no/a/../b", "%s/no/b" },
		{ "/no/such/../../x", "/x" } };
	const char *dir = *state;
	char *path, *want, *place;
	size_t i;

	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(symlink("d", "l"), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		path = strncmp(t[i][0], "%s", 2) == 0
			   ? xasprintf("%s%s", dir, t[i][0] + 2)
			   : xstrdup(t[i][0]);
		want = strncmp(t[i][1], "%s", 2) == 0
			   ? xasprintf("%s%s", dir, t[i][1] + 2)
			   : xstrdup(t[i][1]);
		place = settings_path_real(path);
		assert_string_equal(place, want);
		free(place);
		free(want);
		free(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PLACED(lenient_readers_get_what_there_is),
		PLACED(included_files),
		PLACED(modes_are_looked_at),
		PLACED(later_features_are_owned_up_to),
		PLACED(places_are_looked_through),
		PLACED(broken_texts_end_in_peace),
		PLACED(places_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that came from another folder: what their letters mean. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "maildir_fixture.h"

#define WIRE "Subject: x\r\n\r\nx\r\n" /* what touch() writes */

/* What a status knows of messages by key or by content. */
struct place {
	const char *folder;
	const char *name;  /* base name; NULL: none */
	const char *words; /* keywords, separated by spaces */
	bool content;	   /* of these bytes */
};

static const struct place *places;
static struct fixture *fixture;

static uint32_t
bits(const char *words)
{
	uint32_t flags;
	size_t n;

	for (flags = 0; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		flags |= keywords_flag(&fixture->words, words, n, true);
	}
	return flags;
}

static bool
is_asked(const struct place *p, uint64_t key, const struct digest *d)
{
	struct digester digester;
	struct digest same;

	if (key != 0)
		return p->name != NULL && store_name_key(p->name) == key;
	digester_init(&digester);
	digester_update(&digester, WIRE, strlen(WIRE));
	digester_final(&digester, &same);
	return p->content && digest_equal(&same, d);
}

static void
locate(void *arg, uint64_t key, const struct digest *d,
    bool (*each)(void *arg, const struct store_location *l), void *each_arg)
{
	const struct place *p;
	struct store_location l;

	(void)arg;
	for (p = places; p != NULL && p->folder != NULL; p++) {
		l = (struct store_location){ p->folder, bits(p->words) };
		if (is_asked(p, key, d) && !each(each_arg, &l))
			return;
	}
}

static void
table(const char *folder, const char *text)
{
	char *p = xasprintf("%s/dovecot-keywords", folder);

	put_file(fixture, p, text, strlen(text));
	free(p);
}

static void
begin(void **state, const struct place *list)
{
	fixture = *state;
	fixture->known.k.locate = locate;
	places = list;
	OK(fixture->s->ops->create(fixture->s, "Archive", &err));
	OK(fixture->s->ops->create(fixture->s, "Third", &err));
}

/* A name of a file in folder, which got it in the folder made ("": none). */
static char *
name_in(
    const char *folder, const char *key, const char *made, const char *letters)
{
	char sum[33];

	digest_md5_hex(made, strlen(made), sum);
	return made[0] == '\0'
		   ? xasprintf("%s/cur/%s:2,%s", folder, key, letters)
		   : xasprintf(
			 "%s/cur/%s,FMD5=%s:2,%s", folder, key, sum, letters);
}

static void
put(const char *folder, const char *key, const char *made, const char *letters)
{
	char *p = name_in(folder, key, made, letters);

	touch(fixture, p);
	free(p);
}

static void
expect_file(
    const char *folder, const char *key, const char *made, const char *letters)
{
	char *p = name_in(folder, key, made, letters);

	if (!exists(fixture, p))
		fail_msg("there is no %s", p);
	free(p);
}

/* A scan of the folder finds one message with these keywords, twice. */
static void
expect_words(const char *folder, const char *words)
{
	struct snapshot snap = { 0 };
	int i;

	for (i = 0; i < 2; i++) {
		OK(open_folder(fixture, folder));
		scan(fixture, &snap);
		assert_int_equal(snap.len, 1);
		assert_int_equal(
		    snap.msgs[0].flags & ~FLAG_SYSTEM, bits(words));
	}
	snapshot_clear(&snap);
}

/* The name says where it comes from; with all pairs of tables. */
static void
test_sum(void **state)
{
	static const char *const tables[] = { "0 work\n", "0 junk\n1 work\n",
		"1 work\n" };
	static const char *const letters[] = { "Sa", "Sb", "Sb" };
	char *p, *full;
	size_t from, to;

	begin(state, NULL);
	for (from = 0; from < 3; from++)
		for (to = 0; to < 3; to++) {
			table("INBOX", tables[from]);
			table("Archive", tables[to]);
			put("Archive", "1.a.h", "INBOX", letters[from]);
			expect_words("Archive", "work");
			expect_file("Archive", "1.a.h", "Archive", letters[to]);
			assert_int_equal(
			    count_files(fixture, "Archive/cur"), 1);
			p = name_in("Archive", "1.a.h", "Archive", letters[to]);
			full = path(fixture, p);
			assert_int_equal(unlink(full), 0);
			free(full);
			free(p);
		}
}

/* Without a table of its own the folder gets the letters of the account. */
static void
test_shared_letters(void **state)
{
	begin(state, NULL);
	put("INBOX", "1.a.h", "INBOX", "");
	put("Archive", "2.a.h", "Archive", "");
	OK(open_folder(fixture, "INBOX"));
	assert_int_equal(
	    change_flags(fixture, "1.a.h", 0, bits("work"), 0), STORE_DONE);
	OK(open_folder(fixture, "Archive"));
	assert_int_equal(
	    change_flags(fixture, "2.a.h", 0, bits("todo"), 0), STORE_DONE);
	expect_file("Archive", "2.a.h", "Archive", "b");
	put("Third", "1.a.h", "INBOX", "a");
	expect_words("Third", "work");
	expect_file("Third", "1.a.h", "Third", "a");
	assert_true(exists(fixture, ".blinkmail-keywords"));
	assert_false(exists(fixture, ".blinkmail-keywords.lock"));
}

/* A new letter does not give a meaning to those of files that lie here; what
 * came from elsewhere with it does not count as such. */
static void
test_letter_in_use(void **state)
{
	static const struct place list[] = { { "INBOX", "1.a.h", "two", false },
		{ NULL, NULL, NULL, false } };
	struct snapshot snap = { 0 };

	begin(state, list);
	table("INBOX", "0 one\n1 two\n");
	OK(open_folder(fixture, "INBOX"));
	put("INBOX", "9.a.h", "INBOX", "");
	assert_int_equal(
	    change_flags(fixture, "9.a.h", 0, bits("three"), 0), STORE_DONE);
	put("Archive", "1.a.h", "", "b");
	put("Archive", "5.a.h", "", "a");
	learn(fixture, "5.a.h", 5);
	OK(open_folder(fixture, "Archive"));
	scan(fixture, &snap);
	assert_int_equal(snap.len, 2);
	expect_file("Archive", "1.a.h", "Archive", "b");
	expect_file("Archive", "5.a.h", "", "a");
	assert_int_equal(snap.msgs[0].flags, 0);
	assert_int_equal(snap.msgs[1].flags, bits("two"));
	snapshot_clear(&snap);
}

static void
test_key(void **state)
{
	static const struct place list[] = {
		{ "Archive", "1.a.h", "", false }, /* is no other folder */
		{ "INBOX", "1.a.h", "", false },
		{ "Third", "1.a.h", "", false },
		{ NULL, NULL, NULL, false },
	};

	begin(state, list);
	table("INBOX", "0 work\n");
	table("Archive", "0 junk\n");
	put("Archive", "1.a.h", "", "a");
	expect_words("Archive", "work");
	expect_file("Archive", "1.a.h", "Archive", "b");
}

/* Two files with a key that is known here: without a sum in one of them
 * nobody can tell which is which. */
static void
test_key_of_twins(void **state)
{
	static const struct place list[] = { { "INBOX", "1.a.h", "", false },
		{ NULL, NULL, NULL, false } };
	struct snapshot snap = { 0 };

	begin(state, list);
	table("INBOX", "0 work\n");
	table("Archive", "0 junk\n");
	learn(fixture, "1.a.h", 7);
	put("Archive", "1.a.h", "", "a");
	put("Archive", "1.a.h", "", "Sa");
	OK(open_folder(fixture, "Archive"));
	scan(fixture, &snap);
	assert_int_equal(snap.len, 2);
	assert_int_equal(snap.msgs[0].flags & ~FLAG_SYSTEM, bits("junk"));
	assert_int_equal(snap.msgs[1].flags & ~FLAG_SYSTEM, bits("junk"));
	expect_file("Archive", "1.a.h", "", "a");

	put("Archive", "1.a.h", "Archive", "Fa");
	scan(fixture, &snap);
	assert_int_equal(snap.len, 3);
	expect_file("Archive", "1.a.h", "Archive", "Fa");
	expect_file("Archive", "1.a.h", "Archive", "b");
	expect_file("Archive", "1.a.h", "Archive", "Sb");
	snapshot_clear(&snap);
}

/* Under a new name: only the bytes say where it comes from. */
static const struct content_case {
	const char *here; /* tables of Archive and INBOX */
	const char *there;
	const char *letters;  /* of the file in Archive */
	const char *known[2]; /* keywords of the message in INBOX, in Third */
	const char *words;    /* what the file's letters mean */
	const char *after;    /* its letters then; NULL: it was not renamed */
} content_cases[] = {
	/* the same table */
	{ "0 work\n", "0 work\n", "a", { "work" }, "work", NULL },
	/* as it was in its old folder */
	{ "0 junk\n1 work\n", "0 work\n", "Sa", { "work" }, "work", "Sb" },
	/* as it is called here */
	{ "0 junk\n1 work\n", "0 work\n", "Sb", { "work" }, "work", NULL },
	{ "0 junk\n1 work\n", "0 work\n1 x\n", "Sb", { "x", "work" }, "work",
	    NULL },
	/* one more */
	{ "0 junk\n1 work\n2 new\n", "0 work\n", "bc", { "work" }, "work new",
	    NULL },
	/* a letter that says nothing here, and there all say something */
	{ "0 junk\n", "0 work\n1 x\n", "ab", { "work" }, "work x", "bc" },
	/* one that says nothing in either */
	{ "0 junk\n1 work\n", "0 work\n", "Saz", { "work" }, "work", "Sb" },
	{ "0 junk\n1 work\n", "0 work\n", "Sz", { "work" }, "work", "Sbz" },
	{ "0 junk\n1 work\n2 new\n", "0 work\n", "Scz", { "work" }, "work new",
	    "Sbcz" },
	{ "0 junk\n1 work\n", "0 work\n", "Sz", { "" }, "", NULL },
	/* letters that mean nothing there do not come from there */
	{ "0 junk\n", "", "a", { "" }, "junk", NULL },
	{ "0 junk\n", "", "a", { "", "junk" }, "junk", NULL },
	/* other keywords than it has in any folder */
	{ "0 junk\n", "0 work\n", "a", { "x" }, "junk", NULL },
	/* not known in another folder */
	{ "0 junk\n", "0 work\n", "a", { NULL }, "junk", NULL },
};

static void
expect_content(void **state, const struct content_case *c)
{
	struct place list[3] = { 0 };
	const char *key = "1.a.h";
	size_t i;

	for (i = 0; i < 2 && c->known[i] != NULL; i++)
		list[i] = (struct place){ i == 0 ? "INBOX" : "Third", NULL,
			c->known[i], true };
	begin(state, list);
	table("INBOX", c->there);
	table("Third", "25 z\n");
	table("Archive", c->here);
	put("Archive", key, "", c->letters);
	expect_words("Archive", c->words);
	assert_int_equal(count_files(fixture, "Archive/cur"), 1);
	if (c->after == NULL)
		expect_file("Archive", key, "", c->letters);
	else
		expect_file("Archive", key, "Archive", c->after);
	places = NULL;
}

static void
test_content(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(content_cases) / sizeof(content_cases[0]); i++) {
		if (i > 0) {
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
		expect_content(state, &content_cases[i]);
	}
}

/* What is only looked at is not renamed, and has the right keywords. */
static void
test_readonly(void **state)
{
	const struct store_open o = { .name = "Archive",
		.readonly = true,
		.keywords = &((struct fixture *)*state)->words };
	struct snapshot snap = { 0 };

	begin(state, NULL);
	table("INBOX", "0 work\n");
	table("Archive", "0 junk\n");
	put("Archive", "1.a.h", "INBOX", "a");
	OK(fixture->s->ops->open(fixture->s, &o, &fixture->st, &err));
	scan(fixture, &snap);
	assert_int_equal(snap.msgs[0].flags, bits("work"));
	expect_file("Archive", "1.a.h", "INBOX", "a");
	assert_false(exists(fixture, ".blinkmail-keywords"));
	snapshot_clear(&snap);
}

/* A folder that is gone took its table along. */
static void
test_no_such_origin(void **state)
{
	begin(state, NULL);
	table("Archive", "0 junk\n");
	put("Archive", "1.a.h", "Old", "a");
	expect_words("Archive", "junk");
	expect_file("Archive", "1.a.h", "Old", "a");
}

/* What cannot be known is not guessed. */
static void
test_origin_unreadable(void **state)
{
	struct snapshot snap = { 0 };
	char *p;

	begin(state, NULL);
	p = path(fixture, "INBOX/dovecot-keywords");
	assert_int_equal(symlink("/dev/null", p), 0);
	free(p);
	put("Archive", "1.a.h", "INBOX", "a");
	OK(open_folder(fixture, "Archive"));
	assert_int_equal(fixture->s->ops->scan(fixture->s, &snap, &err), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	err_clear(&err);
	expect_file("Archive", "1.a.h", "INBOX", "a");
	snapshot_clear(&snap);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_sum),
		T(test_shared_letters),
		T(test_letter_in_use),
		T(test_key),
		T(test_key_of_twins),
		T(test_content),
		T(test_readonly),
		T(test_no_such_origin),
		T(test_origin_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file dovecot-keywords, which others read and write, too. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "faults.h"
#include "maildir/maildir_keywords.h"
#include "maildir_temp.h"

#define FILE_NAME "dovecot-keywords"
#define LOCK_NAME "dovecot-keywords.lock"

struct both { /* a folder and its keywords */
	struct temp *t;
	struct keywords map;
	struct maildir_keywords k;
};

static void
both_init_at(struct both *b, struct temp *t, int root, const char *text)
{
	*b = (struct both){ .t = t };
	if (text != NULL)
		temp_put(t, FILE_NAME, text, strlen(text));
	maildir_keywords_init(&b->k, t->md, root, false, &b->map);
	OK(maildir_keywords_load(&b->k, &err));
}

static void
both_init(struct both *b, struct temp *t, const char *text)
{
	both_init_at(b, t, -1, text);
}

static void
both_clear(struct both *b)
{
	maildir_keywords_clear(&b->k);
	keywords_clear(&b->map);
}

static uint32_t
bit(struct both *b, const char *name)
{
	return keywords_flag(&b->map, name, strlen(name), true);
}

static void
expect_letters(
    struct both *b, uint32_t flags, const char *old, const char *letters)
{
	struct buf out = { 0 };

	maildir_keywords_letters(&b->k, flags, old, strlen(old), &out);
	assert_string_equal(buf_str(&out), letters);
	buf_clear(&out);
}

static void
expect_file(struct both *b, const char *text)
{
	char *is;
	size_t len;

	is = temp_get(b->t, FILE_NAME, &len);
	assert_string_equal(is, text);
	free(is);
	assert_false(temp_has(b->t, LOCK_NAME));
}

static uint32_t
flags(struct both *b, const char *letters)
{
	return maildir_keywords_flags(&b->k, letters, strlen(letters));
}

static void
test_read(void **state)
{
	struct both b;

	both_init(&b, *state,
	    "0 $Junk\n"
	    "2 todo\n"
	    "odd line\n"
	    "\n"
	    "3\n"
	    "4 \n"
	    "26 beyond\n"
	    "99 far\n"
	    "1000 farther\n"
	    "-1 x\n"
	    " 5 x\n"
	    "6\tx\n"
	    "25 last");
	assert_int_equal(flags(&b, "a"), bit(&b, "$junk"));
	assert_int_equal(
	    flags(&b, "cSa"), FLAG_SEEN | bit(&b, "TODO") | bit(&b, "$Junk"));
	assert_int_equal(flags(&b, "z"), bit(&b, "last"));
	assert_int_equal(flags(&b, "bdefgXY9-"), 0);
	assert_int_equal(flags(&b, ""), 0);
	assert_int_equal(keywords_flag(&b.map, "far", 3, false), 0);
	both_clear(&b);
}

/* Sorted, each once; what means nothing here stays as it is. */
static void
test_letters(void **state)
{
	struct both b;
	uint32_t junk, todo, none;

	both_init(&b, *state, "0 $Junk\n2 todo\n3 TODO\n");
	junk = bit(&b, "$Junk");
	todo = bit(&b, "todo");
	none = bit(&b, "none");
	expect_letters(&b, 0, "", "");
	expect_letters(&b, FLAG_SYSTEM, "", "DFPRST");
	expect_letters(&b, junk | FLAG_SEEN, "", "Sa");
	expect_letters(&b, todo | junk | FLAG_SEEN | FLAG_DRAFT, "", "DSac");
	expect_letters(&b, none | FLAG_SEEN, "", "S");
	expect_letters(&b, FLAG_FLAGGED, "SaXzb", "FXbz");
	expect_letters(&b, FLAG_FLAGGED | todo, "zXXz", "FXcz");
	/* two letters for one keyword */
	assert_int_equal(flags(&b, "d"), todo);
	expect_letters(&b, todo, "d", "c");
	expect_letters(&b, 0, "cd", "");
	both_clear(&b);
}

static void
test_assign(void **state)
{
	struct both b;
	uint32_t junk, other, odd;

	both_init(&b, *state, NULL);
	OK(maildir_keywords_assign(&b.k, FLAG_SYSTEM, NULL, &err));
	assert_false(temp_has(*state, FILE_NAME));
	other = bit(&b, "other");
	junk = bit(&b, "$Junk");
	odd = bit(&b, "two words");
	OK(maildir_keywords_assign(&b.k, junk | FLAG_SEEN, NULL, &err));
	expect_file(&b, "0 $Junk\n");
	/* Dovecot adds one meanwhile: not lost, and no letter twice */
	temp_put(b.t, FILE_NAME, "0 $Junk\n1 theirs\nodd", 21 - 1);
	OK(maildir_keywords_assign(&b.k, junk | other | odd, NULL, &err));
	expect_file(&b, "0 $Junk\n1 theirs\nodd\n2 other\n");
	OK(maildir_keywords_load(&b.k, &err));
	expect_letters(&b, junk | other | odd, "", "ac");
	/* there already: the file is left alone */
	OK(maildir_keywords_assign(&b.k, junk | other, NULL, &err));
	expect_file(&b, "0 $Junk\n1 theirs\nodd\n2 other\n");
	/* gone: nothing means anything */
	assert_int_equal(unlinkat(b.t->md->dir, FILE_NAME, 0), 0);
	OK(maildir_keywords_load(&b.k, &err));
	assert_int_equal(flags(&b, "abc"), 0);
	both_clear(&b);
}

static void
test_full(void **state)
{
	struct both b;
	char name[16];
	uint32_t bits;
	int i;

	both_init(&b, *state, NULL);
	for (i = 0, bits = 0; i < FLAG_KEYWORDS; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		bits |= bit(&b, name);
	}
	OK(maildir_keywords_assign(&b.k, bits & ~FLAG_KEYWORD(3), NULL, &err));
	OK(maildir_keywords_load(&b.k, &err));
	assert_int_equal(maildir_keywords_storable(&b.k), bits | FLAG_SYSTEM);
	both_clear(&b);

	/* all letters but one are someone else's */
	both_init(&b, *state, NULL);
	bits = bit(&b, "mine") | bit(&b, "k1");
	assert_int_equal(maildir_keywords_storable(&b.k), FLAG_SYSTEM | bits);
	OK(maildir_keywords_assign(&b.k, bits, NULL, &err));
	OK(maildir_keywords_assign(&b.k, bit(&b, "over"), NULL, &err));
	OK(maildir_keywords_load(&b.k, &err));
	assert_int_equal(maildir_keywords_storable(&b.k),
	    FLAG_SYSTEM | bit(&b, "mine") | bit(&b, "k1"));
	expect_letters(&b, bit(&b, "over"), "", "");
	both_clear(&b);
}

static void
test_readonly(void **state)
{
	struct both b;
	uint32_t a, bits;

	both_init(&b, *state, "0 a\n");
	a = bit(&b, "a");
	b.k.readonly = true;
	OK(maildir_keywords_assign(&b.k, bit(&b, "new"), NULL, &err));
	expect_file(&b, "0 a\n");
	bits = maildir_keywords_storable(&b.k);
	assert_int_equal(bits, FLAG_SYSTEM | a);
	both_clear(&b);
}

static void
expect_refused(struct both *b)
{
	err_clear(&err);
	assert_int_equal(maildir_keywords_load(&b->k, &err), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	err_clear(&err);
	assert_int_equal(unlinkat(b->t->md->dir, FILE_NAME, 0), 0);
}

static void
test_traps(void **state)
{
	struct both b;
	static char big[(2 << 20) + 5000];
	int dir;

	both_init(&b, *state, NULL);
	dir = b.t->md->dir;
	assert_int_equal(symlinkat("/etc/passwd", dir, FILE_NAME), 0);
	expect_refused(&b);
	assert_int_equal(mkfifoat(dir, FILE_NAME, 0600), 0);
	expect_refused(&b);
	memset(big, 'x', sizeof(big));
	temp_put(b.t, FILE_NAME, big, sizeof(big));
	expect_refused(&b);
	/* a lock that is a link is not written through */
	temp_touch(b.t, "target");
	assert_int_equal(symlinkat("target", dir, LOCK_NAME), 0);
	faults_clock(1000); /* it is old, and is taken away */
	OK(maildir_keywords_assign(&b.k, bit(&b, "x"), NULL, &err));
	faults_clock(0);
	expect_file(&b, "0 x\n");
	free(temp_get(b.t, "target", &(size_t){ 0 }));
	assert_true(temp_has(b.t, "target"));
	both_clear(&b);
}

/* Someone else holds the lock. */
static void
test_locked(void **state)
{
	struct both b;
	uint32_t mine;

	both_init(&b, *state, "0 a\n");
	temp_put(b.t, LOCK_NAME, "", 0);
	mine = bit(&b, "mine");
	faults_hurry(true);
	assert_int_equal(maildir_keywords_assign(&b.k, mine, NULL, &err), -1);
	faults_hurry(false);
	assert_int_equal(err.num, EBUSY);
	assert_int_equal(err.scope, ERR_FOLDER);
	err_clear(&err);
	assert_true(temp_has(b.t, LOCK_NAME));
	expect_letters(&b, mine, "", "");
	both_clear(&b);
}

/* A lock of ours: as good as its owner's life. */
static void
test_owner_died(void **state)
{
	struct both b;
	uint32_t mine;
	int fd;

	both_init(&b, *state, "0 a\n");
	temp_put(b.t, LOCK_NAME, "blinkmail", 9);
	temp_put(b.t, "dovecot-keywords.new", "0 a\n1 ha", 8);
	mine = bit(&b, "mine");
	fd = openat(b.t->md->dir, LOCK_NAME, O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	faults_hurry(true);
	assert_int_equal(maildir_keywords_assign(&b.k, mine, NULL, &err), -1);
	faults_hurry(false);
	assert_int_equal(err.num, EBUSY);
	err_clear(&err);
	close(fd);
	OK(maildir_keywords_assign(&b.k, mine, NULL, &err));
	expect_file(&b, "0 a\n1 mine\n");
	assert_false(temp_has(b.t, LOCK_NAME));
	assert_false(temp_has(b.t, "dovecot-keywords.new"));
	both_clear(&b);
}

/* A letter that did not reach the disk is never used. */
static void
test_faults(void **state)
{
	static const enum fault kinds[] = { FAULT_CREATE, FAULT_WRITE,
		FAULT_SYNC, FAULT_RENAME, FAULT_CLOSE };
	struct both b;
	uint32_t mine;
	unsigned n;
	size_t i;
	int rc;
	bool came;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (n = 1, came = true; came; n++) {
			both_init(&b, *state, "0 a\n");
			mine = bit(&b, "mine");
			faults_set(kinds[i], n, ENOSPC);
			rc = maildir_keywords_assign(&b.k, mine, NULL, &err);
			came = faults_end();
			assert_false(temp_has(b.t, LOCK_NAME));
			assert_false(temp_has(b.t, "dovecot-keywords.new"));
			if (rc != 0) {
				assert_true(came);
				expect_letters(&b, mine, "", "");
				err_clear(&err);
				OK(maildir_keywords_assign(
				    &b.k, mine, NULL, &err));
			}
			expect_file(&b, "0 a\n1 mine\n");
			OK(maildir_keywords_load(&b.k, &err));
			expect_letters(&b, mine | bit(&b, "a"), "", "ab");
			both_clear(&b);
		}
}

/* What a letter without a meaning stands at does not get the next keyword. */
static void
test_letters_in_use(void **state)
{
	struct both b;

	both_init(&b, *state, "3 old\n");
	temp_put(b.t, "cur/1.x:2,FSab", "", 0);
	temp_put(b.t, "new/2.x:2,d", "", 0);
	temp_put(b.t, "cur/3.x:2,c", "", 0);
	/* Another folder's, and no letters. */
	temp_put(
	    b.t, "cur/4.x,FMD5=00000000000000000000000000000000:2,e", "", 0);
	temp_put(b.t, "cur/5.xf", "", 0);
	OK(maildir_keywords_assign(
	    &b.k, bit(&b, "one") | bit(&b, "two"), NULL, &err));
	expect_file(&b, "3 old\n4 one\n5 two\n");
	assert_true(temp_has(b.t, "cur/1.x:2,FSab"));
	both_clear(&b);
}

/* When there are no others, the file loses what never meant anything. */
static void
test_last_letters(void **state)
{
	struct buf text = { 0 };
	struct both b;
	size_t i;

	for (i = 2; i < FLAG_KEYWORDS; i++)
		buf_printf(&text, "%zu k%zu\n", i, i);
	both_init(&b, *state, text.data);
	temp_put(b.t, "cur/1.x:2,FSabc,x", "", 0);
	OK(maildir_keywords_assign(&b.k, bit(&b, "one"), NULL, &err));
	buf_puts(&text, "0 one\n");
	expect_file(&b, text.data);
	assert_true(temp_has(b.t, "cur/1.x:2,FSbc,x"));
	both_clear(&b);
	buf_clear(&text);
}

/* An account with two folders, and its table in the directory of the first. */
struct account {
	struct both a, b;
	struct temp *first, *second;
};

static void
account_init(struct account *x, void **state, const char *a, const char *b)
{
	void *second;

	assert_int_equal(temp_setup(&second), 0);
	x->first = *state;
	x->second = second;
	both_init_at(&x->a, x->first, x->first->md->dir, a);
	both_init_at(&x->b, x->second, x->first->md->dir, b);
}

static void
account_clear(struct account *x)
{
	void *second = x->second;

	both_clear(&x->a);
	both_clear(&x->b);
	temp_teardown(&second);
}

static void
give(struct both *b, const char *name)
{
	OK(maildir_keywords_assign(&b->k, bit(b, name), NULL, &err));
	OK(maildir_keywords_load(&b->k, &err));
}

static void
expect_account(struct account *x, const char *text)
{
	char *is;
	size_t len;

	is = temp_get(x->first, MAILDIR_ACCOUNT_FILE, &len);
	assert_string_equal(is, text);
	free(is);
	assert_false(temp_has(x->first, MAILDIR_ACCOUNT_FILE ".lock"));
}

/* A keyword has the same letter in each folder, whoever needs it first. */
static void
test_account(void **state)
{
	struct account x;

	account_init(&x, state, NULL, NULL);
	give(&x.a, "work");
	give(&x.b, "junk");
	give(&x.b, "WORK");
	give(&x.a, "todo");
	expect_file(&x.a, "0 work\n2 todo\n");
	expect_file(&x.b, "1 junk\n0 WORK\n");
	expect_account(&x, "0 work\n1 junk\n2 todo\n");
	account_clear(&x);
}

/* What another program gave a letter in a folder keeps it there; the account
 * takes it over, where it can. */
static void
test_account_foreign(void **state)
{
	struct account x;

	account_init(&x, state, "0 work\n4 blue\n", "0 junk\n3 red\n");
	give(&x.a, "todo");
	expect_account(&x, "0 work\n4 blue\n1 todo\n");
	give(&x.b, "work"); /* its letter is junk's here */
	expect_file(&x.b, "0 junk\n3 red\n2 work\n");
	give(&x.b, "blue");
	give(&x.b, "new");
	expect_file(&x.b, "0 junk\n3 red\n2 work\n4 blue\n5 new\n");
	expect_account(&x, "0 work\n4 blue\n1 todo\n3 red\n5 new\n");
	give(&x.a, "junk");
	expect_account(&x, "0 work\n4 blue\n1 todo\n3 red\n5 new\n2 junk\n");
	expect_file(&x.a, "0 work\n4 blue\n1 todo\n2 junk\n");
	account_clear(&x);
}

/* The account's letter stands for nothing in names here. */
static void
test_account_in_use(void **state)
{
	struct account x;
	const uint32_t none = 0;

	account_init(&x, state, NULL, NULL);
	temp_put(x.b.t, "cur/1.x:2,FSa", "", 0);
	give(&x.a, "work");
	give(&x.b, "work");
	expect_file(&x.b, "1 work\n");
	temp_put(x.b.t, "cur/2.x:2,c", "", 0);
	give(&x.a, "todo");
	give(&x.a, "new");
	expect_account(&x, "0 work\n1 todo\n2 new\n");
	/* ... but when it is known what it stands for */
	OK(maildir_keywords_assign(&x.b.k, bit(&x.b, "new"), &none, &err));
	expect_file(&x.b, "1 work\n2 new\n");
	assert_true(temp_has(x.b.t, "cur/2.x:2,c"));
	account_clear(&x);
}

/* With no letter left in the account a folder still has its own. */
static void
test_account_full(void **state)
{
	struct account x;
	char name[16];
	int i;

	account_init(&x, state, NULL, NULL);
	for (i = 0; i < FLAG_KEYWORDS; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		give(&x.a, name);
	}
	give(&x.b, "k25");
	give(&x.b, "one");
	give(&x.b, "two");
	expect_file(&x.b, "25 k25\n0 one\n1 two\n");
	give(&x.b, "k1");
	expect_file(&x.b, "25 k25\n0 one\n1 two\n2 k1\n");
	account_clear(&x);
}

/* Whatever fails, what is on disk agrees, and a second attempt goes on. */
static void
test_account_faults(void **state)
{
	static const enum fault kinds[] = { FAULT_CREATE, FAULT_WRITE,
		FAULT_SYNC, FAULT_RENAME, FAULT_CLOSE };
	struct account x;
	unsigned n;
	size_t i;
	bool came;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (n = 1, came = true; came; n++) {
			account_init(&x, state, "0 a\n", NULL);
			unlinkat(x.first->md->dir, MAILDIR_ACCOUNT_FILE, 0);
			give(&x.b, "b");
			faults_set(kinds[i], n, ENOSPC);
			maildir_keywords_assign(
			    &x.a.k, bit(&x.a, "mine"), NULL, &err);
			came = faults_end();
			err_clear(&err);
			give(&x.b, "mine");
			give(&x.a, "mine");
			expect_account(&x, "0 b\n1 mine\n");
			expect_file(&x.a, "0 a\n1 mine\n");
			expect_file(&x.b, "0 b\n1 mine\n");
			account_clear(&x);
		}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)
	const struct CMUnitTest tests[] = {
		T(test_read),
		T(test_letters_in_use),
		T(test_last_letters),
		T(test_letters),
		T(test_assign),
		T(test_full),
		T(test_readonly),
		T(test_traps),
		T(test_locked),
		T(test_owner_died),
		T(test_faults),
		T(test_account),
		T(test_account_foreign),
		T(test_account_in_use),
		T(test_account_full),
		T(test_account_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/settings/nametrans.h"
#include "engine/store/foldername.h"
#include "engine/sync/foldermap.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A rule of literals. The settings own theirs, and are not const. */
struct rule {
	const char *pattern;
	const char *replacement;
};

static struct nametrans_rule
nametrans_rule(const struct rule *r)
{
	return (struct nametrans_rule){ (char *)(uintptr_t)r->pattern,
		(char *)(uintptr_t)r->replacement };
}

static void
t_wanted(void **state)
{
	static const struct {
		const char *patterns[4];
		const char *native;
		bool wanted;
	} rows[] = {
		{ { NULL }, "x", true },
		{ { "*", "!Spam" }, "Spam", false },
		{ { "*", "!Spam" }, "Spam2", true },
		{ { "!Spam" }, "INBOX", true },
		{ { "!Spam" }, "Spam", false },
		{ { "INBOX" }, "x", false },
		{ { "INBOX" }, "InBox", true },
		{ { "!inbox" }, "INBOX", false },
		{ { "inbox/*" }, "INBOX/a", false },
		{ { "*", "!List/*" }, "List/a/b", false },
		{ { "*", "!List/*" }, "List", true },
		{ { "!List/*", "List/a" }, "List/a", true },
		{ { "List/a", "!List/*" }, "List/a", false },
		{ { "*", "!List/*", "List/keep*" }, "List/keep/x", true },
		{ { "[Gmail]/Spam" }, "[Gmail]/Spam", true },
		{ { "\\[Gmail]/*" }, "[Gmail]/Spam", true },
		{ { "[Gmail]/*" }, "[Gmail]/Spam", false },
		{ { "[ab]?" }, "bx", true },
		{ { "\\!odd" }, "!odd", true },
		{ { "*" }, ".hidden", true },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		size_t n = 0;

		while (rows[i].patterns[n] != NULL)
			n++;
		if (foldermap_wanted(rows[i].patterns, n, rows[i].native) !=
		    rows[i].wanted)
			fail_msg("row %zu: %s", i, rows[i].native);
	}
}

static void
t_nametrans(void **state)
{
	static const struct {
		struct rule rules[3];
		size_t len;
		const char *name;
		const char *result;
	} rows[] = {
		{ { { 0 } }, 0, "INBOX", "INBOX" },
		{ { { "^\\[Gmail\\]/", "" } }, 1, "[Gmail]/Sent", "Sent" },
		{ { { "^\\[Gmail\\]/", "" } }, 1, "Sent", "Sent" },
		{ { { "^INBOX\\.", "" } }, 1, "INBOX.a.b", "a.b" },
		{ { { "a", "bb" } }, 1, "banana", "bbbnbbnbb" },
		{ { { "^(.*)/(.*)$", "$2/\\1" } }, 1, "x/y", "y/x" },
		{ { { "^(.)(.)", "${2}0\\g<1>" } }, 1, "xy", "y0x" },
		{ { { "(?<head>.)y", "${head}-\\g<head>" } }, 1, "xy", "x-x" },
		{ { { ".+", "<$0\\0>" } }, 1, "x", "<xx>" },
		{ { { "x", "$$ $ \\\\ \\." } }, 1, "x", "$ $ \\ ." },
		{ { { "(a)|(b)", "[$2]" } }, 1, "ab", "[][b]" },
		{ { { "^", "Mail/" }, { "/", "." } }, 2, "a/b", "Mail.a.b" },
		{ { { "^.", "" } }, 1,
		    "\xc3\xbc"
		    "ber",
		    "ber" },
		{ { { "x", "*MARK" } }, 1, "x", "*MARK" },
	};
	struct nametrans_rule rules[3];
	struct err e = ERR_INIT;
	struct nametrans *t;
	char *out;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		for (size_t k = 0; k < rows[i].len; k++)
			rules[k] = nametrans_rule(&rows[i].rules[k]);
		if (nametrans_new(rules, rows[i].len, &t, &e) == -1 ||
		    nametrans_apply(t, rows[i].name, &out, &e) == -1)
			fail_msg("row %zu: %s", i, err_text(&e));
		assert_string_equal(out, rows[i].result);
		free(out);
		nametrans_free(t);
	}
	err_clear(&e);
}

static void
t_wrong_rules(void **state)
{
	static const struct {
		struct rule rule;
		const char *text;
	} rows[] = {
		{ { "(", "" }, "parenthesis" },
		{ { "a", "$1" }, "no group \"1\"" },
		{ { "(a)", "\\2" }, "no group \"2\"" },
		{ { "(a)", "${name}" }, "no group \"name\"" },
		{ { "(a)", "${1" }, "missing" },
		{ { "(a)", "\\g<1" }, "missing" },
		{ { "(a)", "${}" }, "no group" },
		{ { "a", "\\n" }, "unknown escape" },
		{ { "a", "\\" }, "unknown escape" },
		{ { "\\C", "" }, "" },
		{ { "\xff", "" }, "UTF-8" },
	};
	struct nametrans_rule good =
	    nametrans_rule(&(struct rule){ "(a)", "\\1" });

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct nametrans_rule rule = nametrans_rule(&rows[i].rule);
		struct err e = ERR_INIT;

		assert_int_equal(nametrans_check(&rule, &e), -1);
		assert_int_equal(e.scope, ERR_ACCOUNT);
		if (strstr(err_text(&e), rows[i].text) == NULL)
			fail_msg("row %zu: %s", i, err_text(&e));
		err_clear(&e);
	}
	assert_int_equal(nametrans_check(&good, NULL), 0);
}

/* Patterns that would run for years, and results without end. */
static void
t_catastrophe(void **state)
{
	struct nametrans_rule evil =
	    nametrans_rule(&(struct rule){ "^(a+)+$", "" });
	struct nametrans_rule many[8];
	struct err e = ERR_INIT;
	struct nametrans *t;
	char name[41], *out = NULL;

	(void)state;
	memset(name, 'a', sizeof(name) - 2);
	name[sizeof(name) - 2] = '!';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(nametrans_new(&evil, 1, &t, &e), 0);
	assert_int_equal(nametrans_apply(t, name, &out, &e), -1);
	assert_int_equal(e.scope, ERR_FOLDER);
	nametrans_free(t);
	for (size_t i = 0; i < LEN(many); i++)
		many[i] = nametrans_rule(&(struct rule){ ".", "$0$0$0$0" });
	assert_int_equal(nametrans_new(many, LEN(many), &t, &e), 0);
	assert_int_equal(nametrans_apply(t, name, &out, &e), -1);
	nametrans_free(t);
	assert_null(out);
	err_clear(&e);
}

/*
 * One case of the map: what both sides list (native names; a trailing '>'
 * marks a mere node), the settings, and what comes out, as a text.
 */
struct scene {
	const char *remote[8];
	char remote_delimiter;
	const char *local[8];
	const char *hidden[3]; /* local ones that could not be looked into */
	char local_delimiter;
	const char *remote_filter[4];
	const char *local_filter[4];
	struct rule remote_rule;
	struct rule local_rule;
	const char *only[4];
	bool fold_case, fold_remote;
	const char *prefix, *said; /* in the settings; by the server */
	const char *result; /* "label=local[rl]" lines, then "! problem" */
	const char *error;
};

static void
list(struct store_folders *f, const char *const *names, char delimiter)
{
	for (; *names != NULL; names++) {
		struct store_folder *folder = store_folders_add(f);
		struct err e = ERR_INIT;
		size_t len = strlen(*names);

		folder->selectable = (*names)[len - 1] != '>';
		len -= folder->selectable ? 0 : 1;
		folder->native = xstrndup(*names, len);
		folder->delimiter = delimiter;
		folder->token.valid = true;
		folder->token.words[0] = (unsigned char)**names;
		if (foldername_canonical(
			*names, len, delimiter, &folder->name, &e) == -1)
			fail_msg("%s: %s", *names, err_text(&e));
		err_clear(&e);
	}
	store_folders_sort(f);
}

static void
hide(struct store_folders *f, const char *const *names, char delimiter)
{
	struct err e = ERR_INIT;

	for (; *names != NULL; names++) {
		store_folders_refuse(f, *names, strlen(*names), "may not");
		if (foldername_canonical(*names, strlen(*names), delimiter,
			&f->refused[f->refused_len - 1].folder, &e) == -1)
			fail_msg("%s: %s", *names, err_text(&e));
	}
	err_clear(&e);
}

static void
describe(const struct foldermap *map, struct buf *out)
{
	for (size_t i = 0; i < map->len; i++) {
		const struct foldermap_entry *m = &map->list[i];

		buf_printf(out, "%s=%s[%s%s]\n", m->label, m->name[LOCAL],
		    m->there[REMOTE] ? "r" : "", m->there[LOCAL] ? "l" : "");
		assert_int_equal(m->token[REMOTE].valid, m->there[REMOTE]);
		assert_true(m->there[LOCAL] || !m->token[LOCAL].valid);
	}
	for (size_t i = 0; i < map->problems_len; i++)
		buf_printf(out, "! %s: %s\n", map->problems[i].name,
		    map->problems[i].why);
}

static void
play(const struct scene *s, size_t number)
{
	struct settings_account a = { .store = {
					  [LOCAL] = { .type = STORE_MAILDIR,
					      .layout = LAYOUT_FLAT } } };
	struct store_folders remote = { 0 }, local = { 0 };
	char *filters[2][5] = { 0 };
	struct nametrans_rule rules[2] = { nametrans_rule(&s->local_rule),
		nametrans_rule(&s->remote_rule) };
	struct namelist only = { 0 };
	const struct foldermap_input in = { .account = &a,
		.folders = { [LOCAL] = &local, [REMOTE] = &remote },
		.folds_case = { [LOCAL] = s->fold_case,
		    [REMOTE] = s->fold_remote },
		.only = &only };
	struct foldermap map = { 0 };
	struct err e = ERR_INIT;
	struct buf text = { 0 };
	int ret;

	list(&remote, s->remote, s->remote_delimiter);
	a.store[REMOTE].prefix = (char *)(uintptr_t)s->prefix;
	remote.prefix = s->said != NULL ? xstrdup(s->said) : NULL;
	list(&local, s->local, s->local_delimiter);
	hide(&local, s->hidden, s->local_delimiter);
	for (size_t i = 0; i < 4; i++) {
		filters[LOCAL][i] = (char *)(uintptr_t)s->local_filter[i];
		filters[REMOTE][i] = (char *)(uintptr_t)s->remote_filter[i];
		if (s->only[i] != NULL)
			namelist_add(&only, s->only[i]);
	}
	for (int side = LOCAL; side <= REMOTE; side++) {
		if (filters[side][0] != NULL)
			a.store[side].folders = filters[side];
		a.store[side].nametrans = &rules[side];
		a.store[side].nametrans_len =
		    rules[side].pattern != NULL ? 1 : 0;
	}
	ret = foldermap_make(&in, &map, &e);
	assert_int_equal(ret, s->error != NULL ? -1 : 0);
	describe(&map, &text);
	if (s->error != NULL && strstr(err_text(&e), s->error) == NULL)
		fail_msg("scene %zu: %s", number, err_text(&e));
	if (s->error == NULL && strcmp(buf_str(&text), s->result) != 0)
		fail_msg("scene %zu:\n%s", number, buf_str(&text));
	buf_clear(&text);
	foldermap_clear(&map);
	store_folders_clear(&remote);
	store_folders_clear(&local);
	err_clear(&e);
}

static const struct scene scenes[] = {
	{ .remote = { "zebra", "inbox", "Lists/a", "Lists>" },
	    .remote_delimiter = '/',
	    .local = { "INBOX", "Lists.a", "new" },
	    .local_delimiter = '.',
	    .result = "inbox=INBOX[rl]\nLists/a=Lists/a[rl]\nnew=new[l]\n"
		      "zebra=zebra[r]\n" },
	/* Gmail, with the usual rule. */
	{ .remote = { "INBOX", "[Gmail]>", "[Gmail]/Sent Mail", "[Gmail]/Spam",
	      "Work" },
	    .remote_delimiter = '/',
	    .local = { "INBOX", "Sent Mail", "Spam", "Work" },
	    .local_delimiter = '.',
	    .remote_filter = { "*", "![Gmail]/Spam" },
	    .remote_rule = { "^\\[Gmail\\]/", "" },
	    .result = "INBOX=INBOX[rl]\nWork=Work[rl]\n"
		      "[Gmail]/Sent Mail=Sent Mail[rl]\n" },
	/* Two folders in one: neither is synchronised. */
	{ .remote = { "INBOX", "[Gmail]/Sent", "Sent", "Work" },
	    .remote_delimiter = '/',
	    .local = { "Sent" },
	    .local_delimiter = '.',
	    .remote_rule = { "^\\[Gmail\\]/", "" },
	    .result = "INBOX=INBOX[r]\nWork=Work[r]\n"
		      "! Sent: would share the local folder Sent with "
		      "[Gmail]/Sent\n"
		      "! [Gmail]/Sent: would share the local folder Sent with "
		      "Sent\n" },
	/* A filter settles it. */
	{ .remote = { "INBOX", "[Gmail]/Sent", "Sent" },
	    .remote_delimiter = '/',
	    .local = { "Sent" },
	    .local_delimiter = '.',
	    .remote_filter = { "*", "!Sent" },
	    .remote_rule = { "^\\[Gmail\\]/", "" },
	    .result = "INBOX=INBOX[r]\n[Gmail]/Sent=Sent[rl]\n" },
	/* Case, where it tells folders apart and where it does not. */
	{ .remote = { "INBOX", "Work", "work" },
	    .remote_delimiter = '/',
	    .local = { "WORK" },
	    .local_delimiter = '.',
	    .result = "INBOX=INBOX[r]\nWORK=WORK[l]\nWork=Work[r]\n"
		      "work=work[r]\n" },
	{ .remote = { "INBOX", "Work", "work", "\xc3\x9c", "\xc3\xbc" },
	    .remote_delimiter = '/',
	    .local = { "WORK" },
	    .local_delimiter = '.',
	    .fold_case = true,
	    .result = "INBOX=INBOX[r]\n"
		      "! Work: would share the local folder Work with work\n"
		      "! work: would share the local folder work with Work\n"
		      "! \xc3\x9c: would share the local folder \xc3\x9c with "
		      "\xc3\xbc\n"
		      "! \xc3\xbc: would share the local folder \xc3\xbc with "
		      "\xc3\x9c\n" },
	{ .remote = { "INBOX", "Work" },
	    .remote_delimiter = '/',
	    .local = { "WORK" },
	    .local_delimiter = '.',
	    .fold_case = true,
	    .result = "INBOX=INBOX[r]\nWork=WORK[rl]\n" },
	{ .remote = { "INBOX", "Work" },
	    .remote_delimiter = '/',
	    .local = { "WORK", "New", "new" },
	    .local_delimiter = '.',
	    .fold_remote = true,
	    .result = "INBOX=INBOX[r]\nWork=WORK[rl]\n"
		      "! New: the local side lists it twice\n" },
	{ .remote = { "INBOX" },
	    .remote_delimiter = '/',
	    .local = { "b", "c" },
	    .local_delimiter = '/',
	    .local_rule = { "^c$", "B" },
	    .remote_rule = { "^B$", "c" },
	    .fold_remote = true,
	    .result = "INBOX=INBOX[r]\n"
		      "! b: another folder has this name on the remote side, "
		      "but for upper and lower case, which are the same there\n"
		      "! B: another folder has this name on the remote side, "
		      "but for upper and lower case, which are the same "
		      "there\n" },
	/* The two lead back to each other. */
	{ .remote = { "INBOX", "INBOX.a" },
	    .remote_delimiter = '.',
	    .local = { "INBOX", "b" },
	    .local_delimiter = '/',
	    .remote_rule = { "^INBOX\\.", "" },
	    .local_rule = { "^(?!INBOX$)", "INBOX/" },
	    .result = "INBOX=INBOX[rl]\nINBOX.a=a[r]\nINBOX.b=b[l]\n" },
	/* They do not. */
	{ .remote = { "INBOX" },
	    .remote_delimiter = '/',
	    .local = { "INBOX", "new" },
	    .local_delimiter = '.',
	    .remote_rule = { "^", "Mail/" },
	    .result = "INBOX=Mail/INBOX[r]\n"
		      "! INBOX: would be the remote folder INBOX, which has "
		      "another local name\n"
		      "! new: would be the remote folder new, whose local "
		      "name is Mail/new\n" },
	/* A translation to what can be no folder. */
	{ .remote = { "INBOX", "x", "y" },
	    .remote_delimiter = '/',
	    .local = { "z" },
	    .local_delimiter = '.',
	    .remote_rule = { "^x$", "../y" },
	    .local_rule = { "z", "" },
	    .result = "INBOX=INBOX[r]\ny=y[r]\n"
		      "! x: translated to \"../y\": the name has a part "
		      "\"..\"\n"
		      "! z: translated to \"\": has no name\n" },
	/* The local filter counts, too. */
	{ .remote = { "INBOX", "a/b", "c" },
	    .remote_delimiter = '/',
	    .local = { "private" },
	    .local_delimiter = '.',
	    .local_filter = { "*", "!a.*", "!private" },
	    .result = "INBOX=INBOX[r]\nc=c[r]\n" },
	/* -f stands in the place of the remote's filter. */
	{ .remote = { "INBOX", "a", "b" },
	    .remote_delimiter = '/',
	    .local = { "b", "c", "d" },
	    .local_delimiter = '.',
	    .remote_filter = { "a" },
	    .only = { "inbox", "b", "c", "nowhere" },
	    .result = "INBOX=INBOX[r]\nb=b[rl]\nc=c[l]\n"
		      "! nowhere: there is no such folder\n" },
	{ .remote = { "INBOX", "a" },
	    .remote_delimiter = '/',
	    .only = { "nowhere" },
	    .error = "nowhere: there is no such folder" },
	{ .remote = { "INBOX", "Work" },
	    .remote_delimiter = '/',
	    .only = { "Wrok", "x" },
	    .error = "Wrok: there is no such folder; the nearest one is "
		     "Work; x: there is no such folder" },
	{ .remote = { "INBOX", "a" },
	    .remote_delimiter = '/',
	    .remote_filter = { "x" },
	    .error = "none of the remote folders (2)" },
	{ .remote = { "INBOX" },
	    .remote_delimiter = '/',
	    .remote_rule = { "(", "" },
	    .error = "nametrans \"(\"" },
	{ .remote = { NULL }, .local = { NULL }, .result = "" },
	/* What could not be looked into is not missing, and may have more. */
	{ .remote = { "INBOX", "a", "a/b", "ab", "c", "c/d" },
	    .remote_delimiter = '/',
	    .local = { "INBOX", "c" },
	    .local_delimiter = '/',
	    .hidden = { "a", "c" },
	    .result = "INBOX=INBOX[rl]\na=a[rl]\na/b=a/b[rl]\nab=ab[r]\n"
		      "c=c[rl]\nc/d=c/d[rl]\n! c: may not\n" },
	{ .remote = { "INBOX", "a/b" },
	    .remote_delimiter = '/',
	    .local = { "INBOX" },
	    .local_delimiter = '.',
	    .hidden = { "a", "lost+found" },
	    .local_filter = { "!lost+found" },
	    .result = "INBOX=INBOX[rl]\na/b=a/b[r]\n! a: may not\n" },
	/* One that the server lists twice. */
	{ .remote = { "INBOX/x", "Inbox/x", "y" },
	    .remote_delimiter = '/',
	    .local = { "INBOX.x" },
	    .local_delimiter = '.',
	    .remote_rule = { "^Inbox/", "other/" },
	    .result = "y=y[r]\n"
		      "! INBOX/x: the remote side lists it twice\n"
		      "! Inbox/x: the remote side lists it twice\n" },
	/* The remote side can have no such name. */
	{ .remote = { "INBOX", "a.b" },
	    .remote_delimiter = '.',
	    .local = { "v1.2" },
	    .local_delimiter = '/',
	    .result = "INBOX=INBOX[r]\na.b=a/b[r]\n"
		      "! v1.2: the remote side can have no folder v1.2: "
		      "\".\" separates the parts of a name there; give it "
		      "another name with nametrans in local\n" },
	/* What all names begin with there, as the settings say it. */
	{ .remote = { "INBOX", "INBOX.Work", "INBOX.Work.Old", "shared.x" },
	    .remote_delimiter = '.',
	    .local = { "INBOX", "Work", "New/Sub" },
	    .local_delimiter = '/',
	    .prefix = "INBOX.",
	    .result = "INBOX=INBOX[rl]\nINBOX.New.Sub=New/Sub[l]\n"
		      "INBOX.Work=Work[rl]\nINBOX.Work.Old=Work/Old[r]\n"
		      "shared.x=shared/x[r]\n" },
	/* As the server says it, before and after rules. */
	{ .remote = { "INBOX", "INBOX.L-a" },
	    .remote_delimiter = '.',
	    .local = { "Lists/a", "Lists/b" },
	    .local_delimiter = '/',
	    .prefix = "auto",
	    .said = "INBOX.",
	    .remote_rule = { "^L-", "Lists." },
	    .local_rule = { "^Lists/", "L-" },
	    .result = "INBOX=INBOX[r]\nINBOX.L-a=Lists/a[rl]\n"
		      "INBOX.L-b=Lists/b[l]\n" },
	/* It says nothing; and one that is no prefix. */
	{ .remote = { "INBOX", "INBOX.a" },
	    .remote_delimiter = '.',
	    .local = { NULL },
	    .local_delimiter = '/',
	    .prefix = "auto",
	    .result = "INBOX=INBOX[r]\nINBOX.a=INBOX/a[r]\n" },
	{ .remote = { "INBOX", "INBOX.INBOX", "INBOX.b" },
	    .remote_delimiter = '.',
	    .local = { NULL },
	    .local_delimiter = '/',
	    .prefix = "INBOX.",
	    .result = "INBOX.b=b[r]\n"
		      "! INBOX: would share the local folder INBOX with "
		      "INBOX.INBOX\n"
		      "! INBOX.INBOX: would share the local folder INBOX with "
		      "INBOX\n" },
	/* A local rule may write either delimiter. */
	{ .remote = { "INBOX", "INBOX.a" },
	    .remote_delimiter = '.',
	    .local = { "b/c" },
	    .local_delimiter = '/',
	    .remote_rule = { "^INBOX\\.", "" },
	    .local_rule = { "^(?!INBOX$)", "INBOX." },
	    .result = "INBOX=INBOX[r]\nINBOX.a=a[r]\nINBOX.b.c=b/c[l]\n" },
	{ .remote = { "INBOX", "INBOX.a" },
	    .remote_delimiter = '.',
	    .local = { "b/c" },
	    .local_delimiter = '/',
	    .remote_rule = { "^INBOX\\.", "" },
	    .local_rule = { "^(?!INBOX$)", "INBOX/" },
	    .result = "INBOX=INBOX[r]\nINBOX.a=a[r]\nINBOX.b.c=b/c[l]\n" },
	{ .remote = { "INBOX", "INBOX/a" },
	    .remote_delimiter = '/',
	    .local = { "b.c", "x" },
	    .local_delimiter = '.',
	    .remote_rule = { "^INBOX/", "" },
	    .local_rule = { "^(?!INBOX$)", "INBOX/" },
	    .result = "INBOX=INBOX[r]\nINBOX/a=a[r]\nINBOX/b/c=b/c[l]\n"
		      "INBOX/x=x[l]\n" },
	/* Hostile names stay names. */
	{ .remote = { "INBOX", "..%2F..%2Fetc", "\x1b[2J", "$(touch x)" },
	    .remote_delimiter = '/',
	    .local_delimiter = '.',
	    .result = "INBOX=INBOX[r]\n$(touch x)=$(touch x)[r]\n"
		      "\x1b[2J=%1B[2J[r]\n"
		      "..%2F..%2Fetc=..%252F..%252Fetc[r]\n" },
};

static void
t_make(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(scenes); i++)
		play(&scenes[i], i);
}

/* Whatever the rules do, no two entries share a folder on either side. */
static void
t_many(void **state)
{
	static const char *const parts[] = { "a", "A", "b", "INBOX", "x" };
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct nametrans_rule rule =
		    nametrans_rule(&(struct rule){ "^a/|/b", "" });
		struct settings_account a = { 0 };
		struct store_folders f[2] = { { 0 }, { 0 } };
		const struct foldermap_input in = { .account = &a,
			.folders = { &f[LOCAL], &f[REMOTE] },
			.folds_case = { round % 2 == 0, round % 4 < 2 } };
		struct foldermap map = { 0 };
		struct err e = ERR_INIT;
		char names[2][7][16];

		for (int side = LOCAL; side <= REMOTE; side++) {
			const char *names_of[8] = { NULL };

			for (int i = 0; i < 7; i++) {
				seed = seed * 1103515245 + 12345;
				snprintf(names[side][i], 16, "%s/%s",
				    parts[(seed >> 16) % 5],
				    parts[(seed >> 20) % 5]);
				names_of[i] = names[side][i];
			}
			list(&f[side], names_of, '/');
		}
		a.store[REMOTE].nametrans = &rule;
		a.store[REMOTE].nametrans_len = 1;
		assert_int_equal(foldermap_make(&in, &map, &e), 0);
		for (size_t i = 0; i < map.len; i++)
			for (size_t k = 0; k < i; k++)
				for (int side = 0; side < 2; side++)
					assert_string_not_equal(
					    map.list[i].name[side],
					    map.list[k].name[side]);
		foldermap_clear(&map);
		store_folders_clear(&f[LOCAL]);
		store_folders_clear(&f[REMOTE]);
		err_clear(&e);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_wanted),
		cmocka_unit_test(t_nametrans),
		cmocka_unit_test(t_wrong_rules),
		cmocka_unit_test(t_catastrophe),
		cmocka_unit_test(t_make),
		cmocka_unit_test(t_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "ui/options.h"

#define WORDS 16

/* A command line without the program's name; words end with NULL. */
struct line {
	char *argv[WORDS + 2];
	struct options o;
	struct err e;
	int rc;
};

static void
line_read(struct line *l, const char *const *words)
{
	int n = 0;

	memset(l, 0, sizeof(*l));
	l->argv[n++] = xstrdup("blinkmail");
	for (; words[n - 1] != NULL && n <= WORDS; n++)
		l->argv[n] = xstrdup(words[n - 1]);
	l->rc = options_parse(n, l->argv, &l->o, &l->e);
}

static void
line_clear(struct line *l)
{
	size_t i;

	options_clear(&l->o);
	err_clear(&l->e);
	for (i = 0; i < WORDS + 2; i++)
		free(l->argv[i]);
}

#define LINE(...) ((const char *const[WORDS]){ __VA_ARGS__ })

static void
nothing_given(void **state)
{
	struct line l;

	(void)state;
	line_read(&l, LINE(NULL));
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.o.command, COMMAND_SYNC);
	assert_null(l.o.config);
	assert_int_equal(l.o.accounts.len, 0);
	assert_int_equal(l.o.request.folders.len, 0);
	assert_null(l.o.ui);
	assert_null(l.o.log);
	assert_int_equal(l.o.sets_len, 0);
	assert_int_equal(l.o.areas, 0);
	assert_false(l.o.once || l.o.request.quick || l.o.request.dry_run ||
		     l.o.syslog || l.o.single_thread || l.o.request.release);
	line_clear(&l);
}

/* The names of the list, in their order; NULL ends them. */
static void
assert_names(const struct namelist *l, ...)
{
	const char *name = NULL, *want;
	va_list ap;

	va_start(ap, l);
	do {
		name = namelist_next(l, name);
		want = va_arg(ap, const char *);
		if (name == NULL || want == NULL)
			assert_ptr_equal(name, want);
		else
			assert_string_equal(name, want);
	} while (want != NULL);
	va_end(ap);
}

static void
all_is_there(const struct options *o)
{
	assert_string_equal(o->config, "file");
	assert_names(&o->accounts, "a", "b", NULL);
	assert_int_equal(o->request.folders.len, sizeof("INBOX"));
	assert_string_equal(o->request.folders.text, "INBOX");
	assert_string_equal(o->ui, "quiet");
	assert_string_equal(o->log, "-");
	assert_int_equal(o->areas, LOG_NET | LOG_SYNC);
	assert_int_equal(o->sets_len, 2);
	assert_string_equal(o->sets[0], "general.fsync=false");
	assert_string_equal(o->sets[1], "a.quick=3");
	assert_true(o->once && o->request.quick && o->request.dry_run &&
		    o->syslog && o->single_thread);
}

static void
short_ones(void **state)
{
	struct line l;

	(void)state;
	line_read(&l, LINE("-cfile", "-a", "a,b", "-f", "INBOX", "-oqns1",
			  "-uquiet", "-l", "-", "-d", "net,sync",
			  "-kgeneral.fsync=false", "-k", "a.quick=3"));
	assert_int_equal(l.rc, 0);
	all_is_there(&l.o);
	assert_false(l.o.request.release);
	line_clear(&l);
	/* the last of a cluster takes the next word */
	line_read(&l, LINE("-onc", "file"));
	assert_int_equal(l.rc, 0);
	assert_true(l.o.once && l.o.request.dry_run);
	assert_string_equal(l.o.config, "file");
	line_clear(&l);
}

static void
long_ones(void **state)
{
	struct line l;

	(void)state;
	line_read(
	    &l, LINE("--config=file", "--accounts=a,b", "--folders=INBOX",
		    "--once", "--quick", "--ui=quiet", "--dry-run", "--log=-",
		    "--syslog", "--debug=net,sync", "--set=general.fsync=false",
		    "--set=a.quick=3", "--single-thread", "--force-delete"));
	assert_int_equal(l.rc, 0);
	all_is_there(&l.o);
	assert_true(l.o.request.release);
	line_clear(&l);
	line_read(&l, LINE("--dry", "--config", "file"));
	assert_int_equal(l.rc, 0); /* as short as it is clear */
	assert_true(l.o.request.dry_run);
	assert_string_equal(l.o.config, "file");
	line_clear(&l);
}

static void
names_in_lists(void **state)
{
	struct line l;

	(void)state;
	line_read(&l,
	    LINE("-a", "b,,a,", "-a", "x\\,y,\\z", "-f", "Entw\xc3\xbcrfe"));
	assert_int_equal(l.rc, 0);
	assert_names(&l.o.accounts, "b", "a", "x,y", "\\z", NULL);
	assert_string_equal(l.o.request.folders.text, "Entw\xc3\xbcrfe");
	line_clear(&l);
}

static const struct {
	const char *words[4];
	enum options_command command;
} said[] = {
	{ { "sync" }, COMMAND_SYNC },
	{ { "check" }, COMMAND_CHECK },
	{ { "info" }, COMMAND_INFO },
	{ { "-h" }, COMMAND_HELP },
	{ { "--help", "check" }, COMMAND_HELP },
	{ { "--version" }, COMMAND_VERSION },
	{ { "info", "--version" }, COMMAND_VERSION },
	{ { "check", "-o" }, COMMAND_CHECK }, /* options may come after it */
	{ { "-o", "--", "info" }, COMMAND_INFO },
	{ { "ctl", "status" }, COMMAND_CTL },
	{ { "--help", "ctl", "quit" }, COMMAND_HELP },
};

static void
each_command(void **state)
{
	struct line l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		line_read(&l, said[i].words);
		if (l.rc != 0 || l.o.command != said[i].command)
			fail_msg("case %zu: %d, command %d", i, l.rc,
			    (int)l.o.command);
		line_clear(&l);
	}
}

static void
ctl_words(void **state)
{
	struct line l;

	(void)state;
	line_read(&l, LINE("ctl", "sync", "--wait", "a b/C"));
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.o.command, COMMAND_CTL);
	assert_int_equal(l.o.ctl, CTL_SYNC);
	assert_true(l.o.wait);
	assert_string_equal(l.o.ctl_target, "a b/C");
	line_clear(&l);
	line_read(&l, LINE("ctl", "sync"));
	assert_int_equal(l.rc, 0);
	assert_false(l.o.wait);
	assert_string_equal(l.o.ctl_target, "");
	line_clear(&l);
	line_read(&l, LINE("ctl", "sync", "--", "-x"));
	assert_int_equal(l.rc, 0);
	assert_string_equal(l.o.ctl_target, "-x");
	line_clear(&l);
	line_read(&l, LINE("-c", "file", "ctl", "status", "--json"));
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.o.ctl, CTL_STATUS);
	assert_true(l.o.json);
	line_clear(&l);
	/* What is said before it counts, too. */
	line_read(&l, LINE("-a", "a,b", "-f", "F,G", "-q", "--force-delete",
			  "-k", "general.metadata=/m", "ctl", "sync"));
	assert_int_equal(l.rc, 0);
	assert_names(&l.o.accounts, "a", "b", NULL);
	assert_names(&l.o.request.folders, "F", "G", NULL);
	assert_true(l.o.request.quick && l.o.request.release);
	line_clear(&l);
	line_read(&l, LINE("-f", "F", "ctl", "sync", "work"));
	assert_int_equal(l.rc, 0);
	assert_string_equal(l.o.ctl_target, "work");
	line_clear(&l);
	line_read(&l, LINE("ctl", "quit"));
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.o.ctl, CTL_QUIT);
	line_clear(&l);
}

#define NOTHING(option, command)                                               \
	option " means nothing to " command                                    \
	       ": how the running blinkmail was started counts"

static const struct {
	const char *words[5];
	const char *text;
} wrong[] = {
	{ { "-x" }, "there is no option -x" },
	{ { "-ox" }, "there is no option -x" },
	{ { "--onec" }, "there is no option --onec; do you mean --once?" },
	{ { "--dryrun", "-o" },
	    "there is no option --dryrun; do you mean --dry-run?" },
	{ { "--accuonts=a" },
	    "there is no option --accuonts; do you mean --accounts?" },
	{ { "--s" }, "--s may be --syslog or --set or --single-thread" },
	{ { "--once=1" }, "--once takes no value" },
	{ { "--config" }, "--config wants a value (FILE)" },
	{ { "-c" }, "-c wants a value (FILE)" },
	{ { "-oc" }, "-c wants a value (FILE)" },
	{ { "-k" }, "-k wants a value (KEY=VALUE)" },
	{ { "-a", "" }, "-a wants at least one name" },
	{ { "-f", "," }, "-f wants at least one name" },
	{ { "--folders=," }, "-f wants at least one name" },
	{ { "-d", "net,nett" },
	    "no debug area is called \"nett\"; there are net, imap, maildir, "
	    "sync, state, ui, all" },
	{ { "chekc" }, "there is no command \"chekc\"; there are sync, check, "
		       "info, reset and ctl" },
	{ { "check", "work" }, "check: unexpected word \"work\"" },
	{ { "ctl" }, "ctl wants one of sync, status and quit" },
	{ { "ctl", "stop" }, "ctl wants one of sync, status and quit" },
	{ { "ctl", "sync", "a", "b" }, "ctl sync: unexpected word \"b\"" },
	{ { "ctl", "sync", "" }, "ctl sync: the account has no name" },
	{ { "-n", "ctl", "sync" },
	    "a running blinkmail makes no dry run: ctl sync and -n do not go "
	    "together; end it with ctl quit, then run blinkmail -n" },
	{ { "-o", "ctl", "sync" }, NOTHING("--once", "ctl sync") },
	{ { "-1", "ctl", "sync" }, NOTHING("--single-thread", "ctl sync") },
	{ { "-uquiet", "ctl", "status" }, NOTHING("--ui", "ctl status") },
	{ { "-dnet", "ctl", "status" }, NOTHING("--debug", "ctl status") },
	{ { "-lx", "ctl", "quit" }, NOTHING("--log", "ctl quit") },
	{ { "ctl", "quit", "-s" }, NOTHING("--syslog", "ctl quit") },
	{ { "-aa", "ctl", "status" }, NOTHING("--accounts", "ctl status") },
	{ { "-fF", "ctl", "quit" }, NOTHING("--folders", "ctl quit") },
	{ { "-q", "ctl", "status" }, NOTHING("--quick", "ctl status") },
	{ { "--force-delete", "ctl", "quit" },
	    NOTHING("--force-delete", "ctl quit") },
	{ { "-kx.quick=1", "ctl", "sync" },
	    "-k x.quick means nothing to ctl sync: only general.metadata "
	    "counts there" },
	{ { "-aa", "ctl", "sync", "b" },
	    "ctl sync: name the account with -a or after it, not both" },
	{ { "ctl", "quit", "now" }, "ctl quit: unexpected word \"now\"" },
	{ { "ctl", "status", "--wait" }, "--wait is for ctl sync" },
	{ { "--wait" }, "--wait is for ctl sync" },
	{ { "info", "--json" }, "--json is for ctl status" },
	{ { "ctl", "sync", "--json" }, "--json is for ctl status" },
	{ { "" }, "there is no command \"\"; there are sync, check, info, "
		  "reset and ctl" },
};

static void
each_mistake_has_its_message(void **state)
{
	struct line l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		line_read(&l, wrong[i].words);
		if (l.rc != -1 || strcmp(err_text(&l.e), wrong[i].text) != 0)
			fail_msg(
			    "case %zu: %d, said: %s", i, l.rc, err_text(&l.e));
		line_clear(&l);
	}
}

static void
help_names_all(void **state)
{
	static const char *const parts[] = {
		"usage: blinkmail [options] [command]", "\n  sync ",
		"\n  check ", "\n  info ", "\n  ctl ", "\n  -c, --config FILE ",
		"\n  -1, --single-thread ", "\n      --force-delete ",
		"\n      --version "
	};
	struct buf out = { 0 };
	const char *p, *end;
	size_t i;

	(void)state;
	options_help(&out);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_non_null(strstr(buf_str(&out), parts[i]));
	for (p = buf_str(&out); (end = strchr(p, '\n')) != NULL; p = end + 1)
		assert_true(end - p <= 80);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_given),
		cmocka_unit_test(short_ones),
		cmocka_unit_test(long_ones),
		cmocka_unit_test(names_in_lists),
		cmocka_unit_test(each_command),
		cmocka_unit_test(ctl_words),
		cmocka_unit_test(each_mistake_has_its_message),
		cmocka_unit_test(help_names_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

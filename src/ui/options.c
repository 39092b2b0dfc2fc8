/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: a table of options, and what is taken from argv. */
#include "config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"
#include "base/xalloc.h"
#include "ui/options.h"

enum { LONG_VERSION = 256, LONG_FORCE_DELETE, LONG_WAIT, LONG_JSON };

/* Commands that an option means something to, as bits. */
enum {
	FOR_OTHERS = 1, /* not ctl */
	FOR_SYNC = 2,	/* ctl sync */
	FOR_STATUS = 4, /* ctl status */
	FOR_QUIT = 8,	/* ctl quit */
	FOR_ALL = FOR_OTHERS | FOR_SYNC | FOR_STATUS | FOR_QUIT,
};

struct option_row {
	int letter; /* or one of the above, for what has a long name only */
	const char *name;
	const char *argument; /* NULL: takes none */
	unsigned commands;    /* FOR_... */
	const char *help;
};

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", FOR_ALL, "read this configuration" },
	{ 'a', "accounts", "A,B", FOR_OTHERS | FOR_SYNC,
	    "only these accounts" },
	{ 'f', "folders", "F,G", FOR_OTHERS | FOR_SYNC,
	    "only these folders, by their remote names" },
	{ 'o', "once", NULL, FOR_OTHERS, "synchronise once, then exit" },
	{ 'q', "quick", NULL, FOR_OTHERS | FOR_SYNC,
	    "trust what the server says has changed" },
	{ 'u', "ui", "NAME", FOR_OTHERS,
	    "blinkenlights, basic, quiet, syslog or json" },
	{ 'n', "dry-run", NULL, FOR_OTHERS,
	    "say what would be done; change nothing" },
	{ 'l', "log", "FILE", FOR_OTHERS, "append the log to this file" },
	{ 's', "syslog", NULL, FOR_OTHERS, "log to syslog" },
	{ 'd', "debug", "A,B", FOR_OTHERS,
	    "details of net, imap, maildir, sync, state, ui or all" },
	{ 'k', "set", "KEY=VALUE", FOR_ALL, "put this in place of a setting" },
	{ '1', "single-thread", NULL, FOR_OTHERS,
	    "one thread and one connection" },
	{ LONG_FORCE_DELETE, "force-delete", NULL, FOR_OTHERS | FOR_SYNC,
	    "let deletions through that were held" },
	{ LONG_WAIT, "wait", NULL, FOR_SYNC,
	    "ctl sync: wait until it has ended" },
	{ LONG_JSON, "json", NULL, FOR_STATUS, "ctl status: for programs" },
	{ 'h', "help", NULL, FOR_ALL, "show this" },
	{ LONG_VERSION, "version", NULL, FOR_ALL, "show the version" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct {
	const char *name;
	enum options_command command;
	const char *help;
} commands[] = {
	{ "sync", COMMAND_SYNC, "synchronise; the default" },
	{ "check", COMMAND_CHECK, "report every mistake in the configuration" },
	{ "info", COMMAND_INFO, "connect; show the servers and the folders" },
	{ "reset", COMMAND_RESET,
	    "reset ACCOUNT FOLDER: forget the state of a folder" },
	{ "ctl", COMMAND_CTL,
	    "talk to a running blinkmail: sync, status, quit" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The next word of "a,b", where "\," is a comma, or NULL. The caller frees
 * it; *text is moved to what follows. */
static char *
word_take(const char **text)
{
	struct buf word = { 0 };
	const char *p;

	for (p = *text; *p != '\0' && (*p != ',' || word.len == 0); p++) {
		if (p[0] == '\\' && p[1] == ',')
			p++;
		else if (*p == ',')
			continue;
		buf_putc(&word, *p);
	}
	*text = p;
	return word.len > 0 ? buf_steal(&word) : NULL;
}

/* Adds the words of "a,b" to the names that -a or -f gave. */
static int
names_take(struct namelist *names, int letter, const char *text, struct err *e)
{
	bool fits = true;
	char *word;

	while (fits && (word = word_take(&text)) != NULL) {
		fits = namelist_add(names, word);
		free(word);
	}
	if (!fits)
		return err_set(e, ERR_ALL,
		    "-%c: the names are longer than %d bytes together", letter,
		    NAMELIST_BYTES);
	if (names->len == 0)
		return err_set(
		    e, ERR_ALL, "-%c wants at least one name", letter);
	return 0;
}

static int
option_take(struct options *o, int letter, const char *arg, struct err *e)
{
	switch (letter) {
	case 'c':
		o->config = arg;
		break;
	case 'a':
		return names_take(&o->accounts, letter, arg, e);
	case 'f':
		return names_take(&o->request.folders, letter, arg, e);
	case 'o':
		o->once = true;
		break;
	case 'q':
		o->request.quick = true;
		break;
	case 'u':
		o->ui = arg;
		break;
	case 'n':
		o->request.dry_run = true;
		break;
	case 'l':
		o->log = arg;
		break;
	case 's':
		o->syslog = true;
		break;
	case 'd':
		return log_areas_parse(arg, &o->areas, e);
	case 'k':
		o->sets =
		    xreallocarray(o->sets, o->sets_len + 1, sizeof(*o->sets));
		o->sets[o->sets_len++] = arg;
		break;
	case '1':
		o->single_thread = true;
		break;
	case LONG_FORCE_DELETE:
		o->request.release = RELEASE_ALL;
		break;
	case LONG_WAIT:
		o->wait = true;
		break;
	case LONG_JSON:
		o->json = true;
		break;
	case 'h':
		o->command = COMMAND_HELP;
		break;
	case LONG_VERSION:
		o->command = COMMAND_VERSION;
		break;
	}
	return 0;
}

/* What follows `ctl'. */
static int
ctl_take(struct options *o, int argc, char **argv, struct err *e)
{
	static const char *const words[] = {
		[CTL_SYNC] = "sync",
		[CTL_STATUS] = "status",
		[CTL_QUIT] = "quit",
	};
	size_t i;

	for (i = 0; argc > 0 && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[0], words[i]) == 0)
			break;
	if (argc == 0 || i == sizeof(words) / sizeof(words[0]))
		return err_set(
		    e, ERR_ALL, "ctl wants one of sync, status and quit");
	o->ctl = (enum options_ctl)i;
	o->ctl_target = "";
	if (o->ctl == CTL_SYNC && argc > 1) {
		/* A script's variable that is not set must not mean all. */
		if (argv[1][0] == '\0')
			return err_set(
			    e, ERR_ALL, "ctl sync: the account has no name");
		if (strlen(argv[1]) >= NAMELIST_BYTES)
			return err_set(
			    e, ERR_ALL, "ctl sync: the name is too long");
		o->ctl_target = argv[1];
		argc--;
		argv++;
	}
	if (argc > 1)
		return err_set(e, ERR_ALL, "ctl %s: unexpected word \"%s\"",
		    words[i], argv[1]);
	return 0;
}

/* What follows `reset'. */
static int
reset_take(struct options *o, int argc, char **argv, struct err *e)
{
	if (argc != 2 || argv[0][0] == '\0' || argv[1][0] == '\0')
		return err_set(e, ERR_ALL,
		    "reset wants the name of an account and that of a folder "
		    "on its remote side");
	o->reset_account = argv[0];
	o->reset_folder = argv[1];
	return 0;
}

static int
command_words(struct options *o, enum options_command *command, int argc,
    char **argv, struct err *e)
{
	size_t i;

	*command = COMMAND_SYNC;
	if (argc == 0)
		return 0;
	for (i = 0; i < COMMANDS; i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			break;
	if (i == COMMANDS)
		return err_set(e, ERR_ALL,
		    "there is no command \"%s\"; there are sync, check, info, "
		    "reset and ctl",
		    argv[0]);
	*command = commands[i].command;
	if (*command == COMMAND_CTL)
		return ctl_take(o, argc - 1, argv + 1, e);
	if (*command == COMMAND_RESET)
		return reset_take(o, argc - 1, argv + 1, e);
	if (argc > 1)
		return err_set(
		    e, ERR_ALL, "%s: unexpected word \"%s\"", argv[0], argv[1]);
	return 0;
}

/* What the command is among FOR_...; name gets what it is called. */
static unsigned
command_bit(
    const struct options *o, enum options_command command, const char **name)
{
	static const struct {
		unsigned bit;
		const char *name;
	} ctls[] = {
		[CTL_SYNC] = { FOR_SYNC, "ctl sync" },
		[CTL_STATUS] = { FOR_STATUS, "ctl status" },
		[CTL_QUIT] = { FOR_QUIT, "ctl quit" },
	};

	if (command != COMMAND_CTL)
		return FOR_OTHERS;
	*name = ctls[o->ctl].name;
	return ctls[o->ctl].bit;
}

/* The option means nothing to this command: what is to be done instead. */
static int
option_refuse(const struct option_row *row, const char *command, struct err *e)
{
	if (row->commands == FOR_SYNC || row->commands == FOR_STATUS)
		return err_set(e, ERR_ALL, "--%s is for ctl %s", row->name,
		    row->commands == FOR_SYNC ? "sync" : "status");
	if (row->letter == 'n')
		return err_set(e, ERR_ALL,
		    "a running blinkmail makes no dry run: %s and -n do not go "
		    "together; end it with ctl quit, then run blinkmail -n",
		    command);
	return err_set(e, ERR_ALL,
	    "--%s means nothing to %s: how the running blinkmail was started "
	    "counts",
	    row->name, command);
}

/* given: which rows were used, as bits. */
static int
options_check(const struct options *o, enum options_command command,
    unsigned long given, struct err *e)
{
	static const char metadata[] = "general.metadata=";
	const char *name = NULL;
	unsigned bit = command_bit(o, command, &name);
	size_t i;

	for (i = 0; i < ROWS; i++)
		if ((given & 1ul << i) != 0 && (rows[i].commands & bit) == 0)
			return option_refuse(&rows[i], name, e);
	if (command != COMMAND_CTL)
		return 0;
	for (i = 0; i < o->sets_len; i++)
		if (strncmp(o->sets[i], metadata, strlen(metadata)) != 0)
			return err_set(e, ERR_ALL,
			    "-k %.*s means nothing to %s: only "
			    "general.metadata counts there",
			    (int)strcspn(o->sets[i], "="), o->sets[i], name);
	if (o->ctl_target[0] != '\0' && o->accounts.len > 0)
		return err_set(e, ERR_ALL,
		    "%s: name the account with -a or after it, not both", name);
	return 0;
}

static int
command_take(struct options *o, unsigned long given, int argc, char **argv,
    struct err *e)
{
	enum options_command command;

	if (command_words(o, &command, argc, argv, e) == -1 ||
	    options_check(o, command, given, e) == -1)
		return -1;
	if (o->command == COMMAND_SYNC)
		o->command = command;
	return 0;
}

/* The tables that getopt wants. */
static void
rows_getopt(char *letters, struct option *longs)
{
	size_t i;

	*letters++ = ':';
	for (i = 0; i < ROWS; i++) {
		longs[i] = (struct option){ .name = rows[i].name,
			.has_arg = rows[i].argument != NULL ? required_argument
							    : no_argument,
			.val = rows[i].letter };
		if (rows[i].letter >= LONG_VERSION)
			continue;
		*letters++ = (char)rows[i].letter;
		if (rows[i].argument != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	longs[ROWS] = (struct option){ 0 };
}

static const struct option_row *
row_find(int letter)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

/* A long option that does not exist. */
static int
long_unknown(const char *name, struct err *e)
{
	const char *names[ROWS + 1];
	size_t i;

	for (i = 0; i < ROWS; i++)
		names[i] = rows[i].name;
	names[ROWS] = NULL;
	return err_set(e, ERR_ALL, "there is no option --%s; do you mean --%s?",
	    name, nearest_word(name, names));
}

/* A long option that is the beginning of several, or of none. */
static int
long_mistake(const char *word, struct err *e)
{
	struct buf list = { 0 };
	size_t i, len, n = 0;
	char *name;

	len = strcspn(word + 2, "=");
	name = xstrndup(word + 2, len);
	for (i = 0; i < ROWS; i++)
		if (strncmp(rows[i].name, name, len) == 0)
			buf_printf(&list, "%s--%s", n++ == 0 ? "" : " or ",
			    rows[i].name);
	if (n > 1)
		err_set(e, ERR_ALL, "--%s may be %s", name, buf_str(&list));
	else
		long_unknown(name, e);
	buf_clear(&list);
	free(name);
	return -1;
}

/* What getopt did not take: it returned letter after the given word. */
static int
mistake(int letter, const char *word, struct err *e)
{
	const struct option_row *row = row_find(optopt);

	if (letter == ':' && row != NULL && strncmp(word, "--", 2) == 0)
		return err_set(e, ERR_ALL, "--%s wants a value (%s)", row->name,
		    row->argument);
	if (letter == ':' && row != NULL)
		return err_set(e, ERR_ALL, "-%c wants a value (%s)", optopt,
		    row->argument);
	if (row != NULL)
		return err_set(e, ERR_ALL, "--%s takes no value", row->name);
	if (optopt != 0)
		return err_set(e, ERR_ALL, "there is no option -%c", optopt);
	return long_mistake(word, e);
}

int
options_parse(int argc, char **argv, struct options *o, struct err *e)
{
	char letters[2 * ROWS + 2];
	struct option longs[ROWS + 1];
	unsigned long given = 0;
	int letter;

	memset(o, 0, sizeof(*o));
	rows_getopt(letters, longs);
	optind = 0; /* from the start, however often it was called before */
	opterr = 0;
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (letter == ':' || letter == '?')
			return mistake(letter, argv[optind - 1], e);
		given |= 1ul << (row_find(letter) - rows);
		if (option_take(o, letter, optarg, e) == -1)
			return -1;
	}
	return command_take(o, given, argc - optind, argv + optind, e);
}

void
options_clear(struct options *o)
{
	free(o->sets);
}

void
options_help(struct buf *out)
{
	struct buf name = { 0 };
	size_t i;

	buf_puts(out, "usage: blinkmail [options] [command]\n"
		      "Keeps mail folders the same on an IMAP server and in a "
		      "Maildir.\n\ncommands:\n");
	for (i = 0; i < COMMANDS; i++)
		buf_printf(
		    out, "  %-22s  %s\n", commands[i].name, commands[i].help);
	buf_puts(out, "\noptions:\n");
	for (i = 0; i < ROWS; i++) {
		buf_reset(&name);
		if (rows[i].letter < LONG_VERSION)
			buf_printf(&name, "-%c, ", rows[i].letter);
		else
			buf_puts(&name, "    ");
		buf_printf(&name, "--%s", rows[i].name);
		if (rows[i].argument != NULL)
			buf_printf(&name, " %s", rows[i].argument);
		buf_printf(out, "  %-22s  %s\n", buf_str(&name), rows[i].help);
	}
	buf_puts(out,
	    "\nBefore ctl: -c and -k general.metadata=DIR; before ctl "
	    "sync also -a, -f, -q\nand --force-delete.\n");
	buf_puts(out, "\nThe manual: man blinkmail, man blinkmail.conf\n");
	buf_clear(&name);
}

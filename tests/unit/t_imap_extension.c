/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of IMAP extensions against what is sent: each row is used where
 * the server offers it, and no more when it is turned off. */
#include "config.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/store/imap/store_imap_private.h"
#include "net/imap_extension.h"

#define SMALL 5
#define LONG 5000      /* bytes: more than LITERAL- allows (RFC 7888) */
#define TOO_LARGE 6000 /* bytes: more than APPENDLIMIT */

/*
 * What the client sends in doing_everything() when the extension is used, a
 * regular expression; after a '!': what it sends when it is not. For an
 * extension that is not used, what no client could use it without. NULL: it is
 * used, and nothing is sent for it (OBJECTID is in the answers to SELECT).
 */
static const char *const evidence[IMAP_EXTENSIONS] = {
	[EXT_LITERAL_PLUS] = "\\{5000\\+\\}",
	[EXT_LITERAL_MINUS] = "\\{5\\+\\}",
	[EXT_SASL_IR] = " AUTHENTICATE PLAIN [A-Za-z0-9+/=]+\r",
	[EXT_UIDPLUS] = " UID EXPUNGE ",
	[EXT_MOVE] = " UID MOVE ",
	[EXT_ESEARCH] = " SEARCH RETURN ",
	[EXT_CONDSTORE] = "CONDSTORE|HIGHESTMODSEQ",
	[EXT_QRESYNC] = "QRESYNC",
	[EXT_ENABLE] = " ENABLE ",
	[EXT_LIST_EXTENDED] = " LIST \"\" \"\\*\" RETURN ",
	[EXT_LIST_STATUS] = " RETURN \\(.*STATUS \\(",
	[EXT_SPECIAL_USE] = " RETURN \\(.*SPECIAL-USE",
	[EXT_NAMESPACE] = " NAMESPACE\r",
	[EXT_IDLE] = " IDLE\r",
	[EXT_NOTIFY] = " NOTIFY ",
	[EXT_COMPRESS] = " COMPRESS DEFLATE\r",
	[EXT_MULTIAPPEND] = "bbbb\n \\(",
	[EXT_BINARY] = "~\\{5",
	[EXT_APPENDLIMIT] = "!\\{6000",
	[EXT_MESSAGELIMIT] = " UID FETCH 2,5 \\(UID RFC822",
	[EXT_UNSELECT] = " UNSELECT\r",
	[EXT_STATUS_SIZE] = "STATUS [^\r]*[( ]SIZE[ )]",
	[EXT_ID] = " ID \\(",
	[EXT_UTF8_ACCEPT] = " ENABLE [^\r]*UTF8=ACCEPT",
	[EXT_REV2] = " ENABLE [^\r]*IMAP4rev2",
};

/* A server that understands what the client says, and has three messages. */
struct server {
	struct stream head;
	const char *offers; /* capabilities */
	struct buf in;	    /* from the client, not yet taken */
	struct buf out;	    /* for the client */
	struct buf *heard;  /* all from the client, NULs as dots */
	struct buf command; /* its line so far, without literals */
	size_t literal;	    /* bytes of one still to come */
	bool continues;	    /* AUTHENTICATE or IDLE: a line is to come */
};

#define SELECTED                                                               \
	"* FLAGS (\\Seen \\Deleted)\r\n* 3 EXISTS\r\n"                         \
	"* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] x\r\n"                   \
	"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x\r\n"
#define DATE " INTERNALDATE \"01-Jan-2020 00:00:00 +0000\")\r\n"
#define MESSAGES                                                               \
	"* 1 FETCH (UID 2 RFC822.SIZE 10" DATE                                 \
	"* 2 FETCH (UID 5 RFC822.SIZE 10" DATE                                 \
	"* 3 FETCH (UID 9 RFC822.SIZE 10" DATE

static const struct {
	const char *command; /* begins so */
	const char *says;    /* before the tagged answer */
} answers[] = {
	{ "NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n" },
	{ "LIST", "* LIST () \"/\" INBOX\r\n" },
	{ "STATUS",
	    "* STATUS INBOX (MESSAGES 3 UIDNEXT 10 UIDVALIDITY 7)\r\n" },
	{ "SELECT", SELECTED },
	{ "EXAMINE", SELECTED },
	{ "UID FETCH", MESSAGES },
	{ "UID SEARCH", "* SEARCH 2 5 9\r\n" },
};

static void
answer(struct server *s)
{
	const char *line = buf_str(&s->command), *verb;
	const char *result = "OK done";
	size_t i;

	verb = strchr(line, ' ');
	assert_non_null(verb);
	verb++;
	if (strncmp(verb, "ENABLE ", 7) == 0)
		buf_printf(&s->out, "* ENABLED %s\r\n", verb + 7);
	else if (strncmp(verb, "CAPABILITY", 10) == 0)
		buf_printf(&s->out, "* CAPABILITY %s\r\n", s->offers);
	else if (strncmp(verb, "COMPRESS", 8) == 0)
		result = "NO not now";
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strncmp(verb, answers[i].command,
			strlen(answers[i].command)) == 0)
			buf_puts(&s->out, answers[i].says);
	buf_printf(
	    &s->out, "%.*s %s\r\n", (int)(verb - line - 1), line, result);
	buf_reset(&s->command);
}

/* The command waits for a line that is not a command. */
static bool
wants_line(const char *command)
{
	const char *verb = strchr(command, ' '), *data;

	assert_non_null(verb);
	if (strncmp(verb, " AUTHENTICATE ", 14) != 0)
		return strcmp(verb, " IDLE") == 0;
	data = strchr(verb + 14, ' ');
	return data == NULL;
}

/* Takes a line of len bytes; what it announces is a literal. */
static void
take_line(struct server *s, const char *line, size_t len)
{
	const char *brace;
	char *end;

	if (s->continues) {
		s->continues = false;
		answer(s);
		return;
	}
	buf_append(&s->command, line, len);
	brace = strrchr(buf_str(&s->command), '{');
	if (brace != NULL && s->command.data[s->command.len - 1] == '}') {
		s->literal = strtoul(brace + 1, &end, 10);
		if (*end != '+')
			buf_puts(&s->out, "+ go\r\n");
		buf_putc(&s->command, ' ');
	} else if (wants_line(buf_str(&s->command))) {
		s->continues = true;
		buf_puts(&s->out, "+ \r\n");
	} else {
		answer(s);
	}
}

static void
serve(struct server *s)
{
	const char *end;
	size_t n;

	for (;;) {
		n = s->literal < s->in.len ? s->literal : s->in.len;
		buf_consume(&s->in, n);
		s->literal -= n;
		end =
		    s->in.len == 0 ? NULL : memchr(s->in.data, '\n', s->in.len);
		if (s->literal > 0 || end == NULL)
			return;
		n = (size_t)(end - s->in.data);
		assert_true(n > 0 && s->in.data[n - 1] == '\r');
		take_line(s, s->in.data, n - 1);
		buf_consume(&s->in, n + 1);
	}
}

static int
server_write(
    struct stream *stream, const void *data, size_t size, struct err *e)
{
	struct server *s = (struct server *)stream;
	const char *p = data;
	size_t i;

	(void)e;
	for (i = 0; i < size; i++)
		buf_putc(s->heard, p[i] == '\0' ? '.' : p[i]);
	buf_append(&s->in, data, size);
	serve(s);
	return 0;
}

static ssize_t
server_read(struct stream *stream, void *data, size_t size, struct err *e)
{
	struct server *s = (struct server *)stream;

	if (s->out.len == 0)
		return err_set(e, ERR_SESSION, "nothing more to say after %s",
		    buf_str(&s->command));
	size = size < s->out.len ? size : s->out.len;
	memcpy(data, s->out.data, size);
	buf_consume(&s->out, size);
	return (ssize_t)size;
}

static int
server_flush(struct stream *stream, struct err *e)
{
	(void)stream;
	(void)e;
	return 0;
}

static size_t
server_pending(const struct stream *stream)
{
	return ((const struct server *)stream)->out.len;
}

static int
server_wait(struct stream *stream, int64_t deadline, struct err *e)
{
	(void)deadline;
	(void)e;
	return ((const struct server *)stream)->out.len > 0;
}

static void
server_free(struct stream *stream)
{
	struct server *s = (struct server *)stream;

	buf_clear(&s->in);
	buf_clear(&s->out);
	buf_clear(&s->command);
	free(s);
}

static const struct stream_ops server_ops = { "server", server_read,
	server_write, server_flush, server_pending, server_wait, server_free };

static struct stream *
server_new(const char *offers, struct buf *heard)
{
	struct server *s = xcalloc(1, sizeof(*s));

	stream_init(&s->head, &server_ops, NULL);
	s->offers = offers;
	s->heard = heard;
	buf_printf(&s->out, "* OK [CAPABILITY %s] hi\r\n", offers);
	return &s->head;
}

/* Uploads messages of these sizes, each of one letter, in one batch. */
static void
upload(struct store *s, const size_t *sizes, size_t n, char letter)
{
	struct store_result r[3] = { 0 };
	struct store_batch *b;
	struct store_sink sink;
	struct err e = ERR_INIT;
	char text[TOO_LARGE];
	size_t i;

	assert_int_equal(s->ops->batch_begin(s, n, &b, &sink, &e), 0);
	for (i = 0; i < n; i++) {
		const struct store_meta m = { .size = sizes[i],
			.has_nul = letter == '\0' };

		memset(text, letter, sizes[i]);
		text[sizes[i] - 1] = '\n';
		/* Without BINARY or with APPENDLIMIT it is refused. */
		if (sink.begin(sink.arg, &m, &e) == -1 ||
		    sink.data(sink.arg, text, sizes[i], &e) == -1 ||
		    sink.end(sink.arg, &e) == -1)
			assert_int_equal(e.scope, ERR_MESSAGE);
	}
	if (s->ops->batch_commit(b, r, n, &e) == -1)
		fail_msg("%s", err_text(&e));
	store_results_clear(r, n);
	err_clear(&e);
}

static void
change(struct store *s)
{
	static const struct store_ref refs[] = { { .id = 2 }, { .id = 5 },
		{ .id = 9 } };
	struct store_result r[3];
	struct err e = ERR_INIT;

	if (s->ops->transfer(s, refs, 3,
		(struct store_destination){ "Other", true }, r, &e) == -1)
		fail_msg("%s", err_text(&e));
	store_results_clear(r, 3);
	if (s->ops->remove(s, refs, 3, r, &e) == -1)
		fail_msg("%s", err_text(&e));
	store_results_clear(r, 3);
	err_clear(&e);
}

static void
list(struct store *s)
{
	struct store_folders folders = { 0 };
	struct err e = ERR_INIT;

	if (s->ops->list(s, &folders, &e) == -1)
		fail_msg("%s", err_text(&e));
	store_folders_clear(&folders);
	err_clear(&e);
}

static void
begun(void *arg)
{
	(void)arg;
}

static void
news(void *arg, const char *folder)
{
	(void)arg;
	(void)folder;
}

static void
watch(struct store *s)
{
	struct store_imap_watch w = { .deadline = clock_ms(),
		.wake_fd = -1,
		.begun = begun,
		.news = news };
	struct err e = ERR_INIT;

	if (store_imap_can_notify(s) && store_imap_watch(s, &w, &e) == -1)
		fail_msg("%s", err_text(&e));
	w.folder = "INBOX";
	if (store_imap_can_idle(s) && store_imap_watch(s, &w, &e) == -1)
		fail_msg("%s", err_text(&e));
	err_clear(&e);
}

/* All that a store does, in one session. */
static void
doing_everything(struct store *s)
{
	static const size_t small[] = { SMALL, SMALL }, large[] = { LONG },
			    too_large[] = { TOO_LARGE };
	struct keywords words = { 0 };
	const struct store_open o = { .name = "INBOX", .keywords = &words };
	struct store_state state;
	struct err e = ERR_INIT;

	list(s);
	if (s->ops->open(s, &o, &state, &e) == -1)
		fail_msg("%s", err_text(&e));
	upload(s, small, 2, 'b');
	upload(s, small, 1, '\0');
	upload(s, large, 1, 'c');
	upload(s, too_large, 1, 'd');
	change(s);
	list(s);
	s->ops->leave(s);
	watch(s);
	keywords_clear(&words);
	err_clear(&e);
}

/* What the client sent when the server offered that. */
static void
play(const char *offers, const char *off, struct buf *heard, struct buf *told)
{
	char host[] = "h", user[] = "u", pass[] = "p", plain[] = "PLAIN",
	     no[32];
	char *mechanisms[] = { plain, NULL }, *disabled[] = { no, NULL };
	struct settings_store settings = { .type = STORE_IMAP,
		.host = host,
		.user = user,
		.pass = pass,
		.auth_mechanisms = mechanisms,
		.tls = TLS_NO,
		.usecompression = COMPRESS_ALWAYS,
		.pipelining = true,
		.expunge = true };
	struct store_imap_config c = {
		.settings = &settings, .side = REMOTE, .cancel_fd = -1
	};
	struct err e = ERR_INIT;
	struct store *s;

	if (off != NULL) {
		snprintf(no, sizeof(no), "%s", off);
		settings.disable_extensions = disabled;
	}
	buf_reset(heard);
	buf_reset(told);
	if (store_imap_over(&c, server_new(offers, heard), &s, &e) == -1 ||
	    store_imap_describe(s, told, &e) == -1)
		fail_msg(
		    "without %s: %s", off == NULL ? "" : off, err_text(&e));
	doing_everything(s);
	s->ops->free(s);
	err_clear(&e);
}

/* off: what is disabled, or NULL. */
static bool
used(enum imap_extension x, const struct buf *heard, const char *off)
{
	const char *pattern = evidence[x];
	regex_t regex;
	bool absent, found;

	if (pattern == NULL)
		return off == NULL;
	absent = *pattern == '!';
	assert_int_equal(regcomp(&regex, pattern + absent,
			     REG_EXTENDED | REG_NOSUB | REG_NEWLINE),
	    0);
	found = regexec(&regex, buf_str(heard), 0, NULL, 0) == 0;
	regfree(&regex);
	return found != absent;
}

/* What the description says of x: "used", "disabled", ...; "" where it says
 * nothing. */
static const char *
told_of(const struct buf *told, enum imap_extension x)
{
	char line[40];
	const char *at;

	snprintf(line, sizeof(line), "\n  %-17s ", imap_extension(x)->name);
	at = strstr(buf_str(told), line);
	return at == NULL ? "" : at + strlen(line);
}

/* The capabilities of a server that has all, but LITERAL+ where it must be
 * seen what LITERAL- does. */
static void
offer_all(enum imap_extension x, struct buf *offers)
{
	enum imap_extension y;

	buf_reset(offers);
	buf_puts(offers, "IMAP4rev1 AUTH=PLAIN");
	for (y = EXT_NONE + 1; y < IMAP_EXTENSIONS; y++)
		if (x != EXT_LITERAL_MINUS || y != EXT_LITERAL_PLUS)
			buf_printf(offers, " %s%s", imap_extension(y)->name,
			    !imap_extension(y)->has_value ? ""
			    : y == EXT_MESSAGELIMIT	  ? "=2"
							  : "=5500");
}

static void
check_row(enum imap_extension x, struct buf *offers, struct buf *heard,
    struct buf *told)
{
	const struct imap_extension_row *row = imap_extension(x);
	const char *expected = "not used";

	offer_all(x, offers);
	play(buf_str(offers), NULL, heard, told);
	if (used(x, heard, NULL) != (row->use != NULL))
		fail_msg("%s: %s", row->name, buf_str(heard));
	if (row->use != NULL && x != EXT_COMPRESS) /* it was refused */
		expected = row->use;
	if (strncmp(told_of(told, x) + (expected == row->use ? 8 : 0), expected,
		strlen(expected)) != 0)
		fail_msg("%s: %s", row->name, buf_str(told));

	play(buf_str(offers), row->name, heard, told);
	if (used(x, heard, row->name))
		fail_msg("without %s: %s", row->name, buf_str(heard));
	if (strncmp(told_of(told, x), "disabled\n", 9) != 0)
		fail_msg("without %s: %s", row->name, buf_str(told));
}

static void
test_each_can_be_disabled(void **state)
{
	struct buf offers = { 0 }, heard = { 0 }, told = { 0 };
	enum imap_extension x;

	(void)state;
	for (x = EXT_NONE + 1; x < IMAP_EXTENSIONS; x++)
		check_row(x, &offers, &heard, &told);
	buf_clear(&offers);
	buf_clear(&heard);
	buf_clear(&told);
}

static void
test_none_is_used_unless_offered(void **state)
{
	struct buf heard = { 0 }, told = { 0 };
	enum imap_extension x;

	(void)state;
	play("IMAP4rev1 AUTH=PLAIN", NULL, &heard, &told);
	for (x = EXT_NONE + 1; x < IMAP_EXTENSIONS; x++) {
		if (evidence[x] != NULL && used(x, &heard, NULL))
			fail_msg(
			    "%s: %s", imap_extension(x)->name, buf_str(&heard));
		assert_string_equal(told_of(&told, x), "");
	}
	buf_clear(&heard);
	buf_clear(&told);
}

/* RFC 9051 appendix E. */
static void
test_rev2_includes(void **state)
{
	static const enum imap_extension included[] = { EXT_LITERAL_MINUS,
		EXT_SASL_IR, EXT_UIDPLUS, EXT_MOVE, EXT_ENABLE,
		EXT_LIST_EXTENDED, EXT_LIST_STATUS, EXT_NAMESPACE, EXT_IDLE,
		EXT_UNSELECT };
	struct buf heard = { 0 }, told = { 0 };
	enum imap_extension x;
	bool expected;
	size_t i;

	(void)state;
	play("IMAP4rev2 AUTH=PLAIN", NULL, &heard, &told);
	for (x = EXT_NONE + 1; x < IMAP_EXTENSIONS; x++) {
		expected = x == EXT_REV2;
		for (i = 0; i < sizeof(included) / sizeof(included[0]); i++)
			expected |= x == included[i];
		if (evidence[x] != NULL && used(x, &heard, NULL) != expected)
			fail_msg(
			    "%s: %s", imap_extension(x)->name, buf_str(&heard));
	}
	buf_clear(&heard);
	buf_clear(&told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_can_be_disabled),
		cmocka_unit_test(test_none_is_used_unless_offered),
		cmocka_unit_test(test_rev2_includes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

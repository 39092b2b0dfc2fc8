/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the greeting to the login, with a server that follows a script. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "imap_play.h"

#define HELLO "S: * OK [CAPABILITY IMAP4rev1] hi\n"
#define BYE "C: T LOGOUT\n"

static void
check_login(struct imap_session *s)
{
	play_settle(s);
	assert_string_equal(s->mechanism, "LOGIN command");
	assert_true(imap_session_has(s, EXT_UIDPLUS));
	assert_false(imap_session_has(s, EXT_MOVE));
	assert_int_equal(imap_session_value(s, EXT_APPENDLIMIT), 1000);
}

static void
test_login(void **state)
{
	static const char *const no[] = { "SASL-IR", "MOVE", NULL };
	struct imap_config c = play_config();

	(void)state;
	/* Capabilities in the greeting and in the answer to LOGIN. */
	play(&c,
	    HELLO
	    "C: T LOGIN \"me\" \"se\\\"cret\"\n"
	    "S: T OK [CAPABILITY IMAP4rev1 UIDPLUS APPENDLIMIT=1000] in\n" BYE,
	    check_login, NULL);
	/* Neither there nor there. */
	play(&c,
	    "S: * OK hi\n"
	    "C: T CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: T OK\n"
	    "C: T LOGIN \"me\" \"se\\\"cret\"\nS: T OK in\n"
	    "C: T CAPABILITY\nS: * CAPABILITY IMAP4rev1 uidplus "
	    "appendlimit=1000\nS: T OK\n" BYE,
	    check_login, NULL);
	/* Turned off. */
	c.disable = no;
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR] hi\n"
	    "C: T LOGIN \"me\" \"se\\\"cret\"\n"
	    "S: T OK [CAPABILITY IMAP4rev1 MOVE UIDPLUS APPENDLIMIT=1000] "
	    "x\n" BYE,
	    check_login, NULL);
}

static void
check_ok(struct imap_session *s)
{
	play_settle(s);
}

/* What cannot be quoted is a literal, and the server is waited for. */
static void
test_login_literal(void **state)
{
	struct imap_config c = play_config();
	char odd[] = "p\xc3\xa4ss\nword";

	(void)state;
	c.user = "m\xc3\xa9";
	c.secret_arg = odd;
	play(&c,
	    HELLO "C: T LOGIN {3}\nS: + go\nC: m\xc3\xa9 {10}\nS: + go\n"
		  "C: *word\n"
		  "S: T OK [CAPABILITY IMAP4rev1] in\n" BYE,
	    check_ok, NULL);
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 LITERAL-] hi\n"
	    "C: T LOGIN {3+}\nC: m\xc3\xa9 {10+}\nC: *word\n"
	    "S: T OK [CAPABILITY IMAP4rev1] in\n" BYE,
	    check_ok, NULL);
	/* Refused before it was sent: the password stays here. */
	play(&c, HELLO "C: T LOGIN {3}\nS: T NO [UNAVAILABLE] later\n" BYE,
	    NULL, "login as m\303\251: the server says NO [UNAVAILABLE] later");
	play(&c, HELLO "C: T LOGIN {3}\nS: + go\nC: * {10}\nS: T BAD no\n" BYE,
	    NULL, "login as m\303\251: the server says BAD no");
}

static void
test_login_refused(void **state)
{
	static const char *const only_scram[] = { "SCRAM-SHA-256", NULL };
	struct imap_config c = play_config();

	(void)state;
	play(&c,
	    HELLO "C: T LOGIN *\nS: T NO [AUTHENTICATIONFAILED] wrong\n" BYE,
	    NULL,
	    "login as me: the server says NO [AUTHENTICATIONFAILED] wrong");
	play(&c, "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\n" BYE, NULL,
	    "the server forbids LOGIN");
	c.mechanisms = only_scram;
	play(&c, "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\n" BYE, NULL,
	    "cannot log in");
	/* Without TLS, and nobody said that this is fine. */
	c = play_config();
	c.plain_ok = false;
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN] hi\n" BYE,
	    NULL, "cannot log in: without TLS");
	/* There is no way to configure a token. */
	c = play_config();
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2] "
	    "hi\n" BYE,
	    NULL, "cannot log in: the server wants an OAuth token");
	c = play_config();
	c.authzid = "other";
	play(&c, HELLO BYE, NULL, "cannot log in");
	c = play_config();
	c.secret_arg = NULL;
	play(&c, HELLO BYE, NULL, "no password");
	c = play_config();
	c.secret = NULL;
	play(&c, HELLO BYE, NULL, "cannot log in");
	c = play_config();
	c.user = NULL;
	play(&c, HELLO BYE, NULL, "no user is configured");
	/* A referral is not followed. */
	c = play_config();
	play(&c,
	    HELLO "C: T LOGIN *\n"
		  "S: T NO [REFERRAL imap://;AUTH=*@evil/] go away\n" BYE,
	    NULL, "go away");
}

static void
check_plain(struct imap_session *s)
{
	play_settle(s);
	assert_string_equal(s->mechanism, "PLAIN");
}

static void
check_cram(struct imap_session *s)
{
	play_settle(s);
	assert_string_equal(s->mechanism, "CRAM-MD5");
}

static void
test_sasl(void **state)
{
	static const char *const plain[] = { "PLAIN", NULL };
	struct imap_config c = play_config();
	char simple[] = "tanstaaftanstaaf";

	(void)state;
	/* "\0me\0se"cret" */
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
	    "C: T AUTHENTICATE PLAIN AG1lAHNlImNyZXQ=\n"
	    "S: T OK [CAPABILITY IMAP4rev1] in\n" BYE,
	    check_plain, NULL);
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\n"
	    "C: T AUTHENTICATE PLAIN\nS: +\nC: AG1lAHNlImNyZXQ=\n"
	    "S: * CAPABILITY IMAP4rev1\nS: T OK in\n" BYE,
	    check_plain, NULL);
	/* RFC 2195; the stronger one is taken. */
	c.user = "tim";
	c.secret_arg = simple;
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5] hi\n"
	    "C: T AUTHENTICATE CRAM-MD5\n"
	    "S: + PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\n"
	    "C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\n"
	    "S: T OK [CAPABILITY IMAP4rev1] in\n" BYE,
	    check_cram, NULL);
	/* ... unless the user says otherwise. */
	c.mechanisms = plain;
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5] hi\n"
	    "C: T AUTHENTICATE PLAIN\n"
	    "S: T NO [AUTHENTICATIONFAILED] no\n" BYE,
	    NULL, "login as tim with PLAIN: the server says NO");
}

#define OFFERS(what) "S: * OK [CAPABILITY IMAP4rev1 SASL-IR" what "] hi\n"
#define REFUSES(mechanism, code)                                               \
	"C: T AUTHENTICATE " mechanism " *\nS: T NO " code "no\n"
#define CRAM(code)                                                             \
	"C: T AUTHENTICATE CRAM-MD5\nS: + PDFAeD4=\nC: *\nS: T NO " code "no"  \
	"\n"
#define IN "S: T OK [CAPABILITY IMAP4rev1] in\n"

/* What the server offers and cannot do: one other is tried, and no third. */
static void
test_another_mechanism(void **state)
{
	static const char *const scram[] = { "SCRAM-SHA-256", NULL };
	struct imap_config c = play_config();

	(void)state;
	c.hidden = true;
	play(&c,
	    OFFERS(" AUTH=CRAM-MD5 AUTH=PLAIN")
		CRAM("[AUTHENTICATIONFAILED] ") "C: T AUTHENTICATE PLAIN "
						"AG1lAHNlImNyZXQ=\n" IN BYE,
	    check_plain, NULL);
	/* The password is what is left; the LOGIN command shows it, too. */
	play(&c,
	    OFFERS(" AUTH=SCRAM-SHA-256 AUTH=CRAM-MD5")
		REFUSES("SCRAM-SHA-256", "") "C: T LOGIN *\n" IN BYE,
	    check_ok, NULL);
	play(&c,
	    OFFERS(" AUTH=SCRAM-SHA-256 AUTH=CRAM-MD5 AUTH=PLAIN")
		REFUSES("SCRAM-SHA-256", "") REFUSES("PLAIN", "") BYE,
	    NULL,
	    "login as me with SCRAM-SHA-256: the server says NO no; and login "
	    "as me with PLAIN: the server says NO no; the first was the "
	    "strongest one that the server offers, and auth_mechanisms can "
	    "name another");
	/* The server says no in the exchange: "e=other-error". */
	play(&c,
	    OFFERS(" AUTH=SCRAM-SHA-256 AUTH=PLAIN") "C: T AUTHENTICATE "
						     "SCRAM-SHA-256 *\nS: + "
						     "!!\nC: *\n"
						     "S: T NO cancelled\n" BYE,
	    NULL, "");
	/* On a network nobody is shown the password for that. */
	c.hidden = false;
	play(&c, OFFERS(" AUTH=CRAM-MD5 AUTH=PLAIN") CRAM("") BYE, NULL,
	    "login as me with CRAM-MD5: the server says NO no; the first was");
	play(&c,
	    OFFERS(" AUTH=SCRAM-SHA-1 AUTH=CRAM-MD5 AUTH=PLAIN")
		REFUSES("SCRAM-SHA-1", "[CANNOT] ") CRAM("") BYE,
	    NULL, "with CRAM-MD5: the server says NO no");
	/* Nor what the user did not name, nor for a reason that stays. */
	c.hidden = true;
	c.mechanisms = scram;
	play(&c,
	    OFFERS(" AUTH=SCRAM-SHA-256 AUTH=PLAIN")
		REFUSES("SCRAM-SHA-256", "") BYE,
	    NULL, "no; auth_mechanisms says which mechanisms may be used");
	c.mechanisms = NULL;
	play(&c,
	    OFFERS(" AUTH=SCRAM-SHA-256 AUTH=PLAIN")
		REFUSES("SCRAM-SHA-256", "[UNAVAILABLE] ") BYE,
	    NULL, "NO [UNAVAILABLE] no");
	play(&c, OFFERS(" AUTH=PLAIN AUTH=LOGIN") REFUSES("PLAIN", "") BYE,
	    NULL, "login as me with PLAIN: the server says NO no");
	play(&c,
	    OFFERS(" AUTH=SCRAM-SHA-256 AUTH=PLAIN") "C: T AUTHENTICATE "
						     "SCRAM-SHA-256 *\n"
						     "S: T OK [CAPABILITY "
						     "IMAP4rev1] in\n" BYE,
	    NULL, "the server did not prove that it knows the password");
}

/* A server that asks and asks. */
static void
test_sasl_endless(void **state)
{
	struct imap_config c = play_config();

	(void)state;
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\n"
	    "C: T AUTHENTICATE PLAIN\nS: +\nC: AG1lAHNlImNyZXQ=\n"
	    "S: + AAAA\nC: *\nS: + AAAA\nS: T BAD enough\n" BYE,
	    NULL, "");
	/* SCRAM: OK without the server's proof. */
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256 SASL-IR] hi\n"
	    "C: T AUTHENTICATE SCRAM-SHA-256 *\n"
	    "S: T OK [CAPABILITY IMAP4rev1] in\n" BYE,
	    NULL, "the server did not prove that it knows the password");
	/* A challenge that is none. */
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256 SASL-IR] hi\n"
	    "C: T AUTHENTICATE SCRAM-SHA-256 *\n"
	    "S: + !!\nC: *\nS: T BAD cancelled\n" BYE,
	    NULL, "");
	/* ... and then the connection is gone. */
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256 SASL-IR] hi\n"
	    "C: T AUTHENTICATE SCRAM-SHA-256 *\nS: + !!\nC: *\nEOF\n",
	    NULL, "");
}

static void
test_greetings(void **state)
{
	static const struct {
		const char *text, *error;
	} t[] = {
		{ "S: * BYE too many\nEOF\n", "greets with goodbye: too many" },
		{ "S: * BAD x\n",
		    "this is not the greeting of an IMAP server" },
		{ "S: * NO x\n", "this is not the greeting of an IMAP server" },
		{ "S: + x\n", "this is not the greeting of an IMAP server" },
		{ "S: * CAPABILITY IMAP4rev1\n",
		    "this is not the greeting of an IMAP server" },
		{ "S: * 1 EXISTS\n",
		    "this is not the greeting of an IMAP server" },
		{ "S: garbage\n",
		    "greeting: the server does not speak IMAP: a line that is "
		    "not a response: it sent \"garbage\"" },
		{ "S: * BAD x\n", "it sent \"* BAD x\"" },
		{ "S: SSH-2.0-OpenSSH_9.2\n",
		    "it sent \"SSH-2.0-OpenSSH_9.2\"; that is an SSH server" },
		{ "S: HTTP/1.1\n",
		    "it sent \"HTTP/1.1\"; that is a web server" },
		{ "S: 220\n", "that is an SMTP or FTP server" },
		{ "S: +OK\n", "; that is a POP3 server" },
		{ "S> \\x15\nEOF\n", "perhaps this port wants tls = \"yes\"" },
		{ "S: Welcome\n", "it sent \"Welcome\"" },
		{ "S: a1 OK x\n", "a command that was not sent" },
		{ "EOF\n", "greeting: connection closed" },
		{ "S> * OK hi\nEOF\n", "greeting: connection closed" },
		{ "", "end of script" },
		{ "S: * PREAUTH x\nC: T LOGOUT\n", "PREAUTH" },
	};
	struct imap_config c = play_config();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		play(&c, t[i].text, NULL, t[i].error);
}

static void
check_preauth(struct imap_session *s)
{
	play_settle(s);
	assert_string_equal(s->mechanism, "PREAUTH");
}

/* In a tunnel, or behind TLS with a client's certificate. */
static void
test_preauth(void **state)
{
	struct imap_config c = play_config();

	(void)state;
	c.preauth_ok = true;
	c.user = NULL;
	c.secret = NULL;
	play(&c, "S: * PREAUTH [CAPABILITY IMAP4rev1] hi\n" BYE, check_preauth,
	    NULL);
	play(&c,
	    "S: * PREAUTH hi\nC: T CAPABILITY\nS: * CAPABILITY IMAP4rev1\n"
	    "S: T OK\n" BYE,
	    check_preauth, NULL);
	c.preauth_ok = false;
	c.security = IMAP_TLS;
	play(&c, "S: * PREAUTH [CAPABILITY IMAP4rev1] hi\n" BYE, check_preauth,
	    NULL);
}

/*
 * STARTTLS, where anything is wrong: an error that no retry helps, nothing
 * sent but the STARTTLS, no goodbye either.
 */
static void
test_starttls_fails_closed(void **state)
{
	static const struct {
		const char *text, *error;
	} t[] = {
		{ "S: * PREAUTH [CAPABILITY IMAP4rev1] hi\n", "PREAUTH" },
		{ HELLO "C: T STARTTLS\nS: T NO not here\n",
		    "STARTTLS: the server says NO not here" },
		{ HELLO "C: T STARTTLS\nS: T BAD what?\n",
		    "STARTTLS: the server says BAD what?" },
		{ HELLO "C: T STARTTLS\nS: + go on\n", "sends a continuation" },
		{ HELLO "C: T STARTTLS\nS: * BYE no\nEOF\n", "goodbye" },
		{ HELLO "C: T STARTTLS\nEOF\n", "closed" },
		{ HELLO "C: T STARTTLS\nS: x9 OK\n", "not sent" },
		/* response injection, in one segment or byte by byte */
		{ HELLO "C: T STARTTLS\nS: T OK go\n"
			"S: * CAPABILITY IMAP4rev1\n",
		    "more data followed" },
		{ HELLO "C: T STARTTLS\nS: T OK go\nS> x\n",
		    "more data followed" },
		/* state tampering before TLS */
		{ "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\n"
		  "S: * LIST () \"/\" X\nS: * 54321 EXISTS\n"
		  "S: * SEARCH 1 2\nS: * STATUS INBOX (UIDVALIDITY 1)\n"
		  "S> * 1 FETCH (BODY[] {4}\\r\\nabcd)\\r\\n\n"
		  "S: * NAMESPACE ((\"x\" \"/\")) NIL NIL\n"
		  "C: T STARTTLS\nS: T NO\n",
		    "STARTTLS: the server says NO" },
		{ "S: * OK [REFERRAL imap://evil/] hi\n"
		  "C: T STARTTLS\nS: T NO [REFERRAL imap://evil/] x\n",
		    "STARTTLS: the server says NO" },
	};
	struct imap_config c = play_config();
	struct imap_session *s;
	struct script script;
	struct err e = ERR_INIT;
	size_t i, j;

	(void)state;
	c.security = IMAP_STARTTLS;
	c.plain_ok = false;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		for (j = 0; j < PLAY_CHUNKS; j++) {
			assert_int_equal(imap_session_open(&c,
					     script_stream(&script, t[i].text,
						 play_chunks[j]),
					     &s, &e),
			    -1);
			if (strstr(err_text(&e), t[i].error) == NULL)
				fail_msg("%s\n%s", t[i].text, err_text(&e));
			assert_true(e.scope >= ERR_SESSION);
			if (script.sent.len > 0) {
				assert_non_null(strstr(
				    buf_str(&script.sent), " STARTTLS\r\n"));
				assert_ptr_equal(
				    strchr(buf_str(&script.sent), '\n'),
				    script.sent.data + script.sent.len - 1);
			}
			script_clear(&script);
		}
	}
	err_clear(&e);
}

/* What comes after the OK is TLS, or nothing. */
static void
test_starttls_begins(void **state)
{
	static const struct tls_config tls = { .host = "mail.example.org" };
	struct imap_config c = play_config();
	struct imap_session *s;
	struct script script;
	struct err e = ERR_INIT;
	const char *hello;

	(void)state;
	c.security = IMAP_STARTTLS;
	assert_int_equal(tls_context_new(&tls, &c.tls, &e), 0);
	assert_int_equal(imap_session_open(&c,
			     script_stream(&script,
				 HELLO "C: T STARTTLS\nS: T OK go\n", 100),
			     &s, &e),
	    -1);
	assert_non_null(strstr(err_text(&e), "STARTTLS"));
	hello = strstr(buf_str(&script.sent), " STARTTLS\r\n") + 11;
	/* a TLS record with a handshake message */
	assert_memory_equal(hello, "\x16\x03", 2);
	assert_null(strstr(buf_str(&script.sent), "LOGIN"));
	script_clear(&script);
	tls_context_free(c.tls);
	err_clear(&e);
}

/* Reads all of the file at path. */
static void
read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	do {
		n = fread(buf_reserve(b, 4096), 1, 4096, f);
		b->len += n;
	} while (n > 0);
	buf_putc(b, '\0');
	fclose(f);
}

/* The log shows the dialogue, and no secret in any of its forms. */
static void
test_log(void **state)
{
	static const char *const secrets[] = { "se\"cret", "se\\\"cret",
		"AG1lAHNlImNyZXQ=", "odd\xc3", "hunter" };
	char path[] = "/tmp/t_imap_login.XXXXXX", odd[] = "odd\xc3hunter";
	struct imap_config c = play_config();
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(log_open(&c.log, path, false, LOG_ALL, &e), 0);
	play(&c, HELLO "C: T LOGIN *\nS: T OK [CAPABILITY IMAP4rev1] in\n" BYE,
	    check_ok, NULL);
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
	    "C: T AUTHENTICATE PLAIN *\n"
	    "S: T NO [AUTHENTICATIONFAILED] no\n" BYE,
	    NULL, "login");
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\n"
	    "C: T AUTHENTICATE PLAIN\nS: + Y2hhbGxlbmdl\n"
	    "C: AG1lAHNlImNyZXQ=\nS: T OK [CAPABILITY IMAP4rev1] in\n" BYE,
	    check_ok, NULL);
	c.secret_arg = odd;
	play(&c,
	    HELLO "C: T LOGIN \"me\" {10}\nS: + go\nC: *\n"
		  "S: T OK [CAPABILITY IMAP4rev1] in\n" BYE,
	    check_ok, NULL);
	log_close(c.log);
	read_file(path, &text);
	unlink(path);
	assert_non_null(strstr(text.data, " LOGIN ****"));
	assert_non_null(strstr(text.data, " AUTHENTICATE ****"));
	assert_non_null(strstr(text.data, "S: + ****"));
	assert_null(strstr(text.data, "Y2hhbGxlbmdl"));
	assert_non_null(strstr(text.data, "S: * OK [CAPABILITY"));
	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		assert_null(strstr(text.data, secrets[i]));
	buf_clear(&text);
	err_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_login_literal),
		cmocka_unit_test(test_login_refused),
		cmocka_unit_test(test_sasl),
		cmocka_unit_test(test_another_mechanism),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_sasl_endless),
		cmocka_unit_test(test_greetings),
		cmocka_unit_test(test_preauth),
		cmocka_unit_test(test_starttls_fails_closed),
		cmocka_unit_test(test_starttls_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

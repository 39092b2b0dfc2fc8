/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is believed after STARTTLS: nothing that was said before it. The
 * functions of net/tls.h stand here in the place of tls.c, so that the script
 * goes on in the clear behind the "handshake".
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "imap_play.h"

static unsigned handshakes;
static bool handshake_fails;

int
tls_start(struct tls_context *ctx, struct stream **s, struct err *e)
{
	(void)ctx;
	assert_int_equal(stream_pending(*s), 0);
	handshakes++;
	if (handshake_fails)
		return err_set(e, ERR_ACCOUNT, "certificate refused");
	return 0;
}

const char *
tls_describe(const struct stream *s)
{
	(void)s;
	return NULL;
}

bool
tls_channel_binding(const struct stream *s, const char **type,
    unsigned char *data, size_t cap, size_t *len)
{
	(void)s;
	(void)type;
	(void)data;
	(void)cap;
	(void)len;
	return false;
}

#define BYE "C: T LOGOUT\n"
#define START "C: T STARTTLS\nS: T OK go\n"

static struct imap_config
config(void)
{
	struct imap_config c = play_config();

	c.security = IMAP_STARTTLS;
	c.plain_ok = false;
	return c;
}

static void
check_clean(struct imap_session *s)
{
	play_settle(s);
	assert_string_equal(s->mechanism, "LOGIN command");
	assert_false(imap_session_has(s, EXT_UTF8_ACCEPT));
	assert_false(imap_session_has(s, EXT_UIDPLUS));
	assert_true(imap_session_has(s, EXT_MOVE));
	assert_false(s->utf8);
	assert_int_equal(s->delimiter, '\0');
	assert_int_equal(s->prefix.len, 0);
	assert_int_equal(s->server_id.len, 0);
}

/* Capabilities, names, IDs of the time before: forgotten, asked anew. */
static void
test_state_is_forgotten(void **state)
{
	struct imap_config c = config();

	(void)state;
	handshake_fails = false;
	handshakes = 0;
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN SASL-IR "
	    "UIDPLUS UTF8=ACCEPT ENABLE ID] hi\n"
	    "C: T STARTTLS\n"
	    "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN UIDPLUS LITERAL+\n"
	    "S: * ENABLED UTF8=ACCEPT\n"
	    "S: * NAMESPACE ((\"evil.\" \".\")) NIL NIL\n"
	    "S: * ID (\"name\" \"evil\")\n"
	    "S: * LIST () \"/\" X\nS: * 54321 EXISTS\nS: * SEARCH 1 2\n"
	    "S> * 1 FETCH (BODY[] {4}\\r\\nabcd)\\r\\n\n"
	    "S: T OK [CAPABILITY IMAP4rev1 AUTH=PLAIN UIDPLUS] go\n"
	    "C: T CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: T OK\n"
	    "C: T LOGIN *\nS: T OK [CAPABILITY IMAP4rev1 MOVE] in\n" BYE,
	    check_clean, NULL);
	assert_int_equal(handshakes, PLAY_CHUNKS);
}

/* Behind TLS a password may be shown, and only there. */
static void
test_login_after(void **state)
{
	struct imap_config c = config();

	(void)state;
	handshake_fails = false;
	play(&c,
	    "S: * OK hi\n" START
	    "C: T CAPABILITY\nS: * CAPABILITY IMAP4rev1 LOGINDISABLED\n"
	    "S: T OK\n" BYE,
	    NULL, "the server forbids LOGIN");
	play(&c, "S: * OK hi\n" START "C: T CAPABILITY\nS: T NO x\n" BYE, NULL,
	    "CAPABILITY: the server says NO");
	/* Told nothing, it knows nothing: not the AUTH=PLAIN of before. */
	play(&c,
	    "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\n" START
	    "C: T CAPABILITY\nS: T OK\n"
	    "C: T LOGIN *\nS: T NO wrong\n" BYE,
	    NULL, "login as me: the server says NO wrong");
	play(&c, "S: * OK hi\n" START "C: T CAPABILITY\nEOF\n", NULL,
	    "connection closed");
}

/* Not even a goodbye in the clear. */
static void
test_handshake_fails(void **state)
{
	struct imap_config c = config();

	(void)state;
	handshake_fails = true;
	play(&c, "S: * OK hi\n" START, NULL, "STARTTLS: certificate refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state_is_forgotten),
		cmocka_unit_test(test_login_after),
		cmocka_unit_test(test_handshake_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

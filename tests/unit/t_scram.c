/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "net/scram.h"

#define SHA1_FIRST                                                             \
	"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,"     \
	"i=4096"

/* RFC 5802 section 5. */
static const struct scram_config sha1 = {
	.name = "SCRAM-SHA-1",
	.user = "user",
	.secret = "pencil",
	.nonce = "fyko+d2lbbFgONRv9qkxdawL",
};

/* RFC 7677 section 3. */
static const struct scram_config sha256 = {
	.name = "SCRAM-SHA-256",
	.sha256 = true,
	.user = "user",
	.secret = "pencil",
	.nonce = "rOprNGfwEbeRWgbNEkqO",
};

static void
say(struct scram *s, const char *in, const char *answer, bool ends)
{
	struct err e = ERR_INIT;
	struct buf out = { 0 };
	bool done;

	assert_int_equal(scram_step(s, in, strlen(in), &out, &done, &e), 0);
	assert_string_equal(buf_str(&out), answer);
	assert_int_equal(done, ends);
	buf_clear(&out);
}

static void
test_rfc(void **state)
{
	struct scram *s;

	(void)state;
	s = scram_new(&sha1);
	say(s, "", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", false);
	say(s, SHA1_FIRST,
	    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	    "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	    false);
	say(s, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "", true);
	scram_free(s);
	s = scram_new(&sha256);
	say(s, "", "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", false);
	say(s,
	    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	    false);
	say(s, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=y", "", true);
	scram_free(s);
}

static void
test_header(void **state)
{
	static const struct {
		enum scram_binding binding;
		const char *authzid, *first, *coded; /* the latter of c= */
	} t[] = {
		{ SCRAM_CANNOT_BIND, NULL, "n,,n=a=3Db=2C,r=no", "biws" },
		{ SCRAM_SAW_NO_PLUS, NULL, "y,,n=a=3Db=2C,r=no", "eSws" },
		{ SCRAM_SAW_NO_PLUS, "z,", "y,a=z=2C,n=a=3Db=2C,r=no",
		    "eSxhPXo9MkMs" },
		{ SCRAM_BINDS, NULL, "p=tls-exporter,,n=a=3Db=2C,r=no",
		    "cD10bHMtZXhwb3J0ZXIsLAAB" },
	};
	struct scram_config c = { .name = "x",
		.user = "a=b,",
		.secret = "s",
		.nonce = "no",
		.type = "tls-exporter",
		.data = (const unsigned char *)"\0\1",
		.len = 2 };
	struct err e = ERR_INIT;
	struct buf out = { 0 };
	struct scram *s;
	const char *p;
	size_t i, n;
	bool done;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		c.binding = t[i].binding;
		c.authzid = t[i].authzid;
		s = scram_new(&c);
		say(s, "", t[i].first, false);
		buf_reset(&out);
		assert_int_equal(
		    scram_step(s, "r=nox,s=AAAA,i=1", 16, &out, &done, &e), 0);
		p = buf_str(&out);
		n = strlen(t[i].coded);
		assert_memory_equal(p, "c=", 2);
		assert_memory_equal(p + 2, t[i].coded, n);
		assert_int_equal(p[2 + n], ',');
		scram_free(s);
	}
	buf_clear(&out);
}

static void
refuse(const char *first, const char *final, const char *why)
{
	struct err e = ERR_INIT;
	struct buf out = { 0 };
	struct scram *s;
	bool done = false;
	int rc;

	s = scram_new(&sha1);
	scram_step(s, "", 0, &out, &done, &e);
	rc = scram_step(s, first, strlen(first), &out, &done, &e);
	assert_int_equal(rc, final == NULL ? -1 : 0);
	if (final != NULL)
		assert_int_equal(
		    scram_step(s, final, strlen(final), &out, &done, &e), -1);
	assert_false(done);
	assert_int_equal(e.scope, ERR_ACCOUNT);
	assert_non_null(strstr(err_text(&e), why));
	err_clear(&e);
	buf_clear(&out);
	scram_free(s);
}

static void
test_refused(void **state)
{
	static const char *const first[] = { "", "x", "r=", "m=1,r=x,s=AA,i=1",
		"r=fyko+d2lbbFgONRv9qkxdawLx", "r=fyko+d2lbbFgONRv9qkxdawLx,s=",
		"r=fyko+d2lbbFgONRv9qkxdawLx,s=,i=1",
		"r=fyko+d2lbbFgONRv9qkxdawLx,s=!!,i=1",
		"r=fyko+d2lbbFgONRv9qkxdawLx,s=AAA,i=1",
		"r=fyko+d2lbbFgONRv9qkxdawLx,s=AAAA,i=",
		"r=fyko+d2lbbFgONRv9qkxdawLx,s=AAAA,i=0",
		"r=fyko+d2lbbFgONRv9qkxdawLx,s=AAAA,i=-1",
		"r=fyko+d2lbbFgONRv9qkxdawLx,s=AAAA,i=9x",
		"r=fyko+d2lbbFgONRv9qkxdawLx,i=1,s=AAAA" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		refuse(first[i], NULL, "malformed");
	refuse("r=fyko+d2lbbFgONRv9qkxdawL,s=AAAA,i=1", NULL,
	    "answers to something else");
	refuse("r=fykoxd2lbbFgONRv9qkxdawLx,s=AAAA,i=1", NULL,
	    "answers to something else");
	refuse("r=fyko+d2lbbFgONRv9qkxdawLx,s=AAAA,i=1000001", NULL,
	    "asks for 1000001 rounds");
	refuse("r=fyko+d2lbbFgONRv9qkxdawLx,s=AAAA,i=99999999999999999999999",
	    NULL, "rounds");
	refuse(SHA1_FIRST, "", "malformed");
	refuse(SHA1_FIRST, "e=invalid-proof", "\"invalid-proof\"");
	refuse(SHA1_FIRST, "v=", "does not know the password");
	refuse(SHA1_FIRST, "v=rmF9pqV8S7suAoZWja4dJRkFsK", "does not know");
	refuse(SHA1_FIRST, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=x", "does not know");
}

static void
test_no_more_after_the_proof(void **state)
{
	struct err e = ERR_INIT;
	struct buf out = { 0 };
	struct scram *s;
	bool done;

	(void)state;
	s = scram_new(&sha1);
	say(s, "", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", false);
	assert_int_equal(
	    scram_step(s, SHA1_FIRST, strlen(SHA1_FIRST), &out, &done, &e), 0);
	say(s, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "", true);
	assert_int_equal(scram_step(s, "", 0, &out, &done, &e), -1);
	assert_false(done);
	err_clear(&e);
	buf_clear(&out);
	scram_free(s);
	scram_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_more_after_the_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the SASL mechanisms that blinkmail knows. */
#include "config.h"

#include "net/sasl_mechanism.h"

#define SCRAM (SASL_SCRAM | SASL_SECRET | SASL_FIRST | SASL_ACTS)
#define OAUTH (SASL_TOKEN | SASL_SHOWS | SASL_FIRST | SASL_ACTS)

static const struct sasl_mechanism mechanisms[] = {
	{ "SCRAM-SHA-256-PLUS", SCRAM | SASL_BINDS },
	{ "SCRAM-SHA-256", SCRAM },
	{ "SCRAM-SHA-1-PLUS", SCRAM | SASL_BINDS },
	{ "SCRAM-SHA-1", SCRAM },
	{ "EXTERNAL", SASL_CERT | SASL_FIRST | SASL_ACTS },
	{ "GSSAPI", SASL_TICKET | SASL_FIRST | SASL_ACTS },
	{ "OAUTHBEARER", OAUTH },
	{ "XOAUTH2", OAUTH },
	{ "CRAM-MD5", SASL_SECRET },
	{ "PLAIN", SASL_SECRET | SASL_SHOWS | SASL_FIRST | SASL_ACTS },
	{ "LOGIN", SASL_SECRET | SASL_SHOWS },
};

#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

const struct sasl_mechanism *
sasl_mechanism(size_t n)
{
	return n < MECHANISMS ? &mechanisms[n] : NULL;
}

const char *
sasl_mechanism_name(size_t n)
{
	return n < MECHANISMS ? mechanisms[n].name : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_SASL_MECHANISM_H
#define NET_SASL_MECHANISM_H

/* The table of the SASL mechanisms that blinkmail knows. Constant; any
 * thread. */

#include <stddef.h>

enum sasl_trait {
	SASL_SECRET = 1 << 0, /* needs a password */
	SASL_SHOWS = 1 << 1,  /* the server, or a listener, gets the password */
	SASL_TOKEN = 1 << 2,  /* needs an OAuth token, which nothing can give
			       * yet: is never chosen */
	SASL_BINDS = 1 << 3,  /* needs channel binding data */
	SASL_CERT = 1 << 4,   /* needs a client certificate */
	SASL_FIRST = 1 << 5,  /* the client speaks first (RFC 4422 section 3) */
	SASL_ACTS = 1 << 6,   /* can carry an authorisation identity */
	SASL_SCRAM = 1 << 7,
	SASL_TICKET = 1 << 8, /* needs a Kerberos ticket, which we cannot see:
			       * is chosen without a password only, or when
			       * the user names it */
};

struct sasl_mechanism {
	const char *name;
	unsigned traits; /* SASL_... */
};

/* The n-th, beginning with the strongest; NULL after the last. */
const struct sasl_mechanism *sasl_mechanism(size_t n);

/* Its name alone: what auth_mechanisms may hold. */
const char *sasl_mechanism_name(size_t n);

#endif

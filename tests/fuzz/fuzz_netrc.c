/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a .netrc, and a password that stands in one. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/settings/netrc.h"
#include "fuzz.h"

/* True when the bytes of part stand in text in that order. */
static bool
is_within(const char *part, const char *text)
{
	for (; *part != '\0' && *text != '\0'; text++)
		part += *part == *text;
	return *part == '\0';
}

static void
check_text(const char *text, const char *user)
{
	struct buf secret = { 0 };
	bool found;

	buf_puts(&secret, "before");
	found = netrc_find(text, "host", user, &secret);
	assert(strncmp(buf_str(&secret), "before", 6) == 0);
	assert(found == (secret.len > 6));
	assert(strlen(buf_str(&secret)) == secret.len);
	assert(is_within(buf_str(&secret) + 6, text));
	buf_wipe(&secret);
}

/* Quoted, it is read as it is, whatever stands before and behind. */
static void
check_password(const char *password)
{
	struct buf text = { 0 }, secret = { 0 };
	const char *p;

	buf_puts(&text, "machine other login me password x\n"
			"machine HOST login me password \"");
	for (p = password; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			buf_putc(&text, '\\');
		buf_putc(&text, *p);
	}
	buf_puts(&text, "\"\nmachine host login me password y\n");
	assert(netrc_find(buf_str(&text), "host", "me", &secret));
	assert(strcmp(buf_str(&secret), password[0] != '\0' ? password : "y") ==
	       0);
	buf_wipe(&secret);
	buf_wipe(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size);

	check_text(text, "me");
	check_text(text, NULL);
	check_password(text);
	free(text);
	return 0;
}

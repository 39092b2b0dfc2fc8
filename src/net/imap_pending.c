/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer to a command. */
#include "config.h"

#include <string.h>

#include "net/imap_pending.h"

void
imap_pending_clear(struct imap_pending *p)
{
	imap_set_clear(&p->code.from);
	imap_set_clear(&p->code.to);
	buf_clear(&p->again);
}

int
imap_pending_check(const struct imap_pending *p, const char *what,
    enum err_scope scope, struct err *e)
{
	/* RFC 5530, RFC 9051 section 7.1: those that pass by themselves, and
	 * those that no other folder will escape. */
	static const char *const passing[] = { "INUSE", "LIMIT", "SERVERBUG",
		"THROTTLED", "UNAVAILABLE" };
	static const char *const fatal[] = { "AUTHENTICATIONFAILED",
		"AUTHORIZATIONFAILED", "CONTACTADMIN", "EXPIRED",
		"PRIVACYREQUIRED" };
	const char *name = p->code.name;
	size_t i;

	/* RFC 9738: the command was executed for some of the messages. */
	if (p->cond == IMAP_OK && p->code.type == CODE_MESSAGELIMIT)
		return err_set(e, scope,
		    "%s: the server did it for some of the messages only "
		    "[MESSAGELIMIT] %s",
		    what, p->text);
	if (p->cond == IMAP_OK)
		return 0;
	err_set(e, scope, "%s: the server says %s%s%s%s %s", what,
	    p->cond == IMAP_NO ? "NO" : "BAD", *name != '\0' ? " [" : "", name,
	    *name != '\0' ? "]" : "", p->text);
	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (imap_atom_is(name, strlen(name), passing[i]))
			err_retry(e);
	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (imap_atom_is(name, strlen(name), fatal[i]))
			err_raise(e, ERR_ACCOUNT);
	return -1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_NAMES_H
#define NET_IMAP_NAMES_H

/*
 * Mailboxes whose name on the wire is not the canonical form of any: modified
 * UTF-7 that encodes more than it has to (Yandex), a bare '&', UTF-8 as it is.
 * The server knows them by that name alone, so it is kept beside the UTF-8 name
 * by which all others call the mailbox. One thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct imap_name {
	char *name; /* UTF-8 */
	char *wire;
};

struct imap_names {
	struct imap_name *list;
	size_t len, cap;
};

void imap_names_clear(struct imap_names *names);
void imap_names_add(
    struct imap_names *names, const char *name, const char *wire);
/* The wire name of the mailbox; NULL: it is the canonical form of name. Valid
 * until the next call of the others. */
const char *imap_names_wire(const struct imap_names *names, const char *name);

/*
 * The UTF-8 name of a mailbox by its name on the wire, which the caller frees;
 * NULL: it can have none. *canonical is false when that does not lead back to
 * the wire name; parts of it that are not modified UTF-7, or hide what
 * separates names, stay as they are then. utf8: names are UTF-8 on the wire.
 */
char *imap_names_decode(
    const char *wire, size_t len, bool utf8, bool *canonical);

#endif

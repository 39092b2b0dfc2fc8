/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_CMD_H
#define NET_IMAP_CMD_H

/*
 * Typed arguments -> the bytes of a command (RFC 9051 section 6). The only
 * place that quotes. Each function appends one argument with the space before
 * it. A value; any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/flags.h"
#include "base/uidset.h"
#include "net/imap_names.h"

#define IMAP_SYNCS 4 /* synchronising literals in one command */

/* The longest line that every server accepts (RFC 7162 section 4: 8192), less
 * what surrounds a set. */
#define IMAP_SET_MAX 7000

struct imap_cmd {
	struct buf bytes;
	size_t sync[IMAP_SYNCS]; /* offsets in bytes: before this byte the
				  * server has to ask for more */
	size_t sync_len;
	uint64_t nonsync; /* literals up to this many bytes are sent unasked
			   * (RFC 7888); 0: none */
	bool utf8;	  /* mailbox names are UTF-8, else modified UTF-7 */
	const struct imap_names
	    *names;  /* those with another form; NULL: none */
	bool secret; /* not for the log */
};

/* Zeroes what a command is, keeps nonsync, utf8 and names. */
void imap_cmd_start(struct imap_cmd *c, const char *tag);
void imap_cmd_clear(struct imap_cmd *c); /* wipes */

/* Text of the protocol as it is: "UID FETCH", "(FLAGS)". */
void imap_cmd_atoms(struct imap_cmd *c, const char *words);

/* A string that can be anything: quoted, or a literal. */
void imap_cmd_string(struct imap_cmd *c, const char *text, size_t len);

/* A mailbox by its UTF-8 name, with the server's delimiter. False when the name
 * is not valid. */
bool imap_cmd_mailbox(struct imap_cmd *c, const char *name);

/* A mailbox by its name on the wire, as the server sent it: what sends 8-bit
 * text in quotes takes it, too. */
void imap_cmd_wire(struct imap_cmd *c, const char *wire);

void imap_cmd_set(struct imap_cmd *c, const struct uidset *set);

/* "(\\Seen Work)"; keywords without name, or whose name is not an atom, are
 * left out. */
void imap_cmd_flags(
    struct imap_cmd *c, uint32_t flags, const struct keywords *k);

/* INTERNALDATE: seconds since the epoch, zone in minutes east of UTC. */
void imap_cmd_date(struct imap_cmd *c, int64_t seconds, int zone);

/* The announcement of a literal, CRLF included; its bytes follow. binary:
 * a literal8 (RFC 3516). */
void imap_cmd_literal(struct imap_cmd *c, uint64_t size, bool binary);

/* As imap_cmd_literal, of a message with UTF-8 in its header (RFC 6855 section
 * 4); a ')' must follow its bytes. */
void imap_cmd_utf8_literal(struct imap_cmd *c, uint64_t size);

/* Ends the line. */
void imap_cmd_end(struct imap_cmd *c);

#endif

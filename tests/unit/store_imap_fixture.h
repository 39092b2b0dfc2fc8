/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STORE_IMAP_FIXTURE_H
#define TESTS_UNIT_STORE_IMAP_FIXTURE_H

/* An IMAP store over a scripted server; for cmocka's tests. */

#include "engine/store/imap/store_imap_private.h"
#include "imap_script.h"

/* Piece sizes in which the client gets to see what the server says. */
extern const size_t fixture_chunks[];
#define FIXTURE_CHUNKS 3

struct fixture {
	struct script script;
	struct settings_store settings;
	struct store *s;
	struct keywords words;
	struct store_state st;
	const char *text; /* of the script */
	bool problems_fine;
	uint32_t validity; /* as in struct store_open */
	bool confirm;
	bool one_at_a_time; /* no pipelining */
};

/* Nothing has to be said to log in: a tunnel. */
#define HELLO(caps) "S: * PREAUTH [CAPABILITY IMAP4rev1 " caps "] hi\n"
#define BYE "C: T LOGOUT\n"

/* SELECT of INBOX with so many messages. */
#define SELECT(n, uidnext)                                                     \
	"C: T LIST \"\" \"\"\nS: * LIST (\\Noselect) \"/\" \"\"\nS: T OK\n"    \
	"C: T SELECT \"INBOX\"*\n"                                             \
	"S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\n"         \
	"S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen "      \
	"\\Draft \\*)] x\n"                                                    \
	"S: * " n " EXISTS\nS: * OK [UIDVALIDITY 7] x\n"                       \
	"S: * OK [UIDNEXT " uidnext "] x\nS: T OK [READ-WRITE] x\n"

/* The date of all messages, as the server says it and in seconds. */
#define DATE "\"01-Jan-2020 00:00:00 +0000\""
#define WHEN 1577836800

/* Opens the store; settings may be set before. */
void fixture_open(struct fixture *f, const char *text, size_t chunk);
/* ... and INBOX. */
void fixture_inbox(struct fixture *f, const char *text, size_t chunk);
/* Opens a folder: what store.open says. */
int fixture_select(
    struct fixture *f, const char *name, bool readonly, struct err *e);
/* Closes; the script must have been played to its end. */
void fixture_close(struct fixture *f);

/* Runs play with each piece size. */
void fixture_run(const char *text, void (*play)(struct fixture *f),
    void (*open)(struct fixture *f, const char *text, size_t chunk));

/* Fails the test unless e has that scope and begins with text. */
void fixture_error(const struct err *e, enum err_scope scope, const char *text);

/* Fails the test unless the results are those: "done 12/7, failed: why, ...";
 * clears them. */
void fixture_expect(struct store_result *r, size_t n, const char *expected);

/* Pushes one message; what end() says, or what went wrong before. */
int fixture_push(struct store_sink *sink, const char *text, uint64_t size,
    uint32_t flags, struct err *e);

/* Appends n messages in one batch, and expects these results. */
void fixture_append(struct fixture *f, const char *const *texts, size_t n,
    const char *expected);

#endif

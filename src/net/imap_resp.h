/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_RESP_H
#define NET_IMAP_RESP_H

/*
 * Tokens -> typed responses (RFC 9051 section 7). One struct imap_resp is used
 * again and again, so that a million FETCH responses allocate nothing.
 *
 * Servers say odd things, and one odd token costs the item, or the response,
 * that it is in, and nothing more: what was passed over is reported in odd. An
 * error of scope ERR_SESSION is left where it is not known any more where the
 * next response begins: a line that is no response, or what is no IMAP behind a
 * literal of a FETCH, whose size may have been wrong.
 *
 * What was lost and matters, and what is well-formed and impossible (UID 0, a
 * number above its range), is reported in bad, with scope ERR_FOLDER: the
 * response does not tell all that it should.
 *
 * Belongs to one thread at a time.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/flags.h"
#include "net/imap_atoms.h"
#include "net/imap_lex.h"

#define IMAP_ATOMS_MAX                                                         \
	2048 /* capabilities, flags, ... of one response; more                 \
	      * are left out */

enum imap_resp_type {
	RESP_TAGGED,	 /* tag, cond, code, text */
	RESP_UNTAGGED,	 /* cond, code, text; greetings and BYE, too */
	RESP_CONTINUE,	 /* text */
	RESP_CAPABILITY, /* atoms */
	RESP_ENABLED,	 /* atoms */
	RESP_ID,	 /* atoms: names and values in turn; NIL is "" */
	RESP_FLAGS,	 /* atoms */
	RESP_LIST,	 /* name, list; LSUB, too */
	RESP_STATUS,	 /* name, status */
	RESP_NAMESPACE,	 /* name: first personal prefix; list.delimiter */
	RESP_SEARCH,	 /* set; ESEARCH, too: its ALL */
	RESP_EXISTS,	 /* number */
	RESP_EXPUNGE,	 /* number */
	RESP_RECENT,	 /* number */
	RESP_VANISHED,	 /* set, earlier */
	RESP_FETCH,	 /* fetch */
	RESP_OTHER,	 /* anything else; skipped */
};

enum imap_cond { IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_BYE, IMAP_PREAUTH };

enum imap_code_type {
	CODE_NONE,
	CODE_OTHER,	     /* name says which */
	CODE_CAPABILITY,     /* atoms of the response */
	CODE_PERMANENTFLAGS, /* atoms of the response */
	CODE_UIDVALIDITY,    /* number; 0 when out of range */
	CODE_UIDNEXT,	     /* number; 0 when out of range */
	CODE_HIGHESTMODSEQ,  /* number; 0 when out of range */
	CODE_NOMODSEQ,
	CODE_UIDNOTSTICKY,
	CODE_READ_ONLY,
	CODE_READ_WRITE,
	CODE_APPENDUID, /* validity, to */
	CODE_COPYUID,	/* validity, from, to */
	CODE_ALERT,
	CODE_CLOSED,
	CODE_ALREADYEXISTS,
	CODE_TRYCREATE,
	CODE_COMPRESSIONACTIVE,
	CODE_MAILBOXID,	   /* atoms of the response: one */
	CODE_MESSAGELIMIT, /* number: of messages; 0 when out of range */
};

struct imap_code { /* RFC 9051 section 7.1, RFC 5530, ... */
	enum imap_code_type type;
	char name[32]; /* "UIDNEXT"; cut when it is longer */
	uint64_t number;
	uint32_t validity; /* 0: the code is invalid */
	struct imap_set from, to;
};

/* What a FETCH or STATUS response contains. */
enum {
	FETCH_UID = 1 << 0,
	FETCH_FLAGS = 1 << 1,
	FETCH_DATE = 1 << 2,
	FETCH_SIZE = 1 << 3,
	FETCH_MODSEQ = 1 << 4,
	FETCH_EMAILID = 1 << 5,
	FETCH_BODY = 1 << 6, /* BODY[] or BODY[HEADER] was passed on */
	FETCH_NIL = 1 << 7,  /* one of these was NIL */
};

struct imap_fetch {
	unsigned have;
	uint32_t seq;
	uint32_t uid;
	uint32_t flags; /* by the parser's keywords */
	int zone;	/* minutes east of UTC */
	int64_t date;	/* INTERNALDATE; the epoch when it is invalid */
	uint64_t size;
	uint64_t modseq;
	struct buf email_id; /* RFC 8474 */
};

enum {
	STATUS_MESSAGES = 1 << 0,
	STATUS_UIDNEXT = 1 << 1,
	STATUS_UIDVALIDITY = 1 << 2,
	STATUS_MODSEQ = 1 << 3,
	STATUS_SIZE = 1 << 4,
};

struct imap_status {
	unsigned have; /* without values that are out of range */
	uint32_t messages;
	uint32_t uidnext;
	uint32_t uidvalidity;
	uint64_t modseq;
	uint64_t size;
};

enum {
	LIST_NOSELECT = 1 << 0,
	LIST_NONEXISTENT = 1 << 1,
	LIST_SUBSCRIBED = 1 << 2,
	LIST_NOINFERIORS = 1 << 3,
};

struct imap_list {
	unsigned attributes;
	const char *special_use; /* static, "\\Sent" (RFC 6154); NULL: none */
	char delimiter;		 /* 0: flat */
};

struct imap_resp {
	enum imap_resp_type type;
	enum imap_cond cond;
	struct imap_code code;
	struct buf tag;
	struct buf text; /* as the server sent it; may be empty */
	struct buf name; /* of a mailbox, as the server sent it */
	struct imap_atoms atoms;
	uint32_t number;
	bool earlier;
	struct imap_set set;
	struct imap_list list;
	struct imap_status status;
	struct imap_fetch fetch;
	struct err bad; /* scope ERR_NONE: nothing */
	struct err odd; /* likewise; what was passed over, and does no harm */
};

/* Where the body of a FETCH goes. An error ends the session. */
struct imap_body {
	void *arg;
	/* f: what came before the body. size: bytes that follow. */
	int (*begin)(void *arg, const struct imap_fetch *f, uint64_t size,
	    struct err *e);
	int (*data)(void *arg, const void *data, size_t len, struct err *e);
	int (*end)(void *arg, struct err *e);
};

struct imap_parser {
	struct imap_lex lex;
	struct keywords *keywords;    /* borrowed; NULL: flags are not read */
	const struct imap_body *body; /* borrowed; NULL: bodies are skipped */
};

/* Reads the next response. The members of *r that its type names are valid
 * until the next call. */
int imap_resp_read(struct imap_parser *p, struct imap_resp *r, struct err *e);

void imap_resp_clear(struct imap_resp *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_RESP_H
#define NET_IMAP_RESP_H

/*
 * Tokens -> typed responses (RFC 9051 section 7). One struct imap_resp is used
 * again and again, so that a million FETCH responses allocate nothing.
 *
 * What is no IMAP at all is an error of scope ERR_SESSION: nobody can know
 * where the next response begins. What is well-formed but cannot be (UID 0, a
 * number above its range) is told in bad, with scope ERR_FOLDER: the
 * connection goes on.
 *
 * Belongs to one thread at a time.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/flags.h"
#include "net/imap_lex.h"

#define IMAP_WORDS_MAX 2048 /* capabilities, flags, ... of one response */

/* Strings; list is NULL-terminated when len > 0. Zeroed memory is empty. */
struct imap_words {
	char **list;
	size_t len;
	size_t cap;
};

void imap_words_clear(struct imap_words *w);
void imap_words_add(struct imap_words *w, const char *text, size_t len);
/* Without regard to the case of ASCII letters. */
bool imap_words_have(const struct imap_words *w, const char *word);
/* *to becomes what *from is, and *from empty. */
void imap_words_move(struct imap_words *to, struct imap_words *from);

enum imap_resp_type {
	RESP_TAGGED,	 /* tag, cond, code, text */
	RESP_UNTAGGED,	 /* cond, code, text; greetings and BYE, too */
	RESP_CONTINUE,	 /* text */
	RESP_CAPABILITY, /* words */
	RESP_ENABLED,	 /* words */
	RESP_ID,	 /* words: names and values in turn; NIL is "" */
	RESP_FLAGS,	 /* words */
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
	CODE_CAPABILITY,     /* words of the response */
	CODE_PERMANENTFLAGS, /* words of the response */
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
};

struct imap_code { /* RFC 9051 section 7.1, RFC 5530, ... */
	enum imap_code_type type;
	char name[32]; /* "UIDNEXT"; what does not fit is cut */
	uint64_t number;
	uint32_t validity; /* 0: the code made no sense */
	struct imap_set from, to;
};

/* What a FETCH or STATUS response told. */
enum {
	FETCH_UID = 1 << 0,
	FETCH_FLAGS = 1 << 1,
	FETCH_DATE = 1 << 2,
	FETCH_SIZE = 1 << 3,
	FETCH_MODSEQ = 1 << 4,
	FETCH_EMAILID = 1 << 5,
	FETCH_BODY = 1 << 6, /* BODY[] or BODY[HEADER] went by */
	FETCH_NIL = 1 << 7,  /* one of these was NIL */
};

struct imap_fetch {
	unsigned have;
	uint32_t seq;
	uint32_t uid;
	uint32_t flags; /* by the parser's keywords */
	int zone;	/* minutes east of UTC */
	int64_t date;	/* INTERNALDATE; the epoch when it was no date */
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
	unsigned have; /* a value out of range is not had */
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
	struct buf text; /* for people, as it came; may be empty */
	struct buf name; /* of a mailbox, as it came */
	struct imap_words words;
	uint32_t number;
	bool earlier;
	struct imap_set set;
	struct imap_list list;
	struct imap_status status;
	struct imap_fetch fetch;
	struct err bad; /* scope ERR_NONE: all is well */
};

/* Where the body of a FETCH goes. An error ends the session. */
struct imap_body {
	void *arg;
	/* f: what stood before the body. size: bytes that follow. */
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

/* For imap_resp.c: "[...]" at the start of text of len bytes into r->code and
 * r->words; returns how many bytes of text it took. (imap_code.c) */
size_t imap_code_parse(struct imap_resp *r, const char *text, size_t len);

/* For imap_resp.c: the rest of "* n FETCH" (imap_fetch.c). */
int imap_fetch_parse(struct imap_parser *p, struct imap_resp *r, struct err *e);

#endif

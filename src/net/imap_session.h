/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_SESSION_H
#define NET_IMAP_SESSION_H

/*
 * One connection to an IMAP server: greeting, STARTTLS, login, what the
 * server can do, and commands in flight (RFC 9051 sections 3, 5.5, 6.1, 6.2).
 *
 * Several commands may be sent before the first is answered. What comes
 * untagged goes to the hooks; what comes tagged goes to the struct
 * imap_pending of its command. An error of scope ERR_SESSION or wider ends
 * the session: only imap_session_free may be called then. A NO or BAD is not
 * an error here; imap_pending_check makes an error of it.
 *
 * A server that says BAD to a command because others are not answered yet
 * (RFC 9051 section 5.5 lets it be sent) gets it again, and from then on
 * one command at a time.
 *
 * Referrals (RFC 2193, 2221) are never followed.
 *
 * A session belongs to one thread at a time.
 */

#include "base/log.h"
#include "net/imap_cmd.h"
#include "net/imap_extension.h"
#include "net/imap_pending.h"
#include "net/imap_resp.h"
#include "net/sasl.h"
#include "net/stream.h"
#include "net/tls.h"

#define IMAP_TAG_LEN 24

enum imap_security {
	IMAP_PLAIN,    /* because the user wrote so, or in a tunnel */
	IMAP_STARTTLS, /* TLS is still to be started, and must be */
	IMAP_TLS,      /* the stream is TLS */
};

/* All borrowed until imap_session_free. */
struct imap_config {
	enum imap_security security;
	struct tls_context *tls; /* for IMAP_STARTTLS */
	bool preauth_ok;	 /* a tunnel: PREAUTH is what is expected */

	const char *user;    /* NULL: not known; only PREAUTH is accepted */
	const char *authzid; /* NULL: none */
	const char *host;
	unsigned port;
	bool plain_ok; /* see sasl.h; by tls = "no" or in a tunnel */
	bool hidden;   /* see sasl.h; a tunnel, or this very machine */
	bool client_cert;
	const char *const *mechanisms; /* NULL-terminated; NULL: all */
	/* Gets the secret when it is needed; wiped afterwards. */
	int (*secret)(void *arg, struct buf *secret, struct err *e);
	/* Where it came from, for messages; NULL: not known. */
	const char *(*secret_source)(void *arg);
	void *secret_arg;

	const char *const *disable; /* extensions that count as not offered;
				     * NULL-terminated; NULL: none */
	bool compress;		    /* use COMPRESS=DEFLATE where offered */
	bool one_at_a_time;   /* send no command before the last is answered */
	unsigned timeout;     /* seconds that nothing moves; 0: 60 */
	uint64_t literal_max; /* bytes; 0: IMAP_LITERAL_MAX */
	struct log *log;
	const char *log_name;
};

/* Receives the untagged responses. Must not send. */
struct imap_hook {
	void *arg;
	void (*untagged)(void *arg, struct imap_resp *r);
};

struct imap_session {
	/* set by the caller, at any time between commands */
	struct imap_hook folder;   /* of the open folder; sees all first */
	struct imap_hook hook;	   /* of the current operation */
	struct imap_parser parser; /* keywords and body may be set */

	/* valid after imap_session_open */
	struct imap_atoms caps; /* as the server said; ask imap_session_has */
	struct imap_atoms server_id; /* RFC 2971: names and values in turn */
	struct buf greeting;	     /* made visible */
	struct buf
	    prefix;	/* of the personal namespace, as the server sent it */
	char delimiter; /* of that; 0 when not known */
	const char *mechanism; /* "PREAUTH", "LOGIN", "SCRAM-SHA-256", ... */
	bool compressed;
	uint64_t message_limit; /* messages in one command, as an answer said
				 * (RFC 9738); 0: none */
	bool utf8; /* names are UTF-8; settled by imap_session_settle */

	/* private */
	struct imap_config config;
	struct stream *stream;
	struct imap_resp resp;
	struct imap_atoms enabled;
	struct imap_pending *pending; /* in the order in which they were sent */
	struct imap_pending *again;   /* to be sent once more, in that order */
	bool one_at_a_time;	      /* from now on */
	bool told_one_at_a_time;      /* in the log */
	struct imap_pending setup[3]; /* ID, ENABLE, NAMESPACE */
	struct imap_cmd cmd;
	struct buf out;	    /* not yet written */
	struct buf trace;   /* of the response, for the log */
	char tag_prefix[8]; /* random: no answer can be prepared in advance */
	unsigned number;    /* of the last command */
	bool caps_fresh;    /* caps were received since this was last cleared */
	bool continued;	    /* a continuation came */
	bool greeted;	    /* BYE is an error from here on */
	bool secret;	    /* continuations are not for the log */
	bool dead;	    /* no LOGOUT */
	unsigned odd;	    /* kinds of responses (1 << type) of which one was
			     * odd */
	char login[200];    /* who logs in and how, for errors */
	bool refused;	    /* the last login was, by the server, and not for
			     * a reason that another mechanism would not
			     * change */
	bool line_begins;   /* the deadline starts anew with the next read */
	bool useful;	    /* there is progress: useful_at is to be set */
	int64_t useful_at;  /* clock_ms() when there was progress last */
	size_t since_useful; /* bytes read since then, of what is asked for */
	uint64_t asked_for;  /* responses of that kind since the last answer */
	uint32_t messages;   /* in the selected mailbox, as EXISTS said last */
	struct imap_names names; /* of mailboxes, where they are not canonical;
				  * filled by the listing */
	size_t since_deadline;	 /* bytes read since the deadline was set */
};

/*
 * Greeting, STARTTLS, login, ID, ENABLE, NAMESPACE, COMPRESS on the stream,
 * which it owns in every case. The answers to what was sent last may still be
 * on their way. Errors: ERR_ACCOUNT, or ERR_SESSION.
 */
int imap_session_open(const struct imap_config *c, struct stream *stream,
    struct imap_session **s, struct err *e);

/* Sends LOGOUT without waiting for its answer, closes and frees. NULL is
 * fine. */
void imap_session_free(struct imap_session *s);

/* The server announces this. */
bool imap_session_announced(
    const struct imap_session *s, enum imap_extension x);

/* The settings turn this off. */
bool imap_session_disabled(const struct imap_session *s, enum imap_extension x);

/* The server offers this, and what it needs, and the settings do not turn it
 * off. What IMAP4rev2 includes counts as offered with it. */
bool imap_session_has(const struct imap_session *s, enum imap_extension x);

/* As imap_session_has, and blinkmail makes use of it in this session. After
 * imap_session_settle. */
bool imap_session_uses(const struct imap_session *s, enum imap_extension x);

/* Of an extension with has_value, "APPENDLIMIT=1000" (RFC 7889): 1000; 0 when
 * there is none. */
uint64_t imap_session_value(
    const struct imap_session *s, enum imap_extension x);

/* Waits for the answers to what imap_session_open sent: utf8, prefix,
 * delimiter. */
int imap_session_settle(struct imap_session *s, struct err *e);

/* The command to fill in, begun with a new tag; valid until the next call. */
struct imap_cmd *imap_session_command(struct imap_session *s);

/*
 * Sends the command (imap_cmd_end is done here), which may stay in a buffer
 * until the caller waits. With synchronising literals it waits for the server
 * to ask; a refusal leaves p done. p must be zeroed.
 */
int imap_session_send(
    struct imap_session *s, struct imap_pending *p, struct err *e);

/*
 * As imap_session_send, but the line does not end here: it ends with the
 * announcement of a literal, whose bytes follow by imap_session_write, and
 * then more by imap_session_send_more. p->done afterwards: the server refused
 * the literal, and nothing more may be sent for this command.
 */
int imap_session_send_open(
    struct imap_session *s, struct imap_pending *p, struct err *e);
int imap_session_send_more(struct imap_session *s, struct imap_pending *p,
    struct imap_cmd *more, struct err *e);

/* Waits until the server asks for more (continued is set, the text is in
 * resp.text), or p is done. */
int imap_session_wait_continue(
    struct imap_session *s, struct imap_pending *p, struct err *e);

int imap_session_write(
    struct imap_session *s, const void *data, size_t len, struct err *e);

/* Reads one response and hands it on. */
int imap_session_step(struct imap_session *s, struct err *e);

/*
 * Waits for what comes without being asked for (RFC 2177): 1 when one response
 * was read and handed on; 0 at the deadline (a clock_ms() value), or earlier
 * when the stream was woken (stream_set_wake). Any response, however short,
 * counts as progress.
 */
int imap_session_listen(
    struct imap_session *s, int64_t deadline, struct err *e);

/* Steps until p is done. */
int imap_session_wait(
    struct imap_session *s, struct imap_pending *p, struct err *e);

/* Sends a command, waits and checks in one. what as in imap_pending_check. */
int imap_session_run(struct imap_session *s, const char *what,
    enum err_scope scope, struct err *e);

#endif

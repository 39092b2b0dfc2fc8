/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_SETTINGS_H
#define ENGINE_SETTINGS_SETTINGS_H

/*
 * The configuration, read and checked (libconfig; SPEC of the keys:
 * blinkmail.conf(5)). settings.c is the only file that knows <libconfig.h>.
 *
 * The defaults are in the table of settings_keys.c.
 *
 * Strings and lists are owned by struct settings and never change after
 * settings_load; any thread may read them then. Paths have ~ and $VAR
 * expanded. Lists of strings are NULL-terminated; NULL: not given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/side.h"
#include "engine/settings/nametrans.h"

enum settings_type { STORE_IMAP, STORE_MAILDIR };
enum settings_tls { TLS_YES, TLS_STARTTLS, TLS_NO };
enum settings_compression { COMPRESS_FAR, COMPRESS_ALWAYS, COMPRESS_NEVER };
enum settings_colours { COLOURS_DEFAULT, COLOURS_LIGHT, COLOURS_MONO };
enum settings_layout { LAYOUT_FLAT, LAYOUT_NESTED, LAYOUT_MAILDIRPP };

struct settings_store {
	enum settings_type type;

	/* both kinds */
	char **folders; /* shell patterns */
	struct nametrans_rule *nametrans;
	size_t nametrans_len;
	bool createfolders;
	bool readonly;
	bool sync_deletes; /* deletions made here travel */

	/* imap */
	char *host;
	unsigned port;
	char *user;
	char *pass, *passcmd, *passfile;
	unsigned passcmd_timeout; /* seconds */
	char *remote_identity;
	char **auth_mechanisms;
	enum settings_tls tls;
	char *sslcacertfile;
	char **cert_fingerprint;
	char *sslclientcert, *sslclientkey;
	char *preauthtunnel, *transporttunnel;
	int family; /* ipv6: 0 any, 4, 6 */
	unsigned maxconnections;
	enum settings_compression usecompression;
	bool pipelining; /* commands are sent before the last is answered */
	char *reference;
	char *prefix; /* of native names, not of local ones; "auto": what the
		       * server says; NULL: none */
	bool subscribedonly;
	bool expunge; /* false: only mark as deleted */
	char **disable_extensions;
	bool holdconnectionopen; /* between two runs */
	unsigned keepalive; /* seconds; 0: as seldom as the server allows */
	char **idlefolders; /* native names, watched by IDLE beside INBOX */

	/* maildir */
	char *path;
	enum settings_layout
	    layout;   /* sep = ".", sep = "/", layout = "maildir++" */
	char infosep; /* ':' */
};

struct settings_account {
	char *name; /* any text */
	size_t index;
	struct settings_store store[2]; /* by side */
	double autorefresh;		/* minutes; 0: once */
	bool push; /* true: with autorefresh, news are synchronised at once */
	int quick;
	uint64_t maxsize;  /* bytes; 0: none */
	int64_t maxage;	   /* days; 0: none */
	int64_t startdate; /* seconds since the epoch; 0: none */
	int64_t maxdelete; /* -1: the default brake */
	char *presynchook, *postsynchook, *newmail_hook;
	unsigned hook_timeout; /* seconds, for each of them */
	unsigned line;	       /* of the file, where the account begins */
};

struct settings {
	char *file;	/* where it was read from */
	char *metadata; /* directory */
	unsigned maxsyncaccounts;
	char *ui;	/* NULL: by terminal */
	char *ui_where; /* "FILE:LINE" of ui, for a complaint about its name */
	enum settings_colours colorscheme;
	bool fsync;
	unsigned socktimeout;		   /* seconds */
	struct settings_account *accounts; /* those to be synchronised, in
					    * general.accounts' order */
	size_t accounts_len;
	char **warnings; /* a line each, with file and line */
	size_t warnings_len;
};

/* One "-k account.remote.host=127.0.0.1" or "-k general.fsync=false". */
struct settings_override {
	const char *text;
	const char *where; /* for complaints; NULL: "-k KEY" */
};

/* Receives the mistakes, and knows what the settings cannot know. */
struct settings_reader {
	void *arg;
	void (*report)(void *arg, const char *line); /* "FILE:LINE: text" */
	/* 0, or -1 when no user interface has that name; NULL: each has. */
	int (*ui)(const char *name, struct err *e);
	/* Mistakes in the file are reported and do not fail the load; what
	 * could not be read has its default. For a caller that needs only a
	 * part of the settings. */
	bool lenient;
};

/*
 * Reads file (NULL: the default paths). Every mistake is reported, not only
 * the first; -1 when there was any. An unknown key names the nearest known
 * one, if one is near.
 */
int settings_load(const char *file, const struct settings_override *over,
    size_t over_len, const struct settings_reader *reader, struct settings **s,
    struct err *e);
void settings_free(struct settings *s); /* wipes secrets; NULL is fine */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_IMAP_STORE_IMAP_PRIVATE_H
#define ENGINE_STORE_IMAP_STORE_IMAP_PRIVATE_H

/* What the files of the IMAP store share; for store_imap*.c only. */

#include "engine/store/imap/store_imap.h"
#include "net/imap_folder.h"
#include "net/imap_message.h"

struct append_command;

struct store_imap {
	struct store base;
	struct store_imap_config config;
	struct imap_session *session;
	char *tls_facts; /* NULL: no TLS */
	char delimiter;	 /* of folder names; see have_delimiter */
	bool have_delimiter;
	bool knows_names; /* the session's names are those of a listing */

	bool no_large_uid; /* the server does not list 1:4294967295 */

	bool broken; /* a literal was sent in part: only free may follow */

	/* the open folder */
	char *name;	/* native, UTF-8; NULL: none is open */
	char *selected; /* likewise what is selected on the server */
	struct imap_folder folder;
	struct store_newest newest;
	struct keywords *keywords; /* borrowed */
	uint32_t storable;

	/* writing */
	struct append_command *open_append; /* not yet ended with CRLF */
	bool appended; /* to the open folder, and it may not have said so */
	struct imap_pending news; /* the NOOP that asks whether it has */
	bool no_multiappend;	  /* it was refused once */
	bool no_utf8_append;	  /* likewise UTF8 (...) */
};

/* To be called first by each operation: ends an APPEND that is still open.
 * -1 when the session is broken. */
int store_imap_ready(struct store_imap *st, struct err *e);

/* As store_imap_ready, for what needs an open folder. */
int store_imap_ready_folder(struct store_imap *st, struct err *e);

/* A store over a stream that is connected already, which it owns in every
 * case. (For tests, too.) */
int store_imap_over(const struct store_imap_config *c, struct stream *stream,
    struct store **s, struct err *e);

/* What the open folder was like when it was selected. */
void store_imap_token(const struct store_imap *st, struct store_token *t);

/* Asks for the delimiter unless it is known. */
int store_imap_delimiter(struct store_imap *st, struct err *e);

/* The native name of a canonical one; asks the server for its delimiter when
 * it is not known. The caller frees. */
int store_imap_native(
    struct store_imap *st, const char *canonical, char **native, struct err *e);

/* Closes the selected mailbox: STATUS says nothing new of that one (RFC 9051
 * section 6.3.11). */
int store_imap_unselect(struct store_imap *st, struct err *e);

/* Selects the mailbox as imap_folder_select does. One that seems not to be
 * there is looked for in a listing, which shows by which name the server knows
 * it. */
int store_imap_select(
    struct store_imap *st, const char *native, bool readonly, struct err *e);

/* store_imap_list.c */
int store_imap_list(struct store *s, struct store_folders *f, struct err *e);

/* store_imap_scan.c */
int store_imap_scan(struct store *s, struct snapshot *snap, struct err *e);
int store_imap_details(struct store *s, const struct store_ref *refs, size_t n,
    void (*each)(void *arg, const struct store_info *i), void *arg,
    struct err *e);
/* Adds the ids of n refs, in any order. */
void store_imap_uids(
    const struct store_ref *refs, size_t n, struct uidset *uids);

/* store_imap_read.c */
int store_imap_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, const struct store_sink *sink, struct err *e);

/* store_imap_append.c */
int store_imap_batch_begin(struct store *s, size_t n, struct store_batch **b,
    struct store_sink *sink, struct err *e);
int store_imap_batch_commit(struct store_batch *b, struct store_result *results,
    size_t n, struct err *e);
void store_imap_batch_abort(struct store_batch *b);
int store_imap_end_append(struct store_imap *st, struct err *e);

/* store_imap_change.c */
int store_imap_flags(struct store *s, const struct store_ref *refs, size_t n,
    struct store_delta delta, struct store_result *results, struct err *e);
int store_imap_compare(struct store *s, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e);
int store_imap_remove(struct store *s, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e);
int store_imap_transfer(struct store *s, const struct store_ref *refs, size_t n,
    struct store_destination to, struct store_result *results, struct err *e);

/* An index of refs by id. */
struct ref_index {
	struct ref_slot {
		uint32_t id;
		uint32_t index;
	} * slots; /* sorted by id */
	size_t len;
};

void ref_index_init(
    struct ref_index *x, const struct store_ref *refs, size_t n);
void ref_index_clear(struct ref_index *x);
/* False when no ref has that id. */
bool ref_index_find(const struct ref_index *x, uint32_t id, size_t *index);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the folders of a server. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/store/foldername.h"
#include "engine/store/imap/store_imap_private.h"
#include "net/imap_names.h"

/*
 * Listing: one round trip where the server has LIST-STATUS (RFC 5819), two
 * where not: LIST, then STATUS for all at once.
 *
 * STATUS answers are matched by the mailbox name as it came, when all is
 * there: a server may send them in any order.
 */

/* Limits; more is an attack. */
#define FOLDERS_MAX 100000
#define NAMES_MAX (8 << 20) /* bytes of all their names */
#define STATUS_IN_FLIGHT 256

struct listed {	      /* one LIST response */
	char *raw;    /* as it came */
	char *native; /* UTF-8; NULL: it was refused */
	bool odd;     /* raw is not the canonical form of native */
	struct imap_list list;
	const struct imap_status *status; /* NULL: none came */
};

struct statused {
	char *raw;
	struct imap_status status;
};

struct listing {
	struct store_imap *st;
	struct store_folders *out;
	struct listed *list;
	size_t len, cap;
	struct statused *status;
	size_t status_len, status_cap;
	size_t names; /* bytes of all names in both */
	bool too_much;
	bool with_status; /* LIST brings STATUS */
};

/* INBOX is the one name whose case does not count. */
static char *
raw_name(const struct buf *name)
{
	return imap_atom_is(buf_str(name), name->len, "INBOX")
		   ? xstrdup("INBOX")
		   : xstrndup(buf_str(name), name->len);
}

static void
refuse(struct listing *l, const char *name, size_t len, const char *why)
{
	store_folders_refuse(l->out, name, len, why);
}

/* To UTF-8; NULL when it was refused. */
static char *
decode(struct listing *l, const struct buf *name, bool *odd)
{
	char *native = NULL;
	bool canonical = true;

	if (name->len == 0) {
		refuse(l, "", 0, "has no name");
		return NULL;
	}
	if (memchr(buf_str(name), '\0', name->len) != NULL) {
		refuse(l, buf_str(name), name->len, "has a NUL in its name");
		return NULL;
	}
	native = imap_names_decode(
	    buf_str(name), name->len, l->st->session->utf8, &canonical);
	*odd = !canonical;
	if (native != NULL)
		return native;
	refuse(l, buf_str(name), name->len,
	    l->st->session->utf8 ? "the name is not valid UTF-8"
				 : "the name is not valid modified UTF-7");
	return NULL;
}

static void
add_listed(struct listing *l, struct imap_resp *r)
{
	struct store_imap *st = l->st;
	struct listed *f;

	l->list = xgrow(l->list, l->len, &l->cap, sizeof(*l->list));
	f = &l->list[l->len++];
	*f = (struct listed){ .list = r->list };
	f->raw = raw_name(&r->name);
	if (r->bad.scope == ERR_NONE)
		f->native = decode(l, &r->name, &f->odd);
	else
		refuse(l, buf_str(&r->name), r->name.len, err_line(&r->bad));
	/* Some say NIL for INBOX alone. */
	if (!st->have_delimiter && r->list.delimiter != '\0') {
		st->delimiter = r->list.delimiter;
		st->have_delimiter = true;
	}
}

static void
list_untagged(void *arg, struct imap_resp *r)
{
	struct listing *l = arg;

	if (r->type != RESP_STATUS && r->type != RESP_LIST)
		return;
	l->names += r->name.len;
	if (l->names > NAMES_MAX || l->len >= FOLDERS_MAX ||
	    l->status_len >= FOLDERS_MAX)
		l->too_much = true;
	if (l->too_much)
		return;
	if (r->type == RESP_LIST) {
		add_listed(l, r);
		return;
	}
	/* Such a folder is refused; cut at the NUL the name would be another's.
	 */
	if (memchr(buf_str(&r->name), '\0', r->name.len) != NULL)
		return;
	l->status =
	    xgrow(l->status, l->status_len, &l->status_cap, sizeof(*l->status));
	l->status[l->status_len++] =
	    (struct statused){ raw_name(&r->name), r->status };
}

/* The names of CONDSTORE (RFC 7162 section 3.1.7) only where it is. Never
 * MAILBOXID (RFC 8474): Cyrus 3.6 sends bytes at random for it. */
static const char *
status_items(const struct imap_session *s)
{
	return imap_session_has(s, EXT_CONDSTORE)
		   ? "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
		   : "(MESSAGES UIDNEXT UIDVALIDITY)";
}

static int
send_list(struct listing *l, struct err *e)
{
	const struct settings_store *settings = l->st->config.settings;
	struct imap_session *s = l->st->session;
	struct imap_cmd *c;
	const char *reference;

	reference = settings->reference != NULL ? settings->reference : "";
	c = imap_session_command(s);
	imap_cmd_atoms(c, !settings->subscribedonly ? "LIST"
			  : imap_session_has(s, EXT_LIST_EXTENDED)
			      ? "LIST (SUBSCRIBED)"
			      : "LSUB");
	if (*reference == '\0')
		imap_cmd_atoms(c, "\"\"");
	else if (!imap_cmd_mailbox(c, reference))
		return err_set(
		    e, ERR_ACCOUNT, "reference: not a valid mailbox name");
	imap_cmd_atoms(c, "\"*\"");
	l->with_status = imap_session_has(s, EXT_LIST_STATUS);
	if (l->with_status) {
		imap_cmd_atoms(c, "RETURN");
		imap_cmd_atoms(c, imap_session_has(s, EXT_SPECIAL_USE)
				      ? "(SPECIAL-USE STATUS"
				      : "(STATUS");
		imap_cmd_atoms(c, status_items(s));
		buf_putc(&c->bytes, ')');
	}
	return imap_session_run(s, "LIST", ERR_ACCOUNT, e);
}

static int
send_status(struct listing *l, const struct listed *f, struct imap_pending *p,
    struct err *e)
{
	struct imap_session *s = l->st->session;
	struct imap_cmd *c;

	c = imap_session_command(s);
	imap_cmd_atoms(c, "STATUS");
	imap_cmd_wire(c, f->raw);
	imap_cmd_atoms(c, status_items(s));
	return imap_session_send(s, p, e);
}

/* STATUS for all that can be selected; what is refused has no token, and
 * SELECT will tell why. */
static int
status_all(struct listing *l, struct err *e)
{
	struct imap_pending *ring;
	size_t sent, answered, i;
	int rc;

	ring = xcalloc(STATUS_IN_FLIGHT, sizeof(*ring));
	rc = 0;
	for (i = sent = answered = 0; rc == 0;) {
		while (i < l->len &&
		       (l->list[i].native == NULL ||
			   (l->list[i].list.attributes & LIST_NOSELECT) != 0))
			i++;
		if (i < l->len && sent - answered < STATUS_IN_FLIGHT) {
			rc = send_status(l, &l->list[i++],
			    &ring[sent++ % STATUS_IN_FLIGHT], e);
		} else if (answered < sent) {
			struct imap_pending *p =
			    &ring[answered++ % STATUS_IN_FLIGHT];

			rc = imap_session_wait(l->st->session, p, e);
			imap_pending_clear(p);
			*p = (struct imap_pending){ 0 };
		} else {
			break;
		}
	}
	free(ring);
	return rc;
}

static int
listed_compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return strcmp(x->raw, y->raw);
}

static int
statused_compare(const void *a, const void *b)
{
	const struct statused *x = a, *y = b;

	return strcmp(x->raw, y->raw);
}

static void
join_status(struct listing *l)
{
	size_t i, j;
	int c;

	if (l->len > 1)
		qsort(l->list, l->len, sizeof(*l->list), listed_compare);
	if (l->status_len > 1)
		qsort(l->status, l->status_len, sizeof(*l->status),
		    statused_compare);
	for (i = j = 0; i < l->len && j < l->status_len;) {
		c = strcmp(l->list[i].raw, l->status[j].raw);
		if (c == 0)
			l->list[i].status = &l->status[j].status;
		if (c <= 0)
			i++;
		else
			j++;
	}
}

static void
fill_token(struct store_folder *f, const struct imap_status *status)
{
	const unsigned all =
	    STATUS_MESSAGES | STATUS_UIDNEXT | STATUS_UIDVALIDITY;
	uint64_t modseq;

	if ((status->have & STATUS_MESSAGES) != 0)
		f->messages = status->messages;
	if ((status->have & STATUS_UIDVALIDITY) != 0)
		f->validity = status->uidvalidity;
	if ((status->have & STATUS_UIDNEXT) != 0)
		f->next_id = status->uidnext;
	if ((status->have & all) != all)
		return;
	modseq = (status->have & STATUS_MODSEQ) != 0 ? status->modseq : 0;
	f->token = (struct store_token){ .valid = true,
		.exact = modseq != 0,
		.words = { status->uidvalidity, status->uidnext,
		    status->messages, modseq } };
}

/* The canonical name must lead back to the same mailbox. */
static bool
leads_back(const char *native, const char *canonical, char delimiter)
{
	char *back;
	bool same;

	back = foldername_native(canonical, delimiter);
	same = back != NULL && strlen(back) == strlen(native) &&
	       (strcmp(back, native) == 0 ||
		   (strncmp(back, "INBOX", 5) == 0 &&
		       imap_atom_is(native, 5, "INBOX") &&
		       strcmp(back + 5, native + 5) == 0));
	free(back);
	return same;
}

static void
add_folder(struct listing *l, const struct listed *f)
{
	struct store_folder *folder;
	struct err why = ERR_INIT;
	char *canonical;

	if (foldername_canonical(f->native, strlen(f->native),
		f->list.delimiter, &canonical, &why) == -1) {
		refuse(l, f->native, strlen(f->native), err_line(&why));
		err_clear(&why);
		return;
	}
	if (!leads_back(f->native, canonical, l->st->delimiter)) {
		refuse(l, f->native, strlen(f->native),
		    "its delimiter differs from that of the other folders");
		free(canonical);
		return;
	}
	folder = store_folders_add(l->out);
	folder->name = canonical;
	folder->native = xstrdup(f->native);
	folder->delimiter = f->list.delimiter;
	folder->selectable = (f->list.attributes & LIST_NOSELECT) == 0;
	folder->special_use = f->list.special_use;
	if (f->status != NULL)
		fill_token(folder, f->status);
}

/* By what people see; the canonical form of it comes first. */
static int
native_compare(const void *a, const void *b)
{
	const struct listed *const *x = a, *const *y = b;
	int order = strcmp((*x)->native, (*y)->native);

	if (order == 0 && (*x)->odd != (*y)->odd)
		return (*x)->odd ? 1 : -1;
	return order != 0 ? order : strcmp((*x)->raw, (*y)->raw);
}

/* Of several mailboxes that are one by what people see, one stays; the session
 * learns by which name the server knows it. */
static void
settle_names(struct listing *l)
{
	struct listed **all = xcalloc(l->len + 1, sizeof(*all)), *first = NULL;
	struct imap_names *names = &l->st->session->names;
	size_t i, n;

	for (n = i = 0; i < l->len; i++)
		if (l->list[i].native != NULL)
			all[n++] = &l->list[i];
	qsort(all, n, sizeof(*all), native_compare);
	imap_names_clear(names);
	for (i = 0; i < n; i++) {
		if (first == NULL ||
		    strcmp(first->native, all[i]->native) != 0) {
			first = all[i];
			if (first->odd)
				imap_names_add(
				    names, first->native, first->raw);
		} else if (strcmp(first->raw, all[i]->raw) != 0) {
			refuse(l, all[i]->raw, strlen(all[i]->raw),
			    "another folder has the same name here");
			free(all[i]->native);
			all[i]->native = NULL;
		}
	}
	free(all);
}

static void
free_folder(struct store_folder *f)
{
	free(f->name);
	free(f->native);
}

/* Refuses the second of two mailboxes that would be one folder here. The same
 * mailbox listed twice is one. */
static void
drop_duplicates(struct listing *l)
{
	struct store_folders *out = l->out;
	size_t i, n;

	store_folders_sort(out);
	for (i = n = 0; i < out->len; i++) {
		struct store_folder *f = &out->list[i];

		if (n > 0 && strcmp(out->list[n - 1].name, f->name) == 0) {
			if (strcmp(out->list[n - 1].native, f->native) != 0)
				refuse(l, f->native, strlen(f->native),
				    "another folder has the same name here");
			free_folder(f);
			continue;
		}
		out->list[n++] = *f;
	}
	out->len = n;
}

static void
listing_clear(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->len; i++) {
		free(l->list[i].raw);
		free(l->list[i].native);
	}
	for (i = 0; i < l->status_len; i++)
		free(l->status[i].raw);
	free(l->list);
	free(l->status);
}

int
store_imap_list(struct store *s, struct store_folders *f, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	struct listing l = { .st = st, .out = f };
	size_t i;
	int rc;

	if (store_imap_ready(st, e) == -1 || store_imap_unselect(st, e) == -1)
		return -1;
	st->session->hook = (struct imap_hook){ &l, list_untagged };
	rc = send_list(&l, e);
	if (rc == 0 && !l.with_status && !l.too_much)
		rc = status_all(&l, e);
	st->session->hook = (struct imap_hook){ NULL, NULL };
	if (rc == 0 && l.too_much)
		rc = err_set(e, ERR_ACCOUNT,
		    "the server lists more than %d folders, or %d bytes of "
		    "their names",
		    FOLDERS_MAX, NAMES_MAX);
	if (rc == 0) {
		join_status(&l);
		settle_names(&l);
		if (st->session->prefix.len > 0)
			f->prefix = xstrdup(buf_str(&st->session->prefix));
		st->knows_names = true;
		for (i = 0; i < l.len; i++)
			if (l.list[i].native != NULL)
				add_folder(&l, &l.list[i]);
		drop_duplicates(&l);
	}
	listing_clear(&l);
	return rc;
}

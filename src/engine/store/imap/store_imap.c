/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens IMAP sessions and folders as a store. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/store/foldername.h"
#include "engine/store/imap/store_imap_private.h"
#include "net/command.h"
#include "net/connect.h"

#define NOOP_SECONDS 10

static int
slot_compare(const void *a, const void *b)
{
	const struct ref_slot *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

void
ref_index_init(struct ref_index *x, const struct store_ref *refs, size_t n)
{
	size_t i;

	x->slots = xreallocarray(NULL, n > 0 ? n : 1, sizeof(*x->slots));
	x->len = n;
	for (i = 0; i < n; i++)
		x->slots[i] = (struct ref_slot){ refs[i].id, (uint32_t)i };
	qsort(x->slots, n, sizeof(*x->slots), slot_compare);
}

void
ref_index_clear(struct ref_index *x)
{
	free(x->slots);
	*x = (struct ref_index){ NULL, 0 };
}

bool
ref_index_find(const struct ref_index *x, uint32_t id, size_t *index)
{
	const struct ref_slot key = { id, 0 }, *slot;

	slot = bsearch(&key, x->slots, x->len, sizeof(key), slot_compare);
	if (slot == NULL)
		return false;
	*index = slot->index;
	return true;
}

int
store_imap_ready(struct store_imap *st, struct err *e)
{
	if (st->broken) {
		err_set(e, ERR_SESSION,
		    "the connection was closed in the middle of a message");
		return err_retry(e);
	}
	return store_imap_end_append(st, e);
}

int
store_imap_ready_folder(struct store_imap *st, struct err *e)
{
	if (st->name == NULL)
		return err_set(e, ERR_FOLDER, "no folder is open");
	return store_imap_ready(st, e);
}

static void
delimiter_untagged(void *arg, struct imap_resp *r)
{
	struct store_imap *st = arg;

	if (r->type == RESP_LIST && r->bad.scope == ERR_NONE) {
		st->delimiter = r->list.delimiter;
		st->have_delimiter = true;
	}
}

/* RFC 9051 section 6.3.9: an empty name asks for the delimiter. */
static int
ask_delimiter(struct store_imap *st, struct err *e)
{
	int rc;

	imap_cmd_atoms(imap_session_command(st->session), "LIST \"\" \"\"");
	st->session->hook = (struct imap_hook){ st, delimiter_untagged };
	rc = imap_session_run(st->session, "LIST", ERR_FOLDER, e);
	st->session->hook = (struct imap_hook){ NULL, NULL };
	if (rc == 0 && !st->have_delimiter)
		return err_set(
		    e, ERR_FOLDER, "the server does not say its delimiter");
	return rc;
}

int
store_imap_delimiter(struct store_imap *st, struct err *e)
{
	if (imap_session_settle(st->session, e) == -1)
		return -1;
	if (!st->have_delimiter && st->session->delimiter != '\0') {
		st->delimiter = st->session->delimiter;
		st->have_delimiter = true;
	}
	return st->have_delimiter ? 0 : ask_delimiter(st, e);
}

int
store_imap_native(
    struct store_imap *st, const char *canonical, char **native, struct err *e)
{
	if (store_imap_delimiter(st, e) == -1)
		return -1;
	*native = foldername_native(canonical, st->delimiter);
	if (*native == NULL)
		return err_set(e, ERR_FOLDER,
		    "the server cannot have a folder of that name%s",
		    st->delimiter == '\0' ? ": it has no subfolders" : "");
	return 0;
}

static void
leave_folder(struct store_imap *st)
{
	imap_folder_leave(st->session, &st->folder);
	st->session->parser.keywords = NULL;
	st->keywords = NULL;
	free(st->name);
	st->name = NULL;
}

/*
 * The flags that stay (RFC 9051 section 7.1, PERMANENTFLAGS). Without it all
 * do (section 6.3.2). With \* any keyword does; without, those that are named
 * get their bits now, since no other will.
 */
static uint32_t
storable_flags(struct store_imap *st)
{
	const struct imap_atoms *w;
	uint32_t flags;
	bool any;
	size_t i;

	if (!st->folder.have_permanent)
		return FLAG_ALL;
	w = &st->folder.permanent;
	any = imap_atoms_have(w, "\\*");
	flags = 0;
	for (i = 0; i < w->len; i++)
		flags |= keywords_flag(
		    st->keywords, w->list[i], strlen(w->list[i]), !any);
	if (any)
		flags |= ~FLAG_SYSTEM | FLAG_FORWARDED;
	return flags;
}

void
store_imap_token(const struct store_imap *st, struct store_token *t)
{
	const struct imap_folder *f = &st->folder;

	*t = (struct store_token){ .valid = f->uidnext != 0,
		.exact = f->uidnext != 0 && f->modseq != 0,
		.words = { f->validity, f->uidnext, f->messages, f->modseq } };
}

int
store_imap_select(
    struct store_imap *st, const char *native, bool readonly, struct err *e)
{
	struct store_folders ignored = { 0 };
	struct err other = ERR_INIT;
	int rc;

	rc = imap_folder_select(st->session, native, readonly, &st->folder, e);
	if (rc == 0 || e->scope != ERR_FOLDER || st->knows_names)
		return rc;
	rc = store_imap_list(&st->base, &ignored, &other);
	store_folders_clear(&ignored);
	if (rc == -1)
		return err_move(e, &other);
	if (imap_names_wire(&st->session->names, native) == NULL)
		return -1;
	err_clear(e);
	return imap_folder_select(
	    st->session, native, readonly, &st->folder, e);
}

/*
 * SELECT. A UIDVALIDITY that is not as expected must come again when it is
 * asked for again: a server that makes up a new one each time would be
 * believed once in each run.
 */
static int
select_folder(struct store_imap *st, const char *native,
    const struct store_open *o, struct err *e)
{
	struct imap_session *s = st->session;
	uint32_t first;

	if (store_imap_select(st, native, o->readonly, e) == -1)
		return -1;
	first = st->folder.validity;
	if (!o->confirm || first == o->validity)
		return 0;
	imap_folder_leave(s, &st->folder);
	if (imap_folder_select(s, native, o->readonly, &st->folder, e) == -1)
		return -1;
	if (st->folder.validity == first)
		return 0;
	err_set(e, ERR_FOLDER,
	    "the server gives another UIDVALIDITY each time (%u, then %u): "
	    "messages could not be recognised in the next run",
	    (unsigned)first, (unsigned)st->folder.validity);
	imap_folder_leave(s, &st->folder);
	return -1;
}

static int
store_imap_open_folder(struct store *s, const struct store_open *o,
    struct store_state *state, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	char *native;

	leave_folder(st);
	if (store_imap_ready(st, e) == -1 ||
	    store_imap_native(st, o->name, &native, e) == -1)
		return -1;
	free(st->selected);
	st->selected = NULL;
	if (select_folder(st, native, o, e) == -1) {
		free(native);
		return -1;
	}
	st->name = native;
	st->selected = xstrdup(native);
	st->appended = false;
	st->keywords = o->keywords;
	st->session->parser.keywords = o->keywords;
	*state = (struct store_state){ .validity = st->folder.validity,
		.next_id = st->folder.uidnext,
		.messages = st->folder.messages,
		.modseq = st->folder.modseq,
		.readonly = st->folder.readonly || o->readonly };
	state->limit =
	    (uint32_t)imap_session_value(st->session, EXT_MESSAGELIMIT);
	state->storable = storable_flags(st);
	st->storable = state->storable;
	if (imap_session_has(st->session, EXT_OBJECTID))
		memcpy(state->object, st->folder.object, IMAP_OBJECT);
	st->newest = o->newest;
	store_imap_token(st, &state->token);
	return 0;
}

int
store_imap_unselect(struct store_imap *st, struct err *e)
{
	struct imap_session *s = st->session;
	struct imap_cmd *c;
	int rc;

	if (st->selected == NULL)
		return 0;
	if (imap_session_has(s, EXT_UNSELECT)) {
		imap_cmd_atoms(imap_session_command(s), "UNSELECT");
		rc = imap_session_run(s, "UNSELECT", ERR_SESSION, e);
	} else {
		/* CLOSE removes what is marked as deleted, unless the mailbox
		 * is read-only (section 6.4.1). One that is gone by now leaves
		 * none selected. */
		c = imap_session_command(s);
		imap_cmd_atoms(c, "EXAMINE");
		imap_cmd_mailbox(c, st->selected);
		rc = imap_session_run(s, "EXAMINE", ERR_FOLDER, e);
		if (rc == 0) {
			imap_cmd_atoms(imap_session_command(s), "CLOSE");
			rc = imap_session_run(s, "CLOSE", ERR_SESSION, e);
		} else if (e->scope == ERR_FOLDER) {
			rc = 0;
		}
	}
	free(st->selected);
	st->selected = NULL;
	return rc;
}

static void
store_imap_leave(struct store *s)
{
	leave_folder((struct store_imap *)s);
}

/* True when the mailbox exists: STATUS answers. */
static bool
folder_exists(struct store_imap *st, const char *native, struct err *e)
{
	struct imap_cmd *c;

	c = imap_session_command(st->session);
	imap_cmd_atoms(c, "STATUS");
	imap_cmd_mailbox(c, native);
	imap_cmd_atoms(c, "(UIDVALIDITY)");
	return imap_session_run(st->session, "STATUS", ERR_FOLDER, e) == 0;
}

static int
create_folder(struct store_imap *st, const char *native, struct err *e)
{
	struct imap_pending p = { 0 };
	struct imap_cmd *c;
	struct err other = ERR_INIT;
	int rc;

	c = imap_session_command(st->session);
	imap_cmd_atoms(c, "CREATE");
	if (!imap_cmd_mailbox(c, native))
		return err_set(e, ERR_FOLDER, "not a valid mailbox name");
	rc = imap_session_send(st->session, &p, e);
	if (rc == 0)
		rc = imap_session_wait(st->session, &p, e);
	if (rc == 0 && p.code.type != CODE_ALREADYEXISTS)
		rc = imap_pending_check(&p, "CREATE", ERR_FOLDER, e);
	if (rc == -1 && p.done && folder_exists(st, native, &other)) {
		err_clear(e);
		rc = 0;
	} else if (rc == -1 && p.done && other.scope > ERR_FOLDER)
		err_move(e, &other);
	else if (rc == -1 && st->session->prefix.len > 0)
		err_suffix(e,
		    "folders of your own are below \"%s\" there: write "
		    "prefix = \"auto\"; in %s",
		    buf_str(&st->session->prefix), side_name(st->base.side));
	err_clear(&other);
	imap_pending_clear(&p);
	return rc;
}

static int
store_imap_create(struct store *s, const char *name, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	struct imap_cmd *c;
	char *native;
	int rc;

	/* Its keywords may be freed, and the server may still send flags. */
	leave_folder(st);
	if (store_imap_ready(st, e) == -1 ||
	    store_imap_native(st, name, &native, e) == -1)
		return -1;
	rc = create_folder(st, native, e);
	if (rc == 0 && st->config.settings->subscribedonly) {
		/* else the next listing would not show it */
		c = imap_session_command(st->session);
		imap_cmd_atoms(c, "SUBSCRIBE");
		imap_cmd_mailbox(c, native);
		rc = imap_session_run(st->session, "SUBSCRIBE", ERR_FOLDER, e);
	}
	free(native);
	return rc;
}

/* The command about a mailbox, or two. */
static int
run_named(struct store_imap *st, const char *command, const char *native,
    const char *other, struct err *e)
{
	struct imap_cmd *c = imap_session_command(st->session);

	imap_cmd_atoms(c, command);
	if (!imap_cmd_mailbox(c, native) ||
	    (other != NULL && !imap_cmd_mailbox(c, other)))
		return err_set(e, ERR_FOLDER, "not a valid mailbox name");
	return imap_session_run(st->session, command, ERR_FOLDER, e);
}

/* A subscription does not go with the mailbox (RFC 9051 section 6.3.6). */
static int
subscribe_renamed(struct store_imap *st, const char *native_from,
    const char *native_to, struct err *e)
{
	struct err ignored = ERR_INIT;
	int rc;

	if (!st->config.settings->subscribedonly)
		return 0;
	rc = run_named(st, "SUBSCRIBE", native_to, NULL, e);
	if (rc == 0 &&
	    run_named(st, "UNSUBSCRIBE", native_from, NULL, &ignored) == -1) {
		if (ignored.scope > ERR_FOLDER)
			rc = err_move(e, &ignored);
		err_clear(&ignored);
	}
	return rc;
}

static int
store_imap_rename(
    struct store *s, const char *from, const char *to, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	char *native_from = NULL, *native_to = NULL;
	int rc = -1;

	leave_folder(st);
	if (store_imap_ready(st, e) == 0 && store_imap_unselect(st, e) == 0 &&
	    store_imap_native(st, from, &native_from, e) == 0 &&
	    store_imap_native(st, to, &native_to, e) == 0 &&
	    run_named(st, "RENAME", native_from, native_to, e) == 0)
		rc = subscribe_renamed(st, native_from, native_to, e);
	free(native_from);
	free(native_to);
	return rc;
}

static void
store_imap_free(struct store *s)
{
	struct store_imap *st = (struct store_imap *)s;
	struct err ignored = ERR_INIT;

	if (st->session != NULL) {
		if (st->broken || store_imap_end_append(st, &ignored) == -1)
			st->session->dead = true;
		leave_folder(st);
		imap_session_free(st->session);
	}
	err_clear(&ignored);
	imap_pending_clear(&st->news);
	free(st->tls_facts);
	free(st->selected);
	free(st);
}

static const struct store_ops ops = {
	.kind = "IMAP",
	.traits = { .hands_out_ids = true,
	    .dates_identify = true,
	    .server_copy = true,
	    .arrives_late = true },
	.list = store_imap_list,
	.create = store_imap_create,
	.rename = store_imap_rename,
	.open = store_imap_open_folder,
	.leave = store_imap_leave,
	.scan = store_imap_scan,
	.details = store_imap_details,
	.read = store_imap_read,
	.batch_begin = store_imap_batch_begin,
	.batch_commit = store_imap_batch_commit,
	.batch_abort = store_imap_batch_abort,
	.flags = store_imap_flags,
	.remove = store_imap_remove,
	.compare = store_imap_compare,
	.transfer = store_imap_transfer,
	.free = store_imap_free,
};

int
store_imap_tls(
    const struct settings_store *s, struct tls_context **ctx, struct err *e)
{
	struct tls_config c;
	size_t n;

	*ctx = NULL;
	if (s->tls == TLS_NO || s->preauthtunnel != NULL)
		return 0;
	for (n = 0;
	     s->cert_fingerprint != NULL && s->cert_fingerprint[n] != NULL; n++)
		;
	c = (struct tls_config){ .host = s->host,
		.ca_file = s->sslcacertfile,
		.pins = (const char *const *)s->cert_fingerprint,
		.pins_len = n,
		.client_cert = s->sslclientcert,
		.client_key = s->sslclientkey };
	return tls_context_new(&c, ctx, e);
}

static int
connect_stream(
    const struct store_imap_config *c, struct stream **stream, struct err *e)
{
	const struct settings_store *s = c->settings;
	struct connect_config tcp;

	if (s->preauthtunnel != NULL)
		return command_open(s->preauthtunnel, c->cancel_fd, stream, e);
	if (s->transporttunnel != NULL)
		return command_open(
		    s->transporttunnel, c->cancel_fd, stream, e);
	tcp = (struct connect_config){ .host = s->host,
		.port = s->port,
		.family = s->family == 4   ? HOST_IPV4
			  : s->family == 6 ? HOST_IPV6
					   : HOST_ANY,
		.timeout_ms =
		    (c->socktimeout > 0 ? (int)c->socktimeout : 60) * 1000,
		.cancel_fd = c->cancel_fd };
	return connect_tcp(&tcp, stream, e);
}

static int
get_secret(void *arg, struct buf *secret, struct err *e)
{
	const struct store_imap_config *c = arg;

	return credentials_get(
	    c->settings, c->asker, c->cache, c->cancel_fd, secret, e);
}

static const char *
secret_source(void *arg)
{
	const struct store_imap_config *c = arg;

	return credentials_source(c->settings, c->cache);
}

/* No network is between us and the host. */
static bool
is_this_machine(const struct settings_store *s)
{
	const char *h = s->host;

	return h == NULL || strcmp(h, "localhost") == 0 ||
	       strcmp(h, "::1") == 0 ||
	       (strncmp(h, "127.", 4) == 0 &&
		   h[strspn(h, "0123456789.")] == '\0');
}

/* COMPRESS costs CPU on both sides; it is worth it over a network only. */
static bool
compression_pays(const struct settings_store *s)
{
	if (s->usecompression != COMPRESS_FAR)
		return s->usecompression == COMPRESS_ALWAYS;
	return s->preauthtunnel == NULL && !is_this_machine(s);
}

static void
session_config(const struct store_imap *st, struct imap_config *i)
{
	const struct store_imap_config *c = &st->config;
	const struct settings_store *s = c->settings;
	bool tunnel = s->preauthtunnel != NULL;

	*i = (struct imap_config){
		.security = tunnel || s->tls == TLS_NO ? IMAP_PLAIN
			    : s->tls == TLS_STARTTLS   ? IMAP_STARTTLS
						       : IMAP_TLS,
		.tls = c->tls,
		.preauth_ok = tunnel,
		.user = s->user,
		.authzid = s->remote_identity,
		.host = s->host,
		.port = s->port,
		.plain_ok = tunnel || s->tls == TLS_NO,
		.hidden = tunnel || is_this_machine(s),
		.client_cert = s->sslclientcert != NULL,
		.mechanisms = (const char *const *)s->auth_mechanisms,
		.secret = get_secret,
		.secret_source = secret_source,
		.secret_arg = (void *)(uintptr_t)c,
		.disable = (const char *const *)s->disable_extensions,
		.compress = compression_pays(s),
		.one_at_a_time = !s->pipelining,
		.timeout = c->socktimeout,
		.log = c->log,
		.log_name = c->log_name,
	};
}

static int
open_session(struct store_imap *st, struct stream *stream, struct err *e)
{
	const struct settings_store *s = st->config.settings;
	struct imap_config i;
	const char *facts;

	stream_set_timeout(stream, (int)st->config.socktimeout * 1000,
	    clock_ms() + (int64_t)st->config.socktimeout * 3000);
	session_config(st, &i);
	if (i.security == IMAP_TLS &&
	    tls_start(st->config.tls, &stream, e) == -1) {
		stream_free(stream);
		return err_prefix(e, "%s port %u", s->host, s->port);
	}
	if (imap_session_open(&i, stream, &st->session, e) == -1)
		return err_prefix(
		    e, "%s", s->preauthtunnel != NULL ? "tunnel" : s->host);
	for (stream = st->session->stream; stream != NULL;
	     stream = stream->below) {
		facts = tls_describe(stream);
		if (facts != NULL && st->tls_facts == NULL)
			st->tls_facts = xstrdup(facts);
	}
	log_debug(st->config.log, LOG_NET, "%s: connected to %s port %u, %s",
	    i.log_name, s->preauthtunnel != NULL ? "a tunnel" : s->host,
	    s->port, st->tls_facts != NULL ? st->tls_facts : "without TLS");
	return 0;
}

int
store_imap_over(const struct store_imap_config *c, struct stream *stream,
    struct store **s, struct err *e)
{
	struct store_imap *st;

	st = xcalloc(1, sizeof(*st));
	st->base.ops = &ops;
	st->base.side = c->side;
	st->config = *c;
	if (st->config.socktimeout == 0)
		st->config.socktimeout = 60;
	if (open_session(st, stream, e) == -1) {
		store_imap_free(&st->base);
		return -1;
	}
	*s = &st->base;
	return 0;
}

int
store_imap_open(
    const struct store_imap_config *c, struct store **s, struct err *e)
{
	struct stream *stream;

	if (connect_stream(c, &stream, e) == -1)
		return -1;
	return store_imap_over(c, stream, s, e);
}

int
store_imap_noop(struct store *s, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	int rc;

	if (store_imap_ready(st, e) == -1)
		return -1;
	imap_cmd_atoms(imap_session_command(st->session), "NOOP");
	/* A live server answers at once, and the worker has other work. */
	if (st->session->config.timeout > NOOP_SECONDS)
		st->session->config.timeout = NOOP_SECONDS;
	rc = imap_session_run(st->session, "NOOP", ERR_SESSION, e);
	st->session->config.timeout = st->config.socktimeout;
	return rc;
}

static void
describe_extension(
    const struct imap_session *s, enum imap_extension x, struct buf *out)
{
	const struct imap_extension_row *row = imap_extension(x);
	bool disabled = imap_session_disabled(s, x);

	if (!imap_session_has(s, x) && !imap_session_announced(s, x))
		return;
	buf_printf(out, "  %-17s ", row->name);
	if (imap_session_uses(s, x))
		buf_printf(out, "used to %s\n", row->use);
	else
		buf_printf(out, "%s\n", disabled ? "disabled" : "not used");
}

int
store_imap_describe(struct store *store, struct buf *out, struct err *e)
{
	const struct store_imap *st = (const struct store_imap *)store;
	struct imap_session *s = st->session;
	enum imap_extension x;
	size_t i;

	buf_printf(out, "greeting:     %s\n", buf_str(&s->greeting));
	buf_printf(out, "TLS:          %s\n",
	    st->tls_facts != NULL ? st->tls_facts : "none");
	buf_printf(out, "login:        %s\n", s->mechanism);
	buf_puts(out, "capabilities:");
	for (i = 0; i < s->caps.len; i++) {
		buf_putc(out, ' ');
		buf_append_visible(
		    out, s->caps.list[i], strlen(s->caps.list[i]));
	}
	buf_putc(out, '\n');
	if (imap_session_settle(s, e) == -1)
		return -1;
	for (x = EXT_NONE + 1; x < IMAP_EXTENSIONS; x++)
		describe_extension(s, x, out);
	if (s->prefix.len > 0) {
		buf_puts(out, "namespace:    ");
		buf_append_visible(out, s->prefix.data, s->prefix.len);
		buf_putc(out, '\n');
	}
	return 0;
}

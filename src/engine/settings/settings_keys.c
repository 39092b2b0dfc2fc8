/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/xalloc.h"
#include "engine/settings/settings_parts.h"
#include "engine/settings/settings_value.h"
#include "net/imap_extension.h"
#include "net/sasl_mechanism.h"

/* Where a key may stand. */
enum {
	IN_ROOT = 1 << 0,
	IN_GENERAL = 1 << 1,
	IN_MBNAMES = 1 << 2,
	IN_ACCOUNT = 1 << 3,
	IN_IMAP = 1 << 4,
	IN_MAILDIR = 1 << 5,
	IN_STORE = IN_IMAP | IN_MAILDIR,
};

enum key_use {
	USED,
	NOT_YET, /* taken with a warning: nothing acts on it in this version */
	REFUSED, /* without it something would happen that must not */
};

struct key {
	const char *name;
	unsigned scopes;
	struct value_type type;
	size_t offset;
	enum key_use use;
};

#define NOWHERE SIZE_MAX
#define GENERAL(field) offsetof(struct settings, field)
#define ACCOUNT(field) offsetof(struct settings_account, field)
#define STORE(field) offsetof(struct settings_store, field)

static const struct value_word type_words[] = {
	{ "imap", STORE_IMAP },
	{ "maildir", STORE_MAILDIR },
	{ NULL, 0 },
};
static const struct value_word tls_words[] = {
	{ "yes", TLS_YES },
	{ "starttls", TLS_STARTTLS },
	{ "no", TLS_NO },
	{ NULL, 0 },
};
static const struct value_word colour_words[] = {
	{ "default", COLOURS_DEFAULT },
	{ "light", COLOURS_LIGHT },
	{ "mono", COLOURS_MONO },
	{ NULL, 0 },
};
static const struct value_word layout_words[] = {
	{ "flat", LAYOUT_FLAT },
	{ "nested", LAYOUT_NESTED },
	{ "maildir++", LAYOUT_MAILDIRPP },
	{ NULL, 0 },
};
static const struct value_word sep_words[] = {
	{ ".", LAYOUT_FLAT },
	{ "/", LAYOUT_NESTED },
	{ NULL, 0 },
};
#define BOOL                                                                   \
	{                                                                      \
		.kind = VALUE_BOOL                                             \
	}
#define GROUP                                                                  \
	{                                                                      \
		.kind = VALUE_GROUP                                            \
	}
#define LIST                                                                   \
	{                                                                      \
		.kind = VALUE_LIST                                             \
	}
#define STRING                                                                 \
	{                                                                      \
		.kind = VALUE_STRING                                           \
	}
#define TEXT                                                                   \
	{                                                                      \
		.kind = VALUE_TEXT                                             \
	}
#define PATH                                                                   \
	{                                                                      \
		.kind = VALUE_PATH                                             \
	}
#define STRINGS                                                                \
	{                                                                      \
		.kind = VALUE_STRINGS                                          \
	}
#define ONE_OF(w)                                                              \
	{                                                                      \
		.kind = VALUE_WORD, .words = (w)                               \
	}
#define SOME_OF(n)                                                             \
	{                                                                      \
		.kind = VALUE_STRINGS, .names = (n)                            \
	}
#define WHOLE(k, low, high)                                                    \
	{                                                                      \
		.kind = (k), .min = (low), .max = (high)                       \
	}
#define REAL(low, high)                                                        \
	{                                                                      \
		.kind = VALUE_REAL, .min = (low), .max = (high)                \
	}
#define CUSTOM(f)                                                              \
	{                                                                      \
		.kind = VALUE_CUSTOM, .set = (f)                               \
	}

#define DAYS_MAX 36500
#define BYTES_MAX (INT64_C(1) << 50)

/* clang-format off */
static const struct key keys[] = {
	{ "general", IN_ROOT, GROUP, NOWHERE, USED },
	{ "accounts", IN_ROOT, LIST, NOWHERE, USED },
	{ "mbnames", IN_ROOT, GROUP, NOWHERE, NOT_YET },

	{ "metadata", IN_GENERAL, PATH, GENERAL(metadata), USED },
	{ "accounts", IN_GENERAL, STRINGS, NOWHERE, USED },
	{ "maxsyncaccounts", IN_GENERAL, WHOLE(VALUE_UNSIGNED, 1, 100),
	    GENERAL(maxsyncaccounts), USED },
	{ "ui", IN_GENERAL, STRING, GENERAL(ui), USED },
	{ "colorscheme", IN_GENERAL, ONE_OF(colour_words),
	    GENERAL(colorscheme), USED },
	{ "fsync", IN_GENERAL, BOOL, GENERAL(fsync), USED },
	{ "socktimeout", IN_GENERAL, WHOLE(VALUE_UNSIGNED, 1, 86400),
	    GENERAL(socktimeout), USED },

	{ "enabled", IN_MBNAMES, BOOL, NOWHERE, USED },
	{ "filename", IN_MBNAMES, PATH, NOWHERE, USED },
	{ "header", IN_MBNAMES, TEXT, NOWHERE, USED },
	{ "peritem", IN_MBNAMES, TEXT, NOWHERE, USED },
	{ "sep", IN_MBNAMES, TEXT, NOWHERE, USED },
	{ "footer", IN_MBNAMES, TEXT, NOWHERE, USED },
	{ "incremental", IN_MBNAMES, BOOL, NOWHERE, USED },

	{ "name", IN_ACCOUNT, STRING, ACCOUNT(name), USED },
	{ "remote", IN_ACCOUNT, GROUP, NOWHERE, USED },
	{ "local", IN_ACCOUNT, GROUP, NOWHERE, USED },
	{ "autorefresh", IN_ACCOUNT, REAL(0, 525600), ACCOUNT(autorefresh),
	    USED },
	{ "push", IN_ACCOUNT, BOOL, ACCOUNT(push), USED },
	{ "quick", IN_ACCOUNT, WHOLE(VALUE_INT, -1, 1000000), ACCOUNT(quick),
	    USED },
	{ "maxsize", IN_ACCOUNT, WHOLE(VALUE_UINT64, 0, BYTES_MAX),
	    ACCOUNT(maxsize), USED },
	{ "maxage", IN_ACCOUNT, WHOLE(VALUE_INT64, 0, DAYS_MAX),
	    ACCOUNT(maxage), USED },
	{ "startdate", IN_ACCOUNT, CUSTOM(value_set_date), ACCOUNT(startdate),
	    USED },
	{ "maxdelete", IN_ACCOUNT, WHOLE(VALUE_INT64, 0, UINT32_MAX),
	    ACCOUNT(maxdelete), USED },
	{ "undo_days", IN_ACCOUNT, WHOLE(VALUE_INT64, 0, DAYS_MAX), NOWHERE,
	    NOT_YET },
	{ "presynchook", IN_ACCOUNT, TEXT, ACCOUNT(presynchook), USED },
	{ "postsynchook", IN_ACCOUNT, TEXT, ACCOUNT(postsynchook), USED },
	{ "newmail_hook", IN_ACCOUNT, TEXT, ACCOUNT(newmail_hook), USED },
	{ "hook_timeout", IN_ACCOUNT, WHOLE(VALUE_UNSIGNED, 1, 86400),
	    ACCOUNT(hook_timeout), USED },
	{ "filterheaders", IN_ACCOUNT, STRINGS, NOWHERE, NOT_YET },
	{ "proxy", IN_ACCOUNT | IN_IMAP, STRING, NOWHERE, REFUSED },

	{ "type", IN_STORE, ONE_OF(type_words), STORE(type), USED },
	{ "folders", IN_STORE, STRINGS, STORE(folders), USED },
	{ "nametrans", IN_STORE, CUSTOM(value_set_rules), STORE(nametrans),
	    USED },
	{ "createfolders", IN_STORE, BOOL, STORE(createfolders), USED },
	{ "readonly", IN_STORE, BOOL, STORE(readonly), USED },
	{ "sync_deletes", IN_STORE, BOOL, STORE(sync_deletes), USED },

	{ "host", IN_IMAP, STRING, STORE(host), USED },
	{ "port", IN_IMAP, WHOLE(VALUE_UNSIGNED, 1, 65535), STORE(port), USED },
	{ "user", IN_IMAP, STRING, STORE(user), USED },
	{ "pass", IN_IMAP, STRING, STORE(pass), USED },
	{ "passcmd", IN_IMAP, TEXT, STORE(passcmd), USED },
	{ "passcmd_timeout", IN_IMAP, WHOLE(VALUE_UNSIGNED, 1, 3600),
	    STORE(passcmd_timeout), USED },
	{ "passfile", IN_IMAP, PATH, STORE(passfile), USED },
	{ "remote_identity", IN_IMAP, STRING, STORE(remote_identity), USED },
	{ "auth_mechanisms", IN_IMAP, SOME_OF(sasl_mechanism_name),
	    STORE(auth_mechanisms), USED },
	{ "tls", IN_IMAP, ONE_OF(tls_words), STORE(tls), USED },
	{ "sslcacertfile", IN_IMAP, CUSTOM(value_set_file),
	    STORE(sslcacertfile), USED },
	{ "cert_fingerprint", IN_IMAP, CUSTOM(value_set_fingerprints),
	    STORE(cert_fingerprint), USED },
	{ "sslclientcert", IN_IMAP, PATH, STORE(sslclientcert), USED },
	{ "sslclientkey", IN_IMAP, PATH, STORE(sslclientkey), USED },
	{ "preauthtunnel", IN_IMAP, TEXT, STORE(preauthtunnel), USED },
	{ "transporttunnel", IN_IMAP, TEXT, STORE(transporttunnel), USED },
	{ "ipv6", IN_IMAP, CUSTOM(value_set_family), STORE(family), USED },
	{ "maxconnections", IN_IMAP, WHOLE(VALUE_UNSIGNED, 1, 32),
	    STORE(maxconnections), USED },
	{ "usecompression", IN_IMAP, CUSTOM(value_set_compression),
	    STORE(usecompression), USED },
	{ "reference", IN_IMAP, TEXT, STORE(reference), USED },
	{ "subscribedonly", IN_IMAP, BOOL, STORE(subscribedonly), USED },
	{ "expunge", IN_IMAP, BOOL, STORE(expunge), USED },
	{ "disable_extensions", IN_IMAP, SOME_OF(imap_extension_name),
	    STORE(disable_extensions), USED },
	{ "holdconnectionopen", IN_IMAP, BOOL, STORE(holdconnectionopen),
	    USED },
	{ "keepalive", IN_IMAP, WHOLE(VALUE_UNSIGNED, 0, 86400),
	    STORE(keepalive), USED },
	{ "idlefolders", IN_IMAP, STRINGS, STORE(idlefolders), USED },

	{ "path", IN_MAILDIR, PATH, STORE(path), USED },
	{ "layout", IN_MAILDIR, ONE_OF(layout_words), STORE(layout), USED },
	{ "sep", IN_MAILDIR, ONE_OF(sep_words), STORE(layout), USED },
	{ "infosep", IN_MAILDIR, CUSTOM(value_set_infosep), STORE(infosep),
	    USED },
};
/* clang-format on */

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* What hands that come from OfflineIMAP write. */
static const char *const old_names[][2] = {
	{ "localrepository", "local" },
	{ "remoterepository", "remote" },
	{ "localfolders", "path" },
	{ "folderfilter", "folders" },
	{ "folderincludes", "folders" },
	{ "maildir-windows-compatible", "infosep" },
	{ "remotehost", "host" },
	{ "remotehosteval", "host" },
	{ "remoteport", "port" },
	{ "remoteuser", "user" },
	{ "remoteusereval", "user" },
	{ "remotepass", "pass" },
	{ "remotepasseval", "passcmd" },
	{ "remotepassfile", "passfile" },
	{ "ssl", "tls" },
	{ "starttls", "tls" },
	/* of others */
	{ "login", "user" },
	{ "password", "pass" },
	{ "passwordeval", "passcmd" },
	{ "server", "host" },
};

static const struct {
	unsigned scope;
	const char *name;
} scope_names[] = {
	{ IN_ROOT, "the file's top level" },
	{ IN_GENERAL, "general" },
	{ IN_MBNAMES, "mbnames" },
	{ IN_ACCOUNT, "an account" },
	{ IN_IMAP, "a side of type \"imap\"" },
	{ IN_MAILDIR, "a side of type \"maildir\"" },
};

#define SCOPES (sizeof(scope_names) / sizeof(scope_names[0]))

static const char *
scope_name(unsigned scopes)
{
	size_t i;

	for (i = 0; i < SCOPES; i++)
		if ((scope_names[i].scope & scopes) != 0)
			return scope_names[i].name;
	return "";
}

static const struct key *
key_find(const char *name, unsigned scopes)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if ((keys[i].scopes & scopes) != 0 &&
		    strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* NULL: none is near. */
static const char *
key_nearest(const char *name, unsigned scope)
{
	const char *names[KEYS + 1];
	size_t i, n = 0;

	for (i = 0; i < sizeof(old_names) / sizeof(old_names[0]); i++)
		if (strcmp(name, old_names[i][0]) == 0 &&
		    key_find(old_names[i][1], scope) != NULL)
			return old_names[i][1];
	for (i = 0; i < KEYS; i++)
		if ((keys[i].scopes & scope) != 0)
			names[n++] = keys[i].name;
	names[n] = NULL;
	return nearest_close(name, names);
}

static void
key_unknown(struct draft *d, const struct node *n, unsigned scope)
{
	const struct key *other;
	const char *nearest;

	nearest = key_nearest(n->name, scope);
	other = key_find(n->name, ~scope);
	if (other != NULL)
		draft_mistake(d, n->where, "\"%s\" belongs in %s, not in %s",
		    n->name, scope_name(other->scopes), scope_name(scope));
	else if (nearest == NULL)
		draft_mistake(d, n->where, "no key of %s is called \"%s\"",
		    scope_name(scope), n->name);
	else
		draft_mistake(d, n->where,
		    "no key of %s is called \"%s\"; "
		    "the nearest one is \"%s\"",
		    scope_name(scope), n->name, nearest);
}

/* Puts the values of a group where they belong in base. */
static void
group_fill(
    struct draft *d, const struct node *group, unsigned scope, void *base)
{
	const struct key *k;
	const struct node *n;
	size_t i;

	for (i = 0; i < group->len; i++) {
		n = &group->children[i];
		k = key_find(n->name, scope);
		if (k == NULL) {
			key_unknown(d, n, scope);
			continue;
		}
		if (k->use == REFUSED)
			draft_mistake(d, n->where,
			    "\"%s\" is not in this "
			    "version yet, and to go on without it could do "
			    "what you do not want",
			    k->name);
		else if (k->use == NOT_YET)
			draft_warning(d, n->where,
			    "\"%s\" is not used in "
			    "this version yet",
			    k->name);
		value_set(d, n, &k->type,
		    k->offset == NOWHERE ? NULL : (char *)base + k->offset);
	}
}

bool
settings_type_known(const struct node *type)
{
	return type->kind == NODE_STRING &&
	       (strcmp(type->string, "imap") == 0 ||
		   strcmp(type->string, "maildir") == 0);
}

static void
store_fill(struct draft *d, const struct node *account, enum side side,
    struct settings_store *s)
{
	const struct node *group, *type;

	group = node_get(account, side == LOCAL ? "local" : "remote");
	s->type = side == LOCAL ? STORE_MAILDIR : STORE_IMAP;
	if (group == NULL || group->kind != NODE_GROUP)
		return;
	type = node_get(group, "type");
	if (type != NULL && !settings_type_known(type)) {
		/* One mistake, not one for each key beside it. */
		group_fill(d, group, IN_STORE, s);
		return;
	}
	if (type != NULL)
		s->type = strcmp(type->string, "imap") == 0 ? STORE_IMAP
							    : STORE_MAILDIR;
	group_fill(d, group, s->type == STORE_IMAP ? IN_IMAP : IN_MAILDIR, s);
	if (s->port == 0)
		s->port = s->tls == TLS_YES ? 993 : 143;
}

static void
store_defaults(struct settings_store *s)
{
	s->createfolders = true;
	s->sync_deletes = true;
	s->passcmd_timeout = 60;
	s->maxconnections = 2;
	s->expunge = true;
	s->holdconnectionopen = true;
	s->infosep = ':';
}

static void
account_fill(struct draft *d, const struct node *n, size_t index)
{
	struct settings_account *a = &d->s->accounts[index];

	a->index = index;
	a->line = n->line;
	a->maxdelete = -1;
	a->push = true;
	a->hook_timeout = 60;
	store_defaults(&a->store[LOCAL]);
	store_defaults(&a->store[REMOTE]);
	if (n->kind != NODE_GROUP) {
		draft_mistake(d, n->where,
		    "an account must be a group "
		    "{ ... }, not %s",
		    node_kind_name(n->kind));
		return;
	}
	group_fill(d, n, IN_ACCOUNT, a);
	store_fill(d, n, LOCAL, &a->store[LOCAL]);
	store_fill(d, n, REMOTE, &a->store[REMOTE]);
}

void
settings_keys_defaults(struct settings *s)
{
	const char *state;
	struct err e;

	state = getenv("XDG_STATE_HOME");
	if (state != NULL && state[0] == '/')
		s->metadata = xasprintf("%s/blinkmail", state);
	else
		s->metadata = settings_path("~/.local/state/blinkmail", &e);
	s->maxsyncaccounts = 4;
	s->fsync = true;
	s->socktimeout = 60;
}

static void
ui_check(struct draft *d, const struct node *n)
{
	struct err e;

	if (n == NULL)
		return;
	d->s->ui_where = xstrdup(n->where);
	if (d->s->ui != NULL && d->reader.ui != NULL &&
	    d->reader.ui(d->s->ui, &e) == -1)
		draft_mistake(d, n->where, "%s", e.text);
}

void
settings_keys_fill(struct draft *d)
{
	const struct node *n;
	size_t i;

	group_fill(d, &d->root, IN_ROOT, d->s);
	n = node_get(&d->root, "general");
	if (n != NULL && n->kind == NODE_GROUP) {
		group_fill(d, n, IN_GENERAL, d->s);
		ui_check(d, node_get(n, "ui"));
	}
	n = node_get(&d->root, "mbnames");
	if (n != NULL && n->kind == NODE_GROUP)
		group_fill(d, n, IN_MBNAMES, NULL);
	n = node_get(&d->root, "accounts");
	if (n == NULL || n->kind != NODE_LIST)
		return;
	d->s->accounts_len = n->len;
	d->s->accounts = xcalloc(n->len + 1, sizeof(*d->s->accounts));
	for (i = 0; i < n->len; i++)
		account_fill(d, &n->children[i], i);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of keys: where each may stand, its type and default; what fills,
 * checks and frees struct settings by it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/xalloc.h"
#include "engine/settings/settings_private.h"
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
	NOT_YET, /* accepted with a warning: it has no effect yet */
	REFUSED, /* ignoring it would be unsafe */
};

struct key {
	const char *name;
	unsigned scopes;
	struct value_type type;
	size_t offset;
	enum key_use use;
	const char *value; /* the default, as in a file but without quotes;
			    * NULL: none, or it depends on other keys */
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

/* clang-format off */
#define BOOL { .kind = VALUE_BOOL }
#define GROUP { .kind = VALUE_GROUP }
#define LIST { .kind = VALUE_LIST }
#define STRING { .kind = VALUE_STRING }
#define SECRET { .kind = VALUE_SECRET }
#define TEXT { .kind = VALUE_TEXT }
#define PATH { .kind = VALUE_PATH }
#define READABLE { .kind = VALUE_FILE }
#define STRINGS { .kind = VALUE_STRINGS }
#define FINGERPRINTS { .kind = VALUE_FINGERPRINTS }
#define RULES { .kind = VALUE_RULES }
#define DATE { .kind = VALUE_DATE }
#define FAMILY { .kind = VALUE_FAMILY }
#define COMPRESSION { .kind = VALUE_COMPRESSION }
#define INFOSEP { .kind = VALUE_INFOSEP }
#define ONE_OF(w) { .kind = VALUE_WORD, .words = (w) }
#define SOME_OF(n) { .kind = VALUE_STRINGS, .names = (n) }
#define WHOLE(k, low, high) { .kind = (k), .min = (low), .max = (high) }
#define REAL(low, high) \
	{ .kind = VALUE_REAL, .min = (low), .max = (high) }

#define DAYS_MAX 36500
#define BYTES_MAX (INT64_C(1) << 50)

static const struct key keys[] = {
	{ "general", IN_ROOT, GROUP, NOWHERE, USED, NULL },
	{ "accounts", IN_ROOT, LIST, NOWHERE, USED, NULL },
	{ "mbnames", IN_ROOT, GROUP, NOWHERE, NOT_YET, NULL },

	{ "metadata", IN_GENERAL, PATH, GENERAL(metadata), USED, NULL },
	{ "accounts", IN_GENERAL, STRINGS, NOWHERE, USED, NULL },
	{ "maxsyncaccounts", IN_GENERAL, WHOLE(VALUE_UNSIGNED, 1, 100),
	    GENERAL(maxsyncaccounts), USED, "4" },
	{ "ui", IN_GENERAL, STRING, GENERAL(ui), USED, NULL },
	{ "colorscheme", IN_GENERAL, ONE_OF(colour_words), GENERAL(colorscheme),
	    USED, "default" },
	{ "fsync", IN_GENERAL, BOOL, GENERAL(fsync), USED, "true" },
	{ "socktimeout", IN_GENERAL, WHOLE(VALUE_UNSIGNED, 1, 86400),
	    GENERAL(socktimeout), USED, "60" },

	{ "enabled", IN_MBNAMES, BOOL, NOWHERE, USED, NULL },
	{ "filename", IN_MBNAMES, PATH, NOWHERE, USED, NULL },
	{ "header", IN_MBNAMES, TEXT, NOWHERE, USED, NULL },
	{ "peritem", IN_MBNAMES, TEXT, NOWHERE, USED, NULL },
	{ "sep", IN_MBNAMES, TEXT, NOWHERE, USED, NULL },
	{ "footer", IN_MBNAMES, TEXT, NOWHERE, USED, NULL },
	{ "incremental", IN_MBNAMES, BOOL, NOWHERE, USED, NULL },

	{ "name", IN_ACCOUNT, STRING, ACCOUNT(name), USED, NULL },
	{ "remote", IN_ACCOUNT, GROUP, NOWHERE, USED, NULL },
	{ "local", IN_ACCOUNT, GROUP, NOWHERE, USED, NULL },
	{ "autorefresh", IN_ACCOUNT, REAL(0, 525600), ACCOUNT(autorefresh),
	    USED, "0" },
	{ "push", IN_ACCOUNT, BOOL, ACCOUNT(push), USED, "true" },
	{ "quick", IN_ACCOUNT, WHOLE(VALUE_INT, -1, 1000000), ACCOUNT(quick),
	    USED, "0" },
	{ "maxsize", IN_ACCOUNT, WHOLE(VALUE_UINT64, 0, BYTES_MAX),
	    ACCOUNT(maxsize), USED, "0" },
	{ "maxage", IN_ACCOUNT, WHOLE(VALUE_INT64, 0, DAYS_MAX),
	    ACCOUNT(maxage), USED, "0" },
	{ "startdate", IN_ACCOUNT, DATE, ACCOUNT(startdate), USED, NULL },
	{ "maxdelete", IN_ACCOUNT, WHOLE(VALUE_INT64, 0, UINT32_MAX),
	    ACCOUNT(maxdelete), USED, "-1" },
	{ "undo_days", IN_ACCOUNT, WHOLE(VALUE_INT64, 0, DAYS_MAX), NOWHERE,
	    NOT_YET, NULL },
	{ "presynchook", IN_ACCOUNT, TEXT, ACCOUNT(presynchook), USED, NULL },
	{ "postsynchook", IN_ACCOUNT, TEXT, ACCOUNT(postsynchook), USED, NULL },
	{ "newmail_hook", IN_ACCOUNT, TEXT, ACCOUNT(newmail_hook), USED, NULL },
	{ "hook_timeout", IN_ACCOUNT, WHOLE(VALUE_UNSIGNED, 1, 86400),
	    ACCOUNT(hook_timeout), USED, "60" },
	{ "filterheaders", IN_ACCOUNT, STRINGS, NOWHERE, NOT_YET, NULL },
	{ "proxy", IN_ACCOUNT | IN_IMAP, STRING, NOWHERE, REFUSED, NULL },

	{ "type", IN_STORE, ONE_OF(type_words), STORE(type), USED, NULL },
	{ "folders", IN_STORE, STRINGS, STORE(folders), USED, NULL },
	{ "nametrans", IN_STORE, RULES, STORE(nametrans), USED, NULL },
	{ "createfolders", IN_STORE, BOOL, STORE(createfolders), USED, "true" },
	{ "readonly", IN_STORE, BOOL, STORE(readonly), USED, "false" },
	{ "sync_deletes", IN_STORE, BOOL, STORE(sync_deletes), USED, "true" },

	{ "host", IN_IMAP, STRING, STORE(host), USED, NULL },
	{ "port", IN_IMAP, WHOLE(VALUE_UNSIGNED, 1, 65535), STORE(port), USED,
	    NULL },
	{ "user", IN_IMAP, STRING, STORE(user), USED, NULL },
	{ "pass", IN_IMAP, SECRET, STORE(pass), USED, NULL },
	{ "passcmd", IN_IMAP, TEXT, STORE(passcmd), USED, NULL },
	{ "passcmd_timeout", IN_IMAP, WHOLE(VALUE_UNSIGNED, 1, 3600),
	    STORE(passcmd_timeout), USED, "60" },
	{ "passfile", IN_IMAP, PATH, STORE(passfile), USED, NULL },
	{ "remote_identity", IN_IMAP, STRING, STORE(remote_identity), USED,
	    NULL },
	{ "auth_mechanisms", IN_IMAP, SOME_OF(sasl_mechanism_name),
	    STORE(auth_mechanisms), USED, NULL },
	{ "tls", IN_IMAP, ONE_OF(tls_words), STORE(tls), USED, "yes" },
	{ "sslcacertfile", IN_IMAP, READABLE, STORE(sslcacertfile), USED,
	    NULL },
	{ "cert_fingerprint", IN_IMAP, FINGERPRINTS, STORE(cert_fingerprint),
	    USED, NULL },
	{ "sslclientcert", IN_IMAP, PATH, STORE(sslclientcert), USED, NULL },
	{ "sslclientkey", IN_IMAP, PATH, STORE(sslclientkey), USED, NULL },
	{ "preauthtunnel", IN_IMAP, TEXT, STORE(preauthtunnel), USED, NULL },
	{ "transporttunnel", IN_IMAP, TEXT, STORE(transporttunnel), USED,
	    NULL },
	{ "ipv6", IN_IMAP, FAMILY, STORE(family), USED, NULL },
	{ "maxconnections", IN_IMAP, WHOLE(VALUE_UNSIGNED, 1, 32),
	    STORE(maxconnections), USED, "2" },
	{ "usecompression", IN_IMAP, COMPRESSION, STORE(usecompression), USED,
	    "true" },
	{ "pipelining", IN_IMAP, BOOL, STORE(pipelining), USED, "true" },
	{ "reference", IN_IMAP, TEXT, STORE(reference), USED, NULL },
	{ "prefix", IN_IMAP, STRING, STORE(prefix), USED, NULL },
	{ "subscribedonly", IN_IMAP, BOOL, STORE(subscribedonly), USED,
	    "false" },
	{ "expunge", IN_IMAP, BOOL, STORE(expunge), USED, "true" },
	{ "disable_extensions", IN_IMAP, SOME_OF(imap_extension_name),
	    STORE(disable_extensions), USED, NULL },
	{ "holdconnectionopen", IN_IMAP, BOOL, STORE(holdconnectionopen), USED,
	    "true" },
	{ "keepalive", IN_IMAP, WHOLE(VALUE_UNSIGNED, 0, 86400),
	    STORE(keepalive), USED, "0" },
	{ "idlefolders", IN_IMAP, STRINGS, STORE(idlefolders), USED, NULL },

	{ "path", IN_MAILDIR, PATH, STORE(path), USED, NULL },
	{ "layout", IN_MAILDIR, ONE_OF(layout_words), STORE(layout), USED,
	    NULL },
	{ "sep", IN_MAILDIR, ONE_OF(sep_words), STORE(layout), USED, "." },
	{ "infosep", IN_MAILDIR, INFOSEP, STORE(infosep), USED, ":" },
};
/* clang-format on */

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* The keys of OfflineIMAP, and of others, and ours for them. */
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
		settings_mistake(d, n->where, "\"%s\" belongs in %s, not in %s",
		    n->name, scope_name(other->scopes), scope_name(scope));
	else if (nearest == NULL)
		settings_mistake(d, n->where, "no key of %s is called \"%s\"",
		    scope_name(scope), n->name);
	else
		settings_mistake(d, n->where,
		    "no key of %s is called \"%s\"; the nearest is \"%s\"",
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
			settings_mistake(d, n->where,
			    "\"%s\" is not supported; ignoring it would be "
			    "unsafe",
			    k->name);
		else if (k->use == NOT_YET)
			settings_warning(d, n->where,
			    "\"%s\" has no effect in this version", k->name);
		settings_value_set(d, n, &k->type,
		    k->offset == NOWHERE ? NULL : (char *)base + k->offset);
	}
}

/* The type that a side's "type" says; NULL when there is no such type. */
static const struct value_word *
type_find(const struct node *type)
{
	const struct value_word *w;

	for (w = type_words; w->name != NULL; w++)
		if (type->kind == NODE_STRING &&
		    strcmp(type->string, w->name) == 0)
			return w;
	return NULL;
}

bool
settings_type_known(const struct node *type)
{
	return type_find(type) != NULL;
}

/* Puts the defaults of the keys of these scopes where they belong in base. */
static void
defaults_fill(struct draft *d, unsigned scopes, void *base)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if ((keys[i].scopes & scopes) != 0 && keys[i].value != NULL)
			settings_value_default(d, &keys[i].type, keys[i].value,
			    (char *)base + keys[i].offset);
}

/* Wipes and frees what the keys of these scopes hold in base. */
static void
keys_clear(unsigned scopes, void *base)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if ((keys[i].scopes & scopes) != 0 && keys[i].offset != NOWHERE)
			settings_value_clear(
			    &keys[i].type, (char *)base + keys[i].offset);
}

void
settings_account_clear(struct settings_account *a)
{
	keys_clear(IN_ACCOUNT, a);
	keys_clear(IN_STORE, &a->store[LOCAL]);
	keys_clear(IN_STORE, &a->store[REMOTE]);
	memset(a, 0, sizeof(*a));
}

void
settings_keys_clear(struct settings *s)
{
	keys_clear(IN_GENERAL, s);
}

static void
store_fill(struct draft *d, const struct node *account, enum side side,
    struct settings_store *s)
{
	const struct node *group, *type;
	const struct value_word *word;

	defaults_fill(d, IN_STORE, s);
	group = settings_node_get(account, side == LOCAL ? "local" : "remote");
	s->type = side == LOCAL ? STORE_MAILDIR : STORE_IMAP;
	if (group == NULL || group->kind != NODE_GROUP)
		return;
	type = settings_node_get(group, "type");
	word = type == NULL ? NULL : type_find(type);
	if (type != NULL && word == NULL) {
		/* Report one mistake, not one for each other key. */
		group_fill(d, group, IN_STORE, s);
		return;
	}
	if (word != NULL)
		s->type = (enum settings_type)word->value;
	group_fill(d, group, s->type == STORE_IMAP ? IN_IMAP : IN_MAILDIR, s);
	if (s->port == 0)
		s->port = s->tls == TLS_YES ? 993 : 143;
}

static void
account_fill(struct draft *d, const struct node *n, size_t index)
{
	struct settings_account *a = &d->s->accounts[index];

	a->index = index;
	a->line = n->line;
	defaults_fill(d, IN_ACCOUNT, a);
	if (n->kind != NODE_GROUP) {
		settings_mistake(d, n->where,
		    "an account must be a group "
		    "{ ... }, not %s",
		    settings_node_kind_name(n->kind));
		return;
	}
	group_fill(d, n, IN_ACCOUNT, a);
	store_fill(d, n, LOCAL, &a->store[LOCAL]);
	store_fill(d, n, REMOTE, &a->store[REMOTE]);
}

void
settings_keys_defaults(struct draft *d)
{
	const char *state;
	struct err e = ERR_INIT;

	state = getenv("XDG_STATE_HOME");
	if (state != NULL && state[0] == '/')
		d->s->metadata = xasprintf("%s/blinkmail", state);
	else
		d->s->metadata =
		    settings_path_expand("~/.local/state/blinkmail", &e);
	err_clear(&e);
	defaults_fill(d, IN_GENERAL, d->s);
}

static void
ui_check(struct draft *d, const struct node *n)
{
	struct err e = ERR_INIT;

	if (n == NULL)
		return;
	d->s->ui_where = xstrdup(n->where);
	if (d->s->ui != NULL && d->reader.ui != NULL &&
	    d->reader.ui(d->s->ui, &e) == -1)
		settings_mistake(d, n->where, "%s", err_line(&e));
	err_clear(&e);
}

void
settings_keys_fill(struct draft *d)
{
	const struct node *n;
	size_t i;

	group_fill(d, &d->root, IN_ROOT, d->s);
	n = settings_node_get(&d->root, "general");
	if (n != NULL && n->kind == NODE_GROUP) {
		group_fill(d, n, IN_GENERAL, d->s);
		ui_check(d, settings_node_get(n, "ui"));
	}
	n = settings_node_get(&d->root, "mbnames");
	if (n != NULL && n->kind == NODE_GROUP)
		group_fill(d, n, IN_MBNAMES, NULL);
	n = settings_node_get(&d->root, "accounts");
	if (n == NULL || n->kind != NODE_LIST)
		return;
	d->s->accounts_len = n->len;
	d->s->accounts = xcalloc(n->len + 1, sizeof(*d->s->accounts));
	for (i = 0; i < n->len; i++)
		account_fill(d, &n->children[i], i);
}

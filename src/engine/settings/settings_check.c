/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks what needs more than one key. */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "engine/settings/settings_private.h"

static const struct node *
account_node(const struct draft *d, size_t i)
{
	return &settings_node_get(&d->root, "accounts")->children[i];
}

/* The source of the key of a side, else of the side, else of the account. */
static const char *
side_where(const struct draft *d, const struct settings_account *a,
    enum side side, const char *key)
{
	const struct node *account, *group, *n;

	account = account_node(d, a->index);
	group = settings_node_get(account, side_name(side));
	if (group == NULL)
		return account->where;
	n = key == NULL ? NULL : settings_node_get(group, key);
	return n == NULL ? group->where : n->where;
}

static const struct node *
side_node(const struct draft *d, const struct settings_account *a,
    enum side side, const char *key)
{
	return settings_node_get(
	    settings_node_get(account_node(d, a->index), side_name(side)), key);
}

static void
require(struct draft *d, const struct settings_account *a, enum side side,
    const char *key)
{
	/* A wrong value was reported already. */
	if (side_node(d, a, side, key) != NULL)
		return;
	settings_mistake(d, side_where(d, a, side, NULL),
	    "%s.%s: \"%s\" is missing", a->name == NULL ? "?" : a->name,
	    side_name(side), key);
}

/* Warns of keys that have no effect beside others. */
static void
imap_unused(struct draft *d, const struct settings_account *a, enum side side)
{
	const struct settings_store *s = &a->store[side];
	const char *used, *unused;

	used = s->pass != NULL ? "pass" : "passcmd";
	unused = s->pass != NULL && s->passcmd != NULL ? "passcmd" : "passfile";
	if ((s->pass != NULL || s->passcmd != NULL) &&
	    side_node(d, a, side, unused) != NULL)
		settings_warning(d, side_where(d, a, side, unused),
		    "\"%s\" is not used, since \"%s\" is given", unused, used);
	if (s->preauthtunnel != NULL && s->host != NULL)
		settings_warning(d, side_where(d, a, side, "host"),
		    "\"host\" is not used, since \"preauthtunnel\" is given");
}

/* Not a URL, without brackets and port; IPv6 has two colons at least. */
static bool
is_host(const char *host)
{
	const char *colon = strchr(host, ':');

	return strpbrk(host, "/@[] \t") == NULL &&
	       (colon == NULL || strchr(colon + 1, ':') != NULL);
}

static void
imap_check(struct draft *d, const struct settings_account *a, enum side side)
{
	const struct settings_store *s = &a->store[side];

	if (s->preauthtunnel == NULL && s->host != NULL && !is_host(s->host))
		settings_mistake(d, side_where(d, a, side, "host"),
		    "\"host\" must be a name or an address alone, not \"%s\"; "
		    "the port is a key of its own, \"port\"",
		    s->host);
	if (s->preauthtunnel == NULL) {
		/* Through a transporttunnel, too: TLS is verified for it. */
		require(d, a, side, "host");
		require(d, a, side, "user");
	}
	if (s->preauthtunnel != NULL && s->transporttunnel != NULL)
		settings_mistake(d, side_where(d, a, side, "transporttunnel"),
		    "there can be only one of \"preauthtunnel\" and "
		    "\"transporttunnel\"");
	if (s->sslclientkey != NULL && s->sslclientcert == NULL)
		settings_mistake(d, side_where(d, a, side, "sslclientkey"),
		    "\"sslclientkey\" needs \"sslclientcert\"");
	imap_unused(d, a, side);
}

static void
maildir_check(struct draft *d, const struct settings_account *a, enum side side)
{
	const struct node *sep, *layout;

	require(d, a, side, "path");
	sep = side_node(d, a, side, "sep");
	layout = side_node(d, a, side, "layout");
	if (sep != NULL && layout != NULL)
		settings_mistake(d, sep->where,
		    "there can be only one of "
		    "\"sep\" and \"layout\"");
}

static void
side_check(struct draft *d, const struct settings_account *a, enum side side)
{
	const struct node *group, *type;

	group = settings_node_get(account_node(d, a->index), side_name(side));
	type = group == NULL ? NULL : settings_node_get(group, "type");
	if (type != NULL && !settings_type_known(type))
		return;
	if (group == NULL)
		settings_mistake(d, account_node(d, a->index)->where,
		    "%s: \"%s\" is missing", a->name == NULL ? "?" : a->name,
		    side_name(side));
	else if (group->kind == NODE_GROUP) {
		if (a->store[side].type == STORE_IMAP)
			imap_check(d, a, side);
		else
			maildir_check(d, a, side);
	}
}

static void
name_check(struct draft *d, const struct settings_account *a)
{
	const struct settings *s = d->s;
	const struct node *n = account_node(d, a->index);
	size_t i;
	unsigned cp;

	if (a->name == NULL) {
		if (settings_node_get(n, "name") == NULL)
			settings_mistake(d, n->where,
			    "this account has no "
			    "\"name\"");
		return;
	}
	if (strlen(a->name) > SETTINGS_NAME_MAX)
		settings_mistake(d, n->where,
		    "the name of an account has at "
		    "most %d bytes",
		    SETTINGS_NAME_MAX);
	for (i = 0; a->name[i] != '\0';) {
		size_t len = utf8_decode(a->name + i, strlen(a->name + i), &cp);

		if (len == 0) {
			settings_mistake(d, n->where,
			    "the name \"%s\" is not "
			    "UTF-8",
			    a->name);
			break;
		}
		i += len;
	}
	for (i = 0; i < a->index; i++)
		if (s->accounts[i].name != NULL &&
		    strcmp(s->accounts[i].name, a->name) == 0)
			settings_mistake(d, n->where,
			    "there is another account "
			    "\"%s\", at %s",
			    a->name, account_node(d, i)->where);
}

static bool
inside(const char *inner, const char *outer)
{
	size_t n = strcmp(outer, "/") == 0 ? 0 : strlen(outer);

	return strncmp(inner, outer, n) == 0 && inner[n] == '/';
}

/* Two sides must not share a Maildir, nor may one lie inside the other,
 * whatever their layouts: each would take the mail of the other for its own. */
static void
paths_compare(struct draft *d, const struct settings_account *a, enum side x,
    const struct settings_account *b, enum side y)
{
	const struct settings_store *s = &a->store[x], *t = &b->store[y];
	char *p, *q;

	if (s->type != STORE_MAILDIR || t->type != STORE_MAILDIR ||
	    s->path == NULL || t->path == NULL)
		return;
	p = settings_path_real(s->path);
	q = settings_path_real(t->path);
	if (strcmp(p, q) == 0)
		settings_mistake(d, side_where(d, b, y, "path"),
		    "the Maildir %s is already that of %s.%s, at %s", t->path,
		    a->name, side_name(x), side_where(d, a, x, "path"));
	else if (inside(q, p) || inside(p, q))
		settings_mistake(d, side_where(d, b, y, "path"),
		    "the Maildirs %s and %s (%s.%s, at %s) lie one inside the "
		    "other",
		    t->path, s->path, a->name, side_name(x),
		    side_where(d, a, x, "path"));
	free(p);
	free(q);
}

static void
account_compare(struct draft *d, const struct settings_account *a)
{
	const struct settings_store *l = &a->store[LOCAL];
	const struct settings_store *r = &a->store[REMOTE];
	const struct settings_account *b;
	size_t i;

	if (l->type == STORE_IMAP && r->type == STORE_IMAP && l->host != NULL &&
	    r->host != NULL && l->user != NULL && r->user != NULL &&
	    strcasecmp(l->host, r->host) == 0 && l->port == r->port &&
	    strcmp(l->user, r->user) == 0)
		settings_mistake(d, side_where(d, a, LOCAL, "host"),
		    "%s: local and remote are the same IMAP account", a->name);
	paths_compare(d, a, REMOTE, a, LOCAL);
	for (i = 0; i < a->index; i++) {
		b = &d->s->accounts[i];
		paths_compare(d, b, LOCAL, a, LOCAL);
		paths_compare(d, b, LOCAL, a, REMOTE);
		paths_compare(d, b, REMOTE, a, LOCAL);
		paths_compare(d, b, REMOTE, a, REMOTE);
	}
}

/* Warns of a file with a password that other users can read. */
static void
exposure_check(
    struct draft *d, const struct settings_account *a, enum side side)
{
	const struct node *group, *pass;
	size_t i, n;

	group = settings_node_get(account_node(d, a->index), side_name(side));
	pass = group == NULL ? NULL : settings_node_get(group, "pass");
	if (pass == NULL)
		return;
	for (i = 0; i < d->sources_len; i++) {
		n = strlen(d->sources[i].file);
		if (d->sources[i].exposed &&
		    strncmp(pass->where, d->sources[i].file, n) == 0 &&
		    pass->where[n] == ':') {
			settings_warning(d, pass->where,
			    "other users can read "
			    "this password; chmod 600 %s",
			    d->sources[i].file);
			return;
		}
	}
}

static void
account_check(struct draft *d, const struct settings_account *a)
{
	if (account_node(d, a->index)->kind != NODE_GROUP)
		return;
	name_check(d, a);
	side_check(d, a, REMOTE);
	side_check(d, a, LOCAL);
	account_compare(d, a);
	exposure_check(d, a, REMOTE);
	exposure_check(d, a, LOCAL);
}

static size_t
account_find(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->accounts_len; i++)
		if (s->accounts[i].name != NULL &&
		    strcmp(s->accounts[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

static void
account_unknown(struct draft *d, const struct node *n)
{
	struct buf known = { 0 };
	const char *name;
	size_t i;

	for (i = 0; i < d->s->accounts_len; i++) {
		name = settings_node_string(account_node(d, i), "name");
		if (name != NULL)
			buf_printf(&known, "%s\"%s\"",
			    known.len == 0 ? "" : ", ", name);
	}
	settings_mistake(d, n->where,
	    "no account is called \"%s\"; there %s %s", n->string,
	    d->s->accounts_len == 1 ? "is" : "are", buf_str(&known));
	buf_clear(&known);
}

static bool
named_before(const struct node *list, size_t i)
{
	const char *s = list->children[i].string;
	size_t j;

	for (j = 0; j < i; j++)
		if (list->children[j].kind == NODE_STRING &&
		    strcmp(list->children[j].string, s) == 0)
			return true;
	return false;
}

/* Keeps the accounts that are wanted, in this order, and frees the others. */
static void
accounts_select(struct draft *d, const struct node *wanted)
{
	struct settings *s = d->s;
	struct settings_account *list;
	const struct node *n;
	size_t i, at, len = 0;

	list = xcalloc(wanted->len + 1, sizeof(*list));
	for (i = 0; i < wanted->len; i++) {
		n = &wanted->children[i];
		if (n->kind != NODE_STRING)
			continue;
		if (named_before(wanted, i)) {
			settings_mistake(
			    d, n->where, "\"%s\" is named twice", n->string);
			continue;
		}
		at = account_find(s, n->string);
		if (at == SIZE_MAX) {
			account_unknown(d, n);
			continue;
		}
		list[len] = s->accounts[at];
		list[len].index = len;
		len++;
		memset(&s->accounts[at], 0, sizeof(s->accounts[at]));
	}
	for (i = 0; i < s->accounts_len; i++)
		settings_account_clear(&s->accounts[i]);
	free(s->accounts);
	s->accounts = list;
	s->accounts_len = len;
}

void
settings_check(struct draft *d)
{
	const struct node *general, *wanted;
	size_t i;

	if (d->s->accounts_len == 0) {
		if (d->mistakes == 0)
			settings_mistake(d, d->s->file, "there is no account");
		return;
	}
	for (i = 0; i < d->s->accounts_len; i++)
		account_check(d, &d->s->accounts[i]);
	general = settings_node_get(&d->root, "general");
	wanted =
	    general == NULL ? NULL : settings_node_get(general, "accounts");
	if (wanted == NULL || wanted->kind != NODE_LIST)
		return;
	if (wanted->len == 0)
		settings_mistake(d, wanted->where, "\"accounts\" is empty");
	accounts_select(d, wanted);
}

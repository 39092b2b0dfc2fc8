/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Describes an account for "blinkmail info". */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "engine/engine.h"
#include "engine/settings/credentials.h"
#include "engine/settings/settings.h"
#include "engine/store/imap/store_imap.h"
#include "engine/store/maildir/store_maildir.h"
#include "engine/sync/foldermap.h"
#include "net/tls.h"

static void
describe_folder(struct buf *out, const struct foldermap_entry *entry,
    const struct store_folder *folder)
{
	buf_puts(out, "  ");
	buf_append_visible(out, entry->label, strlen(entry->label));
	if (strcmp(entry->name[LOCAL], entry->label) != 0) {
		buf_puts(out, " -> ");
		buf_append_visible(
		    out, entry->name[LOCAL], strlen(entry->name[LOCAL]));
	}
	if (folder != NULL && folder->special_use != NULL)
		buf_printf(out, " (%s)", folder->special_use);
	if (folder != NULL && folder->validity != 0)
		buf_printf(out, ", %u %s", folder->messages,
		    folder->messages == 1 ? "message" : "messages");
	buf_putc(out, '\n');
}

static void
describe_refused(struct buf *out, const struct store_refused *r)
{
	const struct err_subject s = { .folder = r->name, .file = r->file };

	buf_puts(out, "  left out: ");
	err_subject_put(&s, r->why, out);
	buf_putc(out, '\n');
}

static bool
is_named(const struct foldermap *map, const struct store_folder *f)
{
	size_t i;

	for (i = 0; i < map->len; i++)
		if (strcmp(map->list[i].name[REMOTE], f->name) == 0)
			return true;
	for (i = 0; i < map->problems_len; i++)
		if (strcmp(map->problems[i].name, f->native) == 0)
			return true;
	return false;
}

static bool
filter_wants(const struct settings_store *s, const char *native)
{
	const char *const *patterns = (const char *const *)s->folders;
	size_t n = 0;

	while (patterns != NULL && patterns[n] != NULL)
		n++;
	return foldermap_wanted(patterns, n, native);
}

/* Why a remote folder does not take part, when that is not a problem. */
static void
describe_unwanted(struct buf *out, const struct settings_account *a,
    const struct store_folder *f)
{
	buf_puts(out, "  left out: ");
	buf_append_visible(out, f->native, strlen(f->native));
	buf_printf(out, ": %s\n",
	    !f->selectable ? "it cannot hold messages"
	    : !filter_wants(&a->store[REMOTE], f->native)
		? "by folders of the remote side"
		: "by folders of the local side");
}

static int
describe_folders(const struct settings_account *a, struct store *s,
    struct buf *out, struct err *e)
{
	struct store_folders remote = { 0 }, local = { 0 };
	const struct foldermap_input in = { .account = a,
		.folders = { [LOCAL] = &local, [REMOTE] = &remote } };
	struct foldermap map = { 0 };
	size_t i;
	int ret;

	ret = s->ops->list(s, &remote, e);
	if (ret == 0)
		ret = foldermap_make(&in, &map, e);
	if (ret == 0)
		buf_printf(out, "Folders (%zu of %zu):\n", map.len, remote.len);
	for (i = 0; ret == 0 && i < map.len; i++)
		describe_folder(out, &map.list[i],
		    store_folders_find(&remote, map.list[i].name[REMOTE]));
	for (i = 0; ret == 0 && i < remote.refused_len; i++)
		describe_refused(out, &remote.refused[i]);
	for (i = 0; ret == 0 && i < map.problems_len; i++)
		describe_refused(out, &map.problems[i]);
	for (i = 0; ret == 0 && i < remote.len; i++)
		if (!is_named(&map, &remote.list[i]))
			describe_unwanted(out, a, &remote.list[i]);
	foldermap_clear(&map);
	store_folders_clear(&remote);
	return ret;
}

/* A Maildir as the remote side. */
static int
describe_maildir(const struct settings_account *a, struct log *log,
    struct buf *out, struct err *e)
{
	const struct store_maildir_config c = { .settings = &a->store[REMOTE],
		.side = REMOTE,
		.account = a->name,
		.readonly = true,
		.log = log };
	struct store *store;
	int ret;

	buf_printf(out, "Maildir %s\n", a->store[REMOTE].path);
	if (store_maildir_open(&c, &store, e) == -1)
		return -1;
	ret = describe_folders(a, store, out, e);
	store->ops->free(store);
	return ret;
}

int
engine_info(const struct settings *s, size_t account,
    const struct credentials_asker *asker, struct log *log, struct buf *out,
    struct err *e)
{
	const struct settings_account *a = &s->accounts[account];
	const struct settings_store *remote = &a->store[REMOTE];
	struct store_imap_config c = { 0 };
	struct credentials_cache secret = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct store *store;
	int ret;

	buf_printf(out, "Account %s\n", a->name);
	if (remote->type == STORE_MAILDIR)
		return describe_maildir(a, log, out, e);
	if (remote->tls != TLS_NO && store_imap_tls(remote, &c.tls, e) == -1)
		return -1;
	c.settings = remote;
	c.side = REMOTE;
	c.socktimeout = s->socktimeout;
	c.cancel_fd = -1;
	c.asker = asker;
	c.cache = &secret;
	c.log = log;
	c.log_name = a->name;
	ret = store_imap_open(&c, &store, e);
	if (ret == 0) {
		ret = store_imap_describe(store, out, e);
		if (ret == 0)
			ret = describe_folders(a, store, out, e);
		store->ops->free(store);
	}
	tls_context_free(c.tls);
	credentials_forget(&secret, true);
	return ret;
}

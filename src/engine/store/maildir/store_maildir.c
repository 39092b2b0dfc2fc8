/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Maildir as a store: opens it and its folders. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/store/maildir/store_maildir_private.h"
#include "maildir/maildir_scan.h"

/* A Maildir's ids are handed out by the status and stay good for as long as
 * it has them; there is nothing that could make them invalid. */
#define VALIDITY 1

static const enum maildir_layout layouts[] = {
	[LAYOUT_FLAT] = MAILDIR_FLAT,
	[LAYOUT_NESTED] = MAILDIR_NESTED,
	[LAYOUT_MAILDIRPP] = MAILDIR_PLUSPLUS,
};

static struct maildir_store *
self(struct store *s)
{
	return (struct maildir_store *)s;
}

void
store_maildir_token(
    const struct maildir_stamp *stamp, struct store_token *token)
{
	_Static_assert(sizeof(stamp->words) == sizeof(token->words),
	    "a stamp fits a token");
	*token = (struct store_token){ .valid = stamp->valid, .exact = true };
	memcpy(token->words, stamp->words, sizeof(token->words));
}

static void
close_folder(struct maildir_store *m)
{
	if (m->md == NULL)
		return;
	maildir_keywords_clear(&m->keywords);
	maildir_unref(m->md);
	m->md = NULL;
}

static void
maildir_store_free(struct store *s)
{
	if (s == NULL)
		return;
	close_folder(self(s));
	maildir_tree_close(self(s)->tree);
	free(s);
}

struct listing {
	struct store_folders *folders;
	char delimiter;
};

static void
list_folder(void *arg, const char *name, const char *native,
    const struct maildir_stamp *stamp)
{
	struct listing *l = arg;
	struct store_folder *f;

	f = store_folders_add(l->folders);
	f->name = xstrdup(name);
	f->native = xstrdup(native);
	f->delimiter = l->delimiter;
	f->selectable = true;
	f->validity = VALIDITY;
	store_maildir_token(stamp, &f->token);
}

static void
list_refused(
    void *arg, const char *path, const char *name, const struct err *why)
{
	struct listing *l = arg;
	const char *file = err_about(why)->file;
	struct store_refused *r;

	store_folders_refuse(l->folders, path, strlen(path), err_text(why));
	r = &l->folders->refused[l->folders->refused_len - 1];
	r->path = xstrdup(path);
	if (name != NULL)
		r->folder = xstrdup(name);
	if (file != NULL && strcmp(file, path) != 0)
		r->file = xstrdup(file);
}

static int
maildir_store_list(struct store *s, struct store_folders *f, struct err *e)
{
	struct listing l = { f, maildir_tree_delimiter(self(s)->tree) };
	const struct maildir_tree_visitor v = { &l, list_folder, list_refused };

	if (maildir_tree_list(self(s)->tree, &v, e) != 0)
		return -1;
	store_folders_sort(f);
	return 0;
}

static int
maildir_store_create(struct store *s, const char *name, struct err *e)
{
	return maildir_tree_create(self(s)->tree, name, e);
}

static int
maildir_store_rename(
    struct store *s, const char *from, const char *to, struct err *e)
{
	close_folder(self(s));
	return maildir_tree_rename(self(s)->tree, from, to, e);
}

/* What was opened is to be read with these. */
static int
load_keywords(struct maildir_store *m, struct keywords *keywords, struct err *e)
{
	maildir_keywords_init(&m->keywords, m->md, maildir_tree_root(m->tree),
	    m->readonly, keywords);
	if (maildir_keywords_load(&m->keywords, e) == 0)
		return 0;
	close_folder(m);
	return -1;
}

static int
maildir_store_open_refused(
    struct store *s, const char *path, struct keywords *keywords, struct err *e)
{
	struct maildir_store *m = self(s);

	close_folder(m);
	if (maildir_tree_refused(m->tree, path, &m->md, e) != 0)
		return -1;
	m->readonly = true;
	m->known = NULL;
	m->own_next = 1;
	m->next_id = &m->own_next;
	return load_keywords(m, keywords, e);
}

static int
maildir_store_open(struct store *s, const struct store_open *o,
    struct store_state *st, struct err *e)
{
	struct maildir_store *m = self(s);
	struct maildir_stamp stamp;

	close_folder(m);
	*st = (struct store_state){ 0 };
	if (maildir_tree_folder(m->tree, o->name, o->readonly, &m->md, e) != 0)
		return -1;
	m->readonly = o->readonly || m->store_readonly;
	m->known = o->known;
	m->own_next = 1;
	if (o->known != NULL && o->known->next_id > 1)
		m->own_next = o->known->next_id;
	m->next_id =
	    o->numbers != NULL ? self(o->numbers)->next_id : &m->own_next;
	if (load_keywords(m, o->keywords, e) != 0)
		return -1;
	if (maildir_stamp(m->md, &stamp, e) != 0) {
		close_folder(m);
		return -1;
	}
	st->validity = VALIDITY;
	st->next_id = *m->next_id;
	st->readonly = m->readonly;
	st->storable = maildir_keywords_storable(&m->keywords);
	store_maildir_token(&stamp, &st->token);
	st->modseq = stamp.words[MAILDIR_STAMP_CUR];
	st->arrived = stamp.words[MAILDIR_STAMP_NEW];
	snprintf(st->object, sizeof(st->object), "%ju", maildir_inode(m->md));
	log_debug(m->log, LOG_MAILDIR, "%s: open", o->name);
	return 0;
}

static void
maildir_store_leave(struct store *s)
{
	close_folder(self(s));
}

static int
maildir_store_generation(struct store *s, uint64_t *g, struct err *e)
{
	return maildir_tree_generation(self(s)->tree, g, e);
}

static int
maildir_store_generation_put(struct store *s, uint64_t g, struct err *e)
{
	return maildir_tree_generation_put(self(s)->tree, g, e);
}

static const struct store_ops maildir_store_ops = {
	.kind = "Maildir",
	.traits = { .names_files = true,
	    .bytes_at_hand = true,
	    .concurrent_commit = true },
	.list = maildir_store_list,
	.create = maildir_store_create,
	.rename = maildir_store_rename,
	.open = maildir_store_open,
	.open_refused = maildir_store_open_refused,
	.leave = maildir_store_leave,
	.scan = store_maildir_scan,
	.details = store_maildir_details,
	.read = store_maildir_read,
	.batch_begin = store_maildir_batch_begin,
	.batch_commit = store_maildir_batch_commit,
	.batch_abort = store_maildir_batch_abort,
	.flags = store_maildir_flags,
	.remove = store_maildir_remove,
	.bind = store_maildir_bind,
	.generation = maildir_store_generation,
	.generation_put = maildir_store_generation_put,
	.free = maildir_store_free,
};

void
store_maildir_tree(
    const struct settings_store *s, struct maildir_tree_options *o)
{
	*o = (struct maildir_tree_options){
		.path = s->path,
		.layout = layouts[s->layout],
		.infosep = s->infosep,
		.unmarked = s->readonly,
		.readonly = s->readonly,
	};
}

/* What the marker of this side's tree says. */
static char *
owner_text(const struct store_maildir_config *c)
{
	struct buf text = { 0 };

	if (c->account == NULL)
		return NULL;
	buf_puts(&text, "account ");
	buf_append_visible(&text, c->account, strlen(c->account));
	buf_printf(&text, "\nside %s\n", side_name(c->side));
	return buf_steal(&text);
}

int
store_maildir_open(
    const struct store_maildir_config *c, struct store **s, struct err *e)
{
	struct maildir_tree_options o;
	struct maildir_store *m;
	char *owner;
	int rc;

	store_maildir_tree(c->settings, &o);
	o.fsync = c->fsync;
	o.readonly = o.readonly || c->readonly;
	o.must_exist = c->must_exist;
	m = xcalloc(1, sizeof(*m));
	m->store.ops = &maildir_store_ops;
	m->store.side = c->side;
	m->log = c->log;
	m->store_readonly = o.readonly;
	owner = owner_text(c);
	o.owner = owner;
	rc = maildir_tree_open(&o, &m->tree, e);
	free(owner);
	if (rc != 0) {
		free(m);
		return -1;
	}
	m->store.folds_case = maildir_tree_folds_case(m->tree);
	*s = &m->store;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which folder a file was moved or copied from, and what its letters mean. */
#include "config.h"

/*
 * A file that a mail reader, mv or cp brought from another folder has the
 * keyword letters of that folder. Mostly they mean the same here, as the
 * folders of an account share their letters (maildir_keywords.h). But a table
 * that another program or an earlier version wrote may say otherwise. So each
 * file is asked for its origin when it is seen for the first time:
 *
 * 1. The sum in its name says which folder gave it that name. A sum of no
 *    folder tells nothing: the whole folder was renamed, its table with it.
 * 2. Without a sum, the status may know its key in another folder.
 * 3. Without either, it may have got a new name on its way, as some mail
 *    readers give one; then the status may know its bytes. A program that
 *    knows dovecot-keywords has given it letters of this folder, another one
 *    has kept the old ones, and only the keywords that the message has there
 *    can tell.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "engine/store/maildir/store_maildir_private.h"
#include "maildir/maildir_read.h"

struct origin {
	char *name;
	char sum[33];
	bool loaded;
	struct maildir_keywords keywords; /* valid when loaded */
};

void
origins_clear(struct origins *o)
{
	struct origin *g;

	while (o->len > 0) {
		g = &o->list[--o->len];
		if (g->loaded)
			maildir_keywords_clear(&g->keywords);
		free(g->name);
	}
	free(o->list);
	err_clear(&o->err);
}

static void
origin_listed(void *arg, const char *name, const char *native,
    const struct maildir_stamp *stamp)
{
	struct origins *o = arg;
	struct origin *g;

	(void)stamp;
	o->list = xgrow(o->list, o->len, &o->cap, sizeof(*o->list));
	g = &o->list[o->len++];
	*g = (struct origin){ .name = xstrdup(name) };
	digest_md5_hex(native, strlen(native), g->sum);
}

static void
origin_refused(
    void *arg, const char *path, const char *name, const struct err *why)
{
	(void)arg;
	(void)path;
	(void)name;
	(void)why;
}

static void
origins_list(struct origins *o)
{
	const struct maildir_tree_visitor v = { o, origin_listed,
		origin_refused };

	if (!o->listed && o->err.scope == ERR_NONE)
		maildir_tree_list(o->m->tree, &v, &o->err);
	o->listed = true;
}

/* These two: NULL: there is none, or the folders cannot be listed (see
 * o->err). */
static struct origin *
origin_by_sum(struct origins *o, const char *sum)
{
	size_t i;

	origins_list(o);
	for (i = 0; i < o->len; i++)
		if (memcmp(o->list[i].sum, sum, 32) == 0)
			return &o->list[i];
	return NULL;
}

static struct origin *
origin_by_name(struct origins *o, const char *name)
{
	size_t i;

	origins_list(o);
	for (i = 0; i < o->len; i++)
		if (strcmp(o->list[i].name, name) == 0)
			return &o->list[i];
	return NULL;
}

static bool
is_here(const struct origins *o, const struct origin *g)
{
	return memcmp(g->sum, o->m->md->fmd5, 32) == 0;
}

/* NULL: the folder's table cannot be read (see o->err). */
static struct maildir_keywords *
origin_keywords(struct origins *o, struct origin *g)
{
	struct maildir *md;

	if (g->loaded || o->err.scope != ERR_NONE)
		return g->loaded ? &g->keywords : NULL;
	if (maildir_tree_folder(o->m->tree, g->name, true, &md, &o->err) != 0)
		return NULL;
	maildir_keywords_init(&g->keywords, md, -1, true, o->m->keywords.map);
	g->loaded = maildir_keywords_load(&g->keywords, &o->err) == 0;
	maildir_unref(md);
	return g->loaded ? &g->keywords : NULL;
}

/* The file comes from g for certain. */
static bool
take(struct origins *o, struct origin *g, struct foreign *f,
    const struct maildir_name *n)
{
	struct maildir_keywords *there;

	there = g == NULL ? NULL : origin_keywords(o, g);
	if (there == NULL)
		return false;
	f->flags = maildir_keywords_flags(there, n->letters, n->letters_len);
	return true;
}

struct by_key {
	struct origins *o;
	struct origin *found; /* another folder than the open one */
};

static bool
by_key(void *arg, const struct store_location *l)
{
	struct by_key *k = arg;
	struct origin *g;

	g = origin_by_name(k->o, l->folder);
	if (g != NULL && !is_here(k->o, g))
		k->found = g;
	return k->found == NULL;
}

struct by_content {
	struct origins *o;
	const struct maildir_name *n;
	uint32_t here; /* what the letters mean in the open folder */
	bool all_here; /* each of them means something */
	bool found;
	uint32_t flags;
	bool added;
};

/* True when each of the letters a to z in the name means something. */
static bool
all_known(struct maildir_keywords *k, const struct maildir_name *n)
{
	return (maildir_name_keywords(n) & maildir_table_free(&k->table)) == 0;
}

/*
 * The message is in this folder, too, and has these flags there. The letters
 * are of that folder when they say just what it has, or when one of them says
 * nothing here and there all do. A letter that says nothing in either folder
 * may stand for what the message has.
 */
static bool
by_content(void *arg, const struct store_location *l)
{
	const uint32_t has = l->flags & ~FLAG_SYSTEM;
	struct by_content *c = arg;
	struct maildir_keywords *keywords;
	struct origin *g;
	uint32_t there;

	if (c->all_here && (c->here & ~FLAG_SYSTEM) == has) {
		c->found = false;
		return false;
	}
	g = c->found ? NULL : origin_by_name(c->o, l->folder);
	keywords =
	    g == NULL || is_here(c->o, g) ? NULL : origin_keywords(c->o, g);
	if (keywords == NULL)
		return c->o->err.scope == ERR_NONE;
	there =
	    maildir_keywords_flags(keywords, c->n->letters, c->n->letters_len);
	c->flags = c->here;
	c->added = false;
	if ((there & ~FLAG_SYSTEM) != 0 &&
	    ((there & ~FLAG_SYSTEM) == has ||
		(!c->all_here && all_known(keywords, c->n)))) {
		c->flags = there;
	} else if (!c->all_here) {
		c->flags = c->here | has;
		c->added = true;
	}
	c->found = c->flags != c->here;
	return true;
}

static int
digest_data(void *arg, const void *data, size_t len, struct err *e)
{
	(void)e;
	digester_update(arg, data, len);
	return 0;
}

/* False when it cannot be read; it is told when the message is. */
static bool
digest_file(const struct maildir *md, const struct foreign *f, struct digest *d)
{
	struct maildir_content content;
	struct maildir_reader *r;
	struct digester digester;
	struct err e = ERR_INIT;
	bool ok, stopped;
	int fd;

	fd = openat(md->sub[f->sub], f->file,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ok = fd >= 0 &&
	     maildir_reader_open_take(fd, 0, false, &r, &content, &e) == 0;
	if (ok) {
		digester_init(&digester);
		ok = maildir_reader_run(
			 r, digest_data, &digester, &stopped, &e) == 0;
		maildir_reader_close(r);
		digester_final(&digester, d);
	}
	err_clear(&e);
	return ok;
}

static bool
find_by_content(
    struct origins *o, struct foreign *f, const struct maildir_name *n)
{
	const struct store_known *known = o->m->known;
	struct maildir_keywords *here = &o->m->keywords;
	struct by_content c = { .o = o, .n = n };
	struct digest d;

	if (!digest_file(o->m->md, f, &d))
		return false;
	c.here = maildir_keywords_flags(here, n->letters, n->letters_len);
	c.all_here = all_known(here, n);
	known->locate(known->arg, 0, &d, by_content, &c);
	f->flags = c.flags;
	f->added = c.added;
	return c.found;
}

bool
origin_is_asked(const struct maildir *md, const struct maildir_name *n)
{
	const char *sum;

	sum = maildir_name_sum(n->base, n->base_len);
	return sum == NULL ? maildir_name_keywords(n) != 0
			   : memcmp(sum, md->fmd5, 32) != 0;
}

bool
origin_find(struct origins *o, struct foreign *f)
{
	const struct store_known *known = o->m->known;
	struct by_key k = { .o = o };
	struct maildir_name n;
	const char *sum;

	maildir_name_parse(f->file, o->m->md->infosep, &n);
	sum = maildir_name_sum(n.base, n.base_len);
	if (sum != NULL)
		return take(o, origin_by_sum(o, sum), f, &n);
	if (known == NULL || known->locate == NULL)
		return false;
	known->locate(known->arg, f->key, NULL, by_key, &k);
	if (k.found != NULL)
		return take(o, k.found, f, &n);
	return o->err.scope == ERR_NONE && find_by_content(o, f, &n);
}

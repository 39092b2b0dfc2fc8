/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose mail the sides of the account are. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/identity.h"
#include "engine/sync/proof.h"
#include "engine/sync/report.h"

/* By side: what the side was when it was synchronised; and what the user was
 * asked about last. */
static const char *const fact_names[] = {
	[LOCAL] = "local side",
	[REMOTE] = "remote side",
};
static const char *const asked_names[] = {
	[LOCAL] = "local side asked about",
	[REMOTE] = "remote side asked about",
};

/* A command may hold a secret: only its sum is remembered. */
static void
tunnel_text(const char *command, struct buf *out)
{
	char sum[33];

	digest_md5_hex(command, strlen(command), sum);
	buf_printf(out, "a tunnel (%.8s)", sum);
}

/* "me@imap.example.org:993"; of a Maildir its marker says whose it is. */
static char *
side_text(const struct settings_store *s)
{
	const char *user =
	    s->remote_identity != NULL ? s->remote_identity : s->user;
	struct buf text = { 0 };

	if (s->type == STORE_MAILDIR)
		return xstrdup("a Maildir");
	if (user != NULL)
		buf_printf(&text, "%s@", user);
	if (s->preauthtunnel != NULL)
		tunnel_text(s->preauthtunnel, &text);
	else
		buf_printf(
		    &text, "%s:%u", s->host != NULL ? s->host : "", s->port);
	return buf_steal(&text);
}

/* A side whose settings are not those of before. */
struct change {
	struct sync *sy;
	enum side side;
	char *before, *now;
	char *why; /* it is not known to be the same; NULL: it is */
};

static void
change_clear(struct change *c)
{
	free(c->before);
	free(c->now);
	free(c->why);
}

static void
judge(struct change *c, const char *label, const struct proof *p)
{
	if (p->other > 0)
		c->why = xasprintf(
		    "%s has other messages there under the same UIDs", label);
	else if (p->gone > 0 && p->fit == 0)
		c->why = xasprintf(
		    "none of the messages known of %s is there", label);
}

static int
folder_prove(struct change *c, const struct store_folder *listed,
    const struct status_folder *row, struct err *e)
{
	struct foldermap_entry entry = { .label = listed->native,
		.name = { row->name[LOCAL], row->name[REMOTE] } };
	struct proof p = { 0 };
	struct folder f;
	int ret;

	entry.there[LOCAL] = entry.there[REMOTE] = true;
	folder_init_entry(&f, c->sy, &entry);
	ret = folder_peek(&f, e);
	if (ret == 0 && store_folders_find(
			    &c->sy->run.listing[!c->side], row->name[!c->side]))
		ret = folder_open_side(&f, !c->side, e);
	if (ret == 0)
		ret = folder_open_side(&f, c->side, e);
	if (ret == 0 && folder_validity_changed(&f, c->side))
		c->why = xasprintf("the UIDVALIDITY of %s is another one there",
		    listed->native);
	else if (ret == 0)
		ret = proof_read(&f, c->side, &p, e);
	if (ret == 0 && c->why == NULL)
		judge(c, listed->native, &p);
	folder_clear(&f);
	if (ret == -1 && e->scope <= ERR_FOLDER) {
		c->why = xasprintf(
		    "%s cannot be read there: %s", listed->native, err_text(e));
		err_clear(e);
		return 0;
	}
	return ret;
}

static int
row_prove(struct change *c, const struct status_folder *row, struct err *e)
{
	const struct store_folder *listed = store_folders_find(
	    &c->sy->run.listing[c->side], row->name[c->side]);

	if (row->validity[c->side] == 0)
		return 0;
	if (listed == NULL || !listed->selectable) {
		c->why =
		    xasprintf("the folder %s is not there", row->name[c->side]);
		return 0;
	}
	if (c->sy->env->account->store[c->side].type == STORE_MAILDIR) {
		c->why = xstrdup("it is no server");
		return 0;
	}
	return folder_prove(c, listed, row, e);
}

/* Fills in why. */
static int
change_prove(struct change *c, struct err *e)
{
	struct status_folder *list;
	size_t i, len;
	int ret = 0;

	if (status_folders(c->sy->status, &list, &len, e) == -1)
		return -1;
	for (i = 0; i < len; i++) {
		if (ret == 0 && c->why == NULL)
			ret = row_prove(c, &list[i], e);
		status_folder_clear(&list[i]);
	}
	free(list);
	sync_leave_folder(c->sy);
	return ret;
}

static int
folders_drop(struct sync *sy, struct err *e)
{
	struct status_folder *list;
	size_t i, len;
	int ret = 0;

	if (status_folders(sy->status, &list, &len, e) == -1)
		return -1;
	for (i = 0; i < len; i++) {
		if (ret == 0)
			ret = status_folder_drop(sy->status, list[i].id, e);
		status_folder_clear(&list[i]);
	}
	free(list);
	return ret;
}

/* From now on the side is this one. */
static int
change_store(struct change *c, bool anew, struct err *e)
{
	struct status *st = c->sy->status;

	if (c->sy->env->request->dry_run)
		return 0;
	if (status_begin(st, e) == -1)
		return -1;
	if ((anew && folders_drop(c->sy, e) == -1) ||
	    status_tokens_drop(st, e) == -1 ||
	    status_fact_put(st, fact_names[c->side], c->now, e) == -1 ||
	    status_commit(st, e) == -1) {
		status_rollback(st);
		return -1;
	}
	return 0;
}

/* Whether the user, who was asked about just this, lets it through. */
static int
change_released(const struct change *c, bool *released, struct err *e)
{
	char *asked;

	*released = c->sy->env->request->release == RELEASE_ALL;
	if (c->sy->env->request->release != RELEASE_SHOWN)
		return 0;
	if (status_fact_get(c->sy->status, asked_names[c->side], &asked, e) ==
	    -1)
		return -1;
	*released = asked != NULL && strcmp(asked, c->now) == 0;
	free(asked);
	return 0;
}

static int
change_ask(struct change *c, struct err *e)
{
	report_held(c->sy, NULL, EVOP_SKIP, 0,
	    "the %s side was %s and is %s now, and that is not known to be the "
	    "same mail: %s; nothing was done. If it is another account, give "
	    "it another name and another Maildir in the configuration. To put "
	    "the mail of both together, run again with --force-delete: nothing "
	    "is deleted, messages are paired by content, and each side gets "
	    "what it lacks",
	    side_name(c->side), c->before, c->now, c->why);
	return c->sy->env->request->dry_run
		   ? 0
		   : status_fact_put(
			 c->sy->status, asked_names[c->side], c->now, e);
}

static int
change_decide(struct change *c, bool *stop, struct err *e)
{
	bool released;

	if (change_prove(c, e) == -1 || change_released(c, &released, e) == -1)
		return -1;
	if (c->why == NULL) {
		log_line(c->sy->env->log,
		    "%s: the %s side was %s and is %s now, with the same mail",
		    c->sy->env->account->name, side_name(c->side), c->before,
		    c->now);
		return change_store(c, false, e);
	}
	if (!released) {
		*stop = true;
		return change_ask(c, e);
	}
	report_warning(c->sy, NULL,
	    "the %s side was %s and is %s now; messages are paired anew by "
	    "content",
	    side_name(c->side), c->before, c->now);
	*stop |= c->sy->env->request->dry_run;
	return change_store(c, true, e);
}

static int
side_check(struct sync *sy, enum side side, bool *stop, struct err *e)
{
	struct change c = { .sy = sy, .side = side };
	int ret;

	c.now = side_text(&sy->env->account->store[side]);
	ret = status_fact_get(sy->status, fact_names[side], &c.before, e);
	if (ret == 0 && c.before == NULL && !sy->env->request->dry_run)
		ret = status_fact_put(sy->status, fact_names[side], c.now, e);
	else if (ret == 0 && c.before != NULL && strcmp(c.before, c.now) != 0)
		ret = change_decide(&c, stop, e);
	change_clear(&c);
	return ret;
}

int
identity_check(struct sync *sy, bool *stop, struct err *e)
{
	*stop = false;
	if (side_check(sy, REMOTE, stop, e) == -1)
		return -1;
	return side_check(sy, LOCAL, stop, e);
}

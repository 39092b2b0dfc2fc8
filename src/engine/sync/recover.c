/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an earlier run left in flight: copies that were sent to a store which
 * numbers messages itself, and whose number we never learned. They are looked
 * for among the ids that did not exist when the copy was about to be sent.
 *
 * Found: it is a pair, as if the answer had come, with the flags that the copy
 * was sent with: what differs from them was changed since. Not found: the
 * message is new again, and the intent stays for a while as an overdue one, in
 * case that its copy arrives after all (overdue.c). The look itself failed:
 * nothing is decided, and the folder is left alone.
 *
 * When we died a moment ago the server may still be storing what it has of us:
 * what is not found is looked for once more after a pause, which is cheaper
 * than to send it again.
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/copy.h"
#include "engine/sync/folder_scan.h"
#include "engine/sync/recover.h"
#include "engine/sync/unpaired.h"

/* Those of the intents that are for this side, and were not looked for yet, as
 * copies that were sent. */
static void
copies_take(struct copies *c, struct status_intent *list, size_t len)
{
	size_t i;

	c->list = xcalloc(len, sizeof(*c->list));
	c->next_id = UINT32_MAX;
	for (i = 0; i < len; i++) {
		struct copy *copy = &c->list[c->len];

		if (list[i].late != 0 || list[i].side != c->to)
			continue;
		copy->intent = list[i];
		list[i].name = NULL;
		copy->source_flags = list[i].flags;
		copy->result.outcome = STORE_DONE;
		if (list[i].next_id < c->next_id)
			c->next_id = list[i].next_id;
		c->len++;
	}
}

static int
copies_load(struct folder *f, struct copies copies[2], struct err *e)
{
	struct status_intent *list;
	enum side s;
	size_t len;

	if (status_intents(f->sy->status, f->row.id, &list, &len, e) == -1)
		return -1;
	for (s = LOCAL; s <= REMOTE; s++) {
		copies[s] = (struct copies){
			.f = f, .to = s, .validity = f->state[s].validity
		};
		copies_take(&copies[s], list, len);
	}
	status_intents_free(list, len);
	return 0;
}

/* Ids of another validity say nothing; pairing by content finds such a copy
 * later. */
static int
copies_search(struct copies *c, struct err *e)
{
	uint32_t *ids;
	size_t n;
	int ret;

	if (c->len == 0)
		return 0;
	ids = unpaired_ids_from(&c->f->scan, c->to, c->next_id, &n);
	ret = copies_look(c, ids, n, e);
	free(ids);
	return ret;
}

/* Not found: it may still arrive. */
static int
copy_overdue(void *arg, size_t i, struct err *e)
{
	struct copies *c = arg;
	const struct copy *copy = &c->list[i];

	log_debug(c->f->sy->env->log, LOG_SYNC,
	    "%s: copy in flight of %u: %s %u", c->f->entry->label,
	    copy->intent.source_id,
	    copy->id != 0 ? "arrived as" : "did not arrive", copy->id);
	if (copy->id != 0)
		return 0;
	return status_intent_late(
	    c->f->sy->status, copy->intent.id, clock_wall(), e);
}

static size_t
missing_count(const struct copies *c)
{
	size_t i, n;

	if (!store_traits(c->f->sy->store[c->to])->arrives_late)
		return 0;
	for (n = 0, i = 0; i < c->len; i++)
		n += c->list[i].id == 0;
	return n;
}

/*
 * Resolves the folder's intents by looking; they stay when that fails. Unless
 * it is the last look, nothing is resolved when *missing of them were not found
 * at a store where they may still arrive.
 */
static int
recover_intents(struct folder *f, bool last, size_t *missing, struct err *e)
{
	struct copies copies[2] = { 0 };
	enum side s;
	int ret;

	*missing = 0;
	ret = copies_load(f, copies, e);
	for (s = LOCAL; ret == 0 && s <= REMOTE; s++) {
		ret = copies_search(&copies[s], e);
		if (ret == 0)
			*missing += missing_count(&copies[s]);
	}
	for (s = LOCAL; ret == 0 && s <= REMOTE; s++)
		if ((*missing == 0 || last) && copies[s].len > 0)
			ret = copies_settle(
			    &copies[s], copy_overdue, &copies[s], e);
	copies_clear(&copies[LOCAL]);
	copies_clear(&copies[REMOTE]);
	return ret;
}

/* How often, and after what pause, to look for what a server may still be
 * storing, before it is sent again. */
#define RECOVER_LOOKS 2
#define RECOVER_WAIT_MS 350

int
recover_folder(struct folder *f, struct err *e)
{
	struct status_intent *list;
	size_t i, len, missing;
	bool any;

	if (f->sy->env->request->dry_run || f->row.validity[REMOTE] == 0)
		return 0;
	if (status_intents(f->sy->status, f->row.id, &list, &len, e) == -1)
		return -1;
	for (any = false, i = 0; i < len; i++)
		any = any || list[i].late == 0;
	status_intents_free(list, len);
	if (!any)
		return 0;
	for (i = 1;; i++) {
		if (folder_scan(f, true, e) == -1 ||
		    recover_intents(f, i == RECOVER_LOOKS, &missing, e) == -1)
			return -1;
		if (missing > 0 && i < RECOVER_LOOKS)
			poll(NULL, 0, RECOVER_WAIT_MS);
		if (folder_open(f, e) == -1)
			return -1;
		if (missing == 0 || i == RECOVER_LOOKS)
			return folder_scan(f, true, e);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ui/trouble.h"

/* A line that was told. */
struct told {
	uint64_t line;
	uint64_t folder; /* 0: it concerns none */
	bool warning;	 /* else something failed or is held */
	bool seen;	 /* since the last synchronisation ended */
	bool looked;	 /* likewise: its folder was looked at */
};

struct trouble_account {
	struct told *list;
	size_t len, cap;
	bool news; /* since the last synchronisation ended */
};

/* FNV-1a; never 0 for a text. Two texts that share it cost a line. */
static uint64_t
text_hash(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h | 1;
}

static uint64_t
folder_hash(const struct event *ev)
{
	return ev->folder[0] == '\0' ? 0 : text_hash(ev->folder);
}

/* One more for what concerns no account. */
void
trouble_init(struct trouble *t, size_t accounts)
{
	t->len = accounts + 1;
	t->accounts = xcalloc(t->len, sizeof(*t->accounts));
}

void
trouble_clear(struct trouble *t)
{
	size_t i;

	for (i = 0; i < t->len; i++)
		free(t->accounts[i].list);
	free(t->accounts);
	memset(t, 0, sizeof(*t));
}

static struct trouble_account *
account_of(struct trouble *t, const struct event *ev)
{
	return ev->account >= 0 && (size_t)ev->account < t->len - 1
		   ? &t->accounts[ev->account]
		   : &t->accounts[t->len - 1];
}

bool
trouble_is_news(struct trouble *t, const struct event *ev, const char *line)
{
	struct trouble_account *a = account_of(t, ev);
	uint64_t hash = text_hash(line);
	size_t i;

	for (i = 0; i < a->len; i++)
		if (a->list[i].line == hash) {
			a->list[i].seen = true;
			return false;
		}
	a->list = xgrow(a->list, a->len, &a->cap, sizeof(*a->list));
	a->list[a->len++] = (struct told){ .line = hash,
		.folder = folder_hash(ev),
		.warning = ev->kind == EV_WARNING,
		.seen = true };
	a->news = true;
	return true;
}

static bool
any_serious(const struct trouble_account *a)
{
	size_t i;

	for (i = 0; i < a->len; i++)
		if (!a->list[i].warning)
			return true;
	return false;
}

/* One that was stopped tells of nothing that it is over. */
static enum trouble_end
account_end(struct trouble_account *a, const struct event *ev)
{
	bool before = any_serious(a), news = a->news;
	struct told *told;
	size_t i, n = 0;

	for (i = 0; i < a->len; i++) {
		told = &a->list[i];
		if (!ev->stopped && !told->seen &&
		    (told->folder == 0 || told->looked))
			continue;
		told->seen = told->looked = false;
		a->list[n++] = *told;
	}
	a->len = n;
	a->news = false;
	if (news)
		return TROUBLE_NEWS;
	return before && !any_serious(a) ? TROUBLE_OVER : TROUBLE_SAME;
}

enum trouble_end
trouble_event(struct trouble *t, const struct event *ev)
{
	struct trouble_account *a = account_of(t, ev);
	uint64_t folder;
	size_t i;

	if (ev->kind == EV_ACCOUNT_END)
		return account_end(a, ev);
	if (ev->kind == EV_FOLDER_END || ev->kind == EV_FOLDER_SKIP) {
		folder = folder_hash(ev);
		for (i = 0; i < a->len; i++)
			if (a->list[i].folder == folder)
				a->list[i].looked = true;
	}
	return TROUBLE_SAME;
}

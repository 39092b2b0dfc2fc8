/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which problems quiet has reported already, and which are solved. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ui/plain/notices.h"

/* A line that was told. */
struct told {
	uint64_t line;
	uint64_t folder; /* 0: it concerns none */
	bool warning;	 /* else something failed or is held */
	bool seen;	 /* since the last synchronisation ended */
	bool looked;	 /* likewise: its folder was looked at */
	bool old;	 /* told under another configuration, and all folders
			  * of this one were not looked at yet */
};

struct notices_account {
	char *name; /* NULL: what concerns none */
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

static void
account_clear(struct notices_account *a)
{
	free(a->name);
	free(a->list);
	*a = (struct notices_account){ 0 };
}

static bool
is_called(const struct notices_account *a, const char *name)
{
	if (a->name == NULL || name == NULL)
		return a->name == name;
	return strcmp(a->name, name) == 0;
}

/* Moves what is told of the account of this name to *a. */
static void
account_take(
    struct notices_account *a, const char *name, const struct notices *from)
{
	size_t i;

	for (i = 0; i < from->len; i++)
		if (is_called(&from->accounts[i], name)) {
			*a = from->accounts[i];
			from->accounts[i] = (struct notices_account){ 0 };
			break;
		}
	if (a->name == NULL && name != NULL)
		a->name = xstrdup(name);
	for (i = 0; i < a->len; i++)
		a->list[i].old = true;
}

/* One more for what concerns no account. */
void
notices_begin(struct notices *t, const char *const *names, size_t n)
{
	struct notices before = *t;
	size_t i;

	t->len = n + 1;
	t->accounts = xcalloc(t->len, sizeof(*t->accounts));
	for (i = 0; i < t->len; i++)
		account_take(&t->accounts[i], i < n ? names[i] : NULL, &before);
	notices_clear(&before);
}

void
notices_clear(struct notices *t)
{
	size_t i;

	for (i = 0; i < t->len; i++)
		account_clear(&t->accounts[i]);
	free(t->accounts);
	memset(t, 0, sizeof(*t));
}

static struct notices_account *
account_of(struct notices *t, const struct event *ev)
{
	return ev->account >= 0 && (size_t)ev->account < t->len - 1
		   ? &t->accounts[ev->account]
		   : &t->accounts[t->len - 1];
}

bool
notices_is_news(struct notices *t, const struct event *ev, const char *line)
{
	struct notices_account *a = account_of(t, ev);
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
any_serious(const struct notices_account *a)
{
	size_t i;

	for (i = 0; i < a->len; i++)
		if (!a->list[i].warning)
			return true;
	return false;
}

/* One that was stopped tells of nothing that it is over. */
static enum notices_end
account_end(struct notices_account *a, const struct event *ev)
{
	bool whole = !ev->stopped && ev->scope <= ERR_FOLDER;
	bool before = any_serious(a), news = a->news;
	struct told *told;
	size_t i, n = 0;

	for (i = 0; i < a->len; i++) {
		told = &a->list[i];
		if (!ev->stopped && !told->seen &&
		    (told->folder == 0 || told->looked || (told->old && whole)))
			continue;
		told->seen = told->looked = false;
		told->old = told->old && !whole;
		a->list[n++] = *told;
	}
	a->len = n;
	a->news = false;
	if (news)
		return NOTICES_NEWS;
	return before && !any_serious(a) ? NOTICES_SOLVED : NOTICES_SAME;
}

enum notices_end
notices_event(struct notices *t, const struct event *ev)
{
	struct notices_account *a = account_of(t, ev);
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
	return NOTICES_SAME;
}

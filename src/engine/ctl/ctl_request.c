/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of `blinkmail ctl' to and from lines of the protocol. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "engine/ctl/ctl_request.h"
#include "engine/ctl/ctl_target.h"

static const char *const verbs[] = {
	[CTL_VERB_SYNC] = "sync",
	[CTL_VERB_STATUS] = "status",
	[CTL_VERB_QUIT] = "quit",
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* Words that are there or not. */
static const struct {
	const char *word;
	enum ctl_verb verb;
	size_t offset; /* of a bool */
} flags[] = {
	{ "wait", CTL_VERB_SYNC, offsetof(struct ctl_request, wait) },
	{ "quick", CTL_VERB_SYNC, offsetof(struct ctl_request, sync.quick) },
	{ "force-delete", CTL_VERB_SYNC,
	    offsetof(struct ctl_request, force_delete) },
	{ "json", CTL_VERB_STATUS, offsetof(struct ctl_request, json) },
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static void
name_put(struct buf *out, const char *key, const char *name)
{
	buf_printf(out, " %s=", key);
	ctl_target_encode(out, name);
}

void
ctl_request_put(const struct ctl_request *q, struct buf *out)
{
	const char *name;
	size_t i;

	buf_puts(out, verbs[q->verb]);
	for (i = 0; i < FLAGS; i++)
		if (*(const bool *)((const char *)q + flags[i].offset))
			buf_printf(out, " %s", flags[i].word);
	if (q->target[0] != '\0')
		name_put(out, "target", q->target);
	name = NULL;
	while ((name = namelist_next(&q->accounts, name)) != NULL)
		name_put(out, "account", name);
	while ((name = namelist_next(&q->sync.folders, name)) != NULL)
		name_put(out, "folder", name);
}

static bool
flag_take(struct ctl_request *q, const char *word)
{
	size_t i;

	for (i = 0; i < FLAGS; i++)
		if (flags[i].verb == q->verb &&
		    strcmp(flags[i].word, word) == 0)
			break;
	if (i == FLAGS)
		return false;
	*(bool *)((char *)q + flags[i].offset) = true;
	return true;
}

static bool
target_take(struct ctl_request *q, const char *name)
{
	size_t n = strlen(name);

	if (n >= sizeof(q->target) || q->target[0] != '\0')
		return false;
	memcpy(q->target, name, n + 1);
	return true;
}

/* What follows "key=". */
static bool
value_take(struct ctl_request *q, const char *key, const char *value)
{
	struct buf name = { 0 };
	bool taken = false;

	if (q->verb == CTL_VERB_SYNC && ctl_target_decode(&name, value) &&
	    name.len > 0) {
		if (strcmp(key, "target") == 0)
			taken = target_take(q, buf_str(&name));
		else if (strcmp(key, "account") == 0)
			taken = namelist_add(&q->accounts, buf_str(&name));
		else if (strcmp(key, "folder") == 0)
			taken = namelist_add(&q->sync.folders, buf_str(&name));
	}
	buf_clear(&name);
	return taken;
}

/* A word after the first one; it is changed. */
static bool
word_take(struct ctl_request *q, char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL)
		return flag_take(q, word);
	*value = '\0';
	return value_take(q, word, value + 1);
}

int
ctl_request_parse(const char *line, struct ctl_request *q, struct err *e)
{
	struct buf copy = { 0 };
	char *rest, *word;
	size_t i;
	bool good;

	memset(q, 0, sizeof(*q));
	buf_puts(&copy, line);
	rest = copy.data;
	word = strsep(&rest, " ");
	for (i = 0; word != NULL && i < VERBS; i++)
		if (strcmp(word, verbs[i]) == 0)
			break;
	good = word != NULL && i < VERBS;
	q->verb = good ? (enum ctl_verb)i : CTL_VERB_SYNC;
	while (good && (word = strsep(&rest, " ")) != NULL)
		good = word_take(q, word);
	buf_clear(&copy);
	return good ? 0 : err_set(e, ERR_ALL, "not a request");
}

static int
accounts_named(const struct namelist *accounts, const char *const *names,
    size_t n, bool *which, struct err *e)
{
	const char *name = NULL;
	size_t i;

	while ((name = namelist_next(accounts, name)) != NULL) {
		if (ctl_target_account(name, names, n, &i, e) == -1)
			return -1;
		which[i] = true;
	}
	return 0;
}

/* ACCOUNT[/FOLDER]: the folder goes into the request. */
static int
account_target(struct ctl_request *q, const char *const *names, size_t n,
    bool *which, struct err *e)
{
	const char *folder;
	size_t i;

	if (q->accounts.len > 0)
		return err_set(e, ERR_ALL, "the accounts are named twice");
	if (ctl_target_find(q->target, names, n, &i, &folder, e) == -1)
		return -1;
	if (folder[0] != '\0' && q->sync.folders.len > 0)
		return err_set(e, ERR_ALL, "the folders are named twice");
	if (folder[0] != '\0')
		namelist_add(&q->sync.folders, folder); /* shorter than all */
	which[i] = true;
	return 0;
}

int
ctl_request_accounts(struct ctl_request *q, const char *const *names, size_t n,
    bool *which, struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++)
		which[i] = q->target[0] == '\0' && q->accounts.len == 0;
	if (q->target[0] != '\0')
		return account_target(q, names, n, which, e);
	return accounts_named(&q->accounts, names, n, which, e);
}

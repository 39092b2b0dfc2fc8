/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as lines of text, and the summary of an account. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ui/plain/lines.h"

void
lines_init(struct lines *l, const char *const *names, size_t len, bool dry_run)
{
	l->dry_run = dry_run;
	l->names = names;
	l->len = len;
	l->accounts = xcalloc(len + 1, sizeof(*l->accounts));
}

void
lines_clear(struct lines *l)
{
	free(l->accounts);
	memset(l, 0, sizeof(*l));
}

bool
lines_is_problem(const struct event *ev)
{
	return ev->kind == EV_ERROR || ev->kind == EV_WARNING ||
	       ev->kind == EV_HELD;
}

static struct lines_account *
account_of(const struct lines *l, const struct event *ev)
{
	return ev->account >= 0 && (size_t)ev->account < l->len
		   ? &l->accounts[ev->account]
		   : NULL;
}

static const char *
name_of(const struct lines *l, const struct event *ev)
{
	return account_of(l, ev) == NULL ? "" : l->names[ev->account];
}

/* "work: ERROR: INBOX: UID 17: text" */
static void
put_problem(const struct lines *l, const struct event *ev, const char *word,
    struct buf *out)
{
	const char *name = name_of(l, ev);

	if (name[0] != '\0')
		buf_printf(out, "%s: ", name);
	buf_puts(out, word);
	event_put_line(ev, out);
}

/* The message: by its UID on the server, else by its number here. */
static void
put_message(const struct event *ev, struct buf *out)
{
	if (ev->uid != 0)
		buf_printf(out, "message UID %" PRIu32, ev->uid);
	else if (ev->lid != 0)
		buf_printf(out, "local message %" PRIu32, ev->lid);
	else if (ev->total > 1)
		buf_printf(out, "%" PRIu64 " messages", ev->total);
	else
		buf_puts(out, "message");
}

static void
put_operation(const struct event *ev, struct buf *out)
{
	const char *to = side_name(ev->side), *from = side_name(!ev->side);

	switch (ev->op) {
	case EVOP_COPY:
		buf_puts(out, "Copy ");
		put_message(ev, out);
		buf_printf(out, " %s:%s -> %s", from, ev->folder, to);
		return;
	case EVOP_TRANSFER:
		buf_puts(out, "Copy ");
		put_message(ev, out);
		buf_printf(out, " within %s to %s", to, ev->folder);
		return;
	case EVOP_MOVE:
		buf_puts(out, "Move ");
		put_message(ev, out);
		buf_printf(out, " within %s to %s", to, ev->folder);
		return;
	case EVOP_FLAGS:
		buf_printf(out, "Changing flags %s of ", ev->flags);
		break;
	case EVOP_EXPUNGE:
		buf_puts(out, "Deleting ");
		break;
	case EVOP_ADOPT:
		buf_puts(out, "Pairing ");
		break;
	case EVOP_SKIP:
		buf_puts(out, "IGNORED: ");
		break;
	case EVOP_HELD:
		buf_puts(out, "Holding the deletion of ");
		break;
	}
	put_message(ev, out);
	buf_printf(out, " in %s[%s]", ev->folder, to);
}

static void
put_op(const struct lines *l, const struct event *ev, struct buf *out)
{
	/* They cost nothing and can be a million. */
	if (ev->op == EVOP_ADOPT && !ev->planned)
		return;
	buf_printf(
	    out, "%s: %s", name_of(l, ev), ev->planned ? "[DRYRUN] " : "");
	put_operation(ev, out);
	if (ev->text[0] != '\0')
		buf_printf(out, ": %s", ev->text);
}

/* What is wrong is told anew by each sync, or is over. */
static void
account_begin(struct lines_account *a, const struct event *ev)
{
	static const enum count_kind wrong[] = { COUNT_HELD, COUNT_SKIP,
		COUNT_FAILED };
	size_t i;

	a->start = ev->time;
	a->ended = a->stopped = false;
	a->scope = ERR_NONE;
	a->errors -= a->old_errors;
	a->warnings -= a->old_warnings;
	a->old_errors = a->old_warnings = 0;
	a->held = 0;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		a->counts[0][wrong[i]] = a->counts[1][wrong[i]] = 0;
}

static void
account_end(struct lines_account *a, const struct event *ev)
{
	size_t side, i;

	a->ended = true;
	a->stopped = ev->stopped;
	a->scope = ev->scope;
	a->old_errors = a->errors;
	a->old_warnings = a->warnings;
	for (side = 0; side < 2; side++)
		for (i = 0; i < COUNT_KINDS; i++)
			a->counts[side][i] += ev->counts[side][i];
}

static void
account_count(struct lines_account *a, const struct event *ev)
{
	if (a == NULL)
		return;
	if (ev->kind == EV_ACCOUNT_START)
		account_begin(a, ev);
	else if (ev->kind == EV_ACCOUNT_END)
		account_end(a, ev);
	else if (ev->kind == EV_ERROR)
		a->errors++;
	else if (ev->kind == EV_WARNING)
		a->warnings++;
	else if (ev->kind == EV_HELD)
		a->held++;
}

static void
put_end(const struct lines *l, const struct event *ev, struct buf *out)
{
	const struct lines_account *a = account_of(l, ev);
	int64_t took;

	took = a == NULL || a->start == 0 ? 0 : ev->time - a->start;
	if (took < 0)
		took = 0; /* the clock was set back */
	buf_printf(out, "*** Finished account '%s' in %" PRId64 ":%02d",
	    name_of(l, ev), took / 60, (int)(took % 60));
}

void
lines_begin(const struct lines *l, const struct event *ev, struct buf *out)
{
	buf_printf(out, "*** Processing account %s", name_of(l, ev));
}

void
lines_event(struct lines *l, const struct event *ev, struct buf *out)
{
	const char *name = name_of(l, ev);

	account_count(account_of(l, ev), ev);
	switch (ev->kind) {
	case EV_ACCOUNT_START:
		lines_begin(l, ev, out);
		break;
	case EV_ACCOUNT_END:
		put_end(l, ev, out);
		break;
	case EV_CONNECTING:
		buf_printf(
		    out, "%s: Establishing connection to %s", name, ev->text);
		break;
	case EV_HOOK:
		buf_printf(out, "%s: Running %s", name, ev->text);
		break;
	case EV_FOLDER_START:
		buf_printf(out, "%s: Syncing %s", name, ev->folder);
		break;
	case EV_FOLDER_SKIP:
		buf_printf(
		    out, "%s: Skipping %s (not changed)", name, ev->folder);
		break;
	case EV_FOLDER_CREATE:
		buf_printf(out, "%s: %sCreating folder %s[%s]", name,
		    ev->planned ? "[DRYRUN] " : "", ev->folder,
		    side_name(ev->side));
		break;
	case EV_FOLDER_RENAME:
		buf_printf(out, "%s: %sRenaming folder %s to %s[%s]", name,
		    ev->planned ? "[DRYRUN] " : "", ev->text, ev->folder,
		    side_name(ev->side));
		break;
	case EV_OP:
		put_op(l, ev, out);
		break;
	case EV_ERROR:
		put_problem(l, ev, "ERROR: ", out);
		break;
	case EV_WARNING:
		put_problem(l, ev, "warning: ", out);
		break;
	case EV_HELD:
		put_problem(l, ev, "HELD: ", out);
		break;
	default:
		break;
	}
}

static void
put_count(struct buf *out, size_t start, uint64_t n, const char *what)
{
	if (n > 0)
		buf_printf(out, "%s%" PRIu64 " %s",
		    out->len == start ? "" : ", ", n, what);
}

static void
put_counts(const struct lines_account *a, struct buf *out)
{
	static const struct {
		enum count_kind kind;
		const char *here, *there;
	} words[] = {
		{ COUNT_COPY, "new here", "new there" },
		{ COUNT_FLAGS, "flags changed here", "flags changed there" },
		{ COUNT_EXPUNGE, "deleted here", "deleted there" },
		{ COUNT_ADOPT, "paired", "paired there" },
		{ COUNT_HELD, "deletions held here", "deletions held there" },
		{ COUNT_SKIP, "skipped", "skipped there" },
		{ COUNT_FAILED, "failed here", "failed there" },
	};
	size_t i, start = out->len;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		put_count(
		    out, start, a->counts[0][words[i].kind], words[i].here);
		put_count(
		    out, start, a->counts[1][words[i].kind], words[i].there);
	}
	if (out->len == start)
		buf_puts(out, "no change");
}

static bool
account_has_problem(const struct lines_account *a)
{
	return a->scope != ERR_NONE || a->errors > 0 || a->held > 0 ||
	       a->stopped || a->counts[0][COUNT_FAILED] > 0 ||
	       a->counts[1][COUNT_FAILED] > 0;
}

static void
put_number(struct buf *out, unsigned n, const char *what)
{
	if (n > 0)
		buf_printf(out, "; %u %s%s", n, what, n == 1 ? "" : "s");
}

void
lines_summary_of(const struct lines *l, size_t account, struct buf *out)
{
	const struct lines_account *a = &l->accounts[account];

	buf_printf(
	    out, "%s: %s", l->names[account], l->dry_run ? "would be: " : "");
	put_counts(a, out);
	put_number(out, a->errors, "error");
	put_number(out, a->warnings, "warning");
	if (a->held > 0)
		buf_puts(out, "; waits for a decision");
	if (a->scope >= ERR_SESSION)
		buf_puts(out, "; not finished");
	else if (!a->ended || a->stopped)
		buf_puts(out, "; stopped");
	buf_putc(out, '\n');
}

bool
lines_stopped(const struct lines *l, size_t account)
{
	const struct lines_account *a = &l->accounts[account];

	return a->stopped || (a->start != 0 && !a->ended);
}

void
lines_forget(struct lines *l, size_t account)
{
	memset(&l->accounts[account], 0, sizeof(l->accounts[account]));
}

void
lines_summary(const struct lines *l, bool only_problems, struct buf *out)
{
	const struct lines_account *a;
	size_t i;

	for (i = 0; i < l->len; i++) {
		a = &l->accounts[i];
		if (a->start == 0 && !a->ended && a->errors == 0)
			continue;
		if (!only_problems || account_has_problem(a))
			lines_summary_of(l, i, out);
	}
}

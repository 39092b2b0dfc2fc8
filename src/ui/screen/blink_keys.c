/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of keys, and what each one does. */
#include "config.h"

#include "ui/screen/blink_private.h"
#include "ui/screen/key.h"
#include "ui/screen/view.h"

#define NOBODY (-2) /* no row is selected */

/* Where two things are possible it goes by what is on the screen. */
static bool
in_account(const struct blink *b)
{
	return b->model.account >= 0;
}

static struct folders *
folders_of(struct blink *b)
{
	return &b->model.rows[b->model.account].folders;
}

/* The account that a command is for; -1: all. */
static int
target(struct blink *b)
{
	if (in_account(b))
		return b->model.account;
	if (b->model.selected < 0) {
		blink_say(b, "Select a row first, with the arrows");
		return NOBODY;
	}
	return (size_t)b->model.selected == b->model.len ? -1
							 : b->model.selected;
}

/* The engine would not do it, and not say so. */
static bool
is_paused(struct blink *b, int account)
{
	if (account < 0 || !b->model.rows[account].paused)
		return false;
	blink_say(b, "%s is paused: p goes on", b->names[account]);
	return true;
}

/* An account that is synchronised already is left alone, as documented. */
static void
sync_account(struct blink *b, int account, bool full)
{
	struct request r = { .full = full };
	const struct folders *f;

	if (account == NOBODY ||
	    (account >= 0 && b->model.rows[account].active) ||
	    is_paused(b, account))
		return;
	if (in_account(b) && account == b->model.account) {
		f = folders_of(b);
		if (f->selected < f->len)
			namelist_add(&r.folders, f->rows[f->selected].name);
	}
	blink_sync(b, account, &r);
}

static void
key_row(struct blink *b, int key)
{
	const struct request usual = { 0 };
	int row = model_row_of_key(&b->model, key);

	if (row < 0)
		return;
	if ((size_t)row == b->model.len)
		row = -1;
	else if (b->model.rows[row].active || is_paused(b, row))
		return;
	blink_sync(b, row, &usual);
}

static void
key_sync(struct blink *b, int key)
{
	(void)key;
	sync_account(b, target(b), false);
}

static void
key_full(struct blink *b, int key)
{
	(void)key;
	sync_account(b, target(b), true);
}

static void
key_cancel(struct blink *b, int key)
{
	int account = target(b);

	(void)key;
	if (account == NOBODY ||
	    (account >= 0 && !b->model.rows[account].active))
		return;
	blink_post(b, CMD_CANCEL, account);
	blink_say(b, "%s: stopping after what is in flight",
	    account == -1 ? "All" : b->names[account]);
}

static void
key_pause(struct blink *b, int key)
{
	int account = target(b);
	bool paused = true;
	size_t i;

	(void)key;
	if (account == NOBODY)
		return;
	for (i = 0; i < b->model.len; i++)
		if (account == -1 || account == (int)i)
			paused = paused && b->model.rows[i].paused;
	blink_post(b, paused ? CMD_RESUME : CMD_PAUSE, account);
}

static void
key_yes(struct blink *b, int key)
{
	const struct request release = { .release = RELEASE_SHOWN };
	int row = model_question(&b->model);

	(void)key;
	if (row < 0)
		row = model_held(&b->model);
	if (row < 0)
		blink_say(b, "nothing is held");
	if (row < 0 || is_paused(b, row))
		return;
	blink_sync(b, row, &release);
	blink_say(b, "%s: what is held is deleted%s", b->names[row],
	    b->model.rows[row].active ? " after this sync" : "");
	model_answered(&b->model, row, true);
}

static void
key_no(struct blink *b, int key)
{
	int row = model_question(&b->model);

	(void)key;
	if (row < 0)
		return;
	model_answered(&b->model, row, false);
	blink_say(b, "%s: still held; y deletes it", b->names[row]);
}

static void
select_folder(struct blink *b, long n)
{
	struct folders *f = folders_of(b);
	long at = (long)f->selected + n;

	if (at >= (long)f->len)
		at = (long)f->len - 1;
	f->selected = at > 0 ? (size_t)at : 0;
}

static void
key_arrow(struct blink *b, int key)
{
	int rows = (int)b->model.len + 1, at;
	bool up = key == TERM_UP;

	if (in_account(b)) {
		select_folder(b, up ? -1 : 1);
		return;
	}
	/* Counted from *Control down, as they are shown. */
	at = b->model.selected < 0 ? (up ? rows : -1)
				   : (b->model.selected + 1) % rows;
	at += up ? -1 : 1;
	if (at < 0 || at >= rows)
		return;
	b->model.selected = at == 0 ? rows - 1 : at - 1;
}

static void
key_enter(struct blink *b, int key)
{
	struct model *m = &b->model;

	(void)key;
	if (in_account(b))
		m->account = -1;
	else if (m->selected >= 0 && (size_t)m->selected < m->len)
		m->account = m->selected;
}

static void
key_leave(struct blink *b, int key)
{
	(void)key;
	if (in_account(b))
		b->model.account = -1;
	else
		b->model.selected = -1;
}

static void
move(struct blink *b, long n)
{
	if (in_account(b))
		select_folder(b, -n);
	else
		model_scroll(&b->model, n);
}

static void
key_page(struct blink *b, int key)
{
	long n = view_page(&b->model, b->canvas.width, b->canvas.height);

	move(b, key == TERM_PAGE_UP ? n : -n);
}

static void
key_end(struct blink *b, int key)
{
	long n = (long)(in_account(b) ? folders_of(b)->len : b->model.log.len);

	move(b, key == TERM_HOME ? n : -n);
}

static void
key_search(struct blink *b, int key)
{
	(void)key;
	blink_ask_search(b);
}

static void
key_error(struct blink *b, int key)
{
	(void)key;
	if (in_account(b))
		folders_search(folders_of(b), NULL);
	else if (!model_search_problem(&b->model))
		blink_say(b, "No error in any older line");
}

static void
key_numbers(struct blink *b, int key)
{
	(void)key;
	b->model.numbers =
	    view_has_numbers(&b->model, b->canvas.width, b->canvas.height)
		? NUMBERS_OFF
		: NUMBERS_ON;
}

static void
key_colours(struct blink *b, int key)
{
	(void)key;
	blink_scheme(b, (b->scheme + 1) % SCHEMES);
}

static void
key_redraw(struct blink *b, int key)
{
	(void)key;
	b->all = true;
}

static void
key_suspend(struct blink *b, int key)
{
	(void)key;
	blink_suspend(b);
}

static void
key_help(struct blink *b, int key)
{
	(void)key;
	b->model.help = blink_keys;
	b->model.help_scroll = 0;
}

static void
key_quit(struct blink *b, int key)
{
	(void)key;
	blink_stop(b);
}

const struct key blink_keys[] = {
	{ '1', '9', "1-9", "synchronise that row at once; *Control: all",
	    key_row },
	{ 'A', 'Z', "A-Z", "likewise, the rows above", key_row },
	{ TERM_UP, TERM_DOWN, "Up Down", "select a row, or a folder",
	    key_arrow },
	{ TERM_ENTER, TERM_ENTER, "Enter",
	    "open the selected account; again: leave it", key_enter },
	{ TERM_ESCAPE, TERM_ESCAPE, "Esc", "leave the account; select no row",
	    key_leave },
	{ TERM_BACKSPACE, TERM_BACKSPACE, "Backspace", "likewise", key_leave },
	{ 'r', 'r', "r", "synchronise what is selected: row or folder",
	    key_sync },
	{ 'f', 'f', "f", "likewise, and read everything", key_full },
	{ 'p', 'p', "p", "pause the selected row, or go on with it",
	    key_pause },
	{ 's', 's', "s", "stop its synchronisation", key_cancel },
	{ 'y', 'y', "y", "delete what is held", key_yes },
	{ 'n', 'n', "n", "keep it held", key_no },
	{ TERM_PAGE_UP, TERM_PAGE_DOWN, "PgUp PgDn",
	    "older and newer lines; folders", key_page },
	{ TERM_HOME, TERM_END, "Home End", "the oldest and the newest; folders",
	    key_end },
	{ '/', '/', "/", "search upwards; Enter again: the next one",
	    key_search },
	{ 'e', 'e', "e", "the next older error; folder with an error",
	    key_error },
	{ '\t', '\t', "Tab", "numbers for each row, or none", key_numbers },
	{ 'c', 'c', "c", "the next colour scheme", key_colours },
	{ TERM_CTRL('L'), TERM_CTRL('L'), "^L", "draw the screen again",
	    key_redraw },
	{ TERM_CTRL('Z'), TERM_CTRL('Z'), "^Z",
	    "stop here; the shell's fg goes on", key_suspend },
	{ '?', '?', "?", "help", key_help },
	{ 'q', 'q', "q", "finish what is in flight and end; again: now",
	    key_quit },
	{ 0, 0, NULL, NULL, NULL },
};

/* The help scrolls; any other key leaves it. The view keeps to its end. */
static void
help_key(struct model *m, int key, size_t page)
{
	switch (key) {
	case TERM_DOWN:
		m->help_scroll++;
		break;
	case TERM_UP:
		m->help_scroll -= m->help_scroll > 0;
		break;
	case TERM_PAGE_DOWN:
		m->help_scroll += page;
		break;
	case TERM_PAGE_UP:
		m->help_scroll -= page < m->help_scroll ? page : m->help_scroll;
		break;
	case TERM_HOME:
		m->help_scroll = 0;
		break;
	case TERM_END:
		m->help_scroll = INT16_MAX;
		break;
	default:
		m->help = NULL;
		break;
	}
}

void
blink_key(struct blink *b, int key)
{
	const struct key *k;

	if (b->model.help != NULL) {
		help_key(&b->model, key,
		    view_page(&b->model, b->canvas.width, b->canvas.height));
		return;
	}
	for (k = blink_keys; k->name != NULL; k++)
		if (key >= k->first && key <= k->last) {
			k->act(b, key);
			return;
		}
}

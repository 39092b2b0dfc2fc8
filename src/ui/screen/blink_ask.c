/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions on the screen: passwords, and what is searched for. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ui/screen/blink_private.h"

static void
typed_show(struct blink *b)
{
	struct model_prompt *p = &b->model.prompt;

	if (b->mode == MODE_PASSWORD) {
		p->at = prompt_stars(&b->typed, p->typed);
	} else {
		memcpy(p->typed, b->typed.text, sizeof(p->typed));
		p->at = b->typed.at;
	}
}

static void
mode_set(struct blink *b, enum blink_mode mode, const char *label)
{
	b->mode = mode;
	prompt_wipe(&b->typed);
	snprintf(
	    b->model.prompt.label, sizeof(b->model.prompt.label), "%s", label);
	typed_show(b);
}

/* Asks the first question that waits, if any. */
static void
ask_next(struct blink *b)
{
	char label[600];

	mode_set(b, MODE_KEYS, "");
	if (b->asking_len == 0)
		return;
	snprintf(label, sizeof(label),
	    "Password for %s: ", b->questions[b->asking[0]]);
	mode_set(b, MODE_PASSWORD, label);
}

void
blink_ask(struct blink *b, const struct event *ev)
{
	memcpy(b->questions[ev->account], ev->text,
	    sizeof(b->questions[ev->account]));
	b->asking[b->asking_len++] = ev->account;
	if (b->mode == MODE_KEYS)
		ask_next(b);
}

void
blink_ask_search(struct blink *b)
{
	mode_set(b, MODE_SEARCH, "/");
}

/* An empty answer means that the user does not want to answer. */
static void
password_told(struct blink *b)
{
	struct command c = { .kind = CMD_PASSWORD, .account = b->asking[0] };

	_Static_assert(PROMPT_CAP == PASSWORD_BYTES, "an answer fits");
	memcpy(c.password, b->typed.text, sizeof(c.password));
	engine_post(b->en, &c);
	b->asking_len--;
	memmove(b->asking, b->asking + 1, b->asking_len * sizeof(*b->asking));
	ask_next(b);
}

static void
search(struct blink *b)
{
	struct model *m = &b->model;
	bool found;

	if (b->typed.len > 0)
		memcpy(b->sought, b->typed.text, sizeof(b->sought));
	ask_next(b);
	if (b->sought[0] == '\0')
		return;
	found = m->account < 0
		    ? model_search(m, b->sought)
		    : folders_search(&m->rows[m->account].folders, b->sought);
	if (!found)
		blink_say(b, "\"%s\" is not in any %s", b->sought,
		    m->account < 0 ? "older line" : "folder's name");
}

void
blink_answer(struct blink *b, int key)
{
	if (key == TERM_ESCAPE) {
		prompt_wipe(&b->typed);
		if (b->mode == MODE_PASSWORD)
			password_told(b);
		else
			ask_next(b);
	} else if (key == TERM_ENTER) {
		if (b->mode == MODE_PASSWORD)
			password_told(b);
		else
			search(b);
	} else if (prompt_key(&b->typed, key)) {
		typed_show(b);
	}
}

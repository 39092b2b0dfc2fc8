/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "store_imap_fixture.h"

const size_t fixture_chunks[FIXTURE_CHUNKS] = { 1, 7, 100000 };

static char tunnel[] = "true", host[] = "mail.example.org";

void
fixture_open(struct fixture *f, const char *text, size_t chunk)
{
	struct store_imap_config c = { .settings = &f->settings,
		.side = REMOTE,
		.socktimeout = 5,
		.cancel_fd = -1,
		.log_name = "test" };
	struct err e = ERR_INIT;

	f->text = text;
	f->settings.type = STORE_IMAP;
	f->settings.preauthtunnel = tunnel;
	f->settings.host = host;
	if (store_imap_over(
		&c, script_stream(&f->script, text, chunk), &f->s, &e) == -1)
		fail_msg("%s\n%s", text, err_text(&e));
	err_clear(&e);
}

int
fixture_select(
    struct fixture *f, const char *name, bool readonly, struct err *e)
{
	const struct store_open o = { .name = name,
		.readonly = readonly,
		.keywords = &f->words,
		.validity = f->validity,
		.confirm = f->confirm };

	return f->s->ops->open(f->s, &o, &f->st, e);
}

void
fixture_inbox(struct fixture *f, const char *text, size_t chunk)
{
	struct err e = ERR_INIT;

	fixture_open(f, text, chunk);
	if (fixture_select(f, "INBOX", false, &e) == -1)
		fail_msg("%s\n%s", text, err_text(&e));
	err_clear(&e);
}

void
fixture_close(struct fixture *f)
{
	f->s->ops->free(f->s);
	assert_true(f->script.freed);
	if (f->script.problem.len > 0 && !f->problems_fine)
		fail_msg("%s\n%s", f->text, buf_str(&f->script.problem));
	script_clear(&f->script);
	keywords_clear(&f->words);
}

void
fixture_run(const char *text, void (*play)(struct fixture *f),
    void (*open)(struct fixture *f, const char *text, size_t chunk))
{
	struct fixture f;
	size_t i;

	for (i = 0; i < FIXTURE_CHUNKS; i++) {
		f = (struct fixture){ .settings = { .expunge = true } };
		open(&f, text, fixture_chunks[i]);
		play(&f);
		fixture_close(&f);
	}
}

void
fixture_error(const struct err *e, enum err_scope scope, const char *text)
{
	if (e->scope != scope || strncmp(err_text(e), text, strlen(text)) != 0)
		fail_msg("%s: %s; expected %s: %s", err_scope_name(e->scope),
		    err_text(e), err_scope_name(scope), text);
}

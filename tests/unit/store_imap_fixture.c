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
	f->settings.pipelining = !f->one_at_a_time;
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

/* Results as text: "done 12/7, failed: why, ...". */
static void
dump(const struct store_result *r, size_t n, struct buf *out)
{
	static const char *const names[] = { "pending", "done", "gone",
		"changed", "failed", "unkept" };
	size_t i;

	buf_reset(out);
	for (i = 0; i < n; i++) {
		buf_printf(out, "%s%s", i > 0 ? ", " : "", names[r[i].outcome]);
		if (r[i].id != 0)
			buf_printf(out, " %u/%u", r[i].id, r[i].validity);
		if (r[i].moved)
			buf_puts(out, " moved");
		if (r[i].outcome >= STORE_FAILED)
			buf_printf(out, ": %s%s", err_text(&r[i].err),
			    r[i].err.retry ? " (again)" : "");
	}
}

void
fixture_expect(struct store_result *r, size_t n, const char *expected)
{
	struct buf out = { 0 };

	dump(r, n, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
	store_results_clear(r, n);
}

int
fixture_push(struct store_sink *sink, const char *text, uint64_t size,
    uint32_t flags, struct err *e)
{
	const struct store_meta m = {
		.id = 1, .flags = flags, .size = size, .date = WHEN
	};
	size_t half = strlen(text) / 2;

	if (sink->begin(sink->arg, &m, e) == -1 ||
	    (half > 0 && sink->data(sink->arg, text, half, e) == -1) ||
	    sink->data(sink->arg, text + half, strlen(text) - half, e) == -1)
		return -1;
	return sink->end(sink->arg, e);
}

void
fixture_append(
    struct fixture *f, const char *const *texts, size_t n, const char *expected)
{
	struct store_result r[8];
	struct store_batch *b;
	struct store_sink sink;
	struct err e = ERR_INIT;
	size_t i;

	assert_true(n <= 8);
	assert_int_equal(f->s->ops->batch_begin(f->s, n, &b, &sink, &e), 0);
	for (i = 0; i < n; i++)
		if (fixture_push(&sink, texts[i], strlen(texts[i]),
			i == 0 ? FLAG_SEEN : 0, &e) == -1)
			fail_msg("%s\n%s", f->text, err_text(&e));
	assert_int_equal(f->s->ops->batch_commit(b, r, n, &e), 0);
	fixture_expect(r, n, expected);
	err_clear(&e);
}

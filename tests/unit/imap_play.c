/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "imap_play.h"

const size_t play_chunks[PLAY_CHUNKS] = { 1, 2, 5, 100000 };

int
play_secret(void *arg, struct buf *out, struct err *e)
{
	if (arg == NULL)
		return err_set(e, ERR_ACCOUNT, "no password");
	buf_puts(out, arg);
	return 0;
}

static char password[] = "se\"cret";

struct imap_config
play_config(void)
{
	return (struct imap_config){ .security = IMAP_PLAIN,
		.plain_ok = true,
		.user = "me",
		.host = "mail.example.org",
		.secret = play_secret,
		.secret_arg = password };
}

static void
play_once(const struct imap_config *c, const char *text, size_t chunk,
    void (*check)(struct imap_session *s), const char *error)
{
	struct imap_session *s = NULL;
	struct script script;
	struct err e = ERR_INIT;
	int rc;

	rc = imap_session_open(c, script_stream(&script, text, chunk), &s, &e);
	if (error == NULL && rc == -1)
		fail_msg("%s\n%s", text, err_text(&e));
	if (error != NULL && rc == 0)
		fail_msg("%s\nwas no error", text);
	if (rc == 0) {
		check(s);
		imap_session_free(s);
	} else if (strstr(err_text(&e), error) == NULL) {
		fail_msg(
		    "%s\n%s\nwhere expected: %s", text, err_text(&e), error);
	} else {
		assert_true(e.scope >= ERR_SESSION);
	}
	assert_true(script.freed);
	if (script.problem.len > 0)
		fail_msg("%s\n%s", text, buf_str(&script.problem));
	script_clear(&script);
	err_clear(&e);
}

void
play(const struct imap_config *c, const char *text,
    void (*check)(struct imap_session *s), const char *error)
{
	size_t i;

	for (i = 0; i < PLAY_CHUNKS; i++)
		play_once(c, text, play_chunks[i], check, error);
}

void
play_settle(struct imap_session *s)
{
	struct err e = ERR_INIT;

	if (imap_session_settle(s, &e) == -1)
		fail_msg("%s", err_text(&e));
	err_clear(&e);
}

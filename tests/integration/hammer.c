/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands at random to the engine, as no person could type them: accounts
 * are synchronised, read in full, cancelled, paused and resumed, the engine is
 * ended (gently, or at once) and started again. Says on standard output what
 * it did.
 *
 *	hammer CONFIGURATION SECONDS SEED
 */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/settings/settings.h"

#define LIFE_MS 6000 /* of one engine, at most */

struct hammer {
	struct settings *settings;
	uint64_t random;
	unsigned long events, commands, engines, syncs, errors;
};

static unsigned
chance(struct hammer *h, unsigned n)
{
	h->random =
	    h->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(h->random >> 33) % n;
}

static void
take(struct hammer *h, const struct event *ev)
{
	h->events++;
	h->syncs += ev->kind == EV_ACCOUNT_END;
	h->errors += ev->kind == EV_ERROR;
	if (ev->kind == EV_ERROR || ev->kind == EV_WARNING ||
	    ev->kind == EV_HELD)
		fprintf(
		    stderr, "%d: %s: %s\n", ev->account, ev->folder, ev->text);
	if (ev->kind == EV_OP)
		fprintf(stderr, "%d: %s: %s %s uid %u lid %u %s: %s\n",
		    ev->account, ev->folder, event_op_name(ev->op),
		    ev->side == 0 ? "local" : "remote", ev->uid, ev->lid,
		    ev->flags, ev->text);
	if (ev->kind == EV_ACCOUNT_END)
		fprintf(stderr, "%d: end\n", ev->account);
}

/* Takes events for so long; true when the engine has ended. */
static bool
listen(struct hammer *h, struct engine *en, int ms)
{
	int64_t end = clock_ms() + ms;
	struct event ev;

	while (engine_next(en, &ev, clock_left(end))) {
		take(h, &ev);
		if (ev.kind == EV_ENGINE_END)
			return true;
		if (clock_ms() >= end)
			break;
	}
	return false;
}

static void
hit(struct hammer *h, struct engine *en, enum command_kind kind)
{
	struct command c = { .kind = kind, .account = -1 };

	if (chance(h, 4) > 0)
		c.account = (int)chance(h, (unsigned)h->settings->accounts_len);
	if (kind == CMD_SYNC && chance(h, 4) == 0)
		namelist_add(&c.request.folders, "INBOX");
	c.request.full = chance(h, 5) == 0;
	c.request.release = chance(h, 5) == 0 ? RELEASE_SHOWN : RELEASE_NONE;
	engine_post(en, &c);
	h->commands++;
}

static int
life(struct hammer *h, int64_t end, struct err *e)
{
	static const enum command_kind kinds[] = { CMD_SYNC, CMD_SYNC, CMD_SYNC,
		CMD_SYNC, CMD_SYNC, CMD_CANCEL, CMD_CANCEL, CMD_PAUSE,
		CMD_RESUME, CMD_RESUME, CMD_PASSWORD };
	const struct engine_options o = { .usual = {
					      .quick = chance(h, 2) == 0 } };
	int64_t over = clock_ms() + 500 + chance(h, LIFE_MS);
	struct engine *en;
	bool ended = false;

	if (engine_start(h->settings, &o, NULL, &en, e) == -1)
		return -1;
	h->engines++;
	while (!ended && clock_ms() < over && clock_ms() < end) {
		hit(h, en, kinds[chance(h, sizeof(kinds) / sizeof(kinds[0]))]);
		ended = listen(h, en, (int)chance(h, 120));
	}
	if (!ended) {
		struct command c = { .account = -1 };

		c.kind = chance(h, 3) == 0 ? CMD_STOP_NOW : CMD_STOP;
		engine_post(en, &c);
		ended = listen(h, en, 60000);
	}
	if (ended)
		engine_free(en);
	return ended ? 0 : err_set(e, ERR_ALL, "the engine does not end");
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

int
main(int argc, char **argv)
{
	const struct settings_reader reader = { .report = complain };
	struct hammer h = { 0 };
	struct err e = ERR_INIT;
	int64_t end;
	int rc;

	if (argc != 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	h.random = strtoull(argv[3], NULL, 10);
	end = clock_ms() + strtol(argv[2], NULL, 10) * 1000;
	rc = settings_load(argv[1], NULL, 0, &reader, &h.settings, &e);
	while (rc == 0 && clock_ms() < end)
		rc = life(&h, end, &e);
	if (rc == -1)
		fprintf(stderr, "hammer: %s\n", err_text(&e));
	printf("%lu engines, %lu commands, %lu events, %lu syncs, %lu errors\n",
	    h.engines, h.commands, h.events, h.syncs, h.errors);
	settings_free(h.settings);
	err_clear(&e);
	return rc == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histories in which the past comes back: either side and the status are put
 * back from backups, runs are of one folder only, limits come and go, runs
 * are killed. Nothing is lost that nobody deleted, at any time.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sim_backup.h"

#define HISTORIES 90
#define ROUNDS 14

#define MAILDIR                                                                \
	{                                                                      \
		.named = true, .tokens = true                                  \
	}
#define SERVER                                                                 \
	{                                                                      \
		.says_ids = true, .says_validity = true, .transfers = true,    \
		.tokens = true                                                 \
	}

static const struct sim_can kinds[][2] = {
	{ MAILDIR, SERVER },
	{ SERVER, SERVER },
	{ MAILDIR, MAILDIR },
	{ SERVER, MAILDIR },
	{ MAILDIR, { .says_ids = true, .says_validity = true } },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct past {
	struct sim s;
	struct sim_backup backup[2];
	bool status;
};

/* True when a server was put back. It must be seen before users changed it
 * again so much that nothing is left that tells. */
static bool
backups(struct past *p)
{
	enum side side = rng_below(&p->s.rng, 2) == 0 ? LOCAL : REMOTE;

	switch (rng_below(&p->s.rng, 8)) {
	case 0:
	case 1:
		sim_backup_take(&p->s, side, &p->backup[side]);
		break;
	case 2: /* two servers could not tell that it was put back */
		if (!p->s.w.side[LOCAL].can.named &&
		    !p->s.w.side[REMOTE].can.named)
			break;
		sim_backup_take_status(&p->s);
		p->status = true;
		break;
	case 3:
	case 4:
		sim_backup_restore(&p->s, side, &p->backup[side]);
		return p->backup[side].taken && !p->s.w.side[side].can.named;
	case 5:
		if (p->status)
			sim_backup_restore_status(&p->s);
		break;
	default:
		break;
	}
	return false;
}

/* What the user asks for. */
static void
request(struct sim *s)
{
	static const uint64_t sizes[] = { 0, 0, 0, 48, 52 };

	s->request = (struct request){ 0 };
	s->request.quick = rng_below(&s->rng, 3) == 0;
	s->request.full = rng_below(&s->rng, 4) == 0;
	if (rng_below(&s->rng, 4) == 0)
		namelist_add(&s->request.folders,
		    sim_folder_names[rng_below(&s->rng, SIM_FOLDERS)]);
	s->account.maxsize = sizes[rng_below(&s->rng, 5)];
}

static void
past_round(struct past *p)
{
	struct sim *s = &p->s;
	bool server;

	sim_users(s, rng_below(&s->rng, 8));
	server = backups(p);
	if (!server)
		sim_users(s, rng_below(&s->rng, 4));
	request(s);
	if (server)
		s->request.folders = (struct namelist){ 0 };
	sim_world_calm(&s->w);
	if (!server && rng_below(&s->rng, 6) == 0)
		s->w.kill_at = 1 + rng_below(&s->rng, 60);
	sim_run(s);
	sim_check_safe(s);
}

static void
t_past(void **state)
{
	uint64_t seed = rng_seed();
	unsigned histories = HISTORIES, i, n;
	struct past p;

	(void)state;
	if (getenv("HISTORIES") != NULL)
		histories = (unsigned)strtoul(getenv("HISTORIES"), NULL, 10);
	for (i = 0; i < histories; i++) {
		p = (struct past){ .status = false };
		sim_init(&p.s, seed + i, kinds[i % KINDS]);
		p.s.verbose = getenv("VERBOSE") != NULL;
		if (p.s.verbose)
			printf("history %u: SEED=%llu\n", i,
			    (unsigned long long)(seed + i));
		for (n = 0; n < ROUNDS; n++)
			past_round(&p);
		sim_backup_clear(&p.backup[LOCAL]);
		sim_backup_clear(&p.backup[REMOTE]);
		sim_clear(&p.s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_past) };

	setvbuf(stdout, NULL, _IOLBF, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

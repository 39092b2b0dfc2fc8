/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the command that prints a secret. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/process.h"
#include "engine/settings/passcmd.h"

#define SECRET_MAX 65536 /* bytes: an OAuth token has a few thousand */
#define STDERR_MAX 300	 /* bytes that are quoted */

/* The first line is the secret. The command may go on for a while after it, and
 * is then killed. */
#define LINGER_SECONDS 3
#define STDOUT_MAX (1 << 20) /* bytes, most of which are dropped */

struct printed {
	struct buf *secret; /* stdout */
	struct buf said;    /* stderr */
	size_t before;	    /* bytes in secret that were there */
	size_t total;	    /* bytes of stdout */
	bool line;	    /* the first line is complete */
};

/* Drops what exceeds the maximum. */
static int
take(void *arg, int of, const char *data, size_t len)
{
	struct printed *p = arg;
	struct buf *to = of == 1 ? p->secret : &p->said;
	size_t room;

	room = (of == 1 ? p->before + SECRET_MAX : STDERR_MAX) - to->len;
	buf_append(to, data, len < room ? len : room);
	if (of == 2)
		return -1;
	p->total += len;
	if (p->total > STDOUT_MAX)
		return 0;
	if (p->line || memchr(data, '\n', len) == NULL)
		return -1;
	p->line = true;
	return LINGER_SECONDS;
}

/* The command's stderr in one line. */
static const char *
said_line(struct buf *said)
{
	char *p = said->data;
	size_t i;

	while (said->len > 0 && strchr(" \t\r\n", p[said->len - 1]) != NULL)
		said->len--;
	p[said->len] = '\0'; /* there is room for it */
	for (i = 0; i < said->len; i++)
		if (p[i] == '\n')
			p[i] = '|';
	return said->len == 0 ? "it said nothing" : buf_str(said);
}

static int
judge(const struct process_result *r, struct printed *p, struct err *e)
{
	const char *line = said_line(&p->said);

	if (r->end == PROCESS_LATE && p->line)
		return 0;
	if (r->end == PROCESS_LATE && p->total > STDOUT_MAX)
		return err_set(e, ERR_ACCOUNT,
		    "passcmd printed more than %d bytes without the end of a "
		    "line",
		    STDOUT_MAX);
	switch (r->end) {
	case PROCESS_EXITED:
		if (r->code == 0)
			return 0;
		return err_set(e, ERR_ACCOUNT,
		    "passcmd ended with status %d: %s", r->code, line);
	case PROCESS_SIGNALLED:
		break;
	case PROCESS_LATE:
		return err_set(
		    e, ERR_ACCOUNT, "passcmd did not end in time: %s", line);
	case PROCESS_CANCELLED:
		return err_set(e, ERR_ACCOUNT, "passcmd was stopped: %s", line);
	}
	return err_set(
	    e, ERR_ACCOUNT, "passcmd ended by signal %d: %s", r->code, line);
}

int
passcmd_run(const char *command, unsigned timeout, int cancel_fd,
    struct buf *secret, struct err *e)
{
	struct printed printed = { .secret = secret, .before = secret->len };
	struct process process = {
		.command = command,
		.timeout = timeout,
		.cancel_fd = cancel_fd,
		.output = take,
		.arg = &printed,
	};
	struct process_result result;
	int rc;

	/* One piece each, so that no copy stays behind in freed memory. */
	buf_reserve(secret, SECRET_MAX + 1);
	buf_reserve(&printed.said, STDERR_MAX + 1);
	rc = process_run(&process, &result, e);
	if (rc == -1)
		err_prefix(e, "passcmd");
	else
		rc = judge(&result, &printed, e);
	buf_wipe(&printed.said);
	return rc;
}

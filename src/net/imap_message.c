/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about many messages. */
#include "config.h"

#include "net/imap_message.h"

#define IN_FLIGHT 4 /* so that the server never waits for a command */

uint64_t
imap_message_limit(const struct imap_session *s, uint64_t count)
{
	uint64_t limit = imap_session_value(s, EXT_MESSAGELIMIT);

	if (limit == 0)
		limit = s->message_limit;
	return limit > 0 && limit < count ? limit : count;
}

static int
send_one(struct imap_session *s, const struct imap_job *job,
    struct uidset *uids, struct imap_pending *p, struct err *e)
{
	struct uidset head = { 0 };
	struct imap_cmd *c;

	uidset_split(uids, &head,
	    imap_message_limit(
		s, job->max_count > 0 ? job->max_count : UINT64_MAX),
	    IMAP_SET_MAX);
	c = imap_session_command(s);
	imap_cmd_atoms(c, job->verb);
	imap_cmd_set(c, &head);
	uidset_clear(&head);
	if (job->tail != NULL)
		job->tail(c, job->arg);
	else if (job->tail_text != NULL)
		imap_cmd_atoms(c, job->tail_text);
	return imap_session_send(s, p, e);
}

static int
finish_one(struct imap_session *s, const char *verb, struct imap_pending *p,
    struct err *refused, struct err *e)
{
	struct err why = ERR_INIT;

	if (imap_session_wait(s, p, e) == -1)
		return -1;
	if (imap_pending_check(p, verb, ERR_MESSAGE, &why) == -1 &&
	    refused->scope == ERR_NONE)
		err_move(refused, &why);
	err_clear(&why);
	imap_pending_clear(p);
	*p = (struct imap_pending){ 0 };
	return 0;
}

int
imap_message_run(struct imap_session *s, const struct imap_job *job,
    struct uidset *uids, struct err *refused, struct err *e)
{
	struct imap_pending p[IN_FLIGHT] = { 0 };
	size_t first, count;
	int rc;

	err_clear(refused);
	rc = 0;
	for (first = count = 0; rc == 0;) {
		if (uids->len > 0 && count < IN_FLIGHT &&
		    (job->stop == NULL || !*job->stop)) {
			rc = send_one(
			    s, job, uids, &p[(first + count) % IN_FLIGHT], e);
			count++;
		} else if (count > 0) {
			rc = finish_one(s, job->verb, &p[first], refused, e);
			first = (first + 1) % IN_FLIGHT;
			count--;
		} else {
			break;
		}
	}
	uidset_clear(uids);
	return rc;
}

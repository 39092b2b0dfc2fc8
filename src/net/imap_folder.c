/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The selected mailbox. */
#include "config.h"

#include <string.h>

#include "net/imap_folder.h"

static void
exists(struct imap_folder *f, uint32_t number)
{
	/* It does not go down by itself (RFC 9051 section 7.4.1). */
	if (number < f->exists)
		f->lied = true;
	else if (number > f->exists)
		f->grown = true;
	f->exists = number;
}

static void
vanished(struct imap_folder *f, uint64_t count)
{
	f->shrunk = true;
	if (count > f->exists) {
		f->lied = true;
		count = f->exists;
	}
	f->exists -= (uint32_t)count;
}

static void
object(struct imap_folder *f, const struct imap_atoms *id)
{
	if (id->len == 1 && strlen(id->list[0]) < sizeof(f->object))
		memcpy(f->object, id->list[0], strlen(id->list[0]) + 1);
}

static void
code(struct imap_folder *f, struct imap_resp *r)
{
	switch (r->code.type) {
	case CODE_UIDVALIDITY:
		f->validity = (uint32_t)r->code.number;
		break;
	case CODE_UIDNEXT:
		f->uidnext = (uint32_t)r->code.number;
		break;
	case CODE_HIGHESTMODSEQ:
		f->modseq = r->code.number;
		break;
	case CODE_NOMODSEQ:
		f->modseq = 0;
		break;
	case CODE_MAILBOXID:
		object(f, &r->atoms);
		break;
	case CODE_UIDNOTSTICKY:
		f->not_sticky = true;
		break;
	case CODE_READ_ONLY:
		f->readonly = true;
		break;
	case CODE_PERMANENTFLAGS:
		f->have_permanent = true;
		imap_atoms_move(&f->permanent, &r->atoms);
		break;
	default:
		break;
	}
}

/* Any time: counts go up and down. */
static void
untagged(void *arg, struct imap_resp *r)
{
	struct imap_folder *f = arg;

	if (r->type == RESP_EXISTS && r->bad.scope == ERR_NONE) {
		exists(f, r->number);
	} else if (r->type == RESP_EXPUNGE) {
		vanished(f, 1);
	} else if (r->type == RESP_VANISHED && !r->earlier) {
		vanished(f, imap_set_count(&r->set));
		/* Nobody knows how many are left. */
		f->lied = f->lied || r->bad.scope != ERR_NONE;
	} else if (r->type == RESP_UNTAGGED &&
		   r->code.type == CODE_UIDNOTSTICKY) {
		f->not_sticky = true;
	}
}

/* While SELECT runs, codes say what the mailbox is; what came before CLOSED
 * belongs to the one that was selected before. */
static void
untagged_select(void *arg, struct imap_resp *r)
{
	struct imap_folder *f = arg;

	if (r->type == RESP_UNTAGGED && r->code.type == CODE_CLOSED) {
		imap_atoms_clear(&f->permanent);
		imap_atoms_clear(&f->flags);
		*f = (struct imap_folder){ 0 };
	} else if (r->type == RESP_UNTAGGED) {
		code(f, r);
	} else if (r->type == RESP_FLAGS) {
		imap_atoms_move(&f->flags, &r->atoms);
	} else if (r->type == RESP_EXISTS && r->bad.scope == ERR_NONE) {
		f->exists = r->number;
	}
}

static int
check(struct imap_folder *f, const struct imap_pending *p, struct err *e)
{
	if (imap_pending_check(p, "SELECT", ERR_FOLDER, e) == -1)
		return -1;
	if (p->code.type == CODE_READ_ONLY)
		f->readonly = true;
	f->messages = f->exists;
	f->grown = f->shrunk = false;
	if (f->validity == 0)
		return err_set(e, ERR_FOLDER,
		    "the server gives no valid UIDVALIDITY: messages could "
		    "not be recognised in the next run");
	if (f->not_sticky)
		return err_set(e, ERR_FOLDER,
		    "the server does not keep UIDs (UIDNOTSTICKY): messages "
		    "could not be recognised in the next run");
	return 0;
}

int
imap_folder_select(struct imap_session *s, const char *name, bool readonly,
    struct imap_folder *f, struct err *e)
{
	struct imap_pending p = { 0 };
	struct imap_cmd *c;
	int rc;

	*f = (struct imap_folder){ 0 };
	if (imap_session_settle(s, e) == -1)
		return -1;
	c = imap_session_command(s);
	imap_cmd_atoms(c, readonly ? "EXAMINE" : "SELECT");
	if (!imap_cmd_mailbox(c, name))
		return err_set(e, ERR_FOLDER, "not a valid mailbox name");
	if (imap_session_has(s, EXT_CONDSTORE))
		imap_cmd_atoms(c, "(CONDSTORE)");
	s->folder = (struct imap_hook){ f, untagged_select };
	rc = imap_session_send(s, &p, e);
	if (rc == 0)
		rc = imap_session_wait(s, &p, e);
	s->folder = (struct imap_hook){ f, untagged };
	if (rc == 0)
		rc = check(f, &p, e);
	imap_pending_clear(&p);
	if (rc == -1)
		imap_folder_leave(s, f);
	return rc;
}

void
imap_folder_leave(struct imap_session *s, struct imap_folder *f)
{
	if (s->folder.arg == f)
		s->folder = (struct imap_hook){ NULL, NULL };
	imap_atoms_clear(&f->permanent);
	imap_atoms_clear(&f->flags);
	*f = (struct imap_folder){ 0 };
}

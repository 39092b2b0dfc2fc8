/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Renames, relabels and removes files of a folder. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "maildir/maildir_change.h"
#include "maildir/maildir_scan.h"

struct file {
	enum maildir_sub sub;
	const char *name;
};

struct work;

/* What an attempt on one file name came to. */
enum attempt {
	ATTEMPT_DONE,
	ATTEMPT_ABSENT, /* there is no file of that name */
	ATTEMPT_FAILED, /* *e says why */
};

struct work {
	const struct maildir_job *job;
	enum attempt (*act)(
	    struct work *w, size_t i, const struct file *f, struct err *e);
	bool strict;  /* only if the flags are as thought */
	bool changes; /* the directories; what they refuse once they refuse */
	bool touched[MAILDIR_SUBS];

	/* for the actions */
	uint32_t add, del;
	const uint32_t *uids;
	maildir_use *use;
	bool stop;	 /* nothing more is done; *e is set */
	bool quiet;	 /* done is not told */
	struct buf base; /* the new base name; empty: unchanged */
};

static void
tell(struct work *w, size_t i, enum maildir_outcome outcome,
    const struct err *why)
{
	if (outcome == MAILDIR_DONE && w->quiet)
		return;
	w->job->each(w->job->arg, i, outcome,
	    w->base.len > 0 ? w->base.data : NULL, why);
}

/* Tries one name; true when that decided about the target. */
static bool
attempt(struct work *w, size_t i, const struct file *f, struct err *e)
{
	buf_reset(&w->base);
	switch (w->act(w, i, f, e)) {
	case ATTEMPT_DONE:
		tell(w, i, MAILDIR_DONE, NULL);
		return true;
	case ATTEMPT_FAILED:
		if (w->stop)
			return true;
		tell(w, i, MAILDIR_FAILED, e);
		err_clear(e);
		return true;
	case ATTEMPT_ABSENT:
		break;
	}
	return false;
}

/* "cur/<file>": true, and *f is that file. */
static bool
is_exact(const char *name, struct file *f)
{
	if (strncmp(name, "cur/", 4) != 0 && strncmp(name, "new/", 4) != 0)
		return false;
	f->sub = name[0] == 'c' ? MAILDIR_CUR : MAILDIR_NEW;
	f->name = name + 4;
	return true;
}

/* Tries the names that the target's file should have. */
static bool
try_usual(struct work *w, size_t i, struct err *e)
{
	const struct maildir_target *t = &w->job->targets[i];
	struct buf letters = { 0 }, full = { 0 };
	struct file f;
	bool decided;

	if (is_exact(t->name, &f))
		return attempt(w, i, &f, e);
	maildir_keywords_letters(w->job->keywords, t->flags, "", 0, &letters);
	maildir_name_format(&full, t->name, strlen(t->name),
	    w->job->md->infosep, buf_str(&letters), "");
	decided = false;
	if (letters.len == 0) {
		f = (struct file){ MAILDIR_NEW, t->name };
		decided = attempt(w, i, &f, e);
	}
	if (!decided) {
		f = (struct file){ MAILDIR_CUR, full.data };
		decided = attempt(w, i, &f, e);
	}
	if (!decided) {
		f = (struct file){ MAILDIR_NEW, full.data };
		decided = attempt(w, i, &f, e);
	}
	buf_clear(&letters);
	buf_clear(&full);
	return decided;
}

static uint32_t
flags_of(struct work *w, const char *file)
{
	struct maildir_name n;

	maildir_name_parse(file, w->job->md->infosep, &n);
	return maildir_keywords_flags(
	    w->job->keywords, n.letters, n.letters_len);
}

/* The second look at target i, which was looked for and found or not. */
static void
try_found(struct work *w, size_t i, const struct maildir_want *want,
    bool steady, struct err *e)
{
	const struct file f = { want->sub, want->file };

	buf_reset(&w->base);
	if (want->file == NULL) {
		tell(w, i, steady ? MAILDIR_GONE : MAILDIR_CHANGED, NULL);
		return;
	}
	if (w->strict && flags_of(w, want->file) != w->job->targets[i].flags) {
		tell(w, i, MAILDIR_CHANGED, NULL);
		return;
	}
	if (!attempt(w, i, &f, e))
		tell(w, i, MAILDIR_CHANGED, NULL);
}

/* Looks for the targets that were not where they should be. */
static int
second_look(struct work *w, const size_t *missing, size_t n, struct err *e)
{
	struct maildir_want *wants;
	struct file f;
	bool steady;
	size_t i;
	int rc;

	wants = xcalloc(n, sizeof(*wants));
	for (i = 0; i < n; i++)
		wants[i].base = w->job->targets[missing[i]].name;
	rc = maildir_find(w->job->md, wants, n, &steady, e);
	for (i = 0; rc == 0 && i < n && !w->stop; i++) {
		/* Its base name is another file's, too. */
		if (is_exact(wants[i].base, &f))
			tell(w, missing[i], MAILDIR_CHANGED, NULL);
		else
			try_found(w, missing[i], &wants[i], steady, e);
	}
	for (i = 0; i < n; i++)
		free(wants[i].file);
	free(wants);
	return rc;
}

static int
work(struct work *w, struct err *e)
{
	size_t i, n, *missing;
	int rc;

	missing = xreallocarray(NULL, w->job->n + 1, sizeof(*missing));
	for (i = n = 0; i < w->job->n && !w->stop; i++)
		if (!try_usual(w, i, e))
			missing[n++] = i;
	rc = 0;
	if (n > 0 && !w->stop)
		rc = second_look(w, missing, n, e);
	free(missing);
	buf_clear(&w->base);
	return w->stop ? -1 : rc;
}

static int
sync_touched(const struct work *w, struct err *e)
{
	if (w->touched[MAILDIR_CUR] &&
	    maildir_sync(w->job->md, MAILDIR_CUR, e) != 0)
		return -1;
	if (w->touched[MAILDIR_NEW] &&
	    maildir_sync(w->job->md, MAILDIR_NEW, e) != 0)
		return -1;
	return 0;
}

static enum attempt
failed(struct work *w, const struct file *f, struct err *e, const char *what)
{
	bool whole;

	/* A name with ":2," behind it that is longer than names can be: then
	 * the file has none. */
	if (errno == ENOENT ||
	    (errno == ENAMETOOLONG && strlen(f->name) > MAILDIR_NAME_MAX))
		return ATTEMPT_ABSENT;
	/* Where nothing is changed, it is the file that may not be opened. */
	whole = maildir_is_whole(errno) && (errno != EACCES || w->changes);
	err_errno(e, whole ? ERR_FOLDER : ERR_MESSAGE, errno, "%s", what);
	maildir_err_file(w->job->md, f->sub, f->name, e);
	w->stop = whole && w->changes;
	return ATTEMPT_FAILED;
}

/* Renames f, where it is under that name, to name in sub. */
static enum attempt
rename_file(struct work *w, const struct file *f, enum maildir_sub sub,
    const char *name, struct err *e)
{
	const struct maildir *md = w->job->md;
	struct stat st;

	if (sub == f->sub && strcmp(f->name, name) == 0)
		return fstatat(md->sub[sub], name, &st, AT_SYMLINK_NOFOLLOW) ==
			       0
			   ? ATTEMPT_DONE
			   : failed(w, f, e, "looking");
	if (maildir_rename(md->sub[f->sub], f->name, md->sub[sub], name) != 0)
		return failed(w, f, e, "renaming");
	w->touched[f->sub] = w->touched[sub] = true;
	return ATTEMPT_DONE;
}

static enum attempt
act_flags(struct work *w, size_t i, const struct file *f, struct err *e)
{
	struct buf letters = { 0 }, name = { 0 };
	struct maildir_name n;
	enum maildir_sub sub;
	enum attempt rc;
	uint32_t flags;

	(void)i;
	if (step("maildir: flags", e) != 0)
		return ATTEMPT_FAILED;
	maildir_name_parse(f->name, w->job->md->infosep, &n);
	flags = flags_of(w, f->name);
	flags = (flags | w->add) & ~w->del;
	maildir_keywords_letters(
	    w->job->keywords, flags, n.letters, n.letters_len, &letters);
	sub = f->sub;
	if (letters.len > 0)
		sub = MAILDIR_CUR;
	if (letters.len > 0 || f->name[n.base_len] != '\0')
		maildir_name_format(&name, n.base, n.base_len,
		    w->job->md->infosep, buf_str(&letters), n.extra);
	else
		buf_puts(&name, f->name);
	rc = rename_file(w, f, sub, name.data, e);
	buf_clear(&letters);
	buf_clear(&name);
	return rc;
}

int
maildir_change_flags(
    const struct maildir_job *job, uint32_t add, uint32_t del, struct err *e)
{
	struct work w = { .job = job,
		.act = act_flags,
		.strict = true,
		.changes = true,
		.add = add,
		.del = del };

	if (maildir_keywords_load(job->keywords, e) != 0 ||
	    maildir_keywords_assign(job->keywords, add, NULL, e) != 0 ||
	    work(&w, e) != 0)
		return -1;
	return sync_touched(&w, e);
}

static enum attempt
act_remove(struct work *w, size_t i, const struct file *f, struct err *e)
{
	(void)i;
	if (step("maildir: remove", e) != 0)
		return ATTEMPT_FAILED;
	if (unlinkat(w->job->md->sub[f->sub], f->name, 0) != 0)
		return failed(w, f, e, "removing");
	w->touched[f->sub] = true;
	return ATTEMPT_DONE;
}

int
maildir_remove(const struct maildir_job *job, struct err *e)
{
	struct work w = {
		.job = job, .act = act_remove, .strict = true, .changes = true
	};

	if (work(&w, e) != 0)
		return -1;
	return sync_touched(&w, e);
}

static enum attempt
act_bind(struct work *w, size_t i, const struct file *f, struct err *e)
{
	struct buf unique = { 0 }, name = { 0 };
	struct maildir_name n;
	struct file exact;
	struct maildir *md = w->job->md;
	enum attempt rc;
	bool fresh;

	if (step("maildir: bind", e) != 0)
		return ATTEMPT_FAILED;
	maildir_name_parse(f->name, md->infosep, &n);
	fresh = is_exact(w->job->targets[i].name, &exact);
	for (;;) {
		buf_reset(&unique);
		buf_reset(&name);
		buf_reset(&w->base);
		maildir_namer_make(&md->namer, &unique);
		maildir_name_bind(&w->base, fresh ? unique.data : NULL, n.base,
		    n.base_len, w->uids[i], md->fmd5);
		buf_append(&name, w->base.data, w->base.len);
		buf_puts(&name, n.base + n.base_len);
		rc = rename_file(w, f, f->sub, name.data, e);
		if (rc != ATTEMPT_FAILED || fresh ||
		    (e->num != EEXIST && e->num != ENAMETOOLONG))
			break;
		err_clear(e);
		fresh = true;
	}
	buf_clear(&unique);
	buf_clear(&name);
	return rc;
}

int
maildir_bind(const struct maildir_job *job, const uint32_t *uids, struct err *e)
{
	struct work w = { .job = job, .act = act_bind, .uids = uids };

	if (work(&w, e) != 0)
		return -1;
	return sync_touched(&w, e);
}

static enum attempt
act_open(struct work *w, size_t i, const struct file *f, struct err *e)
{
	int fd;

	fd = openat(w->job->md->sub[f->sub], f->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return failed(w, f, e, "opening");
	if (w->use(w->job->arg, i, fd, flags_of(w, f->name), e))
		return ATTEMPT_DONE;
	w->stop = true;
	return ATTEMPT_FAILED;
}

int
maildir_open_files(
    const struct maildir_job *job, maildir_use *use, struct err *e)
{
	struct work w = {
		.job = job, .act = act_open, .use = use, .quiet = true
	};

	return work(&w, e);
}

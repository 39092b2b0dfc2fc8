/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the secret of an IMAP side. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "engine/settings/credentials.h"
#include "engine/settings/netrc.h"
#include "engine/settings/passcmd.h"

#define SECRET_FILE_MAX 65536 /* bytes: an OAuth token has a few thousand */

/* Removes all but the first line. */
static int
first_line(struct buf *secret, const char *what, struct err *e)
{
	secret->len = strcspn(buf_str(secret), "\r\n");
	if (secret->len == 0)
		return err_set(
		    e, ERR_ACCOUNT, "%s: the first line is empty", what);
	secret->data[secret->len] = '\0';
	return 0;
}

/* Reads a file that must be private. 1: it does not exist. */
static int
private_read(const char *path, struct buf *text, struct err *e)
{
	struct stat st;
	ssize_t n = -1;
	int fd, rc = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return 1;
	if (fd == -1 || fstat(fd, &st) == -1) {
		err_errno(e, ERR_ACCOUNT, errno, "cannot open %s", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_ACCOUNT, "%s is not a regular file", path);
		goto out;
	}
	if ((st.st_mode & 077) != 0 ||
	    (st.st_uid != geteuid() && st.st_uid != 0)) {
		err_set(e, ERR_ACCOUNT,
		    "other users have access to %s, so it is not "
		    "used; chmod 600 %s",
		    path, path);
		goto out;
	}
	/* One piece, so that no copy of it stays behind in freed memory. */
	n = read(fd, buf_reserve(text, SECRET_FILE_MAX), SECRET_FILE_MAX);
	if (n == -1)
		err_errno(e, ERR_ACCOUNT, errno, "cannot read %s", path);
	else if (n == SECRET_FILE_MAX)
		err_set(e, ERR_ACCOUNT, "%s is too large", path);
	else {
		text->len = (size_t)n;
		text->data[n] = '\0';
		rc = 0;
	}
out:
	if (fd != -1)
		close(fd);
	return rc;
}

static int
passfile_get(const char *path, struct buf *secret, struct err *e)
{
	int rc;

	rc = private_read(path, secret, e);
	if (rc == 1)
		return err_set(
		    e, ERR_ACCOUNT, "passfile %s does not exist", path);
	return rc == -1 ? err_prefix(e, "passfile")
			: first_line(secret, "passfile", e);
}

/* 1: ~/.netrc has nothing for this host and user. */
static int
netrc_get(const struct settings_store *s, struct buf *secret, struct err *e)
{
	struct buf text = { 0 };
	const char *home;
	char *path;
	int rc;

	home = getenv("HOME");
	if (home == NULL || home[0] == '\0' || s->host == NULL)
		return 1;
	path = xasprintf("%s/.netrc", home);
	rc = private_read(path, &text, e);
	if (rc == 0) {
		if (!netrc_find(buf_str(&text), s->host, s->user, secret))
			rc = 1;
	}
	buf_wipe(&text);
	free(path);
	return rc;
}

static int
asker_get(const struct settings_store *s, const struct credentials_asker *asker,
    struct buf *secret, struct err *e)
{
	const char *user, *host;
	char *what;
	bool told;

	user = s->user == NULL ? "?" : s->user;
	host = s->host == NULL ? "the tunnel" : s->host;
	what = xasprintf("%s at %s", user, host);
	told = asker != NULL && asker->ask != NULL &&
	       asker->ask(asker->arg, what, secret) && secret->len > 0;
	free(what);
	if (told)
		return 0;
	return err_set(e, ERR_ACCOUNT,
	    "there is no password for %s at %s: "
	    "configure pass, passcmd or passfile, or add an entry to ~/.netrc",
	    user, host);
}

static bool
cache_get(struct credentials_cache *c, struct buf *secret)
{
	bool found;

	pthread_mutex_lock(&c->lock);
	found = c->secret.len > 0;
	buf_append(secret, buf_str(&c->secret), c->secret.len);
	pthread_mutex_unlock(&c->lock);
	return found;
}

static void
cache_put(struct credentials_cache *c, const struct buf *secret, bool typed)
{
	pthread_mutex_lock(&c->lock);
	buf_wipe(&c->secret);
	buf_append(&c->secret, buf_str(secret), secret->len);
	c->typed = typed;
	pthread_mutex_unlock(&c->lock);
}

void
credentials_forget(struct credentials_cache *c, bool typed)
{
	pthread_mutex_lock(&c->lock);
	if (typed || !c->typed)
		buf_wipe(&c->secret);
	pthread_mutex_unlock(&c->lock);
}

static int
find(const struct settings_store *s, const struct credentials_asker *asker,
    int cancel_fd, struct buf *secret, bool *typed, struct err *e)
{
	int rc;

	*typed = false;
	if (s->passcmd != NULL) {
		rc = passcmd_run(
		    s->passcmd, s->passcmd_timeout, cancel_fd, secret, e);
		return rc == -1 ? -1 : first_line(secret, "passcmd", e);
	}
	if (s->passfile != NULL)
		return passfile_get(s->passfile, secret, e);
	rc = netrc_get(s, secret, e);
	*typed = rc == 1;
	return rc == 1 ? asker_get(s, asker, secret, e) : rc;
}

int
credentials_get(const struct settings_store *s,
    const struct credentials_asker *asker, struct credentials_cache *cache,
    int cancel_fd, struct buf *secret, struct err *e)
{
	bool typed;
	int rc;

	if (s->pass != NULL) {
		buf_puts(secret, s->pass);
		return 0;
	}
	if (cache != NULL && cache_get(cache, secret))
		return 0;
	rc = find(s, asker, cancel_fd, secret, &typed, e);
	if (rc == 0 && cache != NULL)
		cache_put(cache, secret, typed);
	return rc;
}

const char *
credentials_source(
    const struct settings_store *s, struct credentials_cache *cache)
{
	bool typed;

	if (s->pass != NULL)
		return "pass";
	if (s->passcmd != NULL)
		return "passcmd";
	if (s->passfile != NULL)
		return "passfile";
	if (cache == NULL)
		return "~/.netrc or typed";
	pthread_mutex_lock(&cache->lock);
	typed = cache->typed;
	pthread_mutex_unlock(&cache->lock);
	return typed ? "typed" : "~/.netrc";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log: to a file, standard error or syslog. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xalloc.h"

struct log {
	pthread_mutex_t lock; /* guards the file, line by line */
	FILE *file;
	bool to_syslog;
	unsigned areas;
};

static const struct {
	const char *name;
	unsigned mask;
} area_names[] = {
	{ "net", LOG_NET },
	{ "imap", LOG_IMAP },
	{ "maildir", LOG_MAILDIR },
	{ "sync", LOG_SYNC },
	{ "state", LOG_STATE },
	{ "ui", LOG_UI },
	{ "all", LOG_ALL },
};

#define AREA_NAMES (sizeof(area_names) / sizeof(area_names[0]))

static unsigned
area_find(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < AREA_NAMES; i++)
		if (strlen(area_names[i].name) == len &&
		    memcmp(area_names[i].name, word, len) == 0)
			return area_names[i].mask;
	return 0;
}

int
log_areas_parse(const char *text, unsigned *mask, struct err *e)
{
	unsigned one;
	size_t len;

	*mask = 0;
	for (;;) {
		len = strcspn(text, ",");
		one = area_find(text, len);
		if (one == 0)
			return err_set(e, ERR_ALL,
			    "no debug area is called \"%.*s\"; there are net, "
			    "imap, maildir, sync, state, ui, all",
			    (int)len, text);
		*mask |= one;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

static FILE *
file_open(const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0)
		fd = dup(STDERR_FILENO);
	else
		fd = open(path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	return fd == -1 ? NULL : fdopen(fd, "a");
}

int
log_open(struct log **out, const char *path, bool to_syslog, unsigned areas,
    struct err *e)
{
	struct log *log;

	log = xcalloc(1, sizeof(*log));
	if (path != NULL && (log->file = file_open(path)) == NULL) {
		err_errno(e, ERR_ALL, errno, "cannot open the log %s", path);
		free(log);
		return -1;
	}
	if (to_syslog)
		openlog("blinkmail", LOG_PID, LOG_MAIL);
	pthread_mutex_init(&log->lock, NULL);
	log->to_syslog = to_syslog;
	log->areas = areas;
	*out = log;
	return 0;
}

void
log_close(struct log *log)
{
	if (log == NULL)
		return;
	if (log->file != NULL)
		fclose(log->file);
	if (log->to_syslog)
		closelog();
	pthread_mutex_destroy(&log->lock);
	free(log);
}

bool
log_wants(const struct log *log, enum log_area area)
{
	return log != NULL && (log->areas & area) != 0;
}

__attribute__((format(printf, 4, 0))) static void
line_write(struct log *log, int level, const char *word, const char *format,
    va_list ap)
{
	struct buf raw = { 0 }, line = { 0 };
	char when[32];
	struct timespec ts;
	struct tm tm;

	buf_vprintf(&raw, format, ap);
	buf_append_visible(&line, buf_str(&raw), raw.len);
	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	pthread_mutex_lock(&log->lock);
	if (log->file != NULL) {
		fprintf(log->file, "%s.%03ld %s%s\n", when,
		    ts.tv_nsec / 1000000, word, buf_str(&line));
		fflush(log->file);
	}
	if (log->to_syslog)
		syslog(level, "%s%s", word, buf_str(&line));
	pthread_mutex_unlock(&log->lock);
	buf_clear(&raw);
	buf_clear(&line);
}

void
log_debug(struct log *log, enum log_area area, const char *format, ...)
{
	va_list ap;
	size_t i;
	char word[16] = "";

	if (!log_wants(log, area))
		return;
	for (i = 0; i < AREA_NAMES; i++)
		if (area_names[i].mask == (unsigned)area)
			snprintf(
			    word, sizeof(word), "%s: ", area_names[i].name);
	va_start(ap, format);
	line_write(log, LOG_DEBUG, word, format, ap);
	va_end(ap);
}

bool
log_is_kept(const struct log *log)
{
	/* file is set for the log's life */
	return log != NULL && (log->file != NULL || log->to_syslog);
}

void
log_line(struct log *log, const char *format, ...)
{
	va_list ap;

	if (!log_is_kept(log))
		return;
	va_start(ap, format);
	line_write(log, LOG_INFO, "", format, ap);
	va_end(ap);
}

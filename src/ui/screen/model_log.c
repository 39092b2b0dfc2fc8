/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log on the screen: a ring of lines, scrolled and searched. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "ui/screen/model.h"

void
model_log(struct model *m, enum role role, const char *text)
{
	struct model_log *log = &m->log;
	struct model_line *l;

	if (log->ring == NULL)
		log->ring = xcalloc(MODEL_LOG, sizeof(*log->ring));
	if (log->len == MODEL_LOG) {
		l = &log->ring[log->first];
		log->first = (log->first + 1) % MODEL_LOG;
		free(l->text);
	} else {
		l = &log->ring[(log->first + log->len++) % MODEL_LOG];
	}
	*l = (struct model_line){ xstrdup(text), role };
	/* A log that is scrolled up stays where it is. */
	if (log->scroll > 0 && log->scroll + 1 < log->len)
		log->scroll++;
}

const struct model_line *
model_line(const struct model *m, size_t n)
{
	const struct model_log *log = &m->log;

	return &log->ring[(log->first + log->len - 1 - n) % MODEL_LOG];
}

void
model_log_move(struct model_log *to, struct model_log *from)
{
	*to = *from;
	*from = (struct model_log){ 0 };
}

void
model_log_clear(struct model_log *l)
{
	size_t i;

	for (i = 0; l->ring != NULL && i < MODEL_LOG; i++)
		free(l->ring[i].text);
	free(l->ring);
	*l = (struct model_log){ 0 };
}

void
model_scroll(struct model *m, long n)
{
	size_t down;

	if (n < 0) {
		down = (size_t)-n;
		m->log.scroll -= down < m->log.scroll ? down : m->log.scroll;
		return;
	}
	m->log.scroll += (size_t)n;
	if (m->log.scroll + 1 > m->log.len)
		m->log.scroll = m->log.len > 0 ? m->log.len - 1 : 0;
}

static bool
has_text(const char *line, const char *text)
{
	size_t n = strlen(text);

	for (; *line != '\0'; line++)
		if (strncasecmp(line, text, n) == 0)
			return true;
	return false;
}

bool
model_search(struct model *m, const char *text)
{
	size_t i;

	for (i = m->log.scroll + 1; i < m->log.len; i++)
		if (has_text(model_line(m, i)->text, text)) {
			m->log.scroll = i;
			return true;
		}
	return false;
}

bool
model_search_problem(struct model *m)
{
	size_t i;

	for (i = m->log.scroll + 1; i < m->log.len; i++)
		if (model_line(m, i)->role == ROLE_PROBLEM) {
			m->log.scroll = i;
			return true;
		}
	return false;
}

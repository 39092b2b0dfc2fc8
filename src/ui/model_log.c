/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "ui/model.h"

void
model_log(struct model *m, enum role role, const char *text)
{
	struct model_line *l;

	if (m->log_len == MODEL_LOG) {
		l = &m->log[m->log_first];
		m->log_first = (m->log_first + 1) % MODEL_LOG;
		free(l->text);
	} else {
		l = &m->log[(m->log_first + m->log_len++) % MODEL_LOG];
	}
	*l = (struct model_line){ xstrdup(text), role };
	/* Who reads older lines goes on reading them. */
	if (m->scroll > 0 && m->scroll + 1 < m->log_len)
		m->scroll++;
}

const struct model_line *
model_line(const struct model *m, size_t n)
{
	return &m->log[(m->log_first + m->log_len - 1 - n) % MODEL_LOG];
}

void
model_scroll(struct model *m, long n)
{
	size_t down;

	if (n < 0) {
		down = (size_t)-n;
		m->scroll -= down < m->scroll ? down : m->scroll;
		return;
	}
	m->scroll += (size_t)n;
	if (m->scroll + 1 > m->log_len)
		m->scroll = m->log_len > 0 ? m->log_len - 1 : 0;
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

	for (i = m->scroll + 1; i < m->log_len; i++)
		if (has_text(model_line(m, i)->text, text)) {
			m->scroll = i;
			return true;
		}
	return false;
}

bool
model_search_trouble(struct model *m)
{
	size_t i;

	for (i = m->scroll + 1; i < m->log_len; i++)
		if (model_line(m, i)->role == ROLE_TROUBLE) {
			m->scroll = i;
			return true;
		}
	return false;
}

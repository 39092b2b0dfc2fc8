/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which user interface runs. */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "ui/plain/ask.h"
#include "ui/plain/plain.h"
#include "ui/screen/blink.h"
#include "ui/screen/term.h"
#include "ui/ui.h"

const struct ui_kind *
ui_usable(const struct ui_kind *kind, const char **why)
{
	bool terminal = isatty(STDOUT_FILENO);

	*why = NULL;
	if (!kind->screen || (terminal && term_possible()))
		return kind;
	if (terminal) {
		*why = "this terminal cannot show blinkenlights; basic takes "
		       "its place";
		return ui_kind_get("basic");
	}
	*why = "blinkenlights needs a terminal; quiet takes its place";
	return ui_kind_get("quiet");
}

bool
ui_can_ask(const struct ui_kind *kind)
{
	return kind->screen || (kind->asks && ask_possible());
}

bool
ui_run(const struct ui_config *c, struct engine *en, int *lost)
{
	const struct blink_config blink = {
		.run = &c->run, .scheme = c->scheme, .log = &c->carry->log
	};
	struct err e = ERR_INIT;
	bool reload;

	log_debug(c->run.log, LOG_UI, "the interface is %s", c->kind->name);
	if (c->kind->screen) {
		if (blink_run(&blink, en, &reload, &e) == 0)
			return reload;
		fprintf(stderr, "blinkmail: %s\n", err_line(&e));
		err_clear(&e);
	}
	return plain_run(&c->run, c->kind, &c->carry->notices, en, lost);
}

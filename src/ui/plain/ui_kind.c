/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of user interfaces. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "ui/plain/ui_kind.h"

static const struct ui_kind kinds[] = {
	{ .name = "blinkenlights",
	    .aliases = { "Curses.Blinkenlights" },
	    .screen = true,
	    .asks = true },
	{ .name = "basic",
	    .aliases = { "TTY.TTYUI", "ttyui", "Noninteractive.Basic" },
	    .asks = true,
	    .lines = true,
	    .plan = true,
	    .progress = true,
	    .summary = true },
	{ .name = "quiet",
	    .aliases = { "Noninteractive.Quiet" },
	    .asks = true,
	    .plan = true,
	    .summary = true,
	    .problems_only = true,
	    .tells_once = true },
	{ .name = "syslog", .syslog = true },
	{ .name = "json",
	    .aliases = { "MachineUI", "Machine.MachineUI" },
	    .json = true },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool
is_called(const struct ui_kind *k, const char *name)
{
	size_t i;

	if (strcasecmp(name, k->name) == 0)
		return true;
	for (i = 0; i < UI_KIND_ALIASES && k->aliases[i] != NULL; i++)
		if (strcasecmp(name, k->aliases[i]) == 0)
			return true;
	return false;
}

static const struct ui_kind *
kind_lookup(const char *name)
{
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (is_called(&kinds[i], name))
			return &kinds[i];
	return NULL;
}

const struct ui_kind *
ui_kind_get(const char *name)
{
	const struct ui_kind *k = kind_lookup(name);

	assert(k != NULL);
	return k;
}

const struct ui_kind *
ui_kind_find(const char *name, struct err *e)
{
	struct buf list = { 0 };
	const struct ui_kind *k;
	size_t i;

	if (name == NULL)
		return ui_kind_get(
		    isatty(STDOUT_FILENO) ? "blinkenlights" : "quiet");
	k = kind_lookup(name);
	if (k != NULL)
		return k;
	for (i = 0; i < KINDS; i++)
		buf_printf(&list, "%s%s",
		    i == 0	    ? ""
		    : i + 1 < KINDS ? ", "
				    : " and ",
		    kinds[i].name);
	err_set(e, ERR_ALL, "no user interface is called \"%s\"; there are %s",
	    name, buf_str(&list));
	buf_clear(&list);
	return NULL;
}

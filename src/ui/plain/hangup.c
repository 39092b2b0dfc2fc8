/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling a lost terminal from a request to reread the configuration. */
#include "config.h"

#include <unistd.h>

#include "ui/plain/hangup.h"

unsigned
hangup_terminals(void)
{
	unsigned bits = 0;
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (isatty(fd))
			bits |= 1u << fd;
	return bits;
}

bool
hangup_happened(unsigned terminals)
{
	return (terminals & ~hangup_terminals()) != 0;
}

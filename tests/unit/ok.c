/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that must succeed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ok.h"

struct err err;

void
ok_check(int rc, const char *call, const char *file, int line)
{
	if (rc != 0)
		fail_msg("%s:%d: %s: %s", file, line, call, err_text(&err));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "engine/settings/settings_parts.h"

int
settings_regex_check(const char *pattern, struct err *e)
{
	pcre2_code *code;
	PCRE2_UCHAR reason[120];
	PCRE2_SIZE at;
	int num;

	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF, &num, &at, NULL);
	if (code == NULL) {
		pcre2_get_error_message(num, reason, sizeof(reason));
		return err_set(e, ERR_ALL,
		    "the expression \"%s\" is wrong at character %zu: %s",
		    pattern, (size_t)at + 1, (const char *)reason);
	}
	pcre2_code_free(code);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_NETRC_H
#define ENGINE_SETTINGS_NETRC_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Looks through the text of a .netrc (as in ftp(1); words may be in double
 * quotes, with \ before " and \) for the password of user at host: the
 * first "machine" of that name, in any case, whose "login" is user, or that
 * has none; else "default" likewise. user NULL: any login. False when there
 * is none; *secret is then untouched. The caller wipes *secret. Any thread.
 */
bool netrc_find(
    const char *text, const char *host, const char *user, struct buf *secret);

#endif

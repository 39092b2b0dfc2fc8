/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_SIDE_H
#define BASE_SIDE_H

/* The two sides of an account, whatever kind of store each is kept in. */

enum side { LOCAL, REMOTE }; /* the other side of s is !s */

/* "local", "remote": in the configuration, in messages, in JSON. Static; any
 * thread. */
const char *side_name(enum side side);

#endif

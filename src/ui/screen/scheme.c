/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The colours of roles, in each colour scheme. */
#include "config.h"

#include "ui/screen/scheme.h"

#define OWN (-1)
#define COLOURED 2 /* schemes with colours; they come first */

/* On terminals of 8, of 16 and of 256 colours: the same hue, but where there
 * are more, one that is easier on the eyes. */
struct colour {
	short few, some, many;
	unsigned attr;
};

/* clang-format off */
static const struct colour looks[COLOURED][ROLES] = {
	[SCHEME_DEFAULT] = {
		[ROLE_PLAIN] = { OWN, OWN, OWN, 0 },
		[ROLE_TITLE] = { OWN, OWN, OWN, LOOK_BOLD },
		[ROLE_DIM] = { OWN, OWN, 246, LOOK_DIM },
		[ROLE_SELECTED] = { OWN, OWN, OWN, LOOK_REVERSE },
		[ROLE_KEY] = { OWN, OWN, OWN, LOOK_BOLD },
		[ROLE_HEAD] = { OWN, OWN, OWN, LOOK_UNDERLINE },
		[ROLE_BAR] = { 6, 6, 73, 0 },
		[ROLE_QUESTION] = { 3, 3, 178, LOOK_REVERSE },
		[ROLE_ACCOUNT] = { 5, 13, 176, 0 },
		[ROLE_CONNECT] = { 7, 15, 231, LOOK_BOLD },
		[ROLE_FOLDERS] = { 4, 12, 75, 0 },
		[ROLE_SYNC] = { 6, 14, 80, 0 },
		[ROLE_LIST] = { 2, 10, 77, 0 },
		[ROLE_COPY] = { 3, 3, 178, 0 },
		[ROLE_FLAGS_ADD] = { 3, 11, 227, LOOK_BOLD },
		[ROLE_FLAGS_DEL] = { 1, 9, 203, LOOK_BOLD },
		[ROLE_DELETE] = { 1, 1, 167, 0 },
		[ROLE_WAIT] = { 1, 1, 167, 0 },
		[ROLE_WATCH] = { OWN, OWN, 242, LOOK_DIM },
		[ROLE_PROBLEM] = { 1, 9, 203, LOOK_BOLD },
	},
	[SCHEME_LIGHT] = {
		[ROLE_PLAIN] = { OWN, OWN, OWN, 0 },
		[ROLE_TITLE] = { OWN, OWN, OWN, LOOK_BOLD },
		[ROLE_DIM] = { OWN, OWN, 240, LOOK_DIM },
		[ROLE_SELECTED] = { OWN, OWN, OWN, LOOK_REVERSE },
		[ROLE_KEY] = { OWN, OWN, OWN, LOOK_BOLD },
		[ROLE_HEAD] = { OWN, OWN, OWN, LOOK_UNDERLINE },
		[ROLE_BAR] = { 6, 6, 30, 0 },
		[ROLE_QUESTION] = { 4, 4, 25, LOOK_REVERSE },
		[ROLE_ACCOUNT] = { 5, 5, 90, 0 },
		[ROLE_CONNECT] = { 0, 0, 16, LOOK_BOLD },
		[ROLE_FOLDERS] = { 4, 4, 20, 0 },
		[ROLE_SYNC] = { 6, 6, 30, 0 },
		[ROLE_LIST] = { 2, 2, 28, 0 },
		[ROLE_COPY] = { 3, 3, 136, 0 },
		[ROLE_FLAGS_ADD] = { 3, 3, 94, LOOK_BOLD },
		[ROLE_FLAGS_DEL] = { 1, 1, 160, LOOK_BOLD },
		[ROLE_DELETE] = { 1, 1, 124, 0 },
		[ROLE_WAIT] = { 1, 1, 124, 0 },
		[ROLE_WATCH] = { OWN, OWN, 247, LOOK_DIM },
		[ROLE_PROBLEM] = { 1, 1, 160, LOOK_BOLD },
	},
};
/* clang-format on */

struct look
scheme_look(enum scheme scheme, enum role role, int colours)
{
	const struct colour *c;

	if (scheme >= COLOURED || colours < 8)
		return (struct look){ OWN, looks[SCHEME_DEFAULT][role].attr };
	c = &looks[scheme][role];
	if (colours < 256)
		return (
		    struct look){ colours >= 16 ? c->some : c->few, c->attr };
	/* A grey of its own needs no dimming. */
	return (struct look){ c->many,
		c->many == OWN ? c->attr : c->attr & ~LOOK_DIM };
}

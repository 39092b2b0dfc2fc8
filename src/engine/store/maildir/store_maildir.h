/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_MAILDIR_STORE_MAILDIR_H
#define ENGINE_STORE_MAILDIR_STORE_MAILDIR_H

/* A tree of Maildirs as a store (engine/store/store.h). */

#include "engine/settings/settings.h"
#include "engine/store/store.h"

struct log;
struct maildir_tree_options;

struct store_maildir_config {
	const struct settings_store *settings; /* borrowed */
	enum side side;
	const char *account; /* whose mail it is; NULL: that is not asked */
	bool fsync;
	/* The root must exist with its marker (the status knows messages
	 * there): a root that is missing, is no directory, or has lost its
	 * marker is ERR_ACCOUNT "not mounted?". False: a missing root is made.
	 */
	bool must_exist;
	bool readonly; /* change nothing: a missing root counts as empty, and
			* opening a folder makes and removes nothing */
	struct log *log;
};

int store_maildir_open(
    const struct store_maildir_config *c, struct store **s, struct err *e);

/* Fills in what the settings say of the tree; path is borrowed. */
void store_maildir_tree(
    const struct settings_store *s, struct maildir_tree_options *o);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_SERVER_COPY_H
#define ENGINE_SYNC_SERVER_COPY_H

/*
 * Copies that the server can make itself, as it has the bytes in another
 * folder: planned by each folder, made for the account as a whole
 * (exec_server_copy.h). A value; one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/status/status.h"
#include "engine/store/store.h"

struct server_copy {
	size_t entry;	  /* destination: index into the map */
	enum side to;	  /* the server's side */
	uint32_t file_id; /* the file in the destination, on the other side */
	uint32_t file_flags;
	char *name; /* its base name; owned */
	struct digest digest;
	uint64_t told; /* the size that the server states; 0: not known */
	int64_t date;  /* of the source */
	int64_t source_folder; /* status id of the folder that has the bytes */
	uint32_t source_id[2]; /* of the pair there, by side */
	uint32_t source_flags; /* what both sides have there */
	uint32_t storable;     /* what both can keep in the destination */
};

struct server_copies {
	struct server_copy *list;
	size_t len, cap;
};

void server_copies_clear(struct server_copies *c);
/* Moves all of from to the end of to. */
void server_copies_move(struct server_copies *to, struct server_copies *from);
/* Appends; the list owns its name from then on. */
void server_copies_add_take(
    struct server_copies *c, const struct server_copy *new);

#endif

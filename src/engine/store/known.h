/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_KNOWN_H
#define ENGINE_STORE_KNOWN_H

/*
 * A table from the keys of names to ids: 15 bytes a name. Keys are hashes, so
 * they need no hashing. One thread at a time.
 */

#include <stddef.h>
#include <stdint.h>

struct known;

/* For at most n names, n < 2^31. */
struct known *known_new(size_t n);
void known_free(struct known *k); /* NULL is fine */

/* Ids are not 0. Of ids with the same key the one added first counts; what
 * is more than the table was made for is left out. */
void known_add(struct known *k, uint64_t key, uint32_t id);

/* 0 when there is none. arg is the struct known. */
uint32_t known_by_key(void *arg, uint64_t key);

#endif

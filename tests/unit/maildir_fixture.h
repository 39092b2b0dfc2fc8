/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_MAILDIR_FIXTURE_H
#define TESTS_UNIT_MAILDIR_FIXTURE_H

/* What the tests of the Maildir store share: a store on a directory of its
 * own, with an INBOX that is open. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "engine/store/maildir/store_maildir.h"
#include "ok.h"

#define DATE 1600000000

struct known { /* what a status would know */
	struct store_known k;
	struct {
		uint64_t key;
		uint32_t id;
	} list[64];
	size_t len;
};

struct fixture {
	char *dir;
	struct settings_store settings;
	struct store *s;
	struct keywords words;
	struct known known;
	struct store_state st;
};

struct inbox { /* a sink */
	struct buf data;
	struct store_meta meta;
	size_t begun, ended, missing;
};

int setup(void **state);
int teardown(void **state);

/* Opens the store anew, the folder anew; -1 with err set. */
int reopen(struct fixture *f, bool must_exist);
int open_folder(struct fixture *f, const char *name);

/* The status knows the base name by this id. */
void learn(struct fixture *f, const char *name, uint32_t id);

/* Files, by their path below the store's root. */
char *path(struct fixture *f, const char *below); /* the caller frees */
void put_file(
    struct fixture *f, const char *below, const char *data, size_t len);
void touch(struct fixture *f, const char *below); /* a small message */
bool exists(struct fixture *f, const char *below);
size_t count_files(struct fixture *f, const char *below);
void set_mtime(struct fixture *f, const char *below, time_t t);

/* Waits until the times of the INBOX can be trusted. */
void settle_inbox(struct fixture *f);

/* Delivers one message in pieces of the given size. */
struct store_result deliver(struct fixture *f, const char *data, size_t len,
    size_t piece, uint32_t flags, uint32_t uid);

void read_one(struct fixture *f, const struct store_ref *ref,
    enum store_part part, struct inbox *in);

/* A complete scan. */
void scan(struct fixture *f, struct snapshot *snap);
const char *name_of(const struct snapshot *snap, size_t i);

/* What became of one change to a message that has the flags is. */
enum store_outcome change_flags(struct fixture *f, const char *name,
    uint32_t is, uint32_t add, uint32_t del);

#endif

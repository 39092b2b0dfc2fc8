/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all kinds of stores share: listings, tokens, results. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/store/store.h"

/* Bytes of a refused name that are shown. */
#define REFUSED_NAME_MAX 200

bool
store_token_equal(const struct store_token *a, const struct store_token *b)
{
	return a->valid && b->valid && a->exact == b->exact &&
	       memcmp(a->words, b->words, sizeof(a->words)) == 0;
}

void
store_folders_clear(struct store_folders *f)
{
	size_t i;

	for (i = 0; i < f->len; i++) {
		free(f->list[i].name);
		free(f->list[i].native);
	}
	free(f->list);
	free(f->prefix);
	store_refused_free(f->refused, f->refused_len);
	*f = (struct store_folders){ 0 };
}

struct store_folder *
store_folders_add(struct store_folders *f)
{
	f->list = xgrow(f->list, f->len, &f->cap, sizeof(*f->list));
	f->list[f->len] = (struct store_folder){ 0 };
	return &f->list[f->len++];
}

void
store_refused_add(struct store_refused **list, size_t *len, size_t *cap,
    const char *name, size_t name_len, const char *why)
{
	struct buf visible = { 0 }, reason = { 0 };

	if (name_len == 0)
		buf_puts(&visible, "\"\"");
	else if (name_len <= REFUSED_NAME_MAX)
		buf_append_visible(&visible, name, name_len);
	else
		buf_append_visible(&visible, name, REFUSED_NAME_MAX);
	if (name_len > REFUSED_NAME_MAX)
		buf_puts(&visible, "...");
	buf_append_visible(&reason, why, strlen(why));
	*list = xgrow(*list, *len, cap, sizeof(**list));
	(*list)[(*len)++] = (struct store_refused){ .name = buf_steal(&visible),
		.why = buf_steal(&reason) };
}

void
store_refused_free(struct store_refused *list, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		free(list[i].name);
		free(list[i].why);
		free(list[i].file);
		free(list[i].path);
		free(list[i].folder);
	}
	free(list);
}

void
store_folders_refuse(
    struct store_folders *f, const char *name, size_t len, const char *why)
{
	store_refused_add(
	    &f->refused, &f->refused_len, &f->refused_cap, name, len, why);
}

static int
folder_compare(const void *a, const void *b)
{
	const struct store_folder *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void
store_folders_sort(struct store_folders *f)
{
	if (f->len > 1)
		qsort(f->list, f->len, sizeof(*f->list), folder_compare);
}

const struct store_folder *
store_folders_find(const struct store_folders *f, const char *name)
{
	size_t lo, hi, mid;
	int order;

	lo = 0;
	hi = f->len;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		order = strcmp(f->list[mid].name, name);
		if (order == 0)
			return &f->list[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void
store_results_clear(struct store_result *r, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(r[i].name);
		err_clear(&r[i].err);
		r[i] = (struct store_result){ 0 };
	}
}

uint64_t
store_name_key(const char *name)
{
	return digest_key(name, strcspn(name, ","));
}

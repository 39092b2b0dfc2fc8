/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that came from another folder under a new name, as some mail readers
 * move them: only their bytes say where from. Before such a file gets its
 * copy on the server, its letters are made those of its new folder.
 */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/sync/exec_relabel.h"

/* What the copies come from; the names are those of the list. */
static int
origins(struct folder *f, const struct server_copy *list, size_t n,
    const struct status_folder *folders, size_t folders_len,
    struct store_origin *from, struct err *e)
{
	struct status *st = f->sy->status;
	struct keywords words = { 0 };
	int64_t loaded = 0;
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (list[i].source_folder == f->row.id)
			continue;
		if (list[i].source_folder != loaded) {
			keywords_clear(&words);
			if (status_keywords_get(
				st, list[i].source_folder, &words, e) == -1)
				return -1;
			loaded = list[i].source_folder;
		}
		for (j = 0; j < folders_len; j++)
			if (folders[j].id == loaded)
				from[i].folder = folders[j].name[!list[i].to];
		from[i].flags = keywords_translate(
		    list[i].source_flags, &words, &f->keywords);
	}
	keywords_clear(&words);
	return 0;
}

static void
take_result(struct server_copy *t, struct store_result *r, uint32_t flags)
{
	t->unclear = r->outcome == STORE_FAILED;
	if (r->outcome != STORE_DONE)
		return;
	t->file_flags = flags;
	free(t->name);
	t->name = r->name;
	r->name = NULL;
}

int
exec_relabel(
    struct folder *f, struct server_copy *list, size_t n, struct err *e)
{
	struct store *files = f->sy->store[!list[0].to];
	struct status_folder *folders;
	struct store_result *results;
	struct store_origin *from;
	struct store_ref *refs;
	size_t i, folders_len;
	uint32_t *flags;
	int ret;

	if (!store_traits(files)->letters_differ)
		return 0;
	if (status_folders(f->sy->status, &folders, &folders_len, e) == -1)
		return -1;
	results = xcalloc(n, sizeof(*results));
	from = xcalloc(n, sizeof(*from));
	refs = xcalloc(n, sizeof(*refs));
	flags = xcalloc(n, sizeof(*flags));
	for (i = 0; i < n; i++)
		refs[i] = (struct store_ref){ .id = list[i].file_id,
			.flags = list[i].file_flags,
			.name = list[i].name };
	ret = origins(f, list, n, folders, folders_len, from, e);
	if (ret == 0)
		ret =
		    files->ops->adopt(files, refs, from, n, flags, results, e);
	for (i = 0; ret == 0 && i < n; i++)
		take_result(&list[i], &results[i], flags[i]);
	store_results_clear(results, n);
	for (i = 0; i < folders_len; i++)
		status_folder_clear(&folders[i]);
	free(folders);
	free(results);
	free(from);
	free(refs);
	free(flags);
	return ret;
}

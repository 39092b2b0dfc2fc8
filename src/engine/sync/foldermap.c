/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins the folder lists of both sides: filters and names. */
#include "config.h"

#include <fnmatch.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "base/buf.h"
#include "base/nearest.h"
#include "base/xalloc.h"
#include "engine/store/foldername.h"
#include "engine/sync/foldermap.h"
#include "engine/sync/foldertrans.h"

/*
 * Every remote folder lays claim to a local name, also when a filter takes it
 * out: the local folder of that name is its counterpart then, and not a new
 * folder that the remote lacks.
 */
struct claim {
	char *key; /* local name, folded where the store folds case */
	char *local;
	const struct store_folder *remote;
	bool wanted;
	bool lost; /* shares the key with another that is wanted, too */
};

/* A folder of the local listing. */
struct local {
	char *key;
	const struct store_folder *folder;
};

struct join {
	const struct foldermap_input *in;
	struct foldertrans trans;
	const struct namelist *only;
	bool *only_seen;      /* by its place in that list */
	locale_t fold;	      /* 0: case tells folders apart */
	struct claim *claims; /* by key, then as listed */
	size_t claims_len;
	size_t claims_cap;
	struct local *locals; /* by key */
	size_t locals_len;
	size_t wanted; /* folders that the filters left */
	struct foldermap *map;
};

bool
foldermap_wanted(const char *const *patterns, size_t n, const char *native)
{
	int flags = strcasecmp(native, "INBOX") == 0 ? FNM_CASEFOLD : 0;
	bool wanted = n == 0 || patterns[0][0] == '!';

	for (size_t i = 0; i < n; i++) {
		bool in = patterns[i][0] != '!';
		const char *pattern = patterns[i] + (in ? 0 : 1);

		if (strcmp(pattern, native) == 0 ||
		    fnmatch(pattern, native, flags) == 0)
			wanted = in;
	}
	return wanted;
}

/* As in a configuration, within quotes. */
static void
put_quoted(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
}

void
foldermap_leave_out(
    const struct settings_account *a, const char *label, struct buf *out)
{
	char *const *patterns = a->store[REMOTE].folders;

	if (patterns == NULL || patterns[0] == NULL) {
		buf_puts(out, "write folders = [ \"*\", \"!");
		put_quoted(out, label);
		buf_puts(out, "\" ]; in remote");
	} else {
		buf_puts(out, "add \"!");
		put_quoted(out, label);
		buf_puts(out, "\" to folders in remote");
	}
}

static void problem(struct join *j, const char *native, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
problem(struct join *j, const char *native, const char *format, ...)
{
	struct foldermap *map = j->map;
	struct buf why = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&why, format, ap);
	va_end(ap);
	store_refused_add(&map->problems, &map->problems_len,
	    &map->problems_cap, native, strlen(native), buf_str(&why));
	buf_clear(&why);
}

/* What two names have in common when the local store takes them for one. */
static char *
make_key(const struct join *j, const char *name)
{
	struct buf key = { 0 };
	size_t len = strlen(name), n;
	unsigned cp;

	if (j->fold == (locale_t)0)
		return xstrdup(name);
	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(name + i, len - i, &cp);
		if (n == 0) {
			buf_clear(&key);
			return xstrdup(name);
		}
		buf_put_utf8(&key, (unsigned)towlower_l((wint_t)cp, j->fold));
	}
	return buf_steal(&key);
}

static size_t
count_strings(char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

static bool
wanted_on(const struct join *j, enum side side, const char *native)
{
	char *const *patterns = j->in->account->store[side].folders;

	return foldermap_wanted(
	    (const char *const *)patterns, count_strings(patterns), native);
}

static bool
wanted_remote(struct join *j, const char *native)
{
	bool inbox = strcasecmp(native, "INBOX") == 0, wanted = false;
	const char *p = NULL;

	if (j->only->len == 0)
		return wanted_on(j, REMOTE, native);
	for (size_t i = 0; (p = namelist_next(j->only, p)) != NULL; i++)
		if (strcmp(p, native) == 0 ||
		    (inbox && strcasecmp(p, native) == 0))
			wanted = j->only_seen[i] = true;
	return wanted;
}

/* By the name that the local store has or would make for it. */
static bool
wanted_local(const struct join *j, const char *canonical)
{
	char *native = foldername_native(canonical, j->trans.delimiter[LOCAL]);
	bool wanted = wanted_on(j, LOCAL, native != NULL ? native : canonical);

	free(native);
	return wanted;
}

/* A server may list INBOX/x and Inbox/x, which are one. */
static bool
is_doubled(const struct store_folders *f, size_t i)
{
	const char *name = f->list[i].name;

	return (i > 0 && strcmp(f->list[i - 1].name, name) == 0) ||
	       (i + 1 < f->len && strcmp(f->list[i + 1].name, name) == 0);
}

static void
claim(struct join *j, size_t i)
{
	const struct store_folder *f = &j->in->folders[REMOTE]->list[i];
	struct err e = ERR_INIT;
	struct claim *c;
	bool wanted;
	char *local;

	wanted = wanted_remote(j, f->native);
	if (wanted && is_doubled(j->in->folders[REMOTE], i)) {
		problem(j, f->native, "the remote side lists it twice");
		j->wanted++;
		wanted = false;
	}
	if (foldertrans_name(
		&j->trans, REMOTE, f->name, f->delimiter, &local, &e) == -1) {
		if (wanted)
			problem(j, f->native, "%s", err_line(&e));
		j->wanted += wanted ? 1 : 0;
		err_clear(&e);
		return;
	}
	j->claims =
	    xgrow(j->claims, j->claims_len, &j->claims_cap, sizeof(*j->claims));
	c = &j->claims[j->claims_len++];
	*c = (struct claim){ .key = make_key(j, local),
		.local = local,
		.remote = f,
		.wanted = wanted && wanted_local(j, local) };
	j->wanted += c->wanted ? 1 : 0;
}

static int
compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order != 0 ? order : strcmp(x->remote->name, y->remote->name);
}

/* The claims i to end - 1 share a local name. */
static void
settle_claims(struct join *j, size_t i, size_t end)
{
	struct claim *first = NULL, *second = NULL;

	for (size_t k = i; k < end; k++)
		if (j->claims[k].wanted && first == NULL)
			first = &j->claims[k];
		else if (j->claims[k].wanted && second == NULL)
			second = &j->claims[k];
	if (second == NULL)
		return;
	for (size_t k = i; k < end; k++) {
		struct claim *c = &j->claims[k];

		if (!c->wanted)
			continue;
		c->lost = true;
		problem(j, c->remote->native,
		    "would share the local folder %s with %s", c->local,
		    (c == first ? second : first)->remote->native);
	}
}

static void
make_claims(struct join *j)
{
	size_t end;

	for (size_t i = 0; i < j->in->folders[REMOTE]->len; i++)
		if (j->in->folders[REMOTE]->list[i].selectable)
			claim(j, i);
	if (j->claims_len > 0)
		qsort(j->claims, j->claims_len, sizeof(*j->claims),
		    compare_claims);
	for (size_t i = 0; i < j->claims_len; i = end) {
		for (end = i + 1;
		     end < j->claims_len &&
		     strcmp(j->claims[end].key, j->claims[i].key) == 0;)
			end++;
		settle_claims(j, i, end);
	}
}

static int
compare_locals(const void *a, const void *b)
{
	const struct local *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static void
collect_locals(struct join *j)
{
	const struct store_folders *f = j->in->folders[LOCAL];

	j->locals = xcalloc(f->len + 1, sizeof(*j->locals));
	for (size_t i = 0; i < f->len; i++)
		if (f->list[i].selectable)
			j->locals[j->locals_len++] =
			    (struct local){ make_key(j, f->list[i].name),
				    &f->list[i] };
	qsort(j->locals, j->locals_len, sizeof(*j->locals), compare_locals);
}

static const struct claim *
find_claim(const struct join *j, const char *key)
{
	size_t low = 0, high = j->claims_len, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(j->claims[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < j->claims_len && strcmp(j->claims[low].key, key) == 0
		   ? &j->claims[low]
		   : NULL;
}

static struct foldermap_entry *
add_entry(
    struct join *j, const char *local, const char *remote, const char *label)
{
	struct foldermap *map = j->map;
	struct foldermap_entry *entry;

	map->list = xgrow(map->list, map->len, &map->cap, sizeof(*map->list));
	entry = &map->list[map->len++];
	*entry = (struct foldermap_entry){ .label = xstrdup(label) };
	entry->name[LOCAL] = xstrdup(local);
	entry->name[REMOTE] = xstrdup(remote);
	return entry;
}

static void
set_there(
    struct foldermap_entry *entry, enum side side, const struct store_folder *f)
{
	entry->there[side] = true;
	entry->token[side] = f->token;
	entry->validity[side] = f->validity;
	entry->next_id[side] = f->next_id;
}

/* True when the local folder is, or would be, in a directory that could not be
 * looked into. */
static bool
is_hidden(const struct join *j, const char *local)
{
	const struct store_folders *f = j->in->folders[LOCAL];
	const bool nested = j->trans.delimiter[LOCAL] == '/';
	const char *folder;

	for (size_t i = 0; i < f->refused_len; i++) {
		folder = f->refused[i].folder;
		if (folder != NULL &&
		    strncmp(local, folder, strlen(folder)) == 0 &&
		    (local[strlen(folder)] == '\0' ||
			(nested && local[strlen(folder)] == '/')))
			return true;
	}
	return false;
}

/* Every claim that stands, with the local folder where there is one. */
static void
join_claims(struct join *j)
{
	struct foldermap_entry *entry;
	const struct claim *c;
	struct local *local, *end = j->locals + j->locals_len;

	for (size_t i = 0; i < j->claims_len; i++) {
		c = &j->claims[i];
		if (!c->wanted || c->lost)
			continue;
		local = bsearch(&(struct local){ .key = c->key }, j->locals,
		    j->locals_len, sizeof(*j->locals), compare_locals);
		if (local != NULL &&
		    ((local > j->locals &&
			 compare_locals(local - 1, local) == 0) ||
			(local + 1 < end &&
			    compare_locals(local, local + 1) == 0))) {
			problem(j, c->remote->native,
			    "the local side lists it twice");
			continue;
		}
		entry =
		    add_entry(j, local != NULL ? local->folder->name : c->local,
			c->remote->name, c->remote->native);
		set_there(entry, REMOTE, c->remote);
		if (local != NULL)
			set_there(entry, LOCAL, local->folder);
		else
			entry->there[LOCAL] = is_hidden(j, c->local);
	}
}

/* A folder that is only on the local side, and the canonical name that the
 * remote one would have. */
static void
join_named(struct join *j, const struct local *l, const char *remote)
{
	const struct store_folder *there =
	    store_folders_find(j->in->folders[REMOTE], remote);
	char *label = foldername_native(remote, j->trans.delimiter[REMOTE]);
	char *back = NULL, *key = NULL;
	struct err e = ERR_INIT;

	if (!wanted_remote(j, label != NULL ? label : remote))
		goto out;
	j->wanted++;
	if (label == NULL) {
		problem(j, l->folder->native,
		    "the remote side can have no folder %s: \"%c\" separates "
		    "the parts of a name there; give it another name with "
		    "nametrans in local",
		    remote, j->trans.delimiter[REMOTE]);
		goto out;
	}
	if (there != NULL && there->selectable) {
		problem(j, l->folder->native,
		    "would be the remote folder %s, which has another "
		    "local name",
		    there->native);
		goto out;
	}
	if (foldertrans_name(&j->trans, REMOTE, remote,
		j->trans.delimiter[REMOTE], &back, &e) == -1) {
		problem(j, l->folder->native, "%s", err_line(&e));
		err_clear(&e);
		goto out;
	}
	key = make_key(j, back);
	if (strcmp(key, l->key) != 0)
		problem(j, l->folder->native,
		    "would be the remote folder %s, whose local name is %s",
		    label, back);
	else
		set_there(add_entry(j, l->folder->name, remote, label), LOCAL,
		    l->folder);
out:
	free(label);
	free(back);
	free(key);
}

static void
join_local(struct join *j, const struct local *l)
{
	struct err e = ERR_INIT;
	char *remote;

	if (!wanted_on(j, LOCAL, l->folder->native))
		return;
	if (foldertrans_name(&j->trans, LOCAL, l->folder->name,
		l->folder->delimiter, &remote, &e) == -1) {
		problem(j, l->folder->native, "%s", err_line(&e));
		err_clear(&e);
		j->wanted++;
		return;
	}
	join_named(j, l, remote);
	free(remote);
}

static void
join_locals(struct join *j)
{
	size_t end;

	for (size_t i = 0; i < j->locals_len; i = end) {
		for (end = i + 1;
		     end < j->locals_len &&
		     compare_locals(&j->locals[i], &j->locals[end]) == 0;)
			end++;
		if (find_claim(j, j->locals[i].key) != NULL)
			continue;
		if (end == i + 1)
			join_local(j, &j->locals[i]);
		else
			problem(j, j->locals[i].folder->native,
			    "the local side lists it twice");
	}
}

/* Local directories that could not be looked into, and that opening a folder
 * will not tell of. */
static void
tell_hidden(struct join *j)
{
	const struct store_folders *f = j->in->folders[LOCAL];
	struct foldermap *map = j->map;
	const char *file;
	char *key;

	for (size_t i = 0; i < f->refused_len && j->only->len == 0; i++) {
		if (f->refused[i].folder == NULL ||
		    !wanted_local(j, f->refused[i].folder))
			continue;
		key = make_key(j, f->refused[i].folder);
		if (find_claim(j, key) == NULL ||
		    store_folders_find(f, f->refused[i].folder) != NULL) {
			problem(j, f->refused[i].name, "%s", f->refused[i].why);
			file = f->refused[i].file;
			map->problems[map->problems_len - 1].file =
			    file == NULL ? NULL : xstrdup(file);
		}
		free(key);
	}
}

static int
compare_entries(const void *a, const void *b)
{
	const struct foldermap_entry *x = a, *y = b;
	bool x_inbox = strcmp(x->name[REMOTE], "INBOX") == 0;
	bool y_inbox = strcmp(y->name[REMOTE], "INBOX") == 0;

	if (x_inbox != y_inbox)
		return x_inbox ? -1 : 1;
	return strcmp(x->name[REMOTE], y->name[REMOTE]);
}

/* A name that was asked for and is on no side. */
static void
only_unknown(struct join *j, const char *name)
{
	const struct store_folders *f = j->in->folders[REMOTE];
	const char **names, *nearest;
	size_t n = 0;

	names = xcalloc(f->len + 1, sizeof(*names));
	for (size_t i = 0; i < f->len; i++)
		if (f->list[i].selectable)
			names[n++] = f->list[i].native;
	nearest = nearest_close(name, names);
	if (nearest != NULL)
		problem(j, name,
		    "there is no such folder; the nearest one is %s", nearest);
	else
		problem(j, name, "there is no such folder");
	free(names);
}

/* When none of the names asked for is there: which, and what is near. */
static int
set_unknown(const struct foldermap *map, size_t selectable, struct err *e)
{
	struct buf text = { 0 };

	if (map->problems_len == 1)
		return err_set(e, ERR_ACCOUNT, "%s: %s", map->problems[0].name,
		    map->problems[0].why);
	for (size_t i = 0; i < map->problems_len; i++)
		buf_printf(&text, "; %s: %s", map->problems[i].name,
		    map->problems[i].why);
	err_set(e, ERR_ACCOUNT, "-f matches none of the %zu remote folders%s",
	    selectable, buf_str(&text));
	buf_clear(&text);
	return -1;
}

/* An entry of the map, by the key of its remote name. */
struct keyed {
	char *key;
	size_t at;
};

static int
compare_keyed(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static void
entry_clear(struct foldermap_entry *entry)
{
	free(entry->name[LOCAL]);
	free(entry->name[REMOTE]);
	free(entry->label);
}

/* Takes out entries whose remote names are one folder there: rules made names
 * of them that differ only by case. */
static void
drop_folded_remotes(struct join *j)
{
	struct foldermap *map = j->map;
	struct keyed *all = xcalloc(map->len + 1, sizeof(*all));
	bool *drop = xcalloc(map->len + 1, sizeof(*drop));
	size_t i, n;

	for (i = 0; i < map->len; i++)
		all[i] =
		    (struct keyed){ make_key(j, map->list[i].name[REMOTE]), i };
	qsort(all, map->len, sizeof(*all), compare_keyed);
	for (i = 1; i < map->len; i++)
		if (compare_keyed(&all[i - 1], &all[i]) == 0)
			drop[all[i - 1].at] = drop[all[i].at] = true;
	for (n = i = 0; i < map->len; i++) {
		free(all[i].key);
		if (!drop[i]) {
			map->list[n++] = map->list[i];
			continue;
		}
		problem(j, map->list[i].label,
		    "another folder has this name on the remote side, but for "
		    "upper and lower case, which are the same there");
		entry_clear(&map->list[i]);
	}
	map->len = n;
	free(drop);
	free(all);
}

static int
join_all(struct join *j, struct err *e)
{
	struct foldermap *map = j->map;
	const char *p = NULL;
	size_t selectable = 0;

	for (size_t i = 0; i < j->in->folders[REMOTE]->len; i++)
		selectable +=
		    j->in->folders[REMOTE]->list[i].selectable ? 1 : 0;
	make_claims(j);
	collect_locals(j);
	join_claims(j);
	join_locals(j);
	tell_hidden(j);
	if (j->in->folds_case[REMOTE])
		drop_folded_remotes(j);
	if (map->len > 0)
		qsort(map->list, map->len, sizeof(*map->list), compare_entries);
	for (size_t i = 0; (p = namelist_next(j->only, p)) != NULL; i++)
		if (!j->only_seen[i])
			only_unknown(j, p);
	if (j->wanted > 0 || selectable == 0)
		return 0;
	if (j->only->len == 0)
		return err_set(e, ERR_ACCOUNT,
		    "the filters (folders) leave none of the remote folders "
		    "(%zu)",
		    selectable);
	return set_unknown(map, selectable, e);
}

static void
join_clear(struct join *j)
{
	for (size_t i = 0; i < j->claims_len; i++) {
		free(j->claims[i].key);
		free(j->claims[i].local);
	}
	for (size_t i = 0; i < j->locals_len; i++)
		free(j->locals[i].key);
	free(j->claims);
	free(j->locals);
	free(j->only_seen);
	foldertrans_clear(&j->trans);
	if (j->fold != (locale_t)0)
		freelocale(j->fold);
}

/* The locale in which letters have a lower case; the C locale folds ASCII. */
static locale_t
fold_locale(void)
{
	locale_t l = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	return l != (locale_t)0 ? l
				: newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
}

int
foldermap_make(
    const struct foldermap_input *in, struct foldermap *map, struct err *e)
{
	static const struct namelist all;
	struct join j = {
		.in = in, .only = in->only != NULL ? in->only : &all, .map = map
	};
	int ret = -1;

	/* A name takes two bytes at least. */
	j.only_seen = xcalloc(j.only->len / 2 + 1, sizeof(*j.only_seen));
	j.fold = in->folds_case[LOCAL] || in->folds_case[REMOTE] ? fold_locale()
								 : (locale_t)0;
	if (foldertrans_init(&j.trans, in->account->store, in->folders, e) ==
	    -1)
		goto out;
	ret = join_all(&j, e);
out:
	if (ret == -1)
		foldermap_clear(map);
	join_clear(&j);
	return ret;
}

struct foldermap_entry *
foldermap_find(const struct foldermap *map, const char *remote)
{
	const struct foldermap_entry key = {
		.name = { [REMOTE] = (char *)(uintptr_t)remote }
	};

	return map->len == 0 ? NULL
			     : bsearch(&key, map->list, map->len, sizeof(key),
				   compare_entries);
}

void
foldermap_clear(struct foldermap *map)
{
	for (size_t i = 0; i < map->len; i++)
		entry_clear(&map->list[i]);
	free(map->list);
	store_refused_free(map->problems, map->problems_len);
	*map = (struct foldermap){ 0 };
}

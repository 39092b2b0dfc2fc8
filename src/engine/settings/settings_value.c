/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of values that a key may have. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/xalloc.h"
#include "engine/settings/settings_value.h"

static void
wrong_kind(struct draft *d, const struct node *n, const char *wanted)
{
	settings_mistake(d, n->where, "\"%s\" must be %s, not %s", n->name,
	    wanted, settings_node_kind_name(n->kind));
}

/* The string in n; the text from the command line where that looks like
 * something else. NULL when it is not a string. */
static const char *
string_of(const struct node *n)
{
	return n->kind == NODE_STRING ? n->string : n->raw;
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

static void
set_bool(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	(void)t;
	if (n->kind != NODE_BOOL)
		wrong_kind(d, n, "true or false");
	else if (target != NULL)
		*(bool *)target = n->boolean;
}

static void
put_number(const struct value_type *t, int64_t n, void *target)
{
	if (t->kind == VALUE_UNSIGNED)
		*(unsigned *)target = (unsigned)n;
	else if (t->kind == VALUE_INT)
		*(int *)target = (int)n;
	else if (t->kind == VALUE_INT64)
		*(int64_t *)target = n;
	else
		*(uint64_t *)target = (uint64_t)n;
}

static void
set_number(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	if (n->kind != NODE_INTEGER)
		wrong_kind(d, n, "a whole number");
	else if (n->integer < t->min || n->integer > t->max)
		settings_mistake(d, n->where,
		    "\"%s\" must be from %lld to %lld, not %lld", n->name,
		    (long long)t->min, (long long)t->max,
		    (long long)n->integer);
	else if (target != NULL)
		put_number(t, n->integer, target);
}

static void
set_real(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	double v;

	if (n->kind != NODE_REAL && n->kind != NODE_INTEGER) {
		wrong_kind(d, n, "a number");
		return;
	}
	v = n->kind == NODE_REAL ? n->real : (double)n->integer;
	if (!(v >= (double)t->min && v <= (double)t->max))
		settings_mistake(d, n->where,
		    "\"%s\" must be from %lld to %lld", n->name,
		    (long long)t->min, (long long)t->max);
	else if (target != NULL)
		*(double *)target = v;
}

static void
set_string(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	const char *s;
	struct err e = ERR_INIT;
	char *out;

	s = string_of(n);
	if (s == NULL)
		wrong_kind(d, n, "a string");
	else if (strlen(s) > SETTINGS_STRING_MAX)
		settings_mistake(d, n->where, "\"%s\" is longer than %d bytes",
		    n->name, SETTINGS_STRING_MAX);
	else if (t->kind != VALUE_TEXT && s[0] == '\0')
		settings_mistake(
		    d, n->where, "\"%s\" must not be empty", n->name);
	else if (t->kind != VALUE_TEXT && has_control(s))
		settings_mistake(d, n->where,
		    "\"%s\" contains a control character", n->name);
	else {
		out = t->kind == VALUE_PATH ? settings_path_expand(s, &e)
					    : xstrdup(s);
		if (out == NULL)
			settings_mistake(
			    d, n->where, "\"%s\": %s", n->name, err_line(&e));
		else if (target != NULL) {
			free(*(char **)target);
			*(char **)target = out;
		} else {
			wipe(out, strlen(out));
			free(out);
		}
		err_clear(&e);
	}
}

static bool
name_known(const char *s, const char *(*names)(size_t n))
{
	size_t i;

	for (i = 0; names(i) != NULL; i++)
		if (strcasecmp(s, names(i)) == 0)
			return true;
	return false;
}

/* Reports that a list contains what is not one of the names. */
static void
name_unknown(struct draft *d, const struct node *list, const struct node *n,
    const char *(*names)(size_t n))
{
	const char **all;
	size_t i, len = 0;

	while (names(len) != NULL)
		len++;
	all = xcalloc(len + 1, sizeof(*all));
	for (i = 0; i < len; i++)
		all[i] = names(i);
	settings_mistake(d, n->where,
	    "\"%s\" cannot contain \"%s\"; the nearest is \"%s\"", list->name,
	    n->string, nearest_word(n->string, all));
	free(all);
}

/* One string of a list. */
static bool
element_good(struct draft *d, const struct node *list, const struct node *n,
    const struct value_type *t)
{
	if (n->kind != NODE_STRING) {
		settings_mistake(d, n->where,
		    "\"%s\" must contain strings, not %s", list->name,
		    settings_node_kind_name(n->kind));
		return false;
	}
	if (n->string[0] == '\0' || has_control(n->string) ||
	    strlen(n->string) > SETTINGS_STRING_MAX) {
		settings_mistake(d, n->where,
		    "\"%s\" contains a string that is "
		    "empty, too long or has control characters",
		    list->name);
		return false;
	}
	if (t->names != NULL && !name_known(n->string, t->names)) {
		name_unknown(d, list, n, t->names);
		return false;
	}
	return true;
}

/* What stands on the command line can be read by every user of the machine for
 * as long as the program runs, and stays in the shell's history. */
static void
set_secret(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	if (settings_on_command_line(n->where))
		settings_mistake(d, n->where,
		    "other users can read the command line: put \"%s\" into "
		    "the configuration file, or use passcmd or passfile",
		    n->name);
	else
		set_string(d, n, t, target);
}

static void
set_strings(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	const struct node *child;
	char **out;
	size_t i, used = 0;

	if (n->kind != NODE_LIST) {
		wrong_kind(d, n, "a list of strings");
		return;
	}
	out = xcalloc(n->len + 1, sizeof(*out));
	for (i = 0; i < n->len; i++) {
		child = &n->children[i];
		if (element_good(d, n, child, t))
			out[used++] = xstrdup(child->string);
	}
	if (target != NULL) {
		*(char ***)target = out;
		return;
	}
	for (i = 0; i < used; i++)
		free(out[i]);
	free(out);
}

static void
names_list(const struct value_word *w, struct buf *out)
{
	for (; w->name != NULL; w++)
		buf_printf(out, "\"%s\"%s", w->name,
		    w[1].name == NULL	? ""
		    : w[2].name == NULL ? " or "
					: ", ");
}

static void
set_word(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	const struct value_word *w;
	struct buf list = { 0 };
	const char *s;

	s = string_of(n);
	for (w = t->words; s != NULL && w->name != NULL; w++)
		if (strcmp(s, w->name) == 0) {
			if (target != NULL)
				*(int *)target = w->value;
			return;
		}
	names_list(t->words, &list);
	if (s == NULL)
		wrong_kind(d, n, buf_str(&list));
	else
		settings_mistake(d, n->where, "\"%s\" must be %s, not \"%s\"",
		    n->name, buf_str(&list), s);
	buf_clear(&list);
}

static void
string_clear(void *target)
{
	char **s = target;

	if (*s != NULL)
		wipe(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

static void
strings_clear(void *target)
{
	char ***list = target;
	size_t i;

	for (i = 0; *list != NULL && (*list)[i] != NULL; i++)
		string_clear(&(*list)[i]);
	free(*list);
	*list = NULL;
}

static void
set_date(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	struct tm tm = { 0 };
	const char *s, *end;
	char back[16];
	time_t when;

	(void)t;
	s = string_of(n);
	if (s == NULL) {
		wrong_kind(d, n, "a date \"yyyy-mm-dd\"");
		return;
	}
	end = strptime(s, "%Y-%m-%d", &tm);
	when = timegm(&tm);
	gmtime_r(&when, &tm); /* 31 February becomes another day */
	strftime(back, sizeof(back), "%Y-%m-%d", &tm);
	if (end == NULL || *end != '\0' || strcmp(s, back) != 0 || when < 0)
		settings_mistake(d, n->where,
		    "\"%s\" must be a date "
		    "\"yyyy-mm-dd\" from 1970 on, not \"%s\"",
		    n->name, s);
	else
		*(int64_t *)target = when;
}

/* The side that the member nametrans belongs to. */
static struct settings_store *
store_of(void *nametrans)
{
	return (struct settings_store *)((char *)nametrans -
					 offsetof(
					     struct settings_store, nametrans));
}

static bool
rule_good(const struct node *n)
{
	return n->kind == NODE_LIST && n->len == 2 &&
	       n->children[0].kind == NODE_STRING &&
	       n->children[1].kind == NODE_STRING;
}

static void
set_rules(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	struct settings_store *s;
	struct nametrans_rule *r;
	struct err e = ERR_INIT;
	size_t i;

	(void)t;
	s = store_of(target);
	if (n->kind != NODE_LIST) {
		wrong_kind(d, n, "a list of (\"expression\", \"replacement\")");
		return;
	}
	s->nametrans = xcalloc(n->len + 1, sizeof(*s->nametrans));
	for (i = 0; i < n->len; i++) {
		if (!rule_good(&n->children[i])) {
			settings_mistake(d, n->children[i].where,
			    "\"%s\" must "
			    "contain pairs (\"expression\", \"replacement\")",
			    n->name);
			continue;
		}
		r = &s->nametrans[s->nametrans_len++];
		r->pattern = xstrdup(n->children[i].children[0].string);
		r->replacement = xstrdup(n->children[i].children[1].string);
		if (nametrans_check(r, &e) == -1)
			settings_mistake(
			    d, n->children[i].where, "%s", err_line(&e));
	}
	err_clear(&e);
}

static void
rules_clear(void *target)
{
	struct settings_store *s = store_of(target);

	while (s->nametrans_len > 0) {
		s->nametrans_len--;
		free(s->nametrans[s->nametrans_len].pattern);
		free(s->nametrans[s->nametrans_len].replacement);
	}
	free(s->nametrans);
	s->nametrans = NULL;
}

static bool
fingerprint_good(const char *s)
{
	size_t digits = 0;

	for (; *s != '\0'; s++) {
		if (isxdigit((unsigned char)*s))
			digits++;
		else if (*s != ':')
			return false;
	}
	return digits == 64;
}

static void
set_fingerprints(struct draft *d, const struct node *n,
    const struct value_type *t, void *target)
{
	static const struct value_type any = { .kind = VALUE_STRINGS };
	char **list;

	(void)t;
	set_strings(d, n, &any, target);
	for (list = *(char ***)target; list != NULL && *list != NULL; list++)
		if (!fingerprint_good(*list))
			settings_mistake(d, n->where,
			    "\"%s\" must contain SHA-256 "
			    "fingerprints of 64 hexadecimal digits, not "
			    "\"%s\"",
			    n->name, *list);
}

static void
set_file(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	static const struct value_type path = { .kind = VALUE_PATH };
	const char *file;

	(void)t;
	set_string(d, n, &path, target);
	file = *(char **)target;
	if (file != NULL && access(file, R_OK) == -1)
		settings_mistake(d, n->where, "\"%s\": %s: %s", n->name, file,
		    strerror(errno));
}

static void
set_family(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	(void)t;
	if (n->kind != NODE_BOOL)
		wrong_kind(d, n, "true or false");
	else
		*(int *)target = n->boolean ? 6 : 4;
}

static void
set_compression(struct draft *d, const struct node *n,
    const struct value_type *t, void *target)
{
	const char *s = string_of(n);

	(void)t;
	if (n->kind == NODE_BOOL)
		*(enum settings_compression *)target =
		    n->boolean ? COMPRESS_FAR : COMPRESS_NEVER;
	else if (s != NULL && strcmp(s, "always") == 0)
		*(enum settings_compression *)target = COMPRESS_ALWAYS;
	else if (s != NULL)
		settings_mistake(d, n->where,
		    "\"%s\" must be true, false or \"always\", not \"%s\"",
		    n->name, s);
	else
		wrong_kind(d, n, "true, false or \"always\"");
}

static void
set_infosep(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	const char *s;

	(void)t;
	s = string_of(n);
	if (s == NULL)
		wrong_kind(d, n, "a string of one character");
	else if (strlen(s) != 1 || strchr(":;!+-_~^@%", s[0]) == NULL)
		settings_mistake(d, n->where,
		    "\"%s\" must be one of the "
		    "characters :;!+-_~^@%%, not \"%s\"",
		    n->name, s);
	else
		*(char *)target = s[0];
}

static void
check_list(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	(void)t;
	(void)target;
	if (n->kind != NODE_LIST)
		wrong_kind(d, n, "a list ( ... )");
}

static void
check_group(struct draft *d, const struct node *n, const struct value_type *t,
    void *target)
{
	(void)t;
	(void)target;
	if (n->kind != NODE_GROUP)
		wrong_kind(d, n, "a group { ... }");
}

static const struct {
	void (*set)(struct draft *d, const struct node *n,
	    const struct value_type *t, void *target);
	void (*clear)(void *target); /* NULL: it holds no memory */
} kinds[] = {
	[VALUE_BOOL] = { set_bool, NULL },
	[VALUE_UNSIGNED] = { set_number, NULL },
	[VALUE_INT] = { set_number, NULL },
	[VALUE_INT64] = { set_number, NULL },
	[VALUE_UINT64] = { set_number, NULL },
	[VALUE_REAL] = { set_real, NULL },
	[VALUE_WORD] = { set_word, NULL },
	[VALUE_STRING] = { set_string, string_clear },
	[VALUE_SECRET] = { set_secret, string_clear },
	[VALUE_TEXT] = { set_string, string_clear },
	[VALUE_PATH] = { set_string, string_clear },
	[VALUE_FILE] = { set_file, string_clear },
	[VALUE_STRINGS] = { set_strings, strings_clear },
	[VALUE_FINGERPRINTS] = { set_fingerprints, strings_clear },
	[VALUE_RULES] = { set_rules, rules_clear },
	[VALUE_DATE] = { set_date, NULL },
	[VALUE_FAMILY] = { set_family, NULL },
	[VALUE_COMPRESSION] = { set_compression, NULL },
	[VALUE_INFOSEP] = { set_infosep, NULL },
	[VALUE_LIST] = { check_list, NULL },
	[VALUE_GROUP] = { check_group, NULL },
};

void
settings_value_set(struct draft *d, const struct node *n,
    const struct value_type *t, void *target)
{
	kinds[t->kind].set(d, n, t, target);
}

void
settings_value_default(
    struct draft *d, const struct value_type *t, const char *text, void *target)
{
	char copy[16];
	struct node n = {
		.kind = NODE_STRING, .name = copy, .where = copy, .string = copy
	};

	snprintf(copy, sizeof(copy), "%s", text);
	n.real = strtod(text, NULL);
	n.boolean = strcmp(text, "true") == 0;
	if (n.boolean || strcmp(text, "false") == 0)
		n.kind = NODE_BOOL;
	else if (t->kind == VALUE_REAL)
		n.kind = NODE_REAL;
	if (kinds[t->kind].set == set_number)
		put_number(t, strtoll(text, NULL, 10), target);
	else
		settings_value_set(d, &n, t, target);
}

void
settings_value_clear(const struct value_type *t, void *target)
{
	if (kinds[t->kind].clear != NULL)
		kinds[t->kind].clear(target);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a configuration: libconfig to a tree of nodes, overrides, and all of
 * the steps in their order. */
#include "config.h"

#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "engine/settings/settings_private.h"

#define NEAR_MAX 60  /* bytes of a line that is quoted */
#define DEPTH_MAX 16 /* of values within values; no key needs more than 6 */

__attribute__((format(printf, 4, 0))) static void
draft_say(struct buf *line, const char *where, const char *kind,
    const char *format, va_list ap)
{
	struct buf raw = { 0 };

	buf_printf(&raw, "%s: %s", where, kind);
	buf_vprintf(&raw, format, ap);
	buf_append_visible(line, buf_str(&raw), raw.len);
	buf_clear(&raw);
}

bool
settings_on_command_line(const char *where)
{
	return strcmp(where, "-a") == 0 || strncmp(where, "-k ", 3) == 0;
}

void
settings_mistake(struct draft *d, const char *where, const char *format, ...)
{
	struct buf line = { 0 };
	va_list ap;

	va_start(ap, format);
	draft_say(&line, where, "", format, ap);
	va_end(ap);
	d->mistakes++;
	d->mistakes_here += settings_on_command_line(where) ? 1 : 0;
	if (d->reader.report != NULL)
		d->reader.report(d->reader.arg, buf_str(&line));
	buf_clear(&line);
}

void
settings_warning(struct draft *d, const char *where, const char *format, ...)
{
	struct settings *s = d->s;
	struct buf line = { 0 };
	va_list ap;

	va_start(ap, format);
	draft_say(&line, where, "warning: ", format, ap);
	va_end(ap);
	s->warnings = xreallocarray(
	    s->warnings, s->warnings_len + 1, sizeof(*s->warnings));
	s->warnings[s->warnings_len++] = buf_steal(&line);
}

/* "FILE:LINE" of a line of the joined text. The caller frees. */
static char *
where_new(const struct draft *d, unsigned line, unsigned *own)
{
	const struct source *src;

	src = settings_text_source(d, line);
	*own = src == NULL ? line : line - src->first + src->line;
	return xasprintf("%s:%u", src == NULL ? d->s->file : src->file, *own);
}

/* A child of n for c; a part of an override has the source of the override. */
static struct node *
child_add(const struct draft *d, struct node *n, const config_setting_t *c)
{
	struct node *child;
	char *where;
	unsigned line = 0;

	if (n->raw != NULL)
		where = xstrdup(n->where);
	else
		where = where_new(d, config_setting_source_line(c), &line);
	child = settings_node_add(n, config_setting_name(c), where);
	child->line = line;
	if (n->raw != NULL)
		child->raw = xstrdup(n->raw);
	free(where);
	return child;
}

/* Puts what c holds into *n. False: too deep. */
static bool
node_from_config(
    struct draft *d, struct node *n, const config_setting_t *c, int depth)
{
	const config_setting_t *child;
	struct node *to;
	unsigned i;

	switch (config_setting_type(c)) {
	case CONFIG_TYPE_BOOL:
		n->kind = NODE_BOOL;
		n->boolean = config_setting_get_bool(c) != 0;
		return true;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		n->kind = NODE_INTEGER;
		n->integer = config_setting_get_int64(c);
		return true;
	case CONFIG_TYPE_FLOAT:
		n->kind = NODE_REAL;
		n->real = config_setting_get_float(c);
		return true;
	case CONFIG_TYPE_STRING:
		n->kind = NODE_STRING;
		n->string = xstrdup(config_setting_get_string(c));
		return true;
	default:
		break;
	}
	if (depth == DEPTH_MAX)
		return false;
	n->kind = config_setting_is_group(c) ? NODE_GROUP : NODE_LIST;
	for (i = 0; i < (unsigned)config_setting_length(c); i++) {
		child = config_setting_get_elem(c, i);
		to = child_add(d, n, child);
		if (!node_from_config(d, to, child, depth + 1))
			return false;
	}
	return true;
}

/* A line of the joined text; *len without its end. */
static const char *
text_line(const char *text, unsigned line, size_t *len)
{
	const char *end;

	for (; line > 1 && (end = strchr(text, '\n')) != NULL; line--)
		text = end + 1;
	text += strspn(text, " \t");
	*len = strcspn(text, "\r\n");
	return text;
}

/* What comes before it is "key =", in a line above. */
static bool
is_value(const char *text, const char *line)
{
	while (line > text && strchr(" \t\r\n", line[-1]) != NULL)
		line--;
	return line > text && (line[-1] == '=' || line[-1] == ':');
}

/* A hint when the line looks like the file of another program. */
static const char *
other_program(const char *line)
{
	static const char *const keywords[] = { "IMAPAccount", "IMAPStore",
		"MaildirStore", "Channel", "SyncState", "Create", "Expunge" };
	size_t i, n;

	if (*line == '[')
		return "; this looks like a file of OfflineIMAP, which has "
		       "another language: see blinkmail.conf(5)";
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		n = strlen(keywords[i]);
		if (strncmp(line, keywords[i], n) == 0 && line[n] == ' ')
			return "; this looks like a file of mbsync, which has "
			       "another language: see blinkmail.conf(5)";
	}
	return "";
}

/* The line with the mistake, but nothing that may be a password: strings are
 * left out, and what comes behind a word with "pass". */
static void
syntax_mistake(struct draft *d, const config_t *c, const char *text)
{
	unsigned at = (unsigned)config_error_line(c), own, shown;
	struct buf near = { 0 };
	const char *line, *p, *secret;
	bool quoted = false, value;
	char *where, *copy;
	size_t len;

	/* Where something is missing, the next line may be an empty one. */
	shown = at;
	do
		line = text_line(text, shown, &len);
	while (len == 0 && --shown > 0);
	value = is_value(text, line);
	copy = xstrndup(line, len);
	secret = strcasestr(copy, "pass");
	for (p = copy; *p != '\0' && near.len < NEAR_MAX; p++) {
		if (value ||
		    (secret != NULL && p > secret && (*p == '=' || *p == ':')))
			break;
		if (*p == '"')
			buf_puts(&near, quoted ? "\"" : "\"...");
		else if (!quoted)
			buf_putc(&near, *p);
		quoted ^= *p == '"';
	}
	where = where_new(d, at, &own);
	settings_mistake(d, where, "%s near: %s%s%s", config_error_text(c),
	    buf_str(&near), *p != '\0' ? "..." : "", other_program(copy));
	free(where);
	buf_clear(&near);
	wipe(copy, len);
	free(copy);
}

static bool
text_parse(struct draft *d, const char *text)
{
	config_t c;
	bool good = false;

	config_init(&c);
	if (config_read_string(&c, text) == CONFIG_FALSE) {
		syntax_mistake(d, &c, text);
		/* What was read before the mistake. */
		if (d->reader.lenient)
			node_from_config(
			    d, &d->root, config_root_setting(&c), 0);
	} else if (!node_from_config(d, &d->root, config_root_setting(&c), 0))
		settings_mistake(d, d->s->file,
		    "values are nested more than %d deep", DEPTH_MAX);
	else
		good = true;
	config_destroy(&c);
	return good;
}

/* The value of an override: in libconfig's syntax, or else a plain string, so
 * that "127.0.0.1" needs no second pair of quotes. */
static void
override_value(struct draft *d, struct node *n, const char *value)
{
	config_t c;
	char *text;
	bool good;

	settings_node_reset(n);
	n->raw = xstrdup(value);
	text = xasprintf("v = %s;", value);
	config_init(&c);
	good = strchr(value, '\n') == NULL && /* no line of @include */
	       config_read_string(&c, text) != CONFIG_FALSE &&
	       config_setting_length(config_root_setting(&c)) == 1 &&
	       node_from_config(d, n, config_lookup(&c, "v"), 0);
	config_destroy(&c);
	wipe(text, strlen(text));
	free(text);
	if (!good) {
		settings_node_reset(n);
		n->raw = xstrdup(value);
		n->kind = NODE_STRING;
		n->string = xstrdup(value);
	}
}

/* Follows the dotted path to the node of its last word, making groups
 * that do not exist. NULL when a part of the path is not a group. */
static struct node *
override_target(
    struct node *from, const char *path, size_t len, const char *where)
{
	struct node *n = from, *next;
	const char *dot;
	char *name;
	size_t part;

	for (;;) {
		if (n->kind != NODE_GROUP)
			return NULL;
		dot = memchr(path, '.', len);
		part = dot == NULL ? len : (size_t)(dot - path);
		name = xstrndup(path, part);
		next = settings_node_get(n, name);
		if (next == NULL) {
			next = settings_node_add(n, name, where);
			next->kind = NODE_GROUP;
		}
		free(name);
		n = next;
		if (dot == NULL)
			return n;
		path += part + 1;
		len -= part + 1;
	}
}

/* The account whose name, followed by a dot, text begins with. Names may
 * contain dots: the longest name wins. */
static struct node *
override_account(struct draft *d, const char *text, size_t *skip)
{
	struct node *list, *best = NULL;
	const char *name;
	size_t i, n;

	list = settings_node_get(&d->root, "accounts");
	*skip = 0;
	for (i = 0; list != NULL && i < list->len; i++) {
		name = settings_node_string(&list->children[i], "name");
		n = name == NULL ? 0 : strlen(name);
		if (n >= *skip && n > 0 && strncmp(text, name, n) == 0 &&
		    text[n] == '.') {
			best = &list->children[i];
			*skip = n + 1;
		}
	}
	return best;
}

static void
override_apply(struct draft *d, const struct settings_override *over)
{
	const char *text = over->text;
	struct node *from, *target = NULL;
	const char *equals;
	char *where;
	size_t skip = 0;

	from = override_account(d, text, &skip);
	if (from == NULL)
		from = &d->root;
	equals = strchr(text + skip, '=');
	where = over->where != NULL
		    ? xstrdup(over->where)
		    : xasprintf("-k %.*s",
			  (int)(equals == NULL ? strlen(text)
					       : (size_t)(equals - text)),
			  text);
	if (equals == NULL || equals == text + skip) {
		settings_mistake(d, where, "this is not KEY=VALUE");
	} else if (from == &d->root && strncmp(text, "general.", 8) != 0 &&
		   strncmp(text, "mbnames.", 8) != 0) {
		settings_mistake(d, where,
		    "a key begins with \"general.\", "
		    "\"mbnames.\" or the name of an account and \".\"");
	} else {
		target = override_target(
		    from, text + skip, (size_t)(equals - text) - skip, where);
		if (target == NULL)
			settings_mistake(d, where, "there is no such group");
	}
	if (target != NULL) {
		free(target->where);
		target->where = xstrdup(where);
		target->line = 0;
		override_value(d, target, equals + 1);
	}
	free(where);
}

/* What must be in a configuration; it asks for the password. */
#define SMALLEST                                                               \
	"accounts = ( { name = \"me\"; remote = { host = "                     \
	"\"imap.example.org\"; user = \"me\"; }; local = { path = "            \
	"\"~/Mail\"; }; } );"

static char *
file_find(const char *file, struct err *e)
{
	char *place[2], *found = NULL;
	size_t i;

	if (file != NULL)
		return xstrdup(file);
	settings_path_defaults(place);
	for (i = 0; i < 2 && found == NULL; i++)
		if (access(place[i], F_OK) == 0 || errno != ENOENT)
			found = xstrdup(place[i]);
	if (found == NULL)
		err_set(e, ERR_ALL,
		    "no configuration found: neither %s nor %s exists; the "
		    "smallest one is: " SMALLEST "; see man blinkmail.conf",
		    place[0], place[1]);
	free(place[0]);
	free(place[1]);
	return found;
}

static void
draft_clear(struct draft *d)
{
	size_t i;

	settings_node_clear(&d->root);
	for (i = 0; i < d->sources_len; i++)
		free(d->sources[i].file);
	free(d->sources);
	settings_free(d->s);
}

static void
draft_fill(
    struct draft *d, const struct settings_override *over, size_t over_len)
{
	size_t i;

	d->root.kind = NODE_GROUP;
	for (i = 0; i < over_len; i++)
		override_apply(d, &over[i]);
	settings_keys_fill(d);
	settings_check(d);
}

static int
set_mistakes(const struct draft *d, struct err *e)
{
	size_t here = d->mistakes_here, there = d->mistakes - here;

	if (there == 0)
		return err_set(e, ERR_ALL, "the command line: %zu %s", here,
		    here == 1 ? "mistake" : "mistakes");
	err_set(e, ERR_ALL, "%s: %zu %s", d->s->file, there,
	    there == 1 ? "mistake" : "mistakes");
	return here == 0 ? -1
			 : err_prefix(e, "the command line: %zu %s", here,
			       here == 1 ? "mistake" : "mistakes");
}

int
settings_load(const char *file, const struct settings_override *over,
    size_t over_len, const struct settings_reader *reader, struct settings **s,
    struct err *e)
{
	struct draft d = { .reader = *reader };
	struct buf text = { 0 };
	int rc = -1;

	d.s = xcalloc(1, sizeof(*d.s));
	settings_keys_defaults(&d);
	d.s->file = file_find(file, e);
	if (d.s->file == NULL)
		goto out;
	if (settings_text_read(&d, d.s->file, &text, e) == -1 &&
	    (d.mistakes == 0 || !d.reader.lenient))
		goto out;
	if (!text_parse(&d, buf_str(&text)))
		d.reader.report = NULL; /* the rest is missing: say no more */
	if (d.mistakes == 0 || d.reader.lenient)
		draft_fill(&d, over, over_len);
	if ((d.reader.lenient ? d.mistakes_here : d.mistakes) == 0) {
		*s = d.s;
		d.s = NULL;
		rc = 0;
	}
out:
	if (rc == -1 && d.mistakes > 0)
		set_mistakes(&d, e);
	buf_wipe(&text);
	draft_clear(&d);
	return rc;
}

void
settings_free(struct settings *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->accounts_len; i++)
		settings_account_clear(&s->accounts[i]);
	free(s->accounts);
	for (i = 0; i < s->warnings_len; i++)
		free(s->warnings[i]);
	free(s->warnings);
	settings_keys_clear(s);
	free(s->file);
	free(s->ui_where);
	free(s);
}

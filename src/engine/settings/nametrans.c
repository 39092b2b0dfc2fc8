/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translates folder names by regular expressions. */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/settings/nametrans.h"

/* A sensible pattern needs a few hundred steps for a name; this many take
 * some milliseconds. */
#define MATCH_STEPS 100000
#define MATCH_HEAP_KB 4096

/* More than any folder name may have (engine/store/foldername.h). */
#define RESULT_LEN 8192

struct rule {
	pcre2_code *code;
	char *replacement; /* in PCRE2's own form */
};

struct nametrans {
	struct rule *rules;
	size_t len;
	pcre2_match_context *limits;
};

/* Appends the reference to the group called name (len bytes) when the pattern
 * has it. */
static int
put_group(struct buf *out, const pcre2_code *code, const char *name, size_t len,
    struct err *e)
{
	char *word = xstrndup(name, len);
	uint32_t groups = 0;
	bool found;

	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (len > 0 && strspn(word, "0123456789") == len)
		found = len <= 5 && strtoul(word, NULL, 10) <= groups;
	else
		found = pcre2_substring_number_from_name(
			    code, (PCRE2_SPTR)word) > 0;
	if (found)
		buf_printf(out, "${%s}", word);
	else
		err_set(
		    e, ERR_ACCOUNT, "the pattern has no group \"%s\"", word);
	free(word);
	return found ? 0 : -1;
}

/* As put_group for a name that close ends; *s is left behind it. */
static int
put_enclosed(struct buf *out, const pcre2_code *code, const char **s,
    char close, struct err *e)
{
	const char *end = strchr(*s, close);

	if (end == NULL)
		return err_set(e, ERR_ACCOUNT,
		    "a \"%c\" is missing in the replacement", close);
	if (put_group(out, code, *s, (size_t)(end - *s), e) == -1)
		return -1;
	*s = end + 1;
	return 0;
}

static void
put_literal(struct buf *out, char c)
{
	if (c == '$')
		buf_putc(out, '$');
	buf_putc(out, c);
}

/* What follows a '$' or a '\' (which mark says); *s is left behind it. */
static int
put_special(struct buf *out, const pcre2_code *code, char mark, const char **s,
    struct err *e)
{
	static const char digits[] = "0123456789";
	const char *begin = *s;
	size_t n = strspn(begin, digits);

	if (n > 0) {
		*s += n;
		return put_group(out, code, begin, n, e);
	}
	if (mark == '$' && *begin == '{') {
		*s += 1;
		return put_enclosed(out, code, s, '}', e);
	}
	if (mark == '\\' && begin[0] == 'g' && begin[1] == '<') {
		*s += 2;
		return put_enclosed(out, code, s, '>', e);
	}
	if (mark == '$') {
		*s += *begin == '$' ? 1 : 0;
		put_literal(out, '$');
		return 0;
	}
	if (*begin == '\0' || strchr("\\$/.[](){}*+?^|-", *begin) == NULL)
		return err_set(e, ERR_ACCOUNT,
		    "unknown escape \"\\%.1s\" in the replacement", begin);
	*s += 1;
	put_literal(out, *begin);
	return 0;
}

static int
compile_replacement(struct rule *rule, const char *s, struct err *e)
{
	struct buf out = { 0 };

	while (*s != '\0') {
		char c = *s++;

		if (c != '$' && c != '\\') {
			put_literal(&out, c);
		} else if (put_special(&out, rule->code, c, &s, e) == -1) {
			buf_clear(&out);
			return -1;
		}
	}
	rule->replacement = buf_steal(&out);
	return 0;
}

static int
compile_rule(struct rule *rule, const struct nametrans_rule *r, struct err *e)
{
	PCRE2_UCHAR text[256];
	PCRE2_SIZE at;
	int error;

	rule->code =
	    pcre2_compile((PCRE2_SPTR)r->pattern, PCRE2_ZERO_TERMINATED,
		PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
	if (rule->code == NULL) {
		pcre2_get_error_message(error, text, sizeof(text));
		err_set(e, ERR_ACCOUNT, "%s at character %zu", (char *)text,
		    (size_t)at + 1);
		return err_prefix(e, "nametrans \"%s\"", r->pattern);
	}
	if (compile_replacement(rule, r->replacement, e) == -1)
		return err_prefix(
		    e, "nametrans \"%s\", \"%s\"", r->pattern, r->replacement);
	return 0;
}

int
nametrans_new(const struct nametrans_rule *rules, size_t len,
    struct nametrans **t, struct err *e)
{
	struct nametrans *new = xcalloc(1, sizeof(*new));

	new->rules = xcalloc(len + 1, sizeof(*new->rules));
	new->limits = pcre2_match_context_create(NULL);
	if (new->limits == NULL) {
		nametrans_free(new);
		return err_set(e, ERR_ACCOUNT, "nametrans: out of memory");
	}
	pcre2_set_match_limit(new->limits, MATCH_STEPS);
	pcre2_set_heap_limit(new->limits, MATCH_HEAP_KB);
	for (; new->len < len; new->len++)
		if (compile_rule(&new->rules[new->len], &rules[new->len], e) ==
		    -1) {
			new->len++;
			nametrans_free(new);
			return -1;
		}
	*t = new;
	return 0;
}

void
nametrans_free(struct nametrans *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->len; i++) {
		pcre2_code_free(t->rules[i].code);
		free(t->rules[i].replacement);
	}
	pcre2_match_context_free(t->limits);
	free(t->rules);
	free(t);
}

int
nametrans_apply(
    const struct nametrans *t, const char *name, char **out, struct err *e)
{
	char *now = xstrdup(name), *next;
	PCRE2_UCHAR text[256];
	PCRE2_SIZE len;
	int n;

	for (size_t i = 0; i < t->len; i++) {
		len = RESULT_LEN;
		next = xmalloc(RESULT_LEN);
		n = pcre2_substitute(t->rules[i].code, (PCRE2_SPTR)now,
		    PCRE2_ZERO_TERMINATED, 0,
		    PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNSET_EMPTY,
		    NULL, t->limits, (PCRE2_SPTR)t->rules[i].replacement,
		    PCRE2_ZERO_TERMINATED, (PCRE2_UCHAR *)next, &len);
		free(now);
		now = next;
		if (n < 0) {
			pcre2_get_error_message(n, text, sizeof(text));
			free(now);
			return err_set(e, ERR_FOLDER, "nametrans rule %zu: %s",
			    i + 1, (char *)text);
		}
	}
	*out = now;
	return 0;
}

int
nametrans_check(const struct nametrans_rule *r, struct err *e)
{
	struct nametrans *t = NULL;

	if (nametrans_new(r, 1, &t, e) == -1)
		return -1;
	nametrans_free(t);
	return 0;
}

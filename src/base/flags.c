/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flags and keywords as bits. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/flags.h"
#include "base/xalloc.h"

static const struct {
	uint32_t flag;
	char letter;
	const char *name;
} system_flags[] = {
	{ FLAG_DRAFT, 'D', "\\Draft" },
	{ FLAG_FLAGGED, 'F', "\\Flagged" },
	{ FLAG_FORWARDED, 'P', "$Forwarded" },
	{ FLAG_ANSWERED, 'R', "\\Answered" },
	{ FLAG_SEEN, 'S', "\\Seen" },
	{ FLAG_DELETED, 'T', "\\Deleted" },
};

#define SYSTEM_FLAGS (sizeof(system_flags) / sizeof(system_flags[0]))

void
keywords_clear(struct keywords *k)
{
	size_t i;

	for (i = 0; i < FLAG_KEYWORDS; i++)
		free(k->names[i]);
	*k = (struct keywords){ 0 };
}

void
keywords_copy(struct keywords *to, const struct keywords *from)
{
	size_t i;

	for (i = 0; i < FLAG_KEYWORDS; i++)
		if (from->names[i] != NULL)
			to->names[i] = xstrdup(from->names[i]);
}

static bool
same_name(const char *a, const char *name, size_t len)
{
	return strlen(a) == len && strncasecmp(a, name, len) == 0;
}

uint32_t
keywords_flag(struct keywords *k, const char *name, size_t len, bool add)
{
	size_t i, free_bit;

	for (i = 0; i < SYSTEM_FLAGS; i++)
		if (same_name(system_flags[i].name, name, len))
			return system_flags[i].flag;
	if (len == 0 || name[0] == '\\')
		return 0;
	free_bit = FLAG_KEYWORDS;
	for (i = FLAG_KEYWORDS; i-- > 0;) {
		if (k->names[i] == NULL)
			free_bit = i;
		else if (same_name(k->names[i], name, len))
			return FLAG_KEYWORD(i);
	}
	if (!add || free_bit == FLAG_KEYWORDS)
		return 0;
	k->names[free_bit] = xstrndup(name, len);
	return FLAG_KEYWORD(free_bit);
}

const char *
keywords_name(const struct keywords *k, uint32_t flag)
{
	size_t i;

	for (i = 0; i < SYSTEM_FLAGS; i++)
		if (system_flags[i].flag == flag)
			return system_flags[i].name;
	for (i = 0; i < FLAG_KEYWORDS; i++)
		if (FLAG_KEYWORD(i) == flag)
			return k->names[i];
	return NULL;
}

void
keywords_put_names(const struct keywords *k, uint32_t flags, struct buf *out)
{
	const char *name;
	unsigned i;

	for (i = 0; i < 32; i++) {
		name = (flags >> i & 1) == 0
			   ? NULL
			   : keywords_name(k, UINT32_C(1) << i);
		if (name != NULL)
			buf_printf(out, " %s", name);
	}
}

uint32_t
keywords_translate(
    uint32_t flags, const struct keywords *from, struct keywords *to)
{
	uint32_t out;
	size_t i;

	out = flags & FLAG_SYSTEM;
	for (i = 0; i < FLAG_KEYWORDS; i++)
		if ((flags & FLAG_KEYWORD(i)) != 0 && from->names[i] != NULL)
			out |= keywords_flag(
			    to, from->names[i], strlen(from->names[i]), true);
	return out;
}

void
flags_to_letters(uint32_t flags, char out[FLAGS_LETTERS_LEN])
{
	size_t i;

	for (i = 0; i < SYSTEM_FLAGS; i++)
		if (flags & system_flags[i].flag)
			*out++ = system_flags[i].letter;
	for (i = 0; i < FLAG_KEYWORDS; i++)
		if (flags & FLAG_KEYWORD(i))
			*out++ = (char)('a' + i);
	*out = '\0';
}

uint32_t
flags_from_letters(const char *letters, size_t len)
{
	uint32_t flags;
	size_t i, j;

	flags = 0;
	for (i = 0; i < len; i++) {
		if (letters[i] >= 'a' && letters[i] <= 'z')
			flags |= FLAG_KEYWORD(letters[i] - 'a');
		for (j = 0; j < SYSTEM_FLAGS; j++)
			if (letters[i] == system_flags[j].letter)
				flags |= system_flags[j].flag;
	}
	return flags;
}

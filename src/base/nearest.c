/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The known word that is nearest to a mistyped one. */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"

#define WORD_MAX 64 /* characters that are compared */

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Levenshtein's distance without regard to case, two swapped neighbours
 * counting as one slip. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[3][WORD_MAX + 1];
	unsigned *now, *last, *before;
	size_t i, j, la, lb;
	bool same;

	la = strnlen(a, WORD_MAX);
	lb = strnlen(b, WORD_MAX);
	for (j = 0; j <= lb; j++)
		row[0][j] = (unsigned)j;
	for (i = 1; i <= la; i++) {
		now = row[i % 3];
		last = row[(i - 1) % 3];
		before = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (j = 1; j <= lb; j++) {
			same = tolower((unsigned char)a[i - 1]) ==
			       tolower((unsigned char)b[j - 1]);
			now[j] = least(
			    last[j] + 1, now[j - 1] + 1, last[j - 1] + !same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return row[la % 3][lb];
}

const char *
nearest_word(const char *word, const char *const *names)
{
	const char *best = "";
	unsigned d, shortest = UINT32_MAX;

	for (; *names != NULL; names++) {
		d = distance(word, *names);
		if (d < shortest) {
			shortest = d;
			best = *names;
		}
	}
	return best;
}

const char *
nearest_close(const char *word, const char *const *names)
{
	const char *best = nearest_word(word, names);
	size_t len = strnlen(word, WORD_MAX), other = strnlen(best, WORD_MAX);
	size_t shorter = len < other ? len : other;

	/* "hostname" for "host" */
	if (shorter >= 3 && strncasecmp(word, best, shorter) == 0)
		return best;
	return other > 0 && distance(word, best) <= (len + 1) / 3 ? best : NULL;
}

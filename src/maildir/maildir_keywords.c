/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From keyword letters to flags and back; letters for new keywords. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "maildir/maildir_keywords.h"
#include "maildir/maildir_letters.h"

void
maildir_keywords_init(struct maildir_keywords *k, const struct maildir *md,
    int root, bool readonly, struct keywords *map)
{
	*k = (struct maildir_keywords){
		.md = md, .readonly = readonly, .map = map
	};
	maildir_table_init(
	    &k->table, md->dir, MAILDIR_KEYWORDS_FILE, md->fsync);
	maildir_table_init(&k->account, root, MAILDIR_ACCOUNT_FILE, md->fsync);
}

void
maildir_keywords_clear(struct maildir_keywords *k)
{
	maildir_table_clear(&k->table);
	maildir_table_clear(&k->account);
}

int
maildir_keywords_load(struct maildir_keywords *k, struct err *e)
{
	bool changed;
	int rc;

	rc = maildir_table_load(&k->table, &changed, e);
	if (changed)
		memset(k->bits, 0, sizeof(k->bits));
	return rc;
}

static uint32_t
bit_of(struct maildir_keywords *k, size_t letter)
{
	const char *name = k->table.names[letter];

	if (k->bits[letter] == 0 && name != NULL)
		k->bits[letter] =
		    keywords_flag(k->map, name, strlen(name), true);
	return k->bits[letter];
}

uint32_t
maildir_keywords_flags(
    struct maildir_keywords *k, const char *letters, size_t len)
{
	uint32_t flags;
	size_t i;

	flags = flags_from_letters(letters, len) & FLAG_SYSTEM;
	for (i = 0; i < len; i++)
		if (letters[i] >= 'a' && letters[i] <= 'z')
			flags |= bit_of(k, (size_t)(letters[i] - 'a'));
	return flags;
}

/* The letter of a keyword's bit. */
static size_t
letter_of(const struct maildir_keywords *k, uint32_t bit)
{
	const char *name;

	name = keywords_name(k->map, bit);
	return name == NULL ? MAILDIR_NO_LETTER
			    : maildir_table_letter(&k->table, name);
}

/* The keywords among flags that the table has no letter for, and could. */
static uint32_t
without_letter(const struct maildir_keywords *k, const struct maildir_table *t,
    uint32_t flags)
{
	uint32_t missing;
	const char *name;
	size_t i;

	for (missing = 0, i = 0; i < FLAG_KEYWORDS; i++) {
		name = keywords_name(k->map, FLAG_KEYWORD(i));
		if ((flags & FLAG_KEYWORD(i)) != 0 && name != NULL &&
		    maildir_table_can_hold(name) &&
		    maildir_table_letter(t, name) == MAILDIR_NO_LETTER)
			missing |= FLAG_KEYWORD(i);
	}
	return missing;
}

/* The lowest letter of the first of these sets that has any. */
static size_t
pick(const uint32_t *sets, size_t n)
{
	size_t i;

	while (n > 0 && *sets == 0) {
		sets++;
		n--;
	}
	if (n == 0)
		return MAILDIR_NO_LETTER;
	for (i = 0; (*sets & MAILDIR_LETTER(i)) == 0; i++)
		;
	return i;
}

/* What the folder means by its letters already, as far as it fits. */
static void
take_over(struct maildir_keywords *k)
{
	const char *name;
	size_t i;

	for (i = 0; i < FLAG_KEYWORDS; i++) {
		name = k->table.names[i];
		if (name != NULL && k->account.names[i] == NULL &&
		    maildir_table_letter(&k->account, name) ==
			MAILDIR_NO_LETTER)
			maildir_table_add(&k->account, i, name);
	}
}

static void
add_to_account(struct maildir_keywords *k, uint32_t flags, uint32_t used)
{
	uint32_t free_here, sets[2], missing;
	size_t i, letter;

	take_over(k);
	free_here = maildir_table_free(&k->table);
	missing = without_letter(k, &k->account, flags);
	for (i = 0; i < FLAG_KEYWORDS; i++) {
		if (!(missing & FLAG_KEYWORD(i)))
			continue;
		sets[1] = maildir_table_free(&k->account) & free_here;
		sets[0] = sets[1] & ~used;
		letter = pick(sets, 2);
		if (letter != MAILDIR_NO_LETTER)
			maildir_table_add(
			    &k->account, letter, k->map->names[i]);
	}
}

/* Gives letters in the account's table to the keywords among flags. */
static int
assign_account(
    struct maildir_keywords *k, uint32_t flags, uint32_t used, struct err *e)
{
	size_t before;
	int lock;

	if (k->account.dir < 0)
		return 0;
	if (maildir_table_load(&k->account, NULL, e) != 0)
		return -1;
	if (without_letter(k, &k->account, flags) == 0)
		return 0;
	if (maildir_table_lock(&k->account, &lock, e) != 0)
		return -1;
	before = k->account.text.len;
	add_to_account(k, flags, used);
	return maildir_table_unlock(
	    &k->account, lock, k->account.text.len != before, e);
}

static void
add_to_folder(struct maildir_keywords *k, uint32_t flags, uint32_t used)
{
	uint32_t sets[5], proposed, missing;
	const char *name;
	size_t i, letter;

	missing = without_letter(k, &k->table, flags);
	for (i = 0; i < FLAG_KEYWORDS; i++) {
		if (!(missing & FLAG_KEYWORD(i)))
			continue;
		name = k->map->names[i];
		letter = maildir_table_letter(&k->account, name);
		proposed =
		    letter == MAILDIR_NO_LETTER ? 0 : MAILDIR_LETTER(letter);
		sets[4] = maildir_table_free(&k->table);
		sets[3] = sets[4] & proposed;
		sets[2] = sets[4] & ~used;
		sets[1] = sets[2] & maildir_table_free(&k->account);
		sets[0] = sets[2] & proposed;
		letter = pick(sets, 5);
		if (letter == MAILDIR_NO_LETTER)
			return;
		maildir_table_add(&k->table, letter, name);
		k->bits[letter] = 0;
	}
}

static int
assign_folder(
    struct maildir_keywords *k, uint32_t flags, uint32_t used, struct err *e)
{
	uint32_t before, named;
	int lock, rc;

	if (maildir_table_lock(&k->table, &lock, e) != 0)
		return -1;
	before = maildir_table_free(&k->table);
	add_to_folder(k, flags, used);
	named = used & before & ~maildir_table_free(&k->table);
	rc = named == 0 ? 0 : maildir_letters_remove(k->md, named, e);
	if (rc == 0)
		rc = maildir_table_unlock(&k->table, lock, true, e);
	else
		maildir_table_unlock(&k->table, lock, false, NULL);
	if (rc != 0) /* no letter that is not on disk is written */
		maildir_table_clear(&k->table);
	memset(k->bits, 0, sizeof(k->bits));
	return rc;
}

/* How many letters can still be given a name. */
static size_t
free_letters(const struct maildir_keywords *k)
{
	size_t i, n;

	for (n = 0, i = 0; !k->readonly && i < FLAG_KEYWORDS; i++)
		n += k->table.names[i] == NULL;
	return n;
}

int
maildir_keywords_assign(struct maildir_keywords *k, uint32_t flags,
    const uint32_t *used, struct err *e)
{
	uint32_t missing, found;

	missing = without_letter(k, &k->table, flags);
	if (missing == 0 || free_letters(k) == 0)
		return 0;
	if (used == NULL && maildir_letters_used(k->md, &found, e) != 0)
		return -1;
	if (used != NULL)
		found = *used;
	if (assign_account(k, missing, found, e) != 0)
		return -1;
	return assign_folder(k, missing, found, e);
}

static int
by_char(const void *a, const void *b)
{
	const unsigned char *x = a, *y = b;

	return *x - *y;
}

/* Sorts the characters from start on, and drops those that come twice. */
static void
sort_letters(struct buf *out, size_t start)
{
	size_t i, n;

	qsort(out->data + start, out->len - start, 1, by_char);
	for (i = n = start; i < out->len; i++)
		if (i == start || out->data[i] != out->data[n - 1])
			out->data[n++] = out->data[i];
	out->len = n;
	out->data[n] = '\0';
}

void
maildir_keywords_letters(struct maildir_keywords *k, uint32_t flags,
    const char *old, size_t old_len, struct buf *out)
{
	char letters[FLAGS_LETTERS_LEN];
	size_t i, letter, start;

	start = out->len;
	flags_to_letters(flags & FLAG_SYSTEM, letters);
	buf_puts(out, letters);
	for (i = 0; i < FLAG_KEYWORDS; i++) {
		letter = flags & FLAG_KEYWORD(i) ? letter_of(k, FLAG_KEYWORD(i))
						 : MAILDIR_NO_LETTER;
		if (letter != MAILDIR_NO_LETTER)
			buf_putc(out, (char)('a' + letter));
	}
	for (i = 0; i < old_len; i++)
		if (maildir_keywords_flags(k, old + i, 1) == 0)
			buf_putc(out, old[i]);
	if (out->len > start)
		sort_letters(out, start);
}

uint32_t
maildir_keywords_storable(const struct maildir_keywords *k)
{
	uint32_t bits, new;
	size_t i, letters_left;

	letters_left = free_letters(k);
	bits = FLAG_SYSTEM;
	new = 0;
	for (i = 0; i < FLAG_KEYWORDS; i++) {
		if (k->map->names[i] == NULL) {
			new |= FLAG_KEYWORD(i);
		} else if (letter_of(k, FLAG_KEYWORD(i)) != MAILDIR_NO_LETTER) {
			bits |= FLAG_KEYWORD(i);
		} else if (letters_left > 0 &&
			   maildir_table_can_hold(k->map->names[i])) {
			bits |= FLAG_KEYWORD(i);
			letters_left--;
		}
	}
	return letters_left > 0 ? bits | new : bits;
}

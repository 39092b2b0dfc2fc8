/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "maildir/maildir_keywords.h"
#include "maildir/maildir_letters.h"

/*
 * Who has made LOCK_FILE may change the file: so does Dovecot, which writes the
 * new one under that name. Ours says that it is ours, and is locked by the
 * kernel as well: when its owner dies, the next one sees that at once.
 */
#define LOCK_FILE MAILDIR_KEYWORDS_FILE ".lock"
#define LOCK_OURS "blinkmail"
#define LOCK_STALE 60  /* seconds; another's owner writes it in one go */
#define LOCK_TRIES 100 /* times 20 ms */
/* The new file, until it takes the place of the old one; under the lock. */
#define NEW_FILE MAILDIR_KEYWORDS_FILE ".new"
#define FILE_MAX 65536 /* bytes; 26 names fit ten times over */

void
maildir_keywords_init(struct maildir_keywords *k, const struct maildir *md,
    bool readonly, struct keywords *map)
{
	*k = (struct maildir_keywords){
		.md = md, .readonly = readonly, .map = map
	};
}

static void
forget(struct maildir_keywords *k)
{
	size_t i;

	for (i = 0; i < FLAG_KEYWORDS; i++) {
		free(k->names[i]);
		k->names[i] = NULL;
		k->bits[i] = 0;
	}
	buf_reset(&k->text);
}

void
maildir_keywords_clear(struct maildir_keywords *k)
{
	forget(k);
	buf_clear(&k->text);
}

/* "12 NAME"; anything else is kept in the text and means nothing. */
static void
parse_line(struct maildir_keywords *k, const char *line, size_t len)
{
	size_t i, n;

	for (i = n = 0; i < len && i < 3 && line[i] >= '0' && line[i] <= '9';
	     i++)
		n = n * 10 + (size_t)(line[i] - '0');
	if (i == 0 || i + 1 >= len || line[i] != ' ' || n >= FLAG_KEYWORDS)
		return;
	free(k->names[n]);
	k->names[n] = xstrndup(line + i + 1, len - i - 1);
}

static void
parse(struct maildir_keywords *k)
{
	const char *p, *end, *eol;

	p = buf_str(&k->text);
	for (end = p + k->text.len; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		parse_line(k, p, (size_t)(eol - p));
	}
}

static int
read_file(int fd, struct buf *out)
{
	ssize_t n;

	do {
		n = read(fd, buf_reserve(out, 4096), 4096);
		if (n > 0) {
			out->len += (size_t)n;
			out->data[out->len] = '\0';
		}
	} while (n > 0 && out->len < FILE_MAX);
	if (n == 0)
		return 0;
	errno = n < 0 ? errno : EFBIG;
	return -1;
}

int
maildir_keywords_load(struct maildir_keywords *k, struct err *e)
{
	struct stat st;
	uint64_t seen[3];
	int fd, rc;

	fd = openat(k->md->dir, MAILDIR_KEYWORDS_FILE,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		forget(k);
		memset(k->seen, 0, sizeof(k->seen));
		return 0;
	}
	if (fd < 0)
		return err_errno(e, ERR_FOLDER, errno, MAILDIR_KEYWORDS_FILE);
	rc = 0;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		rc = err_set(
		    e, ERR_FOLDER, "%s is no file", MAILDIR_KEYWORDS_FILE);
		goto out;
	}
	seen[0] = st.st_ino;
	seen[1] = (uint64_t)st.st_size;
	seen[2] = (uint64_t)st.st_mtim.tv_sec * 1000000000 +
		  (uint64_t)st.st_mtim.tv_nsec;
	if (memcmp(seen, k->seen, sizeof(seen)) == 0)
		goto out;
	forget(k);
	memset(k->seen, 0, sizeof(k->seen));
	if (read_file(fd, &k->text) != 0) {
		rc = err_errno(e, ERR_FOLDER, errno, MAILDIR_KEYWORDS_FILE);
		forget(k);
		goto out;
	}
	parse(k);
	memcpy(k->seen, seen, sizeof(seen));
out:
	close(fd);
	return rc;
}

static uint32_t
bit_of(struct maildir_keywords *k, size_t letter)
{
	if (k->bits[letter] == 0 && k->names[letter] != NULL)
		k->bits[letter] = keywords_flag(
		    k->map, k->names[letter], strlen(k->names[letter]), true);
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

/* The letter of a keyword's bit; FLAG_KEYWORDS: none. */
static size_t
letter_of(const struct maildir_keywords *k, uint32_t bit)
{
	const char *name;
	size_t i;

	name = keywords_name(k->map, bit);
	for (i = 0; name != NULL && i < FLAG_KEYWORDS; i++)
		if (k->names[i] != NULL && strcasecmp(k->names[i], name) == 0)
			return i;
	return FLAG_KEYWORDS;
}

/* Removes a lock of ours whose owner is dead. */
static void
break_lock(const struct maildir_keywords *k)
{
	char text[sizeof(LOCK_OURS)];
	struct stat mine, there;
	int fd;

	fd = openat(k->md->dir, LOCK_FILE,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Another one may have broken it meanwhile, and made its own. */
	if (read(fd, text, sizeof(text)) == sizeof(LOCK_OURS) - 1 &&
	    memcmp(text, LOCK_OURS, sizeof(LOCK_OURS) - 1) == 0 &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0 &&
	    fstatat(k->md->dir, LOCK_FILE, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
		unlinkat(k->md->dir, LOCK_FILE, 0);
	close(fd);
}

/*
 * A file without a name gets one when it says that it is ours, so that there is
 * no moment at which it does not. -1 with errno: EEXIST, or another one where
 * the file system or the system cannot do that.
 */
static int
link_lock(const struct maildir_keywords *k)
{
	char path[64];
	int fd, num;

	fd = openat(k->md->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    write(fd, LOCK_OURS, sizeof(LOCK_OURS) - 1) ==
		sizeof(LOCK_OURS) - 1 &&
	    linkat(AT_FDCWD, path, k->md->dir, LOCK_FILE, AT_SYMLINK_FOLLOW) ==
		0)
		return fd;
	num = errno;
	close(fd);
	errno = num;
	return -1;
}

/* A descriptor that holds the lock, or -1 with errno. */
static int
make_lock(const struct maildir_keywords *k)
{
	int fd, num;

	fd = link_lock(k);
	if (fd >= 0 || errno == EEXIST)
		return fd;
	fd = openat(k->md->dir, LOCK_FILE,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	/* Where there are no kernel locks the time has to do. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 ||
	    write(fd, LOCK_OURS, sizeof(LOCK_OURS) - 1) ==
		sizeof(LOCK_OURS) - 1)
		return fd;
	num = errno;
	unlinkat(k->md->dir, LOCK_FILE, 0);
	close(fd);
	errno = num;
	return -1;
}

static int
take_lock(const struct maildir_keywords *k)
{
	const struct timespec pause = { 0, 20000000 };
	struct stat st;
	int fd, i;

	for (i = 0; i < LOCK_TRIES; i++) {
		fd = make_lock(k);
		if (fd >= 0 || errno != EEXIST)
			return fd;
		break_lock(k);
		if (fstatat(k->md->dir, LOCK_FILE, &st, AT_SYMLINK_NOFOLLOW) !=
		    0)
			continue;
		if (st.st_ctime < time(NULL) - LOCK_STALE)
			unlinkat(k->md->dir, LOCK_FILE, 0);
		else
			nanosleep(&pause, NULL);
	}
	errno = EBUSY;
	return -1;
}

static int
write_all(int fd, const struct buf *text)
{
	size_t done;
	ssize_t n;

	for (done = 0; done < text->len; done += (size_t)n) {
		n = write(fd, text->data + done, text->len - done);
		if (n < 0)
			return -1;
	}
	return 0;
}

/* Whether the name fits into a line. */
static bool
is_word(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return p != name;
}

/* The letters without a name. */
static uint32_t
nameless(const struct maildir_keywords *k)
{
	uint32_t set;
	size_t i;

	for (set = 0, i = 0; i < FLAG_KEYWORDS; i++)
		if (k->names[i] == NULL)
			set |= MAILDIR_LETTER(i);
	return set;
}

/* A letter without a name; one that is used is the last choice. */
static size_t
pick_letter(const struct maildir_keywords *k, uint32_t used)
{
	uint32_t set = nameless(k);
	size_t i;

	if ((set & ~used) != 0)
		set &= ~used;
	for (i = 0; i < FLAG_KEYWORDS && (set & MAILDIR_LETTER(i)) == 0; i++)
		;
	return i;
}

/* Appends lines for the keywords among flags that have no letter yet. */
static void
add_names(struct maildir_keywords *k, uint32_t flags, uint32_t used)
{
	const char *name;
	uint32_t bit;
	size_t i, letter;

	for (i = 0; i < FLAG_KEYWORDS; i++) {
		bit = FLAG_KEYWORD(i);
		name = keywords_name(k->map, bit);
		if (!(flags & bit) || name == NULL || !is_word(name) ||
		    letter_of(k, bit) != FLAG_KEYWORDS)
			continue;
		letter = pick_letter(k, used);
		if (letter == FLAG_KEYWORDS)
			return;
		k->names[letter] = xstrdup(name);
		if (k->text.len > 0 && k->text.data[k->text.len - 1] != '\n')
			buf_putc(&k->text, '\n');
		buf_printf(&k->text, "%zu %s\n", letter, name);
	}
}

/* Puts the text in the place of the file. */
static int
replace_file(struct maildir_keywords *k, struct err *e)
{
	int fd, rc = 0;

	unlinkat(k->md->dir, NEW_FILE, 0); /* of one that died here */
	fd = openat(k->md->dir, NEW_FILE,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, ERR_FOLDER, errno, NEW_FILE);
	if (write_all(fd, &k->text) != 0 || (k->md->fsync && fsync(fd) != 0))
		rc = err_errno(e, ERR_FOLDER, errno, NEW_FILE);
	if (close(fd) != 0 && rc == 0)
		rc = err_errno(e, ERR_FOLDER, errno, NEW_FILE);
	if (rc == 0 && (renameat(k->md->dir, NEW_FILE, k->md->dir,
			    MAILDIR_KEYWORDS_FILE) != 0 ||
			   (k->md->fsync && fsync(k->md->dir) != 0)))
		rc = err_errno(e, ERR_FOLDER, errno, MAILDIR_KEYWORDS_FILE);
	if (rc != 0)
		unlinkat(k->md->dir, NEW_FILE, 0);
	return rc;
}

static int
choose_letters(struct maildir_keywords *k, uint32_t flags, struct err *e)
{
	uint32_t used, named;

	if (maildir_letters_used(k->md, nameless(k), &used, e) != 0)
		return -1;
	add_names(k, flags, used);
	named = used & ~nameless(k);
	return named == 0 ? 0 : maildir_letters_remove(k->md, named, e);
}

/*
 * Gives letters to the keywords among flags. Read again under the lock, so
 * that what another program added in between is not lost.
 */
static int
write_names(struct maildir_keywords *k, uint32_t flags, struct err *e)
{
	int fd, rc;

	fd = take_lock(k);
	if (fd < 0)
		return err_errno(e, ERR_FOLDER, errno, LOCK_FILE);
	rc = maildir_keywords_load(k, e);
	if (rc == 0)
		rc = choose_letters(k, flags, e);
	if (rc == 0)
		rc = replace_file(k, e);
	unlinkat(k->md->dir, LOCK_FILE, 0);
	close(fd);
	if (rc != 0)
		forget(k); /* no letter that is not on disk is written */
	memset(k->seen, 0, sizeof(k->seen)); /* it is another file now */
	return rc;
}

/* How many letters can still be given a name. */
static size_t
free_letters(const struct maildir_keywords *k)
{
	size_t i, n;

	for (n = 0, i = 0; !k->readonly && i < FLAG_KEYWORDS; i++)
		n += k->names[i] == NULL;
	return n;
}

static uint32_t
without_letter(const struct maildir_keywords *k, uint32_t flags)
{
	uint32_t missing;
	size_t i;

	for (missing = 0, i = 0; i < FLAG_KEYWORDS; i++)
		if ((flags & FLAG_KEYWORD(i)) != 0 &&
		    keywords_name(k->map, FLAG_KEYWORD(i)) != NULL &&
		    letter_of(k, FLAG_KEYWORD(i)) == FLAG_KEYWORDS)
			missing |= FLAG_KEYWORD(i);
	return missing;
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

int
maildir_keywords_assign(
    struct maildir_keywords *k, uint32_t flags, struct err *e)
{
	uint32_t missing;

	missing = without_letter(k, flags);
	if (missing == 0 || free_letters(k) == 0)
		return 0;
	return write_names(k, missing, e);
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
						 : FLAG_KEYWORDS;
		if (letter != FLAG_KEYWORDS)
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
		} else if (letter_of(k, FLAG_KEYWORD(i)) != FLAG_KEYWORDS) {
			bits |= FLAG_KEYWORD(i);
		} else if (letters_left > 0 && is_word(k->map->names[i])) {
			bits |= FLAG_KEYWORD(i);
			letters_left--;
		}
	}
	return letters_left > 0 ? bits | new : bits;
}

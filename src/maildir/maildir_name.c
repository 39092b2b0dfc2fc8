/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a file name: base name, U=, FMD5=, info. */
#include "config.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "maildir/maildir_name.h"

#define FMD5_LEN 32
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* The info of a program that was told another separator than ours: it is taken
 * for that only when nothing but letters follows. NULL: there is none. */
static const char *
other_info(const char *file)
{
	const char *info = strrchr(file, ',');

	if (info == NULL || info - file < 2 || info[-1] != '2' ||
	    strchr(":!;", info[-2]) == NULL ||
	    info[1 + strspn(info + 1, LETTERS)] != '\0')
		return NULL;
	return info - 2;
}

void
maildir_name_parse(const char *file, char infosep, struct maildir_name *n)
{
	const char *p, *info;

	info = NULL;
	for (p = strchr(file, infosep); p != NULL; p = strchr(p + 1, infosep))
		if (p[1] == '2' && p[2] == ',')
			info = p;
	if (info == NULL)
		info = other_info(file);
	n->base = file;
	if (info == NULL) {
		n->base_len = strlen(file);
		n->letters = n->extra = file + n->base_len;
		n->letters_len = 0;
		return;
	}
	n->base_len = (size_t)(info - file);
	n->letters = info + 3;
	n->letters_len = strcspn(n->letters, ",");
	n->extra = n->letters + n->letters_len;
}

uint32_t
maildir_name_keywords(const struct maildir_name *n)
{
	uint32_t set;
	size_t i;

	for (set = 0, i = 0; i < n->letters_len; i++)
		if (n->letters[i] >= 'a' && n->letters[i] <= 'z')
			set |= MAILDIR_LETTER(n->letters[i] - 'a');
	return set;
}

void
maildir_name_format(struct buf *out, const char *base, size_t base_len,
    char infosep, const char *letters, const char *extra)
{
	buf_append(out, base, base_len);
	buf_putc(out, infosep);
	buf_puts(out, "2,");
	buf_puts(out, letters);
	buf_puts(out, extra);
}

size_t
maildir_name_key_len(const char *base, size_t base_len)
{
	const char *comma;

	comma = memchr(base, ',', base_len);
	return comma == NULL ? base_len : (size_t)(comma - base);
}

/* The text after the first ",<tag>" in base, up to end; NULL: none. */
static const char *
field(const char *base, const char *end, const char *tag)
{
	size_t n;
	const char *p;

	n = strlen(tag);
	for (p = memchr(base, ',', (size_t)(end - base)); p != NULL;
	     p = memchr(p, ',', (size_t)(end - p))) {
		p++;
		if ((size_t)(end - p) >= n && memcmp(p, tag, n) == 0)
			return p + n;
	}
	return NULL;
}

const char *
maildir_name_sum(const char *base, size_t base_len)
{
	const char *end, *p;

	end = base + base_len;
	p = field(base, end, "FMD5=");
	if (p == NULL || end - p < FMD5_LEN ||
	    (end - p > FMD5_LEN && p[FMD5_LEN] != ','))
		return NULL;
	return p;
}

uint32_t
maildir_name_hint(const char *base, size_t base_len, const char *fmd5)
{
	const char *end, *p;
	uint64_t uid;

	end = base + base_len;
	p = maildir_name_sum(base, base_len);
	if (p != NULL ? memcmp(p, fmd5, FMD5_LEN) != 0
		      : field(base, end, "FMD5=") != NULL)
		return 0;
	p = field(base, end, "U=");
	if (p == NULL)
		return 0;
	for (uid = 0; p < end && *p >= '0' && *p <= '9'; p++) {
		uid = uid * 10 + (uint64_t)(*p - '0');
		if (uid > UINT32_MAX)
			return 0;
	}
	return p == end || *p == ',' ? (uint32_t)uid : 0;
}

void
maildir_name_bind(struct buf *out, const char *unique, const char *base,
    size_t base_len, uint32_t uid, const char *fmd5)
{
	const char *p, *end, *next;
	size_t key_len;

	end = base + base_len;
	key_len = maildir_name_key_len(base, base_len);
	if (unique != NULL)
		buf_puts(out, unique);
	else
		buf_append(out, base, key_len);
	for (p = base + key_len; p < end; p = next) {
		next = memchr(p + 1, ',', (size_t)(end - p - 1));
		if (next == NULL)
			next = end;
		if ((next - p >= 3 && memcmp(p, ",U=", 3) == 0) ||
		    (next - p >= 6 && memcmp(p, ",FMD5=", 6) == 0))
			continue;
		buf_append(out, p, (size_t)(next - p));
	}
	if (uid != 0)
		buf_printf(out, ",U=%u", (unsigned)uid);
	buf_printf(out, ",FMD5=%s", fmd5);
}

void
maildir_namer_init(struct maildir_namer *n, char infosep)
{
	uint32_t seed;
	size_t i;

	if (gethostname(n->host, sizeof(n->host)) != 0)
		n->host[0] = '\0';
	n->host[sizeof(n->host) - 1] = '\0';
	for (i = 0; n->host[i] != '\0'; i++)
		if (n->host[i] <= ' ' || n->host[i] >= 127 ||
		    n->host[i] == infosep || strchr("/:,", n->host[i]) != NULL)
			n->host[i] = '-';
	if (i == 0)
		memcpy(n->host, "localhost", sizeof("localhost"));
	n->pid = (long)getpid();
	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		seed = (uint32_t)clock_ms();
	atomic_init(&n->next, seed);
}

void
maildir_namer_make(struct maildir_namer *n, struct buf *out)
{
	buf_printf(out, "%lld_%u.%ld.%s", (long long)clock_wall(),
	    (unsigned)atomic_fetch_add(&n->next, 1), n->pid, n->host);
}

static const char *
digits(const char *p)
{
	size_t n;

	n = strspn(p, "0123456789");
	return n == 0 ? NULL : p + n;
}

bool
maildir_namer_made(const struct maildir_namer *n, const char *file, long *pid)
{
	const char *p;
	size_t host_len;

	if ((p = digits(file)) == NULL || *p++ != '_' ||
	    (p = digits(p)) == NULL || *p++ != '.')
		return false;
	for (*pid = 0; *p >= '0' && *p <= '9' && *pid < INT32_MAX; p++)
		*pid = *pid * 10 + (*p - '0');
	host_len = strlen(n->host);
	if (*pid <= 0 || *pid > INT32_MAX || *p++ != '.' ||
	    strncmp(p, n->host, host_len) != 0)
		return false;
	return p[host_len] == '\0' || p[host_len] == ',';
}

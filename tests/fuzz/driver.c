/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a target over its corpus without libFuzzer, as an ordinary test: for
 * the program fuzz_NAME each file of $srcdir/tests/fuzz/corpus/NAME, whole and
 * cut in its middle. Arguments, where there are any, are the files instead.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "fuzz.h"

#define SECONDS 120 /* for all of them */
#define PREFIX "fuzz_"

static int
run_file(const char *path)
{
	struct buf b = { 0 };
	FILE *f;
	size_t n;

	f = fopen(path, "rb");
	if (f == NULL) {
		perror(path);
		return -1;
	}
	do {
		n = fread(buf_reserve(&b, 65536), 1, 65536, f);
		b.len += n;
	} while (n > 0);
	fclose(f);
	LLVMFuzzerTestOneInput((const uint8_t *)b.data, b.len);
	LLVMFuzzerTestOneInput((const uint8_t *)b.data, b.len / 2);
	buf_clear(&b);
	return 0;
}

static int
run_corpus(const char *dir)
{
	struct dirent *entry;
	struct buf path = { 0 };
	unsigned n, failed;
	DIR *d;

	d = opendir(dir);
	if (d == NULL) {
		perror(dir);
		return 1;
	}
	n = failed = 0;
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		buf_reset(&path);
		buf_printf(&path, "%s/%s", dir, entry->d_name);
		failed += run_file(buf_str(&path)) == -1;
		n++;
	}
	closedir(d);
	buf_clear(&path);
	printf("%u files of %s\n", n, dir);
	return n == 0 || failed > 0;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *name = strrchr(argv[0], '/');
	struct buf dir = { 0 };
	int i, rc;

	alarm(SECONDS);
	if (argc > 1) {
		for (i = 1, rc = 0; i < argc; i++)
			rc |= run_file(argv[i]) == -1;
		return rc;
	}
	name = name == NULL ? argv[0] : name + 1;
	if (strncmp(name, PREFIX, strlen(PREFIX)) == 0)
		name += strlen(PREFIX);
	buf_printf(&dir, "%s/tests/fuzz/corpus/%s",
	    srcdir != NULL ? srcdir : ".", name);
	rc = run_corpus(buf_str(&dir));
	buf_clear(&dir);
	return rc;
}

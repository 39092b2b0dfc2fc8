/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

/*
 * How fast a server gives away a whole folder: one connection, one
 * "UID FETCH 1:* (UID FLAGS BODY.PEEK[])", and the bytes go nowhere. The
 * measure that the first synchronisation is held against.
 *
 *	rawfetch PORT USER PASSWORD [FOLDER]
 *
 * Prints seconds and bytes.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct reader {
	int fd;
	char tag[16];
	char tail[4096]; /* the last line so far, or its beginning */
	size_t tail_len;
	uint64_t bytes;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
connect_to(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		perror("rawfetch: connect");
		return -1;
	}
	return fd;
}

/* True when a tagged answer is the last line of what was read. Bodies are not
 * parsed: the answer is the last thing that comes, and ends in CRLF. */
static bool
answered(struct reader *r, const char *data, size_t len)
{
	size_t keep = sizeof(r->tail) - 1;
	const char *line;

	if (len >= keep) {
		memcpy(r->tail, data + len - keep, keep);
		r->tail_len = keep;
	} else {
		size_t old =
		    r->tail_len + len > keep ? keep - len : r->tail_len;

		memmove(r->tail, r->tail + r->tail_len - old, old);
		memcpy(r->tail + old, data, len);
		r->tail_len = old + len;
	}
	r->tail[r->tail_len] = '\0';
	if (r->tail_len < 2 || r->tail[r->tail_len - 1] != '\n')
		return false;
	line = r->tail + r->tail_len - 1;
	while (line > r->tail && line[-1] != '\n')
		line--;
	return strncmp(line, r->tag, strlen(r->tag)) == 0;
}

static int
command(struct reader *r, const char *tag, const char *text)
{
	static char buf[1 << 18];
	char line[1024];
	ssize_t n;
	int len;

	snprintf(r->tag, sizeof(r->tag), "%s ", tag);
	r->tail_len = 0;
	r->bytes = 0;
	len = snprintf(line, sizeof(line), "%s %s\r\n", tag, text);
	if (write(r->fd, line, (size_t)len) != len) {
		perror("rawfetch: write");
		return -1;
	}
	do {
		n = read(r->fd, buf, sizeof(buf));
		if (n <= 0) {
			fprintf(stderr, "rawfetch: the server is gone\n");
			return -1;
		}
		r->bytes += (uint64_t)n;
	} while (!answered(r, buf, (size_t)n));
	if (strstr(r->tail, " OK") == NULL) {
		fprintf(stderr, "rawfetch: %s", r->tail);
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct reader r = { 0 };
	char text[512];
	double begin;

	if (argc < 4) {
		fprintf(
		    stderr, "usage: rawfetch PORT USER PASSWORD [FOLDER]\n");
		return 2;
	}
	r.fd = connect_to((unsigned)strtoul(argv[1], NULL, 10));
	if (r.fd < 0)
		return 1;
	snprintf(text, sizeof(text), "LOGIN %s %s", argv[2], argv[3]);
	if (command(&r, "a1", text) < 0)
		return 1;
	snprintf(
	    text, sizeof(text), "EXAMINE \"%s\"", argc > 4 ? argv[4] : "INBOX");
	if (command(&r, "a2", text) < 0)
		return 1;
	begin = now();
	if (command(&r, "a3", "UID FETCH 1:* (UID FLAGS BODY.PEEK[])") < 0)
		return 1;
	printf("%.3f %llu\n", now() - begin, (unsigned long long)r.bytes);
	close(r.fd);
	return 0;
}

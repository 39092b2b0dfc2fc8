/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all streams have in common. */
#include "config.h"

#include "base/clock.h"
#include "net/stream.h"

void
stream_init(
    struct stream *s, const struct stream_ops *ops, struct stream *below)
{
	*s = (struct stream){ .ops = ops, .below = below };
	s->cancel_fd = below != NULL ? below->cancel_fd : -1;
	s->wake_fd = below != NULL ? below->wake_fd : -1;
	s->idle_ms = below != NULL ? below->idle_ms : 0;
	s->deadline = below != NULL ? below->deadline : CLOCK_NEVER;
}

ssize_t
stream_read(struct stream *s, void *data, size_t size, struct err *e)
{
	ssize_t n;

	if (stream_pending(s) == 0 && stream_flush(s, e) == -1)
		return -1;
	n = s->ops->read(s, data, size, e);
	if (n > 0)
		s->bytes_in += (uint64_t)n;
	return n;
}

int
stream_write(struct stream *s, const void *data, size_t size, struct err *e)
{
	if (s->ops->write(s, data, size, e) == -1)
		return -1;
	s->bytes_out += size;
	return 0;
}

int
stream_flush(struct stream *s, struct err *e)
{
	return s->ops->flush(s, e);
}

size_t
stream_pending(const struct stream *s)
{
	return s->ops->pending(s);
}

void
stream_free(struct stream *s)
{
	struct stream *below;

	for (; s != NULL; s = below) {
		below = s->below;
		s->ops->free(s);
	}
}

void
stream_set_timeout(struct stream *s, int idle_ms, int64_t deadline)
{
	for (; s != NULL; s = s->below) {
		s->idle_ms = idle_ms;
		s->deadline = deadline;
	}
}

void
stream_set_wake(struct stream *s, int fd)
{
	for (; s != NULL; s = s->below)
		s->wake_fd = fd;
}

int
stream_wait(struct stream *s, int64_t deadline, struct err *e)
{
	if (stream_pending(s) > 0)
		return 1;
	if (stream_flush(s, e) == -1)
		return -1;
	return s->ops->wait(s, deadline, e);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stores through which a run sees the two sides. */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "sim_store.h"

struct sim_store {
	struct store store; /* first */
	struct sim_world *w;
	struct sim_side *side;
	size_t open; /* index of the open folder, + 1 */
	struct keywords *keywords;
	const struct store_known *known;
	uint32_t next_local; /* Maildir: the next id to hand out */
	struct store_newest newest;
	bool readonly;
	bool dead; /* the connection is */
};

struct store_batch {
	struct sim_store *s;
	struct store_meta *metas;
	struct buf *bytes;
	size_t len, max;
};

/* What an operation does to one message. */
struct effect {
	struct sim_store *s;
	struct sim_folder *f;
	struct sim_msg *m;
	const char *what;
	struct store_result *r;
	void (*run)(struct effect *x);
	/* arguments of run */
	uint32_t add, del;
	uint32_t peer;
	struct sim_folder *dest;
	bool move;
	const struct store_meta *meta;
	const struct buf *bytes;
	bool unneeded; /* nobody is told when it was refused */
};

static struct sim_store *
sim_of(struct store *s)
{
	return (struct sim_store *)s;
}

static struct sim_folder *
open_folder(struct sim_store *s)
{
	assert(s->open > 0);
	return &s->side->folders[s->open - 1];
}

static uint32_t
flags_out(struct sim_store *s, uint32_t flags)
{
	return sim_words_out(s->keywords, flags);
}

static uint32_t
flags_in(struct sim_store *s, uint32_t flags)
{
	return sim_words_in(s->keywords, flags);
}

/* Faults. */

static int
lost(struct sim_store *s, const char *what, struct err *e)
{
	if (s->side->can.named)
		return err_set(e, ERR_FOLDER, "%s: input/output error", what);
	s->dead = true;
	err_set(e, ERR_SESSION, "%s: connection lost", what);
	return err_retry(e);
}

static enum sim_fault
next_fault(struct sim_store *s)
{
	struct sim_world *w = s->w;

	if (++w->effects != w->fault_at)
		return FAULT_NONE;
	/* A file system does not lie. */
	if (s->side->can.named &&
	    (w->fault == FAULT_LIE_DONE || w->fault == FAULT_LIE_FAILED ||
		w->fault == FAULT_LATE))
		return FAULT_NONE;
	w->fault_hit = true;
	if (w->trace)
		printf("  fault %d at effect %u\n", (int)w->fault, w->effects);
	return w->fault;
}

/* Before anything that only looks. */
static int
sim_look(struct sim_store *s, const char *what, struct err *e)
{
	enum sim_fault fault;

	if (s->dead)
		return err_set(e, ERR_SESSION, "the connection is dead");
	if (sim_step(s->w, what, e) == -1)
		return -1;
	fault = next_fault(s);
	if (fault == FAULT_LOST_BEFORE || fault == FAULT_LOST_AFTER ||
	    fault == FAULT_LATE)
		return lost(s, what, e);
	if (fault == FAULT_REFUSE)
		return err_set(e, ERR_FOLDER, "%s: refused", what);
	return 0;
}

static void
effect_run(struct effect *x)
{
	x->s->w->changes++;
	x->run(x);
}

static int
effect_do(struct effect *x, enum sim_fault fault, struct err *e)
{
	switch (fault) {
	case FAULT_REFUSE:
		x->s->w->fault_hit = !x->unneeded;
		x->r->outcome = STORE_FAILED;
		return err_set(&x->r->err, ERR_MESSAGE, "%s: refused",
			   x->what) == -1
			   ? 0
			   : -1;
	case FAULT_LATE:
		if (x->meta != NULL)
			sim_hold(x->s->w, x->s->store.side, x->f->name,
			    &(struct sim_msg){
				.bytes = (char *)buf_str(x->bytes),
				.len = x->bytes->len,
				.flags = flags_in(x->s, x->meta->flags),
				.date = x->meta->date });
		return lost(x->s, x->what, e);
	case FAULT_LOST_BEFORE:
		return lost(x->s, x->what, e);
	case FAULT_LOST_AFTER:
		effect_run(x);
		store_results_clear(x->r, 1);
		return lost(x->s, x->what, e);
	case FAULT_LIE_DONE:
		x->r->outcome = STORE_DONE;
		if (x->meta != NULL && x->s->side->can.says_ids)
			x->r->id = x->f->next_id + 7;
		return 0;
	case FAULT_LIE_FAILED:
		effect_run(x);
		store_results_clear(x->r, 1);
		x->r->outcome = STORE_FAILED;
		err_set(
		    &x->r->err, ERR_MESSAGE, "%s: refused, it says", x->what);
		return 0;
	default:
		x->r->outcome = STORE_DONE;
		effect_run(x);
		return 0;
	}
}

static int
sim_effect(struct effect *x, struct err *e)
{
	if (x->s->dead)
		return err_set(e, ERR_SESSION, "the connection is dead");
	if (x->s->readonly)
		abort(); /* the engine must know better */
	if (sim_step(x->s->w, x->what, e) == -1 ||
	    effect_do(x, next_fault(x->s), e) == -1)
		return -1;
	return sim_step(x->s->w, "done", e);
}

static struct sim_msg *
by_ref(struct sim_store *s, const struct store_ref *ref)
{
	struct sim_folder *f = open_folder(s);
	struct sim_msg *m;
	size_t i;

	for (i = 0; i < f->len; i++) {
		m = &f->msgs[i];
		if (!s->side->can.named || ref->name == NULL ||
		    ref->name[0] == '\0') {
			if (m->id == ref->id)
				return m;
		} else if (sim_same_key(m->name, ref->name)) {
			return m;
		}
	}
	return NULL;
}

/* Folders. */

static int
sim_list(struct store *store, struct store_folders *out, struct err *e)
{
	struct sim_store *s = sim_of(store);
	struct store_folder *f;
	size_t i;

	if (sim_look(s, "list", e) == -1)
		return -1;
	for (i = 0; i < s->side->len; i++) {
		f = store_folders_add(out);
		f->name = xstrdup(s->side->folders[i].name);
		f->native = xstrdup(f->name);
		f->delimiter = '/';
		f->selectable = true;
		f->token = sim_token(s->side, &s->side->folders[i]);
		f->validity = s->side->folders[i].validity;
		f->messages = (uint32_t)s->side->folders[i].len;
	}
	store_folders_sort(out);
	return 0;
}

static int
sim_create(struct store *store, const char *name, struct err *e)
{
	struct sim_store *s = sim_of(store);

	if (sim_look(s, "create", e) == -1)
		return -1;
	s->w->changes++;
	sim_folder_make(s->w, store->side, name);
	return sim_step(s->w, "created", e);
}

static int
sim_open(struct store *store, const struct store_open *o,
    struct store_state *st, struct err *e)
{
	struct sim_store *s = sim_of(store);
	struct sim_folder *f;
	size_t i;

	s->open = 0;
	if (sim_look(s, "open", e) == -1)
		return -1;
	f = sim_folder(s->w, store->side, o->name);
	if (f == NULL)
		return err_set(e, ERR_FOLDER, "%s: no such folder", o->name);
	s->open = (size_t)(f - s->side->folders) + 1;
	s->keywords = o->keywords;
	sim_words_meet(o->keywords, o->name);
	s->known = o->known;
	s->next_local =
	    o->known != NULL && o->known->next_id > 0 ? o->known->next_id : 1;
	s->readonly = o->readonly;
	s->newest = o->newest;
	for (i = 0; s->side->can.named && i < f->len; i++)
		f->msgs[i].id = 0;
	*st = (struct store_state){ .validity = f->validity,
		.next_id = s->side->can.named	     ? s->next_local
			   : s->side->can.hides_next ? 0
						     : f->next_id,
		.messages = (uint32_t)f->len,
		/* Of a Maildir a time, which counts in seconds. */
		.modseq =
		    s->side->can.named ? f->modseq * 4000000000 : f->modseq,
		.storable = flags_out(s, s->side->storable) };
	st->token = sim_token(s->side, f);
	return 0;
}

static void
scan_named(struct sim_store *s, struct sim_folder *f, struct sim_msg *m,
    struct snapshot *snap, struct snap_msg *sm)
{
	m->id = s->known == NULL
		    ? 0
		    : s->known->by_key(s->known->arg, store_name_key(m->name));
	if (m->id == 0) {
		if (m->home != NULL)
			sim_settle(f, m,
			    sim_told_home(
				s->w, s->store.side, s->known, f, m->name));
		m->id = s->next_local++;
		sm->name = snapshot_add_name(snap, m->name);
	}
	sm->hint = sim_name_hint(f, m->name);
}

static int
sim_scan(struct store *store, struct snapshot *snap, struct err *e)
{
	struct sim_store *s = sim_of(store);
	struct sim_folder *f = open_folder(s);
	struct snap_msg *sm;
	size_t i;

	if (sim_look(s, "scan", e) == -1)
		return -1;
	snap->token = sim_token(s->side, f);
	for (i = 0; i < f->len; i++) {
		sm = snapshot_add(snap);
		if (s->side->can.named)
			scan_named(s, f, &f->msgs[i], snap, sm);
		sm->id = f->msgs[i].id;
		sm->flags = flags_out(s, f->msgs[i].flags);
	}
	snapshot_sort(snap);
	snap->complete = true;
	snap->reused = sim_differs(f, &s->newest);
	return 0;
}

static int
sim_details(struct store *store, const struct store_ref *refs, size_t n,
    void (*each)(void *arg, const struct store_info *i), void *arg,
    struct err *e)
{
	struct sim_store *s = sim_of(store);
	struct sim_msg *m;
	size_t i;

	if (sim_look(s, "details", e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		m = by_ref(s, &refs[i]);
		if (m != NULL)
			each(arg,
			    &(struct store_info){
				.id = m->id, .size = m->len, .date = m->date });
	}
	return 0;
}

/* Reading. */

static size_t
header_len(const struct sim_msg *m)
{
	const char *end;

	end = memmem(m->bytes, m->len, "\r\n\r\n", 4);
	return end == NULL ? m->len : (size_t)(end - m->bytes) + 4;
}

/* 1 when the sink refused the message: the rest is swallowed. */
static int
sink_result(int ret, const struct err *e)
{
	return ret == -1 && e->scope == ERR_MESSAGE ? 1 : ret;
}

static int
read_one(struct sim_store *s, const struct sim_msg *m, size_t index,
    enum store_part part, const struct store_sink *sink, struct err *e)
{
	struct store_meta meta = {
		.id = m->id, .date = m->date, .index = index
	};
	enum sim_fault fault = next_fault(s);
	const char *bytes = m->bytes;
	size_t half;
	int ret;

	if (fault == FAULT_REFUSE) {
		/* Of one that was only to be looked at, nothing is said. */
		s->w->fault_hit = false;
		err_set(e, ERR_MESSAGE, "cannot be read");
		sink->missing(sink->arg, index, e);
		err_clear(e);
		return 0;
	}
	if (fault == FAULT_LOST_BEFORE)
		return lost(s, "read", e);
	meta.flags = flags_out(s, m->flags);
	meta.size = part == STORE_HEADER ? header_len(m) : m->len;
	meta.told = s->side->can.named ? 0 : m->len;
	if (part == STORE_START) {
		bytes += header_len(m);
		meta.size = m->len - header_len(m);
		if (meta.size > STORE_START_BYTES)
			meta.size = STORE_START_BYTES;
	}
	half = (size_t)meta.size / 2;
	ret = sink_result(sink->begin(sink->arg, &meta, e), e);
	if (ret == 0)
		ret = sink_result(sink->data(sink->arg, bytes, half, e), e);
	if (ret == 0 && fault == FAULT_LOST_AFTER) {
		sink->abort(sink->arg);
		return lost(s, "read", e);
	}
	if (ret == 0)
		ret = sink_result(sink->data(sink->arg, bytes + half,
				      (size_t)meta.size - half, e),
		    e);
	if (ret == 0)
		ret = sink_result(sink->end(sink->arg, e), e);
	if (ret == 1)
		err_clear(e);
	return ret == -1 ? -1 : 0;
}

static int
sim_read(struct store *store, const struct store_ref *refs, size_t n,
    enum store_part part, const struct store_sink *sink, struct err *e)
{
	struct sim_store *s = sim_of(store);
	const struct sim_msg *m;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s->dead)
			return err_set(e, ERR_SESSION, "dead");
		if (sim_step(s->w, "read", e) == -1)
			return -1;
		m = by_ref(s, &refs[i]);
		if (m == NULL) {
			err_set(e, ERR_MESSAGE, "the message is gone");
			sink->missing(sink->arg, i, e);
			err_clear(e);
		} else if (read_one(s, m, i, part, sink, e) == -1) {
			return -1;
		}
	}
	return 0;
}

/* Writing. */

static int
put_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct store_batch *b = arg;

	if (b->s->dead)
		return err_set(e, ERR_SESSION, "dead");
	assert(b->len < b->max);
	b->metas[b->len] = *m;
	buf_reset(&b->bytes[b->len]);
	return 0;
}

static int
put_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct store_batch *b = arg;

	(void)e;
	buf_append(&b->bytes[b->len], data, len);
	return 0;
}

static int
put_end(void *arg, struct err *e)
{
	struct store_batch *b = arg;

	(void)e;
	assert(b->bytes[b->len].len == b->metas[b->len].size);
	b->len++;
	return 0;
}

static void
put_abort(void *arg)
{
	(void)arg;
}

static int
sim_batch_begin(struct store *store, size_t n, struct store_batch **b,
    struct store_sink *sink, struct err *e)
{
	struct sim_store *s = sim_of(store);

	if (sim_look(s, "batch", e) == -1)
		return -1;
	*b = xcalloc(1, sizeof(**b));
	(*b)->s = s;
	(*b)->max = n;
	(*b)->metas = xcalloc(n, sizeof(*(*b)->metas));
	(*b)->bytes = xcalloc(n, sizeof(*(*b)->bytes));
	*sink = (struct store_sink){ *b, put_begin, put_data, put_end,
		put_abort, NULL };
	return 0;
}

static void
sim_batch_abort(struct store_batch *b)
{
	size_t i;

	for (i = 0; i < b->max; i++)
		buf_clear(&b->bytes[i]);
	free(b->bytes);
	free(b->metas);
	free(b);
}

static void
run_put(struct effect *x)
{
	struct sim_store *s = x->s;
	struct sim_msg *m;
	char *bound;

	m = sim_put(s->w, s->store.side, x->f, sim_mark(buf_str(x->bytes)),
	    buf_str(x->bytes), x->bytes->len);
	m->flags = flags_in(s, x->meta->flags) & s->side->storable;
	m->date = x->meta->date;
	if (s->side->can.named) {
		m->id = s->next_local++;
		bound = sim_name_bound(x->f, m->name, x->meta->peer_id);
		free(m->name);
		m->name = bound;
		x->r->name = xstrdup(bound);
	}
	if (s->side->can.named)
		x->r->id = m->id;
	else
		sim_answer(s->w, s->side, x->f, m->id, x->r);
}

static int
sim_batch_commit(struct store_batch *b, struct store_result *results, size_t n,
    struct err *e)
{
	size_t i;
	int ret;

	assert(n == b->len);
	for (ret = 0, i = 0; ret == 0 && i < n; i++) {
		struct effect x = { .s = b->s,
			.f = open_folder(b->s),
			.what = b->s->side->can.named ? "deliver" : "append",
			.r = &results[i],
			.run = run_put,
			.meta = &b->metas[i],
			.bytes = &b->bytes[i] };

		ret = sim_effect(&x, e);
	}
	sim_batch_abort(b);
	return ret;
}

/* Changing what is there. */

static void
run_flags(struct effect *x)
{
	uint32_t storable = x->s->side->storable;

	sim_flags(x->f, x->m,
	    (x->m->flags | (flags_in(x->s, x->add) & storable)) &
		~(flags_in(x->s, x->del) & storable));
}

static int
sim_store_flags(struct store *store, const struct store_ref *refs, size_t n,
    struct store_delta delta, struct store_result *results, struct err *e)
{
	struct sim_store *s = sim_of(store);
	size_t i;

	for (i = 0; i < n; i++) {
		struct effect x = { .s = s,
			.f = open_folder(s),
			.what = "store flags",
			.r = &results[i],
			.run = run_flags,
			.add = delta.add,
			.del = delta.del };

		x.m = by_ref(s, &refs[i]);
		if (x.m == NULL)
			results[i].outcome = STORE_GONE;
		else if (s->side->can.named &&
			 flags_out(s, x.m->flags) != refs[i].flags)
			results[i].outcome = STORE_CHANGED;
		else if (sim_effect(&x, e) == -1)
			return -1;
	}
	return 0;
}

static void
run_remove(struct effect *x)
{
	sim_delete(x->f, x->m);
}

/* Whether the message is still the one that was meant. */
static bool
is_meant(
    struct sim_store *s, const struct sim_msg *m, const struct store_ref *ref)
{
	if (s->side->can.named)
		return flags_out(s, m->flags) == ref->flags;
	return (ref->size == 0 || ref->size == m->len) && ref->date == m->date;
}

static int
sim_remove(struct store *store, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e)
{
	struct sim_store *s = sim_of(store);
	size_t i;

	for (i = 0; i < n; i++) {
		struct effect x = { .s = s,
			.f = open_folder(s),
			.what = "remove",
			.r = &results[i],
			.run = run_remove };

		x.m = by_ref(s, &refs[i]);
		if (x.m == NULL)
			results[i].outcome = STORE_GONE;
		else if (!is_meant(s, x.m, &refs[i]))
			results[i].outcome = STORE_CHANGED;
		else if (sim_effect(&x, e) == -1)
			return -1;
	}
	return 0;
}

static int
sim_compare(struct store *store, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e)
{
	struct sim_store *s = sim_of(store);
	struct sim_msg *m;
	size_t i;

	if (sim_look(s, "compare", e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		m = by_ref(s, &refs[i]);
		results[i].outcome = m == NULL			? STORE_GONE
				     : is_meant(s, m, &refs[i]) ? STORE_DONE
								: STORE_CHANGED;
	}
	return 0;
}

static void
run_transfer(struct effect *x)
{
	struct sim_msg *new;

	new = sim_put(x->s->w, x->s->store.side, x->dest, x->m->mark,
	    x->m->bytes, x->m->len);
	new->flags = x->m->flags;
	new->date = x->m->date;
	sim_answer(x->s->w, x->s->side, x->dest, new->id, x->r);
	if (x->move)
		sim_delete(x->f, x->m);
}

static int
sim_transfer(struct store *store, const struct store_ref *refs, size_t n,
    struct store_destination to, struct store_result *results, struct err *e)
{
	struct sim_store *s = sim_of(store);
	size_t i;

	for (i = 0; i < n; i++) {
		struct effect x = { .s = s,
			.f = open_folder(s),
			.what = to.move ? "move" : "copy",
			.r = &results[i],
			.run = run_transfer,
			.unneeded = true, /* it is uploaded then */
			.move = to.move };

		x.dest = sim_folder(s->w, store->side, to.folder);
		if (x.dest == NULL)
			return err_set(e, ERR_FOLDER, "no such folder");
		x.m = by_ref(s, &refs[i]);
		if (x.m == NULL)
			results[i].outcome = STORE_GONE;
		else if (!is_meant(s, x.m, &refs[i]))
			results[i].outcome = STORE_CHANGED;
		else if (sim_effect(&x, e) == -1)
			return -1;
	}
	return 0;
}

static void
run_bind(struct effect *x)
{
	char *name;

	name = sim_name_bound(x->f, x->m->name, x->peer);
	free(x->m->name);
	x->m->name = name;
	x->f->modseq++;
	x->r->name = xstrdup(name);
}

static int
sim_bind(struct store *store, const struct store_ref *refs,
    const uint32_t *peer_ids, size_t n, struct store_result *results,
    struct err *e)
{
	struct sim_store *s = sim_of(store);
	size_t i;

	for (i = 0; i < n; i++) {
		struct effect x = { .s = s,
			.f = open_folder(s),
			.what = "bind",
			.r = &results[i],
			.run = run_bind,
			.unneeded = true,
			.peer = peer_ids[i] };

		x.m = by_ref(s, &refs[i]);
		if (x.m == NULL)
			results[i].outcome = STORE_GONE;
		else if (sim_effect(&x, e) == -1)
			return -1;
	}
	return 0;
}

static int
sim_generation(struct store *store, uint64_t *g, struct err *e)
{
	*g = sim_of(store)->side->generation;
	return sim_look(sim_of(store), "generation", e);
}

static int
sim_generation_put(struct store *store, uint64_t g, struct err *e)
{
	sim_of(store)->side->generation = g;
	return sim_look(sim_of(store), "generation put", e);
}

static void
sim_free(struct store *store)
{
	free(store);
}

#define SIM_OPS(name, ...)                                                     \
	{                                                                      \
		.kind = name, .list = sim_list, .create = sim_create,          \
		.open = sim_open, .scan = sim_scan, .details = sim_details,    \
		.read = sim_read, .batch_begin = sim_batch_begin,              \
		.batch_commit = sim_batch_commit,                              \
		.batch_abort = sim_batch_abort, .flags = sim_store_flags,      \
		.remove = sim_remove, .compare = sim_compare,                  \
		.transfer = sim_transfer, .bind = sim_bind, .free = sim_free,  \
		__VA_ARGS__                                                    \
	}

static const struct store_ops named_ops = SIM_OPS("simulated Maildir",
    .traits = { .names_files = true, .bytes_at_hand = true },
    .generation = sim_generation, .generation_put = sim_generation_put);
static const struct store_ops numbered_ops = SIM_OPS("simulated IMAP",
    .traits = { .hands_out_ids = true, .dates_identify = true });
static const struct store_ops transfer_ops = SIM_OPS("simulated IMAP with COPY",
    .traits = {
	.hands_out_ids = true, .dates_identify = true, .server_copy = true });

struct store *
sim_store_open(struct sim_world *w, enum side side)
{
	struct sim_store *s;

	s = xcalloc(1, sizeof(*s));
	s->w = w;
	s->side = &w->side[side];
	s->store.side = side;
	s->store.ops = s->side->can.named	? &named_ops
		       : s->side->can.transfers ? &transfer_ops
						: &numbered_ops;
	return &s->store;
}

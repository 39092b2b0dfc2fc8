/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client of SCRAM: three messages, and the proofs in them. */
#include "config.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/pbkdf2.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "net/scram.h"

/* The server says how often we hash (RFC 5802 section 5.1, attribute i): a
 * hostile one could keep us busy for hours. This is about a second. */
#define ROUNDS_MAX 1000000UL

enum scram_state {
	SCRAM_FIRST,
	SCRAM_FINAL,
	SCRAM_VERIFY,
	SCRAM_DONE,
};

struct scram {
	const char *name;
	bool sha256;
	enum scram_state state;
	struct buf secret;
	struct buf nonce;
	struct buf binding; /* in base64: attribute c */
	struct buf header;  /* GS2 */
	struct buf bare;    /* client-first-message-bare */
	struct buf proof;   /* of the server, in base64: attribute v */
	bool refused;	    /* by the server, with attribute e */
};

static void
put_base64(struct buf *b, const void *data, size_t len)
{
	size_t n = BASE64_ENCODE_RAW_LENGTH(len);

	base64_encode_raw(buf_reserve(b, n), len, data);
	b->len += n;
	b->data[b->len] = '\0';
}

/* saslname, RFC 5802 section 7. */
static void
put_name(struct buf *b, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == ',')
			buf_puts(b, "=2C");
		else if (*name == '=')
			buf_puts(b, "=3D");
		else
			buf_putc(b, *name);
	}
}

static void
put_header(struct buf *b, const struct scram_config *c)
{
	switch (c->binding) {
	case SCRAM_CANNOT_BIND:
		buf_putc(b, 'n');
		break;
	case SCRAM_SAW_NO_PLUS:
		buf_putc(b, 'y');
		break;
	case SCRAM_BINDS:
		buf_printf(b, "p=%s", c->type);
		break;
	}
	buf_putc(b, ',');
	if (c->authzid != NULL) {
		buf_puts(b, "a=");
		put_name(b, c->authzid);
	}
	buf_putc(b, ',');
}

struct scram *
scram_new(const struct scram_config *c)
{
	struct scram *s = xcalloc(1, sizeof(*s));
	struct buf binding = { 0 };

	s->name = c->name;
	s->sha256 = c->sha256;
	buf_puts(&s->secret, c->secret);
	buf_puts(&s->nonce, c->nonce);
	put_header(&s->header, c);
	buf_append(&binding, s->header.data, s->header.len);
	if (c->binding == SCRAM_BINDS)
		buf_append(&binding, c->data, c->len);
	put_base64(&s->binding, binding.data, binding.len);
	buf_clear(&binding);
	buf_puts(&s->bare, "n=");
	put_name(&s->bare, c->user);
	buf_printf(&s->bare, ",r=%s", c->nonce);
	return s;
}

void
scram_free(struct scram *s)
{
	if (s == NULL)
		return;
	buf_wipe(&s->secret);
	buf_clear(&s->nonce);
	buf_clear(&s->binding);
	buf_clear(&s->header);
	buf_clear(&s->bare);
	buf_clear(&s->proof);
	free(s);
}

static size_t
digest_size(const struct scram *s)
{
	return s->sha256 ? SHA256_DIGEST_SIZE : SHA1_DIGEST_SIZE;
}

/* out holds SHA256_DIGEST_SIZE bytes, here and below. */
static void
hmac(const struct scram *s, const uint8_t *key, const char *text, size_t len,
    uint8_t *out)
{
	struct hmac_sha256_ctx sha256;
	struct hmac_sha1_ctx sha1;

	if (s->sha256) {
		hmac_sha256_set_key(&sha256, SHA256_DIGEST_SIZE, key);
		hmac_sha256_update(&sha256, len, (const uint8_t *)text);
		hmac_sha256_digest(&sha256, SHA256_DIGEST_SIZE, out);
		wipe(&sha256, sizeof(sha256));
	} else {
		hmac_sha1_set_key(&sha1, SHA1_DIGEST_SIZE, key);
		hmac_sha1_update(&sha1, len, (const uint8_t *)text);
		hmac_sha1_digest(&sha1, SHA1_DIGEST_SIZE, out);
		wipe(&sha1, sizeof(sha1));
	}
}

static void
hash(const struct scram *s, const uint8_t *in, uint8_t *out)
{
	struct sha256_ctx sha256;
	struct sha1_ctx sha1;

	if (s->sha256) {
		sha256_init(&sha256);
		sha256_update(&sha256, SHA256_DIGEST_SIZE, in);
		sha256_digest(&sha256, SHA256_DIGEST_SIZE, out);
	} else {
		sha1_init(&sha1);
		sha1_update(&sha1, SHA1_DIGEST_SIZE, in);
		sha1_digest(&sha1, SHA1_DIGEST_SIZE, out);
	}
}

static void
salt_secret(const struct scram *s, const struct buf *salt, unsigned rounds,
    uint8_t *out)
{
	const uint8_t *key = (const uint8_t *)s->secret.data;
	const uint8_t *bytes = (const uint8_t *)salt->data;

	if (s->sha256)
		pbkdf2_hmac_sha256(s->secret.len, key, rounds, salt->len, bytes,
		    SHA256_DIGEST_SIZE, out);
	else
		pbkdf2_hmac_sha1(s->secret.len, key, rounds, salt->len, bytes,
		    SHA1_DIGEST_SIZE, out);
}

/* What both sides prove that they know (RFC 5802 section 3): appends ours,
 * keeps what the server's must be. */
static void
prove(struct scram *s, const struct buf *salt, unsigned rounds,
    const struct buf *said, struct buf *out)
{
	uint8_t salted[SHA256_DIGEST_SIZE], key[SHA256_DIGEST_SIZE];
	uint8_t stored[SHA256_DIGEST_SIZE], proof[SHA256_DIGEST_SIZE];
	size_t size = digest_size(s);

	salt_secret(s, salt, rounds, salted);
	hmac(s, salted, "Client Key", 10, key);
	hash(s, key, stored);
	hmac(s, stored, said->data, said->len, proof);
	memxor(proof, key, size);
	put_base64(out, proof, size);
	hmac(s, salted, "Server Key", 10, key);
	hmac(s, key, said->data, said->len, proof);
	put_base64(&s->proof, proof, size);
	wipe(salted, sizeof(salted));
	wipe(key, sizeof(key));
	wipe(stored, sizeof(stored));
	wipe(proof, sizeof(proof));
}

/* Cuts "x=value" and the comma after it off *in; NULL when the next attribute
 * is another one. */
static char *
cut(char **in, char attribute)
{
	char *p = *in, *end;

	if (p[0] != attribute || p[1] != '=')
		return NULL;
	end = p + strcspn(p, ",");
	*in = *end == ',' ? end + 1 : end;
	*end = '\0';
	return p + 2;
}

static bool
get_base64(const char *text, struct buf *out)
{
	struct base64_decode_ctx ctx;
	size_t len = strlen(text), n = BASE64_DECODE_LENGTH(len);

	base64_decode_init(&ctx);
	if (base64_decode_update(
		&ctx, &n, (uint8_t *)buf_reserve(out, n + 1), len, text) != 1 ||
	    base64_decode_final(&ctx) != 1)
		return false;
	out->len += n;
	return out->len > 0;
}

static int
set_malformed(const struct scram *s, struct err *e)
{
	return err_set(
	    e, ERR_ACCOUNT, "%s: the server's answer is malformed", s->name);
}

/* server-first-message; text is cut to pieces. */
static int
take_first(const struct scram *s, char *text, const char **nonce,
    struct buf *salt, unsigned *rounds, struct err *e)
{
	const char *r, *i, *coded;
	unsigned long n;
	char *end;

	r = cut(&text, 'r');
	coded = r != NULL ? cut(&text, 's') : NULL;
	i = coded != NULL ? cut(&text, 'i') : NULL;
	if (i == NULL || *i < '0' || *i > '9' || !get_base64(coded, salt))
		return set_malformed(s, e);
	n = strtoul(i, &end, 10);
	if (*end != '\0' || n == 0)
		return set_malformed(s, e);
	if (n > ROUNDS_MAX)
		return err_set(e, ERR_ACCOUNT,
		    "%s: the server asks for %lu rounds", s->name, n);
	/* Ours and then some of its own. */
	if (strncmp(r, buf_str(&s->nonce), s->nonce.len) != 0 ||
	    strlen(r) <= s->nonce.len)
		return err_set(e, ERR_ACCOUNT,
		    "%s: the server answers to something else", s->name);
	*nonce = r;
	*rounds = (unsigned)n;
	return 0;
}

static int
answer_first(struct scram *s, const char *in, struct buf *out, struct err *e)
{
	struct buf salt = { 0 }, said = { 0 };
	char *text = xstrdup(in);
	const char *nonce = NULL;
	unsigned rounds = 0;
	int rc;

	rc = take_first(s, text, &nonce, &salt, &rounds, e);
	if (rc == 0) {
		/* AuthMessage, RFC 5802 section 3. */
		buf_printf(&said, "%s,%s,c=%s,r=%s", buf_str(&s->bare), in,
		    buf_str(&s->binding), nonce);
		buf_printf(out, "c=%s,r=%s,p=", buf_str(&s->binding), nonce);
		prove(s, &salt, rounds, &said, out);
	}
	buf_clear(&said);
	buf_clear(&salt);
	free(text);
	return rc;
}

static int
check_final(struct scram *s, const char *in, struct err *e)
{
	const char *proof = buf_str(&s->proof);

	s->refused = strncmp(in, "e=", 2) == 0;
	if (s->refused)
		return err_set(e, ERR_ACCOUNT, "%s: the server says \"%s\"",
		    s->name, in + 2);
	if (strncmp(in, "v=", 2) != 0)
		return set_malformed(s, e);
	in += 2;
	if (strncmp(in, proof, s->proof.len) != 0 ||
	    (in[s->proof.len] != '\0' && in[s->proof.len] != ','))
		return err_set(e, ERR_ACCOUNT,
		    "%s: the server does not know the password", s->name);
	return 0;
}

static int
step(struct scram *s, const char *in, struct buf *out, struct err *e)
{
	int rc = 0;

	switch (s->state) {
	case SCRAM_FIRST:
		buf_append(out, s->header.data, s->header.len);
		buf_append(out, s->bare.data, s->bare.len);
		break;
	case SCRAM_FINAL:
		rc = answer_first(s, in, out, e);
		break;
	case SCRAM_VERIFY:
		rc = check_final(s, in, e);
		break;
	case SCRAM_DONE:
		return set_malformed(s, e);
	}
	s->state++;
	return rc;
}

int
scram_step(struct scram *s, const char *in, size_t len, struct buf *out,
    bool *done, struct err *e)
{
	char *text;
	int rc;

	if (len > 0 && memchr(in, '\0', len) != NULL)
		return set_malformed(s, e);
	text = xstrndup(in, len);
	rc = step(s, text, out, e);
	*done = rc == 0 && s->state == SCRAM_DONE;
	free(text);
	return rc;
}

bool
scram_refused(const struct scram *s)
{
	return s->refused;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 fingerprints as a user writes them. */
#include "config.h"

#include <stddef.h>

#include "net/fingerprint.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
fingerprint_parse(const char *text, unsigned char hash[FINGERPRINT_LEN])
{
	size_t digits;
	int v;

	digits = 0;
	for (; *text != '\0'; text++) {
		if (*text == ':' || *text == ' ')
			continue;
		v = hex_digit(*text);
		if (v == -1 || digits == 2 * FINGERPRINT_LEN)
			return false;
		if (digits % 2 == 0)
			hash[digits / 2] = (unsigned char)(v << 4);
		else
			hash[digits / 2] |= (unsigned char)v;
		digits++;
	}
	return digits == 2 * FINGERPRINT_LEN;
}

void
fingerprint_format(
    const unsigned char hash[FINGERPRINT_LEN], char text[FINGERPRINT_TEXT])
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < FINGERPRINT_LEN; i++) {
		text[3 * i] = hex[hash[i] >> 4];
		text[3 * i + 1] = hex[hash[i] & 15];
		text[3 * i + 2] = ':';
	}
	text[FINGERPRINT_TEXT - 1] = '\0';
}

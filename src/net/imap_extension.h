/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_EXTENSION_H
#define NET_IMAP_EXTENSION_H

/*
 * The table of the IMAP extensions that blinkmail knows. A new extension is a
 * row here (and in blinkmail.conf(5), disable_extensions); what asks the
 * server for it calls imap_session_has(). Constant; any thread.
 */

#include <stdbool.h>
#include <stddef.h>

enum imap_extension {
	EXT_NONE,
	EXT_LITERAL_PLUS,
	EXT_LITERAL_MINUS,
	EXT_SASL_IR,
	EXT_UIDPLUS,
	EXT_MOVE,
	EXT_ESEARCH,
	EXT_CONDSTORE,
	EXT_QRESYNC,
	EXT_ENABLE,
	EXT_LIST_EXTENDED,
	EXT_LIST_STATUS,
	EXT_SPECIAL_USE,
	EXT_NAMESPACE,
	EXT_IDLE,
	EXT_NOTIFY,
	EXT_COMPRESS,
	EXT_MULTIAPPEND,
	EXT_BINARY,
	EXT_APPENDLIMIT,
	EXT_MESSAGELIMIT,
	EXT_UNSELECT,
	EXT_OBJECTID,
	EXT_STATUS_SIZE,
	EXT_ID,
	EXT_UTF8_ACCEPT,
	EXT_REV2,
	IMAP_EXTENSIONS /* one more than the last */
};

enum imap_enable {
	ENABLE_NOT,  /* is not named in ENABLE (RFC 5161) */
	ENABLE_TOO,  /* is named there, and used without it as well */
	ENABLE_MUST, /* is used only when the server confirms it */
};

struct imap_extension_row {
	const char *name; /* as the server announces it */
	bool in_rev2;	  /* comes with IMAP4rev2 (RFC 9051 appendix E) */
	bool has_value;	  /* the server announces NAME=VALUE */
	enum imap_enable enable;
	enum imap_extension needs; /* is used only together with this one;
				    * EXT_NONE: alone */
	const char *use; /* what it is used for; NULL: it is not used */
};

/* x: not EXT_NONE. */
const struct imap_extension_row *imap_extension(enum imap_extension x);

/* The name of the n-th row, NULL after the last: what disable_extensions may
 * hold. */
const char *imap_extension_name(size_t n);

#endif

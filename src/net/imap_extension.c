/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the IMAP extensions that blinkmail knows. */
#include "config.h"

#include <assert.h>

#include "net/imap_extension.h"

/* clang-format off */
static const struct imap_extension_row rows[] = {
	[EXT_LITERAL_PLUS] = { "LITERAL+", false, false, ENABLE_NOT, EXT_NONE,
	    "send strings and messages without waiting" },
	[EXT_LITERAL_MINUS] = { "LITERAL-", true, false, ENABLE_NOT, EXT_NONE,
	    "send short strings and messages without waiting" },
	[EXT_SASL_IR] = { "SASL-IR", true, false, ENABLE_NOT, EXT_NONE,
	    "log in with one round trip less" },
	[EXT_UIDPLUS] = { "UIDPLUS", true, false, ENABLE_NOT, EXT_NONE,
	    "learn the UIDs of copies, expunge single messages" },
	[EXT_MOVE] = { "MOVE", true, false, ENABLE_NOT, EXT_NONE,
	    "move messages on the server" },
	[EXT_ESEARCH] = { "ESEARCH", true, false, ENABLE_NOT, EXT_NONE,
	    NULL },
	[EXT_CONDSTORE] = { "CONDSTORE", false, false, ENABLE_TOO, EXT_NONE,
	    "see whether flags in a folder have changed" },
	[EXT_QRESYNC] = { "QRESYNC", false, false, ENABLE_MUST, EXT_NONE,
	    "be told of many expunged messages in one line" },
	[EXT_ENABLE] = { "ENABLE", true, false, ENABLE_NOT, EXT_NONE,
	    "turn on what has to be turned on" },
	[EXT_LIST_EXTENDED] = { "LIST-EXTENDED", true, false, ENABLE_NOT,
	    EXT_NONE, "list what LIST alone does not" },
	[EXT_LIST_STATUS] = { "LIST-STATUS", true, false, ENABLE_NOT,
	    EXT_LIST_EXTENDED, "get the state of all folders at once" },
	[EXT_SPECIAL_USE] = { "SPECIAL-USE", false, false, ENABLE_NOT,
	    EXT_LIST_STATUS, "get the purpose of folders" },
	[EXT_NAMESPACE] = { "NAMESPACE", true, false, ENABLE_NOT, EXT_NONE,
	    "get the prefix and the delimiter of folder names" },
	[EXT_IDLE] = { "IDLE", true, false, ENABLE_NOT, EXT_NONE,
	    "wait for changes in a folder" },
	[EXT_NOTIFY] = { "NOTIFY", false, false, ENABLE_NOT, EXT_NONE,
	    "wait for changes in all folders" },
	[EXT_COMPRESS] = { "COMPRESS=DEFLATE", false, false, ENABLE_NOT,
	    EXT_NONE, "compress the connection" },
	[EXT_MULTIAPPEND] = { "MULTIAPPEND", false, false, ENABLE_NOT,
	    EXT_NONE, "upload several messages with one command" },
	[EXT_BINARY] = { "BINARY", false, false, ENABLE_NOT, EXT_NONE,
	    "upload messages that contain a NUL" },
	[EXT_APPENDLIMIT] = { "APPENDLIMIT", false, true, ENABLE_NOT,
	    EXT_NONE, "do not upload what is too large for the server" },
	[EXT_MESSAGELIMIT] = { "MESSAGELIMIT", false, true, ENABLE_NOT,
	    EXT_NONE, "send commands for no more messages than it takes" },
	[EXT_UNSELECT] = { "UNSELECT", true, false, ENABLE_NOT, EXT_NONE,
	    "close a folder without expunging" },
	[EXT_OBJECTID] = { "OBJECTID", false, false, ENABLE_NOT, EXT_NONE,
	    "tell a folder from another one of the same name" },
	[EXT_STATUS_SIZE] = { "STATUS=SIZE", true, false, ENABLE_NOT,
	    EXT_NONE, NULL },
	[EXT_ID] = { "ID", false, false, ENABLE_NOT, EXT_NONE,
	    "tell the server the program's name and version" },
	[EXT_UTF8_ACCEPT] = { "UTF8=ACCEPT", false, false, ENABLE_MUST,
	    EXT_NONE, "send folder names and headers in UTF-8" },
	[EXT_REV2] = { "IMAP4rev2", false, false, ENABLE_MUST, EXT_NONE,
	    "send folder names in UTF-8" },
};
/* clang-format on */

const struct imap_extension_row *
imap_extension(enum imap_extension x)
{
	assert(x > EXT_NONE && x < IMAP_EXTENSIONS);
	return &rows[x];
}

const char *
imap_extension_name(size_t n)
{
	return n + 1 < IMAP_EXTENSIONS ? rows[n + 1].name : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/settings/settings.h"
#include "engine/settings/settings_private.h"
#include "settings_fixture.h"

static const struct {
	const char *text;
	const char *said;
} wrong[] = {
	/* the text itself */
	{ "general = {\n",
	    "blinkmail.conf:2: syntax error near: general = {\n" },
	{ "general = {\n  ui = \"a\"; fsync = yes; };\n",
	    "blinkmail.conf:2: syntax error near: ui = \"...\"; fsync = yes; "
	    "};\n" },
	{ "a = {\n  user = \"u\"; pass = hunter2; };\n",
	    "blinkmail.conf:2: syntax error near: user = \"...\"; pass "
	    "...\n" },
	{ "a = {\n  pass =\n hunter2; };\n",
	    "blinkmail.conf:3: syntax error near: ...\n" },
	{ "# mine\n[general]\nui = x\n",
	    "blinkmail.conf:2: syntax error near: [general]; this looks like a "
	    "file of OfflineIMAP, which has another language: see "
	    "blinkmail.conf(5)\n" },
	{ "IMAPAccount x\nPass y\n",
	    "blinkmail.conf:1: syntax error near: IMAPAccount x; this looks "
	    "like a file of mbsync, which has another language: see "
	    "blinkmail.conf(5)\n" },
	{ "a = \"x\ny\n", "blinkmail.conf:1: the string that begins here has "
			  "no end\n" },
	{ "", "blinkmail.conf: there is no account\n" },
	{ "accounts = ();\n", "blinkmail.conf: there is no account\n" },
	{ ACCOUNT "general = {};\ngeneral = {};\n",
	    "blinkmail.conf:3: duplicate setting name near: general = {};\n" },
	{ IN_ACCOUNT("maxsize = 99999999999999999999;"),
	    "blinkmail.conf:3: this number is too large\n" },
	/* names */
	{ ACCOUNT "\ngenral = {};\n",
	    "blinkmail.conf:3: no key of the file's top level is called "
	    "\"genral\"; the nearest is \"general\"\n" },
	{ IN_GENERAL("fsnyc = true;"),
	    "blinkmail.conf:3: no key of general is called \"fsnyc\"; the "
	    "nearest is \"fsync\"\n" },
	{ IN_REMOTE("usr = \"u\";"),
	    "blinkmail.conf:4: no key of a side of type \"imap\" is called "
	    "\"usr\"; the nearest is \"user\"\n" },
	{ IN_REMOTE("remotehost = \"h\";"),
	    "blinkmail.conf:4: no key of a side of type \"imap\" is called "
	    "\"remotehost\"; the nearest is \"host\"\n" },
	{ IN_REMOTE("password = \"p\";"),
	    "blinkmail.conf:4: no key of a side of type \"imap\" is called "
	    "\"password\"; the nearest is \"pass\"\n" },
	{ IN_LOCAL("localfolders = \"/x\"; path = \"/m\";"),
	    "blinkmail.conf:4: no key of a side of type \"maildir\" is called "
	    "\"localfolders\"; the nearest is \"path\"\n" },
	{ IN_ACCOUNT("host = \"x\";"),
	    "blinkmail.conf:3: \"host\" belongs in a side of type \"imap\", "
	    "not in an account\n" },
	{ IN_REMOTE("path = \"/x\";"),
	    "blinkmail.conf:4: \"path\" belongs in a side of type "
	    "\"maildir\", not in a side of type \"imap\"\n" },
	/* types */
	{ "general = 1;\n" ACCOUNT, "blinkmail.conf:1: \"general\" must be a "
				    "group { ... }, not a whole number\n" },
	{ "accounts = 1;\n", "blinkmail.conf:1: \"accounts\" must be a list "
			     "( ... ), not a whole number\n" },
	{ "accounts = ( 1 );\n",
	    "blinkmail.conf:1: an account must be a group { ... }, not a "
	    "whole number\n" },
	{ IN_GENERAL("fsync = \"yes\";"),
	    "blinkmail.conf:3: \"fsync\" must be true or false, not a "
	    "string\n" },
	{ IN_GENERAL("maxsyncaccounts = 2.5;"),
	    "blinkmail.conf:3: \"maxsyncaccounts\" must be a whole number, "
	    "not a number with a point\n" },
	{ IN_REMOTE("folders = \"*\";"),
	    "blinkmail.conf:4: \"folders\" must be a list of strings, not a "
	    "string\n" },
	{ IN_REMOTE("folders = ( \"*\", 1 );"),
	    "blinkmail.conf:4: \"folders\" must contain strings, not a whole "
	    "number\n" },
	{ IN_ACCOUNT("autorefresh = true;"),
	    "blinkmail.conf:3: \"autorefresh\" must be a number, not true or "
	    "false\n" },
	/* ranges */
	{ IN_REMOTE("port = 65536;"),
	    "blinkmail.conf:4: \"port\" must be from 1 to 65535, not "
	    "65536\n" },
	{ IN_REMOTE("port = 0;"),
	    "blinkmail.conf:4: \"port\" must be from 1 to 65535, not 0\n" },
	{ IN_REMOTE("maxconnections = 5000000000;"),
	    "blinkmail.conf:4: \"maxconnections\" must be from 1 to 32, not "
	    "5000000000\n" },
	{ IN_ACCOUNT("autorefresh = -1.0;"),
	    "blinkmail.conf:3: \"autorefresh\" must be from 0 to 525600\n" },
	{ IN_ACCOUNT("quick = -2;"),
	    "blinkmail.conf:3: \"quick\" must be from -1 to 1000000, not "
	    "-2\n" },
	{ IN_ACCOUNT("startdate = \"2023-02-29\";"),
	    "blinkmail.conf:3: \"startdate\" must be a date \"yyyy-mm-dd\" "
	    "from 1970 on, not \"2023-02-29\"\n" },
	{ IN_REMOTE("tls = \"maybe\";"),
	    "blinkmail.conf:4: \"tls\" must be \"yes\", \"starttls\" or "
	    "\"no\", not \"maybe\"\n" },
	{ IN_REMOTE("tls = false;"),
	    "blinkmail.conf:4: \"tls\" must be \"yes\", \"starttls\" or "
	    "\"no\", not true or false\n" },
	{ IN_REMOTE("type = \"pop3\"; path = \"/x\";"),
	    "blinkmail.conf:4: \"type\" must be \"imap\" or \"maildir\", not "
	    "\"pop3\"\n" },
	{ IN_REMOTE("auth_mechanisms = [ \"plain\", \"PLAN\" ];"),
	    "blinkmail.conf:4: \"auth_mechanisms\" cannot contain \"PLAN\"; "
	    "the "
	    "nearest is \"PLAIN\"\n" },
	{ IN_REMOTE("disable_extensions = [ \"binary\", \"MOVED\" ];"),
	    "blinkmail.conf:4: \"disable_extensions\" cannot contain "
	    "\"MOVED\"; "
	    "the nearest is \"MOVE\"\n" },
	{ IN_REMOTE("cert_fingerprint = [ \"00:11\" ];"),
	    "blinkmail.conf:4: \"cert_fingerprint\" must contain SHA-256 "
	    "fingerprints of 64 hexadecimal digits, not \"00:11\"\n" },
	{ IN_REMOTE("nametrans = ( ( \"(\", \"\" ) );"),
	    "blinkmail.conf:4: nametrans \"(\": missing closing parenthesis "
	    "at character 2\n" },
	{ IN_REMOTE("nametrans = ( ( \"^a(b)\", \"$1\" ),\n"
		    "( \"^(c)\", \"$2\" ) );"),
	    "blinkmail.conf:5: nametrans \"^(c)\", \"$2\": the pattern has "
	    "no group \"2\"\n" },
	{ IN_LOCAL("path = \"/m\"; nametrans = ( ( \"a\", \"\\\\q\" ) );"),
	    "blinkmail.conf:4: nametrans \"a\", \"\\q\": unknown escape "
	    "\"\\q\" in the replacement\n" },
	{ IN_REMOTE("nametrans = ( \"a\" );"),
	    "blinkmail.conf:4: \"nametrans\" must contain pairs "
	    "(\"expression\", \"replacement\")\n" },
	{ IN_LOCAL("path = \"/m\"; sep = \"_\";"),
	    "blinkmail.conf:4: \"sep\" must be \".\" or \"/\", not \"_\"\n" },
	{ IN_LOCAL("path = \"/m\"; sep = \".\"; layout = \"flat\";"),
	    "blinkmail.conf:4: there can be only one of \"sep\" and "
	    "\"layout\"\n" },
	{ IN_LOCAL("path = \"/m\"; infosep = \"/\";"),
	    "blinkmail.conf:4: \"infosep\" must be one of the characters "
	    ":;!+-_~^@%, not \"/\"\n" },
	{ IN_REMOTE("usecompression = \"often\";"),
	    "blinkmail.conf:4: \"usecompression\" must be true, false or "
	    "\"always\", not \"often\"\n" },
	{ IN_REMOTE("usecompression = 1;"),
	    "blinkmail.conf:4: \"usecompression\" must be true, false or "
	    "\"always\", not a whole number\n" },
	/* strings and paths */
	{ IN_REMOTE("remote_identity = \"\";"),
	    "blinkmail.conf:4: \"remote_identity\" must not be empty\n" },
	{ IN_REMOTE("pass = \"a\\nb\";"),
	    "blinkmail.conf:4: \"pass\" contains a control character\n" },
	{ IN_LOCAL("path = \"Mail\";"),
	    "blinkmail.conf:4: \"path\": \"Mail\" does not begin with \"/\", "
	    "\"~\" or a variable that does\n" },
	{ IN_LOCAL("path = \"$NOTHING/x\";"),
	    "blinkmail.conf:4: \"path\": the environment variable NOTHING is "
	    "not set\n" },
	{ IN_LOCAL("path = \"/x/${HOME\";"),
	    "blinkmail.conf:4: \"path\": \"$\" is not followed by a name\n" },
	{ IN_LOCAL("path = \"~no-such-user/x\";"),
	    "blinkmail.conf:4: \"path\": no such user: no-such-user\n" },
	/* what must be there */
	{ "accounts = (\n{ " SIDE_REMOTE SIDE_LOCAL " } );\n",
	    "blinkmail.conf:2: this account has no \"name\"\n" },
	{ "accounts = (\n{ name = \"a\"; } );\n",
	    "blinkmail.conf:2: a: \"remote\" is missing\n"
	    "blinkmail.conf:2: a: \"local\" is missing\n" },
	{ "accounts = ( { name = \"a\";\nremote = {};\nlocal = {}; } );\n",
	    "blinkmail.conf:2: a.remote: \"host\" is missing\n"
	    "blinkmail.conf:2: a.remote: \"user\" is missing\n"
	    "blinkmail.conf:3: a.local: \"path\" is missing\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_LOCAL "\nremote = { "
	  "transporttunnel = \"x\"; user = \"u\"; }; } );\n",
	    "blinkmail.conf:2: a.remote: \"host\" is missing\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_LOCAL "\nremote = { "
	  "host = \"imap.a.org:993\"; user = \"u\"; }; } );\n",
	    "blinkmail.conf:2: \"host\" must be a name or an address alone, "
	    "not \"imap.a.org:993\"; the port is a key of its own, "
	    "\"port\"\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_LOCAL "\nremote = { "
	  "host = \"imaps://a.org\"; user = \"u\"; }; } );\n",
	    "blinkmail.conf:2: \"host\" must be a name or an address alone, "
	    "not \"imaps://a.org\"; the port is a key of its own, \"port\"\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_LOCAL "\nremote = { "
	  "host = \"[::1]\"; user = \"u\"; }; } );\n",
	    "blinkmail.conf:2: \"host\" must be a name or an address alone, "
	    "not \"[::1]\"; the port is a key of its own, \"port\"\n" },
	{ IN_REMOTE("sslclientkey = \"/k\";"),
	    "blinkmail.conf:4: \"sslclientkey\" needs \"sslclientcert\"\n" },
	{ IN_REMOTE("preauthtunnel = \"x\";\ntransporttunnel = \"x\";"),
	    "blinkmail.conf:5: there can be only one of \"preauthtunnel\" and "
	    "\"transporttunnel\"\n" },
	{ IN_ACCOUNT("proxy = \"SOCKS5:h:1\";"),
	    "blinkmail.conf:3: \"proxy\" is not supported; ignoring it would "
	    "be unsafe\n" },
	/* accounts and places */
	{ IN_GENERAL("accounts = [ \"a\", \"b\" ];"),
	    "blinkmail.conf:3: no account is called \"b\"; there is \"a\"\n" },
	{ IN_GENERAL("accounts = [ \"a\", \"a\" ];"),
	    "blinkmail.conf:3: \"a\" is named twice\n" },
	{ IN_GENERAL("accounts = [ ];"),
	    "blinkmail.conf:3: \"accounts\" is empty\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_REMOTE SIDE_LOCAL " },\n"
	  "{ name = \"a\"; " SIDE_REMOTE
	  " local = { path = \"/m/b\"; }; } );\n",
	    "blinkmail.conf:2: there is another account \"a\", at "
	    "blinkmail.conf:1\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_REMOTE SIDE_LOCAL " },\n"
	  "{ name = \"b\"; " SIDE_REMOTE
	  " local = { path = \"/m/a/\"; }; } );\n",
	    "blinkmail.conf:2: the Maildir /m/a is already that of a.local, "
	    "at blinkmail.conf:1\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_REMOTE SIDE_LOCAL " },\n"
	  "{ name = \"b\"; " SIDE_REMOTE
	  " local = { path = \"/m/./x//y/../../a\"; }; } );\n",
	    "blinkmail.conf:2: the Maildir /m/./x//y/../../a is already that "
	    "of a.local, at blinkmail.conf:1\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_REMOTE
	  " local = { path = \"/m\"; sep = \"/\"; }; },\n"
	  "{ name = \"b\"; " SIDE_REMOTE SIDE_LOCAL " } );\n",
	    "blinkmail.conf:2: the Maildirs /m/a and /m (a.local, at "
	    "blinkmail.conf:1) lie one inside the other\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_REMOTE
	  " local = { path = \"/m\"; }; },\n"
	  "{ name = \"b\"; " SIDE_REMOTE
	  " local = { path = \"/m/x/../a\"; layout = \"maildir++\"; }; } );\n",
	    "blinkmail.conf:2: the Maildirs /m/x/../a and /m (a.local, at "
	    "blinkmail.conf:1) lie one inside the other\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_REMOTE SIDE_LOCAL " },\n"
	  "{ name = \"b\"; " SIDE_REMOTE
	  " local = { path = \"/\"; layout = \"maildir++\"; }; } );\n",
	    "blinkmail.conf:2: the Maildirs / and /m/a (a.local, at "
	    "blinkmail.conf:1) lie one inside the other\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_LOCAL
	  "\nremote = { type = \"maildir\"; path = \"/m/a\"; }; } );\n",
	    "blinkmail.conf:1: the Maildir /m/a is already that of a.remote, "
	    "at blinkmail.conf:2\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_LOCAL
	  "\nremote = { type = \"maildir\"; path = \"/m/a/cur/../b\"; "
	  "sep = \"/\"; }; } );\n",
	    "blinkmail.conf:1: the Maildirs /m/a and /m/a/cur/../b (a.remote, "
	    "at blinkmail.conf:2) lie one inside the other\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_LOCAL
	  "\nremote = { type = \"maildir\"; host = \"h\"; }; } );\n",
	    "blinkmail.conf:2: \"host\" belongs in a side of type \"imap\", "
	    "not in a side of type \"maildir\"\n"
	    "blinkmail.conf:2: a.remote: \"path\" is missing\n" },
	{ "accounts = ( { name = \"a\"; " SIDE_REMOTE
	  "\nlocal = { type = \"imap\"; host = \"H\"; user = \"u\"; }; } );\n",
	    "blinkmail.conf:2: a: local and remote are the same IMAP "
	    "account\n" },
	{ IN_GENERAL("ui = \"foo\"; fsync = 1;"),
	    "blinkmail.conf:3: \"fsync\" must be true or false, not a whole "
	    "number\n"
	    "blinkmail.conf:3: nobody calls it \"foo\"\n" },
	/* more than one at once */
	{ "accounts = ( { name = \"a\";\nlocal = { path = 1;\nfoo = 2; };\n"
	  "remote = { host = \"h\";\nport = \"x\"; }; } );\nmbname = {};\n",
	    "blinkmail.conf:6: no key of the file's top level is called "
	    "\"mbname\"; the nearest is \"mbnames\"\n"
	    "blinkmail.conf:2: \"path\" must be a string, not a whole "
	    "number\n"
	    "blinkmail.conf:3: no key of a side of type \"maildir\" is called "
	    "\"foo\"\n"
	    "blinkmail.conf:5: \"port\" must be a whole number, not a "
	    "string\n"
	    "blinkmail.conf:4: a.remote: \"user\" is missing\n" },
};

static void
each_mistake_has_its_message(void **state)
{
	struct load l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		load(&l, wrong[i].text, NULL);
		if (strcmp(buf_str(&l.said), wrong[i].said) != 0)
			fail_msg("case %zu:\n%s\nsaid: %swanted: %s", i,
			    wrong[i].text, buf_str(&l.said), wrong[i].said);
		assert_int_equal(l.e.scope, ERR_ALL);
		unload(&l);
	}
}

static const char everything[] =
    "general = { metadata = \"~/meta\"; accounts = [ \"b\", \"a\" ];\n"
    "maxsyncaccounts = 7; ui = \"quiet\"; fsync = false;\n"
    "colorscheme = \"light\";"
    "socktimeout = 5; };\n"
    "accounts = ( { name = \"a\"; " SIDE_REMOTE SIDE_LOCAL " },\n"
    "{ name = \"c\"; " SIDE_REMOTE " local = { path = \"/c\"; }; },\n"
    "{ name = \"b\"; autorefresh = 2.5; quick = -1;\n"
    "  maxsize = 3000000000; maxage = 30; maxdelete = 10;\n"
    "  startdate = \"2020-01-02\"; presynchook = \"x\";\n"
    "  hook_timeout = 7; newmail_hook = \"n\"; postsynchook = \"y\";\n"
    "remote = { type = \"imap\"; host = \"imap\"; user = \"me\";\n"
    "  pass = \"p%\\\\\"; passcmd_timeout = 3; tls = \"starttls\";\n"
    "  folders = [ \"*\", \"!Spam\" ]; ipv6 = true;\n"
    "  nametrans = ( ( \"^a\", \"b\" ), ( \"c$\", \"\" ) );\n"
    "  auth_mechanisms = [ \"PLAIN\" ];\n"
    "  usecompression = false; expunge = false; readonly = true;\n"
    "  pipelining = false;\n"
    "  disable_extensions = [ \"MOVE\" ]; subscribedonly = true;\n"
    "  holdconnectionopen = true; keepalive = 300;\n"
    "  idlefolders = [ \"[Gmail]/Sent\" ];\n"
    "  reference = \"x.\"; sync_deletes = false; };\n"
    "local = { path = \"$MAILHOME/b\"; layout = \"maildir++\";\n"
    "  infosep = \"!\"; createfolders = false; }; } );\n";

static void
account_arrived(const struct settings_account *a)
{
	assert_int_equal(a->index, 0);
	assert_int_equal(a->line, 6);
	assert_true(a->autorefresh > 2.4 && a->autorefresh < 2.6);
	assert_int_equal(a->quick, -1);
	assert_int_equal(a->maxsize, 3000000000u);
	assert_int_equal(a->maxage, 30);
	assert_int_equal(a->maxdelete, 10);
	assert_int_equal(a->startdate, 1577923200);
	assert_string_equal(a->presynchook, "x");
	assert_string_equal(a->postsynchook, "y");
	assert_string_equal(a->newmail_hook, "n");
	assert_int_equal(a->hook_timeout, 7);
}

static void
remote_arrived(const struct settings_store *r)
{
	assert_string_equal(r->host, "imap");
	assert_int_equal(r->port, 143);
	assert_string_equal(r->pass, "p%\\");
	assert_int_equal(r->passcmd_timeout, 3);
	assert_int_equal(r->tls, TLS_STARTTLS);
	assert_string_equal(r->folders[1], "!Spam");
	assert_null(r->folders[2]);
	assert_int_equal(r->family, 6);
	assert_int_equal(r->nametrans_len, 2);
	assert_string_equal(r->nametrans[1].pattern, "c$");
	assert_string_equal(r->nametrans[1].replacement, "");
	assert_string_equal(r->auth_mechanisms[0], "PLAIN");
	assert_int_equal(r->usecompression, COMPRESS_NEVER);
	assert_false(r->pipelining);
	assert_false(r->expunge);
	assert_true(r->readonly);
	assert_true(r->subscribedonly);
	assert_false(r->sync_deletes);
	assert_string_equal(r->reference, "x.");
	assert_string_equal(r->disable_extensions[0], "MOVE");
	assert_true(r->holdconnectionopen);
	assert_int_equal(r->keepalive, 300);
	assert_string_equal(r->idlefolders[0], "[Gmail]/Sent");
	assert_null(r->idlefolders[1]);
}

static void
everything_arrives(void **state)
{
	struct settings_account *a;
	struct load l;

	load(&l, everything, NULL);
	assert_string_equal(buf_str(&l.said), "");
	assert_int_equal(l.s->maxsyncaccounts, 7);
	assert_string_equal(l.s->ui, "quiet");
	assert_string_equal(l.s->ui_where, "blinkmail.conf:2");
	assert_false(l.s->fsync);
	assert_int_equal(l.s->colorscheme, COLOURS_LIGHT);
	assert_int_equal(l.s->socktimeout, 5);
	assert_int_equal(
	    strncmp(l.s->metadata, (char *)*state, strlen((char *)*state)), 0);
	assert_int_equal(l.s->accounts_len, 2);
	a = &l.s->accounts[0];
	assert_string_equal(a->name, "b");
	account_arrived(a);
	remote_arrived(&a->store[REMOTE]);
	assert_string_equal(a->store[LOCAL].path, "/mail/b");
	assert_int_equal(a->store[LOCAL].layout, LAYOUT_MAILDIRPP);
	assert_int_equal(a->store[LOCAL].infosep, '!');
	assert_false(a->store[LOCAL].createfolders);
	assert_string_equal(l.s->accounts[1].name, "a");
	assert_int_equal(l.s->accounts[1].index, 1);
	unload(&l);
}

static void
defaults_are_those_of_the_manual(void **state)
{
	struct settings_account *a;
	struct settings_store *r;
	struct load l;
	char *metadata;

	load(&l, ACCOUNT, NULL);
	assert_string_equal(buf_str(&l.said), "");
	metadata = xasprintf("%s/.local/state/blinkmail", (char *)*state);
	assert_string_equal(l.s->metadata, metadata);
	free(metadata);
	assert_int_equal(l.s->maxsyncaccounts, 4);
	assert_null(l.s->ui);
	assert_true(l.s->fsync);
	assert_int_equal(l.s->socktimeout, 60);
	assert_int_equal(l.s->warnings_len, 0);
	a = &l.s->accounts[0];
	assert_int_equal(a->maxdelete, -1);
	assert_int_equal(a->maxsize, 0);
	r = &a->store[REMOTE];
	assert_int_equal(r->type, STORE_IMAP);
	assert_int_equal(r->port, 993);
	assert_int_equal(r->tls, TLS_YES);
	assert_int_equal(r->maxconnections, 2);
	assert_int_equal(r->passcmd_timeout, 60);
	assert_int_equal(r->family, 0);
	assert_true(r->createfolders && r->sync_deletes && r->expunge);
	assert_int_equal(r->usecompression, COMPRESS_FAR);
	assert_true(r->pipelining);
	assert_false(r->readonly || r->subscribedonly);
	assert_null(r->folders);
	assert_int_equal(a->store[LOCAL].type, STORE_MAILDIR);
	assert_int_equal(a->store[LOCAL].layout, LAYOUT_FLAT);
	assert_int_equal(a->store[LOCAL].infosep, ':');
	unload(&l);
}

static void
overrides_win(void **state)
{
	static const char text[] =
	    "accounts = ( { name = \"a\"; " SIDE_REMOTE SIDE_LOCAL " },\n"
	    "{ name = \"a.b=c\"; " SIDE_REMOTE
	    " local = { path = \"/m/b\"; }; } );\n";
	static const char *const over[] = { "general.fsync=false",
		"a.remote.host=127.0.0.1", "a.remote.passfile=/12#4",
		"a.remote.folders=[\"x=y\", \"*\"]", "a.b=c.remote.port=1143",
		"a.remote.tls=no", "a.remote.user=\"q u\"", NULL };
	struct settings_store *r;
	struct load l;

	(void)state;
	load(&l, text, over);
	assert_string_equal(buf_str(&l.said), "");
	assert_false(l.s->fsync);
	r = &l.s->accounts[0].store[REMOTE];
	assert_string_equal(r->host, "127.0.0.1");
	assert_string_equal(r->passfile, "/12#4");
	assert_string_equal(r->folders[0], "x=y");
	assert_string_equal(r->folders[1], "*");
	assert_int_equal(r->tls, TLS_NO);
	assert_int_equal(r->port, 143);
	assert_string_equal(r->user, "q u");
	assert_int_equal(l.s->accounts[1].store[REMOTE].port, 1143);
	unload(&l);
}

#define ON_COMMAND_LINE                                                        \
	"other users can read the command line: put \"pass\" into the "        \
	"configuration file, or use passcmd or passfile\n"

static const struct {
	const char *over;
	const char *said;
} wrong_overrides[] = {
	{ "fsync", "-k fsync: this is not KEY=VALUE\n" },
	{ "fsync=true", "-k fsync: a key begins with \"general.\", "
			"\"mbnames.\" or the name of an account and \".\"\n" },
	{ "b.remote.host=x", "-k b.remote.host: a key begins with "
			     "\"general.\", \"mbnames.\" or the name of an "
			     "account and \".\"\n" },
	{ "general.fsync=maybe", "-k general.fsync: \"fsync\" must be true or "
				 "false, not a string\n" },
	{ "a.remote.hst=x",
	    "-k a.remote.hst: no key of a side of type \"imap\" is called "
	    "\"hst\"; the nearest is \"host\"\n" },
	{ "a.name.x=y", "-k a.name.x: there is no such group\n" },
	{ "a.remote.pass=12#4", "-k a.remote.pass: " ON_COMMAND_LINE },
	{ "a.remote.pass=[\"12#4\"]", "-k a.remote.pass: " ON_COMMAND_LINE },
	{ "a.remote={ host=\"h\"; user=\"u\"; pass=\"12#4\"; }",
	    "-k a.remote: " ON_COMMAND_LINE },
	{ "a.local={ type=\"imap\"; host=\"other\"; user=\"u\"; pass=\"x\"; }",
	    "-k a.local: " ON_COMMAND_LINE },
	{ "general.accounts=[\"z\"]", "-k general.accounts: no account is "
				      "called \"z\"; there is \"a\"\n" },
};

static void
wrong_overrides_are_named(void **state)
{
	struct load l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong_overrides) / sizeof(wrong_overrides[0]);
	     i++) {
		const char *over[] = { wrong_overrides[i].over, NULL };

		load(&l, ACCOUNT, over);
		assert_string_equal(buf_str(&l.said), wrong_overrides[i].said);
		unload(&l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PLACED(each_mistake_has_its_message),
		PLACED(everything_arrives),
		PLACED(defaults_are_those_of_the_manual),
		PLACED(overrides_win),
		PLACED(wrong_overrides_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

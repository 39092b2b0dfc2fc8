/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_IMAP_TRANSCRIPTS_H
#define TESTS_UNIT_IMAP_TRANSCRIPTS_H

/*
 * What servers say, and what is read from it in the form of t_imap_resp.c.
 * These are put together by hand, to have each form of each response: after the
 * RFCs, and after what is known in public of how the server named answers. They
 * are not recorded; what is, stands in imap_recorded.h.
 */

struct transcript {
	const char *in;
	const char *out;
};

/* As Dovecot 2.3, with forms that it sends seldom or never. */
static const struct transcript dovecot[] = {
	{ "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE "
	  "LITERAL+ AUTH=PLAIN] Dovecot (Debian) ready.\r\n",
	    "* OK [CAPABILITY IMAP4rev1|SASL-IR|LOGIN-REFERRALS|ID|ENABLE|IDLE|"
	    "LITERAL+|AUTH=PLAIN] \"Dovecot (Debian) ready.\"\n" },
	{ "a1 OK [CAPABILITY IMAP4rev1 MOVE] Logged in\r\n"
	  "* ID (\"name\" \"Dovecot\" \"support\" NIL)\r\n"
	  "* ENABLED CONDSTORE QRESYNC\r\n"
	  "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n",
	    "TAGGED a1 OK [CAPABILITY IMAP4rev1|MOVE] \"Logged in\"\n"
	    "ID name|Dovecot|support|\n"
	    "ENABLED CONDSTORE|QRESYNC\n"
	    "NAMESPACE \"\" /\n" },
	{ "* LIST (\\HasNoChildren \\UnMarked \\Trash) \"/\" Trash\r\n"
	  "* STATUS Trash (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1683538510 "
	  "HIGHESTMODSEQ 1)\r\n"
	  "* LIST (\\NonExistent \\HasChildren) \"/\" a\r\n"
	  "* LIST (\\HasNoChildren) \"/\" {13}\r\na/\"quoted\"\\\\\"\r\n"
	  "* LIST () \".\" &AOk-\r\n"
	  "* LIST (\\Subscribed) \"/\" INBOX\r\n"
	  "a2 OK List completed (0.001 + 0.000 secs).\r\n",
	    "LIST \"Trash\" / \\Trash\n"
	    "STATUS \"Trash\" messages=0 uidnext=1 uidvalidity=1683538510 "
	    "modseq=1\n"
	    "LIST \"a\" / noselect nonexistent\n"
	    "LIST \"a/\"quoted\"\\\\\"\" /\n"
	    "LIST \"&AOk-\" .\n"
	    "LIST \"INBOX\" / subscribed\n"
	    "TAGGED a2 OK \"List completed (0.001 + 0.000 secs).\"\n" },
	{ "* OK [CLOSED] Previous mailbox closed.\r\n"
	  "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded "
	  "NonJunk)\r\n"
	  "* OK [PERMANENTFLAGS (\\Answered \\Seen $Forwarded \\*)] Flags "
	  "permitted.\r\n"
	  "* 3 EXISTS\r\n* 0 RECENT\r\n"
	  "* OK [UNSEEN 2] First unseen.\r\n"
	  "* OK [UIDVALIDITY 1683538510] UIDs valid\r\n"
	  "* OK [UIDNEXT 4] Predicted next UID\r\n"
	  "* OK [HIGHESTMODSEQ 12] Highest\r\n"
	  "a3 OK [READ-WRITE] Select completed (0.001 secs).\r\n",
	    "* OK [CLOSED] \"Previous mailbox closed.\"\n"
	    "FLAGS \\Answered|\\Flagged|\\Deleted|\\Seen|\\Draft|$Forwarded|"
	    "NonJunk\n"
	    "* OK [PERMANENTFLAGS \\Answered|\\Seen|$Forwarded|\\*] \"Flags "
	    "permitted.\"\n"
	    "EXISTS 3\nRECENT 0\n"
	    "* OK [UNSEEN?] \"First unseen.\"\n"
	    "* OK [UIDVALIDITY 1683538510] \"UIDs valid\"\n"
	    "* OK [UIDNEXT 4] \"Predicted next UID\"\n"
	    "* OK [HIGHESTMODSEQ 12] \"Highest\"\n"
	    "TAGGED a3 OK [READ-WRITE] \"Select completed (0.001 secs).\"\n" },
	{ "* 1 FETCH (UID 7 FLAGS (\\Seen \\Recent NonJunk) INTERNALDATE "
	  "\"17-Jul-1996 02:44:25 -0700\" BODY[] {12}\r\nA: b\r\n\r\n()\r\n"
	  " MODSEQ (3))\r\n"
	  "* 2 FETCH (UID 8 BODY[] \"\")\r\n"
	  "* 3 FETCH (UID 9 BODY[HEADER] {0}\r\n RFC822.SIZE 1234)\r\n"
	  "a4 OK Fetch completed.\r\n",
	    "body of 7 flags:A: b\\x0D\\x0A\\x0D\\x0A()\\x0D\\x0A\n"
	    "FETCH 1 uid=7 flags=Sa date=837596665-420 modseq=3 body\n"
	    "body of 8:\n"
	    "FETCH 2 uid=8 body\n"
	    "body of 9:\n"
	    "FETCH 3 uid=9 size=1234 body\n"
	    "TAGGED a4 OK \"Fetch completed.\"\n" },
	{ "* VANISHED (EARLIER) 1:5,9\r\n* VANISHED 11\r\n"
	  "* 2 EXPUNGE\r\n"
	  "* SEARCH\r\n* SEARCH 2 84 882\r\n* SEARCH 2 5 (MODSEQ 9)\r\n"
	  "* ESEARCH (TAG \"a5\") UID ALL 1:3,7\r\n"
	  "* ESEARCH (TAG \"ALL\") UID COUNT 0\r\n"
	  "a5 OK [COPYUID 1 3:5 10:12] Copied\r\n"
	  "a6 OK [APPENDUID 38505 3955] APPEND completed\r\n"
	  "a7 OK [APPENDUID 38505 3956:3958,3960] APPEND completed\r\n"
	  "* OK [COPYUID 7 3,1 20:21] Moved\r\n",
	    "VANISHED 1:5,9:9 earlier\nVANISHED 11:11\n"
	    "EXPUNGE 2\n"
	    "SEARCH\nSEARCH 2:2,84:84,882:882\nSEARCH 2:2,5:5\n"
	    "SEARCH 1:3,7:7\n"
	    "SEARCH\n"
	    "TAGGED a5 OK [COPYUID 1 3:5 10:12] \"Copied\"\n"
	    "TAGGED a6 OK [APPENDUID 38505 3955:3955] \"APPEND completed\"\n"
	    "TAGGED a7 OK [APPENDUID 38505 3956:3958,3960:3960] \"APPEND "
	    "completed\"\n"
	    "* OK [COPYUID 7 3:3,1:1 20:21] \"Moved\"\n" },
	{ "a8 NO [TRYCREATE] Mailbox doesn't exist: x (0.001 secs).\r\n"
	  "a9 BAD Error in IMAP command FOO: Unknown command.\r\n"
	  "* BYE Disconnected for inactivity.\r\n",
	    "TAGGED a8 NO [TRYCREATE] \"Mailbox doesn't exist: x (0.001 "
	    "secs).\"\n"
	    "TAGGED a9 BAD \"Error in IMAP command FOO: Unknown command.\"\n"
	    "* BYE \"Disconnected for inactivity.\"\n" },
};

/* As Cyrus 3, with a MODSEQ beyond 63 bits. */
static const struct transcript cyrus[] = {
	{ "* OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE AUTH=PLAIN SASL-IR] "
	  "mail.example.org Cyrus IMAP 3.6.1 server ready\r\n"
	  "* NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) ((\"\" "
	  "\".\"))\r\n"
	  "* LIST (\\HasChildren) \".\" INBOX\r\n"
	  "* LIST (\\Noinferiors \\HasNoChildren) \".\" \"INBOX.Sent Items\""
	  "\r\n"
	  "* LSUB (\\HasNoChildren) \".\" \"INBOX.x\"\r\n",
	    "* OK [CAPABILITY IMAP4rev1|LITERAL+|ID|ENABLE|AUTH=PLAIN|SASL-IR] "
	    "\"mail.example.org Cyrus IMAP 3.6.1 server ready\"\n"
	    "NAMESPACE \"INBOX.\" .\n"
	    "LIST \"INBOX\" .\n"
	    "LIST \"INBOX.Sent Items\" . noinferiors\n"
	    "LIST \"INBOX.x\" .\n" },
	{ "* 1 EXISTS\r\n* 1 RECENT\r\n"
	  "* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen)\r\n"
	  "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen "
	  "\\*)] Ok\r\n"
	  "* OK [UIDVALIDITY 1234567890] Ok\r\n* OK [UIDNEXT 2] Ok\r\n"
	  "* OK [HIGHESTMODSEQ 18446744073709551615] Ok\r\n"
	  "* OK [URLMECH INTERNAL] Ok\r\n* OK [ANNOTATIONS 65536] Ok\r\n"
	  ". OK [READ-WRITE] Completed\r\n",
	    "EXISTS 1\nRECENT 1\n"
	    "FLAGS \\Answered|\\Flagged|\\Draft|\\Deleted|\\Seen\n"
	    "* OK [PERMANENTFLAGS "
	    "\\Answered|\\Flagged|\\Draft|\\Deleted|\\Seen|\\*] \"Ok\"\n"
	    "* OK [UIDVALIDITY 1234567890] \"Ok\"\n* OK [UIDNEXT 2] \"Ok\"\n"
	    "* OK [HIGHESTMODSEQ 0] \"Ok\"\n"
	    "* OK [URLMECH?] \"Ok\"\n* OK [ANNOTATIONS?] \"Ok\"\n"
	    "TAGGED . OK [READ-WRITE] \"Completed\"\n" },
	{ "* 1 FETCH (FLAGS (\\Seen) UID 1 MODSEQ (22) INTERNALDATE "
	  "\" 1-Jan-2020 00:00:00 +0000\" RFC822.SIZE 42 EMAILID (Mdeadbeef) "
	  "THREADID NIL SAVEDATE NIL ENVELOPE (NIL \"x\" ((NIL NIL \"a\" "
	  "{1}\r\n))) NIL) BODY[HEADER.FIELDS (SUBJECT)] {14}\r\n"
	  "Subject: x\r\n\r\n BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"A\" "
	  "\"b\") NIL))\r\n",
	    "FETCH 1 uid=1 flags=S date=1577836800+0 size=42 modseq=22 "
	    "emailid=Mdeadbeef\n" },
};

/* As Gmail is known to answer; never compared with it. */
static const struct transcript gmail[] = {
	{ "* OK Gimap ready for requests from 192.0.2.1 a640c23a62f3a\r\n"
	  "* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST "
	  "CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE "
	  "ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE "
	  "APPENDLIMIT=35651584\r\n"
	  "a1 OK me@gmail.com authenticated (Success)\r\n",
	    "* OK \"Gimap ready for requests from 192.0.2.1 a640c23a62f3a\"\n"
	    "CAPABILITY IMAP4rev1|UNSELECT|IDLE|NAMESPACE|QUOTA|ID|XLIST|"
	    "CHILDREN|X-GM-EXT-1|UIDPLUS|COMPRESS=DEFLATE|ENABLE|MOVE|CONDSTORE"
	    "|ESEARCH|UTF8=ACCEPT|LIST-EXTENDED|LIST-STATUS|LITERAL-|"
	    "SPECIAL-USE|APPENDLIMIT=35651584\n"
	    "TAGGED a1 OK \"me@gmail.com authenticated (Success)\"\n" },
	{ "a2 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n"
	  "* NO [WEBALERT https://accounts.google.com/x?y=\"z] Web login "
	  "required.\r\n"
	  "a3 NO [ALERT] Application-specific password required (Failure)\r\n",
	    "TAGGED a2 NO [AUTHENTICATIONFAILED?] \"Invalid credentials "
	    "(Failure)\"\n"
	    "* NO [WEBALERT?] \"Web login "
	    "required.\"\n"
	    "TAGGED a3 NO [ALERT] \"Application-specific password required "
	    "(Failure)\"\n" },
	{ "* LIST (\\HasChildren \\Noselect) \"/\" \"[Gmail]\"\r\n"
	  "* LIST (\\All \\HasNoChildren) \"/\" \"[Gmail]/All Mail\"\r\n"
	  "* LIST (\\HasNoChildren \\Important) \"/\" \"[Gmail]/&AMk-x\"\r\n"
	  "* STATUS \"[Gmail]/All Mail\" (MESSAGES 1672 UIDNEXT 2891 "
	  "UIDVALIDITY 11 HIGHESTMODSEQ 309411)\r\n",
	    "LIST \"[Gmail]\" / noselect\n"
	    "LIST \"[Gmail]/All Mail\" / \\All\n"
	    "LIST \"[Gmail]/&AMk-x\" / \\Important\n"
	    "STATUS \"[Gmail]/All Mail\" messages=1672 uidnext=2891 "
	    "uidvalidity=11 modseq=309411\n" },
	{ "* 24 FETCH (X-GM-MSGID 1278455344230334865 X-GM-LABELS (\\Inbox "
	  "\"a b\" {2}\r\nxy) UID 25 FLAGS ($NotPhishing $Phishing) "
	  "INTERNALDATE \"31-Jul-2009 10:33:26 +0000\" BODY[] {5}\r\nhello)"
	  "\r\n",
	    "body of 25 flags:hello\n"
	    "FETCH 24 uid=25 flags=ab date=1249036406+0 body\n" },
};

/* As Exchange is known to answer; never compared with it. */
static const struct transcript exchange[] = {
	{ "* OK The Microsoft Exchange IMAP4 service is ready. "
	  "[QQBNAFMAUAA=]\r\n"
	  "* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR "
	  "UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+\r\n"
	  "+ \r\n"
	  "a1 OK AUTHENTICATE completed.\r\n"
	  "* 0 EXISTS\r\n* 0 RECENT\r\n"
	  "* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent)"
	  "\r\n"
	  "* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft "
	  "$MDNSent)] Permanent flags\r\n"
	  "* OK [UIDVALIDITY 14] UIDVALIDITY value\r\n"
	  "* OK [UIDNEXT 1] The next unique identifier value\r\n"
	  "a2 OK [READ-ONLY] EXAMINE completed.\r\n",
	    "* OK \"The Microsoft Exchange IMAP4 service is ready. "
	    "[QQBNAFMAUAA=]\"\n"
	    "CAPABILITY IMAP4|IMAP4rev1|AUTH=PLAIN|AUTH=XOAUTH2|SASL-IR|UIDPLUS"
	    "|MOVE|ID|UNSELECT|CHILDREN|IDLE|NAMESPACE|LITERAL+\n"
	    "+ \"\"\n"
	    "TAGGED a1 OK \"AUTHENTICATE completed.\"\n"
	    "EXISTS 0\nRECENT 0\n"
	    "FLAGS \\Seen|\\Answered|\\Flagged|\\Deleted|\\Draft|$MDNSent\n"
	    "* OK [PERMANENTFLAGS "
	    "\\Seen|\\Answered|\\Flagged|\\Deleted|\\Draft|$MDNSent] "
	    "\"Permanent flags\"\n"
	    "* OK [UIDVALIDITY 14] \"UIDVALIDITY value\"\n"
	    "* OK [UIDNEXT 1] \"The next unique identifier value\"\n"
	    "TAGGED a2 OK [READ-ONLY] \"EXAMINE completed.\"\n" },
	/* The UID behind the body. */
	{ "* 1 FETCH (BODY[] {2}\r\nhi FLAGS (\\Seen) UID 4)\r\n"
	  "* BYE Connection is closed. 13\r\n",
	    "body of 0:hi\n"
	    "FETCH 1 uid=4 flags=S body\n"
	    "* BYE \"Connection is closed. 13\"\n" },
	{ "* 2 FETCH (UID 5 BODY[] NIL)\r\n"
	  "a3 NO Server Unavailable. 15\r\n"
	  "a4 BAD User is authenticated but not connected.\r\n",
	    "FETCH 2 uid=5 nil\n"
	    "TAGGED a3 NO \"Server Unavailable. 15\"\n"
	    "TAGGED a4 BAD \"User is authenticated but not connected.\"\n" },
};

/* As Courier is known to answer; never compared with it. */
static const struct transcript courier[] = {
	{ "* OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE "
	  "THREAD=REFERENCES SORT QUOTA IDLE ACL ACL2=UNION] Courier-IMAP "
	  "ready. Copyright 1998-2018 Double Precision, Inc.  See COPYING for "
	  "distribution information.\r\n"
	  "* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"#shared.\" \".\")(\"shared."
	  "\" \".\"))\r\n"
	  "* LIST (\\Unmarked \\HasChildren) \".\" \"INBOX\"\r\n"
	  "* LIST (\\Marked \\HasNoChildren) \".\" \"INBOX.Trash\"\r\n"
	  "* FLAGS ($Label1 \\Draft \\Answered)\r\n"
	  "* OK [PERMANENTFLAGS ($Label1 \\* \\Draft)] Limited\r\n"
	  "* 2 EXISTS\r\n* 0 RECENT\r\n"
	  "* OK [UIDVALIDITY 990290829] Ok\r\n"
	  "* OK [MYRIGHTS \"acdilrsw\"] ACL\r\n"
	  "a1 OK [READ-WRITE] Ok\r\n"
	  "* 1 FETCH (UID 3 RFC822.SIZE 1 INTERNALDATE \"07-Feb-1994 21:52:25 "
	  "-0800\" FLAGS ())\r\n",
	    "* OK [CAPABILITY "
	    "IMAP4rev1|UIDPLUS|CHILDREN|NAMESPACE|THREAD=REFERENCES|SORT|QUOTA|"
	    "IDLE|ACL|ACL2=UNION] \"Courier-IMAP ready. Copyright 1998-2018 "
	    "Double Precision, Inc.  See COPYING for distribution "
	    "information.\"\n"
	    "NAMESPACE \"INBOX.\" .\n"
	    "LIST \"INBOX\" .\nLIST \"INBOX.Trash\" .\n"
	    "FLAGS $Label1|\\Draft|\\Answered\n"
	    "* OK [PERMANENTFLAGS $Label1|\\*|\\Draft] \"Limited\"\n"
	    "EXISTS 2\nRECENT 0\n"
	    "* OK [UIDVALIDITY 990290829] \"Ok\"\n"
	    "* OK [MYRIGHTS?] \"ACL\"\n"
	    "TAGGED a1 OK [READ-WRITE] \"Ok\"\n"
	    "FETCH 1 uid=3 flags= date=760686745-480 size=1\n" },
};

/* UW imapd, and other odd but harmless ones. */
static const struct transcript odd[] = {
	{ "* LIST (\\NoInferiors) NIL INBOX\r\n"
	  "* LIST () NIL \"\"\r\n"
	  "* list (\\noselect \\SENT) \"/\" \"a\"\r\n"
	  "* LIST () \"\\\\\" a\\b\r\n",
	    "LIST \"INBOX\" noinferiors\nLIST \"\"\n"
	    "LIST \"a\" / noselect \\Sent\nLIST \"a\\b\" \\\n" },
	{ "* OK\r\n* ok \r\n*  OK  x\r\na1 OK\r\nT NO\r\n",
	    "* OK \"\"\n* OK \"\"\n* OK \"x\"\nTAGGED a1 OK \"\"\n"
	    "TAGGED T NO \"\"\n" },
	{ "* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n",
	    "* PREAUTH [CAPABILITY IMAP4rev1] \"hi\"\n" },
	{ "+\r\n+ \r\n+ AA==\r\n+ [x] idling\r\n+ OK\r\n",
	    "+ \"\"\n+ \"\"\n+ \"AA==\"\n+ \"[x] idling\"\n+ \"OK\"\n" },
	{ "* OK [UIDVALIDITY 1\r\n* OK []\r\n* OK [ ]\r\n* OK [X\"]\"]y\r\n"
	  "* OK [X \"\\\"]\"] y\r\n* OK [UIDNEXT]\r\n",
	    "* OK \"[UIDVALIDITY 1\"\n* OK [?] \"\"\n* OK [?] \"\"\n"
	    "* OK [X\"]\"?] \"y\"\n* OK [X?] \"y\"\n* OK [UIDNEXT 0] \"\"\n" },
	{ "* OK [ALERT] \x1b]0;pwned\x07\r\n",
	    "* OK [ALERT] \"\\x1B]0;pwned\\x07\"\n" },
	{ "* XYZ (a (b \"c\" {3}\r\n)\r\n))\r\n* 5 XYZ 1 2\r\n* 1 RECENT\r\n",
	    "OTHER\nOTHER\nRECENT 1\n" },
	{ "* CAPABILITY\r\n* FLAGS ()\r\n* ID NIL\r\n* NAMESPACE NIL NIL NIL"
	  "\r\n* ENABLED\r\n",
	    "CAPABILITY\nFLAGS\nID\nNAMESPACE \"\"\nENABLED\n" },
	{ "* STATUS {5}\r\nA\r\n B (MESSAGES 1 X-Y 7)\r\n"
	  "* STATUS \"x\" ()\r\n",
	    "STATUS \"A\\x0D\\x0A B\" messages=1\nSTATUS \"x\"\n" },
	{ "* 1 FETCH ()\r\n* 1 FETCH (uid 5 flags (\\SEEN \\seen A a \\New))"
	  "\r\n",
	    "FETCH 1\nFETCH 1 uid=5 flags=Sa\n" },
	{ "* 1 FETCH (UID 5 BODY[] ~{3}\r\na\tb BODY[]<0> {1}\r\nx)\r\n",
	    "body of 5:a\\x09b\nFETCH 1 uid=5 body\n" },
	{ "* 1 FETCH (UID 5 UID 5)\n", "FETCH 1 uid=5\n" },
};

#endif

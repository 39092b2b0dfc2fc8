/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "ui/plain/json.h"

#define text_set(to, from) snprintf(to, sizeof(to), "%s", from)

static const struct {
	const char *text;
	const char *json;
} strings[] = {
	{ "", "\"\"" },
	{ "plain", "\"plain\"" },
	{ "\"quoted\"", "\"\\\"quoted\\\"\"" },
	{ "back\\slash", "\"back\\\\slash\"" },
	{ "a\nb\tc\x01\x7f", "\"a\\u000ab\\u0009c\\u0001\\u007f\"" },
	{ "Entw\xc3\xbcrfe \xf0\x9f\x93\xa7",
	    "\"Entw\xc3\xbcrfe \xf0\x9f\x93\xa7\"" },
	/* not UTF-8: alone, cut, overlong, a surrogate, beyond the end */
	{ "\xff", "\"\xef\xbf\xbd\"" },
	{ "a\xc3", "\"a\xef\xbf\xbd\"" },
	{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xf4\x90\x80\x80",
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void
strings_are_escaped(void **state)
{
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		json_string(&out, strings[i].text);
		assert_string_equal(buf_str(&out), strings[i].json);
		buf_clear(&out);
	}
}

/* Every string of two bytes comes out as well-formed UTF-8 within quotes,
 * with nothing in it that JSON does not allow. */
static void
any_bytes_make_a_json_string(void **state)
{
	struct buf out = { 0 };
	unsigned a, b, cp;
	size_t i, n;
	char s[3] = "";

	(void)state;
	for (a = 1; a < 256; a++)
		for (b = 0; b < 256; b++) {
			s[0] = (char)a;
			s[1] = (char)b;
			buf_reset(&out);
			json_string(&out, s);
			assert_int_equal(out.data[0], '"');
			assert_int_equal(out.data[out.len - 1], '"');
			for (i = 1; i < out.len - 1; i += n) {
				n = utf8_decode(out.data + i, out.len - i, &cp);
				assert_true(n > 0 && cp >= ' ');
				if (cp == '\\')
					n = 2;
				else
					assert_true(cp != '"');
			}
			assert_int_equal(i, out.len - 1);
		}
	buf_clear(&out);
}

static void
expect(const struct event *ev, const char *account, const char *json)
{
	struct buf out = { 0 };

	json_event(ev, account, &out);
	assert_string_equal(buf_str(&out), json);
	buf_clear(&out);
}

#define T "\"time\":1700000000"
#define ZEROS                                                                  \
	"\"copied\":0,\"flags\":0,\"deleted\":0,\"adopted\":0,\"held\":0,"     \
	"\"skipped\":0,\"failed\":0"

static void
events_have_their_members(void **state)
{
	struct event ev = { .time = 1700000000, .account = 0 };

	(void)state;
	ev.kind = EV_RUN_START;
	expect(&ev, NULL, "{\"type\":\"run-start\"," T "}\n");
	ev.kind = EV_RUN_END;
	expect(&ev, NULL, "{\"type\":\"run-end\"," T ",\"scope\":\"none\"}\n");
	ev.kind = EV_ACCOUNT_START;
	expect(&ev, "work",
	    "{\"type\":\"account-start\"," T ",\"account\":\"work\"}\n");
	ev.kind = EV_FOLDERS;
	ev.done = 3;
	ev.total = 5;
	expect(&ev, "work",
	    "{\"type\":\"folders\"," T
	    ",\"account\":\"work\",\"done\":3,\"total\":5}\n");
	ev.kind = EV_FOLDER_START;
	text_set(ev.folder, "A\"B");
	expect(&ev, "work",
	    "{\"type\":\"folder-start\"," T
	    ",\"account\":\"work\",\"folder\":\"A\\\"B\"}\n");
	ev.kind = EV_FOLDER_SKIP;
	expect(&ev, "work",
	    "{\"type\":\"folder-skip\"," T
	    ",\"account\":\"work\",\"folder\":\"A\\\"B\"}\n");
	ev.kind = EV_FOLDER_CREATE;
	ev.side = REMOTE;
	expect(&ev, "work",
	    "{\"type\":\"folder-create\"," T
	    ",\"account\":\"work\",\"folder\":\"A\\\"B\","
	    "\"side\":\"remote\",\"planned\":false}\n");
	ev.kind = EV_FOLDER_RENAME;
	text_set(ev.text, "C");
	expect(&ev, "work",
	    "{\"type\":\"folder-rename\"," T
	    ",\"account\":\"work\",\"folder\":\"A\\\"B\","
	    "\"side\":\"remote\",\"planned\":false,\"text\":\"C\"}\n");
}

static void
work_has_its_members(void **state)
{
	struct event ev = { .time = 1700000000, .account = 0 };

	(void)state;
	text_set(ev.folder, "A\"B");
	ev.side = REMOTE;
	ev.done = 3;
	ev.total = 5;
	ev.kind = EV_PROGRESS;
	ev.bytes = UINT64_C(5000000000);
	expect(&ev, "work",
	    "{\"type\":\"progress\"," T
	    ",\"account\":\"work\",\"folder\":\"A\\\"B\","
	    "\"done\":3,\"total\":5,\"bytes\":5000000000}\n");
	ev.kind = EV_CONNECTING;
	text_set(ev.text, "h:993");
	expect(&ev, "work",
	    "{\"type\":\"connecting\"," T
	    ",\"account\":\"work\",\"text\":\"h:993\"}\n");
	ev.kind = EV_LISTING;
	expect(&ev, "work",
	    "{\"type\":\"listing\"," T
	    ",\"account\":\"work\",\"folder\":\"A\\\"B\","
	    "\"side\":\"remote\"}\n");
	ev.worker = 7;
	ev.kind = EV_PART;
	expect(&ev, "work",
	    "{\"type\":\"part\"," T
	    ",\"account\":\"work\",\"folder\":\"A\\\"B\","
	    "\"worker\":7}\n");
	ev.kind = EV_THREAD_START;
	expect(&ev, "work",
	    "{\"type\":\"thread-start\"," T
	    ",\"account\":\"work\",\"worker\":7}\n");
	ev.kind = EV_THREAD_END;
	expect(&ev, "work",
	    "{\"type\":\"thread-end\"," T
	    ",\"account\":\"work\",\"worker\":7}\n");
	ev.kind = EV_WATCHING;
	text_set(ev.text, "INBOX by IDLE");
	expect(&ev, "work",
	    "{\"type\":\"watching\"," T ",\"account\":\"work\",\"worker\":7,"
	    "\"text\":\"INBOX by IDLE\"}\n");
}

static void
schedule_has_its_members(void **state)
{
	struct event ev = { .time = 1700000000, .account = 0 };

	(void)state;
	ev.kind = EV_HOOK;
	text_set(ev.text, "presync");
	expect(&ev, "work",
	    "{\"type\":\"hook\"," T
	    ",\"account\":\"work\",\"text\":\"presync\"}\n");
	ev.kind = EV_IDLE;
	ev.due = 123456;
	ev.total = 300;
	expect(&ev, "work",
	    "{\"type\":\"idle\"," T
	    ",\"account\":\"work\",\"seconds\":300,\"paused\":false}\n");
	ev.due = CLOCK_NEVER;
	ev.paused = true;
	expect(&ev, "work",
	    "{\"type\":\"idle\"," T ",\"account\":\"work\",\"paused\":true}\n");
	/* not for programs */
	ev.kind = EV_ASK_PASSWORD;
	expect(&ev, "work", "");
	ev.kind = EV_ENGINE_END;
	expect(&ev, NULL, "");
}

static void
counts_have_both_sides(void **state)
{
	struct event ev = {
		.time = 1700000000, .kind = EV_ACCOUNT_END, .scope = ERR_MESSAGE
	};

	(void)state;
	ev.counts[1][COUNT_COPY] = 1;
	ev.counts[1][COUNT_FLAGS] = 2;
	ev.counts[1][COUNT_EXPUNGE] = 3;
	ev.counts[1][COUNT_ADOPT] = 4;
	ev.counts[1][COUNT_HELD] = 5;
	ev.counts[1][COUNT_SKIP] = 6;
	ev.counts[1][COUNT_FAILED] = 7;
	expect(&ev, "w",
	    "{\"type\":\"account-end\"," T
	    ",\"account\":\"w\",\"counts\":{\"local\":{" ZEROS
	    "},\"remote\":{\"copied\":1,\"flags\":2,"
	    "\"deleted\":3,\"adopted\":4,\"held\":5,"
	    "\"skipped\":6,\"failed\":7}},\"scope\":\"message\""
	    "}\n");
}

static void
operations_tell_the_message(void **state)
{
	static const char *const names[] = { "copy", "transfer", "move",
		"flags", "expunge", "adopt", "skip", "held" };
	struct event ev = { .time = 1700000000, .kind = EV_OP };
	char want[256];
	size_t i;

	(void)state;
	text_set(ev.folder, "INBOX");
	ev.uid = UINT32_MAX;
	ev.lid = 7;
	ev.planned = true;
	text_set(ev.text, "new there");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ev.op = (enum event_op)i;
		text_set(ev.flags, ev.op == EVOP_FLAGS ? "+S-F" : "");
		snprintf(want, sizeof(want),
		    "{\"type\":\"op\"," T
		    ",\"account\":\"w\",\"folder\":\"INBOX\","
		    "\"side\":\"local\",\"op\":\"%s\",\"planned\":true,"
		    "\"uid\":4294967295,\"lid\":7,%s\"reason\":\"new there\""
		    "}\n",
		    names[i], ev.op == EVOP_FLAGS ? "\"flags\":\"+S-F\"," : "");
		expect(&ev, "w", want);
	}
}

static void
errors_tell_how_much_is_lost(void **state)
{
	struct event ev = { .time = 1700000000,
		.kind = EV_ERROR,
		.scope = ERR_FOLDER,
		.retry = true,
		.uid = 3 };

	(void)state;
	text_set(ev.folder, "F");
	text_set(ev.text, "no");
	expect(&ev, "w",
	    "{\"type\":\"error\"," T
	    ",\"account\":\"w\",\"folder\":\"F\",\"uid\":3,"
	    "\"scope\":\"folder\",\"retry\":true,\"text\":\"no\""
	    "}\n");
	ev.uid = 0;
	ev.lid = 7;
	ev.sided = true;
	ev.side = REMOTE;
	text_set(ev.file, "/m/\"a");
	expect(&ev, "w",
	    "{\"type\":\"error\"," T
	    ",\"account\":\"w\",\"folder\":\"F\",\"side\":\"remote\","
	    "\"lid\":7,\"file\":\"/m/\\\"a\","
	    "\"scope\":\"folder\",\"retry\":true,\"text\":\"no\""
	    "}\n");
	ev.kind = EV_WARNING;
	ev.folder[0] = ev.file[0] = '\0';
	ev.lid = 0;
	ev.sided = false;
	expect(&ev, NULL, "{\"type\":\"warning\"," T ",\"text\":\"no\"}\n");
	ev.kind = EV_HELD;
	ev.total = 30;
	expect(&ev, "w",
	    "{\"type\":\"held\"," T
	    ",\"account\":\"w\",\"total\":30,\"text\":\"no\"}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(any_bytes_make_a_json_string),
		cmocka_unit_test(events_have_their_members),
		cmocka_unit_test(work_has_its_members),
		cmocka_unit_test(schedule_has_its_members),
		cmocka_unit_test(counts_have_both_sides),
		cmocka_unit_test(operations_tell_the_message),
		cmocka_unit_test(errors_tell_how_much_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

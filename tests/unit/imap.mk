# imap: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
IMAP_TESTS = \
	tests/unit/t_imap_cmd \
	tests/unit/t_imap_date \
	tests/unit/t_imap_extension \
	tests/unit/t_imap_lex \
	tests/unit/t_imap_login \
	tests/unit/t_imap_patience \
	tests/unit/t_imap_resp \
	tests/unit/t_imap_session \
	tests/unit/t_imap_starttls \
	tests/unit/t_imap_utf7 \
	tests/unit/t_imap_watch \
	tests/unit/t_store_imap_list \
	tests/unit/t_store_imap_read \
	tests/unit/t_store_imap_write \
	tests/unit/t_store_imap_append
check_PROGRAMS += $(IMAP_TESTS)
TESTS += $(IMAP_TESTS)

tests_unit_t_imap_cmd_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_cmd_LDADD = libnet.a $(TEST_LIBS)
tests_unit_t_imap_date_SOURCES = tests/unit/t_imap_date.c tests/unit/rng.h
tests_unit_t_imap_date_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_date_LDADD = libnet.a $(TEST_LIBS)
tests_unit_t_imap_extension_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_extension_LDADD = $(STORE_LIBS) $(TEST_LIBS)
tests_unit_t_imap_lex_SOURCES = tests/unit/t_imap_lex.c \
	tests/unit/imap_feed.h
tests_unit_t_imap_lex_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_lex_LDADD = libnet.a $(TEST_LIBS)
tests_unit_t_imap_resp_SOURCES = tests/unit/t_imap_resp.c \
	tests/unit/imap_feed.h tests/unit/imap_recorded.h \
	tests/unit/imap_transcripts.h
tests_unit_t_imap_resp_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_resp_LDADD = libnet.a $(TEST_LIBS)
imap_play = tests/unit/imap_play.c tests/unit/imap_play.h \
	tests/unit/imap_script.c tests/unit/imap_script.h \
	tests/unit/stream_memory.c tests/unit/stream_memory.h
tests_unit_t_imap_login_SOURCES = tests/unit/t_imap_login.c $(imap_play)
tests_unit_t_imap_login_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_login_LDADD = $(NET_LIBS) $(TEST_LIBS)
tests_unit_t_imap_patience_SOURCES = tests/unit/t_imap_patience.c \
	$(imap_play) $(fake_clock)
tests_unit_t_imap_patience_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_patience_LDADD = $(NET_LIBS) $(TEST_LIBS)
tests_unit_t_imap_session_SOURCES = tests/unit/t_imap_session.c $(imap_play)
tests_unit_t_imap_session_CFLAGS = $(TEST_CFLAGS) $(ZLIB_CFLAGS)
tests_unit_t_imap_session_LDADD = $(NET_LIBS) $(TEST_LIBS)
tests_unit_t_imap_starttls_SOURCES = tests/unit/t_imap_starttls.c \
	$(imap_play)
tests_unit_t_imap_starttls_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_starttls_LDADD = $(NET_LIBS) $(TEST_LIBS)
tests_unit_t_imap_utf7_SOURCES = tests/unit/t_imap_utf7.c tests/unit/rng.h
tests_unit_t_imap_utf7_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_utf7_LDADD = libnet.a $(TEST_LIBS)
tests_unit_t_imap_watch_SOURCES = tests/unit/t_imap_watch.c \
	tests/unit/imap_peer.c tests/unit/imap_peer.h $(imap_play) \
	$(fake_clock)
tests_unit_t_imap_watch_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_imap_watch_LDADD = $(NET_LIBS) $(TEST_LIBS)

store_imap_fixture = tests/unit/store_imap_fixture.c \
	tests/unit/store_imap_fixture.h \
	tests/unit/imap_script.c tests/unit/imap_script.h \
	tests/unit/stream_memory.c tests/unit/stream_memory.h
tests_unit_t_store_imap_list_SOURCES = tests/unit/t_store_imap_list.c \
	$(store_imap_fixture)
tests_unit_t_store_imap_list_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_imap_list_LDADD = $(STORE_LIBS) $(TEST_LIBS)
tests_unit_t_store_imap_read_SOURCES = tests/unit/t_store_imap_read.c \
	$(store_imap_fixture)
tests_unit_t_store_imap_read_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_imap_read_LDADD = $(STORE_LIBS) $(TEST_LIBS)
tests_unit_t_store_imap_write_SOURCES = tests/unit/t_store_imap_write.c \
	$(store_imap_fixture)
tests_unit_t_store_imap_write_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_imap_write_LDADD = $(STORE_LIBS) $(TEST_LIBS)
tests_unit_t_store_imap_append_SOURCES = tests/unit/t_store_imap_append.c \
	$(store_imap_fixture)
tests_unit_t_store_imap_append_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_imap_append_LDADD = $(STORE_LIBS) $(TEST_LIBS)
endif

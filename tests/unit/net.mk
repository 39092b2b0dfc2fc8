# net: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
NET_TESTS = \
	tests/unit/t_scram \
	tests/unit/t_stream_memory \
	tests/unit/t_stream_socket
check_PROGRAMS += $(NET_TESTS)
TESTS += $(NET_TESTS)
endif

tests_unit_t_scram_SOURCES = tests/unit/t_scram.c
tests_unit_t_scram_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_scram_LDADD = libnet.a $(TEST_LIBS)
tests_unit_t_stream_memory_SOURCES = tests/unit/t_stream_memory.c \
	tests/unit/stream_memory.c tests/unit/stream_memory.h
tests_unit_t_stream_memory_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_stream_memory_LDADD = libnet.a $(TEST_LIBS)
fake_clock = tests/unit/fake_clock.c tests/unit/fake_clock.h
tests_unit_t_stream_socket_SOURCES = tests/unit/t_stream_socket.c $(fake_clock)
tests_unit_t_stream_socket_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_stream_socket_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=poll
tests_unit_t_stream_socket_LDADD = libnet.a $(TEST_LIBS)

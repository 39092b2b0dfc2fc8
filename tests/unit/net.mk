# net: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
NET_TESTS = \
	tests/unit/t_stream_memory
check_PROGRAMS += $(NET_TESTS)
TESTS += $(NET_TESTS)
endif

tests_unit_t_stream_memory_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_stream_memory_LDADD = libnet.a $(TEST_LIBS)

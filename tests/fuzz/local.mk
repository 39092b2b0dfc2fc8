# SPDX-License-Identifier: GPL-2.0-or-later
# Each target runs over its corpus in "make check", by driver.c. With
# configure --enable-fuzzing (and CC=clang) "make fuzz" builds it for libFuzzer
# as well; then, with D a folder for what is found:
#
#	tests/fuzz/libfuzzer_imap_resp D $(srcdir)/tests/fuzz/corpus/imap_resp
EXTRA_DIST += tests/fuzz/corpus

FUZZ_TESTS = \
	tests/fuzz/fuzz_imap_resp \
	tests/fuzz/fuzz_imap_store
check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)

fuzz_imap_resp = tests/fuzz/fuzz_imap_resp.c tests/fuzz/fuzz.h
fuzz_imap_store = tests/fuzz/fuzz_imap_store.c tests/fuzz/fuzz.h

tests_fuzz_fuzz_imap_resp_SOURCES = tests/fuzz/driver.c $(fuzz_imap_resp)
tests_fuzz_fuzz_imap_resp_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS=\"imap_resp\"
tests_fuzz_fuzz_imap_resp_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_fuzz_fuzz_imap_resp_LDADD = libnet.a libbase.a $(NETTLE_LIBS)
tests_fuzz_fuzz_imap_store_SOURCES = tests/fuzz/driver.c $(fuzz_imap_store)
tests_fuzz_fuzz_imap_store_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS=\"imap_store\"
tests_fuzz_fuzz_imap_store_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_fuzz_fuzz_imap_store_LDADD = $(STORE_LIBS)

if FUZZING
FUZZERS = \
	tests/fuzz/libfuzzer_imap_resp \
	tests/fuzz/libfuzzer_imap_store
EXTRA_PROGRAMS += $(FUZZERS)

tests_fuzz_libfuzzer_imap_resp_SOURCES = $(fuzz_imap_resp)
tests_fuzz_libfuzzer_imap_resp_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_fuzz_libfuzzer_imap_resp_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_libfuzzer_imap_resp_LDADD = libnet.a libbase.a $(NETTLE_LIBS)
tests_fuzz_libfuzzer_imap_store_SOURCES = $(fuzz_imap_store)
tests_fuzz_libfuzzer_imap_store_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_fuzz_libfuzzer_imap_store_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_libfuzzer_imap_store_LDADD = $(STORE_LIBS)
endif

.PHONY: fuzz
fuzz: $(FUZZERS)

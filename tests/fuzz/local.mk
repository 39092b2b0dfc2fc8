# SPDX-License-Identifier: GPL-2.0-or-later
# Each target runs over its corpus in "make check", by driver.c. With
# configure --enable-fuzzing (and CC=clang) "make fuzz" builds it for libFuzzer
# as well; then, with D a folder for what is found:
#
#	tests/fuzz/libfuzzer_imap_resp D $(srcdir)/tests/fuzz/corpus/imap_resp
EXTRA_DIST += tests/fuzz/corpus

FUZZ_TESTS = \
	tests/fuzz/fuzz_ctl \
	tests/fuzz/fuzz_folder_name \
	tests/fuzz/fuzz_imap_resp \
	tests/fuzz/fuzz_imap_store \
	tests/fuzz/fuzz_imap_utf7 \
	tests/fuzz/fuzz_maildir_keywords \
	tests/fuzz/fuzz_maildir_name \
	tests/fuzz/fuzz_netrc \
	tests/fuzz/fuzz_settings
check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)

FUZZ_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
fuzz_driver = tests/fuzz/driver.c tests/fuzz/fuzz.h
fuzz_dir = tests/fuzz/fuzz_dir.c tests/unit/tmpdir.c tests/unit/tmpdir.h

fuzz_ctl = tests/fuzz/fuzz_ctl.c $(fuzz_dir)
fuzz_ctl_libs = libctl.a libevent.a libbase.a $(NETTLE_LIBS)
fuzz_folder_name = tests/fuzz/fuzz_folder_name.c
fuzz_folder_name_libs = libstore.a libmaildir.a libbase.a $(NETTLE_LIBS)
fuzz_imap_resp = tests/fuzz/fuzz_imap_resp.c
fuzz_imap_resp_libs = libnet.a libbase.a $(NETTLE_LIBS)
fuzz_imap_store = tests/fuzz/fuzz_imap_store.c
fuzz_imap_store_libs = $(STORE_LIBS)
fuzz_imap_utf7 = tests/fuzz/fuzz_imap_utf7.c
fuzz_imap_utf7_libs = libbase.a $(NETTLE_LIBS)
fuzz_maildir_keywords = tests/fuzz/fuzz_maildir_keywords.c $(fuzz_dir)
fuzz_maildir_keywords_libs = libmaildir.a libbase.a $(NETTLE_LIBS)
fuzz_maildir_name = tests/fuzz/fuzz_maildir_name.c
fuzz_maildir_name_libs = libmaildir.a libbase.a $(NETTLE_LIBS)
fuzz_netrc = tests/fuzz/fuzz_netrc.c
fuzz_netrc_libs = libsettings.a libbase.a $(NETTLE_LIBS)
fuzz_settings = tests/fuzz/fuzz_settings.c $(fuzz_dir)
fuzz_settings_libs = $(SETTINGS_LIBS)

tests_fuzz_fuzz_ctl_SOURCES = $(fuzz_driver) $(fuzz_ctl)
tests_fuzz_fuzz_ctl_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_ctl_LDADD = $(fuzz_ctl_libs)
tests_fuzz_fuzz_folder_name_SOURCES = $(fuzz_driver) $(fuzz_folder_name)
tests_fuzz_fuzz_folder_name_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_folder_name_LDADD = $(fuzz_folder_name_libs)
tests_fuzz_fuzz_imap_resp_SOURCES = $(fuzz_driver) $(fuzz_imap_resp)
tests_fuzz_fuzz_imap_resp_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_imap_resp_LDADD = $(fuzz_imap_resp_libs)
tests_fuzz_fuzz_imap_store_SOURCES = $(fuzz_driver) $(fuzz_imap_store)
tests_fuzz_fuzz_imap_store_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_imap_store_LDADD = $(fuzz_imap_store_libs)
tests_fuzz_fuzz_imap_utf7_SOURCES = $(fuzz_driver) $(fuzz_imap_utf7)
tests_fuzz_fuzz_imap_utf7_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_imap_utf7_LDADD = $(fuzz_imap_utf7_libs)
tests_fuzz_fuzz_maildir_keywords_SOURCES = $(fuzz_driver) $(fuzz_maildir_keywords)
tests_fuzz_fuzz_maildir_keywords_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_maildir_keywords_LDADD = $(fuzz_maildir_keywords_libs)
tests_fuzz_fuzz_maildir_name_SOURCES = $(fuzz_driver) $(fuzz_maildir_name)
tests_fuzz_fuzz_maildir_name_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_maildir_name_LDADD = $(fuzz_maildir_name_libs)
tests_fuzz_fuzz_netrc_SOURCES = $(fuzz_driver) $(fuzz_netrc)
tests_fuzz_fuzz_netrc_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_netrc_LDADD = $(fuzz_netrc_libs)
tests_fuzz_fuzz_settings_SOURCES = $(fuzz_driver) $(fuzz_settings)
tests_fuzz_fuzz_settings_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_settings_LDADD = $(fuzz_settings_libs)

if FUZZING
FUZZERS = \
	tests/fuzz/libfuzzer_ctl \
	tests/fuzz/libfuzzer_folder_name \
	tests/fuzz/libfuzzer_imap_resp \
	tests/fuzz/libfuzzer_imap_store \
	tests/fuzz/libfuzzer_imap_utf7 \
	tests/fuzz/libfuzzer_maildir_keywords \
	tests/fuzz/libfuzzer_maildir_name \
	tests/fuzz/libfuzzer_netrc \
	tests/fuzz/libfuzzer_settings
EXTRA_PROGRAMS += $(FUZZERS)
fuzzer_flags = $(AM_LDFLAGS) -fsanitize=fuzzer

tests_fuzz_libfuzzer_ctl_SOURCES = $(fuzz_ctl)
tests_fuzz_libfuzzer_ctl_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_ctl_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_ctl_LDADD = $(fuzz_ctl_libs)
tests_fuzz_libfuzzer_folder_name_SOURCES = $(fuzz_folder_name)
tests_fuzz_libfuzzer_folder_name_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_folder_name_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_folder_name_LDADD = $(fuzz_folder_name_libs)
tests_fuzz_libfuzzer_imap_resp_SOURCES = $(fuzz_imap_resp)
tests_fuzz_libfuzzer_imap_resp_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_imap_resp_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_imap_resp_LDADD = $(fuzz_imap_resp_libs)
tests_fuzz_libfuzzer_imap_store_SOURCES = $(fuzz_imap_store)
tests_fuzz_libfuzzer_imap_store_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_imap_store_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_imap_store_LDADD = $(fuzz_imap_store_libs)
tests_fuzz_libfuzzer_imap_utf7_SOURCES = $(fuzz_imap_utf7)
tests_fuzz_libfuzzer_imap_utf7_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_imap_utf7_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_imap_utf7_LDADD = $(fuzz_imap_utf7_libs)
tests_fuzz_libfuzzer_maildir_keywords_SOURCES = $(fuzz_maildir_keywords)
tests_fuzz_libfuzzer_maildir_keywords_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_maildir_keywords_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_maildir_keywords_LDADD = $(fuzz_maildir_keywords_libs)
tests_fuzz_libfuzzer_maildir_name_SOURCES = $(fuzz_maildir_name)
tests_fuzz_libfuzzer_maildir_name_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_maildir_name_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_maildir_name_LDADD = $(fuzz_maildir_name_libs)
tests_fuzz_libfuzzer_netrc_SOURCES = $(fuzz_netrc)
tests_fuzz_libfuzzer_netrc_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_netrc_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_netrc_LDADD = $(fuzz_netrc_libs)
tests_fuzz_libfuzzer_settings_SOURCES = $(fuzz_settings)
tests_fuzz_libfuzzer_settings_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_libfuzzer_settings_LDFLAGS = $(fuzzer_flags)
tests_fuzz_libfuzzer_settings_LDADD = $(fuzz_settings_libs)
endif

.PHONY: fuzz
fuzz: $(FUZZERS)

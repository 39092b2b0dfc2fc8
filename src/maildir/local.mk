noinst_LIBRARIES += libmaildir.a
libmaildir_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libmaildir_a_SOURCES =
MAILDIR_LIBS = libmaildir.a libbase.a $(NETTLE_LIBS)

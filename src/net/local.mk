noinst_LIBRARIES += libnet.a
libnet_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS) $(GNUTLS_CFLAGS) $(GSASL_CFLAGS) $(ZLIB_CFLAGS) \
	$(IDN2_CFLAGS)
libnet_a_SOURCES = \
	src/net/child.c src/net/child.h \
	src/net/command.c src/net/command.h \
	src/net/connect.c src/net/connect.h \
	src/net/deflate.c src/net/deflate.h \
	src/net/fingerprint.c src/net/fingerprint.h \
	src/net/host.c src/net/host.h \
	src/net/sasl.c src/net/sasl.h \
	src/net/sasl_mechanism.c src/net/sasl_mechanism.h \
	src/net/scram.c src/net/scram.h \
	src/net/stream.c src/net/stream.h \
	src/net/stream_socket.c src/net/stream_socket.h \
	src/net/tickets.c src/net/tickets.h \
	src/net/tls.c src/net/tls.h
NET_LIBS = libnet.a libbase.a $(GNUTLS_LIBS) $(GSASL_LIBS) $(ZLIB_LIBS) \
	$(IDN2_LIBS) $(NETTLE_LIBS)
libnet_a_SOURCES += \
	src/net/imap_atoms.c src/net/imap_atoms.h \
	src/net/imap_cmd.c src/net/imap_cmd.h \
	src/net/imap_date.c src/net/imap_date.h \
	src/net/imap_extension.c src/net/imap_extension.h \
	src/net/imap_folder.c src/net/imap_folder.h \
	src/net/imap_lex.c src/net/imap_lex.h \
	src/net/imap_message.c src/net/imap_message.h \
	src/net/imap_pending.c src/net/imap_pending.h \
	src/net/imap_resp.c src/net/imap_resp.h \
	src/net/imap_resp_code.c \
	src/net/imap_resp_fetch.c \
	src/net/imap_resp_private.h \
	src/net/imap_session.c src/net/imap_session.h \
	src/net/imap_session_login.c \
	src/net/imap_session_private.h \
	src/net/imap_set.c src/net/imap_set.h \
	src/net/imap_names.c src/net/imap_names.h \
	src/net/imap_watch.c src/net/imap_watch.h

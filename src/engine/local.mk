# SPDX-License-Identifier: GPL-2.0-or-later
# The engine's rooms, from the ground up: each links only what is before it.
noinst_LIBRARIES += libevent.a
libevent_a_SOURCES = src/engine/event.c src/engine/event.h \
	src/engine/request.c src/engine/request.h src/engine/engine.h
include src/engine/plan/local.mk
include src/engine/settings/local.mk
include src/engine/store/local.mk
include src/engine/status/local.mk
include src/engine/sync/local.mk
include src/engine/watch/local.mk
include src/engine/ctl/local.mk
include src/engine/control/local.mk
STORE_LIBS = libstore_imap.a libstore_maildir.a libstore.a libplan.a \
	libsettings.a libnet.a libmaildir.a libbase.a $(LIBCONFIG_LIBS) \
	$(PCRE2_LIBS) $(GNUTLS_LIBS) $(GSASL_LIBS) $(ZLIB_LIBS) $(IDN2_LIBS) \
	$(NETTLE_LIBS)
ENGINE_LIBS = libcontrol.a libctl.a libwatch.a libsync.a libevent.a \
	libstatus.a $(STORE_LIBS) $(SQLITE_LIBS)

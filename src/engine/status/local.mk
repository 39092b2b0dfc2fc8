# SPDX-License-Identifier: GPL-2.0-or-later
# The status database.
noinst_LIBRARIES += libstatus.a
libstatus_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS) $(SQLITE_CFLAGS)
libstatus_a_SOURCES = \
	src/engine/status/db.c src/engine/status/db.h \
	src/engine/status/status_account.c \
	src/engine/status/status.c src/engine/status/status.h \
	src/engine/status/status_private.h \
	src/engine/status/status_intent.c \
	src/engine/status/status_open.c \
	src/engine/status/status_pair.c \
	src/engine/status/status_refused.c \
	src/engine/status/status_sql.c
STATUS_LIBS = libstatus.a libstore.a libplan.a libbase.a $(SQLITE_LIBS) \
	$(NETTLE_LIBS)

# SPDX-License-Identifier: GPL-2.0-or-later
# The threads, the schedule, and the accounts.
noinst_LIBRARIES += libcontrol.a
libcontrol_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libcontrol_a_SOURCES = \
	src/engine/control/account.c src/engine/control/account.h \
	src/engine/control/account_lanes.c \
	src/engine/control/account_private.h \
	src/engine/control/control.c \
	src/engine/control/engine.c \
	src/engine/control/engine_private.h \
	src/engine/control/hooks.c src/engine/control/hooks.h \
	src/engine/control/info.c \
	src/engine/control/notify.c src/engine/control/notify.h \
	src/engine/control/pool.c \
	src/engine/control/reset.c \
	src/engine/control/schedule.c src/engine/control/schedule.h

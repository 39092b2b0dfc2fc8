# SPDX-License-Identifier: GPL-2.0-or-later
# The control socket, both ends.
noinst_LIBRARIES += libctl.a
libctl_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libctl_a_SOURCES = \
	src/engine/ctl/ctl.c src/engine/ctl/ctl.h \
	src/engine/ctl/ctl_client.c src/engine/ctl/ctl_client.h \
	src/engine/ctl/ctl_request.c src/engine/ctl/ctl_request.h \
	src/engine/ctl/ctl_socket.c src/engine/ctl/ctl_socket.h \
	src/engine/ctl/ctl_status.c src/engine/ctl/ctl_status.h \
	src/engine/ctl/ctl_target.c src/engine/ctl/ctl_target.h
CTL_LIBS = libctl.a libevent.a libbase.a

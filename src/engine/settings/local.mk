# SPDX-License-Identifier: GPL-2.0-or-later
# The configuration, and secrets.
noinst_LIBRARIES += libsettings.a
libsettings_a_CFLAGS = $(AM_CFLAGS) $(LIBCONFIG_CFLAGS) $(PCRE2_CFLAGS)
libsettings_a_SOURCES = \
	src/engine/settings/credentials.c src/engine/settings/credentials.h \
	src/engine/settings/nametrans.c src/engine/settings/nametrans.h \
	src/engine/settings/netrc.c src/engine/settings/netrc.h \
	src/engine/settings/passcmd.c src/engine/settings/passcmd.h \
	src/engine/settings/settings.c src/engine/settings/settings.h \
	src/engine/settings/settings_check.c \
	src/engine/settings/settings_keys.c \
	src/engine/settings/settings_node.c src/engine/settings/settings_node.h \
	src/engine/settings/settings_private.h \
	src/engine/settings/settings_path.c \
	src/engine/settings/settings_text.c \
	src/engine/settings/settings_value.c src/engine/settings/settings_value.h
SETTINGS_LIBS = libsettings.a libnet.a libbase.a $(LIBCONFIG_LIBS) $(PCRE2_LIBS) \
	$(NETTLE_LIBS)

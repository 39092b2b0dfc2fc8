# SPDX-License-Identifier: GPL-2.0-or-later
bin_PROGRAMS += blinkmail
blinkmail_SOURCES = src/main.c
blinkmail_LDADD = $(UI_LIBS) $(ENGINE_LIBS)

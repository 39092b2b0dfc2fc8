# SPDX-License-Identifier: GPL-2.0-or-later
# What is pure: it links with base alone, which proves it.
noinst_LIBRARIES += libplan.a
libplan_a_CFLAGS = $(AM_CFLAGS)
libplan_a_SOURCES = \
	src/engine/plan/brake.c \
	src/engine/plan/hold.h \
	src/engine/plan/plan.c src/engine/plan/plan.h \
	src/engine/plan/plan_join.c src/engine/plan/plan_private.h \
	src/engine/plan/snapshot.c src/engine/plan/snapshot.h
PLAN_LIBS = libplan.a libbase.a $(NETTLE_LIBS)

# SPDX-License-Identifier: GPL-2.0-or-later
# Where systemd looks for units: below /usr, /usr/local and ~/.local
# (systemd.unit(5)).
systemduserunitdir = $(datadir)/systemd/user
nodist_systemduserunit_DATA = contrib/systemd/blinkmail.service
EXTRA_DIST += contrib/systemd/blinkmail.service.in
CLEANFILES += contrib/systemd/blinkmail.service

contrib/systemd/blinkmail.service: contrib/systemd/blinkmail.service.in
	@$(MKDIR_P) contrib/systemd
	$(AM_V_GEN)sed 's|@bindir[@]|$(bindir)|' \
	    '$(srcdir)/contrib/systemd/blinkmail.service.in' >'$@'

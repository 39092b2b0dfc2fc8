# SPDX-License-Identifier: GPL-2.0-or-later
dist_man_MANS += man/blinkmail.1 man/blinkmail.conf.5

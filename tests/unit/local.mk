# SPDX-License-Identifier: GPL-2.0-or-later
# Each area has its own list, so that each stands by itself.
include tests/unit/base.mk
include tests/unit/net.mk
include tests/unit/imap.mk
include tests/unit/maildir.mk
include tests/unit/plan.mk
include tests/unit/status.mk
include tests/unit/settings.mk
include tests/unit/engine.mk
include tests/unit/ui.mk

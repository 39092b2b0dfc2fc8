# SPDX-License-Identifier: GPL-2.0-or-later
# "make bench" compares with a raw fetch and with mbsync, and measures what
# Blinkenlights costs; BENCH=quick is smaller, BENCH="--offlineimap" adds
# OfflineIMAP (slow).

EXTRA_PROGRAMS += tests/bench/rawfetch tests/bench/relay
tests_bench_rawfetch_SOURCES = tests/bench/rawfetch.c
tests_bench_relay_SOURCES = tests/bench/relay.c
CLEANFILES += tests/bench/rawfetch tests/bench/relay
EXTRA_DIST += tests/bench/bench.py tests/bench/pair.py tests/bench/push.py \
	tests/bench/ui.py

bench: blinkmail tests/bench/rawfetch tests/bench/relay
	/usr/bin/python3 -B $(srcdir)/tests/bench/bench.py \
	    $(BENCH:quick=--quick) $(abs_builddir)
	/usr/bin/python3 -B $(srcdir)/tests/bench/pair.py \
	    $(filter --quick,$(BENCH:quick=--quick)) $(abs_builddir)
	/usr/bin/python3 -B $(srcdir)/tests/bench/push.py \
	    $(filter --quick,$(BENCH:quick=--quick)) $(abs_builddir)
	/usr/bin/python3 -B $(srcdir)/tests/bench/ui.py \
	    $(filter --quick,$(BENCH:quick=--quick)) $(abs_builddir)

# One of them alone: what pairing by content costs, how soon news is on the other
# side, what Blinkenlights costs.
bench-pair bench-push bench-ui: blinkmail
	/usr/bin/python3 -B $(srcdir)/tests/bench/$(@:bench-%=%).py \
	    $(filter --quick,$(BENCH:quick=--quick)) $(abs_builddir)
.PHONY: bench bench-pair bench-push bench-ui

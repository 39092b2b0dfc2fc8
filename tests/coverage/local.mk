# SPDX-License-Identifier: GPL-2.0-or-later
# "make coverage" prints how many lines of each room the unit tests, the
# simulation and the fuzz corpora run; COVERAGE=all counts the integration tests,
# too. It copies the sources to the folder "coverage" and builds them there
# with gcc, whose gcov counts.
EXTRA_DIST += tests/coverage/coverage.py

coverage_tests = $(filter-out tests/lint.py tests/manual.py $(ANALYSE) \
	$(INTEGRATION_TESTS),$(TESTS)) $(COVERAGE:all=$(INTEGRATION_TESTS))

coverage:
	$(MAKE) distdir distdir=coverage
	cd coverage && ./configure CC=gcc LDFLAGS=--coverage \
	    CFLAGS="-O0 -g -w --coverage -fprofile-update=atomic" >configure.log
	cd coverage && \
	    $(MAKE) check TESTS="$(coverage_tests)" >check.log 2>&1 || \
	    { grep -E '^(FAIL|ERROR)' check.log; exit 1; }
	/usr/bin/python3 -B $(srcdir)/tests/coverage/coverage.py coverage
.PHONY: coverage

clean-local:
	rm -rf coverage

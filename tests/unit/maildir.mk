# maildir: check_PROGRAMS, TESTS and sources

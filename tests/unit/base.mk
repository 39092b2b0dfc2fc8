# base: check_PROGRAMS, TESTS and sources

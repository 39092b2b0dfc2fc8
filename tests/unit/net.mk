# net: check_PROGRAMS, TESTS and sources

# settings: check_PROGRAMS, TESTS and sources

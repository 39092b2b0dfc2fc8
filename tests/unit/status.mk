# status: check_PROGRAMS, TESTS and sources

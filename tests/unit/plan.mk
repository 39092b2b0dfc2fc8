# plan: check_PROGRAMS, TESTS and sources

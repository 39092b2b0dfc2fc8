# imap: check_PROGRAMS, TESTS and sources

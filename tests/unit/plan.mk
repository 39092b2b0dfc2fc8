# plan: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
PLAN_TESTS = tests/unit/t_deletions tests/unit/t_plan tests/unit/t_poison \
	tests/unit/t_schedule
check_PROGRAMS += $(PLAN_TESTS)
TESTS += $(PLAN_TESTS)

tests_unit_t_deletions_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_deletions_LDADD = $(SYNC_LIBS) $(TEST_LIBS)
tests_unit_t_plan_SOURCES = tests/unit/t_plan.c tests/unit/rng.h \
	tests/unit/plan_model.c tests/unit/plan_model.h
tests_unit_t_plan_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_plan_LDADD = libplan.a $(TEST_LIBS)
tests_unit_t_poison_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_poison_LDADD = $(SYNC_LIBS) $(TEST_LIBS)
tests_unit_t_schedule_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_schedule_LDADD = libcontrol.a libevent.a $(TEST_LIBS)
endif

noinst_LIBRARIES += libui.a
libui_a_SOURCES = \
	src/ui/ask.c src/ui/ask.h \
	src/ui/json.c src/ui/json.h \
	src/ui/lines.c src/ui/lines.h \
	src/ui/options.c src/ui/options.h \
	src/ui/progress.c src/ui/progress.h \
	src/ui/ui.c src/ui/ui.h

noinst_LIBRARIES += libui.a
libui_a_CFLAGS = $(AM_CFLAGS) $(NCURSES_CFLAGS)
libui_a_SOURCES = \
	src/ui/ask.c src/ui/ask.h \
	src/ui/blink.c src/ui/blink.h \
	src/ui/canvas.c src/ui/canvas.h \
	src/ui/hangup.c src/ui/hangup.h \
	src/ui/json.c src/ui/json.h \
	src/ui/lines.c src/ui/lines.h \
	src/ui/model.c src/ui/model.h \
	src/ui/options.c src/ui/options.h \
	src/ui/progress.c src/ui/progress.h \
	src/ui/term.c src/ui/term.h \
	src/ui/trouble.c src/ui/trouble.h \
	src/ui/ui.c src/ui/ui.h \
	src/ui/view.c src/ui/view.h

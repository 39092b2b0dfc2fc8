noinst_LIBRARIES += libui.a
libui_a_CFLAGS = $(AM_CFLAGS) $(NCURSES_CFLAGS)
libui_a_SOURCES = \
	src/ui/ask.c src/ui/ask.h \
	src/ui/blink.c src/ui/blink.h \
	src/ui/blink_ask.c src/ui/blink_private.h \
	src/ui/canvas.c src/ui/canvas.h \
	src/ui/folders.c src/ui/folders.h \
	src/ui/hangup.c src/ui/hangup.h \
	src/ui/json.c src/ui/json.h \
	src/ui/kept.c src/ui/kept.h \
	src/ui/keys.c src/ui/keys.h \
	src/ui/lines.c src/ui/lines.h \
	src/ui/model.c src/ui/model.h src/ui/model_log.c \
	src/ui/options.c src/ui/options.h \
	src/ui/output.c src/ui/output.h \
	src/ui/progress.c src/ui/progress.h \
	src/ui/prompt.c src/ui/prompt.h \
	src/ui/scheme.c src/ui/scheme.h \
	src/ui/speed.c src/ui/speed.h \
	src/ui/term.c src/ui/term.h \
	src/ui/trouble.c src/ui/trouble.h \
	src/ui/ui.c src/ui/ui.h \
	src/ui/view.c src/ui/view.h src/ui/view_private.h \
	src/ui/view_account.c src/ui/view_help.c src/ui/view_log.c \
	src/ui/view_numbers.c src/ui/view_rows.c

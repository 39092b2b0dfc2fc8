bin_PROGRAMS += blinkmail
blinkmail_SOURCES = src/main.c
blinkmail_LDADD = libui.a $(ENGINE_LIBS) $(NCURSES_LIBS)

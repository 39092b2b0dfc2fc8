/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal: keys in, pictures out, with curses. */
#include "config.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/xalloc.h"
#include "ui/screen/term.h"

#define KEY_WAIT_MS 25 /* between ESC and the rest of a key's sequence */

struct terminal {
	SCREEN *screen;
	enum scheme scheme;
	int colours; /* how many; 0: none, or not wanted */
	bool utf8, blocks;
	bool cursor;	     /* it can be seen */
	int next;	     /* a key that was read too early, or TERM_NONE */
	struct canvas shown; /* what was drawn last */
};

/* What gives the terminal back, prepared for a handler, which may call next to
 * nothing. */
static struct {
	struct termios mode;
	char text[256];
	size_t len;
} give_back;

static void
crashed(int sig)
{
	ssize_t n;

	n = write(STDOUT_FILENO, give_back.text, give_back.len);
	(void)n;
	tcsetattr(STDIN_FILENO, TCSANOW, &give_back.mode);
	raise(sig); /* SA_RESETHAND: now it ends the program */
}

static void
crash_prepare(void)
{
	/* All that end a program by themselves; those that are read from a
	 * descriptor are blocked and never come here. */
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
		SIGTRAP, SIGSYS, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU,
		SIGIO, SIGPIPE };
	const char *const parts[] = { exit_attribute_mode, cursor_normal,
		keypad_local, exit_ca_mode };
	struct sigaction sa = { 0 }, old;
	size_t i, n;

	give_back.len = 0; /* it may be opened again */
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		n = parts[i] == NULL ? 0 : strlen(parts[i]);
		if (give_back.len + n > sizeof(give_back.text))
			continue;
		memcpy(give_back.text + give_back.len,
		    parts[i] == NULL ? "" : parts[i], n);
		give_back.len += n;
	}
	sa.sa_handler = crashed;
	sa.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		/* What is ignored stays so: SIGPIPE is, and SIGXFSZ. */
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

bool
term_possible(void)
{
	const char *name = getenv("TERM");
	int status;
	bool can;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || name == NULL ||
	    setupterm(name, STDOUT_FILENO, &status) != OK)
		return false;
	can = cursor_address != NULL;
	del_curterm(cur_term);
	return can;
}

/* Roles have a pair of colours in each scheme that has colours. */
static short
pair_of(enum scheme scheme, enum role role)
{
	return (short)(1 + (int)scheme * ROLES + (int)role);
}

static void
colours_set(struct terminal *t)
{
	const char *none = getenv("NO_COLOR");
	unsigned scheme, role;
	struct look look;

	if ((none != NULL && none[0] != '\0') || !has_colors() ||
	    start_color() != OK || use_default_colors() != OK || COLORS < 8 ||
	    COLOR_PAIRS <= pair_of(SCHEME_MONO, 0))
		return;
	t->colours = COLORS;
	for (scheme = 0; scheme < SCHEME_MONO; scheme++)
		for (role = 0; role < ROLES; role++) {
			look = scheme_look(scheme, role, t->colours);
			init_pair(pair_of(scheme, role), look.colour, -1);
		}
}

/* The fonts of consoles lack most blocks. */
static bool
blocks_possible(const struct terminal *t)
{
	const char *name = getenv("TERM");

	return t->utf8 && name != NULL && strncmp(name, "linux", 5) != 0 &&
	       strcmp(name, "dumb") != 0;
}

int
term_open(struct terminal **out, enum scheme scheme, struct err *e)
{
	struct terminal *t = xcalloc(1, sizeof(*t));

	if (tcgetattr(STDIN_FILENO, &give_back.mode) == -1 ||
	    (t->screen = newterm(NULL, stdout, stdin)) == NULL) {
		free(t);
		return err_set(e, ERR_ALL, "the terminal cannot be used");
	}
	crash_prepare();
	t->scheme = scheme;
	t->next = TERM_NONE;
	t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	t->blocks = blocks_possible(t);
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(KEY_WAIT_MS);
	curs_set(0);
	colours_set(t);
	*out = t;
	return 0;
}

void
term_close(struct terminal *t)
{
	if (t == NULL)
		return;
	endwin();
	delscreen(t->screen);
	canvas_free(&t->shown);
	free(t);
}

bool
term_has_colours(const struct terminal *t)
{
	return t->colours > 0 && t->scheme != SCHEME_MONO;
}

bool
term_has_blocks(const struct terminal *t)
{
	return t->blocks;
}

void
term_scheme(struct terminal *t, enum scheme scheme)
{
	t->scheme = scheme;
	canvas_free(&t->shown); /* each cell looks different now */
}

void
term_suspend(struct terminal *t)
{
	(void)t;
	endwin();
}

void
term_resume(struct terminal *t)
{
	reset_prog_mode();
	refresh();
	curs_set(t->cursor);
}

void
term_size(struct terminal *t, unsigned *width, unsigned *height)
{
	struct winsize w;

	(void)t;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 &&
	    w.ws_row > 0 && (w.ws_col != COLS || w.ws_row != LINES))
		resizeterm(w.ws_row, w.ws_col);
	*width = (unsigned)COLS;
	*height = (unsigned)LINES;
}

static attr_t
attr_of(struct look look)
{
	return (look.attr & LOOK_BOLD ? A_BOLD : A_NORMAL) |
	       (look.attr & LOOK_DIM ? A_DIM : A_NORMAL) |
	       (look.attr & LOOK_REVERSE ? A_REVERSE : A_NORMAL) |
	       (look.attr & LOOK_UNDERLINE ? A_UNDERLINE : A_NORMAL);
}

static void
cell_draw(const struct terminal *t, const struct cell *cell)
{
	struct look look = scheme_look(t->scheme, cell->role, t->colours);
	short pair = term_has_colours(t) ? pair_of(t->scheme, cell->role) : 0;
	wchar_t text[CELL_BYTES];
	cchar_t ch;
	size_t n;

	n = t->utf8 || (unsigned char)cell->text[0] < 0x80
		? mbstowcs(text, cell->text, CELL_BYTES - 1)
		: (size_t)-1;
	if (n == (size_t)-1 || n == 0) {
		text[0] = L'?';
		n = 1;
	}
	/* A cell has room for so many characters. */
	text[n < CCHARW_MAX ? n : CCHARW_MAX - 1] = L'\0';
	setcchar(&ch, text, attr_of(look), pair, NULL);
	add_wch(&ch);
}

static void
line_draw(struct terminal *t, const struct canvas *c, unsigned y)
{
	const struct cell *cell = canvas_at(c, 0, y);
	struct cell *old = canvas_at(&t->shown, 0, y);
	unsigned x;

	if (memcmp(cell, old, c->width * sizeof(*cell)) == 0)
		return;
	for (x = 0; x < c->width; x++)
		if (cell[x].text[0] != '\0' &&
		    memcmp(&cell[x], &old[x], sizeof(*cell)) != 0) {
			move((int)y, (int)x);
			cell_draw(t, &cell[x]);
		}
	memcpy(old, cell, c->width * sizeof(*cell));
}

void
term_draw(struct terminal *t, const struct canvas *c, bool all)
{
	unsigned y;

	if (all || c->width != t->shown.width || c->height != t->shown.height) {
		/* Terminals differ in what they do to the text when they are
		 * resized. */
		canvas_clear(&t->shown, c->width, c->height);
		erase();
		clearok(stdscr, TRUE);
	}
	for (y = 0; y < c->height; y++)
		line_draw(t, c, y);
	if (t->cursor != (c->cursor_x >= 0)) {
		t->cursor = c->cursor_x >= 0;
		curs_set(t->cursor);
	}
	leaveok(stdscr, !t->cursor);
	if (t->cursor)
		move(c->cursor_y, c->cursor_x);
	refresh();
}

static int
key_of(wint_t ch)
{
	switch (ch) {
	case KEY_UP:
		return TERM_UP;
	case KEY_DOWN:
		return TERM_DOWN;
	case KEY_LEFT:
		return TERM_LEFT;
	case KEY_RIGHT:
		return TERM_RIGHT;
	case KEY_DC:
		return TERM_DELETE;
	case KEY_PPAGE:
		return TERM_PAGE_UP;
	case KEY_NPAGE:
		return TERM_PAGE_DOWN;
	case KEY_HOME:
		return TERM_HOME;
	case KEY_END:
		return TERM_END;
	case KEY_BACKSPACE:
		return TERM_BACKSPACE;
	case KEY_ENTER:
		return TERM_ENTER;
	default:
		return TERM_OTHER;
	}
}

static int
key_read(void)
{
	wint_t ch;
	int rc;

	errno = 0;
	rc = get_wch(&ch);
	if (rc == ERR)
		return errno == EIO ? TERM_CLOSED : TERM_NONE;
	if (rc == KEY_CODE_YES)
		return key_of(ch);
	if (ch == '\r' || ch == '\n')
		return TERM_ENTER;
	if (ch == 0x7f || ch == '\b')
		return TERM_BACKSPACE;
	return (int)ch;
}

/* The rest of a sequence that curses does not know (ECMA-48, 5.4): its
 * letters and digits are no keys. */
static void
sequence_skip(void)
{
	int key;

	do
		key = key_read();
	while (key >= 0x20 && key < 0x40);
}

int
term_key(struct terminal *t)
{
	int key = t->next;

	t->next = TERM_NONE;
	if (key == TERM_NONE)
		key = key_read();
	if (key != TERM_ESCAPE)
		return key;
	/* What comes together with ESC was typed with Alt, unless it is a key
	 * that has a sequence of its own. */
	key = key_read();
	if (key == TERM_NONE || key == TERM_ESCAPE ||
	    (key >= TERM_UP && key != TERM_ENTER && key != TERM_BACKSPACE)) {
		t->next = key;
		return TERM_ESCAPE;
	}
	if (key == '[' || key == 'O')
		sequence_skip();
	return TERM_OTHER;
}

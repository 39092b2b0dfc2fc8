/* SPDX-License-Identifier: GPL-2.0-or-later */
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
#include "ui/term.h"

#define KEY_WAIT_MS 25 /* between ESC and the rest of a key's sequence */

struct terminal {
	SCREEN *screen;
	bool colours;
	bool utf8;
};

static const struct {
	short colour; /* -1: the terminal's own */
	attr_t attr;
} looks[ROLES] = {
	[ROLE_PLAIN] = { -1, A_NORMAL },
	[ROLE_TITLE] = { -1, A_BOLD },
	[ROLE_DIM] = { -1, A_DIM },
	[ROLE_SELECTED] = { -1, A_REVERSE },
	[ROLE_ACCOUNT] = { COLOR_MAGENTA, A_NORMAL },
	[ROLE_CONNECT] = { COLOR_WHITE, A_BOLD },
	[ROLE_FOLDERS] = { COLOR_BLUE, A_NORMAL },
	[ROLE_SYNC] = { COLOR_CYAN, A_NORMAL },
	[ROLE_LIST] = { COLOR_GREEN, A_NORMAL },
	[ROLE_COPY] = { COLOR_YELLOW, A_NORMAL },
	[ROLE_FLAGS_ADD] = { COLOR_YELLOW, A_BOLD },
	[ROLE_FLAGS_DEL] = { COLOR_RED, A_BOLD },
	[ROLE_DELETE] = { COLOR_RED, A_NORMAL },
	[ROLE_WAIT] = { COLOR_RED, A_NORMAL },
	[ROLE_TROUBLE] = { COLOR_RED, A_BOLD },
};

/* --- a crash ---------------------------------------------------------------
 */

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
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
		SIGABRT };
	const char *const parts[] = { exit_attribute_mode, cursor_normal,
		keypad_local, exit_ca_mode };
	struct sigaction sa = { 0 };
	size_t i, n;

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
		sigaction(signals[i], &sa, NULL);
}

/* --- open and close --------------------------------------------------------
 */

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

static void
colours_set(struct terminal *t)
{
	const char *none = getenv("NO_COLOR");
	short role;

	t->colours = has_colors() && (none == NULL || none[0] == '\0') &&
		     start_color() == OK && use_default_colors() == OK;
	if (!t->colours)
		return;
	for (role = 0; role < ROLES; role++)
		init_pair((short)(role + 1), looks[role].colour, -1);
}

int
term_open(struct terminal **out, struct err *e)
{
	struct terminal *t = xcalloc(1, sizeof(*t));

	if (tcgetattr(STDIN_FILENO, &give_back.mode) == -1 ||
	    (t->screen = newterm(NULL, stdout, stdin)) == NULL) {
		free(t);
		return err_set(e, ERR_ALL, "the terminal cannot be used");
	}
	crash_prepare();
	t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
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
	free(t);
}

bool
term_has_colours(const struct terminal *t)
{
	return t->colours;
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
	(void)t;
	reset_prog_mode();
	clearok(stdscr, TRUE);
	refresh();
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

/* --- draw ------------------------------------------------------------------
 */

static void
cell_draw(const struct terminal *t, const struct cell *cell)
{
	attr_t attr = looks[cell->role].attr;
	short pair = t->colours ? (short)(cell->role + 1) : 0;
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
	setcchar(&ch, text, attr, pair, NULL);
	add_wch(&ch);
}

void
term_draw(struct terminal *t, const struct canvas *c, bool all)
{
	const struct cell *cell;
	unsigned x, y;

	erase();
	for (y = 0; y < c->height; y++)
		for (x = 0; x < c->width; x++) {
			cell = canvas_at(c, x, y);
			if (cell->text[0] == '\0' ||
			    (cell->role == ROLE_PLAIN &&
				strcmp(cell->text, " ") == 0))
				continue;
			move((int)y, (int)x);
			cell_draw(t, cell);
		}
	curs_set(c->cursor_x >= 0);
	if (c->cursor_x >= 0)
		move(c->cursor_y, c->cursor_x);
	if (all)
		clearok(stdscr, TRUE);
	refresh();
}

/* --- keys ------------------------------------------------------------------
 */

static int
key_of(wint_t ch)
{
	switch (ch) {
	case KEY_UP:
		return TERM_UP;
	case KEY_DOWN:
		return TERM_DOWN;
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

int
term_key(struct terminal *t)
{
	wint_t ch;
	int rc;

	(void)t;
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

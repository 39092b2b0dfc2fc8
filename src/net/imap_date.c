/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INTERNALDATE to seconds and back. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "net/imap_atoms.h"
#include "net/imap_date.h"

#define DAY 86400
#define FIRST_SECOND INT64_C(-62135596800) /* 1 January of the year 1 */
#define LAST_SECOND INT64_C(253402300799)  /* 31 December 9999 */

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* Days since the epoch of a date in the Gregorian calendar. The year is taken
 * to begin in March, so that the leap day is its last. */
static int64_t
days_from_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y, m;

	y = month <= 2 ? year - 1 : year;
	m = month <= 2 ? month + 9 : month - 3;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       1 - 719468;
}

static void
date_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t era, doe, yoe, doy, m;

	days += 719468;
	era = days / 146097;
	doe = days % 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	m = (5 * doy + 2) / 153;
	*day = (int)(doy - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

/* n digits at p. */
static bool
digits(const char *p, size_t n, int *out)
{
	size_t i;
	int v;

	for (v = 0, i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (p[i] - '0');
	}
	*out = v;
	return true;
}

static bool
month_number(const char *p, int *month)
{
	for (*month = 1; *month <= 12; (*month)++)
		if (imap_atom_is(p, 3, months[*month - 1]))
			return true;
	return false;
}

static bool
zone_parse(const char *p, int *zone)
{
	int h, m;

	if ((*p != '+' && *p != '-') || !digits(p + 1, 2, &h) ||
	    !digits(p + 3, 2, &m) || h > 23 || m > 59)
		return false;
	*zone = *p == '-' ? -(h * 60 + m) : h * 60 + m;
	return true;
}

bool
imap_date_parse(const char *text, size_t len, int64_t *seconds, int *zone)
{
	int day, month, year, h, m, s;
	bool one;

	if (len == IMAP_DATE_LEN - 2) { /* some leave the first space out */
		one = true;
	} else if (len == IMAP_DATE_LEN - 1) {
		one = text[0] == ' ';
		text += one;
	} else {
		return false;
	}
	if (!digits(text, one ? 1 : 2, &day))
		return false;
	text += one ? 1 : 2;
	if (text[0] != '-' || text[4] != '-' || text[9] != ' ' ||
	    text[12] != ':' || text[15] != ':' || text[18] != ' ' ||
	    !month_number(text + 1, &month) || !digits(text + 5, 4, &year) ||
	    !digits(text + 10, 2, &h) || !digits(text + 13, 2, &m) ||
	    !digits(text + 16, 2, &s) || !zone_parse(text + 19, zone))
		return false;
	if (day < 1 || day > 31 || year < 1 || h > 23 || m > 59 || s > 60)
		return false;
	*seconds = days_from_date(year, month, day) * DAY + h * 3600 + m * 60 +
		   s - *zone * 60;
	return true;
}

void
imap_date_format(int64_t seconds, int zone, char out[IMAP_DATE_LEN])
{
	int64_t local, days, rest;
	int year, month, day, z;

	z = zone > -1440 && zone < 1440 ? zone : 0;
	local = seconds < FIRST_SECOND	? FIRST_SECOND
		: seconds > LAST_SECOND ? LAST_SECOND
					: seconds;
	local += z * 60;
	if (local < FIRST_SECOND || local > LAST_SECOND) {
		local -= z * 60;
		z = 0;
	}
	/* Floor, also before the epoch. */
	days = (local - FIRST_SECOND) / DAY + FIRST_SECOND / DAY;
	rest = (local - FIRST_SECOND) % DAY;
	date_from_days(days, &year, &month, &day);
	snprintf(out, IMAP_DATE_LEN, "%02d-%s-%04d %02d:%02d:%02d %c%02d%02d",
	    day % 100, months[month - 1], year % 10000, (int)(rest / 3600) % 24,
	    (int)(rest / 60 % 60), (int)(rest % 60), z < 0 ? '-' : '+',
	    (z < 0 ? -z : z) / 60 % 24, (z < 0 ? -z : z) % 60);
}

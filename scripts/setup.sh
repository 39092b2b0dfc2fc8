# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# For ./check and ./demo: what they need from Debian, and how they ask for it.

# To build blinkmail, and to have a mail server for the demo and the tests.
PACKAGES="autoconf automake make gcc libc6-dev pkg-config ca-certificates
libncurses-dev libgnutls28-dev nettle-dev libsqlite3-dev libconfig-dev
libgsasl-dev zlib1g-dev libpcre2-dev libidn2-dev
dovecot-imapd openssl python3"

# More, for the tests alone.
PACKAGES_CHECK="clang clang-format clang-tidy cppcheck libcmocka-dev
python3-pytest strace tmux xz-utils isync offlineimap3"

# Programs that some tests take when they are here (see scripts/programs.py).
PROGRAMS_IF_HERE="+git +mandoc +systemd-analyze"

die()
{
	echo "$0: $*" >&2
	exit 1
}

# agreed YES: asks whether to go on; not when YES is "yes", and not in a CI run.
agreed()
{
	[ "$1" != yes ] && [ -z "${CI:-}" ] || return 0
	printf 'Go on? [y/N] '
	read -r answer || answer=
	case $answer in
	y | Y | yes) return 0 ;;
	esac
	return 1
}

# need_packages YES PACKAGE...: installs those that are missing, after asking.
need_packages()
{
	yes=$1
	shift
	command -v dpkg-query >/dev/null || {
		echo "This is no Debian; going on in the hope that all of this" \
		    "is here:" "$@"
		return 0
	}
	missing=
	for p in "$@"; do
		case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
		*" installed") ;;
		*) missing="$missing $p" ;;
		esac
	done
	[ -n "$missing" ] || return 0

	root=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
		    die "not root and no sudo; please install:$missing"
		root=sudo
	fi
	echo "These packages are needed and will be installed with apt-get:"
	echo " $missing"
	agreed "$yes" || die "nothing was installed"
	echo "Fetching the lists of packages ..."
	$root env DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null ||
	    die "apt-get update failed"
	# A policy of 101 keeps the packaged Dovecot from being started.
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
		$root chmod 755 "$policy"
		made_policy=yes
	fi
	echo "Installing them, which can take some minutes ..."
	# shellcheck disable=SC2086 # a list of words
	$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    --no-install-recommends install $missing >/dev/null
	rc=$?
	[ "${made_policy:-}" != yes ] || $root rm -f "$policy"
	[ "$rc" -eq 0 ] || die "apt-get install failed"
}

# only_programs DIRECTORY PACKAGE...: from now on there are no programs but
# those of these packages, of what they depend on, and of what every Debian has.
# What would be missing on a fresh machine is missing here, too.
only_programs()
{
	command -v dpkg-query >/dev/null || {
		echo "This is not Debian; whether all programs are in its" \
		    "packages is not tested."
		return 0
	}
	/usr/bin/python3 -B "$(dirname "$0")/scripts/programs.py" "$@" ||
	    die "scripts/programs.py failed"
	PATH=$1
	export PATH
}

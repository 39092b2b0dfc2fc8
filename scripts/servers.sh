# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For ./check: mail servers that cannot be installed beside Dovecot. Their
# packages are unpacked in a directory, and the tests start them there.

# fetch_servers YES DIRECTORY: brings those that are not there yet, after
# asking (see agreed). Without them the tests that want them are skipped.
fetch_servers()
{
	[ -e "$2/courier/whole" ] && [ -e "$2/cyrus/whole" ] && return
	command -v apt-get >/dev/null || return 0
	echo "Cyrus and Courier will be fetched with apt-get and unpacked in"
	echo "$2, for tests against them; they are not installed."
	agreed "$1" || return 0
	fetch_server "$2/cyrus" cyrus-imapd libsasl2-modules \
	    libsasl2-modules-db sasl2-bin
	fetch_server "$2/courier" courier-imap gamin
}

# fetch_server DIRECTORY PACKAGE...: these, and the libraries that they want and
# that are not installed.
fetch_server()
{
	dir=$1
	shift
	[ ! -e "$dir/whole" ] || return 0
	rm -rf "$dir"
	mkdir -p "$dir/debs"
	(
		cd "$dir/debs" || exit 1
		LC_ALL=C apt-get -q -s --no-install-recommends install "$@" |
		    awk '$1 == "Inst" && $3 !~ /^\[/ &&
			$2 ~ /^(lib|cyrus|courier|gamin|sasl2-bin)/ {
				print $2
			}' >../names
		# shellcheck disable=SC2046 # a list of words
		apt-get -q download $(cat ../names) &&
		    for deb in *.deb; do
			dpkg-deb -x "$deb" .. || exit 1
		    done
	) >"$dir/log" 2>&1 || {
		echo "$1 cannot be had; its tests are skipped:"
		tail -n 3 "$dir/log"
		return 0
	}
	rm -rf "$dir/debs"
	: >"$dir/whole"
}

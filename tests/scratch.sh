# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Tests wait for fsync most of their time, and what they sync is thrown away:
# where nobody has said where temporary files go (TMPDIR), they go into memory,
# if there is room for them.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] &&
    [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 2000000 ]; then
	TMPDIR=/dev/shm
	export TMPDIR
fi

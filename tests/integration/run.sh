#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the integration tests in some parts at once; a part of "make check".
# PYTEST_ARGS selects some of them, JOBS says how many parts run at once.
# Exit 77 (skipped) where there is no pytest or no Dovecot.
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
python=${PYTHON3:-/usr/bin/python3}
# The tests wait for most of their time.
jobs=${JOBS:-$(($(nproc 2>/dev/null || echo 2) + 2))}
export PYTHONDONTWRITEBYTECODE=1
# shellcheck source=tests/scratch.sh
. "$here/../scratch.sh"
BLINKMAIL=${BLINKMAIL:-$PWD/blinkmail}
BLINKMAIL_STEPS=${BLINKMAIL_STEPS:-$PWD/blinkmail-steps}
WATCHER=${WATCHER:-$PWD/tests/integration/watcher}
HAMMER=${HAMMER:-$PWD/tests/integration/hammer}
export BLINKMAIL BLINKMAIL_STEPS WATCHER HAMMER

if ! "$python" -c 'import pytest' 2>/dev/null; then
	echo "SKIP: python3-pytest is not installed"
	exit 77
fi
why=$("$python" -c "import sys; sys.path.insert(0, '$here')
import dovecot; print(dovecot.available() or '')")
if [ -n "$why" ]; then
	echo "SKIP: $why"
	exit 77
fi

# Whatever ends this, nothing that the tests started goes on.
[ "${1:-}" = reaped ] || exec "$python" "$here/reaper.py" "$0" reaped
out=$TEST_DIRECTORY

n=1
while [ "$n" -le "$jobs" ]; do
	# shellcheck disable=SC2086 # PYTEST_ARGS holds several words
	"$python" -m pytest -p no:cacheprovider -q -rfEs --tb=short \
	    --shard="$n/$jobs" $PYTEST_ARGS "$here" >"$out/$n" 2>&1 &
	echo "$!" >"$out/pid.$n"
	n=$((n + 1))
done
status=0
n=1
while [ "$n" -le "$jobs" ]; do
	wait "$(cat "$out/pid.$n")"
	rc=$?
	cat "$out/$n"
	# 5: no test in this part
	[ "$rc" -eq 0 ] || [ "$rc" -eq 5 ] || status=1
	n=$((n + 1))
done
# One line for ./check: what all parts came to.
cat "$out"/[0-9]* | awk '
	/^[0-9].* in [0-9.]+s/ {
		for (i = 1; i < NF; i++) {
			if ($(i + 1) ~ /^passed/) p += $i
			if ($(i + 1) ~ /^(failed|errors?)/) f += $i
			if ($(i + 1) ~ /^(skipped|xfailed)/) s += $i
		}
	}
	END { printf "pytest: %d passed, %d failed, %d skipped\n", p, f, s }'
exit "$status"

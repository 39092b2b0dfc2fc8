# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/programs.py: of all programs those that a fresh Debian has after
./check has installed its packages."""

import os
import shutil
import subprocess
import sys

import pytest

from test_demo import SOURCE


@pytest.fixture
def programs(tmp):
    """Runs it; the names of the programs that it leaves."""
    if shutil.which("dpkg-query") is None:
        pytest.skip("this is not Debian")
    alien = os.path.join(tmp, "alien")
    os.mkdir(alien)
    for name in ("alien", "make"):
        shutil.copy("/bin/true", os.path.join(alien, name))

    def run(*packages):
        where = os.path.join(tmp, "programs")
        subprocess.run([sys.executable, "-B", os.path.join(
            SOURCE, "scripts", "programs.py"), where, *packages], check=True,
            env={"PATH": alien + ":/usr/local/bin:/usr/bin:/bin"})
        return {name: os.path.realpath(os.path.join(where, name))
                for name in os.listdir(where)}
    return run


def test_what_every_debian_has(programs):
    found = programs()
    assert {"sh", "cat", "sed", "awk", "grep", "tar"} <= set(found)
    assert "gcc" not in found and "make" not in found


def test_packages_and_what_they_depend_on(programs):
    found = programs("gcc", "make", "no-such-package")
    assert {"gcc", "as", "ld", "make"} <= set(found)
    assert found["make"] == "/usr/bin/make"
    assert "alien" not in found


def test_a_program_that_may_be_here(programs):
    assert "alien" in programs("+alien", "+nowhere")

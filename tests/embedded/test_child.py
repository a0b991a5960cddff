"""A child is kept running, and is gone when nobody wants it any more."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from redraft.embedded.child import Child
from tests.clients import PATIENCE_SECONDS


async def eventually(path: Path, lines: int) -> list[str]:
    """The lines of a file, once there are so many."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = path.read_text().splitlines() if path.exists() else []
            if len(found) >= lines:
                return found
            await asyncio.sleep(0.02)


SAY_PID = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


async def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    async with Child("sleeper", [sys.executable, "-c", SAY_PID], log).running():
        [first] = await eventually(log, 1)
        os.kill(int(first), signal.SIGKILL)
        _, second = await eventually(log, 2)
        assert psutil.pid_exists(int(second))
    assert not psutil.pid_exists(int(second))


async def test_one_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    child = Child("broken part", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "child.log")
    async with child.running():
        with pytest.raises(RuntimeError, match=r"broken part did not start.*child\.log"):
            await child.until(never)


async def test_one_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SAY_PID}"
    async with Child("stubborn", [sys.executable, "-c", stubborn], log, stop_seconds=0.2).running():
        [pid] = await eventually(log, 1)
    assert not psutil.pid_exists(int(pid))


async def test_a_secret_reaches_it_and_no_process_list(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    listen = "import sys, os, time; print(os.getpid(), sys.stdin.read(), flush=True); time.sleep(600)"
    async with Child("listener", [sys.executable, "-c", listen], log, given=b"sesame").running():
        pid, heard = (await eventually(log, 1))[0].split()
        assert heard == "sesame"
        assert "sesame" not in " ".join(psutil.Process(int(pid)).cmdline())


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_a_killed_parent_takes_its_children_along() -> None:
    parent = (
        "import os, subprocess, sys, time\n"
        "child = [sys.executable, '-m', 'redraft.embedded.guard', str(os.getpid()), sys.executable, '-c']\n"
        "subprocess.Popen([*child, 'import os, time; print(os.getpid(), flush=True); time.sleep(600)'])\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        process.kill()
        child.wait(timeout=PATIENCE_SECONDS)

"""The process that works: one job after another, read from standard input, until that closes.

Run as `python -m redraft.pool.child PARENT_PID`. It writes nothing to disk and opens no connection. The jobs are
pickled by the one process that started it, over a pipe that no other process has.
"""

import contextlib
import ctypes
import os
import pickle
import resource
import signal
import sys
from math import ceil
from typing import IO, Any

NICER = 10
"""By how much the server's own processes come first where cores are scarce."""
PR_SET_PDEATHSIG = 1  # linux/prctl.h
LENGTH = 8


def main() -> None:
    end_with_parent(int(sys.argv[1]))
    for each in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # sent to all of a service; its parent says when it ends
        signal.signal(each, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a job that is stopped holds somebody's text
    os.nice(NICER)
    given, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anybody prints is no answer
    while (job := read(given)) is not None:
        work, args, cpu_seconds = job
        allow(cpu_seconds)
        try:
            answer: tuple[bool, Any] = True, work(*args)
        except Exception as error:  # noqa: BLE001  raised again where the job came from
            answer = False, error
        write(answers, answer)


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the process `parent`, which started it, ends. Elsewhere the pipe does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was gone before we asked
            os._exit(1)


def allow(cpu_seconds: float) -> None:
    """Have the kernel end this process (SIGXCPU) when it has used so much more CPU time, rounded up to a second."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = ceil(used.ru_utime + used.ru_stime + cpu_seconds)
    with contextlib.suppress(ValueError):  # past a lower hard limit, which then does it
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def read(given: IO[bytes]) -> Any:
    """The next message; None when the other side has closed."""
    head = given.read(LENGTH)
    return pickle.loads(given.read(int.from_bytes(head))) if len(head) == LENGTH else None  # noqa: S301  see above


def write(answers: IO[bytes], message: object) -> None:
    """Send a message."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    answers.write(len(body).to_bytes(LENGTH) + body)
    answers.flush()


if __name__ == "__main__":
    main()

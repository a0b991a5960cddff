"""Ends a child process when its parent is gone, also when the parent was killed and could not say so.

Run as `python -m redraft.embedded.guard PARENT_PID PROGRAM ARGUMENT...` it becomes that program. Linux only; elsewhere
a killed parent leaves its children behind, and the next start says which directory they hold. What the program writes
is its owner's only.
"""

import ctypes
import os
import signal
import sys

from redraft.embedded.private import UMASK

PR_SET_PDEATHSIG = 1  # linux/prctl.h; survives exec


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the process `parent`, which started it, ends."""
    if sys.platform != "linux":
        return
    # SIGKILL, because the database can lose a SIGTERM while it starts; it is made to survive this.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before we asked
        os._exit(1)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.umask(UMASK)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  the program is our own parent's choice

"""What is scored: redraft, and the tools beside it, each as merge(base, mine, theirs) -> (document, conflicts)."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from diff_match_patch import diff_match_patch
from merge3 import Merge3

from redraft.markdown import merge

Tool = Callable[[str, str, str], tuple[str, int]]


def redraft(base: str, mine: str, theirs: str) -> tuple[str, int]:
    result = merge(base, mine, theirs)
    return result.document, len(result.conflicts)


def git(base: str, mine: str, theirs: str) -> tuple[str, int]:
    """`git merge-file`, without the user's settings."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("mine", mine), ("base", base), ("theirs", theirs)):
            Path(folder, name).write_bytes(text.encode())
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "merge-file", "-p", "mine", "base", "theirs"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode > 127:
        raise OSError(done.stderr.decode())
    return done.stdout.decode(), done.returncode


def merge3(base: str, mine: str, theirs: str) -> tuple[str, int]:
    texts: list[str] = []
    conflicts = 0
    for group in Merge3(base.splitlines(True), mine.splitlines(True), theirs.splitlines(True)).merge_groups():
        conflicts += group[0] == "conflict"
        texts += group[1]
    return "".join(texts), conflicts


def diff_match_patch_(base: str, mine: str, theirs: str) -> tuple[str, int]:
    """The changes from base to theirs, applied to mine: conflicts are the patches that found no place."""
    engine = diff_match_patch()
    document, applied = engine.patch_apply(engine.patch_make(base, theirs), mine)
    return document, applied.count(False)


TOOLS: dict[str, Tool] = {
    "redraft": redraft,
    "git merge-file": git,
    "merge3": merge3,
    "diff-match-patch": diff_match_patch_,
}

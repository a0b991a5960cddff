"""What only its owner may read: the files of the embedded parts, and the password of the embedded database."""

import contextlib
import os
import secrets
from pathlib import Path

UMASK = 0o077
"""Of the embedded parts: nobody but who runs redraft reads what they write."""


def open_privately(path: str, flags: int) -> int:
    """An `opener` for `open`: the file is its owner's only, also one that was there and was others' to read."""
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def write_privately(path: Path, text: str) -> None:
    """Make `text` the whole of the file, for its owner only."""
    with open(path, "w", opener=open_privately) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def make_private(directory: Path) -> None:
    """Take from everybody else what an earlier version let them read: `directory`, what is in it, what is named so."""
    for each in (directory, *directory.rglob("*"), *directory.parent.glob(f"{directory.name}.*")):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # another's: whoever opens it says so
            each.chmod(0o700 if each.is_dir() else 0o600)


def password_file(directory: Path) -> Path:
    """Where the password of the database in `directory` stands."""
    return directory.with_suffix(".password")


def read_password(directory: Path) -> str | None:
    """The password of the database in `directory`; None before it has one."""
    try:
        return password_file(directory).read_text().strip() or None
    except FileNotFoundError:
        return None


def new_password(directory: Path) -> str:
    """A password for the database in `directory`, kept before it is used; of two processes at once both get one."""
    path = password_file(directory)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    write_privately(draft, secrets.token_urlsafe(32) + "\n")
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    return path.read_text().strip()

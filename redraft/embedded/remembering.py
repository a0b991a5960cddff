"""Keeps what the model has read in files, so that a start does not read it anew: reading takes minutes, these a second.

Only prompts of ours are kept, never what a user wrote: a file stays only if it holds the tokens it was made for.
"""

import asyncio
import contextlib
import hashlib
import os
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from redraft.embedded.asking import post
from redraft.embedded.reading import SLOT, nobody_asks

HEAD = struct.Struct("<4sII")
"""llama.cpp's state of a sequence: its sign, its version, how many numbers; then these, of four bytes each.

The tokens are among the numbers, in one piece; those around them say how they are stored (`server_tokens`).
"""


@dataclass(frozen=True)
class Memory:
    """The files of one model in `directory`, which is that of its server. `model` names its weights and its program.

    A file's name says for which tokens it is and what it holds: llama.cpp dies of a damaged one.
    """

    directory: Path
    model: str

    async def recall(self, http: aiohttp.ClientSession, tokens: Sequence[int]) -> bool:
        """Have the server of `http` know the tokens from a file; False when there is none.

        Raises `aiohttp.ClientError` when the server dies.
        """
        kept = await asyncio.to_thread(self._find, self._key(tokens))
        if kept is None:
            return False
        await nobody_asks(http)
        try:
            await post(http, f"slots/{SLOT}?action=restore", {"filename": kept.name})
        except aiohttp.ClientResponseError:  # of another version of llama.cpp, say
            kept.unlink(missing_ok=True)
            return False
        # Whatever else is asked of the slot, llama.cpp puts what it held aside; the next file would only replace it.
        await post(http, "completion", {"prompt": [tokens[-1]], "n_predict": 0, "id_slot": SLOT})
        return True

    async def keep(self, http: aiohttp.ClientSession, tokens: Sequence[int]) -> None:
        """Put what the server has just read into a file. Raises `aiohttp.ClientError` when it dies."""
        new = self.directory / f"new-{os.getpid()}"
        try:
            saved = await post(http, f"slots/{SLOT}?action=save", {"filename": new.name})
            if saved["n_saved"] == len(tokens):
                await asyncio.to_thread(self._take, new, tokens)
        except (aiohttp.ClientResponseError, OSError):
            pass  # a full disk, say: the next start reads it again
        finally:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)

    def forget_others(self, known: Collection[Sequence[int]]) -> None:
        """Delete every file in the directory that is not for one of these: of a former version, or another model."""
        keys = {self._key(tokens) for tokens in known}
        with contextlib.suppress(OSError):
            for file in self.directory.iterdir():
                if file.name.partition(".")[0] not in keys:
                    file.unlink(missing_ok=True)

    def _key(self, tokens: Sequence[int]) -> str:
        return hashlib.sha256(f"{self.model} {list(tokens)}".encode()).hexdigest()[:32]

    def _find(self, key: str) -> Path | None:
        for file in self.directory.glob(f"{key}.*.state"):
            with contextlib.suppress(OSError):
                if _digest(file) == file.name.split(".")[1]:
                    return file
                file.unlink(missing_ok=True)
        return None

    def _take(self, new: Path, tokens: Sequence[int]) -> None:
        if is_of(new, tokens):
            new.chmod(0o600)
            new.replace(self.directory / f"{self._key(tokens)}.{_digest(new)}.state")


def is_of(file: Path, tokens: Sequence[int]) -> bool:
    """Whether the state is that of these tokens: a user's chat can have taken their place. Raises `OSError`."""
    with file.open("rb") as opened:
        head = opened.read(HEAD.size)
        if len(head) < HEAD.size:
            return False
        _, _, count = HEAD.unpack(head)
        return struct.pack(f"<{len(tokens)}i", *tokens) in opened.read(4 * count)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:32]

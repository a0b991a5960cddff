"""Passwords: which are taken, and argon2id in threads of its own."""

import asyncio
import functools
import importlib.resources
import os
import secrets
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from redraft.errors import FieldError, InvalidRequest, Unavailable

T = TypeVar("T")

NICENESS = 5
MIN_CHARACTERS, MAX_CHARACTERS = 8, 1024
OUR_WORDS = ("redraft",)
OTHER_LETTERS = 4
"""A password with one of our words in it has so many other letters."""
STAND_FOR = str.maketrans("013l4578@$!", "oieiastbasi")

# OWASP's password storage cheat sheet: argon2id, 19 MiB, two passes, one lane. About 30 ms of one core.
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_SECONDS_EACH = 0.04


@functools.cache
def _common() -> frozenset[str]:
    text = importlib.resources.files("redraft.accounts").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line.casefold() for line in text.splitlines() if not line.startswith("#"))


class Passwords:
    """Hashes and checks in `threads` threads; at most `waiting` more are queued, so that logins cannot starve the rest.

    Both raise `Unavailable` when the queue is full. The hash library lets go of the interpreter lock, and the threads
    give way to everything else on the machine.
    """

    def __init__(self, threads: int, waiting: int, words: Iterable[str] = ()) -> None:
        self._words = [_letters(each) for each in (*OUR_WORDS, *words)]
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2id", initializer=_give_way)
        self._threads = threads
        self._room = threads + waiting
        self._busy = 0
        self._nobodys = _HASHER.hash(secrets.token_urlsafe())

    def __enter__(self) -> "Passwords":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def acceptable(self, password: str, phone: str, field: str = "password") -> None:
        """Raise `InvalidRequest`, naming `field`, unless `password` may become that of the account of `phone` (E.164).

        No rules of composition: length and being rare are what protects (NIST SP 800-63B-4, 3.1.1.2).
        """
        if len(password) < MIN_CHARACTERS:
            fault = f"is too short: at least {MIN_CHARACTERS} characters"
        elif len(password) > MAX_CHARACTERS:
            fault = f"is too long: at most {MAX_CHARACTERS} characters"
        elif password.casefold() in _common():
            fault = "is one of the most common passwords; choose another"
        elif (digits := password.lstrip("+")).isdecimal() and phone.endswith(digits.lstrip("0")):
            fault = "is your phone number; choose another"
        elif self._says_little_more_than_our_words(password):
            fault = "is little more than the name of this app; choose another"
        else:
            return
        raise InvalidRequest(errors=[FieldError(field, fault)])

    def _says_little_more_than_our_words(self, password: str) -> bool:
        letters = rest = _letters(password)
        for word in self._words:
            rest = rest.replace(word, "")
        return rest != letters and len(rest) < OTHER_LETTERS

    async def hash(self, password: str) -> str:
        """The hash to keep, with its parameters and salt in it."""
        return await self._run(lambda: _HASHER.hash(_canonical(password)))

    async def check(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Whether `password` has the hash `kept`; and, where the parameters have changed since, the hash to keep now.

        `kept` None is an account that is not there: it takes as long as a wrong password, and is one.
        """
        matches, renewed = await self._run(
            lambda: _HASHER.verify_and_update(_canonical(password), kept or self._nobodys)
        )
        return (matches, renewed) if kept else (False, None)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._busy >= self._room:
            wait = self._busy / self._threads * _SECONDS_EACH
            raise Unavailable("Too many people are logging in at this moment.", retry_after=wait)
        self._busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._busy -= 1


def _give_way() -> None:
    # A crowd that logs in uses every core that is idle; where one is short, the event loop and the database come first.
    if sys.platform == "linux":  # where niceness is a thread's own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _letters(text: str) -> str:
    """The letters of `text`, small, also those that digits and signs stand for. 1, i and l are one: 1 may be either."""
    return "".join(filter(str.isalpha, text.casefold().translate(STAND_FOR)))


def _canonical(password: str) -> str:
    # One password typed on two keyboards can be two sequences of code points (NIST SP 800-63B-4, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)

"""What a run remembers of its model calls: the finished answers, so that none is paid twice, and what is under way."""

import hashlib
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import Any

import orjson

from redraft.llm import Ask, Call, Role


class Steps:
    """Names the questions of one attempt: the same question, asked for the nth time, has the same name in the next.

    An agent that is begun again asks the same things in the same order, as far as it got: it is deterministic, but for
    what models answer.
    """

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    def name(self, role: Role, ask: Ask) -> str:
        """The name of this question, which counts as asked from now on."""
        digest = hashlib.sha256(orjson.dumps(_asked(role, ask))).hexdigest()[:32]
        self._asked[digest] += 1
        return f"{digest}:{self._asked[digest]}"


def _asked(role: Role, ask: Ask) -> list[Any]:
    asked = [role, ask.messages, ask.max_tokens, ask.schema, ask.temperature, ask.stop]
    return [*asked, ask.partial] if ask.partial else asked  # the others are known by the names they always had


class UnderWay:
    """A call that has begun. `call` is what is on record of it if its process dies: as it was when first stored."""

    def __init__(self, lost: Callable[[], Call]) -> None:
        self._lost = lost

    @cached_property
    def call(self) -> Call:
        """Estimated only when it is stored: most calls have ended by then."""
        return self._lost()

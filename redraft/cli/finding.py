"""One line of what `redraft doctor` reports."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """For anything but `ok`, the text ends in what to do."""

    verdict: Verdict
    about: str
    text: str

"""What a log may say of a failed call: never what the server said, which may quote the prompt."""

import hashlib
import re
from typing import Any

from redraft.llm.provider import Failure

STATUS = re.compile(r"([1-5]\d\d): ")
"""How a detail begins that is of an answer's status."""


def loggable(failure: Failure) -> dict[str, Any]:
    """Kind, status and exception; of the server's own words, how many characters, and a hash to tell them apart."""
    status, cause = STATUS.match(failure.detail), failure.__cause__
    return {
        "kind": failure.kind,
        "status": int(status[1]) if status else None,
        "error": type(cause).__name__ if cause else None,
        "detail_characters": len(failure.detail),
        "detail_hash": hashlib.sha256(failure.detail.encode(errors="replace")).hexdigest()[:12],
    }

"""JSON as RFC 8259 and RFC 7493 (I-JSON) have it, bounded; what Python's parser would let through is refused.

Refused: bytes that are not UTF-8, NaN and Infinity, a name twice in one object (two readers would see two requests),
half of a surrogate pair (no text that can be stored), nesting past the parser's stack, numbers of thousands of digits,
and more objects than any honest request holds.
"""

import json
from typing import Any, Never

MAX_OBJECTS = 50_000
MAX_NAMES = 1_000
"""Of one object. Each unknown name is an error to report, so their number is bounded before they are looked at."""


class BadJson(ValueError):
    """The text is not JSON we take; the message says why, and holds nothing of the text."""


def parse(body: bytes) -> Any:
    """The value that `body` stands for. Raises `BadJson`."""
    objects = 0

    def one_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal objects
        objects += 1
        if objects > MAX_OBJECTS or len(pairs) > MAX_NAMES:
            raise BadJson("it holds too many objects or names")
        names = dict(pairs)
        if len(names) != len(pairs):
            raise BadJson("an object holds a name twice")
        return names

    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=one_object, parse_constant=_no_constant)
        if b"\\ud" in body or b"\\uD" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except UnicodeDecodeError:
        raise BadJson("it is not UTF-8") from None
    except UnicodeEncodeError:
        raise BadJson("a text holds half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise BadJson("it is nested too deeply") from None
    except BadJson:
        raise
    except ValueError:  # the interpreter's bound on the digits of an integer
        raise BadJson("it holds a number of too many digits") from None


def _no_constant(name: str) -> Never:
    raise BadJson(f"{name} is not a JSON number")

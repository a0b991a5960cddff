"""JSON as RFC 8259 and RFC 7493 (I-JSON) have it, bounded; what Python's parser would let through is refused.

Refused: bytes that are not UTF-8, NaN and Infinity, a name twice in one object (two readers would see two requests),
half of a surrogate pair and U+0000 (no text that every part can keep), nesting past the parser's stack, integers past
64 bits, and more values than any honest request holds.
"""

import json
import re
from typing import Any, Never

MAX_VALUES = 50_000
"""Of one body. Millions of empty lists are a few megabytes to send, and seconds to make and to find fault with."""
MAX_NAMES = 1_000
"""Of one object: each unknown name is an error to report."""

_STRING = re.compile(
    rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?', re.DOTALL
)  # also one that never ends, so that none is tried twice

# From the beginning and escape by escape, so that a text about `\\u0000` holds none.
_ESCAPED_NUL = re.compile(rb"[^\\]*+(?:\\(?!u0000).[^\\]*+)*+\\u0000", re.DOTALL)


class BadJson(ValueError):
    """The text is not JSON we take; the message says why, and holds nothing of the text."""


def parse(body: bytes) -> Any:
    """The value that `body` stands for. Raises `BadJson`."""
    if _values(body) > MAX_VALUES and _values(_STRING.sub(b"", body)) > MAX_VALUES:
        raise BadJson(f"it holds more than {MAX_VALUES:,} values")
    if b"\\u0000" in body and _ESCAPED_NUL.match(body):
        raise BadJson("a text holds U+0000")
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_one_object, parse_constant=_no_constant, parse_int=_int64
        )
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


def _values(body: bytes) -> int:
    """At least the number of values, less one, if no text of the body holds a comma or a bracket."""
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def _one_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_NAMES:
        raise BadJson("an object holds too many names")
    names = dict(pairs)
    if len(names) != len(pairs):
        raise BadJson("an object holds a name twice")
    return names


def _int64(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**63:
        raise BadJson("it holds an integer of too many digits for 64 bits")
    return number


def _no_constant(name: str) -> Never:
    raise BadJson(f"{name} is not a JSON number")

"""Pydantic's findings as they are told to a client: the field as it was sent, and what to do about it.

Pydantic's own path names the branches of a union it tried (`content.list[…].0`), and it tells of each branch. Here a
field has its place in the request, and one message.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from redraft.errors import FieldError

LONGEST_NAME = 200
"""Of a field, in characters: a client's own name for it may be as long as the body."""
MESSAGES: Mapping[str, tuple[str, str | None]] = {
    "missing": ("is missing", None),
    "extra_forbidden": ("is no name that this call knows; leave it out", None),
    "model_type": ("must be an object", None),
    "model_attributes_type": ("must be an object", None),
    "dict_type": ("must be an object", None),
    "list_type": ("must be a list", None),
    "string_type": ("must be a text", None),
    "bool_type": ("must be true or false", None),
    "int_type": ("must be a whole number", None),
    "int_parsing": ("must be a whole number", None),
    "int_from_float": ("must be a whole number", None),
    "literal_error": ("must be", "expected"),
    "union_tag_invalid": ("must be one of", "expected_tags"),
    "union_tag_not_found": ("is missing", None),
    "too_short": ("has too few items: at least", "min_length"),
    "too_long": ("has too many items: at most", "max_length"),
    "string_too_short": ("has too few characters: at least", "min_length"),
    "string_too_long": ("has too many characters: at most", "max_length"),
    "string_pattern_mismatch": ("must match", "pattern"),
    "greater_than_equal": ("must be at least", "ge"),
    "less_than_equal": ("must be at most", "le"),
}
"""By Pydantic's name for the kind of fault, with what of its context follows; of other kinds its words are told."""
TAG = ("union_tag_invalid", "union_tag_not_found")


def fields(findings: Sequence[Mapping[str, Any]], body: Any) -> list[FieldError]:
    """The fields that are wrong, each once, in the order in which they were found; `body` is the value that was read.

    Where a value may have one of several shapes, what is wrong within one of them tells more than that it is none.
    """
    told: dict[str, tuple[bool, list[str]]] = {}
    for finding in findings:
        path, branched = _path(finding, body)
        _, messages = told.setdefault(path, (branched, []))
        if (message := _message(finding)) not in messages:
            messages.append(message)
    return [
        FieldError(path[:LONGEST_NAME], ", or ".join(messages))
        for path, (branched, messages) in told.items()
        if not (branched and any(other.startswith(f"{path}.") for other in told))
    ]


def _path(finding: Mapping[str, Any], body: Any) -> tuple[str, bool]:
    """Where the fault is in the request, and whether Pydantic tried it as one of several shapes."""
    where, *parts = finding["loc"]
    if where != "body":
        return ".".join(map(str, finding["loc"])), False
    path, value, branched = [], body, False
    for place, part in enumerate(parts, 1):
        if _has(value, part):
            value = value[part]
        elif not (finding["type"] == "missing" and place == len(parts)):
            branched = True
            continue
        path.append(str(part) or '""')
    if finding["type"] in TAG:
        path.append(finding["ctx"]["discriminator"].strip("'"))
    return ".".join(path) or "body", branched


def _has(value: Any, part: Any) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)


def _message(finding: Mapping[str, Any]) -> str:
    if finding["type"] == "missing" and finding["loc"] == ("body",):
        return "is missing: send JSON"
    message, what = MESSAGES.get(finding["type"], (finding["msg"], None))
    return message if what is None else f"{message} {finding['ctx'][what]}"

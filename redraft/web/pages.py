"""Cursor pages: `{"items": [...], "next_cursor": null | "..."}`."""

import base64
import binascii
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from redraft.errors import FieldError, InvalidRequest

T = TypeVar("T")

Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before", max_length=200)]
Limit = Annotated[int | None, Query(ge=1, le=200, description="How many items at most")]


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(position: int) -> str:
    """An opaque cursor for a place in a numbered list."""
    return base64.urlsafe_b64encode(f"n{position}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The place that `encode_cursor` was given. Raises `InvalidRequest` for anything else."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        if text.startswith("n") and text[1:].isdigit() and len(text) < 20:
            return int(text[1:])
    except (binascii.Error, ValueError):
        pass
    raise InvalidRequest(errors=[FieldError("query.cursor", "is no cursor of this list; leave it out to start over")])

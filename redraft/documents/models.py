"""Documents and their versions: as kept, as sent, as answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from redraft.web.openapi import Problem
from redraft.web.routing import Body

MAX_NAME = 200
MAX_TEXT = 16_000_000
"""Characters, beyond any limit an operator can set: what one stored document of MongoDB holds."""

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(description="What the user calls the file", examples=["notes.md"]),
]
Text = Annotated[
    str, Field(max_length=MAX_TEXT, description="The whole Markdown text", examples=["# Notes\n\nFirst.\n"])
]
VersionNumber = Annotated[int, Field(ge=1, le=2**31)]
RunId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_]+$")]


class Author(BaseModel):
    """Who wrote a version: the user, or an agent in a run of this user's."""

    kind: Literal["user", "agent"]
    run_id: str | None = Field(None, description="The run whose proposal the text holds; null for the user's own hand")


USER = Author(kind="user")


class NewDocument(Body):
    """A file to keep."""

    name: Name
    text: Text = ""


class NewText(Body):
    """The whole text as it shall be, and the version from which it was written."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "# Trip\n\nStart: 10 June.\n", "base_version": 1}]}
    )

    text: Text
    base_version: VersionNumber = Field(description="The version that was edited", examples=[1])
    name: Name | None = None
    run_id: RunId | None = Field(
        None, description="The run whose proposal was accepted into this text, if there was one"
    )


class Change(Body):
    """What shall be different: the name, the text, or both.

    `text` and `base_version` come together; `run_id` is of a text too.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "trip.md"}]})

    name: Name | None = None
    text: Text | None = None
    base_version: VersionNumber | None = None
    run_id: RunId | None = None


@dataclass(frozen=True)
class Save:
    """A text to be the newest version, written from `base_version`; `name` None: it keeps the one it has."""

    text: str
    base_version: int
    name: str | None
    author: Author


class DocumentItem(BaseModel):
    """A document without its text, as lists show it."""

    id: str
    name: str
    version: int = Field(description="The number of its newest version; versions count up from 1 without a gap")
    bytes: int = Field(description="Of the text in UTF-8")
    created_at: datetime
    updated_at: datetime


class Document(DocumentItem):
    """A document with its newest text."""

    text: str


class Saved(Document):
    """The document after a write. `merged`: somebody had saved in between, and `text` holds both."""

    merged: bool = False


class VersionItem(BaseModel):
    """A version without its text."""

    version: int
    author: Author
    restored_from: int | None = Field(description="The version it brought back, if it did")
    bytes: int
    created_at: datetime


class Version(VersionItem):
    """A version with its text."""

    text: str


class Clash(BaseModel):
    """A place where both sides changed the same words.

    Offsets are UTF-16 code units of the merged document, which holds `mine` there.
    """

    base: str
    mine: str
    theirs: str
    start: int
    end: int


class EditConflict(Problem):
    """Nothing was saved. Settle each of `conflicts` in `document`, then save it with `current_version` as the base."""

    current_version: int
    document: str = Field(description="Both sides merged; where they clash it holds what was sent")
    conflicts: list[Clash]


class Word(BaseModel):
    """A piece of a difference: without the inserts they join to the old text, without the deletes to the new."""

    kind: Literal["equal", "delete", "insert"]
    text: str


class Difference(BaseModel):
    """What changed from one version to another."""

    from_version: int
    to_version: int
    diff: str = Field(description="As `diff -u` writes it; empty when nothing differs")
    words: list[Word] = Field(description="Both texts word by word, for rendering")


@dataclass(frozen=True)
class Head:
    """A document as kept: its newest version, and its place in its owner's list.

    `made_by` is the seed of the request that made that version, where it had an idempotency key.
    """

    id: str
    owner_id: str
    place: int
    name: str
    created_at: datetime
    newest: Version
    made_by: str | None = None

    def item(self) -> DocumentItem:
        """What lists show of it."""
        return DocumentItem.model_validate(self.document().model_dump(exclude={"text"}))

    def document(self) -> Document:
        """What its owner sees of it."""
        return Document(
            id=self.id,
            name=self.name,
            version=self.newest.version,
            bytes=self.newest.bytes,
            created_at=self.created_at,
            updated_at=self.newest.created_at,
            text=self.newest.text,
        )

"""The operations as a large model is offered them, and its JSON as operations."""

from dataclasses import dataclass
from typing import Any

from redraft.agents.editing.asking import one_of, record
from redraft.llm import keepable
from redraft.markdown import Operation
from redraft.markdown.operations import (
    AddItem,
    AddRow,
    CheckTask,
    DeleteBlock,
    DeleteSection,
    Insert,
    InsertIntoSection,
    MoveBlock,
    MoveSection,
    RemoveRow,
    RenameHeading,
    ReplaceBlock,
    ReplacePhrase,
    ReplaceRange,
    ReplaceSection,
    Restore,
    SetCell,
    SwapSections,
)

_TEXT: dict[str, Any] = {"type": "string"}
_FLAG: dict[str, Any] = {"type": "boolean"}
_PLACE = one_of("before", "after")
_CELLS = {"type": "array", "items": _TEXT}


@dataclass(frozen=True)
class Form:
    """One operation: its class and the JSON of its fields, in order; `about` is what the model is told."""

    makes: type[Operation]
    fields: dict[str, dict[str, Any]]
    about: str


FORMS: dict[str, Form] = {
    "replace_phrase": Form(
        ReplacePhrase,
        {"find": _TEXT, "text": _TEXT, "everywhere": _FLAG},
        "other words for words that occur once (give enough of them), or everywhere; best for small changes",
    ),
    "replace": Form(ReplaceBlock, {"block": _TEXT, "text": _TEXT}, "a whole block anew: paragraph, item, row, code"),
    "replace_section": Form(ReplaceSection, {"heading": _TEXT, "text": _TEXT}, "all text under a heading"),
    "insert": Form(
        Insert, {"block": _TEXT, "place": _PLACE, "text": _TEXT}, "new Markdown beside a block (also a new section)"
    ),
    "append": Form(InsertIntoSection, {"heading": _TEXT, "text": _TEXT}, "new Markdown at the end of a section"),
    "delete": Form(DeleteBlock, {"block": _TEXT}, "a block goes, also an item"),
    "delete_section": Form(DeleteSection, {"heading": _TEXT}, "a heading goes with all under it"),
    "move": Form(MoveBlock, {"block": _TEXT, "target": _TEXT, "place": _PLACE}, "a block beside a sibling"),
    "move_section": Form(MoveSection, {"heading": _TEXT, "target": _TEXT, "place": _PLACE}, "a section beside another"),
    "swap_sections": Form(SwapSections, {"first": _TEXT, "second": _TEXT}, "two sections change places"),
    "rename": Form(RenameHeading, {"heading": _TEXT, "title": _TEXT}, "other words for a heading, without #"),
    "add_item": Form(
        AddItem, {"near": _TEXT, "place": _PLACE, "text": _TEXT}, "an item beside an item, without marker"
    ),
    "set_cell": Form(
        SetCell, {"table": _TEXT, "row": _TEXT, "column": _TEXT, "text": _TEXT}, "row by id, column by its header"
    ),
    "add_row": Form(
        AddRow, {"table": _TEXT, "row": _TEXT, "place": _PLACE, "cells": _CELLS}, "a row beside the row of that id"
    ),
    "remove_row": Form(RemoveRow, {"table": _TEXT, "row": _TEXT}, "a row by its id"),
    "check": Form(CheckTask, {"item": _TEXT, "done": _FLAG}, "tick or untick a task"),
}
RESTORE = Form(Restore, {"what": _TEXT}, "take back an unsaved change of the user (c1, c2, ...) or those in a block")
SELECTED = Form(ReplaceRange, {"text": _TEXT}, "other text for the user's selection; nothing else may change")
LOOK = "look"
LOOKING = Form(Operation, {"blocks": _CELLS}, "see these blocks whole before you go on; changes nothing")
SHORT_SELECTION = 2_000
"""Characters up to which a selection is written anew; in a longer one blocks are changed like anywhere."""


def offered(*, restore: bool, selection: tuple[int, int] | None, whole: bool = True) -> dict[str, Form]:
    """The operations that can apply to this draft at all; not `whole`: the model may ask to see more of it."""
    if selection and selection[1] - selection[0] <= SHORT_SELECTION:
        return {"replace_selection": SELECTED}
    forms = {**FORMS, "restore": RESTORE} if restore else dict(FORMS)
    return forms if whole else {LOOK: LOOKING, **forms}


def schema(forms: dict[str, Form]) -> dict[str, Any]:
    """The JSON schema of an answer."""
    each = [record(op=one_of(name), **form.fields, reason=_TEXT) for name, form in forms.items()]
    return record(operations={"type": "array", "items": {"anyOf": each}}, note=_TEXT)


def made(answer: dict[str, Any], forms: dict[str, Form], selection: tuple[int, int] | None) -> Operation | str:
    """The operation, or what is wrong with it in words for the model."""
    form = forms.get(str(answer.get("op")))
    if form is None:
        return f"There is no operation {answer.get('op')!r}."
    values = {name: _kept(answer[name], kind) for name, kind in form.fields.items() if name in answer}
    if selection is not None and form is SELECTED:
        values |= {"start": selection[0], "end": selection[1]}
    if wrong := [name for name, value in values.items() if value is None]:
        return f"{answer['op']} has values of another type for {', '.join(wrong)}."
    if len(values) < len(form.fields):
        return f"{answer['op']} needs {', '.join(form.fields)}."
    if form.makes is Insert and not values["block"]:
        values["block"] = None
    if form.makes is AddRow and not values["row"]:
        values["row"] = None
    return form.makes(**values, reason=worded(answer.get("reason")))


def worded(value: Any) -> str:
    """What is shown of a field that should be text: nothing where it is null or something else."""
    return keepable(value) if isinstance(value, str) else ""


def _kept(value: Any, kind: dict[str, Any]) -> Any:
    """The value, if it is of its schema's type, else None: not every server holds its model to the schema."""
    if kind["type"] == "array":
        return [keepable(each) for each in value] if _all_text(value) else None
    if kind["type"] == "boolean":
        return value if isinstance(value, bool) else None
    fits = isinstance(value, str) and value in kind.get("enum", [value])
    return keepable(value) if fits else None


def _all_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)

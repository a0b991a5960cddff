"""docs/edit-operations.md says of every operation what the code says."""

import json
import re
from pathlib import Path
from typing import Any

from redraft.agents.editing.large.operations import FORMS, LOOK, LOOKING, RESTORE, SELECTED, Form, made
from redraft.markdown import Operation

PAGE = (Path(__file__).parent.parent.parent / "docs/edit-operations.md").read_text()
ALL = {**FORMS, "restore": RESTORE, "replace_selection": SELECTED, LOOK: LOOKING}


def kind(schema: dict[str, Any]) -> str:
    """How the table writes a field's type; a text is not mentioned."""
    if schema["type"] == "array":
        return ": list of texts"
    if schema["type"] == "boolean":
        return ": true or false"
    return f": {' or '.join(map(json.dumps, schema['enum']))}" if "enum" in schema else ""


def row(name: str, form: Form) -> str:
    fields = ", ".join(f"`{field}`{kind(schema)}" for field, schema in form.fields.items())
    return f"| `{name}` | {fields} | {form.about} |"


def test_the_table_has_every_operation_with_its_fields() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| `(?!op`)\w+` \|", line)]
    assert rows == [row(name, form) for name, form in ALL.items()]


def test_the_example_is_an_answer_that_can_be_read() -> None:
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    answer = json.loads(example)
    assert set(answer) == {"operations", "note"}
    for each in answer["operations"]:
        assert isinstance(made(each, ALL, None), Operation), each

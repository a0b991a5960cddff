"""Whether a document is what a case wants, and what was changed that nobody named."""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt

from redraft.markdown import cut
from redraft.markdown.operations.lists import task_box

Region = dict[str, Any]
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)]) +\S", re.M)
_PYTHON = re.compile(r"```python[^\n]*\n(.*?)```", re.S)
_PARSER = MarkdownIt("commonmark").enable("table")
_ANOTHER_TEXT = "another text than expected"
_COUNTED = ("headings", "tables", "tasks", "list_items", "fences")


@dataclass(frozen=True)
class Verdict:
    """`outside` is the number of bytes changed outside the places a case allows."""

    passed: bool
    reason: str = "ok"
    outside: int = 0


def judge(case: dict[str, Any], document: str) -> Verdict:
    """The verdict on one answer: the whole document after the edit."""
    if (why := fault(case, document)) is None:
        return Verdict(True)
    if document == case["editing"]:
        return Verdict(False, "unchanged")
    outside = _outside(case["editing"], document, _regions(case)) if why == _ANOTHER_TEXT else 0
    return Verdict(False, "changed outside the place" if outside else why, outside)


def fault(case: dict[str, Any], document: str) -> str | None:
    """What is wrong with an answer, or `None`. Quick: what was changed elsewhere is not counted."""
    draft, check, regions = case["editing"], case["check"], _regions(case)
    if check["type"] == "exact":
        return _shape_fault(check, document) if document in check["expected"] else _ANOTHER_TEXT
    if (parts := _parts(draft, document, regions)) is None:
        return _ANOTHER_TEXT
    why = _shape_fault(check, document)
    for region, text in zip(regions, parts, strict=True):
        why = why or _region_fault(region, text, draft)
    return why


def _regions(case: dict[str, Any]) -> list[Region]:
    return sorted(case["check"].get("regions", []), key=lambda region: (region["start"], region["end"]))


def _shape_fault(check: dict[str, Any], document: str) -> str | None:
    """What is wrong with the document as a whole."""
    for pattern in check.get("must", []):
        if not re.search(pattern, document, re.M):
            return f"the document lacks {pattern}"
    for pattern in check.get("must_not", []):
        if re.search(pattern, document, re.M):
            return f"the document must not have {pattern}"
    if any(name in check for name in _COUNTED):
        found = _structure(document)
        return next((f"{name} differ" for name in _COUNTED if name in check and found[name] != check[name]), None)
    return None


def _structure(document: str) -> dict[str, Any]:
    """Headings, tables (rows, columns), tasks (open, done), list items and fences, without the front matter."""
    front = re.match(r"---[ \t]*\r?\n.*?\r?\n---[ \t]*(\r?\n|$)", document, re.S)
    text = document[front.end() if front else 0 :].replace("\r\n", "\n")
    tokens = _PARSER.parse(text)
    headings = [
        [int(token.tag[1]), tokens[at + 1].content] for at, token in enumerate(tokens) if token.type == "heading_open"
    ]
    outline = cut(text)
    blocks = list(outline.walk())
    tables = [
        [len(block.children) - 1, len(_cells(outline.source(block.children[0])))]
        for block in blocks
        if block.kind == "table"
    ]
    boxes = [task_box(outline, block) for block in blocks if block.kind == "item"]
    done = sum(box is not None and box[1] != " " for box in boxes)
    return {
        "headings": headings,
        "tables": tables,
        "tasks": [sum(box is not None for box in boxes) - done, done],
        "list_items": len(boxes),
        "fences": sum(block.kind == "fence" for block in blocks),
    }


def _parts(draft: str, document: str, regions: list[Region]) -> list[str] | None:
    """The new text of each region when all the rest is the same bytes."""
    position, pattern = 0, ""
    for region in regions:
        pattern += re.escape(draft[position : region["start"]]) + "(.*?)"
        position = region["end"]
    match = re.fullmatch(pattern + re.escape(draft[position:]), document, re.S)
    return list(match.groups()) if match else None


def _region_fault(region: Region, text: str, draft: str) -> str | None:
    old = draft[region["start"] : region["end"]].replace("\r\n", "\n")
    if "\r\n" in draft and re.search(r"(?<!\r)\n", text):
        return "the document's line ends were not kept"
    new = text.replace("\r\n", "\n")
    told = next((told for key, fault in _FAULTS.items() if key in region and (told := fault(region, new, old))), None)
    return told or _spread(draft, region, new, old) or (_apart(draft, region, new) if region.get("block") else None)


def _any(region: Region, new: str, old: str) -> str | None:
    trim = str.strip if region.get("ws") == "trim" else str
    wanted = [trim(each.replace("\r\n", "\n")) for each in region["any"]]
    return None if trim(new) in wanted else "not the text that is wanted there"


def _length(region: Region, new: str, old: str) -> str | None:
    size = len(new.strip())
    return None if region.get("min", 0) <= size <= region.get("max", size) else f"{size} characters"


def _match(region: Region, new: str, old: str) -> str | None:
    return next((f"lacks {each}" for each in region["match"] if not re.search(each, new, re.M)), None)


def _never(region: Region, new: str, old: str) -> str | None:
    return next((f"must not say {each}" for each in region["nomatch"] if re.search(each, new, re.M)), None)


def _row(region: Region, new: str, old: str) -> str | None:
    lines = [line for line in new.split("\n") if line.strip()]
    return None if len(lines) == 1 and _cells(lines[0]) == region["cells"] else "not the cells that are wanted"


def _items(region: Region, new: str, old: str) -> str | None:
    least, most = region["items"]
    count = len(_ITEM.findall(new))
    return None if least <= count <= most else f"{count} list items"


def _compiles(region: Region, new: str, old: str) -> str | None:
    for code in _PYTHON.findall(new):
        try:
            compile(code, "fence", "exec")
        except SyntaxError as error:
            return f"the code does not parse: {error}"
    return None


_FAULTS: dict[str, Callable[[Region, str, str], str | None]] = {
    "changed": lambda region, new, old: "the text was not changed" if new.strip() == old.strip() else None,
    "any": _any,
    "min": _length,
    "max": _length,
    "match": _match,
    "nomatch": _never,
    "cells": _row,
    "eol": lambda region, new, old: None if new.endswith("\n") else "no line end after the new line",
    "items": _items,
    "python": _compiles,
}


def _spread(draft: str, region: Region, new: str, old: str) -> str | None:
    """Whether the new text has more than one empty line above or below it, and more than the old text had."""
    if not new.strip():
        return None
    above, below = _breaks_after(draft[: region["start"]]), _breaks_before(draft[region["end"] :])
    # Where nothing stood, the gap that the new text parts may be kept on both sides of it.
    had = (_breaks_before(old), _breaks_after(old)) if old.strip() else (below, above)
    gaps = (above + _breaks_before(new), above + had[0]), (below + _breaks_after(new), below + had[1])
    return "one empty line too many" if any(now > max(2, was) for now, was in gaps) else None


def _breaks_before(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


def _breaks_after(text: str) -> int:
    return text[len(text.rstrip()) :].count("\n")


def _apart(draft: str, region: Region, new: str) -> str | None:
    """Whether a new block has blank lines around it."""
    before = draft[: region["start"]].replace("\r\n", "\n") + new[: len(new) - len(new.lstrip("\n"))]
    after = new[len(new.rstrip("\n")) :] + draft[region["end"] :].replace("\r\n", "\n")
    if before and not re.search(r"\n[ \t]*\n$", before):
        return "no blank line before the new block"
    return "no blank line after the new block" if after.strip() and not re.match(r"\n[ \t]*\n", after) else None


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", re.sub(r"^\||(?<!\\)\|$", "", row.strip()))]


def _outside(draft: str, document: str, regions: list[Region]) -> int:
    """Bytes taken out or put in outside the regions."""
    total = 0
    for start, end, new in _changes(draft, document):
        covered = sum(max(0, min(end, region["end"]) - max(start, region["start"])) for region in regions)
        touches = any(region["start"] <= end and start <= region["end"] for region in regions)
        share = (end - start - covered) / max(1, end - start)
        total += round(share * len(draft[start:end].encode())) + (0 if touches else len(new.encode()))
    return total


def _changes(draft: str, document: str) -> Iterator[tuple[int, int, str]]:
    """Every change, by line and then by character."""
    old, new = draft.splitlines(True), document.splitlines(True)
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        at, before, after = len("".join(old[:a1])), "".join(old[a1:a2]), "".join(new[b1:b2])
        if len(before) * len(after) > 4_000_000:
            yield at, at + len(before), after
            continue
        inner = difflib.SequenceMatcher(None, before, after, autojunk=False)
        for kind, c1, c2, d1, d2 in inner.get_opcodes():
            if kind != "equal":
                yield at + c1, at + c2, after[d1:d2]

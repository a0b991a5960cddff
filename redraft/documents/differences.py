"""What HTTP says of two versions: their difference, and where they clash."""

from typing import Any

from redraft.documents.models import Clash, Difference, Version, Word
from redraft.markdown import MergeResult
from redraft.markdown.diff import unified, words
from redraft.web.utf16 import Utf16


def compare(before: Version, after: Version, name: str) -> Difference:
    """What changed from `before` to `after`."""
    return Difference(
        from_version=before.version,
        to_version=after.version,
        diff=unified(before.text, after.text, name),
        words=[Word.model_validate(word) for word in words(before.text, after.text)],
    )


def conflict_members(result: MergeResult, current_version: int) -> dict[str, Any]:
    """What the refusal of a save tells beyond a problem's names (`EditConflict`)."""
    conflicts = [clash.model_dump() for clash in clashes(result)]
    return {"current_version": current_version, "document": result.document, "conflicts": conflicts}


def clashes(result: MergeResult) -> list[Clash]:
    """The conflicts of a merge, as HTTP tells them."""
    offsets = Utf16(result.document)
    return [
        Clash(
            base=found.base,
            mine=found.mine,
            theirs=found.theirs,
            start=offsets.units(found.start),
            end=offsets.units(found.end),
        )
        for found in result.conflicts
    ]

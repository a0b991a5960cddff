"""What HTTP says of two versions that clash."""

from typing import Any

from redraft.documents.models import Clash
from redraft.markdown import MergeResult
from redraft.web.utf16 import Utf16


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

"""The addresses that a proposal brings into a draft, as a whole and hunk by hunk."""

from collections.abc import Iterable
from functools import cached_property

from redraft.agents.editing import Proposal
from redraft.markdown import Hunk, Known, links_added

_AROUND = 500
"""Characters on each side of a hunk that may belong to an address it changes, up to the next blank line."""
_QUOTES = str.maketrans("“”", "  ")


class AddedLinks:
    """Which addresses the draft `editing` does not have yet.

    Not `thorough`: a hunk is compared with its surroundings only, so that a long draft is not scanned while it is
    edited. An address that was elsewhere in the draft is listed then, too.
    """

    def __init__(self, editing: str, *, thorough: bool = True) -> None:
        self._editing = editing
        self._thorough = thorough

    @cached_property
    def _known(self) -> Known:
        return Known([self._editing])

    def of_hunk(self, hunk: Hunk) -> list[str]:
        """The new addresses of a hunk, whatever becomes of the others, and those of its reason."""
        text = self._editing
        before = text[max(0, hunk.start - _AROUND) : hunk.start].rpartition("\n\n")[2]
        after = text[hunk.end : hunk.end + _AROUND].partition("\n\n")[0]
        made = before + hunk.after + after
        added = self._new(made, links_added(before + text[hunk.start : hunk.end] + after, made))
        return _each_once([*added, *self._told(hunk.reason, hunk.before, hunk.after)])

    def of(self, proposal: Proposal) -> list[str]:
        """The new addresses of the document that is proposed, and of what is said about it."""
        editing, document = self._editing, proposal.document
        new = self._known.new(document) if document != editing else []
        for text in (proposal.note, *proposal.problems):
            new += self._told(text, editing, document)
        for hunk in proposal.hunks:
            new += self._told(hunk.reason, hunk.before, hunk.after)
        return _each_once(new)

    def _told(self, said: str, *quoted: str) -> list[str]:
        """The new addresses of what is said about a change, which quotes it, cut short perhaps."""
        plain = _without_ends(said, quoted).translate(_QUOTES)
        return self._new(plain, links_added("", plain))

    def _new(self, text: str, found: list[str]) -> list[str]:
        """Of what was found in the text, what the draft does not have."""
        if not found or not self._thorough:
            return found
        new = set(self._known.new(text))
        return [each for each in found if each in new]


def _without_ends(said: str, quoted: tuple[str, ...]) -> str:
    """The text without words that are cut short by an ellipsis, where they are the beginning of a quoted one."""
    pieces = said.split("…")
    for index, piece in enumerate(pieces[:-1]):
        word = piece.translate(_QUOTES).split()[-1:]
        if word and piece.endswith(word[0]) and any(word[0] in each for each in quoted):
            pieces[index] = piece.removesuffix(word[0])
    return " ".join(pieces) if len(pieces) > 1 else said


def _each_once(addresses: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(addresses))

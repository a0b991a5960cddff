"""Which addresses of a text are new: not there before, or there as less than what they are now."""

from collections.abc import Iterable

from redraft.markdown.links.scan import levels

_Kinds = tuple[int, int, int]
_NONE: _Kinds = (0, 0, 0)


class Known:
    """The addresses of some texts, and the most that each reading does with them."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._kinds: dict[str, _Kinds] = {}
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Know the addresses of one more text."""
        for name, (_, kinds) in levels(text).items():
            strict, middle, loose = self._kinds.get(name, _NONE)
            self._kinds[name] = (max(strict, kinds[0]), max(middle, kinds[1]), max(loose, kinds[2]))

    def new(self, text: str) -> list[str]:
        """Each address of the text that these do not have, or have as less in some reading, in order of appearance."""
        return [
            address.text
            for name, (address, kinds) in levels(text).items()
            if any(now > before for now, before in zip(kinds, self._kinds.get(name, _NONE), strict=True))
        ]


def links_added(before: str | Iterable[str], after: str) -> list[str]:
    """Every address of `after` that no text of `before` has, each once, in order of appearance.

    One that was text and is a link, was a link and is loaded, or was in code and is not, counts as new. When renderers
    do not agree, it is listed.
    """
    return Known([before] if isinstance(before, str) else before).new(after)

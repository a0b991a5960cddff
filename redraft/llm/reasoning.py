"""Takes off what a model thinks aloud at the beginning of its answer, between marks."""

import re

MARKS: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("[THINK]", "[/THINK]"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    ("<|start|>assistant<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    ("<|channel|>final<|message|>", ""),
)
"""Of DeepSeek, Qwen and most; of Claude's prompts; of Gemma, Seed, Kimi and Magistral; and of gpt-oss."""
ORPHAN = re.compile(r"(?<![\s`'\"(«])\s*</think(?:ing)?>(?![`'\"),.;:»]| \w)|\A\s*</think(?:ing)?>")
"""An end without a beginning: templates that write the opening mark themselves leave it out of the answer. Not one that
a sentence or a piece of code speaks of."""
ENDS = ("</think>", "</thinking>")


class Unmarked(Exception):
    """What was shown already has turned out to be thought aloud: its end came, and it had no beginning."""


class Shown:
    """Takes an answer piece by piece; `add` answers what may be shown. `thought` is what was taken off.

    Only one block, and only at the beginning, counts: a mark in mid-answer may be the user's own text. An answer that
    is to be JSON begins as JSON does; anything else is held back to the end, in case it is thought without an opening
    mark. `opens_in_thought` is for models that have been seen to leave out that mark: their answers are held back until
    their thoughts end.
    """

    def __init__(self, *, is_json: bool, opens_in_thought: bool = False) -> None:
        self.thought = ""
        self._is_json = is_json
        self._holds = is_json or opens_in_thought
        self._closing: str | None = None
        self._rest = ""
        self._settled = False  # what comes from now on is shown
        self._watches = not is_json
        self._suspects = False
        self._given: list[str] = []

    def add(self, piece: str) -> str:
        """What of all that came may be shown now. Raises `Unmarked`."""
        if self._settled:
            return self._watched(piece) if self._watches else piece
        self._rest += piece
        if self._closing is None and not self.thought:
            self._open()
        return self._before() if self._closing is None else self._within(self._closing)

    def end(self) -> str:
        """What is left when all has come. A thought without an end is a thought all the same. Raises `Unmarked`."""
        rest, self._rest = self._rest, ""
        if self._suspects:
            raise Unmarked
        if self._closing is not None:
            self.thought += rest
            return ""
        return rest if self._settled else self._cut_off(rest)

    def _open(self) -> None:
        begun = self._rest.lstrip()
        for opening, closing in MARKS:
            if begun.startswith(opening):
                self._closing, self._rest = closing, begun[len(opening) :]
                return

    def _within(self, closing: str) -> str:
        at = self._rest.find(closing)
        if at < 0:
            over = max(0, len(self._rest) - len(closing) + 1)
            self.thought, self._rest = self.thought + self._rest[:over], self._rest[over:]
            return ""
        self.thought += self._rest[:at] or " "  # so that it is known that there was one
        self._rest, self._closing = self._rest[at + len(closing) :], None
        self._holds, self._watches = self._is_json, False
        return self._before()

    def _before(self) -> str:
        """Nothing that is open holds the rest back; shown as soon as it can be nothing else than the answer."""
        begun = self._rest.lstrip()
        if not begun or (not self.thought and any(opening.startswith(begun) for opening, _ in MARKS)):
            return ""
        if self.thought:
            self._rest = begun
        if self._is_json and begun[0] in "{[`":
            return self._settle(self._rest)
        found = self._orphan(self._rest)
        if found is not None:
            if _awaits_more(self._rest, found):
                return ""
            self._rest = self._cut_off(self._rest)
            return self._before()
        half = self._rest[self._rest.rfind("<") :] if "<" in self._rest else ""
        if self._holds or (half and any(end.startswith(half) for end in ENDS)):  # its other half is on the way
            return ""
        return self._settle(self._rest)

    def _settle(self, shown: str) -> str:
        self._settled, self._rest = True, ""
        self._watches = self._watches and not self.thought
        if self._watches:
            self._given.append(shown)
        return shown

    def _watched(self, piece: str) -> str:
        """A piece after the first. Costs a search in it, and nothing more where it holds no end of a mark."""
        self._given.append(piece)
        if ">" in piece or self._suspects:
            given = "".join(self._given)
            found = self._orphan(given)
            self._suspects = found is not None and _awaits_more(given, found)
            self._watches = "<think" not in given  # else spoken of, or begun in the middle: either way the user's
            if found is not None and not self._suspects:
                raise Unmarked
        return piece

    def _orphan(self, text: str) -> re.Match[str] | None:
        """The end of a thought in `text` that had no beginning."""
        if self.thought or "<think" in text or (self._is_json and text.lstrip()[:1] in ("{", "[", "`")):
            return None
        found = ORPHAN.search(text)
        return None if found is None or text.count("```", 0, found.start()) % 2 else found

    def _cut_off(self, text: str) -> str:
        """`text` without what leads up to such an end."""
        found = self._orphan(text)
        if found is None:
            return text
        self.thought += text[: found.start()] or " "
        self._holds, self._watches = self._is_json, False
        return text[found.end() :].lstrip()


def _awaits_more(text: str, found: re.Match[str]) -> bool:
    """Whether only what comes next tells if a mark is one, or is spoken of."""
    return text[found.end() :] in ("", " ")

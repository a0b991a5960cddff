"""Which piece of the draft a phrase means: looked up by code, asked of the model only where the words leave it open."""

from redraft.agents.editing.asking import Dialog, Prompt, one_of, record
from redraft.agents.editing.draft import Draft
from redraft.agents.editing.evidence import Candidate, Evidence
from redraft.agents.editing.small.meant.targets import Target, labels
from redraft.agents.tools import Answers
from redraft.agents.words import fold, naming, quoted, script

NONE = "none of these"
SHOWN = 8
CLEAR_LEAD = 1.25
FEW = 60
"""Targets up to which other forms of words are looked for in all of them."""

PROMPT = Prompt(
    f'A user speaks of a piece of a document. Tell which of the pieces is meant, or "{NONE}".',
    [
        (
            "item: call the bank\nitem: call Eva back\n\nThe user: I have talked to the bank, tick it off.",
            {"meant": "item: call the bank"},
        ),
        (
            "section: Prices\nsection: Opening hours\nsection: How to get here\n\nThe user: 删除关于交通的那一节。",
            {"meant": "section: How to get here"},
        ),
        (
            "section: Prices\nsection: Opening hours\n\nThe user: Delete the section about parking.",
            {"meant": NONE},
        ),
        (
            "paragraph: We opened in 1998.\nparagraph: Today we are twelve.\n\n"
            "The user: Mach den letzten Absatz kürzer.",
            {"meant": "paragraph: Today we are twelve."},
        ),
        (
            "item: 1. Boil water\nitem: 2. Add tea\nitem: 3. Wait\n\nThe user: Xóa bước thứ hai.",
            {"meant": "item: 2. Add tea"},
        ),
    ],
)


class NotFound(Exception):
    """The draft does not have what the request speaks of."""


class Finder:
    """Looks phrases up in one draft."""

    def __init__(self, tools: Answers, draft: Draft) -> None:
        self._tools = tools
        self._draft = draft

    async def find(self, phrase: str, targets: list[Target]) -> Target:
        """The target that is meant. Raises `NotFound`."""
        exact = [each for each in targets if fold(each.text).split() == fold(phrase.strip("\"'“”„«»「」")).split()]
        exact = exact or [each for each in targets if naming(phrase) and naming(each.text) == naming(phrase)]
        if len(exact) == 1:
            return exact[0]
        literal = [each for each in targets if any(fold(name) in fold(each.text) for name in quoted(phrase))]
        if len(literal) == 1:
            return literal[0]
        said = self._draft.says(phrase)
        found = self.supported(phrase, targets)
        if not found and not said:  # small models translate and invent: then the request itself tells
            found = self._pointed_to(targets)
        return await self._chosen(found, phrase, targets)

    async def pointed_to(self, targets: list[Target]) -> Target:
        """The target that the request as a whole points to. Raises `NotFound`."""
        found = self._pointed_to(targets)
        return await self._chosen(found, "", targets)

    async def _chosen(self, found: list[tuple[Target, float]], phrase: str, targets: list[Target]) -> Target:
        if found and (len(found) == 1 or found[0][1] >= CLEAR_LEAD * found[1][1]):
            return found[0][0]
        if found:  # among those that the words leave open; what they rule out the model cannot bring back
            return await self._ask([each for each, score in found[:SHOWN] if CLEAR_LEAD * score > found[0][1]])
        if targets and not self._is_a_name(phrase, targets) and (self._draft.is_foreign or not naming(phrase)):
            return await self._ask(self._likely(targets))
        raise NotFound(phrase)

    def _is_a_name(self, phrase: str, targets: list[Target]) -> bool:
        """Whether the user quotes it, in letters that the targets have too: then it is there to the letter, or not."""
        known = {script(each.text) for each in targets if any(map(str.isalpha, each.text))}
        return phrase.strip() in quoted(self._draft.instruction) and script(phrase) in known

    def supported(self, phrase: str, targets: list[Target], *, in_any_form: bool = False) -> list[tuple[Target, float]]:
        """The targets whose words say what the phrase says, with their scores, the best first."""
        if not naming(phrase):
            return []
        evidence = Evidence([Candidate(target.text, target.around) for target in targets])
        few = range(len(targets)) if in_any_form and len(targets) <= FEW else ()
        scores = [
            (targets[index], evidence.score(index, phrase) + 0.3 * evidence.score(index, self._draft.query))
            for index in evidence.ranked(phrase) or few  # the words may be there in other forms only
            if evidence.supports(index, phrase)
        ]
        return sorted(scores, key=lambda each: -each[1])

    def _pointed_to(self, targets: list[Target]) -> list[tuple[Target, float]]:
        evidence = Evidence([Candidate(target.text, target.around) for target in targets])
        return [(targets[i], evidence.score(i, self._draft.query)) for i in evidence.ranked(self._draft.query)[:SHOWN]]

    def _likely(self, targets: list[Target]) -> list[Target]:
        """A few targets for a phrase that cannot be looked up: those the request points to, else the first and last."""
        evidence = Evidence([Candidate(target.text, target.around) for target in targets])
        kept = set(evidence.ranked(self._draft.query)[: SHOWN - 2])
        for index in (*range(SHOWN), *range(len(targets) - SHOWN, len(targets))):
            if 0 <= index < len(targets) and len(kept) < 2 * SHOWN:
                kept.add(index)
        return [targets[index] for index in sorted(kept)]

    async def _ask(self, targets: list[Target]) -> Target:
        shown = labels(targets)
        said = "\n".join(shown) + f"\n\nThe user: {self._draft.request}"
        chosen = await Dialog(self._tools, PROMPT).choose(said, record(meant=one_of(*shown, NONE)))
        if chosen.get("meant") not in shown:
            raise NotFound(self._draft.instruction)
        return targets[shown.index(chosen["meant"])]

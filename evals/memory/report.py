"""What was measured of each chat, and the one table of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from evals.memory.cases import Chat
from evals.memory.judging import Known, Seen
from evals.memory.model import Asked
from evals.memory.probing import WAYS, Probed
from redraft.llm import estimate, estimate_messages

TARGETS = {"6k": "≥ 95 %", "fits": "100 %", "summary": "≥ 97 %", "none": "0", "all": "100 %", "doubled": "≤ 5 %"}


@dataclass
class Cost:
    """Calls of a model and its tokens, in and out."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @classmethod
    def of_calls(cls, asked: Sequence[Asked]) -> "Cost":
        """That of calls of this evaluation's server: tokens are estimated."""
        tokens_in = sum(estimate_messages(each.messages) for each in asked)
        return cls(len(asked), tokens_in, sum(estimate(each.answer) for each in asked))

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.calls + other.calls, self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


@dataclass
class Measured:
    """All of one chat; what was not measured is None or empty. `moved`: answers that were recorded of other parts."""

    chat: Chat
    small: Probed | None = None
    large: Probed | None = None
    summary: dict[str, Seen] = field(default_factory=dict)
    running: dict[str, Seen] = field(default_factory=dict)
    known: Known | None = None
    items: list[str] = field(default_factory=list)
    learning: Cost = field(default_factory=Cost)
    summing: Cost = field(default_factory=Cost)
    running_cost: Cost = field(default_factory=Cost)
    apart: Cost = field(default_factory=Cost)
    together: Cost = field(default_factory=Cost)
    joint: dict[str, Seen] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


Tally = tuple[int, int]
"""How many of how many."""
Row = tuple[str, str, Callable[[Measured], Tally | None]]


def table(results: list[Measured]) -> str:
    """A row for each measure, a column for each chat, all together, and what is wanted."""
    head = ["measure", *(each.chat.id for each in results), "all", "target"]
    lines = [_line(head), _line(["---"] * len(head))]
    for name, target, of in _ROWS:
        tallies = [of(each) for each in results]
        if any(each is not None for each in tallies):
            share = "%" in target
            cells = [_cell(each, share=False) for each in tallies]
            lines.append(_line([name, *cells, _cell(_sum(tallies), share=share), target]))
    for name, cost in _COSTS:
        costs = [cost(each) for each in results]
        if any(each.tokens_in for each in costs):
            cells = [_spent(each) for each in [*costs, sum(costs, Cost())]]
            lines.append(_line([name, *cells, ""]))
    return "\n".join(lines)


def shown(results: Iterable[Measured]) -> str:
    """Each single thing that is not as it should be."""
    lines: list[str] = []
    for each in results:
        lines += [f"{each.chat.id}: {line}" for line in _wrong(each)]
    return "\n".join(lines)


def _wrong(found: Measured) -> Iterable[str]:
    about = {fact.id: fact.about for fact in found.chat.facts}
    for name, probe in (("6k", found.small), ("fits", found.large)):
        for way in WAYS if probe else ():
            for fact, what in probe.visible[way].items() if probe else ():
                if what != "newest":
                    yield f"{way}, {name}: {fact} is {what} ({about[fact]})"
    for name, kept in (("summary", found.summary), ("running summary", found.running)):
        yield from (f"{name}: {fact} is {what} ({about[fact]})" for fact, what in kept.items() if what != "newest")
    if found.known is not None:
        known = found.known
        told = {"lost": known.lost, "own item changed": known.own_changed, "not noted beside": known.not_noted,
                "older statement kept": known.older, "doubled": known.doubled, **known.never}  # fmt: skip
        yield from (f"{name}: {text}" for name, texts in told.items() for text in texts)
    yield from found.failed


def _visible(size: str, way: str) -> Callable[[Measured], Tally | None]:
    def count(found: Measured) -> Tally | None:
        probe = found.small if size == "6k" else found.large
        return _kept(probe.visible[way]) if probe else None  # type: ignore[index]

    return count


def _kept(what: dict[str, Seen]) -> Tally | None:
    return (sum(each == "newest" for each in what.values()), len(what)) if what else None


def _older(found: Measured) -> Tally | None:
    probes = [probe for probe in (found.small, found.large) if probe]
    told = [each for probe in probes for facts in probe.visible.values() for each in facts.values()]
    told += [*found.summary.values(), *found.running.values()]
    return (sum(each == "older" for each in told), len(told)) if told else None


def _of_known(count: Callable[[Known], Tally]) -> Callable[[Measured], Tally | None]:
    return lambda found: count(found.known) if found.known is not None else None


def _never(why: str) -> Callable[[Measured], Tally | None]:
    def count(found: Measured) -> Tally | None:
        rules = sum(each.why == why for each in found.chat.never)
        return (len(found.known.never.get(why, [])), rules) if found.known and rules else None

    return count


_ROWS: list[Row] = [
    *((f"seen by: {way}, 6k", TARGETS["6k"], _visible("6k", way)) for way in WAYS),
    *((f"seen by: {way}, fits", TARGETS["fits"], _visible("fits", way)) for way in WAYS),
    ("facts in a summary", TARGETS["summary"], lambda found: _kept(found.summary)),
    ("facts in a summary that came with learning", TARGETS["summary"], lambda found: _kept(found.joint)),
    ("facts in the running summary, 6k", TARGETS["summary"], lambda found: _kept(found.running)),
    ("only the older value told", TARGETS["none"], _older),
    ("true items lost", TARGETS["none"], _of_known(lambda known: (len(known.lost), known.wanted))),
    ("own items changed", TARGETS["none"], _of_known(lambda known: (len(known.own_changed), known.own))),
    ("contradictions noted beside", TARGETS["all"],
     _of_known(lambda known: (known.noted - len(known.not_noted), known.noted))),
    ("newest statement wins", TARGETS["all"], _of_known(lambda known: (known.turns - len(known.older), known.turns))),
    ("deleted items back", TARGETS["none"], _never("deleted")),
    ("kept in spite of \"forget\"", TARGETS["none"], _never("forgotten")),
    ("pasted instructions kept", TARGETS["none"], _never("pasted")),
    ("wishes for once kept", TARGETS["none"], _never("once")),
    ("doubled items", TARGETS["doubled"], _of_known(lambda known: (len(known.doubled), known.items))),
]  # fmt: skip
_COSTS: list[tuple[str, Callable[[Measured], Cost]]] = [
    ("learning: calls, tokens in, out", lambda found: found.learning),
    ("a summary: the same", lambda found: found.summing),
    ("running summary, 6k: the same", lambda found: found.running_cost),
    ("one chat learned from, then summed up", lambda found: found.apart),
    ("both in one call", lambda found: found.together),
]


def _sum(tallies: Iterable[Tally | None]) -> Tally | None:
    some = [each for each in tallies if each is not None]
    return (sum(each[0] for each in some), sum(each[1] for each in some)) if some else None


def _cell(tally: Tally | None, *, share: bool) -> str:
    if tally is None:
        return "–"
    part = f" ({tally[0] / tally[1]:.1%})" if share and tally[1] else ""
    return f"{tally[0]} of {tally[1]}{part}"


def _spent(cost: Cost) -> str:
    return f"{cost.calls}, {cost.tokens_in:,}, {cost.tokens_out:,}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"

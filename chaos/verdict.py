"""What the clients saw against what is stored. Pure: each check is given the evidence, and answers what is wrong."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple, get_args

from chaos.model import TOKENS, answer
from chaos.seen import LAST, Asked, Charge, Event, Turn

Promise = Literal[
    "lost turns",
    "doubled turns",
    "doubled charges",
    "lost charges",
    "gaps",
    "turns without an end",
    "wrong text",
    "out of order",
    "wrong answers",
    "not judged",
]
PROMISES: tuple[Promise, ...] = get_args(Promise)


class Broken(NamedTuple):
    """One promise broken once, and where."""

    promise: Promise
    where: str


def events_broken(turn: Turn) -> Iterable[Broken]:
    """What is wrong with the sequence of events by itself."""
    if not turn.ended:
        yield Broken("turns without an end", f"{turn.question} {turn.run_id} after event {turn.last_id}")
    if turn.events and turn.events[0].seq != 1:
        yield Broken("gaps", f"{turn.question} begins with {turn.events[0].id}")
    for before, after in pairwise(turn.events):
        if before.name in LAST:
            yield Broken("turns without an end", f"{turn.question} goes on after its end with {after.id}")
        elif not _follows(before, after):
            yield Broken("gaps", f"{turn.question} from {before.id} to {after.id} {after.name}")
    yield from _text_broken(turn)


def _follows(before: Event, after: Event) -> bool:
    """Within an attempt ids are dense. A new one takes back what was not stored, and skips nothing."""
    if after.name != "restart":
        return after.id == before.id + 1
    return after.attempt > before.attempt and after.seq <= before.seq + 1 and after.said["attempt"] == after.attempt


def _text_broken(turn: Turn) -> Iterable[Broken]:
    """The tokens since the last restart are the message; and it is what the model says, whole unless it was stopped."""
    message = turn.message
    if message is None:
        return
    text = ""
    for event in turn.events:
        text = "" if event.name == "restart" else text + (event.said["text"] if event.name == "token" else "")
    whole = "".join(answer(turn.question))
    stopped = turn.stopped and message["status"] == "stopped" and whole.startswith(message["content"])
    if text != message["content"] or not (stopped or (message["status"], message["content"]) == ("complete", whole)):
        told = f"{len(text)} characters of {message['status']} {len(message['content'])}"
        yield Broken("wrong text", f"{turn.question} {turn.run_id}: {told}; {shape(turn.events)}")


def replay_broken(turn: Turn, stored: Sequence[Event]) -> Iterable[Broken]:
    """What was seen, less what later attempts took back, is what is stored: each event, once, in its order."""
    kept: list[Event] = []
    for event in turn.events:
        while event.name == "restart" and kept and kept[-1].seq >= event.seq:
            kept.pop()
        kept.append(event)
    if not turn.ended or kept == list(stored):
        return
    if not stored or stored[-1].name not in LAST:
        yield Broken("turns without an end", f"{turn.question} {turn.run_id}: replayed as {shape(stored)} and no more")
    else:
        yield Broken("gaps", f"{turn.question} {turn.run_id}: seen {shape(turn.events)}; stored {shape(stored)}")


def shape(events: Sequence[Event]) -> str:
    """The ids, in the order in which they came: `1-31, 1000006-1000040 done`."""
    parts: list[list[Event]] = []
    for event in events:
        if parts and event.id == parts[-1][-1].id + 1:
            parts[-1].append(event)
        else:
            parts.append([event])
    told = ", ".join(f"{part[0].name} {part[0].id}-{part[-1].id}" for part in parts)
    return f"{told} {events[-1].name}" if events else "nothing"


def history_broken(turns: Sequence[Turn], messages: Sequence[dict[str, Any]]) -> Iterable[Broken]:
    """One conversation: every accepted question and every answer once, in the order in which they were accepted."""
    if [message["seq"] for message in messages] != list(range(1, len(messages) + 1)):
        yield Broken("gaps", f"messages {[message['seq'] for message in messages]}")
    by_run: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        by_run.setdefault(message["run_id"], []).append(message)
    known = {turn.run_id for turn in turns}
    for run_id in by_run.keys() - known:
        yield Broken("doubled turns", f"{run_id} answers nobody's question: {by_run[run_id][0]['content'][:40]!r}")
    for turn in turns:
        if turn.run_id is not None:
            yield from _turn_broken(turn, by_run.get(turn.run_id, []))
    places = {message["run_id"]: message["seq"] for message in messages if message["role"] == "user"}
    ordered = sorted((turn for turn in turns if turn.run_id in places), key=lambda turn: places[turn.run_id])
    for place, turn in enumerate(ordered):
        for later in ordered[place + 1 :]:
            if later.accepted is not None and later.accepted < turn.began:
                yield Broken("out of order", f"{later.question} was accepted before {turn.question} was asked")


def _turn_broken(turn: Turn, messages: Sequence[dict[str, Any]]) -> Iterable[Broken]:
    asked = [message["content"] for message in messages if message["role"] == "user"]
    answers = [(each["content"], each["status"]) for each in messages if each["role"] == "assistant"]
    if turn.question not in asked:
        yield Broken("lost turns", f"{turn.question} {turn.run_id}")
    if len(asked) > 1 or len(answers) > 1:
        yield Broken("doubled turns", f"{turn.question} {turn.run_id}: {len(asked)} questions, {len(answers)} answers")
    said = turn.message
    if said is not None and (answers or [("", "stopped")]) != [(said["content"], said["status"])]:
        yield Broken("wrong text", f"{turn.question} {turn.run_id}: the history has {answers}")


def runs_broken(turns: Iterable[Turn], runs: Iterable[dict[str, Any]]) -> Iterable[Broken]:
    """Every run that is stored has ended and is settled, and is the one run of its question."""
    known = {turn.run_id for turn in turns}
    for run in runs:
        if run["_id"] not in known:
            yield Broken("doubled turns", f"{run['_id']} is a second run of some question")
        if run["status"] in ("queued", "running") or "unsettled" in run:
            yield Broken("turns without an end", f"{run['_id']} is {run['status']}, settled: {'unsettled' not in run}")


def charges_broken(turn: Turn, asked: Sequence[Asked], charged: Sequence[Charge]) -> Iterable[Broken]:
    """One run's calls, as the model itself has them, against its record of calls and what it told its user."""
    where = f"{turn.question} {turn.run_id}"
    if len(charged) > len(asked):
        yield Broken("doubled charges", f"{where}: asked {len(asked)} times, charged {len(charged)} times")
    counted = Counter(row.input_tokens for row in charged if row.outcome == "ok")
    told = {call.number for call in asked if call.told_all}
    for number, times in counted.items():
        if times > 1 or number not in told:
            yield Broken("doubled charges", f"{where}: call {number} charged {times} times, told: {number in told}")
    if any(row.output_tokens != TOKENS or row.estimated for row in charged if row.outcome == "ok"):
        yield Broken("lost charges", f"{where}: a whole answer was not charged as the model counted it")
    if turn.message is not None and turn.message["status"] == "complete" and not counted:
        yield Broken("lost charges", f"{where}: its answer is on no record")
    usage = [event.said for event in turn.events if event.name == "usage"]
    for name in ("input_tokens", "output_tokens"):
        if turn.ended and [each[name] for each in usage] != [sum(getattr(row, name) or 0 for row in charged)]:
            yield Broken("doubled charges", f"{where}: the {name} shown are {usage}, the record has {list(charged)}")


def strangers_broken(turns: Iterable[Turn], asked: Iterable[Asked], charged: Iterable[Charge]) -> Iterable[Broken]:
    """Nothing was asked for or charged to a run that nobody knows."""
    questions = {turn.question for turn in turns}
    runs = {turn.run_id for turn in turns}
    for call in asked:
        if call.question not in questions:
            yield Broken("doubled charges", f"the model was asked {call.question!r}, which nobody asked")
    for row in charged:
        if row.run_id not in runs:
            yield Broken("doubled charges", f"{row.run_id} is charged, and nobody's")

"""Each check of the chaos suite finds what it is there for: a sound history passes, and every corrupted one fails."""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest

from chaos.faults import schedule
from chaos.model import TOKENS, answer
from chaos.seen import ATTEMPT, Asked, Charge, Event, Turn
from chaos.verdict import (
    PROMISES,
    Broken,
    charges_broken,
    events_broken,
    history_broken,
    replay_broken,
    runs_broken,
    strangers_broken,
)

CONVERSATION = "c1"


def event(attempt: int, seq: int, name: str, /, **said: Any) -> Event:
    return Event((attempt - 1) * ATTEMPT + seq, name, json.dumps(said))


def tokens(question: str, attempt: int, first: int, count: int) -> list[Event]:
    said = answer(question)[:count]
    return [event(attempt, seq, "token", text=text) for seq, text in enumerate(said, start=first)]


def ending(attempt: int, first: int, calls: list[Charge], content: str, status: str = "complete") -> list[Event]:
    return [
        event(
            attempt,
            first,
            "usage",
            input_tokens=sum(call.input_tokens or 0 for call in calls),
            output_tokens=sum(call.output_tokens or 0 for call in calls),
        ),
        event(attempt, first + 1, "done", message={"content": content, "status": status}),
    ]


@dataclass
class Evidence:
    """Three turns of one conversation: whole, taken over after a crash, and stopped."""

    turns: list[Turn]
    stored: dict[str, list[Event]]
    messages: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    asked: list[Asked]
    charged: list[Charge]

    def judged(self) -> list[Broken]:
        """Everything, as `chaos.evidence` puts it together."""
        found: list[Broken] = [*history_broken(self.turns, self.messages), *runs_broken(self.turns, self.runs)]
        found += strangers_broken(self.turns, self.asked, self.charged)
        for turn in self.turns:
            found += [*events_broken(turn), *replay_broken(turn, self.stored[str(turn.run_id)])]
            calls = [call for call in self.asked if call.question == turn.question]
            found += charges_broken(turn, calls, [row for row in self.charged if row.run_id == turn.run_id])
        return found


def sound() -> Evidence:
    """What a cluster leaves behind that keeps its promises."""
    whole = {question: "".join(answer(question)) for question in ("q0", "q1", "q2")}
    part = "".join(answer("q2")[:3])
    charged = [
        Charge("r0", 1, TOKENS, "ok", False),
        Charge("r1", 2, TOKENS, "ok", False),
        Charge("r1", 3, TOKENS, "ok", False),
        Charge("r2", 25, 4, "cancelled", True),
    ]
    first = [event(1, 1, "run", run_id="r0"), *tokens("q0", 1, 2, TOKENS), *ending(1, 32, charged[:1], whole["q0"])]
    # Ten tokens were seen of the first attempt, and five stored when its replica died.
    again = [
        event(2, 7, "restart", attempt=2),
        *tokens("q1", 2, 8, TOKENS),
        *ending(2, 38, charged[1:3], whole["q1"]),
    ]
    begun = [event(1, 1, "run", run_id="r1"), *tokens("q1", 1, 2, 10)]
    third = [event(1, 1, "run", run_id="r2"), *tokens("q2", 1, 2, 3), *ending(1, 5, charged[3:], part, "stopped")]
    turns = [
        Turn("q0", CONVERSATION, began=0, accepted=1, run_id="r0", events=first),
        Turn("q1", CONVERSATION, began=2, accepted=3, run_id="r1", events=[*begun, *again]),
        Turn("q2", CONVERSATION, began=4, accepted=5, run_id="r2", stopped=True, events=third),
    ]
    said = [("q0", whole["q0"], "complete"), ("q1", whole["q1"], "complete"), ("q2", part, "stopped")]
    messages = []
    for place, (question, text, status) in enumerate(said):
        run_id = f"r{place}"
        messages.append({"seq": 2 * place + 1, "role": "user", "run_id": run_id, "content": question})
        messages[-1]["status"] = "complete"
        answered = {"seq": 2 * place + 2, "role": "assistant", "run_id": run_id, "content": text, "status": status}
        messages.append(answered)
    return Evidence(
        turns=turns,
        stored={"r0": [*first], "r1": [*begun[:6], *again], "r2": [*third]},
        messages=messages,
        runs=[{"_id": f"r{place}", "status": "done"} for place in range(3)],
        asked=[Asked(1, "q0", True), Asked(2, "q1", True), Asked(3, "q1", True), Asked(4, "q2"), Asked(5, "q2")],
        charged=charged,
    )


def kinds(found: Iterable[Broken]) -> set[str]:
    return {broken.promise for broken in found}


def test_a_sound_history_breaks_no_promise() -> None:
    assert sound().judged() == []


def _drop(turn: int, place: int) -> Callable[[Evidence], None]:
    """An event that never came."""
    return lambda here: here.turns[turn].events.pop(place) and None


def _twice(turn: int, place: int) -> Callable[[Evidence], None]:
    return lambda here: here.turns[turn].events.insert(place, here.turns[turn].events[place])


def _swap(here: Evidence) -> None:
    seen = here.turns[0].events
    seen[4], seen[5] = seen[5], seen[4]


def _cut_off(here: Evidence) -> None:
    del here.turns[0].events[-1]


def _more_after_the_end(here: Evidence) -> None:
    here.turns[0].events.append(here.turns[0].events[-1]._replace(id=34))


def _restart_skips(here: Evidence) -> None:
    """The seen part ends at 4, the restart goes on at 7: what was stored between was never shown."""
    del here.turns[1].events[4:11]


def _restart_of_nothing(here: Evidence) -> None:
    """A restart without a new attempt."""
    seen = here.turns[1].events
    seen[11] = event(1, 12, "restart", attempt=1)


def _text_not_forgotten(here: Evidence) -> None:
    """The second attempt goes on where the first was, instead of saying everything."""
    del here.turns[1].events[12:22]
    here.turns[1].events[12:] = [each._replace(id=each.id - 10) for each in here.turns[1].events[12:]]
    here.stored["r1"] = here.turns[1].events[:6] + here.turns[1].events[11:]


def _stored_otherwise(here: Evidence) -> None:
    here.stored["r0"][3] = here.stored["r0"][3]._replace(data=json.dumps({"text": "something else"}))


def _not_stored(here: Evidence) -> None:
    del here.stored["r1"][5]


def _cut_answer(here: Evidence) -> None:
    """Nobody stopped it, and it is called complete."""
    whole = here.turns[0]
    part = "".join(answer("q0")[:5])
    whole.events = [*whole.events[:6], *ending(1, 7, here.charged[:1], part)]
    here.stored["r0"] = [*whole.events]
    here.messages[1]["content"] = part


def _stopped_by_nobody(here: Evidence) -> None:
    here.turns[2].stopped = False


def _another_answer_kept(here: Evidence) -> None:
    here.messages[1]["content"] += "and more"


def _answer_not_kept(here: Evidence) -> None:
    del here.messages[5]


def _question_not_kept(here: Evidence) -> None:
    del here.messages[4:]


def _asked_twice(here: Evidence) -> None:
    here.messages.append({**here.messages[4], "seq": 7})


def _answered_twice(here: Evidence) -> None:
    here.messages.append({**here.messages[5], "seq": 7})


def _a_run_of_nobody_in_the_history(here: Evidence) -> None:
    here.messages.append({"seq": 7, "role": "user", "run_id": "r9", "content": "q0", "status": "complete"})


def _a_second_run(here: Evidence) -> None:
    here.runs.append({"_id": "r9", "status": "done"})


def _still_running(here: Evidence) -> None:
    here.runs[0]["status"] = "running"


def _still_waiting(here: Evidence) -> None:
    here.runs[0]["status"] = "queued"


def _replayed_without_its_end(here: Evidence) -> None:
    del here.stored["r0"][-1]


def _never_replayed(here: Evidence) -> None:
    here.stored["r0"].clear()


def _never_settled(here: Evidence) -> None:
    here.runs[0]["unsettled"] = "since a moment"


def _hole_in_the_history(here: Evidence) -> None:
    for message in here.messages[2:]:
        message["seq"] += 1


def _answered_in_the_wrong_order(here: Evidence) -> None:
    here.messages = [*here.messages[2:4], *here.messages[:2], *here.messages[4:]]
    for seq, message in enumerate(here.messages, start=1):
        message["seq"] = seq


def _charged_twice(here: Evidence) -> None:
    here.charged.append(here.charged[0])


def _one_call_charged_as_two(here: Evidence) -> None:
    """As many rows as calls, but two of them are for the same one."""
    here.charged[2] = here.charged[1]


def _charged_for_what_was_cut_off(here: Evidence) -> None:
    here.asked[0].told_all = False


def _estimated_where_it_was_counted(here: Evidence) -> None:
    here.charged[0] = replace(here.charged[0], output_tokens=TOKENS - 1)


def _not_charged(here: Evidence) -> None:
    del here.charged[0]


def _told_otherwise(here: Evidence) -> None:
    events = here.turns[0].events
    events[-2] = event(1, 32, "usage", input_tokens=1, output_tokens=2 * TOKENS)
    here.stored["r0"] = [*events]


def _charged_to_nobody(here: Evidence) -> None:
    here.charged.append(Charge("r9", 5, TOKENS, "ok", False))


def _asked_by_nobody(here: Evidence) -> None:
    here.asked.append(Asked(6, "q9"))


@pytest.mark.parametrize(
    ("corrupt", "promise"),
    [
        (_drop(0, 5), "gaps"),
        (_drop(0, 0), "gaps"),
        (_drop(1, 14), "gaps"),
        (_twice(0, 5), "gaps"),
        (_swap, "gaps"),
        (_restart_skips, "gaps"),
        (_restart_of_nothing, "gaps"),
        (_stored_otherwise, "gaps"),
        (_not_stored, "gaps"),
        (_hole_in_the_history, "gaps"),
        (_cut_off, "turns without an end"),
        (_more_after_the_end, "turns without an end"),
        (_still_running, "turns without an end"),
        (_still_waiting, "turns without an end"),
        (_replayed_without_its_end, "turns without an end"),
        (_never_replayed, "turns without an end"),
        (_never_settled, "turns without an end"),
        (_text_not_forgotten, "wrong text"),
        (_cut_answer, "wrong text"),
        (_stopped_by_nobody, "wrong text"),
        (_another_answer_kept, "wrong text"),
        (_answer_not_kept, "wrong text"),
        (_question_not_kept, "lost turns"),
        (_asked_twice, "doubled turns"),
        (_answered_twice, "doubled turns"),
        (_a_run_of_nobody_in_the_history, "doubled turns"),
        (_a_second_run, "doubled turns"),
        (_answered_in_the_wrong_order, "out of order"),
        (_charged_twice, "doubled charges"),
        (_one_call_charged_as_two, "doubled charges"),
        (_charged_for_what_was_cut_off, "doubled charges"),
        (_told_otherwise, "doubled charges"),
        (_charged_to_nobody, "doubled charges"),
        (_asked_by_nobody, "doubled charges"),
        (_estimated_where_it_was_counted, "lost charges"),
        (_not_charged, "lost charges"),
    ],
)
def test_a_corrupted_history_breaks_the_promise(corrupt: Callable[[Evidence], None], promise: str) -> None:
    here = deepcopy(sound())
    corrupt(here)
    assert promise in kinds(here.judged())
    assert promise in PROMISES


def test_a_seed_draws_the_same_faults_again_and_pauses_outlast_the_lease() -> None:
    one, again = (schedule(3, 600, 3, 6, lease_seconds=2, longest_outage=20) for _ in range(2))
    assert one == again
    assert one != schedule(4, 600, 3, 6, lease_seconds=2, longest_outage=20)
    assert len({fault.kind for fault in one}) == 7
    assert all(fault.seconds > 2 for fault in one if fault.kind == "pause")
    assert all(0 <= fault.at < 600 for fault in one)

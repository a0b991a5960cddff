"""A run's events as data: stored and read again, and written by the protocol that a client speaks."""

from collections.abc import Sequence
from typing import get_args

import pytest

from redraft.runs.events import (
    Event,
    HunkFound,
    MemoryChanged,
    OtherEvent,
    ProposalMade,
    RunDone,
    RunFailed,
    RunQueued,
    RunRestarted,
    RunStarted,
    Shown,
    Token,
    UsageCounted,
    event_of,
    text_of,
)
from redraft.runs.log import pack, unpack
from redraft.runs.native import native
from tests.events import events_of

ALL: list[Event] = [
    RunQueued("run_1"),
    RunStarted("run_1", "chat", "openai:gpt-4o-mini"),
    Token("Hello"),
    RunRestarted(2),
    HunkFound({"id": "h1"}),
    ProposalMade({"proposal_id": "p1", "hunks": []}),
    MemoryChanged({"learned": []}),
    UsageCounted({"input_tokens": 3}),
    RunDone({"content": "Hello"}),
    RunFailed({"code": "model_failed"}),
]


def numbered(of: Sequence[Event], first: int = 1) -> list[Shown]:
    return [Shown(number, event) for number, event in enumerate(of, first)]


def test_every_class_is_among_these() -> None:
    assert {type(each) for each in ALL} == set(get_args(Event)) - {OtherEvent}


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.name)
def test_an_event_is_the_same_when_it_is_read_again(event: Event) -> None:
    assert event_of(event.name, event.data()) == event


def test_what_is_stored_has_the_same_ids() -> None:
    shown = numbered(ALL, 1_000_007)
    assert unpack(pack(shown)) == shown


def test_an_event_of_a_newer_version_is_passed_on_as_it_is() -> None:
    stranger = event_of("tool_call", {"tool": "search"})
    assert stranger == OtherEvent("tool_call", {"tool": "search"})
    assert unpack(pack([Shown(4, stranger)])) == [Shown(4, stranger)]
    assert [(each.id, each.name, each.data) for each in events_of(native([Shown(4, stranger)]).decode())] == [
        (4, "tool_call", {"tool": "search"})
    ]


def test_our_own_protocol_says_all_of_it() -> None:
    sent = events_of(native(numbered(ALL)).decode())
    assert [(each.id, each.name, each.data) for each in sent] == [
        (number, event.name, event.data()) for number, event in enumerate(ALL, 1)
    ]
    assert native([]).startswith(b":")


def test_the_answer_is_what_was_said_since_the_last_restart() -> None:
    assert text_of(numbered([Token("a"), RunRestarted(2), Token("b"), RunQueued("run_1"), Token("c")])) == "bc"

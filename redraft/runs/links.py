"""The addresses of an answer that nothing before it had."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import structlog

from redraft.errors import RedraftError
from redraft.markdown import Known, links_added
from redraft.runs.history import Histories
from redraft.runs.models import Outcome, RunRecord
from redraft.threads import in_thread_if_long
from redraft.vault import OwnerKey

log = structlog.get_logger()


async def with_links(outcome: Outcome, record: RunRecord, key: OwnerKey, histories: Histories) -> Outcome:
    """The outcome with the addresses of its message that neither the chat nor anything else in the run's input has.

    A message without addresses costs nothing more. Where the chat cannot be read, all of them are new.
    """
    try:
        return await _with_links(outcome, record, key, histories)
    except Exception as error:  # noqa: BLE001  a turn ends, whatever becomes of this
        log.error("links not found", run_id=record.id, error=type(error).__name__)
        return outcome


async def _with_links(outcome: Outcome, record: RunRecord, key: OwnerKey, histories: Histories) -> Outcome:
    message = outcome.message
    if not message:
        return outcome
    found = await in_thread_if_long(len(message), links_added, "", message)
    if not found:
        return outcome
    try:
        chat = await histories.chat(record, key)
    except (RedraftError, KeyError):  # the database is away; or the run has no chat
        chat = []
    known = list(_texts([record.input, chat]))
    return replace(
        outcome, links_added=await in_thread_if_long(sum(map(len, known)) + len(message), _new, known, message)
    )


def _new(known: list[str], message: str) -> list[str]:
    return Known(known).new(message)


def _texts(value: Any) -> Iterator[str]:
    """Every text in it, each once, but images, which are long and say nothing."""
    seen: set[str] = set()
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            left += each.values()
        elif isinstance(each, list | tuple):
            left += each
        elif isinstance(each, str) and each not in seen and not each.startswith("data:image/"):
            seen.add(each)
            yield each

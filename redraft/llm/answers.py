"""Whether an answer can be used, and what a client is told when there is none."""

from collections.abc import Sequence

import orjson
from pydantic_core import from_json

from redraft.errors import ModelFailed, PromptTooLong, RedraftError
from redraft.llm.ask import Message
from redraft.llm.endings import COMPLETE
from redraft.llm.provider import Failure, Kind
from redraft.llm.tally import Tally
from redraft.llm.texts import keepable_json

TOLD: dict[Kind, str] = {
    "unreachable": "The model's server cannot be reached.",
    "slow": "The model did not answer in time.",
    "overloaded": "The model's server is overloaded.",
    "server_error": "The model's server failed.",
    "broken": "The model's server broke off in mid-answer.",
    "refused": "The model's server refused the request.",
    "key": "The model's server does not accept redraft's key.",
    "filtered": "The model's provider refused to answer this.",
    "cut": "The model's answer did not fit into its limit.",
    "unusable": "The model's answer could not be used.",
    "empty": "The model gave no answer.",
}
"""What a client is told of each failure; what the server said stays in the log."""


def has_images(messages: Sequence[Message]) -> bool:
    """Whether any message has a part that is not text."""
    contents = [message["content"] for message in messages]
    return any(part.get("type") != "text" for parts in contents if isinstance(parts, list) for part in parts)


def checked(text: str, tally: Tally) -> str:
    """`text`, when it is what the ask wanted; raises `Failure` when it has no JSON and should be some.

    Some servers put the JSON between words or in a fence, whatever they were told.
    """
    if tally.ask.schema is None:
        return text
    text = keepable_json(text)
    for candidate in (text, text[text.find("{") : text.rfind("}") + 1]):
        try:
            orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
        return candidate
    if tally.ending.cut is not None:
        if tally.ask.partial and (whole := _closed(text)):
            return whole
        raise Failure("cut", f"no whole JSON in {tally.ask.max_tokens} tokens", charged=True)
    raise Failure("unusable", "the answer is not JSON", charged=True)


def _closed(text: str) -> str:
    """JSON that was cut off, without what is not whole at its end, and closed; empty where nothing is."""
    try:
        found = from_json(text[text.find("{") :], allow_partial=True)
    except ValueError:
        return ""
    return orjson.dumps(found).decode() if found else ""


def ended(tally: Tally) -> None:
    """Raise `Failure` for an answer that its server does not call complete or cut, or that says nothing."""
    ending = tally.ending
    if ending.finish_reason not in COMPLETE and ending.cut is None:
        raise Failure("broken", f"the answer ended with {ending.finish_reason!r}", charged=True)
    if any(not piece.isspace() for piece in tally.pieces):
        return
    if ending.refusal or ending.cut == "content_filter":
        raise Failure("filtered", "the model refused to answer", charged=True)
    if ending.cut == "length":
        raise Failure("cut", f"no answer in {tally.ask.max_tokens} tokens", charged=True)
    raise Failure("empty", "the answer has no text", charged=True)


def refusal(failures: Sequence[Failure]) -> RedraftError:
    """What to raise after all of `failures`. That a prompt was too long comes first: it can be made shorter."""
    if any(failure.kind == "too_long" for failure in failures):
        return PromptTooLong("The messages and the document do not fit into the model's context.")
    last = failures[-1]
    return ModelFailed(TOLD[last.kind], retry_after=last.retry_after)

"""Whether an answer can be used, and what a client is told when there is none."""

from collections.abc import Sequence

import orjson

from redraft.errors import ModelFailed, PromptTooLong, RedraftError
from redraft.llm.ask import Message
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
}
"""What a client is told of each failure; what the server said stays in the log."""


def has_images(messages: Sequence[Message]) -> bool:
    """Whether any message has a part that is not text."""
    contents = [message["content"] for message in messages]
    return any(part.get("type") != "text" for parts in contents if isinstance(parts, list) for part in parts)


def checked(text: str, tally: Tally) -> str:
    """`text`, when it is what the ask wanted; raises `Failure` when it is not JSON and should be."""
    if tally.ask.schema is None:
        return text
    text = keepable_json(text)
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if tally.ending.finish_reason == "length":
            raise Failure("cut", f"no whole JSON in {tally.ask.max_tokens} tokens") from error
        raise Failure("unusable", "the answer is not JSON") from error
    return text


def refusal(failures: Sequence[Failure]) -> RedraftError:
    """What to raise after all of `failures`. That a prompt was too long comes first: it can be made shorter."""
    if any(failure.kind == "too_long" for failure in failures):
        return PromptTooLong("The messages and the document do not fit into the model's context.")
    last = failures[-1]
    return ModelFailed(TOLD[last.kind], retry_after=last.retry_after)

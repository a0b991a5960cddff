"""An answer as servers that speak OpenAI's chat completions really send it. What is not understood is passed over."""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from redraft.llm.counts import counts_of, later
from redraft.llm.endings import plain_reason
from redraft.llm.provider import Ending, Failure
from redraft.llm.refusal import Refusal

REASONING = ("reasoning_content", "reasoning", "thinking")
REASONING_PARTS = frozenset({"thinking", "reasoning", "redacted_thinking", "reasoning_text", "summary_text"})
MOST_DEEP = 4
"""Lists of parts within parts that are read; nobody sends more than two."""


class Reply:
    """An answer as its events tell it: `begun` with the first delta, `done` when the server said that this was all."""

    def __init__(self) -> None:
        self.begun = self.done = False
        self._finish_reason: str | None = None
        self._usage: dict[str, int | None] = {}
        self._texts: list[str] = []
        self._reasoning: list[str] = []
        self._refusal = ""
        self._choice: object = None
        self._said = False

    def take(self, events: list[bytes]) -> None:
        """Read some more. Raises `Failure` for what is not to be understood, and for what the server says is one."""
        for event in events:
            if event[:1] != b"{":  # nearly all begin so, and nothing costs more than what is done for each token
                said = event.strip()
                if said == b"[DONE]":
                    self.done = True
                    return
                if not said:
                    continue
            chunk = _parse(event)
            if counts := counts_of(chunk):
                self._usage = later(self._usage, counts)
            choices = chunk.get("choices")
            for choice in choices if isinstance(choices, list) else ():
                if isinstance(choice, dict):
                    self._take(choice)

    def text(self) -> str:
        """The text that came since this was asked last."""
        text, self._texts = "".join(self._texts), []
        return text

    def reasoning(self) -> str:
        """The same for what the model thought aloud, in fields of its own."""
        text, self._reasoning = "".join(self._reasoning), []
        return text

    def ending(self) -> Ending:
        """How it ended. Raises `Failure` where the server has not said."""
        if self._finish_reason is None:
            raise Failure("broken", "the answer ended without a finish_reason", charged=True)
        return Ending(self._finish_reason, refusal=self._refusal, **self._usage)

    def _take(self, choice: dict[str, Any]) -> None:
        """Read the first choice; others are not asked for."""
        index = choice.get("index") or 0
        if self._choice is None:
            self._choice = index
        if index != self._choice:
            return
        if choice.get("error"):
            raise Refusal.of(choice["error"]).failure(None)
        delta = choice.get("delta")
        if type(delta) is dict:
            content = delta.get("content")
            if type(content) is str and len(delta) == 1:  # nearly all there are
                self.begun = self._said = True
                self._texts.append(content)
            else:
                self._read(delta)
        elif delta:
            self._read({"content": delta})
        else:
            self._whole(choice)
        if choice.get("finish_reason") is not None:
            self._finish_reason = plain_reason(choice["finish_reason"]) or self._finish_reason

    def _whole(self, choice: dict[str, Any]) -> None:
        """A whole message, as answers without a stream have it, and last chunks too: then it was said already."""
        message = choice.get("message")
        if isinstance(message, dict):
            self._read({**message, "content": None} if self._said else message)
        elif isinstance(choice.get("text"), str):
            self._read({"content": choice["text"]})

    def _read(self, delta: dict[str, Any]) -> None:
        self.begun = self.begun or bool(delta)
        for kind, text in _parts(delta.get("content")):
            if kind == "text":
                self._said = True
                self._texts.append(text)
            elif kind == "refusal":
                self._refusal += text
            else:
                self._reasoning.append(text)
        if isinstance(delta.get("refusal"), str):
            self._refusal += delta["refusal"]
        thought = next((delta[name] for name in REASONING if delta.get(name)), None)
        self._reasoning += [text for _, text in _parts(thought)]


def _parts(content: object, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The texts of a content, each with what it is: `text`, `refusal` or `reasoning`."""
    if isinstance(content, str):
        if content:
            yield "text", content
        return
    if depth == MOST_DEEP:
        return
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            yield "text", part
        elif isinstance(part, dict):
            yield from _part(part, depth)


def _part(part: dict[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    told = part.get("type")
    if told == "refusal" or ("refusal" in part and "text" not in part):
        kind, inner = "refusal", part.get("refusal") or part.get("text")
    elif told in REASONING_PARTS:
        kind, inner = "reasoning", part.get("thinking") or part.get("reasoning") or part.get("text")
    else:
        kind, inner = "text", part.get("text") or part.get("content") or part.get("value")
    for within, text in _parts(inner, depth + 1):
        yield (within if kind == "text" else kind), text


def _parse(event: bytes) -> dict[str, Any]:
    try:
        chunk = orjson.loads(event)
    except orjson.JSONDecodeError:
        chunk = _lenient(event)
    if isinstance(chunk, list) and len(chunk) == 1:
        chunk = chunk[0]
    if not isinstance(chunk, dict):
        raise Failure("broken", "an event is not an object", charged=True)
    if chunk.get("error"):
        raise Refusal.of(chunk["error"]).failure(None)
    if chunk.get("object") == "error" or (
        "choices" not in chunk and (chunk.get("type") == "error" or "detail" in chunk)
    ):
        raise Refusal.of(chunk).failure(None)
    return chunk


def _lenient(event: bytes) -> object:
    """JSON with halves of surrogate pairs, which is how some servers cut a character over two events."""
    try:
        return json.loads(event)
    except (ValueError, RecursionError) as error:
        raise Failure("broken", "an event is not JSON", charged=True) from error

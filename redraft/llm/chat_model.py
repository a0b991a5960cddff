"""Every provider that LangChain knows, through its `init_chat_model`; each comes with an extra of its own."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from langchain_core import exceptions as told
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, convert_to_messages
from langchain_core.messages.ai import UsageMetadata, add_usage

from redraft.llm.ask import Ask, Message
from redraft.llm.counts import count
from redraft.llm.endings import plain_reason
from redraft.llm.images import UnusableImage, as_blocks
from redraft.llm.limits import Limits, context_limit, is_output_too_large, output_limit
from redraft.llm.names import EXTRAS, Target
from redraft.llm.provider import Ending, Failure, Kind, Piece, Thought, Timeouts
from redraft.llm.refusal import TOO_LONG, kind_of

KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (told.ContextOverflowError, "too_long"),
    (told.ModelRefusalError, "filtered"),
    (told.ModelAuthenticationError, "key"),
    (told.ModelPermissionDeniedError, "key"),
    (told.ModelRateLimitError, "overloaded"),
    (told.ModelTimeoutError, "slow"),
    (told.ModelConnectionError, "unreachable"),
    (told.ModelInvalidRequestError, "refused"),
    (told.ModelNotFoundError, "refused"),
    (told.ModelAPIError, "server_error"),
    (UnusableImage, "refused"),
    (TimeoutError, "slow"),
    (ConnectionError, "unreachable"),
)
LIMIT_NAMES = {"google_genai": "max_output_tokens", "ollama": "num_predict"}


def chat_model(target: Target, timeouts: Timeouts) -> BaseChatModel:
    """LangChain's model for `target`. Raises `ValueError` saying what to install when its package is missing."""
    from langchain.chat_models import init_chat_model  # noqa: PLC0415  slow to import, and only some need it

    options: dict[str, Any] = {}
    if target.api_key:
        options["api_key"] = target.api_key
    if target.base_url:
        options["base_url"] = target.base_url
    if target.provider != "ollama":
        options |= {"max_retries": 0, "timeout": timeouts.call}
    try:
        model: BaseChatModel = init_chat_model(target.model, model_provider=target.provider, **options)
    except ImportError as error:
        extra = EXTRAS.get(target.provider)
        remedy = f"install redraft[{extra}]" if extra else f"install LangChain's package for it ({error})"
        raise ValueError(f"REDRAFT_MODEL: {target.name} needs a package that is not installed: {remedy}") from error
    return model


class ChatModel:
    """One model of LangChain's, as a `Provider`."""

    def __init__(self, model: BaseChatModel, target: Target, limits: Limits, timeouts: Timeouts) -> None:
        self._model = model
        self._provider = target.provider
        self._limits = limits
        self._timeouts = timeouts

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece]:
        """See `Provider.stream`. Asks again at once where the server names a smaller limit for the output."""
        while True:
            ask, begun = replace(ask, max_tokens=self._limits.asked(ask.max_tokens)), False
            try:
                async with contextlib.aclosing(self._once(ask)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except Failure as failure:
                if begun or failure.kind != "refused" or not is_output_too_large(failure.detail, None):
                    raise
                if not self._limits.learn_output(output_limit(failure.detail), ask.max_tokens):
                    raise

    async def _once(self, ask: Ask) -> AsyncGenerator[Piece]:
        usage: UsageMetadata | None = None
        finish_reason, begun, refusal = None, False, ""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timeouts.call
        async with contextlib.aclosing(self._chunks(ask)) as chunks:
            while True:
                silent = self._timeouts.between_tokens if begun else self._timeouts.first_token
                try:
                    async with asyncio.timeout_at(min(loop.time() + silent, end)):
                        chunk = await anext(chunks, None)
                except Exception as error:  # each provider's package raises its own
                    raise failure_of(error, begun) from error
                if chunk is None:
                    break
                begun = True
                usage = add_usage(usage, chunk.usage_metadata) if chunk.usage_metadata else usage
                finish_reason = _finish_reason(chunk) or finish_reason
                refusal += str(chunk.additional_kwargs.get("refusal") or "")
                if thought := _thought(chunk):
                    yield Thought(thought)
                if text := _text(chunk, structured=ask.schema is not None):
                    yield text
        if not finish_reason:
            raise Failure("broken", "the answer ended without a reason", charged=True)
        yield _ending(finish_reason, usage, refusal)

    async def _chunks(self, ask: Ask) -> AsyncGenerator[AIMessageChunk]:
        runnable, options = self._bound(ask)
        async for chunk in runnable.astream(_messages(ask.messages, self._provider), **options):
            yield chunk

    def _bound(self, ask: Ask) -> tuple[Any, dict[str, Any]]:
        """The model and the call's options. A schema goes in as the provider can best hold an answer to it."""
        limit = {LIMIT_NAMES.get(self._provider, "max_tokens"): ask.max_tokens}
        options: dict[str, Any] = {"stop": list(ask.stop)} if ask.stop else {}
        if self._provider == "ollama":
            # Without `num_ctx` Ollama cuts a long prompt short and says nothing.
            options["options"] = {**limit, "temperature": ask.temperature, "num_ctx": self._limits.context_tokens}
            if ask.schema is not None:
                options["format"] = ask.schema
            return self._model, options
        options |= {**limit, "temperature": ask.temperature}
        if ask.schema is None:
            return self._model, options
        tool = {"title": "answer", "description": "Give the answer.", **ask.schema}
        return self._model.bind_tools([tool], tool_choice="answer"), options


def _messages(messages: list[Message], provider: str) -> list[BaseMessage]:
    """System messages in mid-chat become the user's: most providers take only one, at the beginning.

    Anthropic caches a prompt only up to where it is told to: after the system message, and before the last message,
    which the next call has in another form or not at all. It ignores a mark where there is too little before it.
    """
    remote = provider == "anthropic"  # other packages may fetch themselves what an address names
    plain = [
        {
            "role": "user" if at and each["role"] == "system" else each["role"],
            "content": as_blocks(each["content"], remote=remote),
        }
        for at, each in enumerate(messages)
    ]
    if provider == "anthropic" and len(plain) > 1:
        for at in {0, len(plain) - 2}:
            plain[at] = _cached(plain[at])
    return convert_to_messages(plain)


def _cached(message: Message) -> Message:
    """The message with the mark that ends what is cached; one without words cannot bear it."""
    content = message["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    if not parts or parts[-1].get("text") == "":
        return message
    return {**message, "content": [*parts[:-1], {**parts[-1], "cache_control": {"type": "ephemeral"}}]}


def _text(chunk: AIMessageChunk, *, structured: bool) -> str:
    """The chunk's words; of a structured answer that comes as a tool call, its arguments, which are the JSON."""
    if structured and chunk.tool_call_chunks:
        return "".join(call.get("args") or "" for call in chunk.tool_call_chunks)
    return str(chunk.text)


def _thought(chunk: AIMessageChunk) -> str:
    """What the model thought aloud, in the fields and parts that the packages have for it."""
    told = chunk.additional_kwargs.get("reasoning_content")
    parts = chunk.content if isinstance(chunk.content, list) else []
    said = [part.get("thinking") or part.get("reasoning") for part in parts if isinstance(part, dict)]
    return "".join(each for each in (told, *said) if isinstance(each, str))


def _finish_reason(chunk: AIMessageChunk) -> str | None:
    told_of = chunk.response_metadata
    names = ("finish_reason", "stop_reason", "stopReason", "done_reason")
    return next((reason for name in names if (reason := plain_reason(told_of.get(name)))), None)


def _ending(finish_reason: str, usage: UsageMetadata | None, refusal: str) -> Ending:
    if usage is None:
        return Ending(finish_reason, refusal)
    details = usage.get("input_token_details", {})
    return Ending(
        finish_reason,
        refusal,
        input_tokens=count(usage["input_tokens"]),
        cached_tokens=count(details.get("cache_read", 0)),
        cache_write_tokens=count(details.get("cache_creation", 0)),
        output_tokens=count(usage["output_tokens"]),
    )


def failure_of(error: Exception, begun: bool) -> Failure:
    """What an exception of some provider's package means: by LangChain's class for it, else by its HTTP status."""
    detail = f"{type(error).__name__}: {error}"[:500]
    kind: Kind | None = next((kind for known, kind in KINDS if isinstance(error, known)), None)
    if kind is None:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        kind = kind_of(status) if isinstance(status, int) and status >= 400 else "unreachable"
    if kind in ("refused", "too_long") and TOO_LONG.search(detail):
        return Failure("too_long", detail, context_tokens=context_limit(detail), charged=begun)
    return Failure("broken" if begun and kind == "unreachable" else kind, detail, charged=begun or kind == "slow")

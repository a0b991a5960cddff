"""An agent's own work in threads, for texts that would hold up the event loop; what it asks its tools stays there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from redraft.agents.tools import AgentTools
from redraft.llm import Ask, Role

P = ParamSpec("P")
T = TypeVar("T")

ON_THE_LOOP = 20_000
"""Characters that may be worked on in the event loop: a few tens of milliseconds."""


async def beside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`work(...)`, in a thread when it is about more than a few pages of text."""
    if size <= ON_THE_LOOP:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


async def aside(agent: Callable[[AgentTools], Coroutine[Any, Any, T]], tools: AgentTools) -> T:
    """`await agent(tools)`, with every stretch between two awaits in a thread. While a model answers, no thread waits.

    The agent may await its tools and nothing else: there is no event loop where it runs. A cancellation reaches it when
    the stretch it is at has ended.
    """
    working = agent(_Lent(tools, asyncio.get_running_loop()))
    answer: Any = None
    error: BaseException | None = None
    while True:
        stretch = asyncio.ensure_future(asyncio.to_thread(_stretch, working, answer, error))
        try:
            reached = await asyncio.shield(stretch)
        except asyncio.CancelledError as cancelled:
            reached = await stretch
            if isinstance(reached, _Ended):
                raise
            answer, error = None, cancelled
            continue
        if isinstance(reached, _Ended):
            if reached.error is not None:
                raise reached.error
            result: T = reached.value
            return result
        try:
            answer, error = await reached.on_the_loop(), None
        except BaseException as raised:  # noqa: BLE001  thrown into the agent, as its own await would have
            answer, error = None, raised


@dataclass(frozen=True)
class _Asked:
    """What the agent waits for; it goes up to `aside` by being awaited."""

    on_the_loop: Callable[[], Awaitable[Any]]

    def __await__(self) -> Generator["_Asked", Any, Any]:
        return (yield self)


@dataclass(frozen=True)
class _Ended:
    """The agent has returned, or raised."""

    value: Any = None
    error: BaseException | None = None


def _stretch(working: Coroutine[Any, Any, Any], answer: object, error: BaseException | None) -> _Asked | _Ended:
    try:
        asked: _Asked = working.send(answer) if error is None else working.throw(error)
    except StopIteration as end:
        return _Ended(end.value)
    except BaseException as raised:  # noqa: BLE001  raised again where the agent was awaited
        return _Ended(error=raised)
    return asked


class _Lent:
    """The tools as an agent has them in its thread."""

    def __init__(self, tools: AgentTools, loop: asyncio.AbstractEventLoop) -> None:
        self._tools = tools
        self._loop = loop
        self.context_tokens = tools.context_tokens
        self.sees_images = tools.sees_images

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        return _Stream(lambda: self._tools.stream(role, ask))

    async def answer(self, role: Role, ask: Ask) -> str:
        text: str = await _Asked(lambda: self._tools.answer(role, ask))
        return text

    def emit(self, event: str, data: dict[str, Any]) -> None:
        self._loop.call_soon_threadsafe(self._tools.emit, event, data)


class _Stream:
    """A model's answer in pieces, each of them fetched on the loop."""

    def __init__(self, begin: Callable[[], AsyncIterator[str]]) -> None:
        self._begin = begin
        self._pieces: Any = None

    def __aiter__(self) -> "_Stream":
        return self

    async def __anext__(self) -> str:
        piece: str = await _Asked(self._next)
        return piece

    async def aclose(self) -> None:
        """End the answer; the model's server is told to stop."""
        if self._pieces is not None:
            await _Asked(self._pieces.aclose)

    async def _next(self) -> str:
        if self._pieces is None:
            self._pieces = self._begin()
        piece: str = await anext(self._pieces)
        return piece

"""A run as its agent sees it: a capability for this one turn, and nothing else."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, get_args

from redraft.db import now
from redraft.llm import Allow, Ask, Call, CostOf, Cut, Message, Models, OnBegin, OnCall, Role
from redraft.runs.events import Event, Token
from redraft.runs.history import Histories
from redraft.runs.journal import Steps, UnderWay
from redraft.runs.log import Log
from redraft.runs.models import Position, RunRecord, Usage
from redraft.runs.stored import Lease
from redraft.runs.usage import usage_of
from redraft.tasks import cancel
from redraft.usage import Allowance, Amount, Budgets, charged
from redraft.vault import OwnerKey

CUT = ":cut"
"""After the name of a finished step: the one that says why its answer is not all of it."""
CUTS: dict[str, Cut] = {cut: cut for cut in get_args(Cut)}


@dataclass
class Active:
    """A run in the hands of this replica."""

    record: RunRecord
    lease: Lease
    key: OwnerKey
    log: Log
    calls: list[Call] = field(default_factory=list)
    # The finished steps by name, oldest first, and the calls that have begun and not ended.
    steps: dict[str, str] = field(default_factory=dict)
    under_way: list[UnderWay] = field(default_factory=list)
    stored: Position = field(default_factory=Position)
    stored_under_way: tuple[UnderWay, ...] | None = ()  # None: not known
    stored_at: float = field(default_factory=time.monotonic)
    first_token_at: datetime | None = None  # shown to readers
    first_answer_at: datetime | None = None  # of any model, shown or not
    # Held while its events are written, so that two writes never carry the same ones.
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    work: "asyncio.Task[Any] | None" = None  # an attempt, or the wait for its place: what `stop` cancels
    doing: "asyncio.Task[None] | None" = None  # takes the run to its end, whatever becomes of `work`
    stopping: bool = False
    resumed: bool = False
    lost: bool = False
    ended: bool = False
    overfull: bool = False  # no more events fit into its document: it is to end, with a failure
    finished: "asyncio.Future[RunRecord | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @classmethod
    def taken_over(cls, record: RunRecord, lease: Lease, key: OwnerKey, *, stopping: bool) -> "Active":
        """A run that another replica began; what it stored stays, and its readers are told to forget the rest.

        The calls that were under way there are lost, and on record from the next write on.
        """
        return cls(
            record=record,
            lease=lease,
            key=key,
            log=Log(record.attempt, record.position.events + 1),
            calls=[*record.calls, *record.under_way],
            steps=dict(record.steps),
            stored=record.position,
            stored_under_way=None,
            stopping=stopping,
            resumed=record.status == "running",
        )

    def usage(self, until: datetime) -> Usage:
        """What the run cost until then."""
        first = self.first_token_at or self.first_answer_at
        return usage_of(self.calls, self.record.created_at, first, until)

    def add(self, call: Call) -> None:
        """Put a call on record that has just ended."""
        self.calls.append(self.stamped(call))
        if self.first_answer_at is None and call.time_to_first_token is not None:
            self.first_answer_at = now() - timedelta(seconds=call.duration - call.time_to_first_token)

    def stamped(self, call: Call) -> Call:
        """`call` as one of the attempt that is under way."""
        return call if self.log.attempt == 1 else replace(call, attempt=self.log.attempt)

    def stop(self) -> None:
        """End the work where it is; what was shown stays."""
        self.stopping = True
        if self.work is not None:
            cancel(self.work)

    def abandon(self) -> bool:
        """Give up on work that another replica is to go on with. False when it is done already, and about to end."""
        if self.work is not None and self.work.done():
            return False
        self.lose()
        return True

    def lose(self) -> None:
        """Give up: the lease is another's, and nothing that happens here counts."""
        self.lost = True
        if self.work is not None:
            cancel(self.work)


class Run:
    """What a kind's `work` is given: the input, models to ask, and a place to show what is done (`AgentTools`).

    Every model call is metered and charged to this run. A step that an earlier attempt has finished is not asked again:
    its answer is remembered. Only the talk of the role `chat`, which is shown as it comes, begins anew.
    """

    def __init__(self, active: Active, models: Models, histories: Histories, budgets: Budgets) -> None:
        self._active = active
        self._models = models
        self._histories = histories
        self.id = active.record.id
        self.owner_id = active.record.owner_id
        self.input = active.record.input
        turn = active.record.turn
        self.conversation_id = turn.conversation_id if turn else None
        self.cut: Cut | None = None
        """Why the answer that was asked for last is not all of it; None where it is complete."""
        self._asked = Steps()
        self._budgets = budgets
        self._allowance: Allowance | None = None
        if active.record.budget_id is not None and budgets.is_limited:
            self._allowance = Allowance(budgets, active.record.budget_id, self.id, self._spent)

    async def messages(self) -> list[Message]:
        """The whole chat: the messages of the run's turn after those of its conversation, or those of its input.

        The run's own conversation is the only one that can be read here. Raises `Unavailable`.
        """
        return await self._histories.chat(self._active.record, self._active.key)

    def stream(self, role: Role, ask: Ask) -> AsyncIterator[str]:
        """See `AgentTools.stream`. What is remembered comes in one piece."""
        if role == "chat":
            on_call, on_begin, allow = self._metered()
            self.cut = None
            return self._models.stream(role, ask, on_call, on_begin, self._note_cut, allow=allow)
        return self._remembered(role, ask)

    async def answer(self, role: Role, ask: Ask) -> str:
        """See `AgentTools.answer`."""
        step = self._asked.name(role, ask)
        steps = self._active.steps
        if step not in steps:
            on_call, on_begin, allow = self._metered()
            self.cut = None
            answer = await self._models.answer(role, ask, on_call, on_begin, self._note_cut, allow=allow)
            if self.cut is not None:
                steps[step + CUT] = self.cut
            steps[step] = answer
        self.cut = CUTS.get(steps.get(step + CUT, ""))
        return steps[step]

    async def _remembered(self, role: Role, ask: Ask) -> AsyncGenerator[str]:
        step = self._asked.name(role, ask)
        if step in self._active.steps:
            yield self._active.steps[step]
            return
        pieces: list[str] = []
        on_call, on_begin, allow = self._metered()
        async with contextlib.aclosing(self._models.stream(role, ask, on_call, on_begin, allow=allow)) as answer:
            async for piece in answer:
                pieces.append(piece)
                yield piece
        self._active.steps[step] = "".join(pieces)

    def _note_cut(self, cut: Cut) -> None:
        self.cut = cut

    def _spent(self) -> Amount:
        """What the calls that have ended took of the budget."""
        active, budgets = self._active, self._budgets
        return charged(active.calls, budgets.currency, active.log.attempt, repeated_too=not budgets.operator_pays)

    def _metered(self) -> tuple[OnCall, OnBegin, Allow | None]:
        """What the calls of one question are told to: each one's end, its beginning, and before, what it may take."""
        active, current, allowance, question = self._active, list[UnderWay](), self._allowance, object()

        def begun(lost: Callable[[], Call]) -> None:
            current.append(UnderWay(lambda: active.stamped(lost())))
            active.under_way.append(current[-1])

        def ended(call: Call) -> None:
            active.under_way.remove(current.pop())
            active.add(call)
            if allowance is not None:
                allowance.free(question)

        async def allowed(ask: Ask, cost: CostOf) -> Ask:
            return ask if allowance is None else await allowance.hold(question, ask, cost)

        return ended, begun, None if allowance is None else allowed

    def say(self, text: str) -> None:
        """See `AgentTools.say`."""
        self.emit(Token(text))

    def emit(self, event: Event) -> None:
        """Show an event to every reader, at once; it is stored a moment later."""
        if isinstance(event, Token) and self._active.first_token_at is None:
            self._active.first_token_at = now()
        self._active.log.append(event)

    def usage(self) -> dict[str, Any]:
        """What the run cost so far, as JSON."""
        return asdict(self._active.usage(now()))

    def context_tokens(self, role: Role) -> int:
        """See `AgentTools.context_tokens`."""
        return self._models.context_tokens(role)

    def sees_images(self, role: Role) -> bool:
        """See `AgentTools.sees_images`."""
        return self._models.sees_images(role)

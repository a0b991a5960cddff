"""Models by role: retries, then fallbacks, and one record for every call of a provider."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

import aiohttp
import structlog

from redraft.config import Settings
from redraft.errors import FieldError, InvalidRequest, Unavailable
from redraft.llm import abilities
from redraft.llm.answers import checked, ended, has_images, refusal
from redraft.llm.ask import ROLES, Allow, Ask, CallOutcome, OnBegin, OnCall, Role
from redraft.llm.completions import Completions
from redraft.llm.embedded import Embedded
from redraft.llm.endings import Cut
from redraft.llm.images import ImageRules, image_characters, remote_in, sound
from redraft.llm.limits import Limits
from redraft.llm.names import EMBEDDED, Target, targets
from redraft.llm.pace import Pace
from redraft.llm.prices import cost_of
from redraft.llm.provider import AGAIN, Ending, Failure, Provider, Thought, Timeouts
from redraft.llm.reasoning import Shown, Unmarked
from redraft.llm.tally import Tally
from redraft.llm.texts import Halves, keepable
from redraft.llm.told import loggable
from redraft.threads import in_thread_if_long

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 20.0
OnCut = Callable[[Cut], None]
MOST_CHARACTERS_A_TOKEN = 20
"""Far above what tokens hold on average: a server that sends more does not keep to the limit it was asked to keep."""


@dataclass
class Model:
    """One model of the settings, with what was learned of it since the start."""

    target: Target
    provider: Provider
    limits: Limits
    sees_images: bool
    fetches_images: bool
    opens_in_thought: bool = False


def _model(target: Target, settings: Settings, http: aiohttp.ClientSession, timeouts: Timeouts, pace: Pace) -> Model:
    limits = Limits(abilities.context_tokens(target, settings), abilities.output_tokens(target))
    provider: Provider
    if target.compatible_url is None:
        from redraft.llm.chat_model import ChatModel, chat_model  # noqa: PLC0415  LangChain, only where it is used

        provider = ChatModel(chat_model(target, timeouts), target, limits, timeouts)
    else:
        provider = Completions(http, target.model, target.compatible_url, target.api_key, timeouts, pace, limits)
    if target.provider == EMBEDDED and target.compatible_url:
        provider = Embedded(provider, http, target.compatible_url)
    return Model(target, provider, limits, abilities.sees_images(target, settings), abilities.fetches_images(target))


class Models:
    """Whoever answers, by role. Built once; `opened` holds its connections."""

    def __init__(self, settings: Settings, chains: dict[Role, tuple[Model, ...]]) -> None:
        self._settings = settings
        self._chains = chains

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, settings: Settings) -> AsyncIterator["Models"]:
        """Models as the settings name them. Raises `ValueError` naming the setting to mend."""
        timeouts = Timeouts(
            connect=settings.model_connect_seconds,
            first_token=settings.model_first_token_seconds,
            between_tokens=settings.model_between_tokens_seconds,
            call=settings.model_call_seconds,
        )
        # The pool has no limit of its own: who may ask at once is decided where runs are accepted.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ttl_dns_cache=300)
        pace = Pace(settings.stream_steps_per_second)
        patience = aiohttp.ClientTimeout(total=None, sock_connect=timeouts.connect)
        async with aiohttp.ClientSession(connector=connector, timeout=patience) as http:
            known: dict[Target, Model] = {}
            chains: dict[Role, tuple[Model, ...]] = {}
            for role, chain in targets(settings).items():
                for target in chain:
                    known.setdefault(target, _model(target, settings, http, timeouts, pace))
                chains[role] = tuple(known[target] for target in chain)
            yield cls(settings, chains)

    async def ready(self) -> None:
        """Raise `Unavailable` while the embedded model, where a role uses it, is not loaded."""
        for model in dict.fromkeys(model.provider for chain in self._chains.values() for model in chain):
            if isinstance(model, Embedded) and not await model.is_loaded():
                raise Unavailable("The embedded model is being loaded.", retry_after=3)

    def names(self) -> dict[Role, str]:
        """Each role's first model, as `provider:name` or `embedded`."""
        return {role: self._chains[role][0].target.name for role in ROLES}

    def context_tokens(self, role: Role) -> int:
        """Input and output together, of the role's first model; corrected when its server told otherwise."""
        return self._chains[role][0].limits.context_tokens

    def contexts(self) -> tuple[int, ...]:
        """Those of all roles' first models, to tell whether one has been corrected."""
        return tuple(map(self.context_tokens, ROLES))

    def sees_images(self, role: Role) -> bool:
        """Whether the role's first model takes image parts."""
        return self._chains[role][0].sees_images

    def output_tokens(self, role: Role, wanted: int) -> int:
        """How much of the `wanted` output may be asked for, by the role's cap."""
        return min(wanted, self._settings.model_max_output_tokens.get(role, wanted))

    def cost(self, role: Role, input_tokens: int, output_tokens: int) -> tuple[Decimal | None, str]:
        """What so many tokens of the role's first model cost, and the currency; None when the price is not known."""
        return self._cost(self._chains[role][0], input_tokens, output_tokens)

    def fetches_images(self, role: Role) -> bool:
        """Whether the role's first model may be sent addresses of images."""
        return self._chains[role][0].fetches_images

    async def answer(
        self,
        role: Role,
        ask: Ask,
        on_call: OnCall,
        on_begin: OnBegin | None = None,
        on_cut: OnCut | None = None,
        *,
        allow: Allow | None = None,
    ) -> str:
        """The whole answer, never empty, from the first model that gives one; with a schema, JSON.

        Any try may be made again, since nothing is shown before the end. `on_cut` is called with why, where the text is
        not all of the answer. Raises as `stream` does.
        """
        failures: list[Failure] = []
        ask = await self._read(role, ask)
        async for model in self._tries(role, ask, failures):
            tally = Tally(role, model.target, await self._allowed(role, ask, model, allow))
            try:
                async for _ in self._call(model, tally, on_call, on_begin, whole=True):
                    pass
            except Failure as failure:
                failures.append(failure)
                continue
            if on_cut is not None and tally.ending.cut is not None:
                on_cut(tally.ending.cut)
            return checked("".join(tally.pieces), tally)
        raise refusal(failures)

    async def stream(
        self,
        role: Role,
        ask: Ask,
        on_call: OnCall,
        on_begin: OnBegin | None = None,
        on_cut: OnCut | None = None,
        *,
        allow: Allow | None = None,
    ) -> AsyncGenerator[str]:
        """The answer in pieces. Tries again, then the fallbacks, while no piece was given; after that it raises.

        `on_cut` is called at the end with why, where the text is not all of the answer.
        Raises `ModelFailed`, `PromptTooLong`, or `InvalidRequest` when there are images and no model that sees.
        """
        failures: list[Failure] = []
        ask = await self._read(role, ask)
        async for model in self._tries(role, ask, failures):
            tally = Tally(role, model.target, await self._allowed(role, ask, model, allow))
            try:
                async with contextlib.aclosing(self._call(model, tally, on_call, on_begin)) as pieces:
                    async for piece in pieces:
                        yield piece
                if on_cut is not None and tally.ending.cut is not None:
                    on_cut(tally.ending.cut)
                return
            except Failure as failure:
                failures.append(failure)
                if tally.pieces:
                    break
        raise refusal(failures)

    async def _read(self, role: Role, ask: Ask) -> Ask:
        """`ask` with its images made anew, so that no provider gets what a user wrote instead of one."""
        if not has_images(ask.messages):
            return ask
        rules = ImageRules.of(self._settings)
        if not any(model.sees_images and model.fetches_images for model in self._chains[role]):
            rules = replace(rules, remote=False)
        return replace(
            ask, messages=await in_thread_if_long(image_characters(ask.messages), sound, ask.messages, rules)
        )

    async def _tries(self, role: Role, ask: Ask, failures: list[Failure]) -> AsyncIterator[Model]:
        """Each model that can take `ask`, as often as it may be asked. Whoever tries adds to `failures` or stops."""
        able = [model for model in self._chains[role] if model.sees_images or not has_images(ask.messages)]
        if remote_in(ask.messages):
            able = [model for model in able if model.fetches_images]
        if not able:
            name = self._chains[role][0].target.name
            raise InvalidRequest(errors=[FieldError("messages", f"holds an image, and {name} does not see images")])
        for model in able:
            for attempt in range(1 + self._settings.model_retries):
                yield model
                pause = self._after(failures[-1], model, attempt)
                if pause is None:
                    break
                await asyncio.sleep(pause)

    def _after(self, failure: Failure, model: Model, attempt: int) -> float | None:
        """Seconds until the same model is asked again; None when it is not worth it. Takes in what was learned."""
        log.warning("model call failed", model=model.target.name, **loggable(failure))
        model.limits.learn_context(failure.context_tokens)
        if failure.kind not in AGAIN or attempt == self._settings.model_retries:
            return None
        longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
        if failure.retry_after is not None:
            return failure.retry_after if failure.retry_after <= LONGEST_PAUSE_SECONDS else None
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  so that many replicas do not come back at once

    def _capped(self, role: Role, ask: Ask, model: Model) -> Ask:
        cap = model.limits.asked(self._settings.model_max_output_tokens.get(role, ask.max_tokens))
        return ask if cap >= ask.max_tokens else replace(ask, max_tokens=cap)

    async def _allowed(self, role: Role, ask: Ask, model: Model, allow: Allow | None) -> Ask:
        """`ask` within the role's cap, and within what may be paid for."""
        ask = self._capped(role, ask, model)
        return ask if allow is None else await allow(ask, partial(self._cost, model))

    def _cost(self, model: Model, input_tokens: int, output_tokens: int) -> tuple[Decimal | None, str]:
        counted = Ending("none", input_tokens=input_tokens, output_tokens=output_tokens)
        return cost_of(model.target, counted, self._settings.model_prices)

    async def _call(
        self, model: Model, tally: Tally, on_call: OnCall, on_begin: OnBegin | None, *, whole: bool = False
    ) -> AsyncGenerator[str]:
        """One call of one provider, put on record however it ends. `whole`: nothing is used of an unusable answer."""
        outcome: CallOutcome = "failed"
        if on_begin is not None:
            on_begin(lambda: tally.call("lost", self._settings.model_prices))
        try:
            async with contextlib.aclosing(_answered(model, tally, whole=whole)) as pieces:
                async for text in pieces:
                    tally.add(text)
                    _bound(tally)
                    yield text
            ended(tally)
            if _is_usable(tally, whole=whole):
                outcome = "ok"
        except Failure as failure:
            tally.failure = failure
            raise
        except (asyncio.CancelledError, GeneratorExit):
            outcome = "cancelled"
            raise
        finally:
            on_call(tally.call(outcome, self._settings.model_prices))


async def _answered(model: Model, tally: Tally, *, whole: bool) -> AsyncGenerator[str]:
    """What an answer says, without thoughts and halves of characters; for a chat, the words of a refusal too."""
    is_json = tally.ask.schema is not None
    shown, halves = Shown(is_json=is_json, opens_in_thought=model.opens_in_thought), Halves()
    try:
        async with contextlib.aclosing(model.provider.stream(tally.ask)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Thought):
                    tally.think(piece.text)
                    _bound(tally)
                elif isinstance(piece, Ending):
                    tally.ending = piece
                elif text := shown.add(halves.add(piece)):
                    yield text
        if text := shown.end() + halves.end():
            yield text
        if not whole and not is_json and tally.ending.refusal and not tally.pieces:
            yield keepable(tally.ending.refusal)
    except Unmarked:
        model.opens_in_thought = True
        raise Failure("broken", "what was shown was thought aloud", charged=True) from None
    finally:
        tally.think(shown.thought)


def _bound(tally: Tally) -> None:
    if tally.characters > tally.ask.max_tokens * MOST_CHARACTERS_A_TOKEN:
        raise Failure("cut", "the answer does not end where it was asked to", charged=True)


def _is_usable(tally: Tally, *, whole: bool) -> bool:
    """Whether an answer counts as one. What was shown of a stream stays, so it is only on record that it is of no use.

    Raises `Failure` for a `whole` answer that is not.
    """
    try:
        checked("".join(tally.pieces), tally)
    except Failure as failure:
        if whole:
            raise
        if failure.kind == "cut":  # what came before is of use
            return True
        tally.failure = failure
        return False
    return True

"""Measures one chat: what is seen of it, kept in its summaries, and learned from it."""

from dataclasses import dataclass
from pathlib import Path

from evals.memory.cases import MAIN, Chat, Message
from evals.memory.judging import judged, seen
from evals.memory.learning import deleted, known, learned, prepared
from evals.memory.model import Answering, ModelServer, Recorded, Spool, Together, Unexpected, until
from evals.memory.probing import plain, probed, summary_covers
from evals.memory.report import Cost, Measured
from evals.memory.serving import Refused, User, somebody

RECORDED = Path(__file__).with_name("recorded")
PARTS = ("seen", "summaries", "learning", "together")


@dataclass
class Answers:
    """Where the answers for summing up and learning come from: a live model, a directory to write in, or a file."""

    live: bool = False
    spool: Path | None = None

    def of(self, chat: Chat, job: str, messages: list[Message], moved: list[str]) -> Answering:
        """Whoever answers for one job of one chat."""
        path = RECORDED / f"{chat.id}.json"
        if self.live:
            return Unexpected()
        if self.spool is not None:
            return Spool(self.spool, path, messages, job)
        return Recorded(path, messages, job, moved)

    def together(self, chat: Chat, messages: list[Message], moved: list[str]) -> Answering:
        """Whoever learns from the main chat and sums it up at once."""
        if self.live:
            return Unexpected()
        path = RECORDED / f"{chat.id}.json"
        jobs = (Recorded(path, messages, job, moved) for job in (f"learn {MAIN}", "summary"))
        return Together(*jobs)


@dataclass
class Bench:
    """The two apps, of a small and a large context, and the model's server behind both."""

    small: str
    large: str
    server: ModelServer
    answers: Answers

    async def measured(self, chat: Chat, parts: tuple[str, ...]) -> Measured:
        """The wanted parts of one chat. What cannot be measured is named in `failed`."""
        found = Measured(chat)
        for part, measure in (
            ("learning", self._learning),
            ("summaries", self._summary),
            ("together", self._together),
            ("seen", self._seen),
        ):
            if part in parts:
                try:
                    await measure(found)
                except Refused as error:
                    found.failed += [str(error), *self.server.failed]
                self.server.failed.clear()
        return found

    async def _learning(self, found: Measured) -> None:
        async with somebody(self.large) as user:
            await prepared(user, found.chat)
            for session in found.chat.sessions:
                self._begin(found, f"learn {session.id}", session.messages)
                await learned(user, found.chat, session)
                if session.id == found.chat.deleted_after:
                    await deleted(user, found.chat)
            reflections = await known(user)
            found.learning = await spent(user)
        found.items = [each["text"] for each in reflections]
        found.known = judged(found.chat, reflections)

    async def _summary(self, found: Measured) -> None:
        async with somebody(self.large) as user:
            self._begin(found, "summary", found.chat.main)
            body = {"messages": [plain(each) for each in found.chat.main]}
            answer = await user.call("POST", "/v1/summaries", body)
            found.summing = await spent(user)
        facts = [fact for fact in found.chat.facts if not fact.in_table]
        found.summary = {fact.id: seen(answer["summary"], fact) for fact in facts}

    async def _together(self, found: Measured) -> None:
        """Learn from the main chat and sum it up, by two calls of the app and by one."""
        main = next(each for each in found.chat.sessions if each.id == MAIN)
        async with somebody(self.large) as user:
            self._begin(found, f"learn {MAIN}", main.messages)
            await learned(user, found.chat, main)
            self._begin(found, "summary", main.messages)
            await user.call("POST", "/v1/summaries", {"messages": [plain(each) for each in main.messages]})
            found.apart = await spent(user)
        async with somebody(self.large) as user:
            self.server.begin(self.answers.together(found.chat, main.messages, found.moved))
            summary = await learned(user, found.chat, main, summary=True)
            found.together = await spent(user)
        facts = [fact for fact in found.chat.facts if not fact.in_table]
        found.joint = {fact.id: seen(summary or "", fact) for fact in facts}

    async def _seen(self, found: Measured) -> None:
        async with somebody(self.small) as user:
            self._begin(found, "running", found.chat.main)
            found.small = await probed(user, self.server, found.chat)
        if written := self.server.written:
            found.running_cost = Cost.of_calls(written)
            text, count = written[-1].answer, until(found.chat.main, written[-1].messages)
            facts = [fact for fact in found.chat.facts if not fact.in_table]
            found.running = {fact.id: seen(text, fact) for fact in facts if summary_covers(found.chat, fact, count)}
        async with somebody(self.large) as user:
            self._begin(found, "nothing", found.chat.main)
            found.large = await probed(user, self.server, found.chat)

    def _begin(self, found: Measured, job: str, messages: list[Message]) -> None:
        self.server.begin(self.answers.of(found.chat, job, messages, found.moved))


async def spent(user: User) -> Cost:
    """What a user's runs have cost until now."""
    total = (await user.call("GET", "/v1/me/usage"))["month"]
    return Cost(total["calls"], total["input_tokens"], total["output_tokens"])

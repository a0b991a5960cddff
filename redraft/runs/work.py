"""What a domain registers so that its turns can be runs."""

from typing import Protocol

from pydantic import BaseModel

from redraft.db import Write
from redraft.llm import Role
from redraft.runs.models import Outcome, RunRecord
from redraft.runs.run import Run
from redraft.vault import OwnerKey


class Work(Protocol):
    """How runs of one `kind` are done, and what follows from their end.

    A domain makes one object of this shape, `main.build` registers it, and its route starts runs::

        class Summarizing:
            kind = "summary"
            role: Role = "summarize"
            most_output_tokens = 700

            async def work(self, run: Run) -> Outcome:
                summary = await summarize(run, run.input["messages"])  # `run` is the agent's tools
                return Outcome(message=summary, result={"summary": summary})

            def answer(self, record: RunRecord) -> Summary | None:
                return answer_of(record)

            def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
                return []

        run = await runs.start(NewRun("summary", caller.user_id, {"messages": messages}))
        return runs.stream(run)                               # the events, as they happen
        return (await runs.outcome(run, request)).outcome  # or the JSON, when it is done

    The engine does the rest: it shows and stores the events, restarts, stops, hands over, records usage and errors,
    and keeps both sides' messages when the run has a `turn`.
    """

    kind: str
    # The model that it asks, and what an answer of it has at most: for the reservation of a budget.
    role: Role
    most_output_tokens: int

    async def work(self, run: Run) -> Outcome:
        """Do it, from `run.input` alone. It may be done again, from the beginning, by another replica.

        Ends by returning, or by raising a `RedraftError`, which becomes the recorded error. Cancelled when the run is
        stopped: what was shown as `token` events is then kept as the answer.
        """
        ...

    def answer(self, record: RunRecord) -> BaseModel | None:
        """What the call that starts such a run answers, of one that ended without an error; None: it answers none."""
        ...

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """What else must be written when a run of this kind has ended, well or not: see `record.status`.

        Done at once, and again when the process died in between: each `Write` must bear repetition, so ids are derived
        from `record.id`. `key` is the owner's, to seal texts with. The messages of a conversation, and usage, are the
        engine's business.
        """
        ...

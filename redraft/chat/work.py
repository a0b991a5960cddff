"""How a chat turn is done."""

from redraft.db import Write
from redraft.llm import Ask
from redraft.runs import Outcome, Run, RunRecord
from redraft.vault import OwnerKey

MAX_TOKENS = 2_000


class ChatWork:
    """The kind `chat`: an answer to `input["messages"]`."""

    kind = "chat"

    async def work(self, run: Run) -> Outcome:
        """Stream the model's answer."""
        pieces: list[str] = []
        async for piece in run.stream("chat", Ask(run.input["messages"], MAX_TOKENS)):
            pieces.append(piece)
            run.emit("token", {"text": piece})
        return Outcome("".join(pieces))

    def settle(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """Nothing beyond the messages, which the engine keeps."""
        return []

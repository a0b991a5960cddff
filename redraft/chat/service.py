"""One turn of a chat: what it is about is gathered here, once, and the run has it from then on."""

from redraft.chat.models import ChatRequest
from redraft.conversations import Conversations
from redraft.errors import Conflict, ConversationMoved, FieldError, InvalidRequest, RunActive
from redraft.runs import Accepted, NewRun, Runs, Turn
from redraft.web.idempotency import Idempotency

TRIES = 5
"""How often a turn is placed anew in a conversation that moves on under it."""
INTERRUPT_SECONDS = 10.0
"""How long a turn waits for the one it interrupts to be stored."""


class Chat:
    """Starts chat turns."""

    def __init__(self, runs: Runs, conversations: Conversations) -> None:
        self._runs = runs
        self._conversations = conversations

    async def start(self, owner_id: str, ask: ChatRequest, idempotency: Idempotency | None) -> Accepted:
        """Check everything, then accept the turn.

        Raises `NotFound` for a conversation that is not the user's, `RunActive` when it has an unfinished turn,
        `KeyReused`, `InvalidRequest`.
        """
        again = await self._runs.earlier(owner_id, idempotency)
        if again is not None:
            return again
        if ask.messages[-1].role != "user":
            raise InvalidRequest(errors=[FieldError("messages", "must end with a message of the user")])
        for _ in range(TRIES):
            try:
                return await self._runs.start(await self._turn(owner_id, ask, idempotency))
            except ConversationMoved as error:
                refused: Conflict = error
            except RunActive as error:
                if ask.if_active == "reject":
                    raise
                await self._runs.stop(owner_id, error.run_id, INTERRUPT_SECONDS)
                refused = error
        raise refused

    async def _turn(self, owner_id: str, ask: ChatRequest, idempotency: Idempotency | None) -> NewRun:
        new = [message.plain() for message in ask.messages]
        turn, history = None, []
        if ask.conversation_id is not None:
            conversation = await self._conversations.get(owner_id, ask.conversation_id)
            history = [message.plain() for message in await self._conversations.history(conversation)]
            turn = Turn(conversation.id, conversation.message_count, new)
        return NewRun(
            kind="chat",
            owner_id=owner_id,
            input={"messages": [*history, *new]},
            turn=turn,
            on_disconnect=ask.on_disconnect,
            idempotency=idempotency,
        )

"""One turn of a chat: what it is about is gathered here, once, and the run has it from then on."""

from typing import Any

from redraft.chat.models import ChatRequest
from redraft.config import Settings
from redraft.conversations import Conversations, asked, bound, bound_texts, taken
from redraft.edits import plain_document, texts_of
from redraft.errors import ConversationMoved, FieldError, InvalidRequest, RunActive
from redraft.llm import Message, Models, has_images
from redraft.reflections import Telling
from redraft.runs import Accepted, NewRun, Runs, Turn
from redraft.web.idempotency import Idempotency

TRIES = 5
"""How often a turn is placed anew in a conversation that moves on under it."""


class Chat:
    """Starts chat turns."""

    def __init__(
        self,
        runs: Runs,
        conversations: Conversations,
        telling: Telling,
        models: Models,
        settings: Settings,
    ) -> None:
        self._runs = runs
        self._conversations = conversations
        self._telling = telling
        self._models = models
        self._settings = settings

    async def start(self, owner_id: str, ask: ChatRequest, idempotency: Idempotency | None) -> Accepted:
        """Check everything, then accept the turn.

        Raises `NotFound` for a conversation that is not the user's, `RunActive` when it has an unfinished turn and this
        one is neither to wait nor to interrupt, `QueueFull`, `KeyReused`, `InvalidRequest`, `TooLarge`.
        """
        again = await self._runs.earlier(owner_id, idempotency)
        if again is not None:
            return again
        if ask.conversation_id is None and ask.if_active != "reject":
            fix = f"{ask.if_active!r} is about the turns of a conversation: send its `conversation_id`, or leave it out"
            raise InvalidRequest(errors=[FieldError("if_active", fix)])
        messages = await taken(ask.messages, self._settings, fetches=self._models.fetches_images("chat"))
        asked(messages)
        bound(messages, self._settings)
        if ask.document is not None:
            bound_texts(texts_of(ask.document), self._settings)
        for _ in range(TRIES):
            new = await self._turn(owner_id, ask, messages, idempotency)
            if ask.if_active == "queue" and await self._runs.is_awaited(new):
                return await self._runs.queue(new)
            try:
                return await self._runs.start(new)
            except ConversationMoved as error:
                refused = error
            except RunActive as error:
                if ask.if_active == "reject":
                    raise
                return await self._runs.queue(new, error.run_id if ask.if_active == "interrupt" else None)
        raise refused

    async def _turn(
        self, owner_id: str, ask: ChatRequest, messages: list[Message], idempotency: Idempotency | None
    ) -> NewRun:
        turn = None
        if ask.conversation_id is not None:
            conversation = await self._conversations.get(owner_id, ask.conversation_id)
            turn = Turn(conversation.id, conversation.message_count, messages)
        return NewRun(
            kind="chat",
            owner_id=owner_id,
            input=await self._input(owner_id, messages, ask) | ({} if turn else {"messages": messages}),
            turn=turn,
            on_disconnect=ask.on_disconnect,
            idempotency=idempotency,
        )

    async def _input(self, owner_id: str, messages: list[Message], ask: ChatRequest) -> dict[str, Any]:
        if has_images(messages) and not self._models.sees_images("chat"):
            name = self._models.names()["chat"]
            raise InvalidRequest(errors=[FieldError("messages", f"hold an image, and the model {name} sees none")])
        document = ask.document
        told = await self._telling.input(
            owner_id,
            ("chat", "edit") if document else ("chat",),
            document.name if document else None,
            ask.conversation_id,
        )
        return {"document": plain_document(document) if document else None, **told}

"""`/v1/conversations`: what the server keeps of chats."""

from typing import Annotated

from fastapi import Depends

from redraft.accounts import Caller
from redraft.config import Settings
from redraft.conversations.models import ConversationIn, ConversationView, MessageView
from redraft.conversations.service import Conversations
from redraft.repeats import Once
from redraft.web.pages import Cursor, Limit, Page, decode_cursor, encode_cursor
from redraft.web.provide import provided
from redraft.web.routing import api_router

router = api_router("/conversations", "conversations")
Service = Annotated[Conversations, Depends(provided(Conversations))]
Config = Annotated[Settings, Depends(provided(Settings))]


@router.post("", status_code=201)
async def create(
    caller: Caller, once: Once, conversations: Service, body: ConversationIn | None = None
) -> ConversationView:
    """Begin a conversation that the server keeps; name its id in `POST /v1/chat`."""
    said = body or ConversationIn()
    made = await conversations.create(caller.user_id, said.title, once, learn=said.learn)
    return ConversationView.model_validate(made, from_attributes=True)


@router.get("")
async def list_all(
    caller: Caller, conversations: Service, settings: Config, cursor: Cursor = None, limit: Limit = None
) -> Page[ConversationView]:
    """Your conversations, the newest first."""
    upto = decode_cursor(cursor) if cursor else None
    items, following = await conversations.page(caller.user_id, upto, limit or settings.page_size)
    return Page(
        items=[ConversationView.model_validate(each, from_attributes=True) for each in items],
        next_cursor=encode_cursor(following) if following else None,
    )


@router.get("/{conversation_id}")
async def get(conversation_id: str, caller: Caller, conversations: Service) -> ConversationView:
    """One conversation, without its messages."""
    found = await conversations.get(caller.user_id, conversation_id)
    return ConversationView.model_validate(found, from_attributes=True)


@router.patch("/{conversation_id}")
async def change(
    conversation_id: str, body: ConversationIn, caller: Caller, once: Once, conversations: Service
) -> ConversationView:
    """Give a conversation another title (null takes it away), or keep it out of learning; what is left out stays."""
    if not body.model_fields_set:
        return await get(conversation_id, caller, conversations)
    changed = await conversations.change(caller.user_id, conversation_id, body.model_dump(exclude_unset=True))
    return ConversationView.model_validate(changed, from_attributes=True)


@router.delete("/{conversation_id}", status_code=204)
async def delete(conversation_id: str, caller: Caller, conversations: Service) -> None:
    """Delete a conversation and every message in it. A turn that is active there is stopped."""
    await conversations.delete(caller.user_id, conversation_id)


@router.get("/{conversation_id}/messages")
async def messages(
    conversation_id: str,
    caller: Caller,
    conversations: Service,
    settings: Config,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[MessageView]:
    """The messages, the oldest first; those of a turn that is still active are among them."""
    after = decode_cursor(cursor) if cursor else 0
    items, following = await conversations.messages(caller.user_id, conversation_id, after, limit or settings.page_size)
    return Page(
        items=[MessageView.model_validate(each, from_attributes=True) for each in items],
        next_cursor=encode_cursor(following) if following else None,
    )

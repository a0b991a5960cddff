"""The messages that the server keeps."""

from redraft.conversations.bounds import asked, bound, bound_texts
from redraft.conversations.models import Content, MessageIn
from redraft.conversations.router import router
from redraft.conversations.service import Conversations, WhenDeleted
from redraft.conversations.store import (
    INDEXES,
    Conversation,
    ConversationStore,
    StoredMessage,
    count_write,
    message_writes,
    put_owners_first_in_messages,
)
from redraft.conversations.taking import taken
from redraft.conversations.user_data import ConversationData

__all__ = [
    "INDEXES",
    "Content",
    "Conversation",
    "ConversationData",
    "ConversationStore",
    "Conversations",
    "MessageIn",
    "StoredMessage",
    "WhenDeleted",
    "asked",
    "bound",
    "bound_texts",
    "count_write",
    "message_writes",
    "put_owners_first_in_messages",
    "router",
    "taken",
]

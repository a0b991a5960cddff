"""One turn of a chat: talk, or an edit of the document that came along."""

from redraft.chat.router import router
from redraft.chat.service import Chat
from redraft.chat.work import ChatWork

__all__ = ["Chat", "ChatWork", "router"]

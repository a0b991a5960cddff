"""What a chat teaches of its user: asked of a model, held against the chat, and made into changes of what is known."""

from redraft.agents.learning.chat import Chat
from redraft.agents.learning.knowledge import Forgotten, Knowledge, Ledger
from redraft.agents.learning.learn import MAX_TOKENS, learn
from redraft.agents.learning.summing import SoFar

__all__ = ["MAX_TOKENS", "Chat", "Forgotten", "Knowledge", "Ledger", "SoFar", "learn"]

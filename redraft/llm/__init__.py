"""Models: whoever answers a prompt, by name, with retries, fallbacks, limits and prices."""

from redraft.llm.answers import has_images
from redraft.llm.ask import ROLES, Ask, Call, Message, OnBegin, OnCall, Role
from redraft.llm.endings import Cut
from redraft.llm.models import Models
from redraft.llm.texts import keepable
from redraft.llm.tokens import estimate, estimate_messages

__all__ = [
    "ROLES",
    "Ask",
    "Call",
    "Cut",
    "Message",
    "Models",
    "OnBegin",
    "OnCall",
    "Role",
    "estimate",
    "estimate_messages",
    "has_images",
    "keepable",
]

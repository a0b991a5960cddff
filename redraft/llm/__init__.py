"""Models: whoever answers a prompt, by name, with retries, fallbacks, limits and prices."""

from redraft.llm.answers import has_images
from redraft.llm.ask import ROLES, Allow, Ask, Call, CostOf, Message, OnBegin, OnCall, Role
from redraft.llm.endings import Cut
from redraft.llm.images import ImageRules, UnusableImage, image_characters, is_remote, usable
from redraft.llm.models import Models
from redraft.llm.prices import unpriced
from redraft.llm.texts import keepable
from redraft.llm.tokens import TOKENS_OF_AN_IMAGE, estimate, estimate_ask, estimate_messages

__all__ = [
    "ROLES",
    "TOKENS_OF_AN_IMAGE",
    "Allow",
    "Ask",
    "Call",
    "CostOf",
    "Cut",
    "ImageRules",
    "Message",
    "Models",
    "OnBegin",
    "OnCall",
    "Role",
    "UnusableImage",
    "estimate",
    "estimate_ask",
    "estimate_messages",
    "has_images",
    "image_characters",
    "is_remote",
    "keepable",
    "unpriced",
    "usable",
]

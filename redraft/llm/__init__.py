"""Models: whoever answers a prompt, by name, with retries, fallbacks, limits and prices."""

from redraft.llm.ask import Ask, Call, Message, Role

__all__ = ["Ask", "Call", "Message", "Role"]

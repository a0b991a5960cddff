"""What servers count, whether it can be true or not."""

from typing import Any


def count(told: object) -> int | None:
    """A count of tokens; a number in a string is read, and what is no number is unknown. Whether to believe it is
    decided where the call is put on record."""
    if isinstance(told, str):
        told = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None
    if isinstance(told, float) and told.is_integer():
        told = int(told)
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def counts_of(chunk: dict[str, Any]) -> dict[str, int | None]:
    """The counts of a chunk or body as `Ending` names them; empty where it holds none.

    Groq has them in `x_groq`, DeepSeek and Moonshot name cached tokens otherwise, and `timings` is llama.cpp's.
    """
    usage = chunk.get("usage")
    if not usage and "x_groq" in chunk:
        usage = _dict(chunk["x_groq"]).get("usage")
    if not usage or not isinstance(usage, dict):
        return {}
    details = _dict(usage.get("prompt_tokens_details") or usage.get("input_tokens_details"))
    cached = first(
        details.get("cached_tokens"),
        _dict(chunk.get("timings")).get("cache_n"),
        usage.get("prompt_cache_hit_tokens"),
        usage.get("cached_tokens"),
    )
    input_tokens = first(usage.get("prompt_tokens"), usage.get("input_tokens"))
    output_tokens = first(usage.get("completion_tokens"), usage.get("output_tokens"))
    return {
        "input_tokens": input_tokens,
        "cached_tokens": cached,
        "output_tokens": _with_reasoning(usage, input_tokens, output_tokens),
    }


def later(before: dict[str, int | None], after: dict[str, int | None]) -> dict[str, int | None]:
    """Counts that came twice: what is known last, but never less than before, for a call only grows."""
    together = dict(before)
    for name, value in after.items():
        if value is not None:
            earlier = before.get(name)
            together[name] = value if earlier is None else max(value, earlier)
    return together


def first(*told: object) -> int | None:
    """The first of these that is a count."""
    return next((found for found in map(count, told) if found is not None), None)


def _with_reasoning(usage: dict[str, Any], input_tokens: int | None, output_tokens: int | None) -> int | None:
    """xAI counts the tokens of reasoning beside those of the answer: seen where only with them the total is right."""
    reasoning = count(_dict(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    total = count(usage.get("total_tokens"))
    if not reasoning or input_tokens is None or output_tokens is None or total is None:
        return output_tokens
    return output_tokens + reasoning if total == input_tokens + output_tokens + reasoning else output_tokens


def _dict(told: object) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}

"""Whether an answer is complete: only where its server says so."""

from typing import Literal

Cut = Literal["length", "content_filter"]

COMPLETE = frozenset({
    "stop", "eos", "eos_token", "stop_token", "end_turn", "stop_sequence", "end_of_text", "end", "complete",
    "completed", "complete_turn", "finished", "finish", "done", "tool_calls", "tool_call", "tool_use", "function_call",
})  # fmt: skip
CUT: dict[str, Cut] = {
    **dict.fromkeys(
        (
            "length", "max_tokens", "max_tokens_reached", "max_output_tokens", "max_length", "max_new_tokens", "limit",
            "model_length", "max_context", "context_length", "context_length_exceeded", "model_context_window_exceeded",
        ),
        "length",
    ),
    **dict.fromkeys(
        (
            "content_filter", "content_filtered", "safety", "sensitive", "recitation", "blocklist",
            "prohibited_content", "spii", "language", "refusal", "guardrail_intervened", "moderation",
        ),
        "content_filter",
    ),
}  # fmt: skip
"""What the servers of OpenAI, Anthropic, Google, Mistral, Cohere, Ollama, Zhipu and Bedrock say, in lower case.

Any other reason (`abort`, `error`, `network_error`, `insufficient_system_resource`, ...) is a failure.
"""


def plain_reason(told: object) -> str | None:
    """What a server gives as a reason, in lower case without the name of its enumeration; None where it gives none."""
    if not isinstance(told, str) or not told.strip():
        return None
    return told.strip().lower().removeprefix("finishreason.").removeprefix("finish_reason_")


def cut_of(reason: str) -> Cut | None:
    """Why an answer that ended for `reason` is not all; None for one that is complete or has failed."""
    return CUT.get(reason)

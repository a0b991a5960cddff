"""What one model at one server takes: known at first, and learned where the server says otherwise."""

import re
from dataclasses import dataclass

LEAST_CONTEXT, LEAST_OUTPUT = 256, 16
"""Below these a number is no limit of a model that could do anything here."""

_NAME = r"[`'\"]?max(?:imum)?[_ ]?(?:completion[_ ]|output[_ ]|new[_ ])?tokens[`'\"]?"
OUTPUT_OF = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"supports? at most (\d+) (?:completion|output)? ?tokens",  # OpenAI, Azure, LiteLLM
        _NAME + r"\D{0,40}(?:range|between)\D{0,30}[\[(]?\d+\s*(?:,|and|to|-|\(inclusive\) to)\s*(\d+)",  # DeepSeek
        r"range of " + _NAME + r"\D{0,25}\[?\d+\s*,\s*(\d+)",  # DeepSeek, Alibaba
        _NAME + r"\D{0,60}(?:less than or equal to|at most|no more than|<=|≤|(?:can|must )not exceed)\D{0,12}(\d+)",
        r"\d+ > (\d+), which is the maximum allowed number of output tokens",  # Anthropic
        r"maximum tokens you requested exceeds the model limit of (\d+)",  # Bedrock
        r"maxOutputTokens\D{0,60}\d+\D{0,60}\d+ \(inclusive\) to (\d+) \(exclusive\)",  # Vertex
        r"max(?:imum)?[ _](?:allowed |number of )?(?:output|completion)[ _]tokens?"
        r"\D{0,40}?(?:of|allowed|limit)\D{0,12}(\d+)",
        _NAME + r"\D{0,30}\d*\D{0,10}exceeds? (?:the )?(?:maximum|limit|model limit)\D{0,20}(\d+)",
    )
)  # fmt: skip
CONTEXT_OF = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:maximum|max|available)?\s*context[ _](?:length|size|window|limit)\D{0,25}(\d{3,})(?!\d* \+)",  # most
        r"with (\d{3,}) maximum context length",  # Mistral
        r"context limit: \d+ \+ \d+ > (\d+)",  # Anthropic
        r"prompt is too long: \d+ tokens > (\d+)",  # Anthropic
        r"maximum number of tokens allowed \((\d+)\)",  # Google
        r"max_new_tokens[`'\"]? must be <= (\d+)",  # text-generation-inference, Together
        r"max(?:imum)?[ _](?:model[ _]len(?:gth)?|seq(?:uence)?[ _]len(?:gth)?)\D{0,20}(\d{3,})",  # vLLM, others
        r"n_ctx\D{0,5}(\d{3,})",  # llama.cpp
    )
)
INPUT_OF = re.compile(
    r"(\d+) (?:in|of|from|for) (?:the |your )?(?:messages|prompt|text input|input|[`'\"]?inputs)"
    r"|(?:has|contains|at least|given:|resulted in) (?:at least |about )?(\d+) "
    r"(?:[`'\"]?inputs?[`'\"]? )?(?:prompt )?tokens"
    r"|(\d+) tokens from the input",
    re.IGNORECASE,
)
TOO_LARGE = re.compile(
    r"too (?:large|high|big|many)|(?:less|lower|smaller) than|at most|range|exceed|must be <="
    r"|maximum (?:allowed|value)|> \d+",
    re.IGNORECASE,
)
NAMES_OUTPUT = re.compile(_NAME + r"|output tokens|completion tokens|maxOutputTokens", re.IGNORECASE)


@dataclass
class Limits:
    """Tokens: `context_tokens` for input and output together; `output_tokens` is None where nobody knows."""

    context_tokens: int
    output_tokens: int | None = None

    def asked(self, tokens: int) -> int:
        """So much of the output that is wanted as may be asked for."""
        return tokens if self.output_tokens is None else min(tokens, self.output_tokens)

    def learn_context(self, tokens: int | None) -> bool:
        """Take in what a server says; whether it is news. A limit that grows, or that nothing fits in, is a mistake."""
        if tokens is None or not LEAST_CONTEXT <= tokens < self.context_tokens:
            return False
        self.context_tokens = tokens
        return True

    def learn_output(self, tokens: int | None, asked: int) -> bool:
        """The same for the output, of which `asked` was too much."""
        if tokens is None or not LEAST_OUTPUT <= tokens < asked:
            return False
        self.output_tokens = tokens
        return True


def output_limit(message: str) -> int | None:
    """The most output that a refusal names; None where it is about something else."""
    return _found(OUTPUT_OF, message)


def context_limit(message: str) -> int | None:
    """The context that a refusal names."""
    return _found(CONTEXT_OF, message)


def input_tokens(message: str) -> int | None:
    """How many tokens of input a refusal counts."""
    found = INPUT_OF.search(message)
    return int(next(group for group in found.groups() if group)) if found else None


def is_output_too_large(message: str, parameter: str | None) -> bool:
    """Whether it is refused how much output is asked for, and not by what name."""
    about = bool(parameter and NAMES_OUTPUT.fullmatch(parameter)) or bool(NAMES_OUTPUT.search(message))
    return about and bool(TOO_LARGE.search(message))


def _found(patterns: tuple[re.Pattern[str], ...], message: str) -> int | None:
    plain = re.sub(r"(?<=\d)[,_](?=\d{3}\b)", "", message)
    return next((int(found[1][:9]) for each in patterns if (found := each.search(plain))), None)

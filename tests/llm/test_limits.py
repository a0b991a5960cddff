"""Limits in refusals, in the words of the servers that are about."""

import pytest

from redraft.llm.limits import Limits, input_tokens, output_limit
from redraft.llm.refusal import Refusal


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("max_tokens is too large: 16000. This model supports at most 4096 completion tokens.", 4096),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
        ("`max_tokens` must be less than or equal to `8192`, the maximum for it", 8192),
        ("Range of max_tokens should be [1, 8192]", 8192),
        ("max_tokens: 16000 > 8192, which is the maximum allowed number of output tokens for this model", 8192),
        ("litellm.BadRequestError: OpenAIException - This model supports at most 44 completion tokens", 44),
        ("The maximum tokens you requested exceeds the model limit of 4096. Try again with a lower value.", 4096),
        ("too many tokens: max tokens must be less than or equal to 4096", 4096),
        ("Invalid 'max_tokens': integer above maximum value. Expected a value <= 8192, but got 16000 instead.", 8192),
        ("Requested max_tokens 16000 exceeds the maximum of 8192", 8192),
        ("Unsupported parameter: 'max_tokens' is not supported with this model.", None),
        ("max_tokens must be at least 1, got -186.", None),
    ],
)  # fmt: skip
def test_the_most_output_is_found(message: str, limit: int | None) -> None:
    assert output_limit(message) == limit


@pytest.mark.parametrize(
    ("message", "context", "told"),
    [
        ("maximum context length is 8192 tokens and your request has 300 input tokens", 8192, 300),
        ("maximum context length is 8192 tokens. You requested 16300 (300 in the messages, 16000 …", 8192, 300),
        ("Prompt contains 33000 tokens, too large for model with 32768 maximum context length", 32768, 33000),
        ("maximum context length is 8192 tokens. You requested about 16300 (300 of text input, …", 8192, 300),
        ("request (9031 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096, None),
        ("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 300 `inputs` tokens and 16000 …", 4096, 300),
        ("exceeds the model's maximum context length of 8192 tokens: 300 tokens from the input messages", 8192, 300),
        ("prompt is too long: 200251 tokens > 200000 maximum", 200000, None),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 1048576, None),
        ("This model's maximum context length is 8,192 tokens", 8192, None),
    ],
)  # fmt: skip
def test_the_context_is_found(message: str, context: int, told: int | None) -> None:
    refusal = Refusal(message)
    assert refusal.is_too_long()
    assert (refusal.context_limit(), input_tokens(message)) == (context, told)


@pytest.mark.parametrize("wrong", [None, 0, 1, 16_000, 20_000])
def test_a_limit_that_cannot_be_true_is_not_learned(wrong: int | None) -> None:
    limits = Limits(8_192)
    assert not limits.learn_output(wrong, 16_000)
    assert not limits.learn_context(wrong)
    assert limits == Limits(8_192)

"""What a model can take: how many tokens, whether it sees, and whether it fetches what it is to see."""

import re

from genai_prices.data_snapshot import get_snapshot

from redraft.config import Settings
from redraft.llm.names import EMBEDDED, Target
from redraft.llm.prices import PRICE_TABLE_NAMES

CONTEXT_WHEN_UNKNOWN = 16_384
SEES = re.compile(
    r"gpt-4o|gpt-4\.1|gpt-4-turbo|gpt-5|chatgpt|^o[134](?!-mini-2024)|claude-(3|opus|sonnet|haiku|[4-9])|gemini|gemma-?[34]"
    r"|llama-?4|llama-?3\.2-(11|90)b|llava|pixtral|mistral-(small|medium)|vision|[-.]?vl\b|-vl-|minicpm-v|grok-(2-vision|4)",
    re.IGNORECASE,
)
"""Model names that take images, by their publishers' own lists; `REDRAFT_MODEL_SEES_IMAGES` corrects it."""

WRITES: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(name, re.IGNORECASE), most)
    for name, most in (
        (r"gpt-3\.5|gpt-4-(turbo|1106|0125|vision)|gpt-4o-2024-05-13", 4_096),
        (r"(^|/)gpt-4(-0613|-0314)?$", 8_192),
        (r"claude-3-(opus|sonnet|haiku)", 4_096),
        (r"claude-3-5", 8_192),
        (r"(^|/)deepseek-chat$", 8_192),
        (r"gemini-(1\.5|2\.0)", 8_192),
    )
)
"""Models that write less in an answer than is asked for here, by their publishers' lists; newer ones write more."""


def context_tokens(target: Target, settings: Settings) -> int:
    """Input and output together: as set, as listed, else a guess that is small rather than wrong."""
    if target.provider == EMBEDDED:
        return settings.embedded_model_context
    return settings.model_context_tokens.get(target.name) or _listed_context(target) or CONTEXT_WHEN_UNKNOWN


def output_tokens(target: Target) -> int | None:
    """The most that it writes in one answer, where a small table knows it; None else: its server will tell."""
    if target.provider == EMBEDDED:
        return None
    return next((most for name, most in WRITES if name.search(target.model)), None)


def sees_images(target: Target, settings: Settings) -> bool:
    """Whether image parts may be sent: as set, else by the model's name."""
    known = settings.model_sees_images.get(target.name)
    return bool(SEES.search(target.model)) if known is None else known


def fetches_images(target: Target) -> bool:
    """Whether addresses of images may be sent: the provider fetches them on its side, and nobody does on ours.

    llama.cpp's server would fetch them from this machine; LangChain's packages for Google and others do so in this
    process, and follow redirects to wherever they lead.
    """
    return target.provider == "anthropic" or (target.compatible_url is not None and target.provider != EMBEDDED)


def _listed_context(target: Target) -> int | None:
    provider = PRICE_TABLE_NAMES.get(target.provider, target.provider)
    try:
        _, model = get_snapshot().find_provider_model(target.model, None, provider, None)
    except LookupError:
        return None
    return model.context_window

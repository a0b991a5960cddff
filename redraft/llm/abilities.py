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


def context_tokens(target: Target, settings: Settings) -> int:
    """Input and output together: as set, as listed, else a guess that is small rather than wrong."""
    if target.provider == EMBEDDED:
        return settings.embedded_model_context
    return settings.model_context_tokens.get(target.name) or _listed_context(target) or CONTEXT_WHEN_UNKNOWN


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

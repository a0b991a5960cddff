"""What a call costs: from the operator's own prices, else from the table of genai-prices as installed, offline."""

from collections.abc import Mapping
from decimal import Decimal

from genai_prices import Usage, calc_price

from redraft.config import ModelPrice
from redraft.llm.names import EMBEDDED, Target
from redraft.llm.provider import Ending

MILLION = Decimal(1_000_000)
PRICE_TABLE_NAMES = {"google_genai": "google", "mistralai": "mistral", "xai": "x-ai"}
"""Providers that genai-prices calls by another name."""


def cost_of(target: Target, ending: Ending, own: Mapping[str, ModelPrice]) -> tuple[Decimal | None, str]:
    """The exact cost of a call and its currency; None when the price or the tokens are not known.

    The embedded model costs 0: it runs here. `own` prices are by `provider:name`.
    """
    if target.provider == EMBEDDED:
        return Decimal(0), "USD"
    price = own.get(target.name)
    currency = price.currency if price else "USD"
    if ending.input_tokens is None or ending.output_tokens is None:
        return None, currency
    if price is not None:
        return _own_cost(price, ending.input_tokens, ending.cached_tokens or 0, ending.output_tokens), currency
    return _listed_cost(target, ending), currency


def _own_cost(price: ModelPrice, input_tokens: int, cached: int, output_tokens: int) -> Decimal:
    for_cached = price.input if price.cached_input is None else price.cached_input
    return ((input_tokens - cached) * price.input + cached * for_cached + output_tokens * price.output) / MILLION


def _listed_cost(target: Target, ending: Ending) -> Decimal | None:
    usage = Usage(
        input_tokens=ending.input_tokens,
        cache_read_tokens=ending.cached_tokens or 0,
        cache_write_tokens=ending.cache_write_tokens or 0,
        output_tokens=ending.output_tokens,
    )
    provider = PRICE_TABLE_NAMES.get(target.provider, target.provider)
    try:
        return calc_price(usage, model_ref=target.model, provider_id=provider).total_price
    except (LookupError, ValueError):
        return None

"""What a call costs: from the operator's own prices, else from the table of genai-prices as installed, offline."""

from collections.abc import Mapping
from decimal import Decimal

from genai_prices import Usage, calc_price

from redraft.config import ModelPrice, Settings
from redraft.llm.names import EMBEDDED, Target, targets
from redraft.llm.provider import Ending

MILLION = Decimal(1_000_000)
PRICE_TABLE_NAMES = {"google_genai": "google", "mistralai": "mistral", "xai": "x-ai"}
"""Providers that genai-prices calls by another name."""


def cost_of(target: Target, ending: Ending, own: Mapping[str, ModelPrice]) -> tuple[Decimal | None, str]:
    """The exact cost of a call and its currency; None when the price or the tokens are not known.

    The embedded model costs 0: it runs here. `own` prices are by `provider:name`. Never below 0: no more than all of
    the input is cached, whatever the server says.
    """
    if target.provider == EMBEDDED:
        return Decimal(0), "USD"
    price = own.get(target.name)
    currency = price.currency if price else "USD"
    if ending.input_tokens is None or ending.output_tokens is None:
        return None, currency
    cached = _part(ending.cached_tokens, ending.input_tokens)
    if price is not None:
        return _own_cost(price, ending.input_tokens, cached, ending.output_tokens), currency
    written = _part(ending.cache_write_tokens, ending.input_tokens - cached)
    return _listed_cost(target, ending, cached, written), currency


def unpriced(settings: Settings) -> list[tuple[str, str | None]]:
    """The models that no budget in `settings.currency` can count: their names, and the currency of a price in another.

    The second is None where no price is known. Of all roles and fallbacks, each once, in the settings' order.
    """
    found: dict[str, str | None] = {}
    sample = Ending("none", input_tokens=1_000, output_tokens=1_000)
    for target in dict.fromkeys(target for chain in targets(settings).values() for target in chain):
        cost, currency = cost_of(target, sample, settings.model_prices)
        if cost is None or (target.provider != EMBEDDED and currency != settings.currency):
            found[target.name] = None if cost is None else currency
    return list(found.items())


def _part(tokens: int | None, whole: int) -> int:
    return max(0, min(tokens or 0, whole))


def _own_cost(price: ModelPrice, input_tokens: int, cached: int, output_tokens: int) -> Decimal:
    for_cached = price.input if price.cached_input is None else price.cached_input
    return ((input_tokens - cached) * price.input + cached * for_cached + output_tokens * price.output) / MILLION


def _listed_cost(target: Target, ending: Ending, cached: int, written: int) -> Decimal | None:
    usage = Usage(
        input_tokens=ending.input_tokens,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=ending.output_tokens,
    )
    provider = PRICE_TABLE_NAMES.get(target.provider, target.provider)
    try:
        return calc_price(usage, model_ref=target.model, provider_id=provider).total_price
    except (LookupError, ValueError):
        return None

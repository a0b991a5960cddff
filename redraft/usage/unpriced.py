"""A budget of money holds only for models whose price is known: what becomes of the others is said at the start."""

import structlog

from redraft.config import Settings
from redraft.llm import unpriced

log = structlog.get_logger()


def check_prices(settings: Settings) -> None:
    """Raise `ValueError`, naming the model and the settings, where `monthly_budget` cannot count a model's calls."""
    if settings.monthly_budget is None:
        return
    for name, currency in unpriced(settings):
        fault = (
            f"no price of {name} is known"
            if currency is None
            else f"{name} is priced in {currency}, and REDRAFT_CURRENCY is {settings.currency}"
        )
        if settings.unpriced_models == "refuse":
            raise ValueError(
                f"REDRAFT_MONTHLY_BUDGET: {fault}, so its calls would count as nothing; set its price in "
                "REDRAFT_MODEL_PRICES, or say with REDRAFT_UNPRICED_MODELS=count_tokens or =allow what becomes of them"
            )
        if settings.unpriced_models == "count_tokens" and settings.monthly_tokens is None:
            raise ValueError(
                f"REDRAFT_UNPRICED_MODELS=count_tokens: {fault}; set REDRAFT_MONTHLY_TOKENS, which its tokens count to"
            )
        log.warning("a model's calls count as no money", model=name, currency=currency)

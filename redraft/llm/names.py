"""Which models the settings name, and where each answers."""

from dataclasses import dataclass, field

from pydantic import SecretStr

from redraft.config import Settings
from redraft.llm.ask import ROLES, Role

EMBEDDED = "embedded"
NOBODY = "http://127.0.0.1:9/v1"  # where the embedded model is when nobody has started it
COMPATIBLE = {
    "openai": "https://api.openai.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "groq": "https://api.groq.com/openai/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "together": "https://api.together.xyz/v1",
    "xai": "https://api.x.ai/v1",
}
"""Providers whose own address speaks OpenAI's chat completions, so that they need no package of theirs."""
EXTRAS = {"anthropic": "anthropic", "google_genai": "google", "ollama": "ollama"}
"""Providers with an API of their own, and the extra of redraft that brings LangChain's package for it."""


@dataclass(frozen=True)
class Target:
    """One model at one provider. `compatible_url` is its OpenAI-compatible address, None for LangChain's business."""

    provider: str
    model: str
    compatible_url: str | None
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """As the settings say it: `provider:model`, or `embedded`."""
        return EMBEDDED if self.provider == EMBEDDED else f"{self.provider}:{self.model}"


def targets(settings: Settings) -> dict[Role, tuple[Target, ...]]:
    """For each role its model, then the fallbacks. Raises `ValueError` naming the setting to mend."""
    return {role: _chain(settings, getattr(settings, f"model_{role}") or settings.model) for role in ROLES}


def _chain(settings: Settings, first: str) -> tuple[Target, ...]:
    names = dict.fromkeys([first, *settings.model_fallbacks])
    return tuple(_target(settings, name) for name in names)


def _target(settings: Settings, name: str) -> Target:
    if name == EMBEDDED:
        url = settings.embedded_model_url or NOBODY
        return Target(EMBEDDED, EMBEDDED, url, api_key=_plain(settings.embedded_model_key))
    provider, _, model = name.partition(":")
    if not model:
        raise ValueError(f"REDRAFT_MODEL: {name!r} names no provider; write `provider:model`, as in `openai:{name}`")
    base_url, key = _server(settings, provider)
    compatible = None if provider in EXTRAS else base_url or COMPATIBLE.get(provider)
    return Target(provider, model, compatible, base_url, key)


def _server(settings: Settings, provider: str) -> tuple[str | None, str | None]:
    """The address and key for `provider`: of `model_servers`, else, for the main model's provider, the plain ones."""
    server = settings.model_servers.get(provider)
    base_url, secret = (server.base_url, server.api_key) if server else (None, None)
    if provider == settings.model.partition(":")[0]:
        base_url, secret = base_url or settings.model_base_url, secret or settings.model_api_key
    return base_url, _plain(secret)


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None

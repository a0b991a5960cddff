"""Every setting of redraft, read once from the environment.

A setting `monthly_budget` is the variable `REDRAFT_MONTHLY_BUDGET`. Nothing else in the package reads the environment.
"""

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from redraft.faults import faults, origin_fault, proxy_fault

ModelSize = Literal["1.5b", "0.5b", "135m"]
TESTS = "REDRAFT_TEST_"
"""Begins the variables that only the tests know."""
ModelRole = Literal["chat", "route", "edit", "summarize", "reflect"]


def default_data_dir() -> Path:
    """The user's data directory of this machine: `$XDG_DATA_HOME/redraft` or `~/.local/share/redraft`."""
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "redraft"


class ModelServer(BaseModel):
    """One provider: where it answers (None: where it usually does) and the key it wants."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = None
    api_key: SecretStr | None = None


class ModelPrice(BaseModel):
    """What a million tokens cost. Cached input costs as much as any other where `cached_input` is None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cached_input: Decimal | None = Field(None, ge=0)
    currency: str = Field("USD", pattern="^[A-Z]{3}$")


class Settings(BaseSettings):
    """What an operator can set; every field has a default that works on a laptop with nothing installed."""

    model_config = SettingsConfigDict(env_prefix="REDRAFT_", frozen=True, extra="ignore", env_ignore_empty=True)

    # Where it listens
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    workers: int = Field(1, ge=1, le=64)
    trusted_proxies: str = Field(
        "", description="Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto count; spaces between them."
    )

    # Where things are kept
    data_dir: Path = Field(default_factory=default_data_dir)
    mongodb_url: SecretStr | None = Field(None, description="None: the embedded database is started.")
    mongodb_database: str = "redraft"
    mongodb_pool_size: int = Field(8, ge=1, le=500)
    mongodb_timeout_seconds: float = Field(10.0, gt=0)

    # The embedded model, which `redraft serve` starts when REDRAFT_MODEL names no other
    embedded_model_size: ModelSize | None = Field(None, description="None: 1.5b, or 0.5b where memory is short.")
    embedded_model_path: Path | None = Field(None, description="A GGUF file of your own instead.")
    embedded_model_slots: int = Field(2, ge=1, le=64, description="Answers written at once.")
    embedded_model_context: int = Field(8192, ge=1024, description="Tokens of one call, input and output together.")
    embedded_model_threads: int | None = Field(None, ge=1, description="None: all cores.")
    embedded_model_url: str | None = Field(None, description="Set by `redraft serve`, for the processes it starts.")
    embedded_model_key: SecretStr | None = None

    # The models: `provider:name`, or `embedded`; a role without a model of its own uses `model`
    model: str = Field("embedded", min_length=1)
    model_chat: str | None = None
    model_route: str | None = None
    model_edit: str | None = None
    model_summarize: str | None = None
    model_reflect: str | None = None
    model_fallbacks: list[str] = Field([], description="Asked in this order when a role's model fails.")
    model_base_url: str | None = Field(None, description="An OpenAI-compatible address, for `model`'s provider.")
    model_api_key: SecretStr | None = Field(None, description="For `model`'s provider.")
    model_servers: dict[str, ModelServer] = Field({}, description="More providers by name: address, key.")

    # What a model can do and costs, where the tables that come along do not know or are wrong
    model_context_tokens: dict[str, int] = Field({}, description="By `provider:name`; input and output together.")
    model_sees_images: dict[str, bool] = Field({}, description="By `provider:name`.")
    model_prices: dict[str, ModelPrice] = Field({}, description="By `provider:name`; per million tokens.")
    model_max_output_tokens: dict[ModelRole, int] = Field({}, description="Caps of one answer, by role.")

    # How long a model may take, in seconds, and how often a failed call is made again
    model_connect_seconds: float = Field(10.0, gt=0)
    model_first_token_seconds: float = Field(120.0, gt=0)
    model_between_tokens_seconds: float = Field(60.0, gt=0)
    model_call_seconds: float = Field(600.0, gt=0, description="One whole call.")
    stream_steps_per_second: float = Field(
        4_000,
        gt=0,
        description="Of all answers that a process passes on; with more of them, each comes in larger pieces.",
    )
    model_retries: int = Field(2, ge=0, le=10, description="After a first failure, while nothing was shown yet.")

    # Limits of what a request may carry
    max_head_bytes: int = Field(65_536, ge=4_096, description="Of a request's address and headers, together.")
    head_seconds: float = Field(20, gt=0, description="In which a request's headers must have arrived.")
    body_seconds: float = Field(60, gt=0, description="In which a request's body must have arrived.")
    max_body_bytes: int = Field(8_000_000, ge=1_000)
    max_document_bytes: int = Field(1_000_000, ge=1_000)
    max_messages: int = Field(2_000, ge=1)
    max_message_bytes: int = Field(400_000, ge=1_000)
    max_images: int = Field(20, ge=0, description="In the messages of one request, together.")
    max_image_bytes: int = Field(5_000_000, ge=1_000, description="Of one image, as a file.")
    max_image_pixels: int = Field(40_000_000, ge=1, description="Of one image: width times height.")
    remote_images: bool = Field(
        False, description="Images may be `https:` and `http:` addresses, which the model's provider fetches."
    )
    page_size: int = Field(50, ge=1, le=200, description="Items of a list page when the request names no limit.")

    # Requests that come again under an Idempotency-Key
    idempotency_hours: float = Field(24, gt=0, description="How long a repeat gets the first answer.")
    idempotency_wait_seconds: float = Field(10, ge=0, description="How long a repeat waits for the first to end.")
    idempotency_lease_seconds: float = Field(
        5, gt=0, description="A first request that is not answered after so long may be taken over by a repeat."
    )

    # Accounts
    master_key: SecretStr | None = Field(
        None, description="32 bytes in base64 that wrap the keys of texts at rest; the newest first, if several."
    )
    master_key_file: Path | None = Field(None, description="The same, in a file, such as a mounted secret.")
    master_key_command: str | None = Field(
        None, description="The same, printed by a command that asks a vault or a KMS for it. No shell reads it."
    )
    default_region: str = Field("US", pattern="^[A-Z]{2}$", description="Of phone numbers without a country code.")
    access_token_minutes: float = Field(10, gt=0, le=60)
    session_idle_days: float = Field(30, gt=0, description="A session ends when it is not refreshed for so long.")
    session_max_days: float = Field(365, gt=0, description="A session ends so long after its login, whatever it did.")
    ended_session_days: float = Field(30, ge=1, description="How long the list of sessions says how one ended.")
    sessions_per_user: int = Field(
        100, ge=1, description="Live ones; a login past it ends the one that was used longest ago."
    )
    fresh_login_minutes: float = Field(
        15, ge=0, description="How long a login may erase the account without the password."
    )
    refresh_grace_seconds: float = Field(
        30, ge=0, description="In which a spent refresh token gets its successor again; after that it is a theft."
    )
    login_free_failures: int = Field(
        10, ge=1, description="Wrong passwords for one number from one network before each further one costs a wait."
    )
    login_free_failures_per_number: int = Field(
        100, ge=1, description="The same, from all networks that are new to it."
    )
    login_longest_wait_seconds: float = Field(900, ge=1, description="To which the wait grows: 1, 2, 4, … seconds.")
    login_failures_per_address_hour: int = Field(2_000, ge=1)
    login_failures_per_hour: int = Field(50_000, ge=1, description="Of the whole deployment.")
    password_resets_per_network_hour: int = Field(
        60, ge=1, description="Asked for from one network that the account does not know."
    )
    registration: Literal["open", "invite", "closed"] = Field(
        "open", description="Who may register: anybody, who has an invite of an admin's, or nobody."
    )
    registrations_per_address_hour: int = Field(3_000, ge=1)
    registrations_per_hour: int = Field(50_000, ge=1, description="Of the whole deployment.")
    cors_origins: str = Field(
        "", description="Sites that browsers may call from, such as https://app.example.com; spaces between them."
    )
    require_second_factor: Literal["nobody", "admins", "everybody"] = Field(
        "nobody", description="Whose account does nothing but set one up before it has one."
    )
    require_verified_phone: bool = Field(False, description="Nothing but the account itself works before a code does.")
    sms_sender: Literal["console", "webhook", "twilio", "none"] = "console"
    sms_webhook_url: str | None = None
    sms_webhook_secret: SecretStr | None = None
    twilio_account: str | None = None
    twilio_token: SecretStr | None = None
    twilio_number: str | None = None
    twilio_url: str = Field("https://api.twilio.com", description="Of another region of theirs.")
    sms_per_number_hour: int = Field(5, ge=1)
    sms_per_prefix_hour: int = Field(200, ge=1, description="To numbers with the same first six characters: +84912.")
    sms_per_hour: int = Field(2_000, ge=1, description="Of the whole deployment.")
    security_event_days: float = Field(365, gt=0, description="How long the events at /v1/me/security-events are kept.")
    password_words: str = Field(
        "", description="Names of your app and firm, which no password may consist of; spaces between them."
    )
    hash_threads: int | None = Field(
        None, ge=1, le=64, description="For argon2id, 30 ms a login. None: one a core, shared out to the workers."
    )
    hash_queue: int = Field(1_000, ge=0, description="Logins that may wait for a thread; more are refused at once.")

    # The record of model calls
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="Of budgets and totals; no rates are known.")
    monthly_budget: Decimal | None = Field(None, gt=0, description="Of each user, in `currency`; None: no limit.")
    monthly_tokens: int | None = Field(None, gt=0, description="Of each user, input and output; None: no limit.")
    unpriced_models: Literal["refuse", "count_tokens", "allow"] = Field(
        "refuse",
        description="Of a model without a price in `currency` where `monthly_budget` is set: no start; "
        "counted by `monthly_tokens`; or not counted.",
    )
    repeated_calls: Literal["user", "operator"] = Field(
        "user", description="Whose budget pays what a turn asked again after a replica or a model's server failed."
    )
    usage_days: int = Field(400, ge=62, description="How long single calls are kept; daily figures stay.")
    metrics_token: SecretStr | None = Field(None, description="Bearer token that may read /metrics from anywhere.")
    metrics_public: bool = Field(False, description="Anybody may read /metrics; else only this machine or the token.")

    # Edits by a large model
    edit_tries: int = Field(2, ge=1, le=10, description="The first, and those after it was told what did not apply.")
    edit_answers: int = Field(
        8, ge=1, le=50, description="Of one edit in all: those cut off at their limit are continued."
    )

    # Work on long texts: merges, differences
    work_processes: int = Field(2, ge=1, le=64, description="That work on long texts at once, beside each server.")
    work_per_user: int = Field(1, ge=1, description="Of these, for one user.")
    work_queue_per_user: int = Field(8, ge=0, description="Long texts of one user that may wait; more get a 429.")
    work_cpu_seconds: float = Field(10, gt=0, description="Of CPU for one such request; then it is stopped.")

    # Documents
    proposal_days: float = Field(7, gt=0, description="How long a proposal can be read and applied.")
    document_versions: int = Field(200, ge=1, description="Versions kept of each document, the newest included.")

    # What one user may keep and have open
    documents_per_user: int = Field(10_000, ge=1)
    document_bytes_per_user: int = Field(5_000_000_000, ge=1_000, description="Of all kept versions of all documents.")
    conversations_per_user: int = Field(100_000, ge=1)
    streams_per_user: int = Field(200, ge=1, description="Event streams open at once, on each server process.")

    # Runs: turns that outlive their connection
    run_flush_seconds: float = Field(0.5, gt=0, description="Events are stored this often where the database keeps up.")
    run_flush_share: float = Field(
        0.25, gt=0, lt=1, description="Of the time, for storing events; a slow database gets them less often."
    )
    run_history_bytes: int = Field(
        16_000_000,
        ge=0,
        description="Of chats that stay in memory, sealed, so that their next turn need not read them.",
    )
    run_poll_seconds: float = Field(0.3, gt=0, le=1, description="How often a replica looks at what others do.")
    replica_lease_seconds: float = Field(6, gt=0, description="A replica silent for so long is dead, its runs free.")
    run_sweep_seconds: float = Field(1, gt=0, description="How often a replica looks for runs to take over.")
    lame_duck_seconds: float = Field(
        5, ge=0, description="From SIGTERM on, `/readyz` says 503 for so long while everything is still served."
    )
    run_drain_seconds: float = Field(8, ge=0, description="After that runs may end for so long; then others take them.")
    run_slots: int = Field(256, ge=1, description="Runs that a replica works on at once.")
    run_slots_per_user: int = Field(8, ge=1, description="Of these, one user's.")
    run_queue: int = Field(1_000, ge=0, description="Runs that may wait for a slot; past it new ones get a 503.")
    run_queue_per_user: int = Field(32, ge=0, description="Of these, one user's.")
    run_queue_per_conversation: int = Field(10, ge=1, description="Turns that may wait for the ones before them.")
    run_store_seconds: float = Field(120, gt=0, description="How long a run that has ended tries to be stored.")
    run_attempts: int = Field(3, ge=1, le=100, description="How often a run is begun, on all replicas together.")
    learning: bool = Field(True, description="Users may have chats learned from (`POST /v1/reflections`).")
    running_summary_days: float = Field(30, gt=0, description="How long a summary is kept that has no conversation.")
    run_replay_seconds: float = Field(3600, ge=0, description="How long the events of an ended run can be replayed.")
    run_days: float = Field(30, gt=0, description="How long ended runs are kept; their messages and usage stay.")
    ping_seconds: float = Field(15, gt=0, description="A silent event stream gets a comment this often.")

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] | None = Field(None, description="None: console on a terminal, else json.")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        return _without_fault(value, proxy_fault)

    @field_validator("mongodb_url")
    @classmethod
    def _is_of_mongodb(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("must begin with mongodb:// or mongodb+srv://")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        return _without_fault(value, origin_fault)

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        if found := faults(vars(self), self.model_fields_set):
            raise ValueError("\n".join(found))
        return self

    @property
    def has_master_key(self) -> bool:
        """Whether the operator keeps the master key himself."""
        return bool(self.master_key or self.master_key_file or self.master_key_command)

    @property
    def proxies(self) -> list[str]:
        """The addresses and networks of `trusted_proxies`."""
        return _words(self.trusted_proxies)

    @property
    def own_words(self) -> list[str]:
        """The words of `password_words`."""
        return _words(self.password_words)

    @property
    def allowed_origins(self) -> list[str]:
        """The sites of `cors_origins`."""
        return _words(self.cors_origins)


def unknown_variables() -> list[str]:
    """The variables of the environment that are meant for redraft by their name, and are no setting of it."""
    names = {name.upper() for name in os.environ}
    settings = {f"REDRAFT_{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in names - settings if name.startswith("REDRAFT_") and not name.startswith(TESTS))


def _without_fault(value: str, fault: Callable[[str], str | None]) -> str:
    """`value`, if none of its words has a fault."""
    if found := [told for each in _words(value) if (told := fault(each))]:
        raise ValueError("; ".join(found))
    return value


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()

"""Settings that cannot work, or that protect nobody, stop the start; each is named with its fix."""

import asyncio
from pathlib import Path

import pytest
from pydantic import ValidationError

from redraft.config import Settings
from tests.cli.conftest import environment, redraft

WEBHOOK: dict[str, object] = {
    "sms_sender": "webhook", "sms_webhook_url": "https://sms.example/send", "sms_webhook_secret": "kV9!x2 p0-LmQz7w",
}  # fmt: skip
TWILIO: dict[str, object] = {
    "sms_sender": "twilio", "twilio_account": "AC1", "twilio_token": "abc", "twilio_number": "+15017122661",
}  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "values"),
    [
        ("SMS_WEBHOOK_SECRET", {**WEBHOOK, "sms_webhook_secret": "x"}),
        ("SMS_WEBHOOK_SECRET", {**WEBHOOK, "sms_webhook_secret": "a" * 40}),
        ("METRICS_TOKEN", {"metrics_token": "secret"}),
        ("METRICS_TOKEN", {"metrics_token": "0123456789abcdef\n"}),
        ("METRICS_TOKEN", {"metrics_token": "0123456789abcdef", "metrics_public": True}),
        ("MODEL_API_KEY", {"model_api_key": "sk-1\r\nHost: elsewhere"}),
        ("MODEL_SERVERS: mine", {"model_servers": {"mine": {"api_key": "schlüssel"}}}),
        ("SMS_WEBHOOK_URL", {**WEBHOOK, "sms_webhook_url": "http://sms.example/send"}),
        ("SMS_WEBHOOK_URL", {**WEBHOOK, "sms_webhook_url": "http://10.0.0.7/send"}),
        ("SMS_WEBHOOK_URL", {**WEBHOOK, "sms_webhook_url": "sms.example/send"}),
        ("SMS_WEBHOOK_URL", {**WEBHOOK, "sms_webhook_url": "ftp://sms.example/send"}),
        ("SMS_WEBHOOK_URL", {**WEBHOOK, "sms_webhook_url": "https://"}),
        ("SMS_WEBHOOK_URL", {**WEBHOOK, "sms_webhook_url": "https://sms.example:99999/"}),
        ("SMS_WEBHOOK_URL", {"sms_webhook_url": "https://sms.example/send"}),
        ("SMS_SENDER", {"sms_sender": "webhook"}),
        ("SMS_SENDER", {**TWILIO, "twilio_number": None}),
        ("TWILIO_ACCOUNT", {**TWILIO, "sms_sender": "console"}),
        ("TWILIO_ACCOUNT", {**TWILIO, "twilio_account": "../AC1"}),
        ("TWILIO_NUMBER", {**TWILIO, "twilio_number": "+1 (501) 712"}),
        ("TWILIO_URL", {**TWILIO, "twilio_url": "http://api.twilio.com"}),
        ("MODEL_BASE_URL", {"model_base_url": "localhost:11434/v1"}),
        ("MODEL_SERVERS: mine", {"model_servers": {"mine": {"base_url": "mine"}}}),
        ("MASTER_KEY", {"master_key": "A" * 43 + "="}),
        ("MASTER_KEY", {"master_key": "a", "master_key_file": "/b"}),
        ("SESSION_IDLE_DAYS", {"session_idle_days": float("inf")}),
        ("SESSION_IDLE_DAYS", {"session_idle_days": 60, "session_max_days": 30}),
        ("USAGE_DAYS", {"usage_days": 10**7}),
        ("RUN_DRAIN_SECONDS", {"run_drain_seconds": 1e12}),
        ("MAX_DOCUMENT_BYTES", {"max_document_bytes": 9_000_000}),
        ("MAX_MESSAGE_BYTES", {"max_message_bytes": 9_000_000}),
        ("RUN_SLOTS_PER_USER", {"run_slots_per_user": 300}),
        ("MODEL_FIRST_TOKEN_SECONDS", {"model_first_token_seconds": 700}),
        ("SMS_PER_NUMBER_HOUR", {"sms_per_number_hour": 300}),
        ("MODEL_CONTEXT_TOKENS", {"model_context_tokens": {"openai:x": 0}}),
        ("DEFAULT_REGION", {"default_region": "ZZ"}),
        ("MONGODB_DATABASE", {"mongodb_database": "re.draft"}),
    ],
)
def test_what_cannot_work_is_named(variable: str, values: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=f"REDRAFT_{variable}"):
        Settings.model_validate(values)


@pytest.mark.parametrize(
    "values",
    [
        WEBHOOK,
        {**WEBHOOK, "sms_webhook_url": "http://127.0.0.1:9/sms"},
        {**WEBHOOK, "sms_webhook_url": "http://localhost:9/sms"},
        {**WEBHOOK, "sms_webhook_url": "http://[::1]:9/sms"},
        TWILIO,
        {**TWILIO, "twilio_number": "MG0123"},
        {**TWILIO, "twilio_number": "Redraft"},
        {"model_base_url": "http://192.168.1.7:11434/v1", "model_servers": {"mine": {"base_url": "https://a.b/v1"}}},
        {"max_body_bytes": 10_000},  # what was not set gives way
        {"run_slots": 1, "session_max_days": 1},
    ],
)
def test_what_works_is_taken(values: dict[str, object]) -> None:
    Settings.model_validate(values)


async def test_each_fault_is_a_line_and_nothing_is_started(tmp_path: Path) -> None:
    surroundings = environment(
        tmp_path,
        REDRAFT_METRICS_TOKEN="x",
        REDRAFT_DEFAULT_REGION="ZZ",
        REDRAFT_SMS_SENDER="webhook",
        REDRAFT_SMS_WEBHOOK_URL="http://sms.example",
        REDRAFT_SMS_WEBHOOK_SECRET="y",
    )
    done = await asyncio.to_thread(redraft, "serve", surroundings=surroundings)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "REDRAFT_SMS_WEBHOOK_SECRET", "REDRAFT_METRICS_TOKEN", "REDRAFT_SMS_WEBHOOK_URL", "REDRAFT_DEFAULT_REGION",
    ]  # fmt: skip
    assert not (Path(surroundings["REDRAFT_DATA_DIR"]) / "mongodb").exists()

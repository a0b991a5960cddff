"""What a run leaves in the record of model calls."""

from datetime import UTC, datetime
from decimal import Decimal

from redraft.config import Settings
from redraft.db import connect
from redraft.ids import new_id
from redraft.llm import Call
from redraft.usage import call_writes
from redraft.usage.money import from_pico, to_pico

ENDED = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)


def call(cost: str | None = "0.0000000375", **changed: object) -> Call:
    values: dict[str, object] = {
        "role": "chat",
        "provider": "openai",
        "model": "m",
        "input_tokens": 10,
        "cached_tokens": 4,
        "output_tokens": 5,
        "time_to_first_token": 0.25,
        "duration": 1.5,
        "cost": None if cost is None else Decimal(cost),
        "currency": "USD",
        "outcome": "ok",
        **changed,
    }
    return Call(**values)  # type: ignore[arg-type]


async def test_a_repeated_write_leaves_one_row_for_each_call(settings: Settings) -> None:
    assert settings.mongodb_url is not None
    run_id = new_id("run")
    writes = call_writes(run_id, "usr_1", "chat", [call(), call(cost=None, outcome="failed")], ENDED)
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        await database.write(writes)
        await database.write(writes)
        rows = await database.db["model_calls"].find({"run_id": run_id}).to_list()
    assert [row["_id"] for row in rows] == [f"{run_id}:0", f"{run_id}:1"]
    assert [row["cost_pico"] for row in rows] == [37_500, None]
    assert {row["day"] for row in rows} == {"2026-11-23"}


def test_money_is_kept_exactly() -> None:
    assert from_pico(to_pico(Decimal("0.000000037500"))) == Decimal("0.0000000375")
    assert from_pico(to_pico(Decimal("12345.678901234567"))) == Decimal("12345.678901234567")

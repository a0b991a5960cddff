"""Time that passes for a session without anybody waiting for it."""

from datetime import datetime, timedelta
from typing import Any

from redraft.config import Settings
from redraft.db import connect


async def pass_time(settings: Settings, refresh_token: str, passed: timedelta) -> None:
    """Let `passed` lie between what happened to the token's session and now: all its moments are moved back by it."""
    assert settings.mongodb_url is not None
    session = {"_id": refresh_token.partition(".")[0]}
    async with connect(settings, settings.mongodb_url.get_secret_value()) as database:
        kept = await database.db["sessions"].find_one(session)
        assert kept is not None
        await database.db["sessions"].replace_one(session, _earlier(kept, passed))


def _earlier(kept: Any, passed: timedelta) -> Any:
    if isinstance(kept, datetime):
        return kept - passed
    if isinstance(kept, dict):
        return {name: _earlier(value, passed) for name, value in kept.items()}
    return [_earlier(value, passed) for value in kept] if isinstance(kept, list) else kept

"""What a running server logs of what people say and who they are: nothing."""

import asyncio
import os
import sys
from pathlib import Path

import httpx

from redraft.embedded.database import free_port
from redraft.ids import new_id
from tests.people import new_phone
from tests.scripted_model import ScriptedModel

SECRETS = ("marker-password", "marker-question", "marker-answer", "marker-draft", "marker-name", "marker-wrong")


async def test_no_phone_password_token_or_text_reaches_the_log(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "log"
    settings = {
        "REDRAFT_MONGODB_URL": mongodb_url,
        "REDRAFT_MONGODB_DATABASE": new_id("test"),
        "REDRAFT_DATA_DIR": str(tmp_path),
        "REDRAFT_PORT": str(port),
        "REDRAFT_MODEL": "openai:gpt-4o-mini",
        "REDRAFT_MODEL_BASE_URL": model.base_url,
        "REDRAFT_EMBEDDED_MODEL_URL": model.base_url,  # so that none is started
        "REDRAFT_MODEL_API_KEY": "marker-key",
        "REDRAFT_LOG_LEVEL": "debug",
    }
    with log.open("wb") as stream:
        program = Path(sys.executable).with_name("redraft")
        process = await asyncio.create_subprocess_exec(
            str(program), "serve", env={**os.environ, **settings}, stdout=stream, stderr=stream
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
                tokens = await live(http, model)
        finally:
            process.terminate()
            await process.wait()
    text = log.read_text()
    assert '"route": "/v1/chat"' in text
    assert '"status": 422' in text
    for secret in (*SECRETS, "marker-key", *tokens):
        assert secret not in text


async def live(http: httpx.AsyncClient, model: ScriptedModel) -> list[str]:
    """Register, log in, chat and err, with a marker in every text; the tokens and the phone number that came up."""
    async with asyncio.timeout(60):
        while True:
            try:
                await http.get("/healthz")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    phone, password = new_phone(), "marker-password"
    made = await http.post("/v1/auth/register", json={"phone": phone, "password": password, "name": "marker-name"})
    assert made.status_code == 201
    await http.post("/v1/auth/login", json={"phone": phone, "password": "marker-wrong"})
    again = (await http.post("/v1/auth/login", json={"phone": phone, "password": password})).json()
    headers = {"Authorization": f"Bearer {again['access_token']}"}
    model.says("marker-answer")
    ask = {"messages": [{"role": "user", "content": "marker-question"}]}
    answer = await http.post("/v1/chat", json=ask, headers=headers)
    assert "marker-answer" in answer.text
    document = {"name": "marker-name", "text": "marker-draft"}
    assert (await http.post("/v1/documents", json=document, headers=headers)).status_code == 201
    refused = await http.post("/v1/documents", json={**document, "marker-name": 1}, headers=headers)
    assert refused.status_code == 422
    return [phone, phone[3:], again["access_token"], again["refresh_token"], made.json()["refresh_token"]]

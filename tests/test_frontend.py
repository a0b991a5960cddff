"""The client of docs/frontend.md, as it stands there, in a browser, on a site of its own, over a line that breaks."""

import asyncio
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from tests.clients import PATIENCE_SECONDS
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, new_phone
from tests.scripted_model import Reply, ScriptedModel, words

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGE = Path(__file__).parent.parent / "docs/frontend.md"
ANSWER = "The Red River and the Mekong are two rivers of Vietnam, and both are long."
OPERATION = '{"op": "replace_phrase", "find": "3 June", "text": "10 June", "everywhere": false, "reason": "As asked."}'
USER = """<script type="module">
const at = (id) => document.getElementById(id);
at("phone").value = "PHONE";
at("password").value = "PASSWORD";
await at("enter").onclick();
at("said").value = "Name two rivers.";
await at("ask").onclick();
const heard = at("answer").textContent;
at("said").value = "We start on 10 June.";
await at("change").onclick();
at("draft").value += "- tea\\n";
await at("hunks").querySelector("button").onclick();
await fetch("/seen", { method: "POST", body: JSON.stringify({ heard, draft: at("draft").value }) });
</script>"""


@contextlib.asynccontextmanager
async def broken_line(url: str, cut_after: bytes) -> AsyncIterator[str]:
    """The server at `url` over connections of which one breaks off: the first that has carried `cut_after`.

    In the end a stream must have been resumed.
    """
    address, cut, resumed = urlsplit(url), asyncio.Event(), asyncio.Event()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
                if b"/events HTTP/1.1" in piece:
                    resumed.set()
                if cut_after in piece and not cut.is_set():
                    cut.set()
                    break
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection(address.hostname, address.port)
        async with asyncio.TaskGroup() as both:
            both.create_task(carry(reader, here))
            both.create_task(carry(there, writer))

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
    assert cut.is_set()
    assert resumed.is_set()


@contextlib.asynccontextmanager
async def site(html: str, port: int) -> AsyncIterator[asyncio.Queue[dict[str, str]]]:
    """A site of one page; what it posts to `/seen` is in the queue."""
    seen: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    async def tell(request: web.Request) -> web.Response:
        seen.put_nowait(json.loads(await request.text()))
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/", page), web.post("/seen", tell)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield seen
    finally:
        await runner.cleanup()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
async def test_the_client_chats_over_a_line_that_breaks_and_takes_a_hunk(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, unused_tcp_port: int
) -> None:
    assert CHROMIUM is not None
    found = re.search(r"```html\n(.*)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    origin = f"http://127.0.0.1:{unused_tcp_port}"
    model.says(Reply(words(ANSWER), token_seconds=0.1), f'{{"operations": [{OPERATION}], "note": "Done."}}')
    settings = make_settings(mongodb_url, model, tmp_path, cors_origins=origin)
    async with serving(settings) as direct, broken_line(direct, b"Mekong") as url:
        user = USER.replace("PHONE", new_phone()).replace("PASSWORD", PASSWORD)
        html = found[1].replace("http://localhost:8000", url) + user
        async with site(html, unused_tcp_port) as seen:
            options = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")
            profile = f"--user-data-dir={tmp_path / 'profile'}"
            browser = await asyncio.create_subprocess_exec(
                CHROMIUM, *options, profile, origin,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    told = await seen.get()
            finally:
                browser.terminate()
                await browser.wait()
    assert told == {"heard": ANSWER, "draft": "# Trip\n\nStart: 10 June, in Hanoi.\n\n- boat\n- bread\n- tea\n"}
    assert len(model.asked) == 2

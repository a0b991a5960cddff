"""The client of docs/frontend.md, as it stands there: in a browser, on a site of its own, over a line that breaks; and
its module in Node, against a server that refuses in every way a client must bear.
"""

import asyncio
import contextlib
import json
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from tests.clients import PATIENCE_SECONDS
from tests.conftest import make_settings, serving
from tests.people import PASSWORD, new_phone
from tests.scripted_model import Reply, ScriptedModel, words

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NODE = shutil.which("node")
PAGE = Path(__file__).parent.parent / "docs/frontend.md"
ANSWER = "The Red River and the Mekong are two rivers of Vietnam, and both are long."
THIRD = "Take the morning train."
WATCHED = re.compile(rb"(?:GET|POST) \S*(/auth/refresh|/events|/apply) HTTP/1\.1")
OPERATIONS = (
    {"op": "replace_phrase", "find": "3 June", "text": "10 June", "everywhere": False, "reason": "As asked."},
    {"op": "replace_phrase", "find": "boat", "text": "ship", "everywhere": False, "reason": "As asked."},
)
USER = """<script type="module">
const at = (id) => document.getElementById(id);
const kept = () => JSON.parse(localStorage.redraft ?? "{}");
const until = async (so) => { while (!so()) await new Promise((go) => setTimeout(go, 10)); };
const type = (text) => { at("draft").value += text; at("draft").dispatchEvent(new Event("input")); };
const say = (text, button) => { at("said").value = text; return at(button).onclick(); };
const hunk = (text) => [...at("hunks").children].find((each) => each.textContent.includes(text)).lastChild;
await until(() => !at("draft").readOnly);
if (!localStorage.heard) {
  at("phone").value = "PHONE";
  at("password").value = "PASSWORD";
  await at("enter").onclick();
  await say("Name two rivers.", "ask");
  localStorage.heard = at("answer").textContent;
  await say("We start on 10 June, by ship.", "change");
  await fetch("/expire", { method: "POST" }); // the access token of the next two requests
  const both = [say("And a third?", "ask"), hunk("10").onclick()];
  type("- tea\\n"); // while the hunk is being applied
  await Promise.all(both);
  localStorage.second = at("answer").textContent;
  hunk("ship").onclick();
  type("- salt\\n");
  say("How do I get there?", "ask");
  await until(() => kept().turn?.run && at("answer").textContent.startsWith("Take"));
  type("- soap\\n");
  location.reload();
} else {
  await fetch("/reloaded", { method: "POST" });
  await until(() => !kept().turn && !kept().taking.length);
  const { heard, second } = localStorage;
  const [third, draft] = [at("answer").textContent, at("draft").value];
  const left = at("hunks").children.length;
  await fetch("/seen", { method: "POST", body: JSON.stringify({ heard, second, third, draft, left }) });
}
</script>"""


def block(language: str) -> str:
    """The block of the page in this language, as somebody would copy it."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return str(found)


@dataclass
class Line:
    """What happened on a line, and what is to happen: so many access tokens more are spoilt on their way."""

    url: str = ""
    spoil: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    cut: bool = False


@contextlib.asynccontextmanager
async def broken_line(url: str, cut_after: bytes) -> AsyncIterator[Line]:
    """The server at `url` over connections of which one breaks off: the first that has carried `cut_after`."""
    address, line = urlsplit(url), Line()

    def spoilt(piece: bytes) -> bytes:
        if line.spoil and b"Authorization: Bearer ey" in piece:
            line.spoil -= 1
            return piece.replace(b"Authorization: Bearer ey", b"Authorization: Bearer xx")
        return piece

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65_536):
                line.sent.update(each.decode() for each in WATCHED.findall(piece))
                writer.write(spoilt(piece))
                await writer.drain()
                if cut_after in piece and not line.cut:
                    line.cut = True
                    break
        writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection(address.hostname, address.port)
        async with asyncio.TaskGroup() as both:
            both.create_task(carry(reader, here))
            both.create_task(carry(there, writer))

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()


@contextlib.asynccontextmanager
async def site(
    html: str, script: str, port: int, line: Line, go_on: asyncio.Event
) -> AsyncIterator[asyncio.Queue[Any]]:
    """A site with the client; what it posts to `/seen` is in the queue, and `/reloaded` sets `go_on`."""
    seen: asyncio.Queue[Any] = asyncio.Queue()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    async def module(request: web.Request) -> web.Response:
        return web.Response(text=script, content_type="text/javascript")

    async def tell(request: web.Request) -> web.Response:
        seen.put_nowait(json.loads(await request.text()))
        return web.Response()

    async def expire(request: web.Request) -> web.Response:
        line.spoil, line.sent["/auth/refresh"] = 2, 0
        return web.Response()

    async def reloaded(request: web.Request) -> web.Response:
        go_on.set()
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/redraft.js", module), web.post("/seen", tell)])
    app.add_routes([web.post("/expire", expire), web.post("/reloaded", reloaded)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield seen
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def browsing(address: str, profile: Path) -> AsyncIterator[None]:
    """Chromium, with this page open."""
    assert CHROMIUM is not None
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={profile}")
    browser = await asyncio.create_subprocess_exec(
        CHROMIUM, *options, address, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        browser.terminate()
        await browser.wait()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
async def test_the_client_loses_nothing_over_a_broken_line_an_ended_token_and_a_reload(
    mongodb_url: str, model: ScriptedModel, tmp_path: Path, unused_tcp_port: int
) -> None:
    origin = f"http://127.0.0.1:{unused_tcp_port}"
    go_on = asyncio.Event()
    edit = json.dumps({"operations": OPERATIONS, "note": "Done."})
    model.says(Reply(words(ANSWER), token_seconds=0.1), edit, "The Perfume River.", Reply(words(THIRD), go_on=go_on))
    settings = make_settings(mongodb_url, model, tmp_path, cors_origins=origin)
    async with serving(settings) as direct, broken_line(direct, b"Mekong") as line:
        user = USER.replace("PHONE", new_phone()).replace("PASSWORD", PASSWORD)
        html = block("html").replace("http://localhost:8000", line.url) + user
        async with (
            site(html, block("js"), unused_tcp_port, line, go_on) as seen,
            browsing(origin, tmp_path / "profile"),
            asyncio.timeout(PATIENCE_SECONDS),
        ):
            told = await seen.get()
    draft = "# Trip\n\nStart: 10 June, in Hanoi.\n\n- ship\n- bread\n- tea\n- salt\n- soap\n"
    assert told == {"heard": ANSWER, "second": "The Perfume River.", "third": THIRD, "draft": draft, "left": 0}
    assert len(model.asked) == 4
    assert line.cut
    assert line.spoil == 0
    assert line.sent["/events"] >= 2  # after the break, and after the reload
    assert line.sent["/auth/refresh"] == 2  # one for the two calls whose token had ended, one after the reload
    assert line.sent["/apply"] >= 5  # one without a token; and those that were typed into go once more


@dataclass
class Refusing:
    """A server of which each address refuses in its own way. `sent` are the requests as (path, headers)."""

    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""
    refreshes: int = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> AsyncIterator["Refusing"]:
        """On a free port of 127.0.0.1."""
        server = cls()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", server.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield server
        finally:
            await runner.cleanup()

    def times(self, path: str) -> int:
        return sum(each == path for each, _ in self.sent)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.sent.append((path, dict(request.headers)))
        nth = self.times(path)
        if path == "/auth/refresh":
            await asyncio.sleep(0.05)
            self.refreshes += 1
            who = {"user": {"id": "user_1"}, "access_token": f"token {self.refreshes}"}
            return web.json_response(who)
        if path == "/expired" and not request.headers["Authorization"].endswith(f"token {max(2, self.refreshes)}"):
            return _refused(401, "unauthenticated")
        if path == "/busy" and nth < 3:
            return _refused(503, "unavailable", "1" if nth == 1 else None)
        if path == "/broken":
            return web.Response(status=502, text="<h1>Bad gateway</h1>", content_type="text/html")
        if path == "/spent":
            return _refused(429, "budget_spent", "100000")
        if path == "/wrong":
            return _refused(422, "invalid_request")
        if path == "/chat" and nth < 3:
            return _refused(409, "request_running", "1" if nth == 1 else None)
        if path == "/chat" or path.endswith("/events"):
            return _stream(path, request.headers.get("Last-Event-ID", "0"))
        if path == "/runs/run_old":
            run = {"kind": "chat", "ended_at": "2026-01-01T00:00:00Z", "error": None, "message": "Kept."}
            return web.json_response({**run, "result": {"message": {"content": "Kept."}, "proposal": None}})
        return web.json_response({"ok": True})


def _refused(status: int, code: str, retry_after: str | None = None) -> web.Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return web.json_response(
        {"status": status, "code": code, "detail": f"It says {code}."}, status=status, headers=headers
    )


def _stream(path: str, last: str) -> web.Response:
    """The first goes as far as an event that says that its session ended; the second goes on; an old one is empty."""
    if "run_old" in path:
        return web.Response(content_type="text/event-stream")
    events: list[tuple[str, Any]] = [
        ("run", {"run_id": "run_1"}),
        ("token", {"text": "One"}),
        ("token", {"text": " two"}),
    ]
    after = int(last)
    rest = (
        [*events[:2], ("error", {"code": "unauthenticated"})]
        if after == 0
        else [*events[after:], ("done", {"message": {}})]
    )
    frames = (f"id: {n}\nevent: {name}\ndata: {json.dumps(data)}\n\n" for n, (name, data) in enumerate(rest, after + 1))
    return web.Response(text=": hello\n\n" + "".join(frames), content_type="text/event-stream")


DRIVE = """
import { Redraft } from "./redraft.mjs";
const api = () => new Redraft(process.argv[2], { pause: 1 });
const failed = ({ status, code, passes, message }) => ({ status, code, passes, message });
const of = (work) => work.then((ok) => ({ ok }), failed);
const one = api(), told = {};
told.busy = await of(one.call("/busy"));
told.broken = await of(one.call("/broken"));
told.spent = await of(one.call("/spent"));
told.wrong = await of(one.call("/wrong"));
told.expired = await Promise.all([of(one.call("/expired")), of(one.call("/expired"))]);
const heard = [];
const turn = { path: "/chat", body: { messages: [] }, key: "key 1" };
told.turn = await of(one.follow(turn, (name, data) => heard.push(name + (data.text ?? ""))));
const old = [];
await one.follow({ run: "run_old" }, (name, data) => old.push([name, data.message.content]));
const other = api();
other.user = "user_2";
told.other = await of(other.call("/me"));
told.away = await of(new Redraft("http://127.0.0.1:1", { pause: 1 }).call("/me"));
let text = "a", typed = 0;
const draft = { read: () => text, write: (now) => (text = now) };
const typing = api();
typing.call = async (path, { body }) => {
  if (typed++ < 2) text += "!"; // while the answer is on its way
  return { document: body.editing + "+", conflicts: [] };
};
await typing.take("edit_1", ["h1"], draft);
console.log(JSON.stringify({ ...told, heard, old, text }));
"""


@pytest.mark.skipif(NODE is None, reason="there is no Node here")
async def test_the_module_bears_every_refusal_and_gives_up_in_words(tmp_path: Path) -> None:
    assert NODE is not None
    (tmp_path / "redraft.mjs").write_text(block("js"))
    (tmp_path / "drive.mjs").write_text(DRIVE)
    async with Refusing.running() as server, asyncio.timeout(PATIENCE_SECONDS):
        node = await asyncio.create_subprocess_exec(
            NODE, str(tmp_path / "drive.mjs"), server.url, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await node.communicate()
    told = json.loads(out)
    assert told["busy"] == {"ok": {"ok": True}}
    assert told["broken"] == {"status": 502, "code": "unknown", "passes": True, "message": "The server answered 502."}
    assert (server.times("/broken"), server.times("/spent"), server.times("/wrong")) == (8, 1, 1)
    assert (told["spent"]["code"], told["spent"]["passes"]) == ("budget_spent", False)
    assert told["expired"] == [{"ok": {"ok": True}}, {"ok": {"ok": True}}]
    assert told["heard"] == ["run", "tokenOne", "token two", "done"]
    assert {headers["Idempotency-Key"] for path, headers in server.sent if path == "/chat"} == {"key 1"}
    assert [headers["Last-Event-ID"] for path, headers in server.sent if path == "/runs/run_1/events"] == ["2"]
    assert told["old"] == [["done", "Kept."]]
    assert told["other"]["code"] == "another_user"
    assert (told["away"]["code"], told["away"]["passes"]) == ("unreachable", True)
    assert told["text"] == "a!!+"
    # At the start, for the two calls whose token had ended, for the stream whose session had, and by the other user.
    assert server.times("/auth/refresh") == 4

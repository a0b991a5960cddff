"""What reaches each provider of an image, by the provider's real package: the image that was read, and nothing else."""

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from redraft.llm import Ask, Message
from redraft.llm.images import LEFT_OUT
from tests.images import FORMATS, PNG, data_url, image
from tests.llm.conftest import collect, models_of
from tests.llm.providers import FETCHING, PROVIDERS, AnyProvider, images_in
from tests.scripted_model import ScriptedModel

pytestmark = [
    pytest.mark.usefixtures("forgotten_here"),
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning",
        "ignore::ResourceWarning",
        "ignore:Inheritance class AiohttpClientSession:DeprecationWarning",  # google-genai's own
    ),
]
every_provider = pytest.mark.parametrize("provider", PROVIDERS)


@pytest.fixture
async def server() -> AsyncIterator[AnyProvider]:
    async with AnyProvider.running() as running:
        yield running


@pytest.fixture
async def elsewhere() -> AsyncIterator[AnyProvider]:
    """A server that nobody has any business with."""
    async with AnyProvider.running() as running:
        yield running
        assert (running.asked, running.elsewhere) == ([], 0), "nobody is to come here"


def parts(*urls: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": "Look."}, *({"type": "image_url", "image_url": {"url": url}} for url in urls)]


def seen(*urls: str) -> list[Message]:
    return [{"role": "user", "content": parts(*urls)}]


async def told(
    server: AnyProvider, model: ScriptedModel, provider: str, messages: list[Message], **changed: object
) -> dict[str, Any]:
    """The one body that the provider was sent."""
    async with models_of(model, **server.settings(provider), **changed) as models:
        assert await collect(models, [], Ask(messages, 50)) == ["Seen."]
    (asked,) = server.asked
    return asked


@every_provider
async def test_images_arrive_as_they_were_sent(server: AnyProvider, model: ScriptedModel, provider: str) -> None:
    urls = [data_url(media_type, image(media_type)) for media_type in FORMATS]
    asked = await told(server, model, provider, seen(*(url.replace("image/", "IMAGE/") for url in urls)))
    expected = [f"data:;base64,{url.partition(',')[2]}" for url in urls] if provider == "ollama" else urls
    assert images_in(asked) == expected


def planted(path: Path) -> list[str]:
    """Ways to name a file of the server where an image should be."""
    return [f"data:image/png;base64,{path}", f"data:image/png,{path}", f"data:image/png;base64,{path}.png",
            f"file://{path}", str(path), f"data:image/png;base64,../../../..{path}", f"data:image/jpeg;base64,/{path}",
            "data:image/png;base64,/etc/hostname", "/etc/hostname", "data:image/png;base64,~/.ssh/id_rsa"]  # fmt: skip


def addresses(url: str) -> list[str]:
    """Ways to have something fetched from `url`, or from within."""
    port = url.rpartition(":")[2]
    hosts = ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "localhost.", "[::1]", "[::ffff:127.0.0.1]",
             "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "127。0。0。1", "１２７.0.0.1", "0", "u:p@127.0.0.1"]  # fmt: skip
    return [f"{url}/a.png", *(f"http://{host}:{port}/a.png" for host in hosts), f"data:{url}/a.png",
            f"data:image/png;base64,{url}/a.png", f" {url}/a.png", url.upper() + "/a.png", f"gs://{url}/a.png",
            "http://169.254.169.254/latest/meta-data/", "http://metadata/computeMetadata/v1/"]  # fmt: skip


@every_provider
async def test_what_is_no_image_reaches_no_provider_whoever_stored_it(
    server: AnyProvider, elsewhere: AnyProvider, model: ScriptedModel, tmp_path: Path, provider: str
) -> None:
    """As in a conversation of before images were checked: it can be gone on with, without them."""
    secret = tmp_path / "master.key"
    secret.write_text("what only the server may read")
    hostile = [*planted(secret), *addresses(elsewhere.url)]
    hostile += ["data:image/svg+xml;base64,PHN2Zy8+", "data:text/html;base64,PGI+", "blob:https://x.example/1", "", "x"]
    chat: list[Message] = [{"role": role, "content": parts(*hostile, PNG)} for role in ("user", "assistant", "user")]
    with structlog.testing.capture_logs() as logs:
        asked = await told(server, model, provider, chat, remote_images=True)
    text = json.dumps(asked)
    assert [each.rpartition(",")[2] for each in images_in(asked)] == 3 * [PNG.rpartition(",")[2]]
    assert text.count(json.dumps(LEFT_OUT)[1:-1]) == 3 * len(hostile)
    assert b64encode(secret.read_bytes()).decode() not in text
    assert str(secret) not in text + str(logs)
    assert elsewhere.url.removeprefix("http://") not in text + str(logs)


@every_provider
async def test_only_a_provider_that_fetches_itself_is_sent_an_address(
    server: AnyProvider, model: ScriptedModel, provider: str
) -> None:
    asked = await told(server, model, provider, seen("https://images.example.com/a.png?w=1#x"), remote_images=True)
    expected = ["https://images.example.com/a.png?w=1"] if provider in FETCHING else []
    assert images_in(asked) == expected
    assert (LEFT_OUT in json.dumps(asked)) == (provider not in FETCHING)


async def test_a_fallback_that_fetches_none_is_passed_over_for_an_address(
    server: AnyProvider, model: ScriptedModel
) -> None:
    both = {name: each for one in ("openai", "ollama") for name, each in server.settings(one)["model_servers"].items()}
    changed = {**server.settings("ollama"), "model_servers": both, "model_fallbacks": [PROVIDERS["openai"]]}
    async with models_of(model, **changed, remote_images=True) as models:
        await collect(models, [], Ask(seen("https://images.example.com/a.png"), 50))
    assert [images_in(asked) for asked in server.asked] == [["https://images.example.com/a.png"]]


async def test_an_embedded_model_that_sees_fetches_nothing(server: AnyProvider, model: ScriptedModel) -> None:
    changed = {"model": "embedded", "embedded_model_url": f"{server.url}/v1", "model_sees_images": {"embedded": True}}
    async with models_of(model, **changed, remote_images=True) as models:
        await collect(models, [], Ask(seen("https://images.example.com/a.png", PNG), 50))
    assert [images_in(asked) for asked in server.asked if "messages" in asked] == [[PNG]]


def test_what_is_looked_for_is_found() -> None:
    """`images_in` finds an image in each provider's words, so that finding none means something."""
    content = b64decode(PNG.partition(",")[2])
    assert image("image/png") == content
    source = {"type": "image", "source": {"type": "url", "url": "https://x"}}
    assert images_in({"messages": [{"content": [source]}]}) == ["https://x"]
    assert images_in({"parts": [{"fileData": {"fileUri": "https://x"}}]}) == ["{'fileUri': 'https://x'}"]

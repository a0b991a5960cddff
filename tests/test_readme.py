"""The commands of the README and the docs, run as they stand there, one after the other, against a running server."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.edits.test_router import answers, phrase
from tests.events import events_of
from tests.people import new_phone
from tests.scripted_model import ScriptedModel

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(?:bash|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEXT = "---- next ----"


def commands() -> list[str]:
    """Every shell block that asks the server for something, in the order of the pages."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [block for page in pages for block in BLOCK.findall(page.read_text()) if "curl" in block]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands are curl's")
async def test_what_the_pages_say_to_paste_works(base_url: str, model: ScriptedModel, tmp_path: Path) -> None:
    blocks = commands()
    model.says("The Red River and the Mekong.")
    answers(model, phrase("3 June", "10 June"))
    script = "set -euo pipefail\n" + f"\necho '{NEXT}'\n".join(blocks)
    script = script.replace("localhost:8000", base_url.removeprefix("http://")).replace("+84 912 345 678", new_phone())
    shell = await asyncio.create_subprocess_exec("bash", "-c", script, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
    said = (await shell.communicate())[0].decode()
    assert shell.returncode == 0, said

    talk, edit, applied, usage = (each.strip() for each in said.split(NEXT))
    assert events_of(f"{talk}\n\n")[-1].data["message"]["content"] == "The Red River and the Mekong."
    assert edit == ""
    proposal = json.loads((tmp_path / "edit.json").read_text())
    assert proposal["document"] == "# Trip\n\nStart: 10 June, in Hanoi.\n\n- boat  \n- bread\n"
    assert applied in (ROOT / "README.md").read_text()  # as it is printed there
    assert json.loads(usage)["today"]["runs"] == 2

"""`redraft edit`: a file is changed as shown, or stays as it is."""

import asyncio
from pathlib import Path

from redraft.cli.edit import write
from redraft.embedded.model import EmbeddedModel
from tests.cli.conftest import environment, here, redraft

TRIP = "# Trip\r\n\r\nThe trip starts in Hanoi.\r\n\r\n* keep   these bytes  \r\n"


def surroundings(tmp_path: Path, real_model: EmbeddedModel) -> dict[str, str]:
    """The command's environment, with a real model that is loaded already."""
    return environment(
        tmp_path / "data", REDRAFT_EMBEDDED_MODEL_URL=real_model.url, REDRAFT_EMBEDDED_MODEL_KEY=real_model.key
    )


async def test_a_real_model_edits_a_file_and_leaves_the_rest(tmp_path: Path, real_model: EmbeddedModel) -> None:
    file = tmp_path / "trip.md"
    file.write_bytes(TRIP.encode())
    ask = ("edit", str(file), "Replace Hanoi by Hue.")
    tried = await asyncio.to_thread(redraft, *ask, "--dry-run", surroundings=surroundings(tmp_path, real_model))
    assert tried.returncode == 0, tried.stderr
    assert "+The trip starts in Hue." in tried.stdout
    assert file.read_bytes() == TRIP.encode()
    done = await asyncio.to_thread(redraft, *ask, "--yes", surroundings=surroundings(tmp_path, real_model))
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() == TRIP.replace("Hanoi", "Hue").encode()


def test_what_was_written_meanwhile_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "trip.md"
    file.write_bytes(TRIP.replace("# Trip", "# Our trip").encode())
    file.chmod(0o640)
    assert write(file, TRIP, TRIP.replace("Hanoi", "Hue"), 10_000)
    assert file.read_bytes() == TRIP.replace("Hanoi", "Hue").replace("# Trip", "# Our trip").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["trip.md"]


def test_a_conflict_leaves_the_file_as_it_is_now(tmp_path: Path) -> None:
    file = tmp_path / "trip.md"
    now = TRIP.replace("Hanoi", "Saigon").encode()
    file.write_bytes(now)
    assert not write(file, TRIP, TRIP.replace("Hanoi", "Hue"), 10_000)
    assert file.read_bytes() == now


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "picture.md"
    file.write_bytes(b"\xff\xfe\x00")
    done = here("edit", str(file), "Fix it.", surroundings=environment(tmp_path / "data"))
    assert done.returncode == 1
    assert "not UTF-8" in done.stderr

"""That the listener of every test (`tests.commands`) hears what it is there for."""

from typing import Any

import httpx
import pytest

from tests.commands import Commands, faults
from tests.people import somebody

OWN = {"_id": "run_1", "owner_id": "usr_1"}


def bulk(*ops: dict[str, Any], ordered: bool = True, collection: str = "runs") -> dict[str, Any]:
    return {"bulkWrite": 1, "ops": list(ops), "nsInfo": [{"ns": f"redraft.{collection}"}], "ordered": ordered}


def update(which: dict[str, Any], changes: Any, **more: object) -> dict[str, Any]:
    return {"update": "runs", "updates": [{"q": which, "u": changes, **more}]}


CHANGE = {"$set": {"status": "done"}}
STRANGE: dict[str, tuple[str, dict[str, Any]]] = {
    "no command": ("mapReduce", {"mapReduce": "runs"}),
    "no field": ("find", {"find": "runs", "filter": OWN, "tailable": True}),
    "no operator": ("find", {"find": "runs", "filter": {**OWN, "text": {"$where": "1"}}}),
    "no update operator": ("update", update(OWN, {"$rename": {"a": "b"}})),
    "no stage": ("aggregate", {"aggregate": "runs", "pipeline": [{"$match": OWN}, {"$out": "other"}], "cursor": {}}),
    "no expression": ("update", update(OWN, [{"$set": {"a": {"$function": {}}}}])),
    "no option": ("createIndexes", {"createIndexes": "runs", "indexes": [{"key": {"a": 1}, "name": "a", "bits": 1}]}),
    "a limit without a sort": ("find", {"find": "runs", "filter": OWN, "limit": 500}),
    "multi in a bulk": ("bulkWrite", bulk({"update": 0, "filter": OWN, "updateMods": CHANGE, "multi": True})),
    "multi that is retryable": ("update", update(OWN, CHANGE, multi=True) | {"txnNumber": 1}),
    "find without the owner": ("find", {"find": "runs", "filter": {"_id": "run_1"}}),
    "update without the owner": ("update", update({"_id": "run_1"}, CHANGE)),
    "delete without the owner": ("delete", {"delete": "runs", "deletes": [{"q": {"_id": "run_1"}, "limit": 1}]}),
    "insert without the owner": ("insert", {"insert": "runs", "documents": [{"_id": "run_1"}]}),
    "bulk without the owner": ("bulkWrite", bulk({"update": 0, "filter": {"_id": "run_1"}, "updateMods": CHANGE})),
    "an upsert that is not done again": ("update", update(OWN, CHANGE, upsert=True)),
    "an upsert of an unordered bulk": (
        "bulkWrite",
        bulk({"update": 0, "filter": OWN, "updateMods": CHANGE, "upsert": True}, ordered=False),
    ),
}


@pytest.mark.parametrize(("name", "command"), STRANGE.values(), ids=STRANGE.keys())
def test_what_a_real_server_would_not_take_or_do_is_told(name: str, command: dict[str, Any]) -> None:
    assert len(list(faults(name, command))) == 1


def test_what_redraft_does_is_not_told() -> None:
    upsert = {"update": 0, "filter": OWN, "updateMods": {"$setOnInsert": {"a": 1}}, "upsert": True, "multi": False}
    assert not list(faults("bulkWrite", bulk(upsert)))
    assert not list(faults("find", {"find": "runs", "filter": OWN, "limit": 1, "singleBatch": True}))
    assert not list(faults("find", {"find": "runs", "filter": {"lease.replica": {"$in": []}}}))


async def test_the_commands_of_the_app_are_listened_to(client: httpx.AsyncClient, commands: Commands) -> None:
    before = commands.heard
    await somebody(client)
    assert commands.heard > before

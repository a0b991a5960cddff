"""What the clients saw against what is stored, from outside and from the database."""

from collections import Counter
from typing import Any

from pymongo import AsyncMongoClient

from chaos.clients import Client, Turn
from chaos.cluster import Cluster, Model, answer

ATTEMPT = 1_000_000


async def verdict(cluster: Cluster, model: Model, clients: list[Client]) -> Counter[str]:
    """How often each promise was broken; all zero is what must come out."""
    found: Counter[str] = Counter(
        {"lost turns": 0, "doubled turns": 0, "doubled charges": 0, "gaps": 0, "no end": 0, "wrong text": 0}
    )
    for client in clients:
        for turn in client.turns:
            _check_events(turn, found)
        await _check_history(client, found)
    await _check_charges(cluster, model, found)
    return found


def _check_events(turn: Turn, found: Counter[str]) -> None:
    found["no end"] += not turn.ended
    for (before, _, _), (after, name, _) in zip(turn.events, turn.events[1:], strict=False):
        # A new attempt may take back what was not stored; within one attempt nothing is missing.
        dense = after == before + 1 or (name == "restart" and after // ATTEMPT > before // ATTEMPT)
        if not dense:
            found["gaps"] += 1
            print("gap", turn.question, before, after, name)
    text = ""
    for _, name, data in turn.events:
        text = "" if name == "restart" else text + (data["text"] if name == "token" else "")
    if turn.ended and turn.events[-1][1] == "done":
        message = turn.events[-1][2]["message"]
        whole = "".join(answer(turn.question))
        right = message["content"] == whole or (turn.stopped and whole.startswith(message["content"]))
        found["wrong text"] += not (right and text == message["content"])


async def _check_history(client: Client, found: Counter[str]) -> None:
    messages: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        query = f"?limit=200&cursor={cursor}" if cursor else "?limit=200"
        page = await client.call("GET", f"/v1/conversations/{client.conversation}/messages{query}")
        messages += page["items"]
        cursor = page["next_cursor"]
    asked = [message["content"] for message in messages if message["role"] == "user"]
    found["lost turns"] += sum(turn.question not in asked for turn in client.turns if turn.ended)
    found["doubled turns"] += len(asked) - len(set(asked))
    found["gaps"] += [message["seq"] for message in messages] != list(range(1, len(messages) + 1))
    for turn in client.turns:
        answers = [
            each["content"] for each in messages if each["run_id"] == turn.run_id and each["role"] == "assistant"
        ]
        said = turn.events[-1][2]["message"]["content"] if turn.ended and turn.events[-1][1] == "done" else ""
        found["wrong text"] += answers != ([said] if said else answers)
        found["doubled turns"] += len(answers) > 1


async def _check_charges(cluster: Cluster, model: Model, found: Counter[str]) -> None:
    """No more rows of usage than the model was asked; and no run that has not ended, or was not settled."""
    mongo: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(cluster.mongodb_url)
    try:
        charged = await mongo["redraft"]["model_calls"].find({}, {"_id": 1}).to_list()
        found["doubled charges"] += max(0, len(charged) - model.asked.total())
        running = await mongo["redraft"]["runs"].find({"status": "running"}, {"_id": 1}).to_list()
        unsettled = await mongo["redraft"]["runs"].find({"unsettled": {"$exists": True}}, {"_id": 1}).to_list()
        found["no end"] += len(running) + len(unsettled)
    finally:
        await mongo.close()

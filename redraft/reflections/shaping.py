"""What is known of a user as plain JSON, for a run's input, its result, and what a client sees."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from redraft.agents.learning import Forgotten
from redraft.agents.memory import KINDS, Contradiction, Evidence, Reflection, Reflections, Scope


def plain(reflections: Reflections) -> dict[str, Any]:
    """As JSON, for a run's input or result."""
    return {kind: [plain_item(each) for each in reflections.of(kind)] for kind in KINDS}


def reflections_of(data: dict[str, Any]) -> Reflections:
    """What `plain` was given."""
    style, facts = (tuple(item_of(each) for each in data[kind]) for kind in KINDS)
    return Reflections(style, facts)


def plain_item(item: Reflection) -> dict[str, Any]:
    """One item as JSON."""
    told = item.contradiction
    return {
        "id": item.id,
        "text": item.text,
        "message_ids": list(item.message_ids),
        "evidence": _plain_evidence(item.evidence),
        "addresses": list(item.addresses),
        "origin": item.origin,
        "confirmed": item.confirmed,
        "scope": {"of": item.scope.of, "id": item.scope.id},
        "contradiction": told and {"text": told.text, "evidence": _plain_evidence(told.evidence)},
        "created_at": _plain_time(item.created_at),
        "updated_at": _plain_time(item.updated_at),
        "used_at": _plain_time(item.used_at),
        "rev": item.rev,
    }


def item_of(data: dict[str, Any]) -> Reflection:
    """What `plain_item` was given, or an earlier version, which knew only text, message ids and addresses."""
    ids = data.get("message_ids", ())
    evidence = _evidence(data["evidence"]) if "evidence" in data else tuple(Evidence(each) for each in ids)
    told, scope = data.get("contradiction"), data.get("scope")
    return Reflection(
        id=data["id"],
        text=data["text"],
        evidence=evidence,
        addresses=tuple(data.get("addresses", ())),
        origin=data.get("origin") or ("learned" if ids else "user"),  # what was learned always rests on a message
        confirmed=data.get("confirmed", False),
        scope=Scope(scope["of"], scope["id"]) if scope else Scope(),
        contradiction=Contradiction(told["text"], _evidence(told["evidence"])) if told else None,
        created_at=_time(data.get("created_at")),
        updated_at=_time(data.get("updated_at")),
        used_at=_time(data.get("used_at")),
        rev=data.get("rev", 0),
    )


def plain_forgotten(items: Sequence[Forgotten]) -> list[dict[str, Any]]:
    """Deleted items as JSON."""
    return [{"id": each.id, "kind": each.kind, "text": each.text, "at": each.at.isoformat()} for each in items]


def forgotten_of(data: Sequence[dict[str, Any]]) -> list[Forgotten]:
    """What `plain_forgotten` was given."""
    return [Forgotten(each["id"], each["kind"], each["text"], datetime.fromisoformat(each["at"])) for each in data]


def _plain_evidence(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [
        {
            "message_id": each.message_id,
            "quote": each.quote,
            "at": _plain_time(each.at),
            "conversation_id": each.conversation_id,
        }
        for each in evidence
    ]


def _evidence(data: Sequence[dict[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(each["message_id"], each["quote"], _time(each["at"]), each["conversation_id"]) for each in data
    )


def _plain_time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _time(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None

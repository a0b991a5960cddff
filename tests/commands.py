"""What redraft asks of its database, held against what MongoDB 8 takes: the embedded server takes more, and less.

The tables are of the manual's pages of each command (mongodb.com/docs/manual/reference/command) and of the server's
command descriptions (`*.idl` in its source), and hold what redraft uses of them, no more: who uses something new looks
it up there, and adds it here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

# Of every command: the driver's own, and those of the generic arguments (idl/generic_argument.idl).
GENERIC = frozenset({"$db", "lsid", "$clusterTime", "$readPreference", "txnNumber", "maxTimeMS"})
READ, WRITE = frozenset({"readConcern"}), frozenset({"writeConcern"})
FIELDS: dict[str, frozenset[str]] = {
    "find": READ | {"find", "filter", "projection", "sort", "skip", "limit", "singleBatch", "batchSize"},
    "getMore": frozenset({"getMore", "collection", "batchSize"}),
    "killCursors": frozenset({"killCursors", "cursors"}),
    "aggregate": READ | {"aggregate", "pipeline", "cursor"},
    "count": READ | {"count", "query"},  # what estimated_document_count sends
    "insert": WRITE | {"insert", "ordered", "documents"},
    "update": WRITE | {"update", "ordered", "updates"},
    "delete": WRITE | {"delete", "ordered", "deletes"},
    "bulkWrite": WRITE | {"bulkWrite", "ops", "nsInfo", "ordered", "errorsOnly"},
    "createIndexes": WRITE | {"createIndexes", "indexes"},
    "dropIndexes": WRITE | {"dropIndexes", "index"},
    "listIndexes": frozenset({"listIndexes", "cursor"}),
    "listCollections": frozenset({"listCollections", "cursor", "filter", "nameOnly"}),
    "collMod": WRITE | {"collMod", "index"},
    "getParameter": frozenset({"getParameter", "featureCompatibilityVersion"}),
    "hello": frozenset({"hello"}),
    "ping": frozenset({"ping"}),
    "endSessions": frozenset({"endSessions"}),
    "saslStart": frozenset({"saslStart", "mechanism", "payload", "autoAuthorize", "options"}),
    "saslContinue": frozenset({"saslContinue", "conversationId", "payload"}),
}
UPDATE_FIELDS = frozenset({"q", "u", "upsert", "multi"})
DELETE_FIELDS = frozenset({"q", "limit"})
BULK_FIELDS = {
    "insert": frozenset({"insert", "document"}),
    "update": frozenset({"update", "filter", "updateMods", "multi", "upsert"}),
    "delete": frozenset({"delete", "filter", "multi"}),
}
INDEX_FIELDS = frozenset({"key", "name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds"})
QUERY = frozenset({"$eq", "$exists", "$gt", "$gte", "$in", "$lt", "$lte", "$ne", "$not"})
UPDATE = frozenset({"$currentDate", "$inc", "$max", "$pull", "$push", "$set", "$setOnInsert", "$unset"})
PUSH = frozenset({"$each", "$position", "$slice"})
STAGES = frozenset({"$group", "$limit", "$match", "$project", "$set", "$unset"})  # $limit: for a count up to a number
EXPRESSIONS = frozenset(
    {
        "$add", "$addToSet", "$and", "$cond", "$dateToString", "$divide", "$eq", "$floor", "$gt", "$gte", "$ifNull",
        "$ln", "$max", "$min", "$multiply", "$subtract", "$sum", "$toLong",
    }
)  # fmt: skip
PROJECTION = frozenset({"$slice"})

OWNED = frozenset(
    {
        "answers", "conversations", "document_versions", "documents", "feedback", "messages", "model_calls",
        "proposals", "reflections", "running_summaries", "runs", "security_events", "sessions",
    }
)  # fmt: skip
"""What a cluster shards by the owner: without the owner in the filter, a statement goes to every shard."""
SCATTERED = {
    ("runs", "find", ("lease.replica",)): "a replica's runs, and those of the dead: of whichever users",
    ("runs", "find", ("cancel",)): "the runs that a replica was told to stop, of whichever users",
    ("runs", "find", ("unsettled",)): "a sweep over all users",
    ("runs", "update", ("forget_at",)): "a sweep over all users, by the one replica that leads",
    ("runs", "find", ("_id", "ended_at", "unsettled")): "the same",
    ("model_calls", "find", ("day",)): "the upkeep of the one replica that leads",
    ("model_calls", "aggregate", ("day",)): "the figures of a day, of all users",
    ("model_calls", "aggregate", ("at", "day")): "the same, of a part of a day",
    ("feedback", "aggregate", ("day",)): "the same",
    ("sessions", "find", ("_id",)): "a refresh token names its session and not its owner",
    ("sessions", "find", ("ended_at",)): "the command line ends the sessions of everybody",
}
"""Collection, command and the filter's fields of what may go to every shard, and why."""
CATCHES = {
    ("throttles", ("_id", "arrival")): "Throttle.take: a duplicate key says that nothing is left",
    ("codes", ("$or", "_id")): "Codes: a duplicate key says that a live code is there, and is sent again",
    (
        "document_places",
        ("_id", "bytes", "counted_at"),
    ): "DocumentStore.take looks again",
}
"""Upserts outside the bulks of `redraft.db` whose filter says more than the `_id`; who bears their duplicate key."""


class Commands(CommandListener):
    """Listens to clients; `strange` is what MongoDB 8 would not take, or would do otherwise, in a line each."""

    def __init__(self) -> None:
        self.strange: list[str] = []
        self.heard = 0

    def started(self, event: CommandStartedEvent) -> None:
        """Look at one command."""
        self.heard += 1
        self.strange += faults(event.command_name, event.command)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing more to look at."""

    def failed(self, event: CommandFailedEvent) -> None:
        """The same."""


def faults(name: str, command: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a command, a line each."""
    if name not in FIELDS:
        yield f"{name} is no command of the table"
        return
    yield from _unknown(f"{name} takes no field", command.keys() - GENERIC, FIELDS[name])
    match name:
        case "find":
            yield from _find(command)
        case "aggregate":
            yield from _aggregate(command)
        case "insert":
            for each in command["documents"]:
                yield from _owned(command[name], name, each)
        case "update" | "delete":
            yield from _statements(name, command)
        case "bulkWrite":
            yield from _bulk(command)
        case "createIndexes":
            for each in command["indexes"]:
                yield from _unknown("an index takes no option", each.keys(), INDEX_FIELDS)


def _find(command: Mapping[str, Any]) -> Iterator[str]:
    which = command.get("filter", {})
    yield from _filter(which)
    yield from _owned(command["find"], "find", which)
    for shape in command.get("projection", {}).values():
        if isinstance(shape, Mapping):
            yield from _unknown("a projection takes no", shape.keys(), PROJECTION)
    if command.get("limit") and not command.get("sort") and not command.get("singleBatch"):
        yield f"find on {command['find']} has a limit and no sort: which documents it means is anybody's guess"


def _aggregate(command: Mapping[str, Any]) -> Iterator[str]:
    pipeline = command["pipeline"]
    yield from _pipeline(pipeline)
    yield from _owned(command["aggregate"], "aggregate", pipeline[0].get("$match", {}))


def _statements(name: str, command: Mapping[str, Any]) -> Iterator[str]:
    for each in command["updates" if name == "update" else "deletes"]:
        yield from _unknown(f"{name} takes no", each.keys(), UPDATE_FIELDS if name == "update" else DELETE_FIELDS)
        yield from _filter(each["q"])
        yield from _owned(command[name], name, each["q"])
        if name == "update":
            yield from _update(each["u"])
        if each.get("multi") and "txnNumber" in command:
            yield f"update on {command[name]} is multi and retryable: the server refuses the two together"
        about = (command[name], tuple(sorted(each["q"])))
        if each.get("upsert") and each["q"].keys() != {"_id"} and about not in CATCHES:
            yield f"an upsert by {about} may meet a duplicate key, and is not done again: use Database.write"


def _bulk(command: Mapping[str, Any]) -> Iterator[str]:
    collections = [each["ns"].partition(".")[2] for each in command["nsInfo"]]
    for each in command["ops"]:
        kind = next(iter(each))
        yield from _unknown(f"bulkWrite takes no {kind} with", each.keys(), BULK_FIELDS.get(kind, frozenset()))
        which = each["document"] if kind == "insert" else each["filter"]
        yield from _owned(collections[each[kind]], kind, which)
        if kind != "insert":
            yield from _filter(which)
        if kind == "update":
            yield from _update(each["updateMods"])
        if each.get("multi"):
            yield f"bulkWrite on {collections[each[kind]]} has multi, so the driver does not try it again"
        if each.get("upsert") and which.keys() != {"_id"} and not command.get("ordered", True):
            yield f"an upsert on {collections[each[kind]]} may meet a duplicate key, and is not done again"


def _owned(collection: str, command: str, which: Mapping[str, Any]) -> Iterator[str]:
    if collection in OWNED and "owner_id" not in which:
        about = (collection, command, tuple(sorted(which)))
        if about not in SCATTERED:
            yield f"{about} names no owner: on a cluster it goes to every shard"


def _filter(which: Mapping[str, Any]) -> Iterator[str]:
    for name, value in which.items():
        if name == "$or":
            for either in value:
                yield from _filter(either)
        elif name.startswith("$"):
            yield f"a filter of ours uses no {name}"
        elif isinstance(value, Mapping) and any(each.startswith("$") for each in value):
            yield from _unknown("a filter takes no", value.keys(), QUERY)


def _update(changes: Any) -> Iterator[str]:
    if isinstance(changes, Sequence):
        yield from _pipeline(changes)
        return
    if not any(each.startswith("$") for each in changes):
        return  # a replacement
    yield from _unknown("an update takes no", changes.keys(), UPDATE)
    for pushed in changes.get("$push", {}).values():
        if isinstance(pushed, Mapping) and any(each.startswith("$") for each in pushed):
            yield from _unknown("a $push takes no", pushed.keys(), PUSH)


def _pipeline(stages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for stage in stages:
        yield from _unknown("a pipeline takes no", stage.keys(), STAGES)
        for kind, inside in stage.items():
            yield from _filter(inside) if kind == "$match" else _expression(inside)


def _expression(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        operators = {each for each in value if each.startswith("$")}
        yield from _unknown("an expression takes no", operators, EXPRESSIONS)
        for inside in value.values():
            yield from _expression(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _expression(inside)


def _unknown(told: str, found: Any, known: frozenset[str]) -> Iterator[str]:
    if not known.issuperset(found):
        yield f"{told} {', '.join(sorted(set(found) - known))}"

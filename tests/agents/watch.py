"""What a run asks of the database, and what it is answered: recorded by a listener of the database's driver."""

import re
from collections.abc import Iterator
from typing import Any

from pymongo import monitoring

ID = re.compile(r"\b[a-z]+_[0-9a-f]{30}(?![0-9a-f])")
OF_THE_SERVER = {"replicas", "signing_keys", "revocations", "usage_days", "erasures"}
"""Collections that the server itself looks at while nobody asks anything."""
NEVER = {"documents", "document_versions", "versions", "users", "feedback", "security_events", "codes", "master_keys"}
"""Collections that no run touches, not even for its own user. A turn's document comes and goes with the request."""


class Watch(monitoring.CommandListener):
    """Records what is asked of the database and what it answers, while `on`."""

    def __init__(self) -> None:
        self.on = False
        self.commands: list[dict[str, Any]] = []
        self.seen: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.on:
            self.commands.append(dict(event.command))
            self.seen.append(repr(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if self.on:
            self.seen.append(repr(event.reply))

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing was read or written."""

    def begin(self) -> None:
        self.commands, self.seen, self.on = [], [], True

    def swept(self) -> bool:
        """Whether every background task has looked at the runs: the one that waits longest looks for dead replicas.

        It waits until its own heartbeats were heard for a while, so it has done all that comes before, and once a
        minute, by then. The second time, the first was done to its end.
        """
        return [command.get("find") for command in self.commands].count("replicas") > 1

    def ids(self) -> set[str]:
        """Every id that a command or an answer held."""
        return {found for text in self.seen for found in ID.findall(text)}

    def collections(self) -> set[str]:
        """Every collection that was touched."""
        return {collection for command in self.commands for _, collection, _ in operations(command)}

    def unbounded(self) -> set[tuple[str, ...]]:
        """What was done to which collection by which fields, wherever it was not said by an id to what."""
        return {
            (name, collection, *sorted(about))
            for command in self.commands
            for name, collection, about in operations(command)
            if collection not in OF_THE_SERVER and not ID.search(repr(about))
        }


def operations(command: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each operation of a command: its name, its collection, and the filter or the new document."""
    name = next(iter(command), "")  # of a login the driver tells nothing
    if name == "bulkWrite":
        spaces = [space["ns"].partition(".")[2] for space in command["nsInfo"]]
        for each in command["ops"]:
            what = next(iter(each))
            yield what, spaces[each[what]], each.get("filter") or each["document"]
    elif name in ("update", "delete"):
        for each in command["updates" if name == "update" else "deletes"]:
            yield name, command[name], each["q"]
    elif name == "insert":
        for each in command["documents"]:
            yield name, command[name], each
    elif name and name != "getMore":  # of a `find` that is looked at
        yield name, str(command[name]), command.get("filter", {})


WATCH = Watch()

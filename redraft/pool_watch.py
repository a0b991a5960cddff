"""How many connections to the database there are, and how many are in use."""

from pymongo.monitoring import (
    ConnectionCheckedInEvent,
    ConnectionCheckedOutEvent,
    ConnectionClosedEvent,
    ConnectionCreatedEvent,
    ConnectionPoolListener,
)


class PoolWatch(ConnectionPoolListener):
    """Counts the connections of the client's pools. Called by the driver, in the event loop."""

    def __init__(self) -> None:
        self.open = 0
        self.in_use = 0

    def connection_created(self, event: ConnectionCreatedEvent) -> None:
        """One more."""
        self.open += 1

    def connection_closed(self, event: ConnectionClosedEvent) -> None:
        """One less."""
        self.open -= 1

    def connection_checked_out(self, event: ConnectionCheckedOutEvent) -> None:
        """An operation has one."""
        self.in_use += 1

    def connection_checked_in(self, event: ConnectionCheckedInEvent) -> None:
        """An operation gave it back."""
        self.in_use -= 1

    def _unwatched(self, event: object) -> None:
        """Something that no figure tells of."""

    pool_created = pool_ready = pool_cleared = pool_closed = _unwatched
    connection_ready = connection_check_out_started = connection_check_out_failed = _unwatched

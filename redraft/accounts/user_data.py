"""What every domain that keeps something of users promises: to hand it out, and to let it go."""

from collections.abc import AsyncIterator
from typing import Any, Protocol


class UserDataSource(Protocol):
    """A domain's part in `GET /v1/me/export` and `DELETE /v1/me`. `main.build` lists all of them."""

    name: str
    """The list of the archive that holds what this domain keeps, such as `conversations`."""

    def export(self, owner_id: str) -> AsyncIterator[dict[str, Any]]:
        """Everything kept of this user, readable, as plain data: one item after the other, so that it need not fit
        into memory. What belongs to an item (the messages of a conversation) is inside it.
        """
        ...

    async def erase(self, owner_id: str) -> None:
        """Delete everything kept of this user, and stop what would write more.

        Done twice, with minutes between, because a late writer may come in between; also when nothing is left.
        """
        ...

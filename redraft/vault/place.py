"""Where a sealed text stands in the database."""

from typing import NamedTuple


class Place(NamedTuple):
    """The one place where a sealed text opens: a collection, a field in it, and the id of the record.

    Where one field of a record holds many texts, or one after the other, `id` tells them apart: "doc_1:3" is the third
    version of a document.
    """

    collection: str
    field: str
    id: str

    @property
    def bound(self) -> bytes:
        """The place as associated data. Two places never have the same: no collection and no field holds a NUL."""
        return "\0".join(self).encode()

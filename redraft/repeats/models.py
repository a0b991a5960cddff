"""What a request with a key is to the service that does its work."""

from dataclasses import dataclass

from redraft.ids import new_id


@dataclass(frozen=True)
class Attempt:
    """One try at a request. `seed` is the same for every try under one key; None without a key.

    `again`: a process died in an earlier try, so what this one is to do may have been done. Look for it by its id.
    """

    seed: str | None = None
    again: bool = False

    def new_id(self, prefix: str, place: int | None = None) -> str:
        """The id of what this request makes, the `place`th of several: the same one in every try."""
        if self.seed is None:
            return new_id(prefix)
        return f"{prefix}_{self.seed}" if place is None else f"{prefix}_{self.seed}{place:02x}"


def new_seed() -> str:
    """What ids are made of, without a prefix: by time, as all ids are."""
    return new_id("").removeprefix("_")

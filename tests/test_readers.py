"""Reading: the decoded source is the file code point for code point, whatever its encoding; what is no text gives one clear line."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UnreadableInput
from pipeline.readers import READERS, decode, read, read_bytes
from pipeline.settings import Settings

SENTENCE = "Eén patiënt met coëliakie at – zei zij – “crème” voor € 5.\r\nDe zoölogie\tblijft."
LATIN = "Een patiënt met coeliakie at crème, één keer."


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (SENTENCE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + SENTENCE.encode(), "utf-8-sig"),
        (SENTENCE.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + SENTENCE.encode("utf-16-be"), "utf-16"),
        (SENTENCE.encode("utf-16-le"), "utf-16-le"),
        (SENTENCE.encode("utf-16-be"), "utf-16-be"),
        (SENTENCE.encode("utf-32"), "utf-32"),
        (SENTENCE.encode("cp1252"), "cp1252"),
        (LATIN.encode("latin-1"), "cp1252"),
        (b"pijn \x81 " + LATIN.encode("latin-1"), "latin-1"),
        (b"alleen ascii", "utf-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_encoding(data: bytes, encoding: str) -> None:
    text, found = decode(data)
    assert found == encoding
    assert data.decode(encoding) == text


def test_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbfkramp in de kuit")[0] == "kramp in de kuit"
    assert decode("kramp in de kuit".encode("utf-16"))[0] == "kramp in de kuit"


def test_old_dos_text_is_guessed() -> None:
    text, encoding = decode(("De patiënt heeft koorts en hoest. Eén reële oorzaak is een ontsteking. " * 5).encode("cp850"))
    assert "patiënt" in text
    assert encoding in {"cp850", "cp858", "cp437"}


@pytest.mark.parametrize(
    ("declared", "encoded", "encoding"),
    [
        ("windows-1252", "cp1252", "cp1252"),
        ("ISO-8859-1", "cp1252", "cp1252"),
        ("iso-8859-15", "iso8859-15", "iso8859-15"),
        ("utf-8", "cp1252", "cp1252"),  # the page is wrong
        ("windows-1252", "utf-8", "utf-8"),  # so is this one: bytes that are UTF-8 are never anything else
        ("rot13", "cp1252", "cp1252"),
        ("no-such-charset", "cp1252", "cp1252"),
    ],
)
def test_declared_charset(declared: str, encoded: str, encoding: str) -> None:
    page = f'<!doctype html><html><head><meta charset="{declared}"></head><body><p>De patiënt at één crème.</p></body></html>'
    source = read_bytes(page.encode(encoded), "x.html", ".html")
    assert (source.encoding, source.text, source.format) == (encoding, page, "html")


def test_declaration_of_old_pages() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15"></head><body>€ 5, één keer</body></html>'
    assert read_bytes(page.encode("iso8859-15"), "x", ".htm").text == page


@pytest.mark.parametrize(
    ("suffix", "data", "format_"),
    [
        (".txt", b"Kramp in de kuit", "plain"),
        (".txt", b"  <!DOCTYPE html><html><body>x", "html"),
        (".txt", b"<!-- a --><html lang=nl>", "html"),
        (".txt", b"<p>een</p><p>twee</p><ul><li>drie</li></ul>", "html"),
        (".txt", b"< 5 mg is weinig", "plain"),
        (".md", b"# Kramp", "markdown"),
        (".MARKDOWN", b"# Kramp", "markdown"),
        (".htm", b"geen tags", "html"),
        (".log", b"geen bekend soort", "plain"),
    ],
)
def test_format(suffix: str, data: bytes, format_: str) -> None:
    assert read_bytes(data, "name", suffix).format == format_


def test_every_reader_has_a_lower_case_suffix() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in READERS)


def test_source_of_a_file(tmp_path: Path) -> None:
    data = b"Kramp.\r\nEn pijn.\r"
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    source = read(path, "naam.txt", Settings())
    assert (source.name, source.text, source.sha256) == ("naam.txt", "Kramp.\r\nEn pijn.\r", hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        ("\n ".encode("utf-16"), "empty"),
        (b"\x00\x01\x02\x03" * 50, "binary"),
        (bytes(range(256)) * 8, "binary"),
        (b"%PDF-1.7 ...", "binary"),
        (b"PK\x03\x04 a docx", "binary"),
        (b"\x89PNG\r\n", "binary"),
        (b"\x1f\x8b\x08 gzip", "binary"),
        (b"\xff\xfe\x00\xd8a", "undecodable"),
        (b"\xef\xbb\xbf\xff\xff kapot", "undecodable"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableInput, match=r"\Anaam: [^\n]+\Z") as error:
        read_bytes(data, "naam")
    assert error.value.reason == reason


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=r"\Ax: no such file; check the path\Z") as missing:
        read(tmp_path / "weg.txt", "x", Settings())
    with pytest.raises(UnreadableInput, match=r"\Ax: is a folder") as folder:
        read(tmp_path, "x", Settings())
    assert (missing.value.reason, folder.value.reason) == ("missing", "directory")


def test_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "groot.txt"
    with path.open("wb") as file:
        file.truncate(3_000_000)
    with pytest.raises(UnreadableInput, match=r"3\.0 MB is more than the limit of 2 MB; split the file, or raise") as error:
        read(path, "groot.txt", Settings(max_megabytes=2))
    assert error.value.reason == "too-large"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_forbidden_file(tmp_path: Path) -> None:
    path = tmp_path / "dicht.txt"
    path.write_bytes(b"kramp")
    path.chmod(0)
    with pytest.raises(UnreadableInput) as error:
        read(path, "dicht.txt", Settings())
    assert error.value.reason == "permission"


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_decode_exactly_or_are_refused(data: bytes) -> None:
    try:
        text, encoding = decode(data)
    except UnreadableInput:
        return
    assert data.decode(encoding) == text

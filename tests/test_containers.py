"""Files of many articles: a record becomes an item with a name, or a rejected record with the reason; nothing is lost."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipeline.dataset import Item, collect
from pipeline.dataset.containers import CONTAINERS, read_stream, shape_of
from pipeline.dataset.digests import DigestSet, digest64
from pipeline.errors import UnreadableInput, UsageError
from pipeline.readers import READERS
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
SMALL = Settings(max_megabytes=0.001)


def told(path: Path | str, options: Settings | None = None, **more: Any) -> list[tuple[Any, ...]]:
    """What the items of a file are: name, bytes, suffix, address; or name and reason."""
    found = []
    for item in collect([str(path)], READERS, settings=options, **more).items():
        found.append((item.source, item.reason) if isinstance(item, RejectedRecord) else (item.name, item.data, item.suffix, item.url))
    return found


def messages(path: Path, options: Settings | None = None) -> list[str]:
    """Why records were rejected."""
    return [item.message for item in collect([str(path)], READERS, settings=options).items() if isinstance(item, RejectedRecord)]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# JSON lines


def test_json_lines_are_articles_called_by_their_id_or_their_line(tmp_path: Path) -> None:
    lines = [{"id": 7, "url": "https://a.nl/x", "text": "Eén"}, {"text": "Twee"}, {"id": "drie", "text": "<p>3</p>"}]
    data = b"\n".join(json.dumps(line).encode() for line in lines)
    assert told(written(tmp_path / "d.jsonl", data.replace(b"\n", b"\n\n"))) == [
        ("d.jsonl#7", "Eén".encode(), ".txt", "https://a.nl/x"),
        ("d.jsonl#3", b"Twee", ".txt", None),
        ("d.jsonl#drie", b"<p>3</p>", ".txt", None),
    ]


def test_ids_that_come_twice_name_no_two_articles(tmp_path: Path) -> None:
    data = b'{"id": "a", "text": "1"}\n{"id": "a", "text": "2"}\n{"id": "a@2", "text": "3"}\n{"text": "4"}\n{"id": 4, "text": "5"}\n'
    assert [name for name, *_ in told(written(tmp_path / "d.jsonl", data))] == [
        "d.jsonl#a",
        "d.jsonl#a@2",
        "d.jsonl#a@2@3",
        "d.jsonl#4",
        "d.jsonl#4@5",
    ]


@pytest.mark.parametrize(
    ("line", "reason", "said"),
    [
        (b"{", "malformed", "the line is no JSON (Expecting property name"),
        (b"[1]", "malformed", "the line holds no object with fields but a list"),
        (b"[" * 100_000, "malformed", "the line is JSON that cannot be read"),
        (b'{"n": ' + b"1" * 5000 + b"}", "malformed", "the line is JSON that cannot be read"),
        (b"\x00\xff\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f", "binary", "is no text but binary data"),
        (b"{}", "missing-field", "has no field called text, content, body, article, html; it has no fields at all"),
        (b'{"tekst": "a", "titel": "b"}', "missing-field", "has no field called text, content, body, article, html; its fields are tek"),
        (b'{"text": null}', "empty", "the field text holds nothing"),
        (b'{"text": ["a"]}', "malformed", "the field text holds no text but a list; name another with --text-field"),
        (b'{"text": "\\ud800"}', "undecodable", "the field text holds half characters"),
        (b'{"text": "' + b"a" * 1001 + b'"}', "too-large", "0.0 MB is more than the limit of 0.001 MB"),
        (b'{"text": "' + b"a" * 5000 + b'"}', "too-large", "the line is longer than 0.004 MB"),
    ],
)  # fmt: skip
def test_a_broken_line_costs_itself(tmp_path: Path, line: bytes, reason: str, said: str) -> None:
    big = Settings(max_megabytes=1) if len(line) > 6000 or line.startswith(b'{"n"') else SMALL
    path = written(tmp_path / "d.jsonl", b'{"text": "een"}\n' + line + b'\n{"text": "drie"}')
    assert told(path, big) == [("d.jsonl#1", b"een", ".txt", None), ("d.jsonl#2", reason), ("d.jsonl#3", b"drie", ".txt", None)]
    assert messages(path, big)[0].startswith(said)


def test_named_fields_are_taken_and_may_lie_in_others(tmp_path: Path) -> None:
    path = written(tmp_path / "d.jsonl", b'{"doc": {"html": "<p>a", "nr": 5}, "text": "not this", "link": "x", "id": 1}\n')
    options = Settings(text_field="doc.html", id_field="doc.nr", url_field="link")
    assert told(path, options) == [("d.jsonl#5", b"<p>a", ".html", "x")]
    assert messages(path, Settings(text_field="tekst")) == [
        "has no field 'tekst'; its fields are doc, text, link, id, doc.html, doc.nr; correct --text-field"
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize(("suffix", "line"), [(".jsonl", '{"text": "één patiënt"}'), (".csv", "text\néén patiënt")])
def test_encodings_of_containers_are_detected(tmp_path: Path, encoding: str, suffix: str, line: str) -> None:
    path = written(tmp_path / f"d{suffix}", f"{line}\r\n".encode(encoding))
    assert told(path) == [(f"d{suffix}#1", "één patiënt".encode(), ".txt", None)]


# tables


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".csv", 'id,text,url\n1,"Een, ""twee""\nen drie",https://a.nl\n2,vier,\n'),
        (".csv", 'id;text;url\r\n1;"Een, ""twee""\nen drie";https://a.nl\r\n\r\n2;vier;\r\n'),
        (".tsv", 'id\ttext\turl\n1\t"Een, ""twee""\nen drie"\thttps://a.nl\n2\tvier\n'),
    ],
)
def test_rows_of_a_table_are_articles(tmp_path: Path, suffix: str, data: str) -> None:
    assert told(written(tmp_path / f"d{suffix}", data.encode())) == [
        (f"d{suffix}#1", b'Een, "twee"\nen drie', ".txt", "https://a.nl"),
        (f"d{suffix}#2", b"vier", ".txt", None),
    ]


def test_a_table_without_text_says_which_fields_there_are(tmp_path: Path) -> None:
    path = written(tmp_path / "d.csv", b"nr,tekst\n1,a\n")
    assert told(path) == [("d.csv", "missing-field")]
    assert messages(path) == [
        "has no field called text, content, body, article, html; its fields are nr, tekst; "
        "name the one that holds the text with --text-field"
    ]
    assert told(path, Settings(text_field="tekst")) == [("d.csv#1", b"a", ".txt", None)]


def test_a_row_with_too_many_fields_is_no_half_article(tmp_path: Path) -> None:
    path = written(tmp_path / "d.csv", b"id,text\n1,Kramp, en pijn\n2,jicht,\n")
    assert told(path) == [("d.csv#1", "malformed"), ("d.csv#2", b"jicht", ".txt", None)]
    assert messages(path)[0].startswith("the row has 3 fields, but the first line names 2; put quotes around")


def test_a_quote_that_never_closes_is_told_with_its_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "d.csv", b'text\n"open\n' + b"b\n" * 100_000 + b"c\n")
    found = told(path, Settings(max_megabytes=0.1))
    assert found[0] == ("d.csv#1", "malformed")
    assert messages(path, Settings(max_megabytes=0.1))[0].startswith("lines 2 to ")
    assert found[-1][1] == b"c"


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
def test_parquet_rows_are_articles(tmp_path: Path, kind: pa.DataType) -> None:
    table = pa.table(
        {"id": [1, 2, None], "text": pa.array(["Eén", None, "c"], pa.string()).cast(kind), "url": ["u", None, None], "n": [1, 2, 3]}
    )
    pq.write_table(table, tmp_path / "d.parquet", row_group_size=2)
    assert told(tmp_path / "d.parquet") == [
        ("d.parquet#1", "Eén".encode(), ".txt", "u"),
        ("d.parquet#2", "empty"),
        ("d.parquet#3", b"c", ".txt", None),
    ]
    assert told(tmp_path / "d.parquet", Settings(text_field="n")) == [("d.parquet", "missing-field")]


def test_damage_in_parquet_costs_its_row_group(tmp_path: Path) -> None:
    table = pa.table({"text": [f"{number} {'abc' * 50}" for number in range(300)]})
    path = tmp_path / "d.parquet"
    pq.write_table(table, path, row_group_size=100, use_dictionary=False, compression="gzip", write_page_checksum=True)
    column = pq.ParquetFile(path).metadata.row_group(1).column(0)
    end = column.data_page_offset + column.total_compressed_size
    data = bytearray(path.read_bytes())
    data[end - 60 : end - 40] = bytes(20)
    path.write_bytes(bytes(data))
    found = told(path)
    assert [line for line in found if len(line) == 2] == [("d.parquet#101", "damaged")]
    assert len(found) == 201
    assert told(written(tmp_path / "e.parquet", b"PAR1 no")) == [("e.parquet", "damaged")]


# compression


@pytest.mark.parametrize("packing", PACK)
def test_compressed_containers_and_articles(tmp_path: Path, packing: str) -> None:
    lines = written(tmp_path / f"d.jsonl{packing}", PACK[packing](b'{"text": "a"}\n') + PACK[packing](b'{"text": "b"}\n'))
    assert [data for _, data, *_ in told(lines)] == [b"a", b"b"]
    page = written(tmp_path / f"p.html{packing}", PACK[packing](b"<p>Kramp"))
    (item,) = collect([str(page)], READERS).items()
    assert isinstance(item, Item)
    source = item.read(Settings())
    assert (source.name, source.text, source.format) == (f"p.html{packing}", "<p>Kramp", "html")


@pytest.mark.parametrize("packing", PACK)
def test_what_is_cut_off_is_told_and_what_stands_before_is_kept(tmp_path: Path, packing: str) -> None:
    lines = b"".join(
        json.dumps({"text": digest64(str(n).encode())}).encode().replace(b": ", b': "').replace(b"}", b'"}\n') for n in range(60_000)
    )
    whole = PACK[packing](lines)
    path = written(tmp_path / f"d.jsonl{packing}", whole[: len(whole) // 2])
    found = told(path)
    assert found[-1] == (f"d.jsonl{packing}", "damaged")
    assert [line for line in found[:-1] if len(line) == 2 and line[1] != "malformed"] == []
    assert len(found) > 1 if packing != ".bz2" else found
    article = written(tmp_path / f"a.txt{packing}", PACK[packing](b"kramp " * 50)[:-9])
    (item,) = collect([str(article)], READERS).items()
    assert isinstance(item, Item)
    with pytest.raises(UnreadableInput) as error:
        item.read(Settings())
    assert error.value.reason == "damaged"
    for broken in (b"", b"no archive", PACK[packing](b"")):
        assert [reason for _, reason in told(written(tmp_path / f"b.jsonl{packing}", broken))] in ([], ["damaged"])


@pytest.mark.parametrize("packing", PACK)
def test_a_bomb_is_not_unpacked(tmp_path: Path, packing: str) -> None:
    bomb = PACK[packing](bytes(30_000_000))
    options = Settings(max_megabytes=0.5)
    (item,) = collect([str(written(tmp_path / f"a.txt{packing}", bomb))], READERS).items()
    assert isinstance(item, Item)
    with pytest.raises(UnreadableInput, match=r"holds more than the limit of 0\.5 MB") as error:
        item.load(options)
    assert error.value.reason == "too-large"
    assert told(written(tmp_path / f"d.jsonl{packing}", bomb), options) == [(f"d.jsonl{packing}#1", "too-large")]


# zip


def zipped(path: Path, members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_members_of_a_zip_are_articles_and_containers(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "z.zip",
        {
            "map/b.html": b"<p>b",
            "map/": b"",
            "a.txt": b"a",
            ".hidden.txt": b"",
            "__MACOSX/a.txt": b"",
            "d.jsonl": b'{"text": "x"}\n{',
            "foto.png": b"",
            "in.zip": b"",
            "in.txt.gz": b"",
            "d.parquet": b"",
        },
    )
    inputs = collect([str(path)], READERS)
    assert told(path) == [
        ("z.zip!map/b.html", b"<p>b", ".html", None),
        ("z.zip!a.txt", b"a", ".txt", None),
        ("z.zip!d.jsonl#1", b"x", ".txt", None),
        ("z.zip!d.jsonl#2", "malformed"),
        ("z.zip!in.zip", "nested-archive"),
        ("z.zip!in.txt.gz", "nested-archive"),
        ("z.zip!d.parquet", "nested-archive"),
    ]
    assert inputs.skipped == {}
    list(inputs.items())
    assert inputs.skipped == {".png": 1}


def test_a_zip_bomb_costs_its_member(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", {"bomb.txt": bytes(50_000_000), "a.txt": b"a", "bomb.jsonl": bytes(50_000_000)})
    assert told(path, SMALL) == [("z.zip!bomb.txt", "too-large"), ("z.zip!a.txt", b"a", ".txt", None), ("z.zip!bomb.jsonl#1", "too-large")]


def test_damaged_members_cost_themselves(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", {"a.txt": b"kramp in de kuit", "b.txt": b"jicht"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"kramp", b"KRAMP", 1))
    assert told(path) == [("z.zip!a.txt", "damaged"), ("z.zip!b.txt", b"jicht", ".txt", None)]
    locked = bytearray(zipped(tmp_path / "l.zip", {"a.txt": b"a"}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + offset] |= 1
    assert told(written(tmp_path / "l.zip", bytes(locked))) == [("l.zip!a.txt", "encrypted")]
    assert told(written(tmp_path / "x.zip", b"PK\x03\x04 cut off")) == [("x.zip", "damaged")]


@pytest.mark.parametrize("name", ["d.parquet.gz", "z.zip.gz"])
def test_archives_in_archives_are_refused(tmp_path: Path, name: str) -> None:
    assert told(written(tmp_path / name, gzip.compress(b""))) == [(name, "nested-archive")]


# WARC


def page(body: bytes, status: str = "200 OK", kind: str = "text/html; charset=iso-8859-15", **headers: str) -> bytes:
    """What a web server answers."""
    listed = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return "\r\n".join([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in listed.items()), "", ""]).encode() + body


def entry(
    kind: str, content: bytes, url: str = "https://a.nl", media: str = "application/http; msgtype=response", packed: bool = True
) -> bytes:
    """A record of a WARC file."""
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        f"Content-Type: {media}",
        f"Content-Length: {len(content)}",
        "",
        "",
    ]
    record = "\r\n".join(lines).encode() + content + b"\r\n\r\n"
    return gzip.compress(record, mtime=0) if packed else record


def warc(packed: bool = True) -> bytes:
    """A WARC file of ten records, six of them articles."""
    pages = [
        page("<p>5 € één".encode("iso-8859-15")),
        page(b"weg", "404 Not Found"),
        page(b"\x89PNG", kind="image/png"),
        page(gzip.compress(b"<p>vier"), Content_Encoding="gzip"),
        page(b"3\r\n<p>\r\n4;x=1\r\nvijf\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
        page(b"<p>al uitgepakt", Transfer_Encoding="chunked", Content_Encoding="gzip"),
    ]
    return b"".join(
        [
            entry("warcinfo", b"software: test\r\n", media="application/warc-fields", packed=packed),
            entry("request", b"GET / HTTP/1.0\r\n\r\n", "https://a.nl/1", "application/http; msgtype=request", packed),
            *(entry("response", content, f"https://a.nl/{n}", packed=packed) for n, content in enumerate(pages, 1)),
            entry("conversion", "zeven é".encode(), "https://a.nl/7", "text/plain", packed),
            entry("response", page(b"acht", kind="text/plain"), "https://a.nl/8", packed=packed),
        ]
    )


EXPECTED = [
    ("w.warc#3", "<p>5 € één".encode("iso-8859-15"), ".html", "https://a.nl/1"),
    ("w.warc#6", b"<p>vier", ".html", "https://a.nl/4"),
    ("w.warc#7", b"<p>vijf", ".html", "https://a.nl/5"),
    ("w.warc#8", b"<p>al uitgepakt", ".html", "https://a.nl/6"),
    ("w.warc#9", "zeven é".encode(), ".txt", "https://a.nl/7"),
    ("w.warc#10", b"acht", ".txt", "https://a.nl/8"),
]


@pytest.mark.parametrize("name", ["w.warc", "w.warc.gz", "w.warc.wet.gz", "w.warc.zst"])
def test_pages_and_texts_of_a_warc(tmp_path: Path, name: str) -> None:
    data = warc(packed=name.endswith(".gz"))
    path = written(tmp_path / name, PACK[".zst"](data) if name.endswith(".zst") else data)
    assert told(path) == [(line[0].replace("w.warc", name), *line[1:]) for line in EXPECTED]
    inputs = collect([str(path)], READERS)
    first, *_ = inputs.items()
    assert isinstance(first, Item)
    source = first.read(Settings())
    assert (source.text, source.encoding, source.url) == ("<p>5 € één", "iso8859-15", "https://a.nl/1")
    assert inputs.skipped == {"HTTP 404": 1, "image/png": 1, "WARC request": 1, "WARC warcinfo": 1}


def test_warcio_reads_the_same(tmp_path: Path) -> None:
    """Of pages whose headers are true."""
    with_library = [
        (record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
        for record in ArchiveIterator(io.BytesIO(warc()))
        if record.rec_type in ("response", "conversion")
    ]
    mine = {line[3]: line[1] for line in told(written(tmp_path / "w.warc.gz", warc()))}
    assert {url: data for url, data in with_library if url in mine and not url.endswith("/6")} == {
        url: data for url, data in mine.items() if not url.endswith("/6")
    }


def test_a_damaged_member_of_a_warc_costs_itself(tmp_path: Path) -> None:
    data = warc()
    begins = [place for place in range(len(data)) if data.startswith(b"\x1f\x8b\x08", place)]
    third = begins[2]  # the page of a.nl/1
    broken = data[: third + 40] + bytes(30) + data[third + 70 :]
    found = told(written(tmp_path / "w.warc.gz", broken))
    assert found[0] == ("w.warc.gz#3", "damaged")
    assert [line[3] for line in found[1:]] == [line[3] for line in EXPECTED[1:]]


def test_a_record_with_a_wrong_length_costs_itself(tmp_path: Path) -> None:
    data = warc(packed=False)
    body = data.index(b"<p>5")
    place = data.rindex(b"Content-Length: ", 0, body)
    size = data[place + 16 :].partition(b"\r")[0]
    broken = data[: place + 16] + str(int(size) - 5).encode() + data[place + 16 + len(size) :]
    found = told(written(tmp_path / "w.warc", broken))
    assert found[0] == ("w.warc#3", "damaged")
    assert [line[3] for line in found[1:]] == [line[3] for line in EXPECTED[1:]]


@pytest.mark.parametrize("body", [b"3\r\n<p>\r\nff\r\nvijf", b"3\r\n<p>\r\n"])
def test_a_page_that_is_cut_off_is_no_article(tmp_path: Path, body: bytes) -> None:
    data = entry("response", page(body, Transfer_Encoding="chunked"))
    assert told(written(tmp_path / "w.warc.gz", data)) == [("w.warc.gz#1", "damaged")]


def test_pages_that_unpack_to_too_much_are_refused(tmp_path: Path) -> None:
    pages = [page(gzip.compress(bytes(5_000_000)), Content_Encoding="gzip"), page(bytes(5_000_000)), page(b"<p>goed")]
    found = told(written(tmp_path / "w.warc.gz", b"".join(entry("response", content) for content in pages)), SMALL)
    assert [line[1] for line in found] == ["too-large", "too-large", b"<p>goed"]


# where inputs come from


def test_folders_hold_containers_too(tmp_path: Path) -> None:
    for name, data in {"a.txt": b"a", "b.jsonl": b'{"text": "b"}', "c.html.gz": b"", "d.gz": b"", "e.tar.gz": b"", "f.pdf": b""}.items():
        (tmp_path / name).write_bytes(data)
    inputs = collect([str(tmp_path)], READERS)
    assert [file.name for file in inputs.files] == [f"{tmp_path.name}/{name}" for name in ("a.txt", "b.jsonl", "c.html.gz")]
    assert inputs.skipped == {".gz": 2, ".pdf": 1}
    assert inputs.total is None
    assert collect([str(tmp_path / "a.txt")], READERS).total == 1


def test_partitions_are_the_inputs_in_order_and_can_be_read_alone(tmp_path: Path) -> None:
    for number in range(250):
        (tmp_path / f"a{number}.txt").write_bytes(b"x")
    (tmp_path / "a150x.jsonl").write_bytes(b'{"text": "1"}\n{"text": "2"}\n')
    inputs = collect([str(tmp_path)], READERS)
    partitions = list(inputs.partitions())
    assert [len(partition.files) for partition in partitions] == [100, 51, 1, 99]
    one_by_one = [item for partition in reversed(partitions) for item in partition.items()]
    assert sorted(map(str, one_by_one)) == sorted(map(str, inputs.items()))
    assert len({item.name for item in one_by_one if isinstance(item, Item)}) == 252


class FakeStdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.mark.parametrize(
    ("format_", "data", "expected"),
    [
        (None, b"kramp", [("stdin", b"kramp", ".txt", None)]),
        ("html", gzip.compress(b"<p>", mtime=0), [("stdin", b"<p>", ".html", None)]),
        ("jsonl", zstandard.ZstdCompressor().compress(b'{"id": 3, "text": "a"}'), [("stdin#3", b"a", ".txt", None)]),
        ("csv", b"text\na\n", [("stdin#1", b"a", ".txt", None)]),
        ("warc", warc(), [(line[0].replace("w.warc", "stdin"), *line[1:]) for line in EXPECTED]),
        ("parquet", b"PAR1", [("stdin", "unreadable")]),
        ("text", gzip.compress(bytes(2_000_000), mtime=0), [("stdin", "too-large")]),
        ("jsonl", gzip.compress(b'{"text": "a"}\n', mtime=0)[:-4], [("stdin", "damaged")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_standard_input(monkeypatch: pytest.MonkeyPatch, format_: str | None, data: bytes, expected: Any) -> None:
    monkeypatch.setattr(sys, "stdin", FakeStdin(data))
    assert told("-", Settings(max_megabytes=1), format_=format_)[-len(expected) :] == expected


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b"\0"])
def test_a_list_of_paths(tmp_path: Path, separator: bytes) -> None:
    (tmp_path / "map").mkdir()
    for name in ("a.txt", "map/b.txt", "c 1.jsonl"):
        (tmp_path / name).write_bytes(b'{"text": "x"}')
    paths = [str(tmp_path / name).encode() for name in ("c 1.jsonl", "map", "a.txt", "a.txt", "weg.txt")]
    listed = written(tmp_path / "list", separator.join([*paths, b""]))
    inputs = collect([], READERS, from_file=str(listed))
    assert [file.name for file in inputs.files] == ["c 1.jsonl", "map/b.txt", "a.txt", "weg.txt"]
    with pytest.raises(UsageError, match=r"cannot read the list of --from-file .*: No such file or directory"):
        collect([], READERS, from_file=str(tmp_path / "geen"))


def test_a_format_is_for_files_whose_name_says_nothing(tmp_path: Path) -> None:
    assert [name for name, *_ in told(written(tmp_path / "dump", b'{"text": "x"}'), format_="jsonl")] == ["dump#1"]
    assert told(written(tmp_path / "dump.csv", b"text\nx\n"), format_="jsonl") == [("dump.csv#1", b"x", ".txt", None)]
    assert shape_of("a.tar.gz").suffix == ".tar"


def test_names_that_cannot_be_told_apart_get_numbers(tmp_path: Path) -> None:
    """Bytes that are no Unicode become question marks."""
    try:
        for name in (b"a\xff.txt", b"a\xfe.txt"):
            Path(str(tmp_path), name.decode(errors="surrogateescape")).write_bytes(b"x")
    except OSError:
        pytest.skip("the file system takes Unicode only")
    assert sorted(file.name for file in collect([str(tmp_path)], READERS).files)[1].endswith("a?.txt@2")


def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_bytes(b"")
    inputs = collect([str(path)], READERS)
    path.unlink()
    assert [(item.source, item.reason, item.message) for item in inputs.items() if isinstance(item, RejectedRecord)] == [
        ("d.jsonl", "missing", "no such file; check the path")
    ]


def test_the_set_of_digests_is_a_set() -> None:
    mine, other = DigestSet(), set[int]()
    for number in range(150_000):
        digest = digest64(str(number % 100_000).encode())
        assert mine.add(digest) == (digest not in other)
        other.add(digest)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    data=st.binary(max_size=400), cut=st.integers(0, 400), kind=st.sampled_from(sorted(CONTAINERS)), packing=st.sampled_from([None, *PACK])
)
def test_no_bytes_break_a_reader(data: bytes, cut: int, kind: str, packing: str | None) -> None:
    sound = {".warc": warc(), ".wet": warc(), ".csv": b"text,id\na,b\n", ".tsv": b"text\tid\na\tb\n"}.get(kind, b'{"text": "a"}\n')
    mixed = sound[:cut] + data + sound[cut:]
    packed = PACK[packing](mixed) if packing else mixed
    format_ = {".ndjson": "jsonl", ".wet": "warc"}.get(kind, kind[1:])
    items = list(read_stream(io.BytesIO(packed), "x", format_, SMALL, Counter()))
    named = [item.name for item in items if isinstance(item, Item)]
    assert len(named) == len(set(named))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    places=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20),
    kind=st.sampled_from(["zip", "parquet"]),
)
def test_no_damage_breaks_an_archive(places: list[tuple[int, int]], kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("archive") / f"x.{kind}"
    if kind == "zip":
        zipped(path, {"a.txt": b"kramp " * 20, "b.jsonl": b'{"text": "a"}\n', "c.html": zlib.compress(b"c")})
    else:
        pq.write_table(pa.table({"text": ["a", "b" * 100, None], "id": [1, 2, 3]}), path)
    data = bytearray(path.read_bytes())
    for place, value in places:
        data[place % len(data)] = value
    path.write_bytes(bytes(data))
    assert all(isinstance(line[0], str) for line in told(path))

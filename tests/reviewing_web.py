"""What the tests of the review app share: a dataset with friendly and hostile articles, and a client that fills in forms."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from pipeline.article import Source
from pipeline.exports import triples_of
from pipeline.schema import ArticleRecord
from tests.conftest import record_of

PORT: Final = 8642
BASE: Final = f"http://127.0.0.1:{PORT}"
FRIENDLY: Final = tuple(
    f"{word} magnesium helpt tegen spierkramp. Massage doet dat ook; vraag de huisarts." for word in ("Ook", "Soms", "Vaak")
)
HOSTILE: Final = (
    '<script>alert(1)</script> "><img src=x onerror=alert(1)> \u202e\u2066 magnesium & spierkramp </mark></p><script>alert(2)</script>'
)
"""What an article may hold to break out of a page."""
EMPTY: Final = "Hier staat niets over gezondheid."


def record_from(name: str, text: str, title: str | None = None) -> ArticleRecord:
    """The record of a text."""
    record = record_of(Source(name, text, "plain", "utf-8", hashlib.sha256(text.encode()).hexdigest()))
    return record.model_copy(update={"title": title})


def write_dataset(folder: Path, *records: ArticleRecord) -> Path:
    """A dataset of these records."""
    folder.mkdir(exist_ok=True)
    triples = [triple for record in records for triple in triples_of(record)]
    for name, lines in (("articles", records), ("triples", triples)):
        text = "".join(json.dumps(line.model_dump(mode="json"), ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8", newline="\n")
    return folder


def friendly(folder: Path) -> Path:
    """Three articles with a triple each, and one without."""
    records = [record_from(f"articles/{number}.txt", text) for number, text in enumerate(FRIENDLY)]
    return write_dataset(folder, *records, record_from("articles/leeg.txt", EMPTY))


class Browser:
    """A client that sends what a browser would, and reads the forms of the page that it got."""

    def __init__(self, app: ASGIApp) -> None:
        self.client = TestClient(app, base_url=BASE, follow_redirects=False)
        self.page = ""

    def get(self, address: str, status: int = 200, **headers: str) -> str:
        """A page."""
        answer = self.client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert answer.status_code == status, answer.text
        self.page = answer.text
        return self.page

    def follow(self, address: str) -> str:
        """A page, behind its redirects."""
        self.page = self.client.get(address, follow_redirects=True).text
        return self.page

    def form(self, action: str) -> dict[str, str]:
        """The hidden fields of the first form of the page with this action."""
        pattern = rf'<form[^>]*action="{re.escape(html.escape(action))}(?:\?[^"]*)?"[^>]*>(.*?)</form>'
        found = re.search(pattern, self.page, re.DOTALL)
        assert found, f"no form {action!r} in {self.page[:2000]}"
        fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', found[1])
        return {html.unescape(name): html.unescape(value) for name, value in fields}

    def post(self, action: str, fields: Mapping[str, str], **headers: str) -> Any:
        """Send a form."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(action, data=dict(fields), headers={"origin": BASE, "sec-fetch-site": "same-origin"} | headers)

    def send(self, action: str, **fields: str) -> str:
        """Fill in a form of the page, send it, and go where it leads. Gives the address."""
        answer = self.post(action, self.form(action) | fields)
        assert answer.status_code == 303, answer.text
        address = str(answer.headers["location"])
        self.follow(address)
        return address

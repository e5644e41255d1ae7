"""Rows of a table or of JSON lines: which fields hold text, id and address, and the article that a row makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.dataset.digests import DigestSet, digest64
from pipeline.dataset.items import Item
from pipeline.errors import UnreadableInput
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

TEXT_FIELDS = ("text", "content", "body", "article", "html")
ID_FIELDS = ("id",)
URL_FIELDS = ("url",)
_SHOWN = 30
_LONGEST_ID = 200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\s]+")


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of the fields that are read; None where there is none."""

    text: str
    id: str | None
    url: str | None

    @property
    def suffix(self) -> str:
        """Which reader reads the text. That of plain text knows a page when it sees one."""
        return ".html" if self.text.lower().rpartition(".")[2] == "html" else ".txt"

    @property
    def names(self) -> list[str]:
        """All of them, each once."""
        return list(dict.fromkeys(name for name in (self.text, self.id, self.url) if name is not None))


def choose_fields(names: Iterable[str], settings: Settings) -> Fields:
    """The fields that the settings name, or else those with the usual names. Raises UnreadableInput where one is not there."""
    there = list(names)
    text = _find(there, settings.text_field, TEXT_FIELDS, "text")
    if text is None:
        raise UnreadableInput(
            "missing-field",
            f"has no field called {', '.join(TEXT_FIELDS)}; {_listed(there)}; name the one that holds the text with --text-field",
        )
    return Fields(text, _find(there, settings.id_field, ID_FIELDS, "id"), _find(there, settings.url_field, URL_FIELDS, "url"))


def _find(there: list[str], wanted: str | None, usual: tuple[str, ...], what: str) -> str | None:
    if wanted is not None:
        if wanted in there:
            return wanted
        raise UnreadableInput("missing-field", f"has no field {wanted!r}; {_listed(there)}; correct --{what}-field")
    lower = {name.strip().lower(): name for name in reversed(there)}
    return next((lower[name] for name in usual if name in lower), None)


def _listed(there: list[str]) -> str:
    if not there:
        return "it has no fields at all"
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    return f"its fields are {', '.join(name[:60] for name in there[:_SHOWN])}{more}".encode(errors="replace").decode()


def rejected(name: str, error: UnreadableInput) -> RejectedRecord:
    """The line of rejected.jsonl for something that is no article."""
    message = " ".join(str(error).removeprefix(f"{name}: ").split())
    return RejectedRecord(source=name, stage=error.stage, reason=error.reason, message=message.encode(errors="replace").decode())


class Rows:
    """Makes articles of the rows of one container, each with a name of its own: the container's and the row's id, or its number."""

    def __init__(self, container: str, settings: Settings) -> None:
        self._container = container
        self._settings = settings
        self._limit = int(settings.max_megabytes * 1_000_000)
        self._seen = DigestSet()

    def name(self, number: int, id_: object = None) -> str:
        """The name of a row. Where an earlier row has it, the number is put behind it."""
        shown = _CONTROLS.sub(" ", str(id_)).strip()[:_LONGEST_ID].encode(errors="replace").decode() if _is_id(id_) else ""
        name = f"{self._container}#{shown or number}"
        while not self._seen.add(digest64(name.encode())):
            name = f"{name}@{number}"
        return name

    def article(self, number: int, values: Mapping[str, object], fields: Fields) -> Item | RejectedRecord:
        """The article of a row, or why it is none."""
        name = self.name(number, values.get(fields.id) if fields.id else None)
        text = values.get(fields.text)
        url = values.get(fields.url) if fields.url else None
        try:
            data = self._bytes(text, fields.text)
        except UnreadableInput as error:
            return rejected(name, error)
        return Item(name, None, data, fields.suffix, _address(url))

    def _bytes(self, text: object, field: str) -> bytes:
        if text is None:
            raise UnreadableInput("empty", f"the field {field} holds nothing; leave the record out or fill it")
        if not isinstance(text, (str, bytes)):
            raise UnreadableInput(
                "malformed", f"the field {field} holds no text but a {type(text).__name__}; name another with --text-field"
            )
        try:
            data = text.encode() if isinstance(text, str) else text
        except UnicodeEncodeError:
            raise UnreadableInput("undecodable", f"the field {field} holds half characters (lone surrogates); write it as UTF-8") from None
        if len(data) > self._limit:
            raise UnreadableInput(
                "too-large",
                f"{len(data) / 1e6:.1f} MB is more than the limit of {self._settings.max_megabytes:g} MB; "
                "split the record, or raise the setting max_megabytes",
            )
        return data


def _is_id(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def _address(value: object) -> str | None:
    """A web address as it is published: what is no text or no Unicode is none."""
    if not isinstance(value, str):
        return None
    return _CONTROLS.sub("", value).encode(errors="replace").decode() or None

"""Lines of many equal parts, which a careless expression divides in every possible way: twenty parts are a million ways.

``python -m tests.rows_of_parts`` puts each rule of cleaning to them, and ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.cleaning.furniture import Rule, rules
from pipeline.resources import load_toml

_PARTS = 18
_SEPARATORS = (
    " > ",
    " >> ",
    ">",
    " | ",
    " - ",
    " – ",
    " · ",
    ", ",
    " / ",
    " » ",
    ". ",
    ": ",
    " :: ",
    " + ",
    " & ",
    " en ",
    " ",
    "; ",
    "] [",
    " #",
)
_WORDS = (
    "a",
    "ab",
    "Home",
    "lees ook",
    "datum",
    "12",
    "2024",
    "foto",
    "door",
    "Anna",
    "onze",
    "zie ook:",
    "reacties",
    "(3)",
    "[ab]",
    "home >",
    "…",
    "5 min",
    "dr.",
    "bron",
    "menu",
)
_TAILS = ("", ">", " >", "!")


def lines(rule: Rule) -> Iterator[str]:
    """Lines of many parts, alone and behind what the rule looks for."""
    begins = ["", *(f"{example.split()[0]} " for example in rule.examples[:3])]
    for separator in _SEPARATORS:
        for word in _WORDS:
            parts = separator.join([word] * _PARTS)
            for begin in (*begins, *(example + separator for example in rule.examples[:2])):
                for tail in _TAILS:
                    yield " ".join(f"{begin}{parts}{tail}".split(" ")[: rule.max_words])


def main() -> int:
    """How many lines were tried."""
    tried = 0
    structure = [re.compile(table["pattern"], re.IGNORECASE) for table in load_toml("cleaning/structure.toml").values()]
    for rule in rules():
        for line in lines(rule):
            rule.fits(line, line.lower())
            tried += 1
    for pattern in structure:
        for line in lines(rules()[0]):
            pattern.fullmatch(line)
            tried += 1
    return tried


if __name__ == "__main__":
    print(main())

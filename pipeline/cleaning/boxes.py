"""Boxes of an HTML page that are furniture by their tag, role, class or id. The knowledge is data: ``cleaning/html.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pipeline.cleaning.markup import attributes
from pipeline.resources import load_toml


@dataclass(frozen=True, slots=True)
class BoxRule:
    """One kind of box; see the head of the data file."""

    reason: str
    firm: bool
    tags: frozenset[str]
    roles: frozenset[str]
    pattern: re.Pattern[str]
    exception: re.Pattern[str] | None
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]

    def matches(self, names: str) -> bool:
        """Whether class and id name such a box."""
        return self.pattern.search(names) is not None and not (self.exception and self.exception.search(names))


HIDDEN = "hidden"
"""The reason of elements that a reader never sees."""
_HIDDEN = BoxRule(HIDDEN, True, frozenset(), frozenset(), re.compile("(?!)"), None, (), ())
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WHOLE_PAGE = frozenset({"html", "body", "main", "article"})
_MAX_NAMES = 400
"""Longer lists of classes are generated utility classes, which name no part of a page."""
_TELLING = re.compile(r"class|id|role|hidden|style", re.IGNORECASE)


@cache
def box_rules() -> tuple[BoxRule, ...]:
    """All rules, in the order of the file."""
    return tuple(_rule(table) for table in load_toml("cleaning/html.toml")["box"])


def _rule(table: dict[str, Any]) -> BoxRule:
    return BoxRule(
        table["reason"],
        table["firm"],
        frozenset(table["tags"]),
        frozenset(table["roles"]),
        re.compile(table["pattern"]),
        re.compile(table["except"]) if "except" in table else None,
        tuple(table["examples"]),
        tuple(table["counterexamples"]),
    )


@cache
def _by_tag() -> Mapping[str, BoxRule]:
    return {tag: rule for rule in box_rules() for tag in rule.tags}


@cache
def _by_role() -> Mapping[str, BoxRule]:
    return {role: rule for rule in box_rules() for role in rule.roles}


@lru_cache(maxsize=4096)
def _by_names(names: str) -> BoxRule | None:
    return next((rule for rule in box_rules() if rule.matches(names)), None)


@cache
def never_article() -> frozenset[str]:
    """Tags whose elements are furniture however much of the page they hold."""
    return frozenset(load_toml("cleaning/html.toml")["never_article"]["tags"])


def box_rule(tag: str, raw_attributes: str) -> BoxRule | None:
    """The rule that makes an element furniture, if any: the first firm one by its names, role or tag, else the first soft one."""
    by_tag = _by_tag().get(tag)
    if not raw_attributes or not _TELLING.search(raw_attributes):
        return by_tag
    found = attributes(raw_attributes)
    if tag not in {"html", "body"} and _is_hidden(found):
        return _HIDDEN
    if tag in _WHOLE_PAGE:
        return None
    role = _by_role().get(found.get("role", "").lower())
    names = f"{found.get('class', '')} {found.get('id', '')}".lower().strip()
    by_names = _by_names(names) if names and len(names) < _MAX_NAMES else None
    rules = [rule for rule in (by_names, role, by_tag) if rule is not None]
    return next((rule for rule in rules if rule.firm), rules[0] if rules else None)


def _is_hidden(found: Mapping[str, str]) -> bool:
    if "hidden" in found and found["hidden"].lower() != "until-found":
        return True
    return found.get("aria-hidden", "").lower() == "true" or bool(_INVISIBLE.search(found.get("style", "")))

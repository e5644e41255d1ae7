"""The companion: another Dutch spaCy pipeline, if there is one, as a second source of evidence.

It says which words belong to names of persons, organisations and places, which are finite verbs, and what their lemmas are; nothing that
it says makes a mention. The pipeline never needs it. It reads only the sentences in which something was found, since it takes several times
as long as all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import spacy
from spacy.language import Language
from spacy.tokens import Token

from pipeline.article import Mention
from pipeline.errors import UsageError
from pipeline.language import Analysis
from pipeline.resources import load_toml

DEFAULT: Final = "nl_core_news_sm"
AUTO: Final = "auto"
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a companion says of an article, in words of the analysis. ``names`` are ranges (first and last word) of names of the world."""

    names: tuple[tuple[int, int], ...] = ()
    finite: frozenset[int] = frozenset()
    lemmas: dict[int, str] = field(default_factory=dict)

    def name_around(self, first: int, last: int) -> bool:
        """Whether the words are part of a longer name."""
        return any(a <= first and last <= b and (a, b) != (first, last) for a, b in self.names)


@dataclass(frozen=True, slots=True)
class Companion:
    """A loaded pipeline and what to call it in a manifest."""

    nlp: Language
    labels: frozenset[str]

    @property
    def title(self) -> str:
        """Name, version and the components that are used; no path, so that it is the same on every machine."""
        meta = self.nlp.meta
        return f"{meta['lang']}_{meta['name']} {meta['version']} ({', '.join(self.nlp.pipe_names)})"

    def read(self, analysis: Analysis, found: Iterable[Mention]) -> Evidence:
        """What it says of the sentences in which something was found."""
        numbers = sorted({mention.sentence for mention in found})
        sentences = [analysis.sentences[number] for number in numbers]
        text = analysis.article.text
        names: list[tuple[int, int]] = []
        finite: set[int] = set()
        lemmas: dict[int, str] = {}
        word_at = {start: word for word, start in enumerate(analysis.starts)}
        for sentence, doc in zip(sentences, self.nlp.pipe(text[s.start : s.end] for s in sentences), strict=True):
            words = [word_at.get(sentence.start + token.idx) for token in doc]
            for entity in doc.ents:
                inner = [word for word in words[entity.start : entity.end] if word is not None]
                if entity.label_ in self.labels and inner:
                    names.append((inner[0], inner[-1]))
            for word, token in zip(words, doc, strict=True):
                if word is not None:
                    if _is_finite(token):
                        finite.add(word)
                    if token.lemma_:
                        lemmas[word] = token.lemma_.lower()
        return Evidence(tuple(names), frozenset(finite), lemmas)


def _is_finite(token: Token) -> bool:
    return token.pos_ in ("VERB", "AUX") and "VerbForm=Fin" in str(token.morph).split("|")


def load_companion(choice: str) -> Companion | None:
    """The pipeline that a user chose: a name or a folder, ``auto`` (nl_core_news_sm if it is installed) or ``none``. Raises UsageError."""
    if choice == NONE or (choice == AUTO and not spacy.util.is_package(DEFAULT)):
        return None
    name = DEFAULT if choice == AUTO else choice
    rules: dict[str, Any] = load_toml("entities/companion.toml")
    used = frozenset(rules["components"])
    try:
        meta = _meta(name)
        nlp = spacy.load(name, exclude=[pipe for pipe in meta["pipeline"] if pipe not in used])
    except Exception as error:  # whatever spaCy raises for what is no pipeline, or one of another version
        if not (spacy.util.is_package(name) or Path(name).is_dir()):
            raise UsageError(
                f"--model: there is no spaCy pipeline {name!r}: install it (python -m spacy download {name}), or give its folder, or none"
            ) from error
        raise UsageError(f"--model: {name} cannot be loaded ({type(error).__name__}: {error}); choose another one, or none") from error
    if nlp.lang != "nl":
        raise UsageError(f"--model: {name} is for the language {nlp.lang!r}, and the articles are Dutch; choose another one, or none")
    if not nlp.pipe_names:
        raise UsageError(
            f"--model: {name} has none of the components that are used ({', '.join(sorted(used))}); choose another one, or none"
        )
    return Companion(nlp, frozenset(rules["names"]))


def _meta(name: str) -> dict[str, Any]:
    """The description of a pipeline, without loading it."""
    folder = spacy.util.get_package_path(name) if spacy.util.is_package(name) else Path(name)
    if not (folder / "meta.json").is_file():
        raise FileNotFoundError(f"{folder.name} has no meta.json")
    return spacy.util.load_meta(folder / "meta.json")

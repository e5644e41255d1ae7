"""The room of spaCy: loads the Dutch pipeline and turns an article into an :class:`Analysis`.

No other stage touches spaCy. Infix hyphens are no tokens of the analysis
(``kno-arts`` is two words), so that names match however they are hyphenated.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import Final, NamedTuple

from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, get_lang_class

from pipeline.article import Article, Mention, Sentence
from pipeline.lexicon import Concept, Lexicon, fold, load_lexicon
from pipeline.remembered import Remembered
from pipeline.schema import EntityType

LANGUAGE: Final = "nl"

# a hyphen, dash or slash between letters or digits separates words: vitamine-inname, kalium/magnesium
_INFIXES = (r"(?<=\w)[-\u2010\u2011/](?=\w)", r"(?<=[.!?,;:])[\"'\u201d\u2019)]+(?=\w)")
_LONGEST_AFFIX = 64
_LONGEST_WORD = 1000
"""Letters without a space of which signs are split off one by one, each time copying the rest; what is longer stays whole."""
_RUN = re.compile(r"\S+")
_LONGEST_KEPT = 40  # letters of a run that is remembered; what is longer is a web address, or worse
_HYPHENS = frozenset("-\u2010\u2011")


@cache
def load_model() -> Language:
    """The Dutch pipeline: spaCy's blank tokenizer with finer infixes."""
    nlp = get_lang_class(LANGUAGE)(create_tokenizer=_tokenizer)
    nlp.max_length = 1 << 30  # the limit guards parser and tagger memory; inputs are bounded by Settings.max_megabytes
    return nlp


def _tokenizer(nlp: Language) -> Tokenizer:
    """Made in one go: a tokenizer reads all its special cases again whenever one of its rules is changed."""
    defaults = nlp.Defaults
    suffixes, prefixes = compile_suffix_regex(defaults.suffixes or ()), compile_prefix_regex(defaults.prefixes or ())
    # By default a suffix is looked for from the start of a word, and a prefix beyond it: quadratic in a long run of signs.
    # Affixes are short.
    return Tokenizer(
        nlp.vocab,
        rules=defaults.tokenizer_exceptions,
        prefix_search=prefixes.match,
        suffix_search=lambda word: suffixes.search(word, max(0, len(word) - _LONGEST_AFFIX)),
        infix_finditer=compile_infix_regex((*(defaults.infixes or ()), *_INFIXES)).finditer,
        token_match=lambda word: len(word) > _LONGEST_WORD,  # for Dutch spaCy has no rule of its own here
        url_match=defaults.url_match,
    )


@dataclass(frozen=True, slots=True)
class Analysis:
    """An article with its words and sentences.

    ``words`` (as written), ``folds``, ``starts`` and ``ends`` are parallel; ``vocabulary`` has each folded word once. ``sentence_words[i]``
    is the half-open range of words of sentence ``i``. ``lexicons`` are those that its names are looked for in; of names of equal length
    the first one's wins.
    """

    article: Article
    words: Sequence[str]
    folds: Sequence[str]
    vocabulary: Set[str]
    starts: Sequence[int]
    ends: Sequence[int]
    sentences: tuple[Sentence, ...]
    sentence_words: tuple[tuple[int, int], ...]
    block_sentences: tuple[tuple[int, int], ...]
    lexicons: tuple[Lexicon, ...]

    def word(self, index: int) -> str:
        """Word ``index`` as it is written."""
        return self.words[index]

    def is_cut(self, index: int) -> bool:
        """Whether word ``index`` is a shortened one, with a hyphen behind it: *hart-* in *hart- en vaatziekten*."""
        text, end = self.article.text, self.ends[index]
        return text[end : end + 1] in _HYPHENS and not text[end + 1 : end + 2].isalnum()

    def text(self, first: int, last: int) -> str:
        """The text from word ``first`` to word ``last`` (inclusive)."""
        return self.article.text[self.starts[first] : self.ends[last]]

    def places(self, words: Container[str]) -> Iterator[tuple[int, int]]:
        """Where one of the folded words stands: sentence and word, in text order. Finders ask first which words of the vocabulary they look
        for, and for most articles it is none, or few.
        """
        index = compress(range(len(self.folds)), map(words.__contains__, self.folds))
        word = next(index, None)
        for number, (first, end) in enumerate(self.sentence_words):
            while word is not None and word < end:
                if word >= first:
                    yield number, word
                word = next(index, None)

    def concept(self, type_: EntityType, name: str) -> Concept | None:
        """The concept of that type and name in the first lexicon that has it."""
        return next((concept for lexicon in self.lexicons if (concept := lexicon.concept(type_, name))), None)

    def mention(
        self,
        type_: EntityType,
        words: tuple[int, int],
        sentence: int,
        concept: str,
        found_by: str,
        confidence: float,
        broader: str | None = None,
        subtype: str | None = None,
    ) -> Mention:
        """A mention that takes up whole words: the first and the last of them (inclusive)."""
        first, last = words
        return Mention(type_, self.starts[first], self.ends[last], first, last, sentence, concept, found_by, confidence, broader, subtype)


class Words(NamedTuple):
    """The words of a text, in parallel: as they are written, folded, and where they begin and end."""

    words: list[str]
    folds: list[str]
    starts: list[int]
    ends: list[int]


def tokenise(article: Article) -> Words:
    """The words of the article's reading text."""
    found = Words([], [], [], [])
    words, folds, starts, ends = found
    for match in _RUN.finditer(article.text):
        run, offset = match.group(), match.start()
        for word, folded, start in _words_of[run] if len(run) <= _LONGEST_KEPT else _read(run):
            words.append(word)
            folds.append(folded)
            starts.append(offset + start)
            ends.append(offset + start + len(word))
    return found


@Remembered
def _words_of(run: str) -> tuple[tuple[str, str, int], ...]:
    """The same as :func:`_read`, remembered: text is made of the same runs again and again, and the tokenizer looks at nothing else."""
    return tuple(_read(run))


def _read(run: str) -> Iterator[tuple[str, str, int]]:
    """The words of a run without white space: each as it is written, folded, and where it begins in the run."""
    last = -1
    for token in load_model().make_doc(run):
        word, start = token.text, token.idx
        if word in _HYPHENS and last == start and run[start + len(word) :][:1].isalnum():
            continue
        if word[-1] == "." and len(word) > 1 and word[0].isalnum():
            word = word[:-1]  # the tokenizer takes the letter of "vitamine D." for an initial
        if word[-1] in _HYPHENS and len(word) > 1:
            word = word[:-1]  # "hart- en vaatziekten"
        folded = fold(word)
        if not folded:
            continue  # a lone accent
        last = start + len(word)
        yield word, folded, start


def analyse(article: Article, words: Words, sentences: tuple[Sentence, ...], lexicons: tuple[Lexicon, ...] | None = None) -> Analysis:
    """Which sentence and block words belong to. Without ``lexicons`` the package's own is the only one."""
    written, folds, starts, ends = words
    ranges = tuple((bisect_left(starts, s.start), bisect_left(starts, s.end)) for s in sentences)
    blocks = [s.block for s in sentences]
    block_ranges = tuple((bisect_left(blocks, n), bisect_right(blocks, n)) for n in range(len(article.blocks)))
    return Analysis(article, written, folds, frozenset(folds), starts, ends, sentences, ranges, block_ranges, lexicons or (load_lexicon(),))

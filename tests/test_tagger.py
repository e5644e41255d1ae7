"""The tagger: what it sees of words, how its network computes, which spans it guesses, and how guesses meet what the rules found."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.article import Mention
from pipeline.entities import RULES, find_entities, statistical
from pipeline.entities.merge import weigh
from pipeline.errors import ResourceError
from pipeline.matrices import logistic, product
from pipeline.schema import BlockKind, EntityType
from pipeline.tagger import MARKS, TAGS, Guess, Network, Shape, load_network, load_tagger, mark_of, shared, signs_of
from pipeline.tagger.features import rows_of, shape
from pipeline.tagger.network import softmax, spread
from pipeline.tagger.tagging import calibrate, sections, spans
from tests.texts import analysed, article_of

C, N, R = EntityType.CONDITION, EntityType.NUTRIENT, EntityType.REMEDY
LIST = (
    "Welke middelen helpen bij migraine?",
    (BlockKind.LEAD_IN, None, "De neuroloog schrijft vaak een van deze middelen voor:"),
    (BlockKind.LIST_ITEM, 1, "ibuprofen;"),
    (BlockKind.LIST_ITEM, 1, "zolvatriptex;"),
    (BlockKind.LIST_ITEM, 1, "paracetamol."),
)


@pytest.mark.parametrize(
    ("word", "expected"), [("arts", "x"), ("Arts", "Xx"), ("B12", "X0"), ("kno-arts", "x-x"), ("HbA1c", "XxX0x"), ("", "")]
)
def test_the_shape_of_a_word(word: str, expected: str) -> None:
    assert shape(word) == expected


def test_words_share_the_rows_of_what_they_share() -> None:
    first, second, other = (set(rows_of(word, 1 << 20)) for word in ("hersenontsteking", "darmontsteking", "wandelen"))
    assert len(first & second) > len(first & other)
    assert rows_of("Pijn", 1 << 20)[0] == rows_of("pijn", 1 << 20)[0]


def test_every_mark_is_another_one() -> None:
    marks = [mark_of(kind, begins=begins, confidence=sure) for kind in EntityType for begins in (True, False) for sure in (0.95, 0.8)]
    assert sorted(marks) == list(range(1, MARKS))


def test_an_article_is_a_row_of_words_with_borders_between_blocks() -> None:
    analysis = analysed(article_of(*LIST))
    signs = signs_of(analysis, [m for m in RULES["lexical"](analysis, ()) if m.concept == "migraine"])
    assert [signs.words[place] for place in signs.places] == [analysis.word(n) for n in range(len(analysis.folds))]
    assert [signs.words[begin] for begin, _ in signs.ranges] == [None] * 5
    assert signs.parents == [None, None, signs.ranges[1], signs.ranges[1], signs.ranges[1]]
    assert [signs.words[n] for n, mark in enumerate(signs.marks) if mark] == ["migraine"]


def test_a_window_holds_the_neighbours_and_zeros_beyond_the_ends() -> None:
    rows = np.asarray([[1], [2], [3]], dtype=np.float32)
    assert spread(rows, 1).tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 0]]
    assert spread(rows[:1], 2).tolist() == [[0, 0, 1, 0, 0]]


def test_log_odds_of_any_size_are_probabilities() -> None:
    assert logistic(np.asarray([-1e4, 0.0, np.log(3), 1e4])).tolist() == pytest.approx([0, 0.5, 0.75, 1])


@pytest.mark.parametrize("count", [0, 1, 23, 24, 25, 48, 100])
def test_a_product_in_parts_is_the_product(count: int) -> None:
    draw = np.random.default_rng(count)
    left, right = (draw.standard_normal(size).astype(np.float32) for size in ((count, 224), (224, 48)))
    assert product(left, right) == pytest.approx(left @ right, abs=1e-4)


def test_a_block_is_read_with_the_mean_of_the_block_above_it() -> None:
    signs = signs_of(analysed(article_of(*LIST)), [])
    inputs = np.arange(2 * len(signs.words), dtype=np.float32).reshape(-1, 2)
    above, block = sections(inputs, signs)
    begin, end = signs.ranges[1]
    assert above.tolist() == [[0, 0], [0, 0], *[inputs[begin:end].mean(axis=0).tolist()] * 3]
    assert [block.tolist().count(number) for number in range(5)] == [end - begin for begin, end in signs.ranges]


def tagged(*words: tuple[float, int, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Tag probabilities of words: (probability of a mention, number of its tag, probability of that tag)."""
    rows = np.zeros((len(words), TAGS), dtype=np.float32)
    for row, (inside, tag, sure) in zip(rows, words, strict=True):
        row[0] = 1 - inside
        row[tag] = sure
    return rows


@pytest.mark.parametrize(
    ("words", "sentences", "expected"),
    [
        ([(0.9, 1, 0.9), (0.8, 2, 0.8), (0, 1, 0)], [(0, 3)], [(0, 1, 0.8)]),  # begins, goes on
        ([(0.9, 1, 0.9), (0.8, 1, 0.8)], [(0, 2)], [(0, 0, 0.9), (1, 1, 0.8)]),  # another one begins
        ([(0.9, 1, 0.9), (0.8, 2, 0.8)], [(0, 1), (1, 2)], [(0, 0, 0.9), (1, 1, 0.8)]),  # another sentence
        ([(0.9, 1, 0.9), (0.3, 2, 0.3)], [(0, 2)], [(0, 0, 0.9)]),  # hardly goes on
        ([(0.01, 1, 0.01)], [(0, 1)], []),
    ],
)
def test_spans(words: list[tuple[float, int, float]], sentences: list[tuple[int, int]], expected: list[tuple[int, int, float]]) -> None:
    found = spans(tagged(*words), sentences)
    assert [(g.first, g.last, round(g.probability, 3)) for g in found] == expected
    assert all(sentences[g.sentence][0] <= g.first < sentences[g.sentence][1] for g in found)


def test_a_clear_place_explains_the_others_with_the_same_words_and_type() -> None:
    guesses = [Guess(R, 0, 0, 0, 0.9), Guess(R, 2, 2, 0, 0.3), Guess(C, 4, 4, 0, 0.3)]
    assert [g.probability for g in shared(guesses, ["x", "en", "x", "of", "x"])] == [0.9, 0.9, 0.3]


def test_calibration_is_monotone_and_by_type() -> None:
    fitted = {"slope": 0.5, "CONDITION": 0.0, "NUTRIENT": -2.0, "REMEDY": 0.0, "SPECIALIST": 0.0}
    assert calibrate([0.5, 0.5], [C, N], fitted) == [0.5, 0.12]
    rising = calibrate([0.0, 0.2, 0.9, 1.0], [C] * 4, fitted)
    assert rising == sorted(set(rising))
    assert calibrate([0.123], [C], None) == [0.12]
    assert calibrate([], [], fitted) == []


def test_a_model_survives_its_file_in_half_precision() -> None:
    network = load_network()
    again = Network.from_bytes(network.to_bytes(), "again")
    assert again.shape == network.shape
    assert again.meta == network.meta
    assert all(np.array_equal(again.arrays[name], network.arrays[name]) for name in network.arrays)
    assert again.to_bytes() == network.to_bytes()


def test_a_file_that_is_no_model_is_named() -> None:
    with pytest.raises(ResourceError, match=r"model\.npz is no model of this version"):
        Network.from_bytes(b"PK nothing", "model.npz")
    small = Shape(8, 2, 2, 1, 1)
    wrong = Network(small, {**{n: np.zeros(s, np.float32) for n, s in small.arrays().items()}, "words": np.zeros((4, 2), np.float32)}, {})
    with pytest.raises(ResourceError, match="words has the shape"):
        Network.from_bytes(wrong.to_bytes(), "model.npz")


def test_probabilities_add_up_and_do_not_depend_on_what_was_read_before() -> None:
    analysis = analysed(article_of(*LIST))
    tagger = load_tagger()
    first = tagger.probabilities(signs_of(analysis, []))
    tagger.probabilities(signs_of(analysed(article_of("Heel andere woorden staan hier.")), []))
    assert first.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(first, tagger.probabilities(signs_of(analysis, [])))
    assert softmax(np.asarray([[1000.0, 0.0]], dtype=np.float32)).tolist() == [[1.0, 0.0]]


def test_an_unknown_name_among_known_ones_is_found() -> None:
    found = {analysed(article_of(*LIST)).article.text[m.start : m.end]: m for m in find_entities(analysed(article_of(*LIST))).mentions}
    assert (found["zolvatriptex"].type, found["zolvatriptex"].found_by, found["zolvatriptex"].concept) == (R, "model", "zolvatriptex")
    assert (found["ibuprofen"].found_by, found["paracetamol"].found_by) == ("lexicon", "lexicon")


def mention(first: int, last: int, found_by: str, confidence: float, kind: EntityType = C) -> Mention:
    """A mention of words ``first`` to ``last`` of a sentence of words of two characters."""
    return Mention(kind, first * 3, last * 3 + 2, first, last, 0, "naam", found_by, confidence)


ANALYSIS = analysed(article_of("aa bb cc dd ee ff gg."))


@pytest.mark.parametrize(
    ("rule", "guesses", "expected"),
    [
        (mention(0, 0, "lexicon", 0.95), [mention(0, 0, "model", 0.99)], [("lexicon", 0.99)]),  # agreement
        (mention(0, 0, "lexicon", 0.95), [mention(0, 1, "model", 0.5)], [("lexicon", 0.72)]),  # the rule's span stays
        (mention(0, 0, "lexicon", 0.95), [], [("lexicon", 0.65)]),  # denied, and just believed
        (mention(0, 0, "lexicon", 0.95), [mention(0, 0, "model", 0.99, N)], [("lexicon", 0.65)]),  # of another type
        (mention(0, 0, "lexicon", 0.85), [], [("lexicon", 0.5)]),  # a conditional entry
        (mention(0, 0, "compounds:pijn", 0.85), [], []),
        (mention(0, 0, "compounds:pijn", 0.85), [mention(0, 0, "model", 0.9)], [("compounds:pijn", 0.7)]),
        (mention(0, 0, "lexicon:eigen", 0.95), [], [("lexicon:eigen", 0.95)]),  # a user's own words are never denied
        (mention(0, 0, "compounds:pijn", 0.85), [mention(0, 0, "model", 0.8, N)], [("model", 0.8)]),  # what is denied makes room
        (mention(0, 0, "lexicon", 0.95), [mention(2, 2, "model", 0.79)], [("lexicon", 0.65)]),  # too weak alone
        (mention(0, 0, "lexicon", 0.95), [mention(2, 2, "model", 0.81)], [("lexicon", 0.65), ("model", 0.81)]),
    ],
)
def test_merge(rule: Mention, guesses: list[Mention], expected: list[tuple[str, float]]) -> None:
    kept, dropped = weigh(ANALYSIS, [rule, *guesses])
    assert [(m.found_by, m.confidence) for m in kept] == expected
    assert all(lost.reason for lost in dropped)


def test_a_guess_of_words_that_name_nothing_is_none() -> None:
    analysis = analysed(article_of("arm of been aa."))
    kept, dropped = weigh(analysis, [mention(0, 2, "model", 0.99), mention(3, 3, "model", 0.99)])
    assert [m.first_token for m in kept] == [3]
    assert [lost.reason for lost in dropped] == ["its words alone name nothing"]


def test_capitals_are_never_denied() -> None:
    analysis = analysed(article_of("AA bb cc."))
    assert [m.confidence for m in weigh(analysis, [mention(0, 0, "brands", 0.8)])[0]] == [0.8]
    assert weigh(ANALYSIS, [mention(0, 0, "brands", 0.8)])[0] == []


def test_a_guess_bears_the_concept_of_a_lexicon_that_has_its_name_on_other_conditions() -> None:
    analysis = analysed(article_of("Zij kreeg roos."))
    word = list(analysis.folds).index("roos")
    guess = Guess(C, word, word, 0, 0.9)
    name, concept = statistical._named(analysis, guess, statistical._Bases(analysis, ["roos"]))
    assert concept is not None
    assert name == concept.name != "roos"


def test_a_guess_is_named_by_the_base_form_that_the_article_has() -> None:
    analysis = analysed(article_of("Een snorfelplek jeukt. Snorfelplekken jeuken."))
    word = list(analysis.folds).index("snorfelplekken")
    bases = statistical._Bases(analysis, ["snorfelplekken"])
    assert statistical._named(analysis, Guess(C, word, word, 1, 0.9), bases) == ("snorfelplek", None)
    assert statistical._named(analysis, Guess(C, word - 1, word, 0, 0.9), bases)[0].endswith("snorfelplek")

"""The companion: another Dutch spaCy pipeline, tried with a small stand-in of the shape of nl_core_news_sm."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import fix_random_seed
from typer.testing import CliRunner

from pipeline import Extractor, dataset
from pipeline.article import Source
from pipeline.cli import app
from pipeline.companion import load_companion
from pipeline.errors import UsageError
from pipeline.schema import ArticleRecord
from pipeline.settings import Settings

NAME = "Volgens Stichting Magnesium Nederland helpt magnesium tegen hoofdpijn."
VERB = "Wie vaak hoest en moe is, drinkt gember tegen koorts."


def _examples(nlp: Language) -> list[Example]:
    """Both sentences, annotated as the real pipeline would."""
    examples = []
    for text, named, finite in ((NAME, True, {4}), (VERB, False, {2, 5, 7})):
        words = [token.text for token in nlp.make_doc(text)]
        pos = ["VERB" if n in finite else "NOUN" for n in range(len(words))]
        doc = Doc(
            nlp.vocab,
            words=words,
            spaces=[bool(token.whitespace_) for token in nlp.make_doc(text)],
            pos=pos,
            morphs=["VerbForm=Fin" if n in finite else "" for n in range(len(words))],
            lemmas=[word.lower() for word in words],
            heads=[0] * len(words),
            deps=["ROOT", *["dep"] * (len(words) - 1)],
        )
        example = Example(nlp.make_doc(text), doc)
        example.reference.set_ents([Span(example.reference, 1, 4, label="ORG")] if named else [])
        examples.append(example)
    return examples


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a pipeline of the components of nl_core_news_sm, trained on two sentences."""
    fix_random_seed(1)
    nlp = spacy.blank("nl", meta={"name": "core_news_sm", "version": "3.8.0"})
    listen = {
        "@architectures": "spacy.Tagger.v2",
        "tok2vec": {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"},
    }
    nlp.add_pipe("tok2vec")
    nlp.add_pipe("morphologizer", config={"model": listen})
    nlp.add_pipe("parser")
    nlp.add_pipe("trainable_lemmatizer", name="lemmatizer", config={"model": listen, "min_tree_freq": 1, "top_k": 1})
    nlp.add_pipe("ner")
    examples = _examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30):
        nlp.update(examples, sgd=optimizer, exclude=["parser"])  # it is there to be left out
    folder = tmp_path_factory.mktemp("companion") / "nl_core_news_sm-3.8.0"
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def installed(stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in as an installed package of the name nl_core_news_sm."""
    package = tmp_path / "nl_core_news_sm"
    package.mkdir()
    (package / stand_in.name).symlink_to(stand_in, target_is_directory=True)
    (package / "meta.json").write_text((stand_in / "meta.json").read_text(encoding="utf-8"), encoding="utf-8")
    code = "from spacy.util import load_model_from_init_py\n\n"
    code += "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n"
    (package / "__init__.py").write_text(code, encoding="utf-8")
    info = tmp_path / "nl_core_news_sm-3.8.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nl-core-news-sm\nVersion: 3.8.0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def source(text: str) -> Source:
    return Source("a.txt", text, "plain", "utf-8", hashlib.sha256(text.encode()).hexdigest())


def texts(record: ArticleRecord) -> list[str]:
    return [entity.text for entity in record.entities]


def test_a_mention_inside_a_longer_name_is_vetoed(stand_in: Path) -> None:
    assert texts(Extractor(Settings(model="none")).extract(source(NAME))) == ["Magnesium", "magnesium", "hoofdpijn"]
    extractor = Extractor(Settings(model=str(stand_in)))
    assert texts(extractor.extract(source(NAME))) == ["magnesium", "hoofdpijn"]
    notes = {(note.text, note.reason) for note in extractor.explain(source(NAME)).candidates if note.outcome == "dropped"}
    assert ("NUTRIENT 'Magnesium' = magnesium", "lexicon: the companion: inside a longer name") in notes


def test_a_finite_verb_is_vetoed(stand_in: Path) -> None:
    assert "hoest" in texts(Extractor(Settings(model="none")).extract(source(VERB)))
    assert "hoest" not in texts(Extractor(Settings(model=str(stand_in))).extract(source(VERB)))


def test_only_the_components_that_are_used_are_loaded(stand_in: Path) -> None:
    companion = load_companion(str(stand_in))
    assert companion is not None
    assert companion.nlp.pipe_names == ["tok2vec", "morphologizer", "lemmatizer", "ner"]
    assert companion.nlp.disabled == []
    assert companion.title == "nl_core_news_sm 3.8.0 (tok2vec, morphologizer, lemmatizer, ner)"


@pytest.mark.usefixtures("installed")
def test_an_installed_nl_core_news_sm_is_used_unless_the_user_says_none() -> None:
    assert Extractor().versions()["companion"].startswith("nl_core_news_sm 3.8.0")
    assert Extractor(Settings(model="none")).versions()["companion"] == "none"


def test_without_it_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacy.util, "is_package", lambda name: False)
    assert load_companion("auto") is None


def test_manifest_and_summary_say_what_was_used_and_hold_no_path(stand_in: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(NAME, encoding="utf-8")
    out = tmp_path / "out"
    ran = CliRunner().invoke(app, ["run", str(tmp_path / "a.txt"), "--out", str(out), "--model", str(stand_in)])
    assert ran.exit_code == 0
    assert "nl_core_news_sm 3.8.0" in ran.stderr
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["versions"]["companion"] == "nl_core_news_sm 3.8.0 (tok2vec, morphologizer, lemmatizer, ner)"
    assert manifest["settings"]["model"] == stand_in.name
    assert dataset.RunSummary().companion == "none"


@pytest.mark.parametrize(
    ("choice", "message"),
    [("nl_core_news_xxl", "there is no spaCy pipeline 'nl_core_news_xxl': install it"), ("tests", "tests cannot be loaded")],
)
def test_what_is_no_pipeline_is_one_clear_line(choice: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_companion(choice)


def test_a_pipeline_of_another_language_or_without_use_is_refused(tmp_path: Path) -> None:
    english, blank = spacy.blank("en"), spacy.blank("nl")
    english.to_disk(tmp_path / "english")
    blank.to_disk(tmp_path / "blank")
    with pytest.raises(UsageError, match="for the language 'en'"):
        load_companion(str(tmp_path / "english"))
    with pytest.raises(UsageError, match="none of the components that are used"):
        load_companion(str(tmp_path / "blank"))

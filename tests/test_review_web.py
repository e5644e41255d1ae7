"""The review app in this process: every route, with and without the script, and everybody who must be refused."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.errors import UsageError
from pipeline.resources import load_toml
from pipeline.review.api import Options, Review
from pipeline.review.events import Answer
from pipeline.review.views import Mark, MarkKind, Passage
from pipeline.review.web import Access, create_app, serve
from pipeline.review.web.articles import CHARACTERS, part_of
from pipeline.review.web.guard import HEADERS
from pipeline.review.web.marking import marked, short, shown
from pipeline.review.web.pages import local_address
from pipeline.review.web.templating import STATIC, static_address, static_file
from pipeline.review.web.words import words_of
from pipeline.schema import BlockKind, EntityType
from tests.reviewing_web import BASE, FRIENDLY, HOSTILE, PORT, Browser, friendly, record_from, write_dataset


@pytest.fixture
def review(tmp_path: Path) -> Iterator[Review]:
    with Review.open(friendly(tmp_path / "dataset")) as opened:
        yield opened


@pytest.fixture(scope="module")
def looking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for tests that decide nothing."""
    with Review.open(friendly(tmp_path_factory.mktemp("looking") / "dataset")) as opened:
        yield Browser(create_app(opened, reviewer="anna", access=Access("127.0.0.1", PORT), say=pytest.fail))


@pytest.fixture
def browser(review: Review) -> Browser:
    return Browser(create_app(review, reviewer="anna", access=Access("127.0.0.1", PORT), say=pytest.fail))


def ids(review: Review) -> list[str]:
    """All triples, as the queue has them."""
    return [row.triple_id for row in review.search("anna").rows]


def article_of(review: Review, text: str = "leeg") -> str:
    """The id of the article with this in its source."""
    found: str | None = review.next_article("anna")
    while found is not None:
        page = review.article("anna", found)
        if text in page.source:
            return found
        found = page.next
    raise AssertionError(text)


def statuses(review: Review, reviewer: str = "anna") -> list[str]:
    return [row.status.value for row in review.search(reviewer, order="article").rows]


# without the script


def test_a_decision_leads_to_the_next_triple(browser: Browser, review: Review) -> None:
    browser.get("/")
    first = browser.form("/decide")["triple"]
    browser.send("/decide", say="correct")
    assert browser.form("/decide")["triple"] != first
    assert [said.answer for said in [review.card("anna", first).mine] if said] == [Answer.CORRECT]


def test_every_triple_once_and_then_the_end(browser: Browser, review: Review) -> None:
    browser.get("/")
    for say in ("correct", "wrong:furniture", "unsure"):
        browser.send("/decide", say=say)
    assert "Alles is beoordeeld" in browser.page
    assert sorted(statuses(review)) == ["correct", "unsure", "wrong"]


def test_a_wrong_one_keeps_its_reason_and_note(browser: Browser, review: Review) -> None:
    browser.get("/")
    triple = browser.form("/decide")["triple"]
    browser.send("/decide", say="wrong:wrong_tail", note=" het gaat over iets anders ")
    mine = review.card("anna", triple).mine
    assert mine is not None
    assert (mine.answer, mine.reason, mine.note) == (Answer.WRONG, "wrong_tail", "het gaat over iets anders")


def test_skipping_goes_on(browser: Browser) -> None:
    browser.get("/")
    first = browser.form("/decide")["triple"]
    browser.send("/decide", say="skip")
    assert browser.form("/decide")["triple"] != first


def test_the_same_form_twice_counts_once_and_another_answer_counts(browser: Browser, review: Review) -> None:
    browser.get("/")
    fields = browser.form("/decide")
    for say in ("correct", "correct", "unsure"):
        assert browser.post("/decide", fields | {"say": say}).status_code == 303
    assert [done.event.kind for done in review.history("anna")] == ["decision", "decision"]
    assert review.card("anna", fields["triple"]).status == "unsure"


def test_undo_leads_back_to_the_triple(browser: Browser, review: Review) -> None:
    browser.get("/")
    first = browser.form("/decide")["triple"]
    browser.send("/decide", say="correct")
    browser.send("/undo")
    assert browser.form("/decide")["triple"] == first
    assert statuses(review) == ["open"] * 3


def test_undo_with_nothing_to_undo_leads_to_the_queue(browser: Browser) -> None:
    browser.get("/")
    assert browser.send("/undo") == "/"


def test_going_back_shows_what_was_decided(browser: Browser) -> None:
    browser.get("/")
    browser.send("/decide", say="unsure")
    assert "Jij zei:" in browser.follow("/previous")


def test_an_edit_of_the_polarity_is_kept(browser: Browser, review: Review) -> None:
    browser.get("/")
    triple = browser.form("/edit")["triple"]
    browser.send("/edit", polarity="negated")
    mine = review.card("anna", triple).mine
    assert mine is not None
    assert mine.corrected is not None
    assert mine.corrected.polarity == "negated"


def test_an_edit_that_the_schema_forbids_is_refused_in_a_line(browser: Browser) -> None:
    browser.get("/")
    answer = browser.post("/edit", browser.form("/edit") | {"swap": "1"})
    assert answer.status_code == 400
    assert "CONDITION" in answer.text


def test_a_missed_triple_is_added_and_removed(browser: Browser, review: Review) -> None:
    article = review.card("anna", ids(review)[0]).article_id
    browser.get(f"/article/{article}")
    head = re.search(r'data-entity="(e\d+)" data-type="REMEDY"', browser.page)
    tail = re.search(r'data-entity="(e\d+)" data-type="CONDITION"', browser.page)
    assert head
    assert tail
    browser.send(f"/article/{article}/triple", head=head[1], relation="TREATS", tail=tail[1], polarity="affirmed")
    assert [str(one.statement.relation) for one in review.article("anna", article).added_triples] == ["TREATS"]
    assert "Toegevoegde triples" in browser.page
    inline = re.search(r'class="inline">.*?name="target" value="([^"]+)"', browser.page, re.DOTALL)
    assert inline
    browser.send("/undo", target=inline[1])
    assert review.article("anna", article).added_triples == ()


def test_a_missed_entity_is_added_by_its_words_or_its_place(browser: Browser, review: Review) -> None:
    article = review.card("anna", ids(review)[0]).article_id
    text = review.article("anna", article).passages[0].text
    browser.get(f"/article/{article}")
    browser.send(f"/article/{article}/entity", words="vraag", occurrence="1", type="SPECIALIST")
    start = text.index("doet")
    browser.send(f"/article/{article}/entity", start=str(start), end=str(start + 4), type="REMEDY", concept="iets doen")
    added = review.article("anna", article).added_entities
    assert {(one.text, one.start, one.type) for one in added} == {
        ("vraag", text.index("vraag"), EntityType.SPECIALIST),
        ("doet", start, EntityType.REMEDY),
    }


def test_words_that_are_not_there_are_refused(browser: Browser, review: Review) -> None:
    article = article_of(review)
    browser.get(f"/article/{article}")
    answer = browser.post(f"/article/{article}/entity", browser.form(f"/article/{article}/entity") | {"words": "er", "occurrence": "9"})
    assert answer.status_code == 400


def test_a_mention_that_is_none_is_rejected(browser: Browser, review: Review) -> None:
    article = review.card("anna", ids(review)[0]).article_id
    entity = re.search(r'data-entity="(e\d+)"', browser.get(f"/article/{article}"))
    assert entity
    browser.send(f"/article/{article}/wrong", entity=entity[1])
    assert review.history("anna")[0].event.kind == "wrong_entity"


def test_an_empty_article_is_completed(browser: Browser, review: Review) -> None:
    article = article_of(review)
    assert "Klopt: hier staat niets" in browser.get(f"/article/{article}")
    browser.send(f"/article/{article}/complete")
    assert "Je hebt dit artikel compleet genoemd." in browser.page
    assert review.progress("anna").completed == 1


def test_an_article_with_open_triples_cannot_be_completed(browser: Browser, review: Review) -> None:
    article = review.card("anna", ids(review)[0]).article_id
    browser.get(f"/article/{article}")
    assert browser.post(f"/article/{article}/complete", browser.form(f"/article/{article}/complete")).status_code == 409


def test_articles_lead_to_the_next_one_that_is_open_and_then_say_that_all_are_done(browser: Browser, review: Review) -> None:
    for triple in ids(review):
        review.decide("anna", triple, Answer.CORRECT, key=f"key-{triple[:16]}")
    while (article := review.next_article("anna")) is not None:
        browser.follow("/article")
        browser.send(f"/article/{article}/complete")
    assert "elk artikel compleet" in browser.get("/article")


def test_disputes_show_both_answers_and_are_settled(review: Review) -> None:
    triple = ids(review)[0]
    review.decide("anna", triple, Answer.CORRECT, key="key-anna-1")
    review.decide("bert", triple, Answer.UNSURE, key="key-bert-1")
    review.decide("carla", triple, Answer.WRONG, "not_stated", "nergens", key="key-carla-1")  # type: ignore[arg-type]
    browser = Browser(create_app(review, reviewer="anna", say=pytest.fail))
    page = browser.get("/disputes")
    assert "carla zei" in page
    assert "nergens" in page
    browser.send("/adjudicate", say="correct")
    assert "Niemand is het oneens." in browser.page
    assert review.disputes("anna") == ()


def test_the_dashboard_shows_intervals(browser: Browser, review: Review) -> None:
    assert "Nog niets beoordeeld" in browser.get("/dashboard")
    for triple in ids(review):
        review.decide("anna", triple, Answer.CORRECT, key=f"key-{triple[:16]}")
    page = browser.get("/dashboard")
    assert page.count('<svg class="interval"') >= 5
    assert "3 van 3" in page


def test_history_lists_and_takes_back(browser: Browser, review: Review) -> None:
    browser.get("/")
    browser.send("/decide", say="correct")
    browser.get("/history")
    key = review.history("anna")[0].event.key
    browser.post("/undo", browser.form("/undo") | {"target": key, "from": "history"})
    assert "ongedaan gemaakt" in browser.get("/history")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("relation=TREATS", 3),
        ("relation=CAUSES", 0),
        ("rule=test:helps", 3),
        ("rule=model", 0),
        ("min_confidence=91", 0),
        ("max_confidence=91", 3),
        ("min_confidence=niks", 3),
        ("article=articles/1", 1),
        ("concept=magnesium", 3),
        ("concept=nutrient:magnesium", 3),
        ("concept=huisarts", 0),
        ("status=open", 3),
        ("status=decided", 0),
        ("text=SOMS", 1),
    ],
)
def test_search_filters(looking: Browser, query: str, found: int) -> None:
    page = looking.get(f"/search?{query}")
    assert page.count('class="triple-row"') == found
    assert f"<b>{found} triples</b>" in page
    queue = looking.get(f"/?{query}")
    assert ("/decide?" in queue or query in ("", "min_confidence=niks")) == bool(found) or not found


def test_a_filter_stays_on_the_way(browser: Browser) -> None:
    browser.get("/?text=soms")
    assert browser.form("/decide")
    answer = browser.post("/decide?text=soms", browser.form("/decide") | {"say": "correct"})
    assert answer.headers["location"].startswith("/?text=soms&after=")
    assert "Er is niets meer te doen met dit filter." in browser.follow(answer.headers["location"])


@pytest.mark.parametrize("query", ["relation=ANDERS", "status=anders", "min_confidence=90&max_confidence=10"])
def test_a_filter_that_cannot_be_is_a_line(looking: Browser, query: str) -> None:
    assert "Dat ging niet" in looking.get(f"/?{query}", status=400)


def test_help_lists_all_keys_that_pages_have(browser: Browser, review: Review) -> None:
    article = article_of(review)
    helped = browser.get("/help")
    pages = browser.get("/") + browser.get(f"/article/{article}")
    keys = {key for keys in re.findall(r'data-keys="([^"]+)"', pages) for key in keys.split()}
    missing = {key for key in keys if len(key) == 1 and not key.isdigit() and f"<kbd>{key.upper()}</kbd>" not in helped}
    assert missing == set("jynxowu") - {"o"}  # other keys for what G, F and O do


# names, languages, colours


def test_who_has_no_name_is_asked(review: Review) -> None:
    browser = Browser(create_app(review, say=pytest.fail))
    assert browser.client.get("/").headers["location"] == "/hello"
    browser.get("/hello")
    browser.send("/settings", reviewer="Bert")
    assert browser.form("/decide")["reviewer"] == "Bert"
    browser.send("/decide", say="correct")
    assert review.reviewers() == ("Bert",)


@pytest.mark.parametrize("name", ["", "<b>", "x" * 41, "a\nb"])
def test_a_name_that_cannot_be_is_refused(review: Review, name: str) -> None:
    browser = Browser(create_app(review, say=pytest.fail))
    browser.get("/hello")
    assert browser.post("/settings", browser.form("/settings") | {"reviewer": name}).status_code == 400


def test_a_page_of_somebody_else_is_not_mixed_up(review: Review) -> None:
    browser = Browser(create_app(review, say=pytest.fail))
    browser.get("/hello")
    browser.send("/settings", reviewer="Bert")
    old = browser.form("/decide")
    browser.send("/settings", reviewer="Carla")
    answer = browser.post("/decide", old | {"say": "correct"})
    assert answer.status_code == 409
    assert "Bert" in answer.text
    assert review.reviewers() == ()


def test_language_and_colours_are_chosen(browser: Browser) -> None:
    browser.get("/")
    browser.send("/settings", language="en", theme="dark")
    assert '<html lang="en" data-theme="dark">' in browser.page
    assert "Undo" in browser.page
    assert "Ongedaan" not in browser.page


def test_the_languages_say_the_same_things() -> None:
    dutch, english = ({(part, key) for part, texts in load_toml(f"review/{one}.toml").items() for key in texts} for one in ("nl", "en"))
    assert dutch == english


def test_no_word_is_there_for_nothing_and_none_is_missing() -> None:
    folder = Path(__file__).parents[1] / "pipeline"
    files = [*(folder / "resources" / "review" / "templates").iterdir(), *(folder / "review" / "web").glob("*.py")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in files)
    script = (folder / "resources" / "review" / "review.js").read_text(encoding="utf-8")
    begun = tuple({*re.findall(r"""["'](\w+\.\w*)["'{]""", sources), "page."})  # words whose keys are put together from two parts
    for part, texts in load_toml("review/nl.toml").items():
        for key in texts:
            if part == "script":
                assert re.search(rf"words\.{key}\b|\"{key}\"", script) or f"script.{key}" in sources, key
            else:
                assert f"{part}.{key}".startswith(begun), f"{part}.{key}"


@pytest.mark.parametrize(("language", "number", "percent"), [("nl", "7.128,5", "50\N{NO-BREAK SPACE}%"), ("en", "7,128.5", "50%")])
def test_numbers_are_written_as_the_language_does(language: str, number: str, percent: str) -> None:
    assert words_of(language).number(7128.5, 1) == number
    assert words_of(language).percent(0.5) == percent


def test_a_share_near_one_is_not_called_all() -> None:
    assert [words_of("en").percent(share) for share in (0, 0.001, 0.999, 1)] == ["0%", "1%", "99%", "100%"]


# with the script


def test_the_script_gets_the_progress(browser: Browser) -> None:
    browser.get("/")
    answer = browser.post("/decide", browser.form("/decide") | {"say": "correct"}, accept="application/json")
    assert answer.status_code == 200
    assert answer.json()["progress"]["count"] == "1 van 3"
    assert answer.json()["key"].endswith("-correct")


def test_the_script_gets_cards_without_the_page_around(browser: Browser) -> None:
    browser.get("/")
    triple = browser.form("/decide")["triple"]
    part = browser.get(f"/next?part=card&after={triple}")
    assert part.lstrip().startswith('<article id="card"')
    assert browser.form("/decide")["triple"] != triple


def test_the_script_is_told_in_json_what_was_refused(browser: Browser) -> None:
    browser.get("/")
    answer = browser.post("/decide", browser.form("/decide") | {"triple": "a:b", "say": "correct"}, accept="application/json")
    assert answer.status_code == 404
    assert list(answer.json()) == ["error"]


def test_a_page_of_an_earlier_start_gets_a_new_key_and_loses_nothing(tmp_path: Path, review: Review) -> None:
    browser = Browser(create_app(review, reviewer="anna", access=Access("127.0.0.1", PORT)))
    browser.get("/")
    fields = browser.form("/decide") | {"say": "correct"}
    browser.client.app = create_app(review, reviewer="anna", access=Access("127.0.0.1", PORT))
    again = Browser(browser.client.app)
    again.client.cookies = browser.client.cookies
    answer = again.post("/decide", fields, accept="application/json")
    assert answer.status_code == 403
    assert again.post("/decide", fields | {"csrf": answer.json()["csrf"]}, accept="application/json").status_code == 200
    assert statuses(review).count("correct") == 1


# who is refused


@pytest.mark.parametrize("address", ["/", "/search", "/article", "/disputes", "/dashboard", "/history", "/help", "/hello", "/nowhere"])
def test_every_page_has_the_headers(looking: Browser, address: str) -> None:
    answer = looking.client.get(address)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"


def test_the_policy_forbids_all_that_is_not_the_apps_own() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search(r"unsafe|\*|https?:|data:", HEADERS["content-security-policy"])


class Seen(HTMLParser):
    """What a browser would run of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str | None] = []
        self.inline: list[str] = []
        self.outside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "script":
            self.scripts.append(values.get("src"))
        self.inline += [f"{tag} {name}" for name in values if name.startswith("on") or name == "style"]
        self.outside += [
            value or "" for name, value in attrs if name in ("src", "href", "action") and not (value or "").startswith(("/", "#"))
        ]


def test_a_hostile_article_is_text_on_every_page(tmp_path: Path) -> None:
    record = record_from('"><script>x</script>.txt', HOSTILE, title='</title><script>alert("t")</script>\u202e')
    with Review.open(write_dataset(tmp_path / "d", record), Options()) as review:
        browser = Browser(create_app(review, reviewer="anna", say=pytest.fail))
        article = record.article_id
        card = review.next("anna")
        assert card is not None
        review.decide("anna", card.triple_id, Answer.WRONG, "furniture", "<script>note</script>", key="key-note-1")  # type: ignore[arg-type]
        review.decide("bert", card.triple_id, Answer.CORRECT, key="key-note-2")
        pages = [
            "/",
            "/search?text=%22%3E%3Cscript%3E",
            "/disputes",
            "/dashboard",
            "/history",
            f"/article/{article}",
            f"/triple/{card.triple_id}",
        ]
        for address in pages:
            seen = Seen(browser.get(address))
            assert (seen.scripts, seen.inline, seen.outside) == ([static_address("review.js")], [], [])
            assert "\u202e" not in browser.page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in browser.page


def test_a_long_line_is_shown_around_its_evidence(tmp_path: Path) -> None:
    filler = "Een zin zonder inhoud, maar lang. " * 150_000
    record = record_from("lang.txt", f"{filler}Magnesium helpt tegen spierkramp. {filler}")
    sentence = record.sentences[0]
    start = record.text.index("Magnesium")
    sentence = sentence.model_copy(update={"start": start, "end": start + 33})
    with Review.open(write_dataset(tmp_path / "d", record.model_copy(update={"sentences": (sentence,)}))) as review:
        browser = Browser(create_app(review, reviewer="anna", say=pytest.fail))
        assert len(record.text) > 10_000_000
        page = browser.get("/")
        assert len(page) < 60_000
        assert "cut-before" in page
        assert '<mark class="head nutrient"' in page
        whole = browser.get(f"/article/{record.article_id}")
        assert len(whole) < 2 * CHARACTERS
        assert 'rel="next"' in whole


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8642", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "192.168.1.5:8642", "", "localhost:x", "a/b"],
)
def test_other_hosts_are_refused(looking: Browser, host: str) -> None:
    assert looking.client.get("/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8642", "localhost:8642", "LOCALHOST", "[::1]:8642", "localhost:9000"])
def test_names_of_this_machine_are_let_in(looking: Browser, host: str) -> None:
    assert looking.client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-site"},
        {"origin": BASE, "sec-fetch-site": "cross-site"},
        {"origin": BASE, "sec-fetch-site": "none"},
    ],
)
def test_forms_of_other_sites_are_refused(browser: Browser, review: Review, headers: dict[str, str]) -> None:
    browser.get("/")
    fields = browser.form("/decide") | {"say": "correct"}
    assert browser.client.post("/decide", data=fields, headers=headers).status_code == 403
    assert review.reviewers() == ()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"origin": "https://evil.example"}, 403),
    ],
)
def test_what_other_sites_may_ask_for(looking: Browser, headers: dict[str, str], status: int) -> None:
    assert looking.client.get("/", headers=headers).status_code == status


@pytest.mark.parametrize("csrf", [None, "", "0" * 64, "é"])
def test_a_form_without_its_key_is_refused(browser: Browser, review: Review, csrf: str | None) -> None:
    browser.get("/")
    fields = browser.form("/decide") | {"say": "correct"}
    del fields["csrf"]
    answer = browser.post("/decide", fields if csrf is None else fields | {"csrf": csrf})
    assert answer.status_code == 403
    assert review.reviewers() == ()


def test_the_key_of_another_browser_is_no_use(browser: Browser) -> None:
    browser.get("/")
    other = Browser(browser.client.app)
    other.get("/")
    answer = browser.post("/decide", browser.form("/decide") | {"csrf": other.form("/decide")["csrf"], "say": "correct"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 400),
        (b"a=b", "text/plain", 400),
        (b"a=" + b"b" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        ("a=é".encode(), "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=b" for _ in range(100)), "application/x-www-form-urlencoded", 400),
    ],
)
def test_what_is_no_form_is_refused(looking: Browser, body: bytes, kind: str, status: int) -> None:
    assert looking.client.post("/decide", content=body, headers={"content-type": kind, "origin": BASE}).status_code == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(looking: Browser, method: str) -> None:
    assert looking.client.request(method, "/").status_code == 405


@pytest.mark.parametrize("address", ["/decide", "/undo", "/edit", "/adjudicate", "/settings", "/article/x/complete"])
def test_nothing_is_written_by_a_link(looking: Browser, address: str) -> None:
    assert looking.client.get(address).status_code == 405


@pytest.mark.parametrize(
    "fields",
    [
        {"say": ""},
        {"say": "perhaps"},
        {"say": "wrong"},
        {"say": "wrong:because"},
        {"say": "correct:furniture"},
        {"say": "correct", "triple": ""},
    ],
)
def test_an_answer_that_cannot_be_is_a_line(browser: Browser, review: Review, fields: dict[str, str]) -> None:
    browser.get("/")
    assert browser.post("/decide", browser.form("/decide") | fields).status_code == 400
    assert statuses(review) == ["open"] * 3


@pytest.mark.parametrize("address", ["/triple/a:b", "/article/nothing", "/static/0/review.js", "/static/0/../../nl.toml", "/x"])
def test_what_is_not_there_is_a_line(looking: Browser, address: str) -> None:
    assert "Dat ging niet" in looking.get(address, status=404)


@pytest.mark.parametrize(
    ("to", "where"),
    [
        ("/search?a=b", "/search?a=b"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("", "/"),
    ],
)
def test_no_form_leads_to_another_site(to: str, where: str) -> None:
    assert local_address(to) == where


def test_static_files_may_be_kept_for_ever(looking: Browser) -> None:
    for name, kind in STATIC.items():
        answer = looking.client.get(static_address(name))
        assert answer.content == static_file(name)
        assert answer.headers["content-type"] == kind
        assert "immutable" in answer.headers["cache-control"]


def test_reading_only_writes_nothing(tmp_path: Path) -> None:
    folder = friendly(tmp_path / "dataset")
    with Review.open(folder, Options(read_only=True)) as review:
        browser = Browser(create_app(review, reviewer="anna", say=pytest.fail))
        assert "Alleen lezen" in browser.get("/")
        assert "<fieldset disabled>" in browser.page
        onward = re.search(r'href="(/\?after=[^"]+)" data-keys="s', browser.page)
        assert onward
        before = browser.form("/decide")["triple"]
        browser.get(onward[1])
        assert browser.form("/decide")["triple"] != before
        article = article_of(review)
        token = browser.form("/decide")
        for action in ("/decide", "/edit", "/undo", "/adjudicate", f"/article/{article}/complete", f"/article/{article}/entity"):
            assert browser.post(action, token | {"say": "correct"}).status_code == 403
    assert sorted(path.name for path in folder.iterdir()) == ["articles.jsonl", "triples.jsonl"]


def test_a_bug_is_told_without_its_trace_and_the_trace_goes_to_the_window(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    app = create_app(review, reviewer="anna", say=told.append)
    browser = Browser(app)
    browser.client = type(browser.client)(app, base_url=BASE, raise_server_exceptions=False)

    def broken(*values: Any) -> Any:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(review, "history", broken)
    page = browser.get("/history", status=500)
    assert "secret" not in page
    assert "eerdere beslissingen" in page
    assert "ZeroDivisionError: secret" in told[0]
    assert browser.client.get("/history").headers["x-content-type-options"] == "nosniff"


# elsewhere than on this machine


@pytest.fixture
def elsewhere(review: Review) -> Browser:
    access = Access("0.0.0.0", PORT, "s3cret-token", frozenset({"desk"}))
    return Browser(create_app(review, reviewer="anna", access=access, say=pytest.fail))


def test_without_the_token_nothing_is_shown(elsewhere: Browser) -> None:
    for address in ("/", "/help", static_address("review.js"), "/?token=wrong", "/?token="):
        answer = elsewhere.client.get(address)
        assert answer.status_code == 401
        assert "magnesium" not in answer.text
    assert elsewhere.client.post("/decide?token=s3cret-token", data={}).status_code == 401


def test_the_token_comes_once_and_then_is_a_cookie(elsewhere: Browser) -> None:
    answer = elsewhere.client.get("/?token=s3cret-token", headers={"sec-fetch-site": "cross-site"})
    assert answer.headers["refresh"] == "0; url=/"
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("review-token"))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert 'href="/"' in answer.text
    elsewhere.get("/")
    elsewhere.send("/decide", say="correct")


@pytest.mark.parametrize(
    ("host", "status"), [("192.168.1.5:8642", 401), ("desk:8642", 401), ("[fe80::1]:8642", 401), ("evil.example:8642", 403)]
)
def test_elsewhere_numbers_and_own_names_are_let_in(elsewhere: Browser, host: str, status: int) -> None:
    assert elsewhere.client.get("/", headers={"host": host}).status_code == status


def test_others_are_not_served_without_a_token(review: Review) -> None:
    with pytest.raises(UsageError, match=r"0\.0\.0\.0 can be reached by others"):
        serve(review, reviewer=None, host="0.0.0.0", port=0, language="nl", token=None, open_browser=False, say=pytest.fail)


def test_a_port_that_is_taken_is_a_line(review: Review) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 is taken") as caught:
            serve(review, reviewer=None, host="127.0.0.1", port=port, language="nl", token=None, open_browser=False, say=pytest.fail)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for other processes")
def test_an_interrupt_ends_it_well(tmp_path: Path) -> None:
    folder = friendly(tmp_path / "dataset")
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from pipeline.cli import main; main()"
    command = [sys.executable, "-c", code, "review", str(folder), "--reviewer", "anna", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "http://" in line)
        address = re.search(r"http://\S+", line)
        assert address
        with urllib.request.urlopen(address[0], timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(20) in (0, 130)
    assert "Traceback" not in rest


def test_an_address_that_is_none_is_a_line(review: Review) -> None:
    with pytest.raises(UsageError, match=r"cannot listen at|is no address"):
        serve(review, reviewer=None, host="no host", port=0, language="nl", token="t", open_browser=False, say=pytest.fail)


# texts


def passage(text: str, *marks: Mark, evidence: tuple[tuple[int, int], ...] = ()) -> Passage:
    return Passage("b0", BlockKind.PARAGRAPH, 0, 100, text, marks, evidence, False, (False, False))


def test_marks_and_evidence_split_the_text_where_they_begin_and_end() -> None:
    head = Mark(0, 1, MarkKind.HEAD, "e0", EntityType.NUTRIENT, "a&b")
    cue = Mark(2, 4, MarkKind.CUE)
    found = marked(passage("a<bc>d", head, cue, evidence=((1, 3),)), words_of("nl"))
    assert found == (
        '<mark class="head nutrient" data-entity="e0" data-type="NUTRIENT" title="a&amp;b · voedingsstof">a</mark>'
        '<span class="evidence">&lt;<mark class="cue">b</mark></span><mark class="cue">c</mark>&gt;d'
    )


def test_what_a_browser_would_drop_or_obey_is_one_other_character() -> None:
    text = "a\0b\rc\u202ed\x85e\ud800f\tg\nh"
    assert shown(text) == "a\ufffdb c\ufffdd\ufffde\ufffdf\tg\nh"
    assert len(shown(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "line"), [("kort", "kort"), ("a\nb  c", "a b c"), ("x" * 20, "xxxxxxxxx…"), ("een twee drie vier", "een twee…")]
)
def test_a_line_is_short(text: str, line: str) -> None:
    assert short(text, 10) == line


def test_parts_of_an_article_are_all_of_it_and_no_page_is_long(tmp_path: Path) -> None:
    record = record_from("lang.txt", "Magnesium helpt tegen spierkramp. " * 10_000)
    with Review.open(write_dataset(tmp_path / "d", record)) as review:
        offset: int | None = 0
        texts = []
        while offset is not None:
            part = part_of(lambda offset, limit: review.article("anna", record.article_id, offset, limit), offset)
            texts.append("".join(passage.text for passage in part.passages))
            offset = part.next_offset
    assert "".join(texts) == record.text
    assert len(texts) > 4
    assert max(map(len, texts)) < 1.2 * CHARACTERS


def test_friendly_articles_are_read_as_they_are(browser: Browser) -> None:
    text = re.sub(r"<[^>]+>", "", browser.get("/?text=soms"))
    assert FRIENDLY[1] in text


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


PAIRS: Final = [
    *((ink, back) for ink in ("ink", "soft", "accent", "bad", "warn", "good-text", "cue", "head", "tail") for back in ("page", "card")),
    *((ink, "evidence") for ink in ("ink", "cue")),
    ("head", "head-back"),
    ("tail", "tail-back"),
    ("good-ink", "good"),
]
"""What is written on what."""


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "back"), PAIRS, ids="-on-".join)
def test_colours_are_told_apart(ink: str, back: str, theme: int) -> None:
    style = static_file("review.css").decode()
    colours = {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", style)}
    light, dark = sorted((luminance(colours[name][theme]) for name in (ink, back)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2, level AA

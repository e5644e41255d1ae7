"""The review app in a real browser, by keyboard alone. Needs a Chromium on this machine; says so where there is none."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

import pytest
import uvicorn

from pipeline.review.api import Review
from pipeline.review.web import Access, create_app
from pipeline.schema import ArticleRecord
from tests.reviewing import make_dataset
from tests.reviewing_web import EMPTY, HOSTILE, record_from, write_dataset

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the review app was not tested in a browser")
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect, sync_playwright  # noqa: E402

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
CHROMIUM: Final = next((path for name in NAMES if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NOT TESTED IN A BROWSER: this machine has no Chromium (on Debian: apt-get install chromium)"
)
TEXT: Final = "👍 Massage en magnesium helpen tegen spierkramp, zegt de huisarts. Jeuk 👍 en slapte niet."


class Running:
    """The app at a port of its own, which can be stopped and started again."""

    def __init__(self, review: Review) -> None:
        self.review = review
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.said: list[str] = []
        self.start()

    def start(self) -> None:
        app = create_app(self.review, reviewer="anna", access=Access("127.0.0.1", self.port), say=self.said.append)
        config = uvicorn.Config(app, port=self.port, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


def wait_for(holds: Callable[[], object], seconds: float = 10) -> None:
    """Until something holds that another thread does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts the app over some records, or over articles of ``outputs/``."""
    opened: list[Running] = []

    def start(*records: ArticleRecord | str) -> Running:
        named = [record for record in records if isinstance(record, str)]
        folder = tmp_path / "dataset"
        made = make_dataset(folder, *named) if named else write_dataset(folder, *(one for one in records if not isinstance(one, str)))
        opened.append(Running(Review.open(made)))
        return opened[-1]

    yield start
    for running in opened:
        running.stop()
        running.review.close()
        assert running.said == []


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen: no error, no warning, nothing that the policy had to forbid."""
    problems: list[str] = []

    def answer(dialog: Dialog) -> None:
        """The browser may ask whether to leave a page with something unsaved; nobody else may ask anything."""
        if dialog.type != "beforeunload":
            problems.append(dialog.message)
        dialog.accept()

    opened = context.new_page()
    opened.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("dialog", answer)
    yield opened
    allowed = re.compile(r"Failed to load resource")  # what the tests of refusals and of a stopped program provoke
    assert [problem for problem in problems if not allowed.search(problem)] == []


def triple_of(page: Page) -> str:
    return page.locator("#card").get_attribute("data-triple") or ""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def press_on(page: Page, key: str) -> str:
    """Press a key that decides, and wait for the next card. Gives the triple that was decided."""
    before = triple_of(page)
    page.keyboard.press(key)
    expect(page.locator("#card")).not_to_have_attribute("data-triple", before)
    return before


def kinds(running: Running) -> list[str]:
    return [done.event.kind for done in running.review.history("anna") if not done.undone and done.event.kind != "undo"]


@pytest.fixture
def small(serving: Callable[..., Running]) -> Running:
    others = [record_from(f"b{number}.txt", f"{number} keer: magnesium helpt tegen spierkramp.") for number in range(3)]
    return serving(record_from("a.txt", TEXT), *others, record_from("leeg.txt", EMPTY))


def open_first(page: Page, running: Running) -> str:
    """Open the triple of TEXT."""
    found = running.review.search("anna", order="article").rows
    triple = next(row.triple_id for row in found if row.source == "a.txt")
    page.goto(f"{running.address}/triple/{triple}")
    return triple


def test_twenty_triples_in_as_many_keys(serving: Callable[..., Running], page: Page) -> None:
    running = serving("blaasontsteking-apotheek")
    page.goto(running.address)
    start = time.monotonic()
    seen = [press_on(page, "gfouG"[number % 5] if number % 5 != 1 else "1") for number in range(20)]
    assert time.monotonic() - start < 60
    assert len(set(seen)) == 20
    wait_for(lambda: len(kinds(running)) == 20)
    answers = {done.event.triple: done.event.answer.value for done in running.review.history("anna") if done.event.kind == "decision"}
    assert [answers[triple] for triple in seen[:5]] == ["correct", "wrong", "unsure", "unsure", "correct"]
    expect(page.locator("[data-progress=count]")).to_have_text(re.compile("^20 van"))


def test_keys_in_a_burst_decide_no_triple_that_was_not_shown(serving: Callable[..., Running], page: Page) -> None:
    running = serving("blaasontsteking-apotheek")
    page.goto(running.address)
    page.evaluate(
        "window.shown = new Set([document.querySelector('#card').dataset.triple]);"
        "new MutationObserver(() => shown.add(document.querySelector('#card').dataset.triple))"
        ".observe(document.body, {childList: true, subtree: true})"
    )
    for _ in range(12):
        page.keyboard.press("g", delay=0)
    page.wait_for_timeout(300)
    wait_for(lambda: page.evaluate("sessionStorage.getItem('review-outbox')") == "[]")
    decided = [done.event.triple for done in running.review.history("anna") if done.event.kind == "decision"]
    assert len(decided) == len(set(decided)) >= 1
    assert set(decided) <= set(page.evaluate("[...shown]"))


def test_wrong_asks_for_the_reason(small: Running, page: Page) -> None:
    page.goto(small.address)
    triple = triple_of(page)
    press(page, "f")
    expect(page.locator(".reasons")).to_be_visible()
    expect(page.locator(".reasons button").first).to_be_focused()
    press(page, "Escape")
    expect(page.locator(".reasons")).to_be_hidden()
    press(page, "f", "5")
    expect(page.locator("#card")).not_to_have_attribute("data-triple", triple)
    wait_for(lambda: kinds(small) == ["decision"])
    mine = small.review.card("anna", triple).mine
    assert mine is not None
    assert mine.reason == "wrong_direction"


def test_a_reason_by_enter_and_a_note(small: Running, page: Page) -> None:
    page.goto(small.address)
    triple = triple_of(page)
    press(page, "f")
    page.keyboard.press("Shift+Tab")
    page.locator(".reasons textarea").focus()
    page.keyboard.type("gg 1 f")
    page.locator(".reasons button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card")).not_to_have_attribute("data-triple", triple)
    wait_for(lambda: kinds(small) == ["decision"])
    mine = small.review.card("anna", triple).mine
    assert mine is not None
    assert (mine.reason, mine.note) == ("wrong_head", "gg 1 f")


def test_undo_and_back(small: Running, page: Page) -> None:
    page.goto(small.address)
    first = press_on(page, "Enter")
    expect(page.locator("#status")).to_contain_text("Z maakt ongedaan")
    press_on(page, "z")
    assert triple_of(page) == first
    assert kinds(small) == []
    press_on(page, "o")
    second = triple_of(page)
    press_on(page, "b")
    assert triple_of(page) == first
    expect(page.locator(".mine")).to_contain_text("Onzeker")
    page.go_back()
    expect(page.locator("#card")).to_have_attribute("data-triple", second)


def test_the_end_is_told_and_can_be_undone(small: Running, page: Page) -> None:
    page.goto(small.address)
    for _ in range(4):
        press_on(page, "g")
    expect(page.locator("h1")).to_have_text("Alles is beoordeeld")
    press(page, "z")
    expect(page.locator("#decide")).to_be_visible()
    wait_for(lambda: len(kinds(small)) == 3)


def test_polarity_and_relation_are_edited_in_place(small: Running, page: Page) -> None:
    first = open_first(page, small)
    press_on(page, "p")
    second = triple_of(page)
    press(page, "r")
    expect(page.locator("#choose")).to_be_visible()
    label = page.locator("#choose .choices button").nth(1).inner_text()
    press_on(page, "2")
    assert "veroorzaakt" in label
    cards = [small.review.card("anna", triple).mine for triple in (first, second)]
    corrected = [card.corrected for card in cards if card and card.corrected]
    assert [(str(one.relation), str(one.polarity)) for one in corrected] == [("TREATS", "negated"), ("CAUSES", "affirmed")]


def test_another_head_is_chosen_with_arrows(small: Running, page: Page) -> None:
    triple = open_first(page, small)
    press(page, "h")
    expect(page.locator(".picking")).to_contain_text("Kies het onderwerp")
    expect(page.locator("mark:focus")).to_have_text("Massage")
    press(page, "ArrowRight", "ArrowLeft")
    press_on(page, "Enter")
    mine = small.review.card("anna", triple).mine
    assert mine is not None
    assert mine.corrected is not None
    assert mine.corrected.head.text == "Massage"


def test_what_the_schema_forbids_is_told_and_the_triple_stays(small: Running, page: Page) -> None:
    triple = open_first(page, small)
    press(page, "t", "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    expect(page.locator("#status")).to_contain_text("Niet opgeslagen")
    assert triple_of(page) == triple
    assert kinds(small) == []


def test_a_missed_triple_by_keyboard(small: Running, page: Page) -> None:
    open_first(page, small)
    press(page, "a", "Enter")
    expect(page.locator("mark.chosen")).to_have_text("Massage")
    press(page, "ArrowRight")
    expect(page.locator("mark:focus")).to_have_text("spierkramp")
    press(page, "Enter", "1")
    wait_for(lambda: kinds(small) == ["added_triple"])
    article = small.review.article("anna", small.review.history("anna")[0].event.article)
    added = article.added_triples[0].statement
    assert (added.head.text, str(added.relation), added.tail.text) == ("Massage", "TREATS", "spierkramp")
    expect(page.locator("#status")).to_contain_text("Toegevoegd")


def test_a_missed_triple_by_two_clicks(small: Running, page: Page) -> None:
    open_first(page, small)
    page.locator("mark", has_text="Massage").click()
    page.locator("mark", has_text="spierkramp").click()
    page.locator("#choose .choices button").first.click()
    wait_for(lambda: kinds(small) == ["added_triple"])


def test_a_missed_entity_by_keyboard_behind_an_emoji(small: Running, page: Page) -> None:
    open_first(page, small)
    press(page, "m")
    while page.evaluate("String(getSelection())") != "slapte":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("String(getSelection())") == "slapte niet"
    press(page, "Enter")
    expect(page.locator("#choose h2")).to_contain_text("slapte niet")
    press(page, "1")
    wait_for(lambda: kinds(small) == ["added_entity"])
    added = small.review.article("anna", small.review.history("anna")[0].event.article).added_entities
    assert [(one.text, one.start) for one in added] == [("slapte niet", TEXT.index("slapte"))]
    expect(page.locator("mark.added")).to_have_text("slapte niet")
    press(page, "z")
    expect(page.locator("mark.added")).to_have_count(0)


def test_a_missed_entity_by_selecting_with_the_mouse(small: Running, page: Page) -> None:
    open_first(page, small)
    place = page.locator(".reading p")
    box = page.evaluate(
        "() => { const walk = document.createTreeWalker(document.querySelector('.reading'), 4); let node;"
        "while ((node = walk.nextNode())) { const at = node.data.indexOf('Jeuk'); if (at >= 0) { const range = document.createRange();"
        "range.setStart(node, at); range.setEnd(node, at + 4); const b = range.getBoundingClientRect();"
        "return [b.left, b.right, b.top + b.height / 2]; } } }"
    )
    expect(place).to_have_count(1)
    page.mouse.move(box[0] + 1, box[2])
    page.mouse.down()
    page.mouse.move(box[1] - 1, box[2], steps=4)
    page.mouse.up()
    page.locator("[data-do=add-entity]").click()
    page.locator("#choose .choices button").first.click()
    wait_for(lambda: kinds(small) == ["added_entity"])
    added = small.review.article("anna", small.review.history("anna")[0].event.article).added_entities
    assert [one.text for one in added] == ["Jeuk"]


def test_an_article_is_reviewed_and_completed_by_keyboard(small: Running, page: Page) -> None:
    open_first(page, small)
    press(page, "l")
    expect(page.locator(".reading.whole")).to_be_visible()
    expect(page.locator("[data-keys=c]")).to_be_disabled()
    press(page, "g")
    expect(page.locator("#decide")).to_be_visible()
    press_on(page, "g")
    expect(page.locator("h1")).to_have_text("Alles is beoordeeld")
    article = small.review.history("anna")[0].event.article
    page.goto(f"{small.address}/article/{article}")
    press(page, "c")
    expect(page.locator(".bar")).to_contain_text("compleet genoemd")
    assert kinds(small) == ["completed", "decision"]


def test_search_and_filter_by_keyboard(small: Running, page: Page) -> None:
    page.goto(small.address)
    press(page, "/")
    expect(page.locator("input[name=text]")).to_be_focused()
    page.keyboard.type("2 keer")
    press(page, "Enter")
    expect(page.locator(".triple-row")).to_have_count(1)
    press(page, "q")
    expect(page.locator("#decide")).to_be_visible()
    press(page, "v")
    expect(page.locator(".filter input[name=text]")).to_be_focused()
    page.keyboard.type("zegt")
    press(page, "Enter")
    expect(page.locator(".reading")).to_contain_text("zegt de huisarts")


def test_help_opens_and_closes(small: Running, page: Page) -> None:
    page.goto(small.address)
    press(page, "?")
    expect(page.locator("#help")).to_be_visible()
    press(page, "g", "Escape")
    expect(page.locator("#help")).to_be_hidden()
    assert kinds(small) == []


def test_disputes_are_settled_by_keyboard(small: Running, page: Page) -> None:
    from pipeline.review.events import Answer

    row = small.review.search("anna").rows[0]
    for reviewer, answer in (("bert", Answer.CORRECT), ("carla", Answer.UNSURE), ("dirk", Answer.WRONG)):
        reason = "furniture" if answer is Answer.WRONG else None
        small.review.decide(reviewer, row.triple_id, answer, reason, key=f"key-{reviewer}")  # type: ignore[arg-type]
    page.goto(f"{small.address}/disputes")
    expect(page.locator(".versus div")).to_have_count(3)
    press(page, "g")
    expect(page.locator("h1")).to_have_text("Niemand is het oneens.")
    assert kinds(small) == ["adjudication"]


def test_a_decision_that_cannot_be_saved_says_so_and_is_not_lost(small: Running, page: Page) -> None:
    page.goto(small.address)
    page.wait_for_load_state("networkidle")
    small.stop()
    first = press_on(page, "g")  # the next card was there already
    expect(page.locator("#unsaved")).to_be_visible()
    expect(page.locator("#unsaved")).to_contain_text("1 beslissing is nog niet opgeslagen")
    small.start()
    expect(page.locator("#unsaved")).to_be_hidden(timeout=15_000)
    assert [done.event.triple for done in small.review.history("anna") if done.event.kind == "decision"] == [first]


def test_a_decision_that_was_not_saved_outlives_the_page(small: Running, page: Page) -> None:
    page.goto(small.address)
    page.wait_for_load_state("networkidle")
    small.stop()
    first = press_on(page, "g")
    expect(page.locator("#unsaved")).to_be_visible()
    small.start()
    page.goto(f"{small.address}/help")
    wait_for(lambda: kinds(small) == ["decision"])
    assert small.review.card("anna", first).status == "correct"


def test_a_hostile_article_does_nothing(serving: Callable[..., Running], page: Page) -> None:
    running = serving(record_from('"><img src=x onerror=alert(3)>.txt', HOSTILE, title="</title><script>alert(4)</script>"))
    for address in ("/", "/search", "/article", "/history"):
        page.goto(running.address + address)
        page.wait_for_load_state("networkidle")
        assert page.locator("main img, main script").count() == 0
    page.goto(running.address)
    assert "<script>alert(1)</script>" in page.locator(".reading").inner_text()


def test_without_the_script_the_forms_do(small: Running, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(small.address)
    page.get_by_role("button", name="Goed").click()
    page.locator("summary.wrong").click()
    page.get_by_role("button", name="Omgekeerd").click()
    page.get_by_role("button", name="Ongedaan").click()
    page.get_by_role("button", name="Onzeker").click()
    wait_for(lambda: len(kinds(small)) == 2)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(serving: Callable[..., Running], chromium: Browser, scheme: Literal["light", "dark"]) -> None:
    running = serving("blaasontsteking-apotheek")
    context = chromium.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    for address in ("/", "/search?text=blaas", "/article", "/dashboard", "/help", "/disputes", "/history", "/x"):
        page.goto(running.address + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
    context.close()


def test_focus_is_seen_and_landmarks_are_there(small: Running, page: Page) -> None:
    page.goto(small.address)
    press(page, "Tab")
    for _ in range(12):
        outline = page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
        )
        assert outline == "solid3px"
        press(page, "Tab")
    for role in ("banner", "navigation", "main", "complementary"):
        assert page.get_by_role(role).count() >= 1
    assert page.locator("[aria-live=polite]").count() == 1

"""The pages and forms of the app: each turns a request into one call of the review, and its answer into a page.

A form works without the script, and then leads to the next page; with it, it is sent in the background, and answered as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from itertools import islice
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pipeline.errors import HealthTriplesError, OutputError, UsageError
from pipeline.review.api import Conflict, Review
from pipeline.review.dataset import UnknownId
from pipeline.review.events import (
    AddedEntity,
    AddedTriple,
    Adjudication,
    Answer,
    Completed,
    Decision,
    Edit,
    Event,
    Reason,
    check_reviewer,
    new_key,
)
from pipeline.review.queue import Filter
from pipeline.review.sampling import BROWSED
from pipeline.review.store import Recorded
from pipeline.review.views import Card, Passage, Progress, Status
from pipeline.review.web.articles import part_of
from pipeline.review.web.charts import GROUPS, chart
from pipeline.review.web.requests import choice_of, field_of, filter_of, form_of, number_of, query_of
from pipeline.review.web.templating import STATIC, environment, static_address, static_file
from pipeline.review.web.viewer import THEMES, Viewer, Viewers, is_ours
from pipeline.review.web.words import LANGUAGES, Words, words_of
from pipeline.schema import EntityType, Polarity, RelationType

_PER_PAGE: Final = 50
_RULES_OFFERED: Final = 300
_KEY: Final = re.compile(r"[0-9a-f]{32}")
Order = Literal["queue", "article", "confidence"]
ORDERS: Final[tuple[Order, ...]] = ("queue", "article", "confidence")


class OtherReviewer(Conflict):
    """The form was made for another reviewer than the one who sends it."""


class Stale(UsageError):
    """The form was not made by this run of the app for this browser."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A form that was sent, with who sent it. ``key`` is that of the event."""

    request: Request
    viewer: Viewer
    reviewer: str
    form: dict[str, str]
    where: Filter

    def key(self, suffix: str = "") -> str:
        """The key that the page gave; with what was answered, since a page that is gone back to may be answered differently."""
        base = self.form.get("key", "")
        return f"{base if _KEY.fullmatch(base) else new_key()}{f'-{suffix}' if suffix else ''}"

    @property
    def by_script(self) -> bool:
        """Whether the script sent it."""
        return wants_json(self.request)


def wants_json(request: Request) -> bool:
    """Whether the script asks, and no person."""
    return request.headers.get("accept") == "application/json"


class Pages:
    """All routes over one review."""

    def __init__(self, review: Review, viewers: Viewers) -> None:
        self._review = review
        self._viewers = viewers

    def words(self, request: Request) -> Words:
        """The language of who asks."""
        return self._viewers.of(request).words

    def routes(self) -> list[BaseRoute]:
        """What can be asked for."""
        seen, sent = self._seen, self._sent
        return [
            Route("/static/{digest}/{name}", self.static, methods=["GET"]),
            Route("/", seen(self.queue), methods=["GET"]),
            Route("/next", seen(self.next), methods=["GET"]),
            Route("/previous", seen(self.previous), methods=["GET"]),
            Route("/triple/{triple}", seen(self.triple), methods=["GET"]),
            Route("/search", seen(self.search), methods=["GET"]),
            Route("/article", seen(self.next_article), methods=["GET"]),
            Route("/article/{article}", seen(self.article), methods=["GET"]),
            Route("/disputes", seen(self.disputes), methods=["GET"]),
            Route("/dashboard", seen(self.dashboard), methods=["GET"]),
            Route("/history", seen(self.history), methods=["GET"]),
            Route("/help", self._seen(self.help, named=False), methods=["GET"]),
            Route("/hello", self._seen(self.hello, named=False), methods=["GET"]),
            Route("/settings", self.settings, methods=["POST"]),
            Route("/decide", sent(self.decide), methods=["POST"]),
            Route("/edit", sent(self.edit), methods=["POST"]),
            Route("/adjudicate", sent(self.adjudicate), methods=["POST"]),
            Route("/undo", sent(self.undo), methods=["POST"]),
            Route("/article/{article}/triple", sent(self.add_triple), methods=["POST"]),
            Route("/article/{article}/entity", sent(self.add_entity), methods=["POST"]),
            Route("/article/{article}/wrong", sent(self.wrong_entity), methods=["POST"]),
            Route("/article/{article}/complete", sent(self.complete), methods=["POST"]),
        ]

    # what all of them share

    def render(self, request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, **values: object) -> HTMLResponse:
        """A page, or a part of one."""
        viewer = self._viewers.of(request)
        values = {"where": Filter(), "query": "", "page": template.removesuffix(".html")} | values
        choices = self._review.choices()
        values |= {
            "t": viewer.words,
            "viewer": viewer,
            "csrf": viewer.csrf,
            "key": new_key(),
            "new_key": new_key,
            "read_only": self._review.options.read_only,
            "outdated": self._review.outdated,
            "fixed_reviewer": self._viewers.fixed,
            "themes": THEMES,
            "languages": LANGUAGES,
            "relations": tuple(RelationType),
            "polarities": tuple(Polarity),
            "types": tuple(EntityType),
            "reasons": tuple(Reason),
            "statuses": (*Status, "decided", "undecided", "disputed"),
            "choices": choices,
            "rules_offered": tuple(islice(choices.rules, _RULES_OFFERED)),
            "signatures": _signatures(viewer.words.language),
            "query_of": query_of,
            "quoted": lambda text: quote(text, safe=""),
            "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        }
        response = HTMLResponse(environment().get_template(template).render(values), status_code=status)
        self._viewers.remember(viewer, request, response)
        return response

    def _seen(self, page: Callable[[Request, str], Response], *, named: bool = True) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            reviewer = self._viewers.of(request).reviewer
            if reviewer is None and named:
                return RedirectResponse("/hello", HTTPStatus.SEE_OTHER)
            return page(request, reviewer or "")

        return answer

    def _sent(self, act: Callable[[Ask], Response]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            form = await form_of(request)
            viewer = self._check(request, form)
            if self._review.options.read_only:
                raise HTTPException(HTTPStatus.FORBIDDEN, viewer.words("page.read_only"))
            if viewer.reviewer is None or form.get("reviewer", viewer.reviewer) != viewer.reviewer:
                raise OtherReviewer(viewer.words("error.other_reviewer", name=form.get("reviewer", "")))
            ask = Ask(request, viewer, viewer.reviewer, form, filter_of(request.query_params))
            return await run_in_threadpool(act, ask)

        return answer

    def _check(self, request: Request, form: dict[str, str]) -> Viewer:
        viewer = self._viewers.of(request)
        if not is_ours(viewer, form.get("csrf", "")):
            raise Stale(viewer.words("error.csrf"))
        return viewer

    def _done(self, ask: Ask, recorded: Recorded, to: str) -> Response:
        """What follows on something that was saved."""
        if not ask.by_script:
            return RedirectResponse(to, HTTPStatus.SEE_OTHER)
        return JSONResponse({"key": recorded.event.key, "to": to, "progress": self._progress(ask.viewer, ask.reviewer, ask.where)})

    def _progress(self, viewer: Viewer, reviewer: str, where: Filter) -> dict[str, str]:
        return progress_in_words(viewer, self._review.progress(reviewer, where))

    def problem(self, request: Request, error: Exception) -> Response:
        """An error as a page, or as JSON for the script."""
        status, message = _told(error)
        return self.refuse(request, status, f"error.{int(status)}", message, isinstance(error, Stale))

    def refuse(self, request: Request, status: HTTPStatus, key: str, detail: str = "", stale: bool = False) -> Response:
        """The page that says no."""
        viewer = self._viewers.of(request)
        message = detail or viewer.words.get(key, status.phrase)
        response: Response
        if wants_json(request):
            # Whoever can read this answer is a page of ours, and may have a new key for its forms.
            response = JSONResponse({"error": message} | ({"csrf": viewer.csrf} if stale else {}), status)
            self._viewers.remember(viewer, request, response)
            return response
        lead = viewer.words.get(f"error.{int(status)}")
        return self.render(request, "problem.html", status, message=message, lead="" if lead == message else lead, good=status < 400)

    # reading

    def static(self, request: Request) -> Response:
        """Style, script and icon."""
        name = request.path_params["name"]
        if name not in STATIC or request.url.path != static_address(name):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return Response(static_file(name), media_type=STATIC[name], headers={"cache-control": "public, max-age=31536000, immutable"})

    def queue(self, request: Request, reviewer: str) -> Response:
        """The triple that comes next."""
        where = filter_of(request.query_params)
        return self._card(request, reviewer, where, self._next(reviewer, where, request.query_params.get("after")))

    def next(self, request: Request, reviewer: str) -> Response:
        """The same for the script, which asks beforehand."""
        return self.queue(request, reviewer)

    def _next(self, reviewer: str, where: Filter, after: str | None) -> Card | None:
        try:
            card = self._review.next(reviewer, where, after or None)
        except UnknownId:
            card = None
        return self._review.next(reviewer, where) if card is None and after else card

    def previous(self, request: Request, reviewer: str) -> Response:
        """The triple that was decided last."""
        card = self._review.previous(reviewer)
        where = query_of(filter_of(request.query_params))
        return RedirectResponse(f"/triple/{quote(card.triple_id, safe='')}{where}" if card else f"/{where}", HTTPStatus.SEE_OTHER)

    def triple(self, request: Request, reviewer: str) -> Response:
        """A triple that was looked up."""
        return self._card(
            request, reviewer, filter_of(request.query_params), self._review.card(reviewer, request.path_params["triple"]), BROWSED.stratum
        )

    def _card(self, request: Request, reviewer: str, where: Filter, card: Card | None, stratum: str | None = None) -> Response:
        viewer = self._viewers.of(request)
        part = request.query_params.get("part") == "card"
        return self.render(
            request,
            "_card.html" if part else "queue.html",
            page="queue",
            card=card,
            stratum="" if card is None else stratum or card.stratum,
            where=where,
            query=query_of(where),
            progress=self._progress(viewer, reviewer, where),
            options=_options(card) if card else {},
            back_to="/",
        )

    def search(self, request: Request, reviewer: str) -> Response:
        """A list of triples."""
        where = filter_of(request.query_params)
        offset = number_of(request.query_params, "offset")
        asked = request.query_params.get("order", "queue")
        order: Order = next((one for one in ORDERS if one == asked), "queue")
        found = self._review.search(reviewer, where, offset, _PER_PAGE, order)
        return self.render(
            request, "search.html", where=where, query=query_of(where), found=found, order=order, orders=ORDERS, per_page=_PER_PAGE
        )  # fmt: skip

    def next_article(self, request: Request, reviewer: str) -> Response:
        """The next article that is not complete."""
        found = self._review.next_article(reviewer)
        if found is None:
            return self.render(request, "problem.html", message=self._viewers.of(request).words("article.all_done"), lead="", good=True)
        return RedirectResponse(f"/article/{quote(found, safe='')}", HTTPStatus.SEE_OTHER)

    def article(self, request: Request, reviewer: str) -> Response:
        """An article for reading, adding and completing."""
        part = part_of(
            lambda offset, limit: self._review.article(reviewer, request.path_params["article"], offset, limit),
            number_of(request.query_params, "offset"),
        )
        return self.render(request, "article.html", article=part.article, part=part, entities=_entities(part.passages))

    def disputes(self, request: Request, reviewer: str) -> Response:
        """The first triple on which reviewers differ."""
        viewer = self._viewers.of(request)
        offset = number_of(request.query_params, "offset")
        progress = self._review.progress(reviewer)
        found = self._review.disputes(reviewer, offset, 1)
        dispute = found[0] if found else None
        return self.render(
            request,
            "_dispute.html" if request.query_params.get("part") == "card" else "disputes.html",
            page="disputes",
            dispute=dispute,
            card=dispute.card if dispute else None,
            offset=offset,
            total=progress.to_adjudicate,
            progress=progress_in_words(viewer, progress),
        )

    def dashboard(self, request: Request, reviewer: str) -> Response:
        """What came out so far."""
        statistics = self._review.statistics()
        words = self._viewers.of(request).words
        return self.render(request, "dashboard.html", statistics=statistics, groups=GROUPS, chart=lambda rows: chart(rows, words))

    def history(self, request: Request, reviewer: str) -> Response:
        """What this reviewer did."""
        return self.render(request, "history.html", done=self._review.history(reviewer, 100))

    def help(self, request: Request, reviewer: str) -> Response:
        """All keys."""
        return self.render(request, "help.html")

    def hello(self, request: Request, reviewer: str) -> Response:
        """Asks for the name."""
        return self.render(request, "hello.html", names=self._review.reviewers())

    # writing

    async def settings(self, request: Request) -> Response:
        """Name, language and colours."""
        form = await form_of(request)
        self._check(request, form)
        response = RedirectResponse(local_address(form.get("to", "/")), HTTPStatus.SEE_OTHER)
        chosen: dict[str, str] = {}
        if form.get("language") in LANGUAGES:
            chosen["language"] = form["language"]
        if form.get("theme") in THEMES:
            chosen["theme"] = form["theme"]
        if "reviewer" in form and not self._viewers.fixed:
            chosen["reviewer"] = check_reviewer(form["reviewer"].strip())
        self._viewers.choose(response, **chosen)
        return response

    def decide(self, ask: Ask) -> Response:
        """Correct, wrong, unsure or skip."""
        triple = field_of(ask.form, "triple")
        answer, reason = _said(ask.form)
        recorded = self._review.decide(
            ask.reviewer,
            triple,
            answer,
            reason,
            ask.form.get("note", "").strip(),
            key=ask.key("-".join(filter(None, (answer, reason)))),
            stratum=ask.form.get("stratum", ""),
        )
        return self._done(ask, recorded, f"/{query_of(ask.where, after=triple)}")

    def edit(self, ask: Ask) -> Response:
        """What would be right."""
        triple = field_of(ask.form, "triple")
        form = ask.form
        relation = choice_of(RelationType, form["relation"], "relation") if form.get("relation") else None
        polarity = choice_of(Polarity, form["polarity"], "polarity") if form.get("polarity") else None
        recorded = self._review.edit(
            ask.reviewer,
            triple,
            key=ask.key("edit"),
            relation=relation,
            polarity=polarity,
            head=form.get("head") or None,
            tail=form.get("tail") or None,
            swap=form.get("swap") == "1",
            stratum=form.get("stratum", ""),
        )
        return self._done(ask, recorded, f"/{query_of(ask.where, after=triple)}")

    def adjudicate(self, ask: Ask) -> Response:
        """What reviewers came to."""
        answer, reason = _said(ask.form)
        recorded = self._review.adjudicate(
            ask.reviewer,
            field_of(ask.form, "triple"),
            answer,
            reason,
            ask.form.get("note", "").strip(),
            key=ask.key("-".join(filter(None, ("a", answer, reason)))),
        )
        return self._done(ask, recorded, "/disputes")

    def undo(self, ask: Ask) -> Response:
        """Take the last one back, or the one that is named."""
        recorded = self._review.undo(ask.reviewer, ask.form.get("target") or None, key=ask.key("undo"))
        if recorded is None:
            if ask.by_script:
                return JSONResponse({"key": None, "to": None})
            return RedirectResponse(f"/{query_of(ask.where)}", HTTPStatus.SEE_OTHER)
        target = getattr(recorded.event, "target", None)
        undone = next((one.event for one in self._review.history(ask.reviewer, 200) if one.event.key == target), None)
        to = "/history" if ask.form.get("from") == "history" and not ask.by_script else _address(undone, ask.where)
        return self._done(ask, recorded, to)

    def add_triple(self, ask: Ask) -> Response:
        """A triple that nobody found."""
        article = ask.request.path_params["article"]
        recorded = self._review.add_triple(
            ask.reviewer,
            article,
            field_of(ask.form, "head"),
            choice_of(RelationType, ask.form.get("relation", ""), "relation"),
            field_of(ask.form, "tail"),
            choice_of(Polarity, ask.form.get("polarity") or Polarity.AFFIRMED, "polarity"),
            key=ask.key("triple"),
        )
        return self._done(ask, recorded, self._article_address(ask))

    def add_entity(self, ask: Ask) -> Response:
        """An entity that nobody found: at a place, or by its words."""
        article = ask.request.path_params["article"]
        form = ask.form
        kind = choice_of(EntityType, form.get("type", ""), "type")
        if form.get("start"):
            start, end = number_of(form, "start"), number_of(form, "end")
        else:
            start, end = self._place(ask, field_of(form, "words"), max(number_of(form, "occurrence", 1), 1))
        recorded = self._review.add_entity(
            ask.reviewer, article, start, end, kind, form.get("concept", "").strip(), key=ask.key("entity")
        )  # fmt: skip
        return self._done(ask, recorded, self._article_address(ask))

    def _place(self, ask: Ask, text: str, occurrence: int) -> tuple[int, int]:
        part = part_of(
            lambda offset, limit: self._review.article(ask.reviewer, ask.request.path_params["article"], offset, limit),
            number_of(ask.form, "offset"),
        )
        places = (
            passage.start + match.start() for passage in part.passages for match in re.finditer(re.escape(text), passage.text)
        )  # fmt: skip
        start = next((place for number, place in enumerate(places, 1) if number == occurrence), None)
        if start is None:
            raise UsageError(ask.viewer.words("article.not_found", text=text[:60], n=occurrence))
        return start, start + len(text)

    def wrong_entity(self, ask: Ask) -> Response:
        """A mention that is none."""
        entity = field_of(ask.form, "entity")
        recorded = self._review.wrong_entity(ask.reviewer, ask.request.path_params["article"], entity, key=ask.key("wrong"))
        return self._done(ask, recorded, self._article_address(ask))

    def complete(self, ask: Ask) -> Response:
        """All that the article states was found or added."""
        recorded = self._review.complete(ask.reviewer, ask.request.path_params["article"], key=ask.key("complete"))
        return self._done(ask, recorded, self._article_address(ask))

    @staticmethod
    def _article_address(ask: Ask) -> str:
        query = query_of(Filter(), offset=number_of(ask.form, "offset"))
        return f"/article/{quote(ask.request.path_params['article'], safe='')}{query}"


def _said(form: dict[str, str]) -> tuple[Answer, Reason | None]:
    """What a button says: an answer, and behind a colon the reason."""
    answer, _, reason = field_of(form, "say").partition(":")
    return choice_of(Answer, answer, "answer"), choice_of(Reason, reason, "reason") if reason else None


def _told(error: Exception) -> tuple[HTTPStatus, str]:
    """Status and line of an error."""
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        return status, "" if error.detail == status.phrase else error.detail
    kinds: tuple[tuple[type[Exception], HTTPStatus], ...] = (
        (Stale, HTTPStatus.FORBIDDEN),
        (UnknownId, HTTPStatus.NOT_FOUND),
        (Conflict, HTTPStatus.CONFLICT),
        (UsageError, HTTPStatus.BAD_REQUEST),
        (OutputError, HTTPStatus.INTERNAL_SERVER_ERROR),
        (HealthTriplesError, HTTPStatus.INTERNAL_SERVER_ERROR),
    )
    return next(((status, str(error)) for kind, status in kinds if isinstance(error, kind)), (HTTPStatus.INTERNAL_SERVER_ERROR, ""))


def local_address(text: str) -> str:
    """An address of the app itself; its first page for any other."""
    parts = urlsplit(text.replace("\\", "/"))
    return text if text.startswith("/") and not (parts.scheme or parts.netloc) and text.isprintable() else "/"


def _address(event: Event | None, where: Filter) -> str:
    """Where to look at what an event was about."""
    if isinstance(event, Decision | Edit):
        return f"/triple/{quote(event.triple, safe='')}{query_of(where)}"
    if isinstance(event, Adjudication):
        return "/disputes"
    if isinstance(event, AddedTriple | AddedEntity | Completed):
        return f"/article/{quote(event.article, safe='')}"
    return "/history"


def progress_in_words(viewer: Viewer, progress: Progress) -> dict[str, str]:
    """Progress for reading; the script writes the same fields anew."""
    t = viewer.words
    minutes = progress.minutes_left
    if minutes is None or progress.left == 0:
        left = ""
    elif minutes < 90:
        left = t("progress.minutes", n=t.number(max(1, round(minutes))))
    else:
        left = t("progress.hours", n=t.number(round(minutes / 60)))
    return {
        "count": t("progress.count", decided=t.number(progress.decided), total=t.number(progress.total)),
        "left": t("progress.left", n=t.number(progress.left)),
        "today": t("progress.today", n=t.number(progress.today)),
        "pace": t("progress.pace", n=t.number(progress.seconds, 1)) if progress.seconds else "",
        "time": left,
        "again": t("progress.again", n=t.number(progress.again)) if progress.again else "",
        "value": str(progress.decided),
        "max": str(max(progress.total, 1)),
        "disputes": str(progress.to_adjudicate) if progress.to_adjudicate else "",
    }


@cache
def _signatures(language: str) -> str:
    """Which relation may link which types, for the script."""
    words = words_of(language)
    kinds = [
        {"value": kind, "label": words(f"relation.{kind}"), "heads": sorted(kind.heads), "tails": sorted(kind.tails)}
        for kind in RelationType
    ]
    return json.dumps(kinds, ensure_ascii=False)


def _entities(passages: tuple[Passage, ...]) -> list[tuple[str, str, str, EntityType]]:
    """Entities of some passages: id, words, concept and type, in the order of the text."""
    found: dict[str, tuple[str, str, str, EntityType]] = {}
    for passage in passages:
        for mark in passage.marks:
            if mark.entity and mark.type:
                found.setdefault(mark.entity, (mark.entity, passage.text[mark.start : mark.end], mark.concept or "", mark.type))
    return list(found.values())


def _options(card: Card) -> dict[str, object]:
    """What a triple can be made into."""
    head, tail = card.head.type, card.tail.type
    fitting = [kind for kind in RelationType if head in kind.heads and tail in kind.tails]
    return {
        "relations": [kind for kind in fitting if kind is not card.relation],
        "swap": tail in card.relation.heads and head in card.relation.tails,
        "polarity": Polarity.AFFIRMED if card.polarity is Polarity.NEGATED else Polarity.NEGATED,
        "entities": _entities(card.passages),
    }

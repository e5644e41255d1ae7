"""The error report as a web page that needs nothing but itself: above the text what the gold has, below it what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from string import Template

from pipeline.evaluation.bootstrap import Interval
from pipeline.evaluation.evaluate import ArticleResult, Evaluation
from pipeline.evaluation.gold import GoldArticle
from pipeline.evaluation.mistakes import (
    Cause,
    EntityOutcome,
    RelationOutcome,
    entity_outcomes,
    evidence_of,
    one_line,
    relation_outcomes,
    sentence_at,
)
from pipeline.evaluation.report import title_of
from pipeline.evaluation.scores import LINKING, RELATIONS, RELAXED, Counts
from pipeline.resources import load_text
from pipeline.schema import EntityType, Polarity, RelationType

_TEMPLATE = "evaluation/report.html"
_LISTED = (RELAXED, RELATIONS, LINKING)
_NEAR = frozenset({Cause.WRONG_TYPE, Cause.WRONG_SPAN, Cause.WRONG_DIRECTION, Cause.WRONG_POLARITY})


def page(evaluation: Evaluation) -> str:
    """The whole page. Everything that comes from articles, gold or rules is escaped."""
    pairs = list(zip(evaluation.gold.articles, evaluation.articles, strict=True))
    return Template(load_text(_TEMPLATE)).substitute(
        title=escape(f"Errors of split {evaluation.gold.split}"),
        intro=escape(
            f"{len(pairs)} articles, {len(evaluation.mistakes):,} mistakes. Behind each score, in grey, its 95 % interval over articles. "
            f"Digest of gold and inputs: {evaluation.gold.digest[:16]}."
        ),
        summary=_summary(evaluation) + _by_cause(evaluation) + _by_article(evaluation.articles),
        names="".join(f'<option value="{_anchor(result.name)}">{escape(result.name)}</option>' for _, result in pairs),
        causes="".join(f'<option value="{_slug(cause)}">{escape(cause)}</option>' for cause in Cause),
        articles="".join(_article(gold, result) for gold, result in pairs),
    )


def _anchor(name: str) -> str:
    return escape(f"article-{name}")


def _slug(cause: Cause | None) -> str:
    return cause.replace(" ", "-") if cause else "right"


def _state(cause: Cause | None) -> str:
    """The class that says at a glance how bad it is."""
    return "right" if cause is None else "near" if cause in _NEAR else "bad"


# tables


def _table(header: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th scope=col>{escape(cell)}</th>" for cell in header)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>\n'


def _summary(evaluation: Evaluation) -> str:
    rows = []
    for name, counts in evaluation.totals.items():
        if counts == Counts():
            continue
        title, intervals = title_of(name), evaluation.intervals[name]
        scores = ((counts.precision, intervals.precision), (counts.recall, intervals.recall), (counts.f1, intervals.f1))
        cells = "".join(f"<td>{score:.3f}{_interval(interval)}</td>" for score, interval in scores)
        kind = "part" if title.startswith(" ") else "total"
        rows.append(
            f'<tr class="{kind}"><th scope=row>{escape(title.strip())}</th>{cells}'
            f"<td>{counts.tp:,}</td><td>{counts.fp:,}</td><td>{counts.fn:,}</td></tr>"
        )
    return "<h2>Scores</h2>" + _table(("", "precision", "recall", "F1", "hits", "false", "missed"), rows)


def _interval(interval: Interval) -> str:
    return f"<small>{interval.low:.3f}–{interval.high:.3f}</small>"


def _by_cause(evaluation: Evaluation) -> str:
    counts = Counter((mistake.cause, mistake.kind) for mistake in evaluation.mistakes)
    rows = (
        f"<tr><th scope=row>{escape(cause)}</th><td>{counts[cause, 'entity']:,}</td><td>{counts[cause, 'relation']:,}</td></tr>"
        for cause in Cause
    )
    return "<h2>Mistakes by cause</h2>" + _table(("", "entities", "relations"), rows)


def _by_article(results: Sequence[ArticleResult]) -> str:
    rows = (
        f'<tr><th scope=row><a href="#{_anchor(result.name)}">{escape(result.name)}</a></th>'
        + "".join(f"<td>{result.counts[name].f1:.3f}</td>" for name in _LISTED)
        + f"<td>{len(result.mistakes):,}</td></tr>"
        for result in results
    )
    return "<h2>Articles</h2>" + _table(("F1", *_LISTED, "mistakes"), rows)


# an article


def _article(gold: GoldArticle, result: ArticleResult) -> str:
    entities = list(entity_outcomes(gold.document, result.prediction))
    relations = list(relation_outcomes(gold.document, result.prediction))
    scores = " · ".join(f"{name} {result.counts[name].f1:.3f}" for name in _LISTED)
    rejected = f'<p class="badge">rejected: {escape(result.rejected)}</p>' if result.rejected else ""
    return (
        f'<details class="article" id="{_anchor(result.name)}"><summary><b>{escape(result.name)}</b>'
        f'<span class="soft small">{escape(scores)} · {len(result.mistakes):,} mistakes</span></summary>{rejected}'
        f'<div class="text">{_text(gold.text, entities)}</div>'
        f"{_list('Mentions that are not right', (_entity(gold, outcome) for outcome in entities if outcome.cause))}"
        f"{_list('Relations', (_relation(gold, outcome) for outcome in relations))}</details>\n"
    )


def _list(title: str, items: Iterable[str]) -> str:
    content = "".join(items)
    return f"<section><h3>{escape(title)}</h3><ul>{content}</ul></section>" if content else ""


@dataclass(frozen=True, slots=True)
class _Lane:
    """A mention in one of the two lanes of the text."""

    start: int
    end: int
    type: EntityType
    cause: Cause | None
    says: str


def _text(text: str, outcomes: Iterable[EntityOutcome]) -> str:
    """The lines of an article with both lanes; what lies where nothing else begins or ends is one piece."""
    outcomes = list(outcomes)
    gold = [_Lane(o.gold.start, o.gold.end, o.gold.type, o.cause, f"gold: {o.gold.type} = {o.gold.concept}") for o in outcomes if o.gold]
    found = [_Lane(o.found.start, o.found.end, o.found.type, o.cause, f"found: {o.found.type}") for o in outcomes if o.found]
    breaks = {position for number, sign in enumerate(text) if sign == "\n" for position in (number, number + 1)}
    cuts = sorted({0, len(text), *breaks, *(p for lane in (*gold, *found) for p in (lane.start, lane.end) if 0 <= p <= len(text))})
    above, below = _covering(gold, cuts), _covering(found, cuts)
    lines: list[list[str]] = [[]]
    for (start, end), up, down in zip(pairwise(cuts), above, below, strict=True):
        piece = text[start:end]
        if piece == "\n":
            lines.append([])
        else:
            lines[-1].append(_piece(piece, start, up, down) if up or down else escape(piece))
    return "".join(_line("".join(pieces)) for pieces in lines)


def _line(content: str) -> str:
    """A line of the text, with room above and below where it has mentions."""
    return f'<p class="lanes">{content}</p>' if "<" in content else f"<p>{content}</p>"


def _covering(lanes: Sequence[_Lane], cuts: Sequence[int]) -> list[_Lane | None]:
    """For each piece between two cuts the mention that covers it, the first where several do."""
    covering: list[_Lane | None] = [None] * (len(cuts) - 1)
    index = {position: number for number, position in enumerate(cuts)}
    for lane in sorted(lanes, key=lambda lane: (lane.start, lane.end)):
        for number in range(index.get(lane.start, 0), index.get(lane.end, 0)):
            covering[number] = covering[number] or lane
    return covering


def _piece(text: str, start: int, up: _Lane | None, down: _Lane | None) -> str:
    """A piece of a mention: its lines, and where a mention begins the letter of its type and a sign of what is wrong."""
    lanes = [lane for lane in (up, down) if lane]
    cause = next((lane.cause for lane in lanes if lane.cause), None)
    classes = ["m", _state(cause)]
    labels = ""
    for lane, border, place in ((up, "g", "up"), (down, "f", "down")):
        if lane:
            classes += [border, f"{border}{lane.type[0]}"]
            sign = {"right": "", "near": " ~", "bad": " ✗"}[_state(lane.cause)]
            labels += f'<i class="{place}" aria-hidden="true">{lane.type[0]}{sign}</i>' if lane.start == start else ""
    anchor = f"<span>{labels}</span>" if labels else ""
    says = "; ".join([lane.says for lane in lanes] + ([cause] if cause else []))
    return f'<span class="{" ".join(classes)}" data-cause="{_slug(cause)}" title="{escape(says)}">{anchor}{escape(text)}</span>'


def _outcome(cause: Cause | None, what: str, context: str, note: str) -> str:
    lines = "".join(f'<div class="soft small">{escape(line)}</div>' for line in (context, note) if line)
    badge = f'<span class="badge {_state(cause)}">{escape(cause or "right")}</span>'
    return f'<li class="o" data-cause="{_slug(cause)}">{badge}<div>{what}{lines}</div></li>'


def _entity(article: GoldArticle, outcome: EntityOutcome) -> str:
    gold, found = outcome.gold, outcome.found
    sides = []
    if gold:
        sides.append(f"gold {_typed(gold.type, gold.text)} = {escape(gold.concept)}")
    if found:
        sides.append(f"found {_typed(found.type, found.text)}")
    context = sentence_at(article.text, gold.start, gold.end) if gold else found.context if found else ""
    return _outcome(outcome.cause, "<br>".join(sides), one_line(context), "")


def _typed(kind: EntityType, text: str) -> str:
    return f'<span class="type {kind[0]}">{escape(one_line(text))}</span> <span class="soft small">{kind.lower()}</span>'


def _relation(article: GoldArticle, outcome: RelationOutcome) -> str:
    gold, found = outcome.gold, outcome.found
    sides = []
    if gold:
        sides.append((f"{'gold ' if found and outcome.cause else ''}", _stated(gold.head, gold.type, gold.tail, gold.polarity)))
    if found and outcome.cause:
        head, kind, tail, polarity = outcome.key or (found.head.text, found.type, found.tail.text, found.polarity)
        sides.append(("found ", _stated(head, kind, tail, polarity)))
    what = "<br>".join(f"{label}{side}" for label, side in sides)
    context = found.context if found else evidence_of(article, outcome)
    return _outcome(outcome.cause, what, one_line(context), outcome.note)


def _stated(head: str, kind: RelationType, tail: str, polarity: Polarity) -> str:
    denied = " (negated)" if polarity is Polarity.NEGATED else ""
    return f'{escape(one_line(head))} <span class="rel">{kind}</span> {escape(one_line(tail))}{denied}'

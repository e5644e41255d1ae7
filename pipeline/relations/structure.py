"""Relations that the structure states: a list under *Oorzaken*, paragraphs under *Behandeling*, a term and its definition.

Which frame (:mod:`~pipeline.relations.frames`) holds for a block, what its other side is (named there, or the subject of the
section), and which mentions of the block take part. An item's own words come first: a mention that its sentence already relates to
something else is left to those words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.article import Link, Mention
from pipeline.language import Analysis
from pipeline.references import Subjects
from pipeline.relations.assertion import Negations, is_denied, negations_of
from pipeline.relations.cues import relation_type
from pipeline.relations.frames import (
    Frame,
    advises_against,
    continues,
    denies,
    denies_item,
    frames_of,
    goes_on,
    is_neutral,
    is_prevention,
    lists_ingredients,
    names_option,
    permits,
)
from pipeline.relations.skeleton import Place, Skeleton
from pipeline.relations.tables import Tables
from pipeline.schema import BlockKind, Certainty, EntityType, Polarity, RelationType

_ITEM_CONFIDENCE = 0.8
_PARAGRAPH_CONFIDENCE = 0.6
# In an item, what is contained in a member or causes it does not itself take part in what the heading says.
_EXPLAINING = frozenset({RelationType.CONTAINS, RelationType.CAUSES, RelationType.DEFICIENCY_CAUSES})
_ADVISED = frozenset({RelationType.TREATS, RelationType.PREVENTS})
# What a sentence may open that another one before the list goes on with, of its subject: Overgewicht is de grootste boosdoener. Verder:
_OPENED = frozenset({RelationType.CAUSES, RelationType.HAS_SYMPTOM, RelationType.CONSULT, RelationType.PRESCRIBES})
_MAIN_HEADING = 2  # the level of a section's heading; deeper ones are its parts
_FRAMING = frozenset({BlockKind.HEADING, BlockKind.LEAD_IN, BlockKind.TITLE, BlockKind.LIST_ITEM})
_ITEMS = frozenset({BlockKind.LIST_ITEM, BlockKind.TABLE_ROW})
_NAMES = frozenset({BlockKind.HEADING, BlockKind.LEAD_IN})
_LABELLED = _ITEMS | {BlockKind.PARAGRAPH}
_LABEL_ENDS = frozenset({":", "|"})
_HEADS_ITEM = frozenset({":", "-", "–", "—"})
_LACK = "tekort"
_MAX_LABEL = 6  # words
_MEMBERS = _ITEMS | _NAMES | {BlockKind.PARAGRAPH}


@dataclass(frozen=True, slots=True)
class _Said:
    """What the words of a sentence say of whatever it lists: that it is ``denied`` or ``not_so``, ``permits``, ``prevents``, is advised
    ``against``.
    """

    denied: bool
    not_so: bool
    permits: bool
    negations: Negations
    prevents: bool
    against: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A frame as it stands in the article: where it is written, and its other side (mention numbers)."""

    frame: Frame
    sentence: int
    others: tuple[int, ...]
    label: int = 0
    """The words of the sentence that say it, where it is said of the rest of the sentence."""

    def evidence(self, sentence: int) -> tuple[int, ...]:
        """The sentences that state it of what one of them names."""
        return (sentence,) if sentence == self.sentence else (self.sentence, sentence)


def family(analysis: Analysis, mention: Mention) -> frozenset[str]:
    """The concept of a mention with all its broader concepts: *nachtelijke kramp* is no cause of *kramp*."""
    names = [mention.concept]
    broader = mention.broader
    while broader is not None and broader not in names:
        names.append(broader)
        concept = analysis.concept(mention.type, broader)
        broader = concept.broader if concept else None
    return frozenset(names)


def _leading(skeleton: Skeleton, members: Sequence[Place], type_: RelationType) -> Iterator[Place]:
    """The first member of an item with what is coordinated with it: what follows explains it. Complaints that come together are all seen
    by the same specialist: *hoofdpijn met koorts*.
    """
    places = skeleton.places
    index = places.index(members[0])
    yield members[0]
    for place in places[index + 1 :]:
        if not place.linked and not (type_ is RelationType.CONSULT and place.prep == "met"):
            return
        if place in members:
            yield place


def _denied(frame: Frame) -> Frame:
    """The frame in a heading or lead-in that denies it; one of advice against something says so by its own words."""
    return frame if frame.type is RelationType.CONTRAINDICATED_FOR else replace(frame, polarity=Polarity.NEGATED)


def _spelled_out(skeleton: Skeleton, end: int | None = None) -> str:
    """The text of a heading, lead-in or label (up to ``end``), with the word for a lack that only a reference means: *Tekenen van een
    tekort*.
    """
    lacking = {place.unit for place in skeleton.places if place.deficient}
    if not lacking and end is None:
        return skeleton.text
    return " ".join(f"{_LACK} {word}" if unit in lacking else word for unit, word in enumerate(skeleton.words[:end]))


class Structure:
    """The statements that hold for each block of an article."""

    def __init__(
        self,
        analysis: Analysis,
        mentions: Sequence[Mention],
        subjects: Subjects,
        skeletons: Sequence[Skeleton],
        own_words: Mapping[int, Sequence[Link]],
    ) -> None:
        """``own_words``: what each sentence states by itself."""
        self._analysis = analysis
        self._mentions = mentions
        self._subjects = subjects
        self._skeletons = skeletons
        self._own_words = own_words
        self._tables = Tables(analysis, mentions, subjects, skeletons, own_words)
        self._stated: dict[int, tuple[Statement, ...]] = {}
        self._over: dict[tuple[int | None, bool], tuple[Statement, ...]] = {}
        self._said: dict[int, _Said] = {}

    def links(self) -> Iterator[Link]:
        """All links by structure."""
        for block, item in enumerate(self._analysis.article.blocks):
            header = self._tables.header(block)
            if header is not None:
                yield from self._tables.links(block, header)
            elif item.kind in _MEMBERS:
                over = self._statements_over(block)
                if not over or item.kind is not BlockKind.LIST_ITEM:  # in a list that says something, labels divide it: medicijnen, voeding
                    over = (
                        self._statements_of_label(block, BlockKind.LEAD_IN) or over or self._statements_of_label(block, BlockKind.TABLE_ROW)
                    )
                for statement in over:
                    yield from self._member_links(block, statement)

    def _statements_of_label(self, block: int, kind: BlockKind) -> tuple[Statement, ...]:
        """What the first words of a block state of the others (*Oorzaken: stress*, or the first of two cells): what they would as a
        lead-in, or as the first cell of a row.
        """
        first, end = self._analysis.block_sentences[block]
        if first == end or self._analysis.article.blocks[block].kind not in _LABELLED:
            return ()
        words, places = self._skeletons[first].words, self._skeletons[first].places
        label = next((n for n, word in enumerate(words[: _MAX_LABEL + 1]) if word in _LABEL_ENDS), 0)
        if not label or words.count("|") > 1 or not places or places[-1].unit < label:
            return ()
        named = frozenset(place.type for place in places if place.unit < label)
        text = _spelled_out(self._skeletons[first], label)
        frames = self._frames(block, text, named, kind)
        if denies(text):
            frames = tuple(frame if frame.members & named else _denied(frame) for frame in frames)  # what it names is what it denies
        return tuple(self._sentence_statements(block, first, frames, label))

    def _statements_over(self, block: int) -> tuple[Statement, ...]:
        """The statements of the nearest block above that states any.

        A lead-in or a sub-heading that states nothing passes on what stands above it; the title speaks only of lists that no
        heading separates from it.
        """
        block_ = self._analysis.article.blocks[block]
        if block_.kind is BlockKind.HEADING and self._is_option(block):
            before = tuple(s for s in self._statements_before(block) if s.frame.type in _ADVISED)
            if before or not self._is_numbered(block):  # Vijf middelen tegen migraine: 1. Acupunctuur
                return before
        key = (block_.parent, block_.kind is BlockKind.PARAGRAPH)
        found = self._over.get(key)
        if found is None:
            found = self._over[key] = self._find_over(block)
        return found

    def _find_over(self, block: int) -> tuple[Statement, ...]:
        """The statements over a block, which are those over all of its kind that stand side by side with it."""
        blocks = self._analysis.article.blocks
        below_heading = False
        nearer: list[int] = []
        additional: tuple[Statement, ...] = ()
        divided: tuple[Statement, ...] = ()
        for ancestor in self._analysis.article.ancestors(block):
            kind = blocks[ancestor].kind
            if kind not in _FRAMING or (kind is BlockKind.TITLE and (below_heading or blocks[block].kind is BlockKind.PARAGRAPH)):
                continue
            stated = self._statements_of(ancestor)
            if kind is BlockKind.LIST_ITEM and not self._opens_list(ancestor):
                divided = divided or stated  # an item without a colon divides what stands above, where that says something
                continue
            if not stated and kind is BlockKind.HEADING and self._continues(ancestor):
                stated = self._statements_before(ancestor)
            if stated and all(s.frame.type is RelationType.PRESCRIBES for s in stated):
                additional = stated  # who prescribes the items does not say what they are for
            elif stated or self._is_neutral(ancestor):
                return (*additional, *(self._narrowed(statement, nearer) for statement in stated or divided))
            nearer.append(ancestor)
            below_heading = below_heading or kind is BlockKind.HEADING
        return divided or additional

    def _is_option(self, heading: int) -> bool:
        """Whether a heading is hardly more than a remedy: an option under a heading of treatment that has no level of its own
        (*Fysiotherapie*).
        """
        first, _ = self._analysis.block_sentences[heading]
        return names_option(self._skeletons[first].text)

    def _is_numbered(self, heading: int) -> bool:
        """Whether a heading begins with a number: *1. Acupunctuur*."""
        first, _ = self._analysis.block_sentences[heading]
        return self._skeletons[first].words[0].rstrip(".)").isdigit()

    def _narrowed(self, statement: Statement, nearer: Sequence[int]) -> Statement:
        """The statement with the other side that a heading between it and its member names (*Vermoeidheid* under *Behandeling*)."""
        for block in nearer:
            named = [n for n in self._subjects.in_block(block) if self._mentions[n].type in statement.frame.others]
            if named and self._analysis.article.blocks[block].kind is BlockKind.HEADING:
                return replace(statement, others=tuple(named[:1]))
        return statement

    def _is_neutral(self, block: int) -> bool:
        """Whether a heading or lead-in says something that is no frame, so that it does not pass on what stands above it (*drie
        soorten:*).
        """
        first, end = self._analysis.block_sentences[block]
        return any(is_neutral(self._skeletons[s].text) for s in range(first, end))

    def _continues(self, heading: int) -> bool:
        """Whether a heading only divides what the heading before it speaks of (*Vaak*, *Baby's*)."""
        first, end = self._analysis.block_sentences[heading]
        return any(continues(self._skeletons[s].text) for s in range(first, end))

    def _statements_before(self, heading: int) -> tuple[Statement, ...]:
        """The statements of the nearest earlier heading that is neither a mere division nor an option."""
        blocks = self._analysis.article.blocks
        for earlier in range(heading - 1, -1, -1):
            if blocks[earlier].kind is BlockKind.TITLE:
                break
            if blocks[earlier].kind is BlockKind.HEADING and not self._continues(earlier) and not self._is_option(earlier):
                return self._statements_of(earlier)
        return ()

    def _statements_of(self, block: int) -> tuple[Statement, ...]:
        if block not in self._stated:
            self._stated[block] = tuple(self._read_statements(block))
        return self._stated[block]

    def _read_statements(self, block: int) -> Iterator[Statement]:
        kind = self._analysis.article.blocks[block].kind
        first, end = self._analysis.block_sentences[block]
        if kind is BlockKind.LIST_ITEM and not self._opens_list(block) and len(self._skeletons[first].words) > _MAX_LABEL:
            return
        is_lead_in = kind is BlockKind.LEAD_IN
        for sentence in range(end - 1, first - 1, -1) if is_lead_in else range(first, end):
            frames = self._sentence_frames(block, sentence)
            introduces = not is_lead_in or sentence == end - 1
            if frames:
                if not introduces:
                    frames = tuple(frame for frame in frames if self._may_open(frame, sentence, end))
                if sentence == end - 1 and denies(self._skeletons[sentence].text):  # another sentence goes on: Sommigen klagen echter over:
                    frames = tuple(map(_denied, frames))
                yield from self._sentence_statements(block, sentence, frames, of_subject=not introduces)
                return

    def _may_open(self, frame: Frame, sentence: int, end: int) -> bool:
        """Whether a sentence before the last of a lead-in (which ends before ``end``) may say what its list is: advice does so right before
        it, where it names nothing that it is for.
        """
        if frame.type in _OPENED:
            return True
        names = any(place.type in frame.others for place in self._skeletons[sentence].places)
        return frame.type is RelationType.TREATS and sentence == end - 2 and not names

    def _sentence_frames(self, block: int, sentence: int) -> tuple[Frame, ...]:
        skeleton = self._skeletons[sentence]
        named = frozenset(place.type for place in skeleton.places)
        return self._frames(block, _spelled_out(skeleton), named, self._analysis.article.blocks[block].kind)

    def _frames(self, block: int, text: str, named: frozenset[EntityType], kind: BlockKind) -> tuple[Frame, ...]:
        about = () if named else (type_ for type_, _ in self._subjects.of_each_type(block))
        return frames_of(text, named, frozenset(about), kind)

    def _sentence_statements(
        self, block: int, sentence: int, frames: Sequence[Frame], label: int = 0, *, of_subject: bool = False
    ) -> Iterator[Statement]:
        """What a sentence states with some frames, or its first words if these are a ``label``; with ``of_subject`` it speaks of that
        whatever it names, unless that is who prescribes.
        """
        kind = self._analysis.article.blocks[block].kind
        inside = [place.mention for place in self._skeletons[sentence].places if not label or place.unit < label]
        for frame in frames:
            others = tuple(n for n in inside if self._mentions[n].type in frame.others)
            if of_subject and frame.type is not RelationType.PRESCRIBES:
                others = ()
            if (frame.type is RelationType.CONTAINS or kind is not BlockKind.LEAD_IN) and frame.type is not RelationType.CONSULT:
                others = others[:1]
            if not others:
                subject = self._subjects.of_block(block, frame.others)
                others = () if subject is None else (subject,)
            yield Statement(frame, sentence, others, label)

    def _member_links(self, block: int, statement: Statement) -> Iterator[Link]:
        kind = self._analysis.article.blocks[block].kind
        may_state = statement.label or kind in statement.frame.kinds
        if not may_state and not (kind in _NAMES and self._stands_alone(block)):
            return
        is_item = kind in _ITEMS or statement.label > 0
        if statement.frame.type is RelationType.CONSULT and is_item and self._names_both(block):
            yield from self._consult_pairs(block, statement)
            return
        if statement.frame.type is RelationType.CONTAINS and statement.frame.member_is_head and is_item:
            statement = self._of_label(block, statement)
        confidence = _ITEM_CONFIDENCE if is_item else _PARAGRAPH_CONFIDENCE
        for sentence, place, against in self._members(block, statement, first_only=is_item):
            yield from self._link(statement, place, statement.evidence(sentence), confidence, against=against)

    def _of_label(self, block: int, statement: Statement) -> Statement:
        """The statement of what the item itself is headed with, if anything: *Vitamine E: zonnebloemolie* under sources of vitamins."""
        first, end = self._analysis.block_sentences[block]
        skeleton = self._skeletons[first] if first < end else None
        if skeleton is None or not skeleton.places or skeleton.places[0].type not in statement.frame.others:
            return statement
        label = skeleton.places[0]
        behind = label.unit + 1
        if skeleton.words[behind : behind + 1] == ("(",) and ")" in skeleton.words[behind:]:
            behind = skeleton.words.index(")", behind) + 1
        if not _HEADS_ITEM.intersection(skeleton.words[behind : behind + 1]):
            return statement
        names = family(self._analysis, self._mentions[label.mention])
        wider = (n for n in statement.others if self._mentions[n].concept in names)  # K1: kaas under sources of vitamin K
        return replace(statement, others=tuple(dict.fromkeys((label.mention, *wider))))

    def _names_both(self, block: int) -> bool:
        types = {self._mentions[n].type for n in self._subjects.in_block(block)}
        return {EntityType.CONDITION, EntityType.SPECIALIST} <= types

    def _consult_pairs(self, block: int, statement: Statement) -> Iterator[Link]:
        """An item that names complaints and whom to see for them: *Uroloog: bij nierstenen*."""
        for sentence in range(*self._analysis.block_sentences[block]):
            if self._own_words.get(sentence):
                continue
            places = self._skeletons[sentence].places
            for head in (p for p in places if p.type is EntityType.CONDITION):
                for tail in (p for p in places if p.type is EntityType.SPECIALIST):
                    yield Link(
                        RelationType.CONSULT,
                        head.mention,
                        tail.mention,
                        Polarity.AFFIRMED,
                        Certainty.STATED,
                        _ITEM_CONFIDENCE,
                        statement.evidence(sentence),
                        f"frame:{statement.frame.id}",
                    )

    def _opens_list(self, block: int) -> bool:
        article = self._analysis.article
        return article.text.endswith(":", article.blocks[block].start, article.blocks[block].end)

    def _stands_alone(self, block: int) -> bool:
        """Whether a sub-heading or the term of a definition list is itself an item of what stands above it: it names something and
        states nothing (*Paracetamol* under *Behandeling*).
        """
        article = self._analysis.article
        if article.blocks[block].kind is BlockKind.LEAD_IN:
            return not self._statements_of(block) and not self._opens_list(block)
        return not self._statements_of(block) or article.blocks[block].level > _MAIN_HEADING or self._is_option(block)

    def _members(self, block: int, statement: Statement, first_only: bool) -> Iterator[tuple[int, Place, bool]]:
        """The mentions of a block that take part, with their sentences, and whether they are advised against: of an item those of the first
        sentence that has any, and of what goes on with it (*Soms ook ...*).
        """
        others = {self._mentions[n].concept for n in statement.others}
        families = set().union(*(family(self._analysis, self._mentions[n]) for n in statement.others))
        complete = False
        for sentence in range(*self._analysis.block_sentences[block]):
            skeleton = self._skeletons[sentence]
            if complete and not goes_on(skeleton.text):
                return
            if skeleton.words and skeleton.words[-1] == "?":
                continue
            if lists_ingredients(skeleton.text):
                continue
            if not first_only and (self._own_words.get(sentence) or self._strays(skeleton, statement.frame, families)):
                continue
            against = first_only and self._is_advised_against(block, sentence, statement.frame)
            if not against and self._says_otherwise(skeleton, statement.frame, first_only):
                continue
            members = [
                place
                for place in skeleton.places
                if place.type in statement.frame.members
                and not (place.denied and not statement.frame.member_is_head and statement.frame.type in _ADVISED)
                and (sentence != statement.sentence or place.unit > statement.label)
                and self._mentions[place.mention].concept not in families
                and not others & family(self._analysis, self._mentions[place.mention])
                and not self._claimed(sentence, place.mention, statement.frame, others)
            ]
            if members and first_only and statement.frame.leading:
                members = list(_leading(skeleton, members, statement.frame.type))
            yield from ((sentence, place, against) for place in members)
            complete = complete or (first_only and bool(members))

    def _is_advised_against(self, block: int, sentence: int, frame: Frame) -> bool:
        """Whether an item under a frame of advice, or a sentence after it that names nothing, advises against it (*Liever niet*)."""
        if frame.type not in _ADVISED or not frame.member_is_head:
            return False
        end = self._analysis.block_sentences[block][1]
        about = [s for s in range(sentence, min(sentence + 2, end)) if s == sentence or not self._skeletons[s].places]
        return any(self._said_by(s).against for s in about)

    def _said_by(self, sentence: int) -> _Said:
        """What a sentence says of all its members: there may be thousands in one."""
        said = self._said.get(sentence)
        if said is None:
            skeleton = self._skeletons[sentence]
            text = skeleton.text
            prevents, against = is_prevention(text), advises_against(text)
            said = self._said[sentence] = _Said(
                is_denied(skeleton), denies_item(text), permits(text), negations_of(skeleton), prevents, against
            )
        return said

    def _strays(self, skeleton: Skeleton, frame: Frame, families: set[str]) -> bool:
        """Whether a sentence of running text speaks of another condition than those of the families that the frame is about."""
        if EntityType.CONDITION in frame.members:
            return False
        return any(
            place.type is EntityType.CONDITION and not families & family(self._analysis, self._mentions[place.mention])
            for place in skeleton.places
        )

    def _says_otherwise(self, skeleton: Skeleton, frame: Frame, is_item: bool) -> bool:
        """Whether a sentence neither makes what it names a member (an advice, a symptom) nor denies that it is one.

        A list item names its member whatever it goes on to say, unless the frame is about advice.
        """
        if frame.unfit is None or (is_item and frame.type not in _ADVISED):
            return False
        if frame.type in _ADVISED and (is_denied(skeleton) or any(place.denied or place.excess for place in skeleton.places)):
            return False
        return frame.unfit.search(skeleton.text) is not None

    def _claimed(self, sentence: int, mention: int, frame: Frame, others: set[str]) -> bool:
        """Whether the sentence's own words say what the mention does: the frame's relation to another thing, a relation to the
        frame's own other side, the cause or the content of a member.
        """
        concept = self._mentions[mention].concept
        for link in self._own_words.get(sentence, ()):
            head, tail = self._mentions[link.head].concept, self._mentions[link.tail].concept
            if concept not in (head, tail):
                continue
            partner = tail if concept == head else head
            if partner in others:
                return True
            as_head = concept == head
            if link.type is frame.type and as_head == frame.member_is_head:
                return True
            if link.type in _EXPLAINING and as_head is not (link.type is RelationType.CONTAINS):
                return True
        return False

    def _link(self, statement: Statement, member: Place, evidence: tuple[int, ...], confidence: float, *, against: bool) -> Iterator[Link]:
        frame, said = statement.frame, self._said_by(evidence[-1])
        is_advice = frame.member_is_head and frame.type in _ADVISED
        advised_against = against or (is_advice and (member.denied or member.excess))  # drink geen koffie
        denied = member.denied or said.denied or frame.polarity is Polarity.NEGATED
        denied = denied or (said.permits if frame.type is RelationType.CONTRAINDICATED_FOR else said.not_so)
        if not frame.member_is_head and frame.type in _ADVISED:
            denied = denied or said.negations.reach(member.unit)  # under what it is for: het helpt niet tegen hoofdpijn
        denied = denied and not advised_against
        for other in statement.others:
            other_place = Place(-1, other, self._mentions[other].type, None, False, False, False, False)
            head, tail = (member, other_place) if frame.member_is_head else (other_place, member)
            type_ = RelationType.CONTRAINDICATED_FOR if advised_against else relation_type(frame.type, head, tail)
            if type_ is RelationType.TREATS and not frame.member_is_head and said.prevents:
                type_ = RelationType.PREVENTS
            if type_ is None or head.type not in type_.heads or tail.type not in type_.tails:
                continue
            polarity = Polarity.NEGATED if denied else Polarity.AFFIRMED
            yield Link(type_, head.mention, tail.mention, polarity, Certainty.STATED, confidence, evidence, f"frame:{frame.id}")

"""Label Studio: one file of tasks with their annotations, and the configuration for a project.

Concepts are a text area of each region, alternative types a choice; a second label says that a relation is negated. Evidence has no place
in the tool, so it lies with the task's data, which comes back with every export.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.authoring import read_text
from pipeline.evaluation.interchange.annotated import Annotated, Mark, Statement, assemble, spokesmen
from pipeline.schema import EntityType, Polarity, RelationType

_TASKS, _CONFIGURATION = "label-studio.json", "label-studio.xml"


class _Value(BaseModel):
    start: int = 0
    end: int = 0
    text: str | list[str] = ""
    labels: list[str] = Field(default_factory=list)
    choices: list[str] = Field(default_factory=list)


class _Result(BaseModel):
    type: str
    id: str = ""
    value: _Value = Field(default_factory=_Value)
    from_id: str = ""
    to_id: str = ""
    direction: str = "right"
    labels: list[str] = Field(default_factory=list)


class _Annotation(BaseModel):
    result: list[_Result]
    was_cancelled: bool = False


class _Data(BaseModel):
    text: str
    source: str = ""
    evidence: dict[str, list[tuple[int, int]]] = Field(default_factory=dict)


class _Task(BaseModel):
    data: _Data
    annotations: list[_Annotation] = Field(default_factory=list)


_FILE = TypeAdapter(list[_Task])


def write(articles: Sequence[Annotated]) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files."""
    yield _TASKS, (json.dumps([_task(article) for article in articles], ensure_ascii=False, indent=1) + "\n").encode()
    yield _CONFIGURATION, _configuration().encode()


def _configuration() -> str:
    labels = "\n".join(f'    <Label value="{kind}"/>' for kind in EntityType)
    choices = "\n".join(f'    <Choice value="{kind}"/>' for kind in EntityType)
    relations = "\n".join(f'    <Relation value="{kind}"/>' for kind in (*RelationType, Polarity.NEGATED))
    return f"""<View>
  <Labels name="label" toName="text">
{labels}
  </Labels>
  <Text name="text" value="$text"/>
  <TextArea name="concept" toName="text" perRegion="true" maxSubmissions="1" placeholder="concept"/>
  <Choices name="alternative" toName="text" perRegion="true">
{choices}
  </Choices>
  <Relations>
{relations}
  </Relations>
</View>
"""


def _task(article: Annotated) -> dict[str, Any]:
    document = article.document
    ids = {entity: f"T{number}" for number, entity in enumerate(document.entities, 1)}
    ends = {concept: ids[entity] for concept, entity in spokesmen(document).items()}
    result: list[dict[str, Any]] = []
    for entity, name in ids.items():
        place = {"start": entity.start, "end": entity.end}
        common = {"id": name, "to_name": "text"}
        result.append({**common, "from_name": "label", "type": "labels", "value": {**place, "text": entity.text, "labels": [entity.type]}})
        result.append({**common, "from_name": "concept", "type": "textarea", "value": {**place, "text": [entity.concept]}})
        if entity.alt:
            result.append({**common, "from_name": "alternative", "type": "choices", "value": {**place, "choices": [entity.alt]}})
    evidence: dict[str, Any] = {}
    for relation in document.relations:
        head, tail = ends[relation.head], ends[relation.tail]
        labels = [relation.type, *([relation.polarity] if relation.polarity is Polarity.NEGATED else [])]
        result.append({"type": "relation", "from_id": head, "to_id": tail, "direction": "right", "labels": labels})
        evidence[_key(head, labels, tail)] = relation.evidence
    return {"data": {"text": article.text, "source": document.source, "evidence": evidence}, "annotations": [{"result": result}]}


def _key(head: str, labels: Sequence[str], tail: str) -> str:
    return " ".join((head, *sorted(labels), tail))


def read(path: Path) -> Iterator[Annotated]:
    """The articles of a JSON export, or of the one in a folder. Raises ResourceError that names the place."""
    file = path / _TASKS if path.is_dir() else path
    if path.is_dir() and not file.exists():
        raise UsageError(f"no {_TASKS} in {path}: name the file that was exported")
    try:
        tasks = _FILE.validate_json(read_text(file))
    except ValidationError as error:
        problem = error.errors()[0]
        raise ResourceError(f"{file}: {'.'.join(map(str, problem['loc'])) or 'file'}: {problem['msg']}") from error
    for number, task in enumerate(tasks, 1):
        yield _article(task, task.data.source or f"{file.stem}-{number}.txt", file)


def _article(task: _Task, source: str, path: Path) -> Annotated:
    """The first annotation of a task that was not skipped."""
    results = next((one.result for one in task.annotations if not one.was_cancelled), [])
    concepts = {one.id: _words(one.value.text).strip() for one in results if one.type == "textarea"}
    alternatives = {one.id: one.value.choices[0] for one in results if one.type == "choices" and one.value.choices}
    marks: dict[str, Mark] = {}
    for one in results:
        if one.type == "labels":
            try:
                alt = EntityType(alternatives[one.id]) if one.id in alternatives else None
                kind = EntityType(next(iter(one.value.labels), ""))
            except ValueError as error:
                raise ResourceError(f"{path}, {source}, region {one.id}: {error}") from error
            place = _place(one.value, task.data.text)
            if place is None:
                raise ResourceError(
                    f"{path}, {source}, region {one.id}: {_words(one.value.text)!r} is not at [{one.value.start}, {one.value.end})"
                )
            marks[one.id] = Mark(kind, *place, concepts.get(one.id, ""), alt)
    statements = (_statement(one, marks, task.data.evidence, f"{path}, {source}") for one in results if one.type == "relation")
    return assemble(source, task.data.text, marks.values(), list(statements), path)


def _words(text: str | list[str]) -> str:
    return text if isinstance(text, str) else " ".join(text)


def _place(value: _Value, text: str) -> tuple[int, int] | None:
    """Where a region stands, in code points. Older versions of the tool count UTF-16 units; the words tell which it was."""
    units = text.encode("utf-16-le")
    before, inside = units[: 2 * value.start], units[2 * value.start : 2 * value.end]
    start = len(before.decode("utf-16-le", "replace"))
    for place in ((value.start, value.end), (start, start + len(inside.decode("utf-16-le", "replace")))):
        if not value.text or text[place[0] : place[1]] == value.text:
            return place
    return None


def _statement(one: _Result, marks: Mapping[str, Mark], evidence: Mapping[str, list[tuple[int, int]]], place: str) -> Statement:
    head, tail = (one.to_id, one.from_id) if one.direction == "left" else (one.from_id, one.to_id)
    kinds = [label for label in one.labels if label != Polarity.NEGATED]
    if head not in marks or tail not in marks or len(kinds) != 1 or kinds[0] not in list(RelationType):
        raise ResourceError(f"{place}: the relation from {head} to {tail} should have one label of {', '.join(RelationType)}")
    polarity = Polarity.NEGATED if Polarity.NEGATED in one.labels else Polarity.AFFIRMED
    return Statement(RelationType(kinds[0]), marks[head], marks[tail], polarity, evidence.get(_key(head, one.labels, tail)))

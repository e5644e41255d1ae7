"""A dataset of any size, made of the blocks of ``outputs/``, to measure how tables, exports and the report stand up to it.

``python -m tests.synthetic FOLDER 100000`` writes it, ``python -m tests.synthetic --measure FOLDER`` says what it costs to use: each step
in a process of its own, with its time and its peak memory. Nothing of it is committed.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pipeline.dataset.staging import Staging
from pipeline.exports import triples_of
from pipeline.schema import ArticleRecord

Plain = dict[str, Any]
ROOT: Final = Path(__file__).parents[1]
_KEPT: Final = 0.85
"""Share of the blocks of an article that a copy of it keeps, so that hardly two copies are alike."""
_NEW: Final = 0.03
"""Share of the concepts of a copy that get a name of their own: real collections have a long tail of them."""
_TAIL: Final = 50_000


def make(folder: Path, articles: int, seed: int = 0) -> None:
    """Write ``articles.jsonl``, ``triples.jsonl`` and ``concepts.jsonl``."""
    originals = [json.loads(line) for line in (ROOT / "outputs" / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    known = {c["concept_id"]: c for c in map(json.loads, (ROOT / "outputs" / "concepts.jsonl").read_text(encoding="utf-8").splitlines())}
    chance = random.Random(seed)
    new: dict[str, str] = {}
    with Staging(folder) as staging:
        with (
            (staging.folder / "articles.jsonl").open("w", encoding="utf-8") as lines,
            (staging.folder / "triples.jsonl").open("wb") as triples,
        ):
            for number in range(articles):
                article = copy_of(originals[number % len(originals)], number, chance, new)
                lines.write(json.dumps(article, ensure_ascii=False, separators=(",", ":")) + "\n")
                triples.writelines(_triples(article))
        tail = ({**known[old], "concept_id": one, "name": one.partition(":")[2], "identifiers": []} for one, old in sorted(new.items()))
        staging.write("concepts.jsonl", "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (*known.values(), *tail)))
        staging.publish(last="")


def copy_of(original: Plain, number: int, chance: random.Random, new: dict[str, str]) -> Plain:
    """An article with some of the blocks of another, and all that stands in these; new concepts are noted in ``new``."""
    kept = [block for block in original["blocks"] if chance.random() < _KEPT] or original["blocks"][:1]
    moved: dict[str, int] = {}
    texts, end = [], 0
    for block in kept:
        moved[block["id"]] = end - block["start"]
        texts.append(original["text"][block["start"] : block["end"]])
        end += len(texts[-1]) + 1
    text = "\n".join(texts)
    home = {s["id"]: s["block"] for s in original["sentences"]}
    blocks = [shifted(b, moved[b["id"]]) | {"parent": b["parent"] if b["parent"] in moved else None} for b in kept]
    sentences = [shifted(s, moved[s["block"]]) for s in original["sentences"] if s["block"] in moved]
    entities = []
    for block in kept:
        inside = (e for e in original["entities"] if block["start"] <= e["start"] and e["end"] <= block["end"])
        entities += [shifted(e, moved[block["id"]]) for e in inside]
    names: dict[str, str] = {}
    for entity in entities:
        old = entity["concept_id"]
        if old not in names:
            names[old] = f"{entity['concept']} {chance.randrange(_TAIL)}" if chance.random() < _NEW else entity["concept"]
        if names[old] != entity["concept"]:
            entity |= {"concept": names[old], "concept_id": f"{entity['type'].lower()}:{names[old]}", "broader": None}
            new[entity["concept_id"]] = old
    known = {e["id"]: e for e in entities}
    relations = []
    for relation in original["relations"]:
        evidence = [s for s in relation["evidence"] if home[s] in moved]
        if evidence and relation["head"] in known and relation["tail"] in known:
            ends = {f"{end}_concept": known[relation[end]]["concept"] for end in ("head", "tail")}
            said = [shifted(q, moved[b["id"]]) for q in relation["qualifiers"] for b in kept if b["start"] <= q["start"] < b["end"]]
            made = {"evidence": evidence, "qualifiers": said, "confidence": round(chance.uniform(0.4, 1), 2)}
            relations.append(relation | ends | made)
    return original | {
        "article_id": f"{number:016x}",
        "source": f"synthetic/{number // 1000:03}/{number:07}.txt",
        "text": text,
        "blocks": blocks,
        "sentences": sentences,
        "entities": entities,
        "relations": relations,
    }


def shifted(item: Plain, by: int) -> Plain:
    """The same somewhere else in the text."""
    return item | {"start": item["start"] + by, "end": item["end"] + by}


def _triples(article: Plain) -> Iterator[bytes]:
    """Lines of ``triples.jsonl``; the records are not validated again, which would take most of the time."""
    entities = {e["id"]: e for e in article["entities"]}
    sentences = {s["id"]: article["text"][s["start"] : s["end"]] for s in article["sentences"]}
    for r in article["relations"]:
        ends: Plain = {}
        for end in ("head", "tail"):
            e = entities[r[end]]
            ends[end] = {f"{end}_text": e["text"], **{f"{end}_{k}": e[k] for k in ("concept", "concept_id", "type")}}
        line = {
            "schema_version": article["schema_version"],
            "triple_id": f"{article['article_id']}:{r['id']}",
            **{k: article[k] for k in ("article_id", "source", "title")},
            **ends["head"],
            "relation": r["type"],
            **ends["tail"],
            **{k: r[k] for k in ("polarity", "certainty", "confidence")},
            "evidence": [sentences[s] for s in r["evidence"]],
            "rule": r["rule"],
            "qualifiers": [q["text"] for q in r["qualifiers"]],
        }
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def check(article: Plain) -> None:
    """Raise where a made article is no valid one, or its triples are not those of the program."""
    record = ArticleRecord.model_validate(article)
    assert [json.loads(line) for line in _triples(article)] == [triple.model_dump(mode="json") for triple in triples_of(record)]


STEPS: Final = {
    "all tables": "[getattr(ds, name) for name in layout()]",
    "all but the texts": "[ds.table(n, [c.name for c in t.columns if c.name not in ('text', 'evidence')]) for n, t in layout().items()]",
    "triples": "ds.triples",
    "entities": "ds.entities",
    "triples, two columns of one relation": "ds.table('triples', ['head_concept', 'confidence'], [('relation', '=', 'TREATS')])",
    "statements": "ds.statements",
    "graph": "ds.graph()",
    "one article": "ds.article('0000000000000400')",
    "one evidence": "ds.evidence(ds.table('relations', ['relation_id'], [('article_id','=','0000000000000400')])['relation_id'][0])",
    "filter": "ds.filter(min_confidence=.9, polarity='negated').triples",
    "report": "__import__('pipeline.publishing.page', fromlist=['page']).page(ds)",
}


def measure(folder: Path, names: list[str]) -> None:
    """Seconds, seconds of processor time (other programs may have had the rest) and peak memory of each step, after the imports."""
    for name in names or STEPS:
        code = (
            "import resource,time; from pathlib import Path; from pipeline.tables import layout, load_dataset\n"
            "import pipeline.tables.statements, networkx; cpu=time.process_time()\n"
            f"start=time.perf_counter(); ds=load_dataset({str(folder)!r}); found={STEPS[name]}; took=time.perf_counter()-start\n"
            "cpu=time.process_time()-cpu; peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1e6\n"
            "print(f'{took:8.2f} s, {cpu:8.2f} s of processor time, {peak:6.2f} GB')"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        print(f"{name:<40}{done.stdout.strip() or done.stderr.strip().splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]), sys.argv[3:])
    else:
        start = time.perf_counter()
        make(Path(sys.argv[1]), int(sys.argv[2]))
        print(f"{time.perf_counter() - start:.0f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")

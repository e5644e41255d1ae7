"""How right the pipeline is, measured on articles that people annotated; annotation guidelines, section 4."""

from __future__ import annotations

from pipeline.evaluation.agreement import agree, agreement_json, agreement_table, disagreements_text
from pipeline.evaluation.authoring import author, numbered, read_text
from pipeline.evaluation.evaluate import Evaluation, evaluate
from pipeline.evaluation.gate import failures, pin
from pipeline.evaluation.gold import FLOORS_FILE, Split, gold_bytes, load_gold
from pipeline.evaluation.interchange import FormatName, export_gold, import_gold
from pipeline.evaluation.judged import judged
from pipeline.evaluation.page import page
from pipeline.evaluation.report import as_json, mistakes_text, table

__all__ = [
    "FLOORS_FILE",
    "Evaluation",
    "FormatName",
    "Split",
    "agree",
    "agreement_json",
    "agreement_table",
    "as_json",
    "author",
    "disagreements_text",
    "evaluate",
    "export_gold",
    "failures",
    "gold_bytes",
    "import_gold",
    "judged",
    "load_gold",
    "mistakes_text",
    "numbered",
    "page",
    "pin",
    "read_text",
    "table",
]

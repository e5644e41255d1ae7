"""Many articles: which files, one after the other, all or nothing on disk, and what came of it."""

from pipeline.dataset.cluster import run_on_cluster
from pipeline.dataset.duplicates import Duplicates, Signature, settle, signature
from pipeline.dataset.engine import Options, Progress, run
from pipeline.dataset.inputs import Input, Inputs, Partition, collect
from pipeline.dataset.items import Item
from pipeline.dataset.manifest import Manifest
from pipeline.dataset.schemas import SCHEMAS, json_schema
from pipeline.dataset.summary import RunSummary

__all__ = [
    "SCHEMAS",
    "Duplicates",
    "Input",
    "Inputs",
    "Item",
    "Manifest",
    "Options",
    "Partition",
    "Progress",
    "RunSummary",
    "Signature",
    "collect",
    "json_schema",
    "run",
    "run_on_cluster",
    "settle",
    "signature",
]

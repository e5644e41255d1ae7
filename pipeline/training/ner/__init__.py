"""Training of the tagger: what it is trained on, how that is changed from round to round, the learning itself, and how it is judged."""

from __future__ import annotations

from pipeline.training.ner.train import load_config, train
from pipeline.training.progress import Report

__all__ = ["Report", "load_config", "train"]

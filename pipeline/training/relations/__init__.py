"""Training of the model of relations (:mod:`pipeline.relations.model`)."""

from __future__ import annotations

from pipeline.training.relations.train import Trained, load_config, train

__all__ = ["Trained", "load_config", "train"]

"""Every error that this package raises on purpose.

    HealthTriplesError              anything below; the command line prints it as one line, without a traceback
    ├── RejectedInput               one input gives no record; carries the stage, the reason and what to do
    │   ├── UnreadableInput         missing, empty, too large, binary, undecodable          (stage: read)
    │   ├── UncleanableInput        no article is left after cleaning; another language      (stage: clean)
    │   └── InvalidRecord           the finished record breaks a rule of the schema          (stage: validate)
    ├── UsageError                  the call cannot work: no inputs, unknown format or setting
    ├── ClusterError                some partitions of a run on a cluster could not be worked on
    ├── OutputError                 the output folder or file cannot be written
    └── ResourceError               the package's own data (lexicon, rules) is malformed: file and line are named

RunInterrupted is the user's Ctrl-C (a KeyboardInterrupt, no error), with how to go on.

Stages raise; only :mod:`pipeline.dataset` catches, per article.
"""

from __future__ import annotations


class HealthTriplesError(Exception):
    """Base of all errors of this package."""


class RejectedInput(HealthTriplesError):
    """One input cannot become a record.

    ``reason`` is a short stable slug for counting (``empty``, ``too-large``, ``not-dutch`` ...); the message says what is
    wrong and what the user can do about it.
    """

    stage = "extract"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnreadableInput(RejectedInput):
    """The bytes cannot be read or decoded."""

    stage = "read"


class UncleanableInput(RejectedInput):
    """The source holds no article that this pipeline can process."""

    stage = "clean"


class InvalidRecord(RejectedInput):
    """The record that the stages built breaks a rule of the schema; it is never published."""

    stage = "validate"


class UsageError(HealthTriplesError):
    """The command or function was called in a way that cannot work."""


class OutputError(HealthTriplesError):
    """Results cannot be written to where they should go."""


class ClusterError(HealthTriplesError):
    """Parts of a run on a cluster failed, after all attempts."""


class ResourceError(HealthTriplesError):
    """A data file of the package (or of the user) is malformed."""


class RunInterrupted(KeyboardInterrupt):
    """A run was interrupted; the message says what is there and how to go on."""

"""Training of the tagger: what it is trained on, how that is changed from round to round, the learning itself, and how it is judged."""

from __future__ import annotations



"""Placeholder."""
from pipeline.cleaning.plain import scan as scan

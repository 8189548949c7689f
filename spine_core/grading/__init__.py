"""Grading: a disc's crop in, findings with probabilities out."""

from spine_core.grading.bundle import Bundle, load_bundle
from spine_core.grading.read import read_study

__all__ = ["Bundle", "load_bundle", "read_study"]

"""Grading: a disc's crop in, findings with probabilities out."""

from spine_core.grading.read import read_study
from spine_core.networks.registry import Bundle, load_bundle

__all__ = ["Bundle", "load_bundle", "read_study"]

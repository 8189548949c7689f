"""Compares a study with a prior one of the same patient.

In: two studies with their readings by the same networks. Out: a rigid registration with its residual, levels matched by
anatomy, differences of protocol, and the change of every disc as far as it exceeds the repeat error, which is measured
on pairs that did not change (``python -m spine_core.priors.measure``).
"""

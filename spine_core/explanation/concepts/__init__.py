"""Concept-based explanation: what the measurements of a disc say of a finding (concept models, Koh 2020).

In: a finding and the measurements of its disc, and the stored measurement model. Out: a ``MeasurementExplanation``:
what each measurement adds to the log-odds of the target, with its error, beside the network's grade. The model is an
ordinal regression on the measurements alone. It does not look into the network: it says whether what a radiologist
would measure leads to the same grade.
"""

"""A measurement model small enough to work out by hand."""

from spine_core.explanation.concepts.measurement_model import (
    CohortValues,
    ConditionModel,
    MeasurementError,
    MeasurementModel,
    Term,
)

NOTHING = Term(0.0, -1.0, 1.0, 0.0)


def cohort(mean, low, high):
    """Percentiles rise evenly from ``low`` to ``high`` at L4/L5."""
    return CohortValues(mean, low, high, {"L4/L5": (low, (low + high) / 2, high)}, {"L4/L5": 9}, {"L4/L5": 9})


COHORT = {
    "disc_height_index": cohort(0.3, 0.1, 0.5),
    "signal_ratio": cohort(0.4, 0.1, 0.9),
    "canal_diameter": cohort(0.4, 0.2, 0.6),
    "bulge_depth": cohort(0.1, 0.0, 0.3),
    "slip_percent": cohort(0.0, -10.0, 30.0),
}


def error(unit, half, model_half):
    """Limits of agreement of +/- ``half``, in the model's unit +/- ``model_half``."""
    half_width = (0.0, 0.0, 0.0)
    return MeasurementError(
        unit, *half_width, -half, -half, -half, half, half, half, model_half / 1.96, 20, 5, 0
    )


def condition(steps, thresholds, levels, terms, *, informative=True, prevalence=None):
    terms = {name: terms.get(name, NOTHING) for name in COHORT}
    return ConditionModel(
        steps, thresholds, levels, terms, prevalence or tuple(-one for one in thresholds), {}, informative
    )


PFIRRMANN = condition(
    ("2", "3", "4", "5"), (-2.0, -1.0, 1.0, 3.0), {"L4/L5": 0.25},
    {
        "disc_height_index": Term(-5.0, -6.0, -4.0, 0.0),
        "signal_ratio": Term(-10.0, -12.0, -8.0, 0.5),
    },
)  # fmt: skip
BULGING = condition(("1",), (0.5,), {"L4/L5": 0.0}, {"bulge_depth": Term(20.0, 15.0, 25.0, -1.0)})
MODIC = condition(("1",), (2.0,), {}, {}, informative=False)

MODEL = MeasurementModel(
    {"pfirrmann": PFIRRMANN, "bulging": BULGING, "modic": MODIC},
    COHORT,
    {
        "disc_height_index": error("", 0.04, 0.04),
        "signal_ratio": error("", 0.03, 0.03),
        "bulge_depth": error("mm", 1.2, 0.05),
    },
    {"detector": "d", "segmenter": "s"},
    "f" * 64,
)

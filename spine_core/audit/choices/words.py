"""Results of choices as a table of words."""

from __future__ import annotations

from spine_core.audit.analysis.exports.table import Table, figure
from spine_core.audit.analysis.means import Mean
from spine_core.audit.choices.results import ChoiceResults, MethodChoices
from spine_core.audit.ratings.method_names import method_label

SHOWN = (
    "Maps were shown as A, B, C on one colour scale, in another order for every learner and finding. Findings that a "
    "learner read again are left out."
)
FIGURES = (
    "Above chance: share less the one that the method would have if every learner who chose a map had drawn it. "
    "Intervals are 95 % bootstrap intervals over cases."
)


def choices_by_method(results: ChoiceResults) -> Table:
    """One row per method, the most chosen first, controls at the end."""
    ordered = sorted(results.methods, key=lambda one: (one.control, -one.chosen / max(one.shown, 1)))
    columns = ("Method", "Chosen", "Shown", "Share", "Above chance", "Above the best control", "Best control")
    note = SHOWN if results.reason else f"{SHOWN} {FIGURES}"
    return Table("Which map showed the reason best?", note, columns, tuple(map(_row, ordered)))


def _row(one: MethodChoices) -> tuple[str, ...]:
    control = "" if one.best_control is None else method_label(one.best_control)
    return (
        method_label(one.method), str(one.chosen), str(one.shown), _words(one.share), _words(one.above_chance),
        _words(one.above_control), control,
    )  # fmt: skip


def _words(mean: Mean | None) -> str:
    return "" if mean is None else figure(mean.value, mean.interval)


def agreement_words(results: ChoiceResults) -> Table:
    """Agreement between learners: one row per coefficient."""
    rows = tuple(
        (one.name, str(one.items), str(one.columns), one.reason or figure(one.value, one.interval))
        for one in results.agreement
    )
    note = "Items: maps that two learners or more were shown; chosen or not."
    return Table("Agreement between learners", note, ("Coefficient", "Items", "Learners", "Value"), rows)

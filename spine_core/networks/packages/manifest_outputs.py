"""The outputs of a manifest: conditions with their grades, and the views of the disc from which they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from spine_core.anatomy.types import LEVELS
from spine_core.networks.conditions import BY_NAME, Condition, Scale
from spine_core.networks.network import View
from spine_core.networks.outputs import BY_SCALE, Activation, Output, Outputs
from spine_core.networks.packages.record import Record, choice
from spine_core.networks.preprocessing import Preprocessing, Side
from spine_core.study.types import Weighting

MAX_OUTPUTS, MAX_GRADES = 200, 20
"""Limits of the outputs, each far above what a real network has."""


def parse_views(values: Sequence[object], inputs: Mapping[str, Preprocessing]) -> tuple[View, ...]:
    """One view per input and level that outputs are read from. Raises ``ValueError`` with the place."""
    if not 1 <= len(values) <= MAX_OUTPUTS:
        msg = f"outputs must have 1 to {MAX_OUTPUTS} entries"
        raise ValueError(msg)
    by_view: dict[tuple[str, str | None], list[Output]] = {}
    start = 0
    for number, value in enumerate(values):
        record = Record(value, f"outputs[{number}]")
        name = record.text("input", "")
        if name not in inputs:
            msg = f"{record.at('input')} is {name!r}, which is not an input of the manifest"
            raise ValueError(msg)
        level = record.text("level") if record.has("level") else None
        if level is not None and level not in LEVELS:
            msg = f"{record.at('level')} is {level!r}; it must be one of {', '.join(LEVELS)}"
            raise ValueError(msg)
        output = _output(record, start, inputs[name])
        start = output.stop
        by_view.setdefault((name, level), []).append(output)
        record.finish()
    return tuple(
        View(inputs[name], Outputs(tuple(outputs)), name, level) for (name, level), outputs in by_view.items()
    )


def _output(record: Record, start: int, preprocessing: Preprocessing) -> Output:
    condition = _condition(record, preprocessing)
    activation = choice(record, "activation", Activation, BY_SCALE[condition.scale])
    span = record.list("logits", [start, start + activation.logits(len(condition.grades))])
    if len(span) != 2 or not all(isinstance(one, int) and not isinstance(one, bool) for one in span):
        msg = f"{record.at('logits')} must be two whole numbers, the first column and the one after the last"
        raise ValueError(msg)
    try:
        return Output(condition, span[0], span[1], activation)
    except ValueError as error:
        msg = f"{record.path}: {error}"
        raise ValueError(msg) from None


def _condition(record: Record, preprocessing: Preprocessing) -> Condition:
    """A condition by its own words, or a released one of which only the name is given."""
    name = record.text("condition")
    if not record.has("grades") and name in BY_NAME:
        return BY_NAME[name]
    if not re.fullmatch(r"[a-z0-9_]{1,48}", name):
        msg = f"{record.at('condition')} is {name!r}; use lower-case letters, digits and underscores"
        raise ValueError(msg)
    grades = record.texts("grades")
    if not 2 <= len(grades) <= MAX_GRADES or len(set(grades)) != len(grades) or not all(grades):
        msg = f"{record.at('grades')} must be 2 to {MAX_GRADES} different texts"
        raise ValueError(msg)
    labels = record.texts("grade_labels", grades)
    highlighted = record.texts("highlighted", ())
    if len(labels) != len(grades) or not set(highlighted) <= set(grades):
        msg = f"{record.path}: grade_labels needs one text per grade, and highlighted holds grades"
        raise ValueError(msg)
    needs = record.texts("needs", tuple(dict.fromkeys(preprocessing.channels)))
    if not set(needs) <= set(preprocessing.channels):
        msg = f"{record.at('needs')} must be weightings of the input's channels"
        raise ValueError(msg)
    return Condition(
        name,
        record.text("label", name.replace("_", " ").capitalize()),
        grades,
        labels,
        choice(record, "scale", Scale),
        tuple(Weighting(one) for one in needs),
        record.text("help", ""),
        highlighted=highlighted,
        site=record.text("site", ""),
        side=choice(record, "side", Side).value if record.has("side") else "",
    )

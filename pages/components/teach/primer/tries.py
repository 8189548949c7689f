"""What there is to try in each step of the primer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from scipy import special, stats

from pages.components.compare.curves import FURTHER, LINES
from pages.components.segments import segments
from pages.components.teach.primer import pictures
from spine_core.comparison.verdict import label_of
from spine_core.teaching.primer.coalitions import lime_weights, shapley_values
from spine_core.teaching.primer.material import METHODS, TWIN, PrimerMaterial

CONTROL = "#8A8F98"
WIDTH = 400
PERCENT = (0, 5, 10, 20, 30, 50, 75, 100)
HIDDEN = ("partition_shap", "edges", "grad_cam", TWIN)
"""Maps A to D of the step on controls."""


def methods(found: PrimerMaterial) -> None:
    """Regions are hidden, and the score follows; weights of LIME and SHAP over all combinations."""
    count = int(found.regions.max()) + 1
    left, right = st.columns([2, 3], gap="medium")
    with right:
        shown = st.pills("Shown regions", range(1, count + 1), selection_mode="multi",
                         default=range(1, count + 1), key="primer-regions") or []  # fmt: skip
        score = found.scores[sum(2 ** (one - 1) for one in shown)]
        whole = found.scores[-1]
        probability, drop = st.columns(2)
        probability.metric(f"Probability of {found.target}", f"{special.expit(score):.0%}")
        drop.metric("Log-odds", f"{score:.2f}", f"{score - whole:.2f}" if score != whole else None)
        _bars({"LIME": lime_weights(found.scores), "SHAP": shapley_values(found.scores)})
    with left:
        drawn = pictures.numbered(found, pictures.with_regions(found, [one - 1 for one in shown]))
        _image(drawn, f"Crop with {len(shown)} of {count} regions shown")


def _bars(values: Mapping[str, np.ndarray]) -> None:
    figure = go.Figure()
    for (name, weights), (line, _) in zip(
        values.items(), (LINES["lime"], LINES["partition_shap"]), strict=True
    ):
        figure.add_bar(
            x=[str(one) for one in range(1, len(weights) + 1)], y=weights, name=name, marker_color=line
        )
    figure.update_layout(
        height=230, margin={"l": 10, "r": 10, "t": 10, "b": 40}, xaxis={"title": "Region", "type": "category"},
        yaxis_title="Log-odds", legend={"orientation": "h", "y": 1.15},
    )  # fmt: skip
    st.plotly_chart(figure, width="stretch", alt="Weights of LIME and SHAP by region, from all combinations")


def resolution(found: PrimerMaterial) -> None:
    """Cells as they are, or enlarged."""
    rows = found.cells.shape[0]
    enlarged = f"Enlarged to {found.image.shape[0]} × {found.image.shape[0]} pixels"
    chosen = segments("Grad-CAM", [f"{rows} × {rows} cells", enlarged], first=enlarged, key="primer-cells")
    values = found.maps["grad_cam"] if chosen == enlarged else pictures.as_cells(found)
    _image(pictures.overlaid(found.image, values, signed=False), f"Grad-CAM, {chosen}", WIDTH)


def sign(found: PrimerMaterial) -> None:
    """The maps of the finding and of its opposite: signs turn round, Grad-CAM shows other cells."""
    opposite = found.target.replace("present", "absent")
    asked = segments("What is explained", [found.target, opposite], key="primer-sign")
    # The log-odds of the opposite are the same with the other sign, and so is every map before it is cut off.
    way = 1 if asked == found.target else -1
    maps = {label_of(name): (way * found.maps[name], True) for name in ("lime", "partition_shap")}
    maps["Grad-CAM, cells"] = (pictures.as_cells(found, way), False)
    for column, (name, (values, signed)) in zip(st.columns(3), maps.items(), strict=True):
        with column:
            _image(pictures.overlaid(found.image, values, signed=signed), name)


def controls(found: PrimerMaterial) -> None:
    """Four maps without names; two are controls."""
    for column, letter, name in zip(st.columns(4), "ABCD", HIDDEN, strict=True):
        with column:
            values = np.maximum(found.maps[name], 0)
            _image(pictures.overlaid(found.image, values, signed=False), f"Map {letter}")
    chosen = st.pills("Controls", list("ABCD"), selection_mode="multi", key="primer-controls") or []
    if len(chosen) == 2:
        right = {letter for letter, name in zip("ABCD", HIDDEN, strict=True) if name in ("edges", TWIN)}
        st.markdown("Right." if set(chosen) == right else "Not quite.")
        st.markdown(
            "A: SHAP. **B: edges of the image, a control.** C: Grad-CAM. "
            "**D: Grad-CAM of the network with random weights, a control.**"
        )


def looks_right(found: PrimerMaterial) -> None:
    """Blocks are masked in the order of each map; the score follows."""
    names = ("grad_cam", "partition_shap", "edges", "random")
    percent = segments("Masked, percent of the image", PERCENT, first=10, key="primer-masked")
    for column, name in zip(st.columns(len(names)), names, strict=True):
        score = float(np.interp(percent / 100, found.fractions, found.deletion[name]))
        with column:
            _image(pictures.masked(found, name, percent / 100), _name(name))
            st.markdown(f"Log-odds **{score:.1f}**, probability {special.expit(score):.0%}")
    _curves(found, names, percent / 100)


def _curves(found: PrimerMaterial, names: tuple[str, ...], at: float) -> None:
    figure = go.Figure()
    further = iter(FURTHER)
    for name in names:
        line = LINES[name][0] if name in LINES else CONTROL if name == "random" else next(further)[0]
        figure.add_scatter(x=found.fractions, y=found.deletion[name], name=_name(name), line_color=line)
    figure.add_vline(x=at, line_dash="dot")
    figure.update_layout(
        height=240, margin={"l": 10, "r": 10, "t": 10, "b": 40}, xaxis_title="Fraction of the image masked",
        yaxis_title="Log-odds", legend={"orientation": "h", "y": 1.15},
    )  # fmt: skip
    st.plotly_chart(
        figure, width="stretch", alt="Log-odds while the image is masked in the order of each map"
    )


def disagreement(found: PrimerMaterial) -> None:
    """Two maps and their rank correlation."""
    left, right = st.columns(2)
    first = left.selectbox("First map", METHODS, 0, format_func=label_of, key="primer-first", width=WIDTH)
    second = right.selectbox("Second map", METHODS, 2, format_func=label_of, key="primer-second", width=WIDTH)
    maps = [np.maximum(found.maps[name], 0) for name in (first, second)]
    for column, name, values in zip((left, right), (first, second), maps, strict=True):
        with column:
            _image(pictures.overlaid(found.image, values, signed=False), label_of(name), WIDTH)
    correlation = float(stats.spearmanr(maps[0].ravel(), maps[1].ravel()).statistic)
    top = [values >= np.quantile(values, 0.9) for values in maps]
    shared = (top[0] & top[1]).sum() / max(1, (top[0] | top[1]).sum())
    st.markdown(
        f"Rank correlation of all pixels **{correlation:.2f}**; of the strongest tenth of both, **{shared:.0%}** is "
        "shared."
    )


def _name(name: str) -> str:
    return {"edges": "Edges (control)", "random": "Random (control)"}.get(name, label_of(name))


def _image(picture: pictures.Picture, caption: str, width: int | Literal["stretch"] = "stretch") -> None:
    st.image(picture, caption, width=width, alt=caption)


TRIES: Mapping[str, Callable[[PrimerMaterial], None]] = {
    "methods": methods,
    "resolution": resolution,
    "sign": sign,
    "controls": controls,
    "looks_right": looks_right,
    "disagreement": disagreement,
}

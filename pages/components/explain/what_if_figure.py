"""The figure of a what-if image: real, what-if with a slider that the browser moves by itself, and the difference."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from spine_core.synthesis.stamp import as_grey, stamped
from spine_core.synthesis.types import WhatIf

if TYPE_CHECKING:
    import plotly.graph_objects as go

SIDE_SCALE = 2
"""Pixels of the figure's images per pixel of the network's input."""
LEAST_SCALE = 0.05
"""Change of full colour, at least, as a fraction of the intensity range: less is noise and is never stretched."""
COLOURS = "RdBu_r"
"""Blue and red are told apart by all common kinds of colour blindness."""


def what_if_figure(found: WhatIf, position: int, std: float) -> go.Figure:
    """Three panels of the channel ``position``. ``std``: of the network's preprocessing, for the unit of the change."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(
        1,
        3,
        subplot_titles=("Real", "What-if (synthetic)", "Change: red brighter, blue darker"),
        horizontal_spacing=0.02,
    )
    real, difference = found.real[position], found.difference[position]
    sources = [
        _source(as_grey(real + fraction * difference), synthetic=fraction > 0) for fraction in found.fractions
    ]
    figure.add_trace(go.Image(source=_source(as_grey(real), synthetic=False), hoverinfo="skip"), 1, 1)
    figure.add_trace(go.Image(source=sources[-1], hoverinfo="skip"), 1, 2)
    figure.add_trace(_change(found, difference, std), 1, 3)
    figure.frames = [
        go.Frame(data=[go.Image(source=source)], traces=[1], name=str(number))
        for number, source in enumerate(sources)
    ]
    figure.update_layout(
        height=430, margin={"l": 0, "r": 0, "t": 30, "b": 0}, sliders=[_slider(found)], dragmode=False
    )
    figure.update_xaxes(visible=False, constrain="domain", fixedrange=True)
    figure.update_yaxes(visible=False, constrain="domain", fixedrange=True)
    figure.update_yaxes(autorange="reversed", scaleanchor="x3", row=1, col=3)
    return figure


def _change(found: WhatIf, difference: npt.NDArray[np.float32], std: float) -> go.Heatmap:
    """The difference in percent of the intensity range; all weightings share the scale."""
    import plotly.graph_objects as go

    full = max(float(np.abs(found.difference).max()) * std, LEAST_SCALE) * 100
    return go.Heatmap(
        z=difference[::2, ::2] * std * 100, zmin=-full, zmax=full, colorscale=COLOURS,
        colorbar={"ticksuffix": " %", "thickness": 12, "len": 0.8},
        hovertemplate="%{z:+.1f} % of the range<extra></extra>",
    )  # fmt: skip


def _slider(found: WhatIf) -> dict[str, Any]:
    """From the real image to the what-if image, in equal steps; each is labelled with the probability there."""
    steps = [
        {
            "label": f"{probability:.0%}",
            "method": "animate",
            "args": [
                [str(number)],
                {
                    "mode": "immediate",
                    "frame": {"duration": 0, "redraw": True},
                    "transition": {"duration": 0},
                },
            ],
        }
        for number, probability in enumerate(found.probabilities)
    ]
    prefix = f"From the real image to the what-if image; {found.goal.label()}: "
    return {
        "active": len(steps) - 1, "steps": steps, "x": 0.0, "len": 0.66, "pad": {"t": 10, "b": 0}, "ticklen": 4,
        "currentvalue": {"visible": True, "xanchor": "left", "prefix": prefix},
    }  # fmt: skip


def _source(grey: npt.NDArray[np.uint8], *, synthetic: bool) -> str:
    size = tuple(SIDE_SCALE * side for side in grey.shape[::-1])
    picture = stamped(grey, SIDE_SCALE) if synthetic else np.asarray(Image.fromarray(grey).resize(size, 3))
    out = io.BytesIO()
    Image.fromarray(picture).convert("RGB").save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
